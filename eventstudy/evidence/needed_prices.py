"""Which prices a set of events needs, so that no more than these are fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from eventstudy.events.align import align_all
from eventstudy.evidence.claims.register import Claim, needs_of
from eventstudy.evidence.recovery import HORIZONS
from eventstudy.prices.load import Source, load_prices
from eventstudy.prices.source import SOURCES
from eventstudy.prices.unlisted import unlisted_reason
from eventstudy.spec.study_spec import DEFAULT_BENCHMARK

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

    What needs no network is loaded whole.

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
    named = [SOURCES[name] for name in sources if isinstance(name, str) and name in SOURCES]
    if not any(source.network for source in named):
        return load_prices(sources, end=until, calendar=spec.calendar, **files)
    needs = needs_of(claims, [event.event_id for event in chosen])
    more = [m.ticker for m in groups.resolve(needs.tickers) if unlisted_reason(m.ticker) is None]
    tickers = list(dict.fromkeys([*needed_tickers(chosen, groups, spec), *more]))
    around = [event for event in registry if event.event_id in needs.events]
    start, end = _span([*chosen, *around], spec, max(*HORIZONS, needs.last))
    start = start if since is None else min(start, since)
    end = end if until is None else min(end, until)
    return load_prices(
        sources,
        tickers=tickers,
        start=start,
        end=end,
        calendar=spec.calendar,
        offline=offline,
        **files,
    )


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


def _span(chosen: Sequence[Event], spec: StudySpec, reach: int) -> tuple[date, date]:
    """Calendar days that hold all windows: 5 sessions a week, holidays and a margin on top."""
    days = [at.session for at in align_all(chosen, spec.calendar)]
    first = min(*spec.estimation_days, spec.span.start)
    last = max(*spec.estimation_days, spec.span.end, reach)
    return min(days) + timedelta(days=first * 1.5 - 10), max(days) + timedelta(days=last * 1.5 + 10)
