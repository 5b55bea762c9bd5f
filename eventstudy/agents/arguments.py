"""What the tools take: each argument once, with its type, its limit and what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from eventstudy.errors import InputError, plainly, quoted, unknown_name
from eventstudy.files.failures import DEEP
from eventstudy.files.reading import control_in
from eventstudy.options import sentence_of
from eventstudy.prices.source import SOURCES, Values
from eventstudy.spec.study_spec import StudySpec, plain_text

LARGEST = 2**20
"""Characters of all arguments of a call."""
LONGEST = 2_000
"""Characters of one text."""
MOST_NAMES = 200
"""Names in one argument."""
MOST_LISTED = 1_000
"""Rows of a list that stand in the arguments; a file may have more."""
MOST_ASKED = 500
"""Rows of a table that are asked for at once."""


def _as_names(value: Any) -> Any:
    """Several names from a list, or from one text with commas."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise ValueError("give names in a list, or in one text with commas")
    if len(names) > MOST_NAMES:
        raise ValueError(f"it has {len(names):,} names; give at most {MOST_NAMES}")
    return [name.strip() for name in names if name.strip()]


def _as_rows(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("give a list of objects, each with ticker and date")
    if len(value) > MOST_LISTED:
        raise ValueError(
            f"it has {len(value):,} rows; give at most {MOST_LISTED:,}, or write them to a file in "
            "the served folder"
        )
    for at, row in enumerate(value, 1):
        for name, cell in row.items():
            if not isinstance(cell, get_args(Cell)):
                raise ValueError(f"{quoted(name)} of row {at} must be a text, a number or null")
    return value


OTHERWISE = {
    **dict.fromkeys(("model_type", "dict_type"), "give an object of named values"),
    "int_parsing_size": "give a smaller number",
    "extra_forbidden": "it is not known; leave it out",
}
"""Kind of a fault → what to do, where pydantic's words say too little."""
NameList = Annotated[list[str], BeforeValidator(_as_names)]
Cell = str | int | float | bool | None
Rows = Annotated[list[dict[str, Cell]], BeforeValidator(_as_rows)]


class Arguments(BaseModel):
    """The arguments of a tool."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceFileOptions(Arguments):
    """How price files are laid out, as `load_prices` takes it."""

    date_col: str | None = Field(default=None, description="Column of dates.")
    ticker_col: str | None = Field(default=None, description="Column of tickers.")
    close_col: str | None = Field(default=None, description="Column of closes.")
    adj_close_col: str | None = Field(
        default=None, description="Column of closes adjusted for splits and dividends."
    )
    returns_col: str | None = Field(
        default=None, description="Column of simple returns, in decimals."
    )
    ticker: str | None = Field(default=None, description="Ticker of a file that does not name it.")
    dayfirst: bool | None = Field(default=None, description="Whether 02/01/2025 is 2 January.")
    values: Values = Field(
        default="auto", description=f"What the figures are: {', '.join(get_args(Values))}."
    )


def _options_schema() -> dict[str, Any]:
    """The options of a study in JSON Schema: what each means, and its default."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": f"{sentence_of(field)}. Default {plain_text(field.default)}."}
            for name, field in StudySpec.model_fields.items()
        },
    }


class Priced(Arguments):
    """What every study takes: prices and options."""

    source: NameList = Field(
        default=[],
        description=f"Sources of prices: names ({', '.join(SOURCES)}) or paths of files in the "
        "folder. Each ticker is taken from the first that has it. Sources on the network answer "
        "from their cache alone, unless the server was started with --fetch.",
    )
    price_file: PriceFileOptions = Field(
        default=PriceFileOptions(), description="Layout of price files, if not recognised."
    )
    options: dict[str, Any] = Field(
        default={},
        description='Options of the study; a window is a text such as "-1,1", in sessions from '
        "day 0.",
        json_schema_extra=_options_schema(),
    )


class StudyDate(Priced):
    """Tickers on one date."""

    tickers: NameList = Field(
        description="Tickers, known groups or company names; the first leads the answer."
    )
    date: str = Field(
        description='Date of the news, such as "2025-01-27", or a time with its offset from UTC.'
    )
    title: str = Field(default="", description="What happened, in a few words.")
    timing: str = Field(
        default="", description="pre, intraday or post, if the date has no time of day."
    )
    peers: NameList = Field(default=[], description="Companies to compare with.")
    groups: dict[str, NameList] = Field(
        default={}, description="Further groups: tickers by name.", max_length=MOST_NAMES
    )


class ColumnNames(Arguments):
    """How a list of events is laid out, where it differs from events.csv."""

    id_col: str | None = Field(default=None, description="Column of event ids.")
    date_col: str | None = Field(default=None, description="Column of event dates.")
    ticker_col: str | None = Field(default=None, description="Column of tickers.")
    timing_col: str | None = Field(default=None, description="Column of pre, intraday or post.")
    dayfirst: bool | None = Field(default=None, description="Whether 01/02/2025 is 1 February.")


