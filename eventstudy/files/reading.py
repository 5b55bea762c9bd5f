"""A user's file, looked at before it is read: what it is, how large, in which encoding.

Every reader of the package comes through here, so that a folder, a pipe, a device, a file of
another kind or one that memory would not hold is refused by a sentence and never waited for.
"""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from eventstudy.errors import EventStudyError, InputError, os_reason, quoted

SMALL = 64 * 2**20
"""Bytes of a file that is written by hand: 64 MB are some 300,000 events."""

CSV_TEXT = "UTF-8, which spreadsheets call “CSV UTF-8”"
"""What a table is to be saved as."""

LONGEST_PATH = 400
"""Characters of a path that a sentence repeats."""

BLOCK = 2**24
"""Bytes of a text that are looked at at once."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that steer a terminal or a parser and are no text; tab and line ends are. Halves of
characters are none either."""
_CONTROL_BYTES = bytes(code for code in range(128) if CONTROL.match(chr(code)))

_KINDS = (
    (b"PK\x03\x04", "a ZIP file or a workbook (xlsx)"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old format (xls)"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"\xfd7zXZ", "compressed by xz"),
    (b"BZh", "compressed by bzip2"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
)
_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_MARKUP = re.compile(
    r"\s*(<(?:!doctype|html|\?xml|[a-z]+(?: [^<>]*)?>(?![,;\t|]))|\{|\[\s*\{)", re.IGNORECASE
)
"""Names in angle brackets may also stand at the head of a table, with separators between them."""


def read_file(path: str | Path, what: str, *, most: int = SMALL, instead: str = "") -> bytes:
    """The bytes of an ordinary file of at most `most` bytes.

    Args:
        path: The file.
        what: Its name in messages, such as "events file".
        most: Bytes that it may have.
        instead: What to do with a larger one, as the end of a sentence.

    Raises:
        InputError: It is absent, a folder, a pipe or a device, or too large; nothing is read then.
    """
    name, place = shown_path(path), Path(path)
    with reading_errors(path, what):
        state = place.stat()
    kind = stat.S_IFMT(state.st_mode)
    if kind == stat.S_IFDIR:
        raise InputError(f"{name} cannot be read: it is a folder; give the path of one {what}.")
    if kind != stat.S_IFREG:
        raise InputError(
            f"{name} cannot be read: it is a pipe or a device and no {what}; write its content to "
            "a file and give that."
        )
    if state.st_size > most:
        raise oversized(name, state.st_size, most, what, instead)
    with reading_errors(path, what), place.open("rb") as stream:
        raw = stream.read(most + 1)  # a file of /proc tells no size beforehand
    if len(raw) > most:
        raise oversized(name, len(raw), most, what, instead)
    return raw


@contextmanager
def reading_errors(path: str | Path, what: str) -> Iterator[None]:
    """Turn what the system says of a file or folder into a sentence.

    Args:
        path: What is read.
        what: How the sentence calls it, such as "events file".

    Raises:
        InputError: It is absent, cannot be read, or is no path.
    """
    name = shown_path(path)
    try:
        yield
    except FileNotFoundError:
        raise InputError(
            f"There is no {what} {quoted(str(path), LONGEST_PATH)}; check its path."
        ) from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {os_reason(error)}; check its path.") from None
    except ValueError:  # a NUL in the path
        raise InputError(f"{name} cannot be the path of a {what}; check it.") from None


def shown_path(path: str | Path) -> str:
    """A path as sentences name it: as it is, or quoted and cut where it is no ordinary one."""
    text = str(path)
    return text if text.isprintable() and 0 < len(text) <= LONGEST_PATH else quoted(text)


def oversized(name: str, size: int, most: int, what: str, instead: str = "") -> InputError:
    """The refusal of a file, or of what is packed in it, of more than `most` bytes."""
    return InputError(
        f"{name} has {_megabytes(size)} MB and a {what} may have {_megabytes(most)} MB; "
        f"{instead or 'check that it is the file you mean'}."
    )


def _megabytes(size: int) -> str:
    return f"{-(-size // 2**20):,}"


def decoded(raw: bytes, name: str, save_as: str = "UTF-8") -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Args:
        raw: What the file holds.
        name: Its name in messages.
        save_as: How the advice ends, such as "CSV UTF-8".

    Raises:
        InputError: As `require_text` says.
    """
    require_text(raw, name, save_as)
    return raw.decode().removeprefix("\ufeff")


def require_text(raw: bytes, name: str, save_as: str = "UTF-8") -> None:
    """Refuse what is no UTF-8 text, without a copy of the whole.

    Args:
        raw: What the file holds.
        name: Its name in messages.
        save_as: How the advice ends, such as "CSV UTF-8".

    Raises:
        InputError: Another encoding, a file of another kind, or control characters, which no table
            and no list has.
    """
    advice = f"save it as {save_as}"
    for mark, encoding in _ENCODINGS:
        if raw.startswith(mark):
            raise InputError(f"{name} is {encoding} text; {advice}.")
    for mark, kind in _KINDS:
        if raw.startswith(mark):
            raise InputError(f"{name} is not a text file but {kind}; {advice}.")
    start = 0
    while start < len(raw):
        block = raw[start : start + BLOCK]
        try:
            text, used = codecs.utf_8_decode(block, "strict", start + len(block) == len(raw))
        except UnicodeDecodeError as error:
            place = start + error.start
            raise InputError(
                f"{name} line {_line(raw, place)} is not UTF-8 text (byte 0x{raw[place]:02x}); "
                f"{advice}."
            ) from None
        if not start and (markup := _MARKUP.match(text.removeprefix("\ufeff"))):
            kind = "HTML or XML" if markup[1].startswith("<") else "JSON"
            raise InputError(
                f"{name} is {kind}, not the kind of file that its name says; {advice}."
            )
        if _has_control(block) and (control := CONTROL.search(text)):
            if raw.count(0) * 3 > len(raw):
                raise InputError(f"{name} seems to be UTF-16 text; {advice}.")
            line = _line(raw, start + len(text[: control.start()].encode()))
            raise InputError(
                f"{name} line {line} has the control character U+{ord(control[0]):04X}, so the "
                "file is damaged or not text; remove the character."
            )
        start += used


def _has_control(block: bytes) -> bool:
    """Whether a block may have one: all of ASCII, and the byte that opens those beyond it."""
    return b"\xc2" in block or len(block.translate(None, _CONTROL_BYTES)) < len(block)


def _line(raw: bytes, end: int) -> int:
    """The number of the line in which a byte stands."""
    marks = (raw.count(b"\n", 0, end), raw.count(b"\r", 0, end), raw.count(b"\r\n", 0, end))
    return marks[0] + marks[1] - marks[2] + 1


def control_in(text: str) -> str:
    """The first control character of a text as U+0007; empty if there is none."""
    control = CONTROL.search(text)
    return f"U+{ord(control[0]):04X}" if control else ""


@contextmanager
def failing_as(refusal: InputError) -> Iterator[None]:
    """Turn whatever a damaged file makes a library do into a sentence.

    Args:
        refusal: The sentence.

    Raises:
        InputError: `refusal`.
        MemoryError: The memory is full, which says nothing about the file.
        ImportError: A library does not load.
    """
    try:
        yield
    except (EventStudyError, MemoryError, ImportError):
        raise
    except Exception as error:
        raise refusal from error


def undamaged(what: str) -> AbstractContextManager[None]:
    """Whatever goes wrong in reading what this package wrote itself means that it is damaged.

    Args:
        what: What is read, at the head of the sentence.
    """
    return failing_as(InputError(f"{what} is damaged; run the study again."))
