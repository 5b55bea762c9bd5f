"""Result to document: tables, figures, the PDF bundle. Never a fit."""

import os
import sys
from contextlib import chdir

if (
    os.environ.get("PYTHONSAFEPATH")
    and "matplotlib" not in sys.modules
    and os.path.lexists("matplotlibrc")
):
    # matplotlib reads this file of the working folder when it is loaded, even if it never ends. The
    # command line and workers take nothing from that folder; a script or notebook may.
    with chdir(os.path.dirname(__file__)):
        import matplotlib  # noqa: F401
