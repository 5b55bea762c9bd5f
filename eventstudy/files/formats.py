"""TOML that is read; JSON, arrays and Parquet that are written."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from eventstudy.errors import InputError
from eventstudy.files.reading import decoded, read_file, shown_path
from eventstudy.text.lines import COMMANDS

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


MOST_TOML = 4 * 2**20
"""Bytes of a list that is written by hand; the parser takes up to two seconds for each MB."""
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP = re.compile(rf"""(?<![\w."'-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{20}}""")
"""A key of more parts than any list has: the parser's memory grows with their square."""
MOST_VALUES = 1_000_000
"""Values of a JSON text: objects take up to twenty times the bytes that stand for them."""


def read_toml(path: str | Path | None, packaged: str, what: str) -> dict[str, Any]:
    """The content of a TOML file; of the packaged one where there is no path.

    Args:
        path: The user's file, or None.
        packaged: Name of the packaged one.
        what: Its name in messages, such as "groups file".

    Raises:
        InputError: `reading.read_file` refuses the file, or it is no TOML.
    """
    import tomllib
    from importlib.resources import files

    name = packaged if path is None else shown_path(path)
    if path is None:
        raw = files("eventstudy").joinpath("data", packaged).read_bytes()
    else:
        raw = read_file(path, what, most=MOST_TOML)
    text = decoded(raw, name)
    if deep := _DEEP.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise InputError(f"{name} line {line} has a key of more than 20 parts; shorten it.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why = _KEYS.sub(lambda keys: f"[{keys[1].replace(_BETWEEN, '.')}]", str(error)).rstrip(".")
    except ValueError:
        why = "a number has too many digits"
    except RecursionError:
        why = "its lists are nested too deeply"
    raise InputError(f"{name} is not valid TOML: {why}.")


_KEYS = re.compile(r"\('([^)]*?)',?\)")
_BETWEEN = "', '"
"""How tomllib names a key: ('groups', 'chips')."""


def parse_json(raw: bytes, **options: Any) -> Any:
    """The content of a JSON text.

    Args:
        raw: Its bytes.
        options: As for `json.loads`.

    Raises:
        ValueError: It is no JSON, nested too deeply, or of more values than memory should hold.
    """
    if sum(map(raw.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError(f"it holds more than {MOST_VALUES:,} values")
    try:
        return json.loads(raw.decode(), **options)
    except RecursionError:
        raise ValueError("its tables are nested too deeply") from None


def json_text(data: Any, indent: int | None = 2) -> str:
    """JSON with so many blanks of indent, or in one line; missing figures are null, dates ISO text.

    What a terminal would obey is written as its code, so that it reads back.
    """
    text = json.dumps(_plain(data), indent=indent, ensure_ascii=False, allow_nan=False)
    return COMMANDS.sub(lambda command: json.dumps(command[0])[1:-1], text)


def write_json(data: Any, path: Path, indent: int = 2) -> None:
    """`json_text` and a line end, in UTF-8."""
    path.write_text(json_text(data, indent) + "\n", encoding="utf-8", newline="\n")


def write_arrays(place: Path | IO[bytes], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Named arrays as .npz, none of objects, which would be pickled: TypeError for one that is.

    numpy 1.26 would write its option allow_pickle as one more array.
    """
    import numpy as np

    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name} holds objects")
    np.savez(place, **arrays)  # type: ignore[arg-type]  # an array may be named as the option is


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """A table as Parquet, its texts in one type whatever pandas takes texts for.

    A column without any value counts as one of texts.
    """
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    bare = table.astype(
        {n: object for n, c in table.items() if isinstance(c.dtype, pd.StringDtype)}
    )
    bare.columns = bare.columns.astype(object)
    if isinstance(bare.index.dtype, pd.StringDtype):
        bare.index = bare.index.astype(object)
    arrow = pa.Table.from_pandas(bare, nthreads=1)
    types = [pa.string() if pa.types.is_null(each.type) else each.type for each in arrow.schema]
    pinned = [each.with_type(kind) for each, kind in zip(arrow.schema, types, strict=True)]
    parquet.write_table(arrow.cast(pa.schema(pinned, arrow.schema.metadata)), path)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, date):  # pandas' NaT is one and prints as no day
        text = value.isoformat()
        return None if text == "NaT" else text.partition("T")[0]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value
