"""Make `tearsheet_helpers` importable: importlib mode puts no folder of tests on the path."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
