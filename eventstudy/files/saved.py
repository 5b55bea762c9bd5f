"""Files that this package saved, read back: no more memory than they honestly need, and no pickle.

Whatever else is found raises ValueError; `reading.undamaged` makes a sentence of it.
"""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.files.formats import parse_json
from eventstudy.files.reading import read_file
from eventstudy.files.tables.limits import LARGEST

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

WHAT = "saved result"


def saved_json(path: Path) -> Any:
    """What `write_json` wrote.

    Args:
        path: The file.

    Raises:
        InputError: The file cannot be read or is too large.
        ValueError: It is no JSON, or holds more values than memory should.
    """
    return parse_json(read_file(path, WHAT))


def saved_table(path: Path) -> pd.DataFrame:
    """A table that was written as Parquet.

    Args:
        path: The file.

    Raises:
        InputError: The file cannot be read, is damaged, or unpacks to more than memory should hold.
    """
    import pandas as pd

    from eventstudy.files.tables.columnar import require_small_parquet

    raw = read_file(path, WHAT, most=LARGEST)
    require_small_parquet(path.name, raw)
    return pd.read_parquet(io.BytesIO(raw), engine="pyarrow")


def saved_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """What `write_arrays` wrote: arrays as they are in memory, none larger than its file.

    Args:
        path: The file.

    Raises:
        ValueError: It is no such file; an array is packed, of objects, or not as large as it says.
    """
    from numpy.lib import format as npy

    arrays = {}
    with path.open("rb") as file, zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > path.stat().st_size:
            raise ValueError(f"{path.name} is packed")
        for member in members:
            with archive.open(member) as stream:
                _require_true_header(stream, member.file_size, member.filename)
            with archive.open(member) as stream:
                array = npy.read_array(stream, allow_pickle=False)
            arrays[member.filename.removesuffix(".npy")] = array
    return arrays


def _require_true_header(stream: Any, size: int, name: str) -> None:
    """ValueError where the array would take other memory than the file has bytes for it."""
    from numpy.lib import format as npy

    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(stream)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != size - stream.tell():
        raise ValueError(f"{name} is not an array of the stated size")
