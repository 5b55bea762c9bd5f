"""Observations that a researcher hands in as a frame, checked before anything is computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.calendars import Sessions, as_date, beyond, sessions_of
from eventstudy.errors import InputError, quoted, some_names
from eventstudy.estimation.days import Instants, moments_of
from eventstudy.estimation.labels import ALIGNMENTS, Coded, by_text, plain_tickers, without_rows
from eventstudy.estimation.timings import stated_timing
from eventstudy.events.align import contradiction, shift_reason
from eventstudy.events.dialects import candidates, column_key, dialect_of
from eventstudy.events.event import excel_day
from eventstudy.events.observations import ROW
from eventstudy.events.placing import TIMING_CODES, Announced, Days, Placings, place
from eventstudy.events.timing import TIMINGS, timing_of
from eventstudy.files.frames import as_pandas
from eventstudy.models.kernel.batch import Bools, Ints
from eventstudy.spec.study_spec import DEFAULTS

MOST_NAMED = 10
"""Observations of one kind of fault that are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Checked observations."""

    frame: pd.DataFrame
    """event_id (whole numbers or text), ticker, date (datetime64[ns]) and further columns, one row
    an observation, in the order given. Where the time of day or the timing is known, date is the
    first session that could react."""
    alignments: pd.DataFrame
    """`ALIGNMENTS` of the dates that were moved because of it."""
    event_id: Coded
    """The codes of the column, and of the next one."""
    ticker: Coded


@dataclass(frozen=True, slots=True, eq=False)
class _Dated:
    """The dates of N observations on the calendar."""

    day: Days
    """(N,) the date of the announcement."""
    day0: Days
    """(N,) the first session that could react, where time or timing are known; else `day`."""
    reasons: dict[tuple[dt.date, dt.date], str]
    """(day, day0) → why they differ."""


@dataclass(frozen=True, slots=True)
class _Where:
    """How sentences call the rows of a frame: as its index does, where that names rows."""

    index: pd.Index[Any]

    def of(self, at: int) -> str:
        """The row at a position."""
        name = self.index.name
        said = isinstance(name, str) and name.endswith(ROW)
        return f"{name} {self.index[at]}" if said else f"Observation {at + 1}"


def check_observations(observations: object, calendar: str = DEFAULTS.calendar) -> Observed:
    """Observations with ids as whole numbers or text, and day dates, in the order given.

    A date with a time of day and a zone, or with a timing, is placed on the exchange's calendar as
    a registered event is. An event_id is made of ticker and date where there is none.

    Args:
        observations: A frame of any library: ticker, date and, if there are, event_id, timing (pre,
            intraday, post, or as a vendor spells and calls them) and further columns.
        calendar: Name of the exchange's calendar, such as XNYS.

    Raises:
        InputError: It is no frame, columns are missing, dates are impossible or have a time of day
            but no zone, ids are empty, or an event_id has the same ticker twice; all at once.
    """
    frame = _named(as_pandas(observations, "observations"))
    where = _Where(frame.index)
    if frame.empty:
        raise InputError("The observations have no rows; give at least one ticker and date.")
    given: dict[str, pd.Series[Any]] = dict(frame.items())  # type: ignore[arg-type]
    tickers, codes, texts = plain_tickers(given["ticker"])
    plain = {"ticker": tickers}
    if "benchmark" in frame:
        plain["benchmark"] = plain_tickers(given["benchmark"])[0]
    moments = moments_of(given["date"])
    words, open_questions = stated_timing(frame, timed=not np.isnat(moments.utc).any())
    timing, wrong_words = _timings(words, where)
    problems = [*_date_problems(frame["date"], moments, where), *open_questions, *wrong_words]
    dated = _Dated(moments.day, moments.day, {})
    if not problems:
        announced = Announced(moments.day, moments.utc, timing)
        dated, problems = _placed(announced, calendar, where)
    made = "event_id" not in frame
    ids = _made_ids(tickers, dated.day) if made else _plain_ids(given["event_id"])
    plain["event_id"], coded = ids, Coded.of(ids)
    problems += _id_problems(plain, coded, (codes, texts), where, made=made)
    if "group" in frame and "all" in by_text(frame["group"])[1]:
        problems.append('A group is named "all", which stands for all observations; rename it.')
    if problems:
        raise InputError(problems)
    if dated.day0 is not moments.day or given["date"].dtype != "datetime64[ns]":
        days = dated.day0.astype("datetime64[ns]")
        plain["date"] = pd.Series(days, index=frame.index, copy=False)
    clean = _clean(frame, given, plain)
    return Observed(
        clean,
        _alignments(clean["event_id"], moments, dated),
        coded,
        Coded(codes, pd.Index(texts, dtype="str")) if texts else Coded.of(clean["ticker"]),
    )


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with ticker and date among its columns; one sentence where they are not."""
    wanted = {"ticker", "date"}
    if not wanted <= {*frame.columns} and wanted <= {*frame.columns, *frame.index.names}:
        frame = frame.reset_index()
    given = frame.columns.tolist()
    names, missing = [str(name) for name in given], sorted(wanted - {*given})
    if len({*names}) < len(names):
        twice = frame.columns[pd.Index(names).duplicated()]
        raise InputError(f"The observations have the column {twice[0]!r} twice; rename one.")
    if not missing:
        return frame if names == given else frame.rename(columns=str)
    plain = [column_key(name) for name in names]
    dialect = dialect_of(names)
    found = {
        names[places[0]]: role
        for role in ("event_id", *missing)
        if role not in names and dialect and (places := candidates(dialect, role, plain))
    }
    advice = f"rename them: frame.rename(columns={found})" if found else "rename them"
    raise InputError(
        f"The observations lack the column {', '.join(missing)}; "
        f"found: {some_names(names, 12)}. If they have other names, {advice}."
    )


