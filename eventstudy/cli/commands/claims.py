"""`eventstudy claims`: claims against measured figures."""

from __future__ import annotations

from typing import Annotated, Any

from eventstudy.cli.completion import known_events
from eventstudy.cli.console import echo, hanging, print_json, say
from eventstudy.cli.event_list import EVENTS, EventList, with_event_options
from eventstudy.cli.options import (
    BUNDLED,
    AsJson,
    ClaimsFile,
    GroupsFile,
    Offline,
    Source,
    argument,
    say_left_out,
    with_file_options,
    with_study_options,
)


@with_file_options
@with_study_options("model", "benchmark", "estimation", "calendar")
@with_event_options()
def claims(
    event_ids: Annotated[
        list[str] | None,
        argument("EVENT_ID", "Events; by default all with a claim.", complete=known_events),
    ] = None,
    claims: ClaimsFile = None,
    events: EventList = EVENTS,
    groups: GroupsFile = None,
    source: Source = BUNDLED,
    offline: Offline = False,
    json: AsJson = False,
    *,
    files: dict[str, Any],
    **study: Any,
) -> None:
    """Each claim in the claims file is split into parts that can be measured.

    Each part gets its figure, the uncertainty and a verdict.

    Exit codes: 0 done, 2 wrong input, 3 data missing, 4 network, 5 done in part.

    Examples:
        eventstudy claims
        eventstudy claims deepseek-app-store --benchmark EW_EX_AI
        eventstudy claims my-event --claims said.toml --events my.csv
    """
    from eventstudy.event_study import EventStudy
    from eventstudy.events.aligned import AlignedRegistry
    from eventstudy.events.groups import read_groups
    from eventstudy.evidence.case import Case
    from eventstudy.evidence.claims.check import check_claims
    from eventstudy.evidence.claims.register import claimed_events, read_claims
    from eventstudy.evidence.needed_prices import load_needed
    from eventstudy.evidence.parts.claims import claims_lines
    from eventstudy.result.unestimated import require_estimates

    register, registry, known = read_claims(claims), events.read(quiet=True), read_groups(groups)
    chosen = registry.select(
        claimed_events(register, [event.event_id for event in registry], event_ids)
    )
    event_study = EventStudy(**study)
    prices = load_needed(
        registry,
        tuple(chosen),
        known,
        event_study.spec,
        source,
        files,
        register,
        offline=offline,
    )
    aligned = AlignedRegistry.of(registry, known, event_study.calendar)
    results = [event_study.run(aligned, prices, event_ids=[event.event_id]) for event in chosen]
    require_estimates(results)
    checked = {
        event.event_id: check_claims(Case(result, prices), register)
        for event, result in zip(chosen, results, strict=True)
        if result.n
    }
    if json:
        print_json(
            {
                event_id: {
                    "claims": one.claims.to_dict("records"),
                    "parts": one.parts.to_dict("records"),
                }
                for event_id, one in checked.items()
            }
        )
    for event_id, one in checked.items() if not json else ():
        for indent, line in claims_lines(one, event_id):
            echo(hanging(indent, line, max(len(indent), 2)))
    for note in dict.fromkeys(note for result in results for note in result.notes):
        say(f"Note: {note}")
    say_left_out(results)
