"""Folders that are written whole or not at all, TOML that is read, JSON that is written."""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from eventstudy.errors import EventStudyError, InputError
from eventstudy.reading import read_file, shown_path, text_of


@contextmanager
def replace_folder(target: Path, *, marker: str) -> Iterator[Path]:
    """Yield an empty folder beside `target`; on success it takes the target's place.

    An existing target is replaced only when it holds the file `marker` (an earlier result) or
    nothing at all. On any error the target stays as it was. Raises InputError when it would
    overwrite something else, EventStudyError when the place cannot be written.
    """
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is a file, not a folder; give another place for the output.")
    if target.is_dir() and any(target.iterdir()) and not (target / marker).is_file():
        raise InputError(
            f"{target} holds files that are no earlier result (no {marker}); "
            "give another folder or empty this one."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _cannot_write(target, error) from None
    try:
        fresh = work / "new"
        fresh.mkdir()
        yield fresh
        _swap(fresh, target, work / "old")
    except OSError as error:
        raise _cannot_write(target, error) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """Put `fresh` in the place of `target`; where that fails, what was there returns."""
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise


def _cannot_write(target: Path, error: OSError) -> EventStudyError:
    reason = (error.strerror or str(error)).lower()
    return EventStudyError(f"{target} cannot be written: {reason}; choose another place.")


def read_toml(path: str | Path | None, packaged: str, what: str) -> dict[str, Any]:
    """The content of a TOML file; of the packaged one where there is no path.

    Raises InputError with one sentence for a file that `reading.read_file` refuses or that is no
    TOML; `what` is how the sentence calls it, such as "groups file".
    """
    import tomllib
    from importlib.resources import files

    name = packaged if path is None else shown_path(path)
    if path is None:
        raw = files("eventstudy").joinpath("data", packaged).read_bytes()
    else:
        raw = read_file(path, what)
    text = text_of(raw, name)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = _KEYS.sub(lambda found: f"[{found[1].replace(_BETWEEN, '.')}]", str(error))
        raise InputError(f"{name} is not valid TOML: {said.rstrip('.')}.") from None
    except ValueError:
        raise InputError(f"{name} is not valid TOML: a number has too many digits.") from None
    except RecursionError:
        raise InputError(f"{name} is not valid TOML: its lists are nested too deeply.") from None


_KEYS = re.compile(r"\('([^)]*?)',?\)")
_BETWEEN = "', '"
"""How tomllib names a key: ('groups', 'chips')."""


def json_text(data: Any) -> str:
    """JSON with two blanks of indent; a missing figure is null, a date ISO text."""
    return json.dumps(_plain(data), indent=2, ensure_ascii=False, allow_nan=False)


def write_json(data: Any, path: Path) -> None:
    """`json_text` and a line end, in UTF-8."""
    path.write_text(json_text(data) + "\n", encoding="utf-8", newline="\n")


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
