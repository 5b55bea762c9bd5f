"""Options from a file and from the environment, checked against the verbs' own options.

The order is command line, environment, file, default. A file is TOML with a table a verb and keys
named like the options; the environment has a variable an option, such as EVENTSTUDY_RUN_MODEL.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventstudy.errors import LONGEST_QUOTE, InputError, unknown_name
from eventstudy.files.formats import read_toml
from eventstudy.prices.sources.sql.url import safe_text

FILE = "eventstudy.toml"
PREFIX = "EVENTSTUDY"
"""Of the environment's variables, as click makes them: prefix, verb and option."""

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a verb as a file and the environment may set it."""

    verb: tuple[str, ...]
    """("run",) or ("events", "add")."""
    name: str
    """The parameter's, such as min_obs."""
    key: str
    """The file's, such as min-obs."""
    kind: type
    many: bool
    """Given once for each value: the file has a list."""
    listed: bool
    """One text with commas: the file may have a list too."""
    default: Any
    metavar: str
    help: str
    panel: str

    @property
    def variable(self) -> str:
        """The variable of the environment that sets it."""
        return "_".join((PREFIX, *self.verb, self.name)).replace("-", "_").upper()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a configuration file says: `values` by verb, then by the parameter's name."""

    path: Path | None = None
    values: Mapping[tuple[str, ...], Table] = field(default_factory=dict)

    def default_map(self) -> Table:
        """The values as click takes them: a dict in a dict for every level of verbs."""
        nested: Table = {}
        for verb, table in self.values.items():
            inner = nested
            for part in verb:
                inner = inner.setdefault(part, {})
            inner.update(table)
        return nested


@dataclass(frozen=True, slots=True)
class InForce:
    """A value that is not the default, and where it comes from."""

    option: Option
    value: str
    source: str


def options_of(group: Any, only: str | None = None, above: tuple[str, ...] = ()) -> list[Option]:
    """Every option of every verb below a click group, in the order of the help.

    Args:
        group: The group; each verb that is looked at is loaded.
        only: The name of one verb, or group of verbs, where no other is asked for.
        above: The names of the groups that the group lies in.
    """
    options: list[Option] = []
    for name in group.commands:
        if only not in (None, name):
            continue
        command, verb = group.commands[name], (*above, name)
        if hasattr(command, "commands"):
            options += options_of(command, above=verb)
        else:
            options += [
                _option(verb, each)
                for each in command.params
                if each.param_type_name == "option" and not each.hidden
            ]
    return options


def _option(verb: tuple[str, ...], param: Any) -> Option:
    metavar = param.metavar or ""
    kind = bool if param.is_flag else type(param.default)
    return Option(
        verb=verb,
        name=param.name,
        key=next(text for text in param.opts if text.startswith("--")).removeprefix("--"),
        kind=kind if kind in (bool, int, float) else str,
        many=param.multiple,
        listed="," in metavar,
        default=param.default,
        metavar=metavar,
        help=param.help or "",
        panel=param.rich_help_panel or "",
    )


def settings_file(asked: Path | None) -> Path | None:
    """The file `asked` for, else `eventstudy.toml` of the working folder, else none."""
    usual = Path(FILE)
    return asked or (usual if usual.exists() else None)


def read_settings(asked: Path | None, options: Iterable[Option]) -> Settings:
    """What the configuration file says, see `settings_file`; nothing where there is none.

    Args:
        asked: A file that was named.
        options: Those of all verbs.

    Raises:
        InputError: The file has an unknown table or key, or a value of the wrong type; all are
            named at once.
    """
    path = settings_file(asked)
    if path is None:
        return Settings()
    content = read_toml(path, FILE, "configuration file")
    by_verb: dict[tuple[str, ...], dict[str, Option]] = {}
    for option in options:
        by_verb.setdefault(option.verb, {})[option.key] = option
    problems: list[str] = []
    values: dict[tuple[str, ...], Table] = {}
    for verb, table in _tables(content, by_verb, path, problems):
        values[verb] = _values(table, by_verb[verb], f"{path}, table {_bracket(verb)}", problems)
    if problems:
        raise InputError(problems)
    return Settings(path, values)


