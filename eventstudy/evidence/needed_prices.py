"""Which prices a set of events needs, so that no more than these are fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from eventstudy.events.align import align_all
from eventstudy.evidence.claims.register import Claim, needs_of
from eventstudy.evidence.recovery import HORIZONS
from eventstudy.models.registry import needs_benchmark
from eventstudy.models.rolling import model_for
from eventstudy.prices.load import Source, asked_by_need, load_prices
from eventstudy.prices.source import SOURCES
from eventstudy.prices.sources.sql.url import is_database
from eventstudy.prices.unlisted import unlisted_reason
from eventstudy.spec.study_spec import DEFAULT_BENCHMARK, MEAN_BENCHMARK

if TYPE_CHECKING:
    from eventstudy.events.event import Event
    from eventstudy.events.groups import Groups
    from eventstudy.events.registry import Events
    from eventstudy.prices.prices import Prices
    from eventstudy.spec.study_spec import StudySpec


def load_needed(
    registry: Events,
    chosen: Sequence[Event],
    groups: Groups,
    spec: StudySpec,
    sources: Sequence[Source],
    files: Mapping[str, Any],
    claims: Sequence[Claim],
    *,
    offline: bool,
    since: date | None = None,
    until: date | None = None,
) -> Prices:
    """The prices that the studies of the chosen events and the evidence on them need.

    What needs no network is loaded whole. A database is asked for all its tickers where their
    mean is the benchmark, because it has no index.

    Args:
        registry: All events of the file.
        chosen: Those to study.
        groups: Which tickers the names of groups stand for.
        spec: The options of the study.
        sources: As `load_prices` takes them; the first that has a ticker counts.
        files: What is said of price files, as `load_prices` takes it.
        claims: The register of claims.
        offline: Whether sources that use the network read their cache only.
        since: A day that the prices reach back to, beyond what the windows need.
        until: The last day of any price; no source is asked for a later one.
    """
    if spec.returns == "difference" and files.get("values", "auto") == "auto":
        files = {**files, "values": "levels"}
    if not any(map(asked_by_need, sources)):
        return load_prices(sources, end=until, calendar=spec.calendar, **files)
    needs = needs_of(claims, [event.event_id for event in chosen])
    more = [m.ticker for m in groups.resolve(needs.tickers) if unlisted_reason(m.ticker) is None]
    tickers = list(dict.fromkeys([*needed_tickers(chosen, groups, spec), *more]))
    around = [event for event in registry if event.event_id in needs.events]
    start, end = _span([*chosen, *around], spec, max(*HORIZONS, needs.last))
    start = start if since is None else min(start, since)
    end = end if until is None else min(end, until)
    told = _told(sources, chosen, groups, tickers, spec, offline=offline)
    load = partial(
        load_prices,
        told,
        start=start,
        end=end,
        calendar=spec.calendar,
        offline=offline,
        **files,
    )
    own = [event for event in chosen if event.benchmark]
    if own or not needs_benchmark(model_for(spec)) or not all(map(_has_a_mean, sources)):
        return load(tickers=tickers)
    if spec.benchmark == MEAN_BENCHMARK:
        return load(tickers=None)
    prices = load(tickers=tickers)
    lacking = spec.benchmark is None and DEFAULT_BENCHMARK not in prices.close
    return load(tickers=None) if lacking else prices


def _has_a_mean(source: Source) -> bool:
    """Whether a source can give all its series, of which a mean can be made."""
    return not asked_by_need(source) or (isinstance(source, str) and is_database(source))


def needed_tickers(chosen: Sequence[Event], groups: Groups, spec: StudySpec) -> tuple[str, ...]:
    """The tickers of the events' groups, their benchmarks and the donors, each once.

    Args:
        chosen: The events to study.
        groups: Which tickers the names of groups stand for.
        spec: The options of the study.
    """
    members = [m.ticker for event in chosen for m in groups.resolve(event.groups)]
    own = [event.benchmark or DEFAULT_BENCHMARK for event in chosen]
    benchmarks = own if spec.benchmark is None else [spec.benchmark]
    others = (*(spec.compare or ()), *spec.donors)
    return tuple(dict.fromkeys([*members, *benchmarks, *others]))


def asked_days(
    chosen: Sequence[Event], groups: Groups, tickers: Sequence[str], spec: StudySpec
) -> dict[str, set[date]]:
    """The days on which tickers are asked for: day 0 of their events, else of every event.

    Args:
        chosen: The events to study.
        groups: Which tickers the names of groups stand for.
        tickers: All that are needed, benchmarks and donors included.
        spec: The options of the study.
    """
    zero = [at.session for at in align_all(chosen, spec.calendar)]
    days: dict[str, set[date]] = {}
    for event, session in zip(chosen, zero, strict=True):
        own = [m.ticker for m in groups.resolve(event.groups)]
        for ticker in (*own, *([event.benchmark] if event.benchmark else [])):
            days.setdefault(ticker, set()).add(session)
    return {ticker: days.get(ticker, set(zero)) for ticker in tickers}


def _told(
    sources: Sequence[Source],
    chosen: Sequence[Event],
    groups: Groups,
    tickers: Sequence[str],
    spec: StudySpec,
    *,
    offline: bool,
) -> Sequence[Source]:
    """The sources, of which those that take them know the days of their tickers."""
    named = {name: SOURCES[name] for name in sources if isinstance(name, str) and name in SOURCES}
    dated = {name: source for name, source in named.items() if source.dated}
    if not dated:
        return sources
    days = asked_days(chosen, groups, tickers, spec)
    opened = {
        name: source.open(calendar=spec.calendar, offline=offline, days=days)
        for name, source in dated.items()
    }
    return [opened.get(source, source) if isinstance(source, str) else source for source in sources]


def _span(chosen: Sequence[Event], spec: StudySpec, reach: int) -> tuple[date, date]:
    """Calendar days that hold all windows: 5 sessions a week, holidays and a margin on top."""
    days = [at.session for at in align_all(chosen, spec.calendar)]
    first = min(*spec.estimation_days, spec.span.start)
    last = max(*spec.estimation_days, spec.span.end, reach)
    return min(days) + timedelta(days=first * 1.5 - 10), max(days) + timedelta(days=last * 1.5 + 10)
