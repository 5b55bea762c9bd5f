"""`eventstudy plan`: what a study will test, sealed before the prices are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.completion import known_events
from eventstudy.cli.console import columns, echo, print_json, say
from eventstudy.cli.date_options import NO_DATE, DateAsked, with_date_options
from eventstudy.cli.event_list import EVENTS, EventList, with_event_options
from eventstudy.cli.options import (
    BUNDLED,
    HOW,
    OUTPUT,
    RUNNING,
    WHAT,
    AsJson,
    GroupsFile,
    Offline,
    Source,
    argument,
    given_by,
    given_options,
    option,
    with_file_options,
    with_study_options,
)

if TYPE_CHECKING:
    from eventstudy.plans.files import SealedPlan


@with_file_options
@with_study_options()
@with_event_options()
@with_date_options
def plan(
    context: typer.Context,
    event_ids: Annotated[
        list[str] | None,
        argument(
            "EVENT_ID",
            "Events to plan for, by default every headline event; with --date, tickers.",
            complete=known_events,
        ),
    ] = None,
    dated: DateAsked = NO_DATE,
    events: EventList = EVENTS,
    groups: GroupsFile = None,
    source: Source = BUNDLED,
    expect: Annotated[
        list[str] | None,
        option(
            WHAT,
            "TEXT",
            'Expected move, such as "NVDA falls 0,0", or with a threshold "hyperscalers falls 0,5 '
            '-2%"; rises, falls or either; repeat for several.',
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        option(WHAT, "DATE", "Last day of prices to use; later ones are cut off."),
    ] = None,
    probability: Annotated[
        float, option(HOW, "X", "Probability (power) for which detectable effects are stated.")
    ] = 0.8,
    out: Annotated[Path, option(OUTPUT, "FILE", "File of the plan.")] = Path("plan.toml"),
    stamp: Annotated[
        str | None,
        option(RUNNING, "URL", "Have this time-stamp server (RFC 3161) stamp the seal."),
    ] = None,
    json: AsJson = False,
    offline: Offline = False,
    *,
    files: dict[str, Any],
    **study: Any,
) -> None:
    """What will be tested, with which options, and what could the tests find?

    A plan states the hypotheses, every option of the study, the events, the test to be quoted, the
    smallest effect that it detects, and hashes of the prices in the estimation windows. It contains
    nothing of the outcome, and its seal reveals any later change. A plan made after prices of its
    windows became available is called retrospective. Run it with eventstudy run --plan. An existing
    plan is never overwritten.

    Exit codes: 0 done, 1 output cannot be written, 2 wrong input, 3 data missing, 4 network.

    Examples:
        eventstudy plan deepseek-app-store --expect "NVDA falls 0,0"
        eventstudy plan NVDA --date 2027-02-24 --expect "NVDA either 0,1 3%"
    """
    from eventstudy.errors import InputError
    from eventstudy.estimation.observations import chosen_events
    from eventstudy.event_study import EventStudy
    from eventstudy.events.groups import read_groups
    from eventstudy.evidence.needed_prices import load_needed
    from eventstudy.one_date import choose_source
    from eventstudy.plans.design import require_before
    from eventstudy.plans.expectations import EXAMPLE, read_expectation
    from eventstudy.plans.files import content_of, refuse_existing, write_plan
    from eventstudy.plans.make import PlanInputs, make_plan
    from eventstudy.plans.stamp import fetch_stamp, require_stamps, write_stamp
    from eventstudy.prices.request import parse_day
    from eventstudy.prices.sources.cache import default_cache
    from eventstudy.spec.arguments import share_between
    from eventstudy.usual import with_mean

    asked = event_ids or []
    dated.require_whole(asked, events_given=given_by(context, "events") == "COMMANDLINE")
    if not expect:
        raise InputError(f"A plan needs at least one expectation; write --expect {EXAMPLE}.")
    refuse_existing(out)
    if stamp:
        require_stamps(stamp, offline=offline)
    share_between(probability, "probability")
    event_study = EventStudy(**given_options(context, study))
    require_before(event_study.spec)
    expectations = [read_expectation(text, event_study.spec.unit) for text in expect]
    last = parse_day(as_of, "as-of")
    known = read_groups(groups)
    if dated:
        one = dated.registered(asked, known)
        registry, known = one.events, one.groups
        chosen = tuple(registry)
        if given_by(context, "source") == "DEFAULT":
            found = choose_source(one, event_study.spec)
            source = [found.name]
            say(found.why)
    else:
        registry = events.read(quiet=True)
        chosen = chosen_events(registry, asked or None)
    prices = load_needed(
        registry, chosen, known, event_study.spec, source, files, (), offline=offline, until=last
    )
    prices, event_study, notes = with_mean(prices, event_study, chosen)
    made = make_plan(
        PlanInputs(
            study=event_study,
            events=registry,
            chosen=chosen,
            groups=known,
            expectations=expectations,
            prices=prices,
            as_of=last,
            power=probability,
            source=source,
            files=files,
            events_file="" if dated else str(events.path),
            groups_file=str(groups or ""),
        )
    )
    stamped = fetch_stamp(content_of(made.plan), stamp) if stamp else b""
    default_cache().keep(made.vintage)
    sealed = write_plan(made.plan, out)
    if stamped:
        write_stamp(stamped, sealed.stamp_path)
    _print(sealed, as_json=json)
    for note in dict.fromkeys([*notes, *made.notes]):
        say(f"Note: {note}")
    _say_kind(sealed)
    say(f"Wrote {out}")
    if stamp:
        say(f"Wrote {sealed.stamp_path}")


def _print(sealed: SealedPlan, *, as_json: bool) -> None:
    from eventstudy.plans.words import hypothesis_lines
    from eventstudy.text.lines import lines_of
    from eventstudy.text.measure import measured_in

    plan = sealed.plan
    if as_json:
        print_json(
            {
                "seal": sealed.seal,
                "kind": plan.kind,
                "prices_to": plan.vintage.prices_to,
                "hypotheses": [h.model_dump(mode="json") for h in plan.hypotheses],
            }
        )
        return
    with lines_of(columns()), measured_in(plan.spec.unit, plan.spec.frequency):
        echo("\n".join([*hypothesis_lines(plan), "", f"Seal: {sealed.seal}"]))


def _say_kind(sealed: SealedPlan) -> None:
    """Whether the plan came before its prices, and what its file cannot show by itself."""
    plan = sealed.plan
    first = min(plan.first_day(event) for event in plan.studied)
    if plan.kind == "retrospective":
        say(
            f"Note: This plan is retrospective: prices are available to {plan.vintage.prices_to}, "
            f"and its first window begins on {first}. To cut prices off, use --as-of."
        )
    elif plan.vintage.as_of:
        say(
            f"Note: Prices after {plan.vintage.as_of} were cut off. Only a time stamp or a commit "
            "can show that the plan was made before the event."
        )