def _tables(
    content: Mapping[str, Any],
    known: Mapping[tuple[str, ...], Any],
    path: Path,
    problems: list[str],
    above: tuple[str, ...] = (),
) -> Iterator[tuple[tuple[str, ...], Table]]:
    """The tables of verbs; whatever else there is becomes a problem."""
    here = sorted({verb[: len(above) + 1] for verb in known if verb[: len(above)] == above})
    for name, inner in content.items():
        verb = (*above, name)
        if verb not in here:
            if isinstance(inner, dict):
                known_here = [".".join(each) for each in here]
                unknown = unknown_name("table", ".".join(verb), known_here)
                problems.append(f"{path}: {unknown}")
            else:
                where = f"table {_bracket(above)}: the key" if above else "the key"
                example = _bracket(here[0] if above else ("run",))
                problems.append(
                    f"{path}, {where} {name!r} stands in no verb's table; put it under the verb "
                    f"that it is for, such as {example}."
                )
        elif not isinstance(inner, dict):
            problems.append(
                f"{path}: {name!r} is a verb; write its options under {_bracket(verb)}."
            )
        elif verb in known:
            yield verb, inner
        else:
            yield from _tables(inner, known, path, problems, verb)


def _values(table: Table, options: Mapping[str, Option], where: str, problems: list[str]) -> Table:
    values: Table = {}
    for written, value in table.items():
        key = written.replace("_", "-")
        option = options.get(key)
        if option is None:
            problems.append(f"{where}: {unknown_name('key', written, list(options))}")
        elif option.name in values:
            problems.append(f"{where}: the key {key} appears twice; keep one.")
        elif value != "":  # an empty text counts as left out, as an empty variable does
            try:
                values[option.name] = _checked(option, value)
            except ValueError as error:
                problems.append(
                    f"{where}, key {written}: {_shown(value)} is {error}; write for example "
                    f"{written} = {example_of(option)}."
                )
    return values


def _checked(option: Option, value: Any) -> Any:
    """The value as click takes it; ValueError with what it is not."""
    if value == "" and option.default is None:
        return None  # left out, as the starter file writes it
    if option.many and isinstance(value, list):
        return [_joined(each) if option.listed else _text(each) for each in value]
    if option.many:
        if option.listed:
            raise ValueError("not a list")
        return [_text(value)]
    if option.kind is bool:
        if isinstance(value, bool):
            return value
        raise ValueError("neither true nor false")
    if option.kind in (int, float):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole or (option.kind is float and isinstance(value, float)):
            return value
        raise ValueError("not a whole number" if option.kind is int else "not a number")
    return _joined(value) if option.listed else _text(value)


def _joined(value: Any) -> str:
    """[-1, 1] as "-1,1"; a text stays."""
    parts = value if isinstance(value, list) else [value]
    return ",".join(
        str(part) if type(part) in (int, float) else _text(part, "neither text nor a list")
        for part in parts
    )


def _text(value: Any, wanted: str = "not text in quotation marks") -> str:
    if isinstance(value, str):
        return value
    raise ValueError(wanted)


def example_of(option: Option) -> str:
    """The default as TOML, or what stands for it where there is none."""
    if option.default is None:
        return as_toml(option.metavar.lower())
    return as_toml(option.default)


def as_toml(value: Any) -> str:
    """A default as a value of TOML; "" for None."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(as_toml(each) for each in value)}]"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return json.dumps("" if value is None else str(value), ensure_ascii=False)


def _shown(value: Any) -> str:
    text = safe_text(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]} …"


def _bracket(verb: tuple[str, ...]) -> str:
    return f"[{'.'.join(verb)}]"


def in_force(
    options: Iterable[Option], settings: Settings, environment: Mapping[str, str]
) -> list[InForce]:
    """The values that differ from the defaults, without those of the command line.

    Addresses are shown without their secrets.
    """
    differing = []
    for option in options:
        set_there = environment.get(option.variable)
        value = settings.values.get(option.verb, {}).get(option.name)
        if set_there:  # click takes an empty variable for none
            differing.append(InForce(option, safe_text(set_there), option.variable))
        elif value is not None and as_toml(value) != as_toml(option.default):
            text = " ".join(value) if option.many else as_toml(value).strip('"')
            differing.append(InForce(option, safe_text(text), str(settings.path)))
    return differing


def unknown_variables(
    options: Iterable[Option], environment: Mapping[str, str], verb: str | None = None
) -> list[str]:
    """A sentence for each variable that is named like an option and is none.

    Of one verb only, if it is named: a variable for another program may look like that too.
    """
    known = {option.variable: option.verb[0] for option in options}
    verbs = {verb} if verb else set(known.values())
    starts = tuple(f"{PREFIX}_{name.upper()}_" for name in verbs)
    sentences = []
    for name in sorted(environment):
        if name.startswith(starts) and name not in known and not name.endswith("_HELP"):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else "unset it."
            sentences.append(f"{name} is set in the environment and is no option; {hint}")
    return sentences
