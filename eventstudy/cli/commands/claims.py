"""`eventstudy claims`: what was said, against what was measured."""

from __future__ import annotations

from typing import Annotated

import typer

from eventstudy.cli.completion import known_events
from eventstudy.cli.console import echo, hanging, print_json
from eventstudy.cli.options import (
    DEFAULT_EVENTS,
    AsJson,
    Benchmark,
    Calendar,
    ClaimsFile,
    Estimation,
    EventsFile,
    GroupsFile,
    ModelName,
    Offline,
    Source,
    load_for_evidence,
    require_estimates,
    say_left_out,
)


def claims(
    event_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EVENT_ID",
            help="Events; all that a claim is about if none.",
            autocompletion=known_events,
        ),
    ] = None,
    claims: ClaimsFile = None,
    events: EventsFile = DEFAULT_EVENTS,
    groups: GroupsFile = None,
    source: Source = "bundled",
    model: ModelName = "market",
    benchmark: Benchmark = None,
    estimation: Estimation = "-260,-11",
    calendar: Calendar = "XNYS",
    offline: Offline = False,
    json: AsJson = False,
) -> None:
    """Hold what was said about an event against the measured figures.

    Each claim of the claims file is taken apart into what can be measured, and every part is
    answered with its figure and how sure that is.

    Exit codes: 0 done, 2 wrong input, 3 data missing, 4 network, 5 done in part.

    Examples:
        eventstudy claims
        eventstudy claims deepseek-app-store --benchmark EW_EX_AI
        eventstudy claims my-event --claims said.toml --events my.csv
    """
    from eventstudy.events.groups import read_groups
    from eventstudy.events.registry import read_events
    from eventstudy.evidence.case import Case
    from eventstudy.evidence.claims.check import check_claims
    from eventstudy.evidence.claims.register import claimed_events, read_claims
    from eventstudy.evidence.parts.claims import claims_lines
    from eventstudy.study import EventStudy

    register, registry, known = read_claims(claims), read_events(events), read_groups(groups)
    chosen = registry.select(
        claimed_events(register, [event.event_id for event in registry], event_ids)
    )
    study = EventStudy(
        model=model, benchmark=benchmark or None, estimation=estimation, calendar=calendar
    )
    prices = load_for_evidence(
        registry, tuple(chosen), known, study.spec, source, register, offline=offline
    )
    results = [
        study.run(registry, prices, groups=known, event_ids=[event.event_id]) for event in chosen
    ]
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
    say_left_out(results)
