"""TOML that is read, JSON that is written."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from eventstudy.errors import InputError
from eventstudy.reprs import control_in


def read_toml(path: str | Path | None, packaged: str, what: str) -> dict[str, Any]:
    """The content of a TOML file; of the packaged one where there is no path.

    Raises InputError with one sentence for a file that is absent, unreadable or no TOML; `what` is
    how the sentence calls it, such as "groups file".
    """
    import tomllib
    from importlib.resources import files

    name = packaged if path is None else str(path)
    try:
        if path is None:
            text = files("eventstudy").joinpath("data", packaged).read_text(encoding="utf-8")
        else:
            text = Path(path).read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except FileNotFoundError:
        raise InputError(f"There is no {what} {name!r}; check its path.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}; check its path.") from None
    except UnicodeDecodeError:
        raise InputError(f"{name} is not UTF-8 text; save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is not valid TOML: {error}.") from None
    if problems := list(_controls(name, content)):
        raise InputError(problems)
    return content


def _controls(place: str, value: Any) -> Iterator[str]:
    """A sentence for each text in TOML that would command a terminal or break a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _controls(place, key)
            yield from _controls(f"{place}, {key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _controls(place, inner)
    elif isinstance(value, str) and (control := control_in(value)):
        yield f"{place}: a text has the control character {control}; delete it."


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
