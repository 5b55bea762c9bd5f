"""A run of one bundle an event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from eventstudy.cli.console import columns, echo, print_line, say, say_gap, say_written
from eventstudy.cli.options import say_left_out
from eventstudy.cli.planned import planned_by_event, planned_text
from eventstudy.cli.priced import priced
from eventstudy.cli.progress import Steps
from eventstudy.cli.stopping import finished_since_now, say_when_stopped
from eventstudy.cli.wanted import Printing, Wanted
from eventstudy.compute.fingerprint import fingerprint
from eventstudy.events.aligned import AlignedRegistry
from eventstudy.files.manifest import MANIFEST, refuse_strangers
from eventstudy.files.names import folder_name
from eventstudy.prices.prices import Prices
from eventstudy.report.lines import event_line, report_line
from eventstudy.result.neighbours import confounder_sentences
from eventstudy.result.planned import PlannedTests
from eventstudy.result.result import StudyResult
from eventstudy.result.unestimated import require_estimates
from eventstudy.runs import Earlier, EvidenceInputs, Written, earlier_bundles, write_bundles
from eventstudy.text.lines import lines_of
from eventstudy.text.measure import measured_in
from eventstudy.text.numbers import number


def run_each(wanted: Wanted, steps: Steps) -> None:
    """Study each event by itself: print its summary, then gather its evidence, write its bundle.

    Args:
        wanted: What to do.
        steps: Shows how far it is.

    Raises:
        InputError: A folder holds what is no bundle.
        DataMissingError: No event has an estimate.
        typer.Exit: With code 5, where something was left out.
    """
    places = {event.event_id: wanted.out / folder_name(event.event_id) for event in wanted.chosen}
    if wanted.report:
        for place in places.values():
            refuse_strangers(place)
    prices, study, notes = priced(wanted, wanted.class_start)
    wanted = replace(wanted, study=study)
    planned = planned_by_event(wanted, prices, steps)
    if not wanted.report:
        _study_only(wanted, prices, notes, planned, steps)
        return
    say_when_stopped(finished_since_now(list(places.values()), MANIFEST, wanted.resumed))
    wanted = replace(
        wanted, bundle=replace(wanted.bundle, input_sha256=_input(wanted, prices, planned))
    )
    done = earlier_bundles(places.values(), wanted.bundle) if wanted.resume else {}
    results = [
        _with_notes(result, notes, planned.get(event_id))
        for event_id, result in zip(
            places, _estimated(wanted, prices, places, done, steps), strict=True
        )
    ]
    by_place = dict(zip(places.values(), results, strict=True))
    if wanted.printing.as_json:
        for event, one in zip(wanted.chosen, results, strict=True):
            if not one.n:
                print_line(event_line(one, event.event_id, event.title))
        for place in done:
            print_line(report_line(place))
    require_estimates(results)
    _print_summaries(results, wanted.printing, steps)  # before the evidence, which takes longest
    due = {at: one for at, one in by_place.items() if one.n and at not in done}
    bundles = {at: each.written for at, each in done.items()}
    bundles |= _written(due, prices, wanted, steps)
    steps.end()
    _report(results, [bundles[at] for at in by_place if at in bundles], wanted.printing)


def _study_only(
    wanted: Wanted,
    prices: Prices,
    notes: Sequence[str],
    planned: Mapping[str, PlannedTests],
    steps: Steps,
) -> None:
    """Study each event and print its figures, and nothing more."""
    results = []
    places = {event.event_id: Path(event.event_id) for event in wanted.chosen}
    studied = _estimated(wanted, prices, places, {}, steps)
    for event, result in zip(wanted.chosen, studied, strict=True):
        results.append(_with_notes(result, notes, planned.get(event.event_id)))
        if wanted.printing.as_json:
            with steps.aside():
                print_line(event_line(result, event.event_id, event.title))
    require_estimates(results)
    _print_summaries(results, wanted.printing, steps)
    steps.end()
    _report(results, (), wanted.printing)


def _with_notes(
    result: StudyResult, notes: Sequence[str], planned: PlannedTests | None
) -> StudyResult:
    """The result with the notes on its prices, each once, and the tests of its plan."""
    told = tuple(dict.fromkeys([*notes, *result.notes]))
    return replace(result, notes=told, planned=planned)


def _input(wanted: Wanted, prices: Prices, planned: Mapping[str, PlannedTests]) -> str:
    """A hash of all that the figures depend on."""
    return fingerprint(
        wanted.study.spec,
        tuple(wanted.events),
        wanted.groups,
        wanted.claims,
        wanted.shares,
        wanted.class_start,
        prices.provenance,
        *prices.dropped,
        *planned.values(),
    )


def _estimated(
    wanted: Wanted,
    prices: Prices,
    places: Mapping[str, Path],
    done: Mapping[Path, Earlier],
    steps: Steps,
) -> Iterator[StudyResult]:
    """The study of each event, as an earlier run left it or made now."""
    aligned = AlignedRegistry.of(wanted.events, wanted.groups, wanted.study.calendar)
    for at, (event_id, place) in enumerate(places.items()):
        if place in done:
            yield done[place].result
            continue
        steps.item("estimating", event_id, at, len(places))
        yield wanted.study.run(
            aligned,
            prices,
            event_ids=[event_id],
            engine=wanted.engine,
            progress=partial(steps.count, event_id),
        )


def summary_text(results: Sequence[StudyResult]) -> str:
    """The summaries of several studies, one below the other, planned tests first."""
    return "\n\n".join(_summary_of(result) for result in results)


def _summary_of(result: StudyResult) -> str:
    if result.planned is None:
        return result.summary()
    with measured_in(result.spec.unit, result.spec.frequency):
        told = planned_text(result.planned, result.spec.confidence)
    heads = ("", "Exploratory: everything below") if result.planned.sealed else ("Exploratory", "")
    return "\n\n".join(filter(None, [heads[0], told, heads[1], result.summary()]))


def _print_summaries(results: Sequence[StudyResult], printing: Printing, steps: Steps) -> None:
    if printing.as_json or printing.quiet:
        return
    with lines_of(columns()):
        text = summary_text(results)
    with steps.aside():
        echo(text)
        for result in results if printing.verbose else ():
            echo(f"\n{result.fits.to_string(float_format=partial(number, digits=4))}")


def _written(
    due: Mapping[Path, StudyResult], prices: Prices, wanted: Wanted, steps: Steps
) -> dict[Path, Written]:
    """The bundles of the results, by folder."""
    names = [place.name for place in due]

    def show(done: int, total: int) -> None:
        if done < total:
            steps.item("gathering evidence and drawing", names[done], done, total)

    show(0, len(names))
    inputs = EvidenceInputs(wanted.claims, wanted.shares, wanted.class_start)

    def tell(one: Written) -> None:
        with steps.aside():
            print_line(report_line(one.folder))

    finished = tell if wanted.printing.as_json else None
    written = write_bundles(due, prices, inputs, wanted.bundle, show, finished)
    return {one.folder: one for one in written}


def _report(results: Sequence[StudyResult], written: Sequence[Written], printing: Printing) -> None:
    """What is known at the end: notes, where the bundles are, what was left out."""
    if not printing.quiet:
        say_gap()
        _say_notes(results, written, printing.origins if printing.verbose else ())
        for bundle in written:
            say_written(bundle.folder)
    say_left_out(results)


def _say_notes(
    results: Sequence[StudyResult], written: Sequence[Written], also: Sequence[str]
) -> None:
    """Each note once; the summaries have some of them."""
    told = " ".join(summary_text(results).split())
    noted = [note for result in results for note in result.notes]
    noted += [note for one in written for note in one.notes]
    for note in dict.fromkeys([*noted, *also]):
        if note not in told:
            say(f"Note: {note}")
    for line in (line for result in results for line in confounder_sentences(result)):
        say(line)
