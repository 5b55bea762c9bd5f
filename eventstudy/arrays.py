"""What arrays hold: the names of the kinds that signatures speak of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
Stamps = npt.NDArray[np.datetime64]
"""Days or moments."""
