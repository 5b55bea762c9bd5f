"""`eventstudy power`: what a study of an event could find."""

from __future__ import annotations

from typing import Annotated, Any

from eventstudy.cli.completion import known_events
from eventstudy.cli.console import columns, echo, print_json, say
from eventstudy.cli.event_list import EVENTS, EventList, with_event_options
from eventstudy.cli.options import (
    BUNDLED,
    HOW,
    AsJson,
    GroupsFile,
    Offline,
    Source,
    argument,
    option,
    say_left_out,
    with_file_options,
    with_study_options,
)


@with_file_options
@with_study_options("model", "benchmark", "estimation", "min_obs", "confidence", "calendar")
@with_event_options()
def power(
    event_ids: Annotated[
        list[str] | None,
        argument(
            "EVENT_ID",
            "Events to look at; by default every headline event of the file.",
            complete=known_events,
        ),
    ] = None,
    events: EventList = EVENTS,
    groups: GroupsFile = None,
    source: Source = BUNDLED,
    over: Annotated[
        str, option(HOW, "FROM,TO", "Window of the abnormal return, in sessions from day 0.")
    ] = "0,0",
    effect: Annotated[
        float, option(HOW, "X", "True effect to look at, as a fraction: 0.03 is 3%.")
    ] = 0.03,
    probability: Annotated[float, option(HOW, "X", "Probability of detecting the effect.")] = 0.8,
    offline: Offline = False,
    json: AsJson = False,
    *,
    files: dict[str, Any],
    **study: Any,
) -> None:
    """Which effects does the study detect, and how reliable are significant estimates?

    For each asset and group: the standard error, the smallest effect that the quoted test detects
    with the given probability, the power against the true effect, how often a significant
    estimate of it has the wrong sign (type S), and by how much it overstates it on average (type
    M).

    Exit codes: 0 done, 2 wrong input, 3 data missing, 4 network, 5 done in part.

    Examples:
        eventstudy power deepseek-app-store
        eventstudy power deepseek-app-store --over=0,5 --effect 0.05
        eventstudy power my-event --events my.csv --source prices.csv --json
    """
    from eventstudy.errors import InputError
    from eventstudy.estimation.observations import chosen_events
    from eventstudy.event_study import EventStudy
    from eventstudy.events.aligned import AlignedRegistry
    from eventstudy.events.groups import read_groups
    from eventstudy.evidence.needed_prices import load_needed
    from eventstudy.result.detectable import detectable_lines
    from eventstudy.result.unestimated import require_estimates
    from eventstudy.spec.arguments import share_between
    from eventstudy.spec.windows import as_window
    from eventstudy.text.lines import lines_of

    try:
        window = as_window(over)
    except InputError as error:
        raise InputError(f"Option over: {error}") from None
    share_between(probability, "probability")
    event_study = EventStudy(**study, window=window, car=(window,))
    registry, known = events.read(quiet=True), read_groups(groups)
    chosen = chosen_events(registry, event_ids or None)
    prices = load_needed(
        registry, chosen, known, event_study.spec, source, files, (), offline=offline
    )
    aligned = AlignedRegistry.of(registry, known, event_study.calendar)
    results = {e.event_id: event_study.run(aligned, prices, event_ids=[e.event_id]) for e in chosen}
    require_estimates(list(results.values()))
    tables = {
        event_id: result.detectable(window, effect, probability)
        for event_id, result in results.items()
        if result.n
    }
    if json:
        print_json({event_id: table.to_dict("records") for event_id, table in tables.items()})
    for event_id, table in tables.items() if not json else ():
        with lines_of(columns()):
            lines = detectable_lines(table, window, probability, event_study.spec.confidence)
        echo("\n".join([*(f"{event_id}:" for _ in tables if len(tables) > 1)][:1] + lines))
    for note in dict.fromkeys(note for result in results.values() for note in result.notes):
        say(f"Note: {note}")
    say_left_out(list(results.values()))
