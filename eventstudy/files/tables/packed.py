"""What is packed in a file, read no further than a file may be large."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from eventstudy.errors import LONGEST_QUOTE, InputError
from eventstudy.files.reading import oversized
from eventstudy.files.tables.limits import INSTEAD, LARGEST

BROKEN = (
    *(EOFError, OSError, lzma.LZMAError, zipfile.BadZipFile, zlib.error, RuntimeError),
    *(NotImplementedError, ValueError),
)
ZIP, MEMBER = b"PK\x03\x04", b"PK\x01\x02"
"""How an archive begins, and what stands in it once for every member."""
MOST_MEMBERS = 10_000
WORKBOOKS = (".xlsx", ".xlsm", ".ods")


@dataclass(frozen=True, slots=True)
class Packing:
    """A way to pack one file: how its bytes begin, how they are opened, what may come out."""

    magic: bytes
    opened: Callable[[io.BytesIO], AbstractContextManager[Any]]
    most: int = LARGEST


def _zstd(packed: io.BytesIO) -> AbstractContextManager[Any]:
    import pyarrow

    stream: AbstractContextManager[Any] = pyarrow.CompressedInputStream(packed, "zstd")
    return stream


PACKINGS: Mapping[str, Packing] = {
    ".gz": Packing(b"\x1f\x8b", lambda packed: gzip.GzipFile(fileobj=packed)),
    ".bz2": Packing(b"BZh", bz2.BZ2File, LARGEST // 4),  # at 10 to 40 MB a second
    ".xz": Packing(b"\xfd7zXZ", lzma.LZMAFile),
    ".zst": Packing(b"\x28\xb5\x2f\xfd", _zstd),
}
"""Suffix → packing."""


def unpacked(
    path: PurePath, name: str, raw: bytes, what: str, most: int = LARGEST
) -> tuple[PurePath, bytes]:
    """The file that is packed in another one, with its name; a file that is not packed, as it is.

    What the bytes begin with decides, and the suffix where they begin with nothing known.

    Args:
        path: Where the file is.
        name: How sentences call it.
        raw: Its bytes.
        what: What it is, such as "price file".
        most: Bytes that may come out.

    Raises:
        InputError: It is damaged, holds more files than one, or too large a one.
    """
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:  # which are archives
        return path, raw
    if raw.startswith(ZIP) or suffix == ".zip":
        return _from_zip(path, name, raw, what, most)
    found = [end for end, packing in PACKINGS.items() if raw.startswith(packing.magic)]
    packing = PACKINGS.get(found[0] if found else suffix)
    if packing is None:
        return path, raw
    inner = path.with_suffix("") if suffix in PACKINGS else path
    return inner, _content(name, raw, what, packing.opened, min(most, packing.most))


def _content(
    name: str,
    raw: bytes,
    what: str,
    opened: Callable[[io.BytesIO], AbstractContextManager[Any]],
    most: int,
) -> bytes:
    try:
        with opened(io.BytesIO(raw)) as stream:
            content: bytes = stream.read(most + 1)
    except BROKEN as error:
        raise _refused(name, error) from None
    if len(content) > most:
        raise oversized(f"{name} unpacked", len(content), most, what, INSTEAD)
    return content


def _from_zip(
    path: PurePath, name: str, raw: bytes, what: str, most: int
) -> tuple[PurePath, bytes]:
    """The only member of an archive; a workbook, which is an archive too, as it is."""
    try:
        with archive_in(raw) as archive:
            members = [
                member
                for member in archive.infolist()
                if not member.is_dir() and not member.filename.startswith("__MACOSX/")
            ]
            names = {member.filename for member in members}
            size = sum(member.file_size for member in members)
            if size > most:
                raise oversized(f"{name} unpacked", size, most, what, INSTEAD)
            if names & {"content.xml", "xl/workbook.xml"}:
                return path, raw
            if len(members) != 1:
                raise RuntimeError(f"it holds {len(members)} files; leave one table in it")
            inner = PurePath(members[0].filename)
            return inner, _content(
                name, raw, what, lambda packed: zipfile.ZipFile(packed).open(members[0]), most
            )
    except InputError:
        raise
    except BROKEN as error:
        raise _refused(name, error) from None


def archive_in(raw: bytes) -> zipfile.ZipFile:
    """A ZIP file, opened.

    Args:
        raw: Its bytes.

    Raises:
        RuntimeError: It has so many members that their list would fill memory.
        BadZipFile: It is none.
    """
    if raw.count(MEMBER) > MOST_MEMBERS:
        raise RuntimeError(f"it holds more than {MOST_MEMBERS:,} files")
    return zipfile.ZipFile(io.BytesIO(raw))


def _refused(name: str, error: BaseException) -> InputError:
    """Its first sentence without its end, cut where it is long."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0].partition(". ")[0]
    return InputError(
        f"{name} cannot be unpacked ({text.rstrip('.')[:LONGEST_QUOTE]}); pack it again."
    )
