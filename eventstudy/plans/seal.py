"""The seal of a plan: SHA-256 of its canonical content, and a digest of each field.

The canonical content is a line a field, "path = JSON", in the order of the paths. Order and layout
of the file, and comments, are no part of it. The digests of the fields tell which one was altered;
whoever alters a plan and seals it anew has made another plan, which only a stamp or a commit of the
first shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

SEAL = "seal"
"""The table of the file that holds it."""
_DIGITS = 12


def fields_of(content: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field with its value as JSON; an empty table and a list of values are fields.

    Args:
        content: Of a plan, or of a part of it.
        path: Where the part lies.
    """
    if isinstance(content, Mapping) and (content or not path):
        for name, value in content.items():
            yield from fields_of(value, f"{path}.{name}" if path else str(name))
    elif isinstance(content, (list, tuple)) and any(isinstance(v, Mapping) for v in content):
        for number, value in enumerate(content, start=1):
            yield from fields_of(value, f"{path}.{number}")
    else:
        yield path, json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes that the seal is the SHA-256 of.

    Args:
        content: Of a plan; its seal is left out.
    """
    plain = {name: value for name, value in content.items() if name != SEAL}
    return "".join(f"{path} = {value}\n" for path, value in sorted(fields_of(plain))).encode()


def seal_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The seal of a plan: `sha256`, and `fields` with a digest each.

    Args:
        content: Of a plan; a seal in it is left out.
    """
    plain = {name: value for name, value in content.items() if name != SEAL}
    fields = {path: _digest(value) for path, value in sorted(fields_of(plain))}
    return {"sha256": hashlib.sha256(canonical(plain)).hexdigest(), "fields": fields}


def altered_fields(content: Mapping[str, Any]) -> tuple[str, ...]:
    """What does not fit the seal, a phrase a field; empty for a plan as it was sealed.

    Args:
        content: Of the file, with its seal.
    """
    found = content.get(SEAL)
    if not isinstance(found, Mapping):
        return ("the seal was removed",)
    expected = seal_of(content)
    stated = found.get("fields")
    fields: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    own = expected["fields"]
    same = found.get("sha256") == expected["sha256"]
    said = [f"seal.{name} was added" for name in found if name not in ("sha256", "fields")]
    if same:  # the content is as it was sealed, so the digests were altered
        said += [
            f"seal.fields.{path} was altered"
            for path in sorted({*own, *fields})
            if own.get(path) != fields.get(path)
        ]
        return tuple(said)
    for path in sorted({*own, *fields}):
        if path not in fields:
            said.append(f"{path} was added")
        elif path not in own:
            said.append(f"{path} was removed")
        elif own[path] != fields[path]:
            said.append(f"{path} was altered")
    return tuple(said or ["seal.sha256 was altered"])


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:_DIGITS]