class Listed(Arguments):
    """A list of events in the folder."""

    file: str = Field(default="events.csv", description="Path of the events file in the folder.")
    layout: ColumnNames = Field(
        default=ColumnNames(), description="Layout of the list, if not recognised."
    )


class StudyEvent(Priced, Listed):
    """One registered event."""

    event_id: str = Field(description="Id of the event in the file.")


class StudyList(Priced, Listed):
    """Many events, pooled."""

    file: str = Field(
        default="",
        description="Path of a list of tickers and dates, or of an events file, in the folder.",
    )
    rows: Rows = Field(
        default=[],
        description=f"Instead of a file: up to {MOST_LISTED:,} objects with ticker, date and, if "
        "known, event_id, timing, group and further columns.",
    )


class LookUpEvents(Listed):
    """Events of a file."""

    event_id: str = Field(default="", description="One event, with its tickers; all if empty.")
    contains: str = Field(default="", description="Only events with this in id, title or groups.")
    calendar: str = Field(default="XNYS", description="Exchange calendar, such as XNYS or XLON.")


class LookUpNames(Arguments):
    """Models or tests."""

    name: str = Field(default="", description="Name of one; all if empty.")


class ExplainExclusion(Arguments):
    """An event or an asset that is missing from an answer."""

    study: str = Field(
        default="",
        description="Key `study` of an earlier answer in this session; the last study if empty.",
    )
    bundle: str = Field(default="", description="Instead of a study: folder of a bundle.")
    event_id: str = Field(default="", description="Id of the event; all if empty.")
    ticker: str = Field(default="", description="Ticker of the asset; all if empty.")


class ReadBundle(Arguments):
    """A bundle in the folder."""

    bundle: str = Field(description="Folder of the bundle, such as outputs/deepseek-r1.")
    table: str = Field(
        default="", description="Name of a table to read, such as car; none if empty."
    )
    first_row: int = Field(
        default=0, ge=0, description="First row of the table to read, counted from 0."
    )
    rows: int = Field(
        default=50,
        ge=1,
        le=MOST_ASKED,
        description=f"Number of rows to read, at most {MOST_ASKED}.",
    )


Given = TypeVar("Given", bound=Arguments)


def read_arguments(kind: type[Given], raw: Mapping[str, Any]) -> Given:
    """The arguments of a call, checked.

    Args:
        kind: What the tool takes.
        raw: As they came.

    Raises:
        InputError: A sentence for each wrong one.
    """
    _require_small(raw)
    if problems := [*_problems(raw, "")]:
        raise InputError(problems)
    try:
        return kind.model_validate(dict(raw))
    except ValidationError as error:
        raise InputError(list(dict.fromkeys(_sentences(kind, error)))) from None


def _require_small(raw: Mapping[str, Any]) -> None:
    try:
        size = len(json.dumps(raw, default=str))
    except RecursionError:
        raise InputError(DEEP) from None
    if size > LARGEST:
        raise InputError(
            f"The arguments have {size:,} characters; at most {LARGEST:,} are allowed. Write long "
            "lists to a file in the served folder."
        )


def _problems(value: Any, name: str) -> Iterator[str]:
    """A sentence for each text that is too long or has what steers a terminal."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            yield (
                f"Option {name}: it has {len(value):,} characters; shorten it to {LONGEST:,} or "
                "fewer."
            )
        elif control := control_in(value):
            yield f"Option {name}: it contains the control character {control}; delete it."
        return
    inner = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, (list, tuple)):
        inner = enumerate(value, 1)  # type: ignore[assignment]
    for key, one in inner:
        told = quoted(key)[1:-1] if isinstance(key, str) else str(key)
        place = f"{name}.{told}" if name else told
        if isinstance(key, str) and (len(key) > LONGEST or control_in(key)):
            yield f"{quoted(key)} is not the name of an argument; delete it."
        else:
            yield from _problems(one, place)


def _sentences(kind: type[Arguments], error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        name = ".".join(str(step) for step in item["loc"]) or "arguments"
        message = OTHERWISE.get(item["type"]) or plainly(
            item["msg"].removeprefix("Value error, ").removesuffix(".")
        )
        if item["type"] == "extra_forbidden" and len(item["loc"]) == 1:
            yield _unknown(kind, name)
        elif item["type"] == "missing":
            yield f"Option {name} is missing; {_wanted(kind, name)}"
        else:
            given = quoted(item["input"])
            yield f"Option {name}: {message[:1].lower()}{message[1:]} (given: {given})."


def _unknown(kind: type[Arguments], name: str) -> str:
    known = list(kind.model_fields)
    if not known:
        return f"This tool takes no arguments; leave out {quoted(name)}."
    return str(unknown_name("argument", name, known))


def _wanted(kind: type[Arguments], name: str) -> str:
    field = kind.model_fields.get(name)
    about = field.description if field and field.description else ""
    return f"give it: {about[:1].lower()}{about[1:]}" if about else "give it."
