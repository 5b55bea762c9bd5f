"""The JSON Schema of results.json and of the lines of --json, and what breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import models_json_schema

from eventstudy.errors import plainly, quoted
from eventstudy.files.formats import parse_json
from eventstudy.report.machine.event import EventReport
from eventstudy.report.machine.lines import Document, ExcludedLine, FiguresLine, Line
from eventstudy.report.machine.pooled import PooledReport

SCHEMA_VERSION = "1.0"
"""The first figure rises when a key is renamed, removed or changes its meaning, the second when one
is added."""
SCHEMA_ID = f"https://eventstudy-kit.github.io/eventstudy/schemas/results-{SCHEMA_VERSION}.json"
SCHEMA_FILE = "results.schema.json"
"""Its name in `eventstudy/data`."""
_OF_A_FORM = {"title", "metavar", "more", "names", "panel", "discriminator"}
"""What pydantic and the options of a study say for other readers."""


@cache
def results_schema() -> dict[str, Any]:
    """The schema of results.json; its `$defs/Line` is that of a line of `run --json`."""
    _, made = models_json_schema(
        [(kind, "serialization") for kind in (EventReport, PooledReport, FiguresLine, ExcludedLine)]
    )
    definitions = made["$defs"]
    lines = ("EventReport", "FiguresLine", "ExcludedLine", "PooledReport")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": f"results.json of eventstudy, version {SCHEMA_VERSION}",
        "oneOf": _one_of("EventReport", "PooledReport"),
        "$defs": {
            **{name: _bare(definitions[name]) for name in sorted(definitions)},
            "Line": {
                "description": "A line of `eventstudy run --json`.",
                "oneOf": _one_of(*lines),
            },
        },
    }


def _one_of(*names: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/$defs/{name}"} for name in names]


def _bare(schema: Any) -> Any:
    """A schema without what only forms and other readers need; keys of `properties` stay."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {key: _bare(each) for key, each in value.items()}
        if name == "properties"
        else _bare(value)
        for name, value in schema.items()
        if name not in _OF_A_FORM and value != ""
    }


def require_valid(text: str, *, line: bool = False) -> str:
    """The JSON text of a document, checked against the declaration as it is written.

    Args:
        text: results.json, or a line of --json.
        line: Whether it is a line.

    Raises:
        ValidationError: A key is missing, unknown, or not what it is declared to be.
    """
    _adapter(line).validate_json(text)
    return text


@cache
def _adapter(line: bool) -> TypeAdapter[Any]:
    return TypeAdapter(Line if line else Document)


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """A results.json held against its schema."""

    version: str
    """What it names; empty where it names none."""
    valid: bool | None
    """None where it is of another version, which this one cannot check."""
    faults: tuple[str, ...] = ()
    """What breaks the schema, or why it was not checked; a sentence each."""


def checked_document(raw: bytes) -> SchemaCheck:
    """Hold a results.json against the schema that it names.

    Args:
        raw: Its bytes.
    """
    try:
        document = parse_json(raw)
        version = str(document.get("schema_version", ""))
    except (ValueError, AttributeError):
        why = "results.json is not a JSON object; make the bundle again."
        return SchemaCheck("", False, (why,))
    if version != SCHEMA_VERSION:
        made = f"is of schema {quoted(version)}" if version else "names no schema_version"
        why = (
            f"results.json {made} and was not checked; this version of eventstudy checks "
            f"{SCHEMA_VERSION}."
        )
        return SchemaCheck(version, None, (why,))
    try:
        _adapter(False).validate_json(raw)
    except ValidationError as error:
        return SchemaCheck(version, False, tuple(_sentences(error)))
    return SchemaCheck(version, True)


def _sentences(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False):
        place = "/".join(str(step) for step in item["loc"][1:])
        why = plainly(item["msg"]).removesuffix(".")
        yield f"results.json, {place or 'the document'}: {why[0].lower()}{why[1:]}."