def _timings(
    stated: pd.Series[Any] | None, where: _Where
) -> tuple[np.ndarray[Any, np.dtype[np.int8]], list[str]]:
    """The code of each observation's timing, and a sentence for each word that is none."""
    if stated is None:
        return np.zeros(len(where.index), dtype=np.int8), []
    codes, words = by_text(stated.astype(object))
    found = [timing_of(word) for word in words]
    unknown = np.array([*(timing is None for timing in found), False])
    problems = [
        f"{where.of(at)}: timing {quoted(stated.iloc[at])} is not known; use "
        f"{', '.join(TIMINGS)} or leave it empty."
        for at in np.flatnonzero(unknown[codes])[:MOST_NAMED]
    ]
    by_word = np.array([*(TIMING_CODES[timing or ""] for timing in found), 0], dtype=np.int8)
    return by_word[codes], problems


def _date_problems(given: pd.Series[Any], moments: Instants, where: _Where) -> Iterator[str]:
    for at in np.flatnonzero(np.isnat(moments.day))[:MOST_NAMED]:
        value = given.iloc[at]
        serial = excel_day(str(value).strip())
        yield f"{where.of(at)}: " + (
            f"date {value} is a serial number of Excel, which shows it as {serial}; convert with "
            'pd.to_datetime(dates, unit="D", origin="1899-12-30").'
            if serial
            else f"{value!r} is not a date; write 2025-01-27."
        )
    for at in np.flatnonzero(moments.zoneless & ~np.isnat(moments.day))[:MOST_NAMED]:
        yield (
            f"{where.of(at)}: date {str(given.iloc[at])!r} has a time but no offset "
            "from UTC; add it, such as -05:00 for New York in winter, or give the date alone and "
            "a column timing (pre, intraday, post)."
        )


def _placed(announced: Announced, calendar: str, where: _Where) -> tuple[_Dated, list[str]]:
    """Dates on the calendar, which is built only where a time or a timing needs it."""
    known = ~np.isnat(announced.utc) | (announced.timing == TIMING_CODES["post"])
    if not known.any():
        return _Dated(announced.day, announced.day, {}), []
    sessions = sessions_of(calendar)
    placed = place(announced, sessions)
    day = np.where(known, placed.day, announced.day)
    day0 = np.where(known, placed.session(sessions), announced.day)
    pairs = pd.DataFrame({"day": day, "day0": day0})[day != day0].drop_duplicates()
    reasons = {
        (early.date(), late.date()): shift_reason(early.date(), late.date(), sessions)
        for early, late in pairs.itertuples(index=False)
    }
    return _Dated(day, day0, reasons), list(
        _place_problems(announced, placed, known, sessions, where)
    )


def _place_problems(
    announced: Announced, placed: Placings, known: Bools, sessions: Sessions, where: _Where
) -> Iterator[str]:
    for at in np.flatnonzero(placed.outside & known)[:MOST_NAMED]:
        yield f"{where.of(at)}: {beyond(str(announced.day[at]), sessions)}"
    for at in np.flatnonzero(placed.actual)[:MOST_NAMED]:
        meant = contradiction(as_date(placed.day[at]), int(placed.actual[at]), sessions)
        stated = TIMINGS[announced.timing[at] - 1]
        yield (
            f"{where.of(at)}: its time of day {meant}, but timing says {stated}; correct one "
            "of the two."
        )


def _made_ids(tickers: pd.Series[Any], day: Days) -> pd.Series[str]:
    """NVDA-2025-01-27 for each observation."""
    codes, days = pd.factorize(day)
    written = pd.Series([*(str(each) for each in days.astype("M8[D]")), ""])
    texts = tickers.astype(str).reset_index(drop=True) + "-" + written.iloc[codes].to_numpy()
    return texts.set_axis(tickers.index)


def _plain_ids(values: pd.Series[Any]) -> pd.Series[Any]:
    """Ids as whole numbers or text; missing ones stay missing."""
    if pd.api.types.is_integer_dtype(values.dtype) or values.dtype == "str":
        return values
    return values.astype(str).where(values.notna())


