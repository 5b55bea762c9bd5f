"""A file of any kind as a Sheet: what its bytes are decides, then its name."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path, PurePath

from eventstudy.errors import InputError
from eventstudy.files.reading import read_file, shown_path
from eventstudy.files.tables.kinds import KINDS, Kind
from eventstudy.files.tables.limits import INSTEAD, LARGEST, unreadable
from eventstudy.files.tables.packed import PACKINGS, unpacked
from eventstudy.files.tables.sheet import Sheet

ODS = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
"""How an ods file goes on after the head of the archive that it is."""


def read_sheet(path: str | Path, what: str = "table", *, most: int = LARGEST) -> Sheet:
    """The cells of a file: CSV, a workbook, Parquet, Feather, Stata or SAS, packed or not.

    A file is read as what its bytes are, whatever its name says.

    Args:
        path: The file; it may be packed as gz, bz2, xz, zst or, alone, as zip.
        what: Its name in messages, such as "price file".
        most: Bytes that it may have, and what is packed in it.

    Raises:
        InputError: It cannot be read, is empty, too large, damaged or of another kind, needs a
            library that is not installed, or memory does not hold it.
    """
    name = shown_path(path)
    raw = read_file(path, what, most=most, instead=INSTEAD)
    if not raw:
        raise _empty(name)
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        inner, content = unpacked(PurePath(path), name, raw, what, most)
        del raw
        if not content:
            raise _empty(name)
        sheet = _kind(inner, content, name).read(name, content)
    except MemoryError:
        raise InputError(f"{name} does not fit into memory; {INSTEAD}.") from None
    return replace(sheet, sha256=sha256)


def is_delimited(path: str | Path, raw: bytes) -> bool:
    """Whether a file is text whose cells are separated, and not packed.

    Args:
        path: The file.
        raw: Its bytes.

    Raises:
        InputError: Its name says that it is of a kind that its bytes are not.
    """
    if any(raw.startswith(packing.magic) for packing in PACKINGS.values()):
        return False
    return _kind(PurePath(path), raw, shown_path(path)) is KINDS["csv"]


def _empty(name: str) -> InputError:
    return InputError(f"{name} is empty; it needs a header and rows below it.")


def _kind(path: PurePath, content: bytes, name: str) -> Kind:
    """The kind that the bytes begin like; of two, and where they begin like none, the name's."""
    if ODS in content[:100]:
        return KINDS["ods"]
    suffix = path.suffix.lower()
    named = next((kind for kind in KINDS.values() if suffix in kind.suffixes), KINDS["csv"])
    alike = [kind for kind in KINDS.values() if content.startswith(kind.magic)]
    if alike:
        return named if named in alike else alike[0]
    if named.magic:
        raise unreadable(name, named.called)
    return named
