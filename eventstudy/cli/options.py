"""Options and checks that several verbs share."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast, get_args

import typer

from eventstudy.cli.completion import Complete, one_of, registered_names, some_of
from eventstudy.cli.console import say
from eventstudy.errors import InputError
from eventstudy.options import about_option, sentence_of, words_of
from eventstudy.prices.source import Values
from eventstudy.report.formats.registry import formats_help
from eventstudy.spec.study_spec import BY_FREQUENCY, StudySpec
from eventstudy.spec.windows import Window

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from eventstudy.result.result import StudyResult


PARTLY_DONE = 5

PANELS = WHAT, FILES, HOW, OUTPUT, RUNNING = (
    *("What to study", "Price files", "How to estimate"),
    *("Output", "Running"),
)
"""Of the options in the help, in this order."""

SOURCES = "eventstudy.prices.source:SOURCES"
PLUGINS = "eventstudy.prices.plugins:PLUGINS"
"""Looked for only when the shell completes a name."""
_PAPERS = "eventstudy.report.drawing.palette:PAPERS"
_INKS = "eventstudy.report.drawing.palette:INKS"
_ENGINES = "eventstudy.compute:ENGINES"


def _listed(place: str, word: str = " or ") -> str:
    """The names of a registry: "a4, letter or slide"."""
    *names, last = registered_names(place)
    return f"{', '.join(names)}{word or ', '}{last}"


def option(
    panel: str, metavar: str, help: str, *flags: str, complete: Complete | None = None
) -> Any:
    """Declare an option of a verb, in its panel of the help."""
    return typer.Option(
        *flags,
        metavar=metavar or None,
        help=help,
        autocompletion=complete,
        rich_help_panel=panel or None,
    )


def argument(metavar: str, help: str, *, complete: Any = None) -> Any:
    """Declare an argument of a verb."""
    return typer.Argument(metavar=metavar, help=help, autocompletion=complete)


EventsFile = Annotated[Path, option(WHAT, "FILE", "Events file (CSV).")]
GroupsFile = Annotated[
    Path | None, option(WHAT, "FILE", "Groups file (TOML); by default the packaged one.")
]
ClaimsFile = Annotated[
    Path | None, option(WHAT, "FILE", "Claims file (TOML); by default the packaged one.")
]
Source = Annotated[
    list[str],
    option(
        WHAT,
        "NAME",
        f"Prices: {', '.join(registered_names(SOURCES))}, a file, a folder of files, the address "
        "of a database, or a source of an installed package; repeat for several.",
        complete=one_of(SOURCES, PLUGINS),
    ),
]
BUNDLED = ["bundled"]
FILE_OPTIONS: Mapping[str, tuple[Any, Any]] = {
    "date_col": (
        str | None,
        option(FILES, "NAME", "Column of dates, if it has another name."),
    ),
    "ticker_col": (str | None, option(FILES, "NAME", "Column of tickers, if it has another name.")),
    "close_col": (str | None, option(FILES, "NAME", "Column of closes, if it has another name.")),
    "adj_close_col": (
        str | None,
        option(FILES, "NAME", "Column of closes adjusted for splits and dividends."),
    ),
    "returns_col": (
        str | None,
        option(FILES, "NAME", "Column of simple returns in decimals, used as they are."),
    ),
    "ticker": (
        str | None,
        option(FILES, "NAME,...", "Ticker of a file with a single, unnamed one."),
    ),
    "dayfirst": (
        bool | None,
        option(FILES, "", "Whether 02/01/2025 is 2 January.", "--dayfirst/--no-dayfirst"),
    ),
    "values": (
        str,
        option(
            FILES,
            "NAME",
            f"What the figures are: {', '.join(get_args(Values))}.",
            complete=one_of(*get_args(Values)),
        ),
    ),
}
"""What can be said of price files: name → type, declaration; as in `load_prices`."""
Formats = Annotated[
    str,
    option(
        OUTPUT,
        "NAME,...",
        formats_help(),
        complete=some_of("eventstudy.report.formats.registry:FORMATS"),
    ),
]
Paper = Annotated[str, option(OUTPUT, "NAME", f"{_listed(_PAPERS)}.", complete=one_of(_PAPERS))]
Ink = Annotated[
    str,
    option(
        OUTPUT,
        "NAME",
        f"{_listed(_INKS)}.",
        complete=one_of(_INKS, "eventstudy.report.drawing.palette:SPELLED"),
    ),
]
Engine = Annotated[
    str,
    option(
        RUNNING,
        "NAME",
        f"{_listed(_ENGINES, '')}, or the address of a Dask scheduler.",
        complete=one_of(_ENGINES),
    ),
]
Offline = Annotated[bool, option(RUNNING, "", "Never use the network.", "--offline")]
Resume = Annotated[
    bool, option(RUNNING, "", "Resume an interrupted run of the same command.", "--resume")
]
AsJson = Annotated[bool, option(OUTPUT, "", "Print JSON instead of text.", "--json")]
JsonLines = Annotated[
    bool,
    option(
        OUTPUT, "", "Print one JSON object per event, each on a line, instead of text.", "--json"
    ),
]
DEFAULT_EVENTS = Path("events.csv")

VerbFunction = TypeVar("VerbFunction", bound=Callable[..., None])


def with_study_options(*names: str) -> Callable[[VerbFunction], VerbFunction]:
    """Give a verb the study options of these names, or all; it receives them as **study.

    Options follow the order of the panels, so that help and starter file show each panel once.
    """

    def decorate(verb: VerbFunction) -> VerbFunction:
        taken = inspect.signature(verb, eval_str=True)
        own = [
            each.replace(kind=each.KEYWORD_ONLY)
            for each in taken.parameters.values()
            if each.kind is not each.VAR_KEYWORD
        ]
        fields = StudySpec.model_fields
        study = [_parameter(name, fields[name]) for name in names or fields]
        parameters = sorted([*own, *study], key=_panel)
        verb.__dict__["__signature__"] = taken.replace(parameters=parameters)
        return verb

    return decorate


def given_by(context: typer.Context, name: str) -> str:
    """Where the value of an option comes from: COMMANDLINE, ENVIRONMENT, DEFAULT_MAP, DEFAULT.

    Args:
        context: Of the command.
        name: Of its parameter.
    """
    return getattr(context.get_parameter_source(name), "name", "DEFAULT")


def given_options(context: typer.Context, study: dict[str, Any]) -> dict[str, Any]:
    """Study options without those that nobody gave and whose default depends on the frequency.

    Args:
        context: Of the command, which knows where each value comes from.
        study: What the verb received.
    """
    defaults = {str(name): options for name, options in BY_FREQUENCY.items()}
    left = {
        name
        for name in defaults.get(str(study.get("frequency")), {})
        if given_by(context, name) == "DEFAULT"
    }
    return {name: value for name, value in study.items() if name not in left}


def with_file_options(verb: VerbFunction) -> VerbFunction:
    """Give a verb the options on price files; it receives those that are given as `files`.

    Args:
        verb: Its parameter `files` takes them, as `load_prices` does.
    """
    taken = inspect.signature(verb, eval_str=True)
    more = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default="auto" if name == "values" else None,
            annotation=Annotated[kind, info],
        )
        for name, (kind, info) in FILE_OPTIONS.items()
    ]
    own = [
        each.replace(kind=each.KEYWORD_ONLY)
        for each in taken.parameters.values()
        if each.name != "files"
    ]

    @wraps(verb)
    def call(**given: Any) -> None:
        said = {name: given.pop(name) for name in FILE_OPTIONS}
        verb(**given, files={name: value for name, value in said.items() if value is not None})

    call.__dict__["__signature__"] = taken.replace(parameters=sorted([*own, *more], key=_panel))
    return cast("VerbFunction", call)


def _panel(parameter: inspect.Parameter) -> int:
    for info in getattr(parameter.annotation, "__metadata__", ()):
        if info.rich_help_panel in PANELS:
            return PANELS.index(info.rich_help_panel)
    return -1  # arguments


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    """A field of the specification as typer reads a parameter."""
    about, default = about_option(field), _typed(field.default)
    many = isinstance(default, list)
    complete = some_of if "," in about["metavar"] and not many else one_of
    info = option(
        about["panel"],
        about["metavar"],
        f"{sentence_of(field)}{'; repeat for several' if many else ''}.",
        *([f"--{name.replace('_', '-')}"] if default is False else []),  # without its opposite
        complete=complete(*words_of(field), *filter(None, [about["names"]])),
    )
    info.show_default = " ".join(default) if many else True
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[_kind(field, default), info],
    )


def _typed(value: Any) -> Any:
    """A default as it is typed on a command line: windows as "-1,1", several in a list."""
    if isinstance(value, Window):
        return f"{value.start},{value.end}"
    if isinstance(value, tuple):
        return [_typed(each) for each in value] or ""
    return value


def _kind(field: FieldInfo, default: Any) -> Any:
    """What typer reads the option's text as."""
    if isinstance(default, list):
        return list[str]
    if default is None:
        return bool | None if bool in get_args(field.annotation) else str | None
    return type(default)


def parts(text: str) -> tuple[str, ...]:
    """The names in a text with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def require_folder(folder: Path, option: str = "") -> None:
    """Raise InputError if a file has the path of the output folder, or if it is not text."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{option}{folder} has bytes that are not UTF-8, which no file of a bundle can hold; "
            "name another folder."
        ) from None
    taken = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), None)
    if taken is not None and not taken.is_dir():
        raise InputError(f"{option}{taken} is a file, not a folder; give another place.")


def say_left_out(results: Sequence[StudyResult]) -> None:
    """Name what was asked for and left out; exits with 5 where there is something."""
    from eventstudy.result.unestimated import left_out_lines

    left_out = left_out_lines(results)
    for line in left_out:
        say(f"Left out: {line}")
    if left_out:
        raise typer.Exit(PARTLY_DONE)