def _id_problems(
    plain: Mapping[str, pd.Series[Any]],
    ids: Coded,
    by_ticker: tuple[Ints, list[str]],
    where: _Where,
    *,
    made: bool,
) -> list[str]:
    """A sentence for each empty id or ticker, and for each pair that is there twice."""
    problems = []
    codes, texts = by_ticker
    written = ids.distinct.dtype == "str"
    blank = np.asarray(ids.distinct.str.strip() == "") if written else np.zeros(0, dtype=bool)
    void = np.array([not text.strip() for text in texts], dtype=bool)
    for name, numbers, empty in (("event_id", ids.codes, blank), ("ticker", codes, void)):
        gone = np.append(empty, True)[numbers] if empty.any() else numbers < 0
        problems += [
            f"{where.of(at)}: {name} is empty." for at in np.flatnonzero(gone)[:MOST_NAMED]
        ]
    if len(ids.distinct) == len(ids.codes):
        return problems
    for at in np.flatnonzero(_seen_before(ids.codes, codes))[:MOST_NAMED]:
        event_id, ticker = (plain[name].astype(object).iloc[at] for name in ("event_id", "ticker"))
        problems.append(
            f"{where.of(at)}: {ticker!r} has this date twice; delete one row, or add "
            "a column event_id."
            if made
            else f"{where.of(at)}: event_id {event_id!r} has {ticker!r} twice; "
            "give each event of a firm its own event_id."
        )
    return problems


def _clean(
    frame: pd.DataFrame,
    given: Mapping[str, pd.Series[Any]],
    plain: Mapping[str, pd.Series[Any]],
) -> pd.DataFrame:
    """The frame with columns of plain types; those that have them already are not copied."""
    columns = {name: _storable(values) for name, values in {**given, **plain}.items()}
    if columns["ticker"].dtype != "str":
        columns["ticker"] = columns["ticker"].astype(str)
    changed = {name: values for name, values in columns.items() if values is not given.get(name)}
    return frame.assign(**changed).reset_index(drop=True)


def _alignments(event_ids: pd.Series[Any], moments: Instants, dated: _Dated) -> pd.DataFrame:
    """The observations of another day 0 than their date, each event once."""
    if dated.day0 is dated.day:
        return without_rows(ALIGNMENTS)
    moved = np.flatnonzero(dated.day != dated.day0)
    told = pd.DataFrame(
        {
            "event": pd.factorize(event_ids.iloc[moved])[0],
            "written": np.where(np.isnat(moments.utc), moments.day, moments.utc)[moved],
            "day": dated.day[moved],
            "day0": dated.day0[moved],
        }
    )
    at = moved[~told.duplicated().to_numpy()]
    day, day0, utc = dated.day[at], dated.day0[at], moments.utc[at]
    dates = np.datetime_as_string(day)
    stamps = np.datetime_as_string(utc.astype("datetime64[s]"))
    shown = pd.Series(np.where(np.isnat(utc), dates, np.char.add(stamps, "+00:00")), dtype=str)
    pairs, distinct = pd.factorize(day.astype(np.int64) * 2**20 + (day0 - day).astype(np.int64))
    reasons = [dated.reasons[_pair(key)] for key in distinct.tolist()]
    return pd.DataFrame(
        {
            "event_id": event_ids.iloc[at].astype(str).to_numpy(),
            "announced_at": shown.str.replace("T", " ").to_numpy(),
            "day0": day0.astype("datetime64[ns]"),
            "shifted": np.ones(len(at), dtype=bool),
            "reason": pd.Series(reasons, dtype=str).take(pairs).to_numpy(),
        }
    ).astype(dict.fromkeys(("event_id", "announced_at", "reason"), str))


def _pair(key: int) -> tuple[dt.date, dt.date]:
    """The two days of a key of `_alignments`."""
    day, later = divmod(key, 2**20)
    early = np.datetime64(day, "D")
    return as_date(early), as_date(early + later)


def _seen_before(first: Ints, second: Ints) -> Bools:
    """Which pairs of numbers have come before."""
    pairs = (first + 1) * (int(second.max(initial=0)) + 2) + second + 1
    return np.asarray(pd.Series(pairs).duplicated())


def _storable(values: pd.Series[Any]) -> pd.Series[Any]:
    """A column as one kind of plain values: categories by what they say, a mixture as text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        if values.dtype.categories.dtype == "str":
            texts = values.dtype.categories.array.take(values.cat.codes.to_numpy(), allow_fill=True)
            return pd.Series(texts, index=values.index, name=values.name)
        return pd.Series(values.tolist(), index=values.index)
    if values.dtype != object:
        return values
    if pd.api.types.infer_dtype(values, skipna=True).startswith("mixed"):
        return values.astype(str).where(values.notna())
    return values
