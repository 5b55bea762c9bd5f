"""Groups: which assets a name such as "hyperscalers" stands for, and how a report calls them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from eventstudy.errors import LONGEST_QUOTE, InputError, quoted, unknown_name
from eventstudy.files.formats import read_toml
from eventstudy.files.reading import control_in
from eventstudy.text.brief import Brief, Shown
from eventstudy.text.numbers import counted
from eventstudy.text.table import PlainTable

_TICKER = re.compile(
    r"[\^A-Z0-9][A-Z0-9.\-=^_]{0,14}"
    r"|[A-Z0-9_]{2,12}(\.[A-Z0-9_]{1,30}){2,20}"
    r"|[a-z0-9]{2,30}:[A-Za-z0-9.$-]{1,30}/[A-Za-z0-9.$-]{1,30}(:[A-Za-z0-9.-]{1,30})?"
)
"""Of a share or an index, of a series of the ECB, and of a pair on an exchange of crypto."""
_SMALL = re.compile(r"[a-z]{1,5}([.-][a-z]{1,3})?")
"""A ticker typed in small letters; a longer word may be a company."""
_COMPANY = re.compile(r"[A-Za-z][A-Za-z0-9\-]{1,30}")
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
RESERVED = "all"
"""The group that every result has."""
PEERS = "peers"
"""The group of the companies that the studied ones are compared with."""
# Below this similarity (difflib's ratio) a word is a name of its own and no misspelt group.
_CLOSE = 0.75


class Member(NamedTuple):
    """One asset in its group."""

    ticker: str
    group: str


@dataclass(frozen=True, slots=True)
class Group:
    """What a group is called in a report, and its tickers in the order of the file."""

    label: str
    members: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Groups(Shown):
    """All groups by name, and the written-out names of tickers, both in file order."""

    groups: Mapping[str, Group]
    names: Mapping[str, str]

    def _brief(self) -> Brief:
        rows = [
            (name, group.label, str(len(group.members)), ", ".join(group.members))
            for name, group in self.groups.items()
        ]
        heads = ("group", "label", "assets", "members")
        listing = PlainTable.of(heads, rows, len(rows), (0, 1, 3), more="groups")
        finding = f"{counted(len(rows), 'group')} of {counted(len(self.tickers), 'ticker')}"
        return Brief(finding, "", (listing,))

    def __getitem__(self, group: str) -> Group:
        """The group of that name; InputError with the known ones where there is none."""
        if group not in self.groups:
            raise unknown_name("group", group, list(self.groups))
        return self.groups[group]

    @cached_property
    def tickers(self) -> frozenset[str]:
        """Every ticker that the file mentions."""
        members = (ticker for group in self.groups.values() for ticker in group.members)
        return frozenset(self.names).union(members)

    def resolve(self, names: Sequence[str]) -> tuple[Member, ...]:
        """The assets behind an event's `groups`.

        Groups come first, in file order; then each bare ticker, in the order given, in a group
        named like itself, unless one of the event's groups holds it already. A ticker that
        stands in two of the groups gives two members.
        """
        members = [
            Member(ticker, name)
            for name, group in self.groups.items()
            if name in names
            for ticker in group.members
        ]
        held = {member.ticker for member in members}
        bare = (name for name in dict.fromkeys(names) if name not in self.groups)
        return (*members, *(Member(name, name) for name in bare if name not in held))

    def label(self, group: str) -> str:
        """How a report calls a group; a ticker that is its own group goes by its name."""
        return self.groups[group].label if group in self.groups else self.name(group)

    def name(self, ticker: str) -> str:
        """The written-out name of a ticker, or the ticker where the file has none."""
        return self.names.get(ticker, ticker)

    def spelled(self, name: str) -> str:
        """A name as typed in any case, as the file writes it: a group, a ticker or a company.

        A name that the file does not have is given back as it is.
        """
        known = {ticker.casefold(): ticker for ticker in self.tickers}
        companies = {full.casefold(): ticker for ticker, full in self.names.items()}
        groups = {group.casefold(): group for group in self.groups}
        folded = name.casefold()
        return next((each[folded] for each in (groups, known, companies) if folded in each), name)

    def typed(self, names: str | Sequence[str]) -> tuple[str, ...]:
        """Names as a person types them, each once, `spelled`; other short ones in capitals.

        Args:
            names: One text or several, each with one name, or several with commas or semicolons.

        Raises:
            InputError: One is not text.
        """
        texts = [names] if isinstance(names, str) else list(names)
        if wrong := [text for text in texts if not isinstance(text, str)]:
            raise InputError(f"{quoted(wrong[0])} is not a ticker; give text such as NVDA.")
        single = [name.strip() for text in texts for name in text.replace(";", ",").split(",")]
        return tuple(dict.fromkeys(self._typed(name) for name in single if name))

    def _typed(self, name: str) -> str:
        spelled = self.spelled(name)
        new = spelled == name and self._close(name) is None
        return name.upper() if new and _SMALL.fullmatch(name) else spelled

    def with_own(self, own: Mapping[str, Group]) -> Groups:
        """These groups, before them others; one of the same name takes the place of the file's.

        Args:
            own: The others by name.

        Raises:
            InputError: A name or a ticker cannot be one, or a ticker is in a group twice.
        """
        if not own:
            return self
        tables = {name: {"members": [*group.members]} for name, group in own.items()}
        try:
            _File.model_validate({"groups": tables})
        except ValidationError as error:
            raise InputError(
                [f"Group {item['loc'][1]}: {_message(item)}." for item in error.errors()]
            ) from None
        others = {name: group for name, group in self.groups.items() if name not in own}
        return Groups({**own, **others}, self.names)

    def leading(self, names: Sequence[str]) -> Groups:
        """These groups in another order: some first, of which a ticker is a group of its own.

        Args:
            names: Groups or tickers.
        """
        first = {name: self.groups.get(name) or Group(self.name(name), (name,)) for name in names}
        return Groups({**first, **self.groups, **first}, self.names)

    def problem(self, name: str) -> str | None:
        """Why a name in an event's `groups` cannot be meant as it stands, or None.

        Accepted are known groups and tickers, whatever looks like a ticker, and names of
        companies that are no near miss of a known group or ticker; whether a price exists is
        for the price source to say.
        """
        if name in self.groups or name in self.tickers:
            return None
        close = self._close(name)
        if close:
            return f"there is no group or ticker {quoted(name)}; did you mean {close!r}?"
        if _TICKER.fullmatch(name) or _COMPANY.fullmatch(name):
            return None
        return (
            f"{quoted(name)} is neither a group nor a ticker; "
            f"use a ticker such as NVDA or one of {', '.join(self.groups)}."
        )

    def _close(self, name: str) -> str | None:
        if name.upper() in self.tickers:
            return name.upper()
        folded = {group.casefold(): group for group in self.groups}
        if name.casefold() in folded:
            return folded[name.casefold()]
        if _TICKER.fullmatch(name) or len(name) > LONGEST_QUOTE:
            return None
        match = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=_CLOSE)
        return folded[match[0]] if match else None


def read_groups(path: str | Path | None = None) -> Groups:
    """Read a groups file (TOML), by default the one that comes with the package.

    A table `[groups.NAME]` has `members` (tickers) and, if wanted, a `label`; the table
    `[names]` gives tickers their written-out names.

    Args:
        path: The file; None for the packaged one.

    Raises:
        InputError: The file cannot be read, or has problems, all named at once.
    """
    source = "groups.toml" if path is None else str(path)
    content = read_toml(path, "groups.toml", "groups file")
    try:
        checked = _File.model_validate(content)
    except ValidationError as error:
        raise InputError(list(_sentences(source, error))) from None
    groups = {
        name: Group(table.label or _label(name), tuple(table.members))
        for name, table in checked.groups.items()
    }
    return Groups(groups, checked.names)


def _label(name: str) -> str:
    words = name.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _checked_name(name: str) -> str:
    if not _GROUP.fullmatch(name):
        raise ValueError(
            "a group's name has only letters, digits, '.', '_' and '-', starts with a letter "
            "or digit and has at most 80 characters"
        )
    if name == RESERVED:
        raise ValueError("all is the group of every asset in a result; choose another name")
    return name


def _checked_member(ticker: str) -> str:
    if not (_TICKER.fullmatch(ticker) or _COMPANY.fullmatch(ticker)):
        raise ValueError(f"{quoted(ticker)} is not a ticker; write it like NVDA, BRK.B or ^IXIC")
    return ticker


def _checked_members(tickers: list[str]) -> list[str]:
    upper = [ticker.upper() for ticker in tickers]
    twice = sorted({name for name in upper if upper.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} appears more than once; keep one")
    return tickers


def _checked_text(text: str) -> str:
    if control := control_in(text):
        raise ValueError(f"{quoted(text)} has the control character {control}; delete it")
    return text


_Label = Annotated[str, AfterValidator(_checked_text)]


class _GroupTable(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    label: _Label = ""
    members: Annotated[
        list[Annotated[str, AfterValidator(_checked_member)]],
        Field(min_length=1),
        AfterValidator(_checked_members),
    ]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    groups: Annotated[
        dict[Annotated[str, AfterValidator(_checked_name)], _GroupTable], Field(min_length=1)
    ]
    names: dict[str, Annotated[_Label, Field(min_length=1)]] = {}

    @model_validator(mode="after")
    def _no_group_like_a_ticker(self) -> _File:
        tickers = {ticker for table in self.groups.values() for ticker in table.members}
        for name, table in self.groups.items():
            if name in tickers | set(self.names) and table.members != [name]:
                raise ValueError(
                    f"the group {name} is called like a ticker of the file, so that an event of "
                    f"{name} could mean either; give it another name"
                )
        return self


def _sentences(source: str, error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        where = _place([part for part in item["loc"] if part != "[key]"])
        yield f"{source}, {where}: {_message(item)}."


def _place(loc: Sequence[Any]) -> str:
    if not loc:
        return "tables [groups]"
    if len(loc) == 1:
        return f"table [{loc[0]}]"
    if loc[0] == "names":
        return f"table [names], {loc[1]}"
    table = f"table [groups.{loc[1]}]"
    if len(loc) > 3:
        return f"{table}, {loc[2]}, entry {loc[3] + 1}"
    return f"{table}, {loc[2]}" if len(loc) > 2 else table


def _message(item: Any) -> str:
    kind = item["type"]
    if kind == "missing":
        return "it is missing; add it"
    if kind == "extra_forbidden":
        return "it is not known; known are [groups.NAME] with label and members, and [names]"
    if kind in ("too_short", "string_too_short"):
        return "it is empty; fill it or delete it"
    if kind == "value_error":
        return str(item["msg"]).removeprefix("Value error, ")
    wanted = {"string_type": "text in quotes", "list_type": 'a list such as ["NVDA", "AMD"]'}
    return f"{quoted(item['input'])} should be {wanted.get(kind, 'a table')}"
