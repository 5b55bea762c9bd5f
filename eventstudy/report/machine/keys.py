"""How the keys of results.json are declared: a type, a description, a unit."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

RETURN = "return"
P = "p"
SHARE = "share"
COUNT = "count"
SESSION = "session"
DOLLARS = "dollars"
MONEY = "money a share"
POINTS = "index points"
NUMBER = "number"
CONFIDENCE = "confidence"
DATE = "date"
NAME = "name"
TEXT = "text"
YES = "yes or no"

UNITS = {
    RETURN: "A fraction: -0.05 is −5%. Basis points or points where the key `unit` says so.",
    P: "A p-value, between 0 and 1.",
    SHARE: "A fraction of a whole, normally between 0 and 1.",
    COUNT: "A count.",
    SESSION: "Sessions from day 0, or a number of sessions; weeks or months in such a study.",
    DOLLARS: "US dollars.",
    MONEY: "Money per share, in the currency of the price.",
    POINTS: "Points of an index.",
    NUMBER: "A pure number.",
    CONFIDENCE: "A level of confidence or significance, between 0 and 1.",
    DATE: "A date, ISO 8601.",
    NAME: "A name or an id.",
    TEXT: "Text.",
    YES: "true or false.",
}
"""Unit of a key → what it means."""


class Declared(BaseModel):
    """An object of results.json: its fields are all the keys that it may have, and must have."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def key(text: str, unit: str = TEXT, **limits: Any) -> Any:
    """Declare a key of results.json.

    Args:
        text: What it is, a sentence without its full stop.
        unit: One of `UNITS`.
        limits: Further words of a schema, as `Field` of pydantic takes them.
    """
    assert text
    assert unit in UNITS
    return Field(description=text, json_schema_extra={"unit": unit}, **limits)
