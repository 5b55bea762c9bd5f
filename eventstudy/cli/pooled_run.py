"""A run of one bundle for many events: they are studied together, not one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd
import typer

from eventstudy.cli.console import columns, echo, print_line, say, say_gap, say_written
from eventstudy.cli.options import PARTLY_DONE
from eventstudy.cli.priced import priced
from eventstudy.cli.progress import Steps
from eventstudy.cli.stopping import finished_since_now, say_when_stopped
from eventstudy.cli.wanted import Printing, Wanted
from eventstudy.compute.fingerprint import fingerprint
from eventstudy.estimation.observations import from_events
from eventstudy.events.aligned import AlignedRegistry
from eventstudy.events.event import Event
from eventstudy.events.observations import ObservationList
from eventstudy.files.manifest import MANIFEST, refuse_strangers
from eventstudy.files.names import LONGEST
from eventstudy.report.lines import pooled_lines, report_line
from eventstudy.report.pooled.spread import counted_reasons
from eventstudy.report.pooled.story import ALL, PooledStory
from eventstudy.result.summary import KEYS, MOST_ROWS, group_table, standing_sentence
from eventstudy.result.unestimated import require_estimates
from eventstudy.runs import earlier_bundles, write_pooled
from eventstudy.text.lines import lines_of, wrapped
from eventstudy.text.measure import measured_in, worded
from eventstudy.text.numbers import counted, percent
from eventstudy.text.table import PlainTable
from eventstudy.text.terminal import plain_lines
from eventstudy.usual import with_usual_tests

MANY = 20
"""Headline events of a registry above which they are pooled."""
_NOTES = 6
"""Notes that are printed; the report has more, results.json all."""
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Pool:
    """What a pooled run takes beside what every run takes."""

    path: Path
    """The file of the events."""
    listed: ObservationList | None
    """The rows of a list of tickers and dates; None for a registry."""
    regress: str
    """A formula of columns of the list; empty for none."""
    tests_given: bool
    """Whether the user named tests."""


def pools(chosen: Sequence[Event], listed: ObservationList | None, asked: Sequence[str]) -> bool:
    """Whether events are pooled unless the user says otherwise.

    A list of several tickers and dates is, and a registry of more than 20 headline events; events
    that are named are studied one by one.

    Args:
        chosen: The events to study.
        listed: The rows of a list of tickers and dates; None for a registry.
        asked: Ids that the user named.
    """
    if asked:
        return False
    return len(chosen) > (MANY if listed is None else 1)


def run_pooled(wanted: Wanted, pool: Pool, steps: Steps) -> None:
    """Study all events at once and write one bundle, named after the file.

    Args:
        wanted: What to do.
        pool: What of it is pooled.
        steps: Shows how far it is.

    Raises:
        InputError: The folder holds what is no bundle, or the formula is wrong.
        DataMissingError: No observation has an estimate.
        typer.Exit: With code 5, where something was left out.
    """
    place = wanted.out / bundle_name(pool.path)
    if wanted.report:
        refuse_strangers(place)
    steps.say("reading prices")
    prices, study, notes = priced(wanted)
    frame = _observations(wanted, pool)
    study = study if pool.tests_given else with_usual_tests(study, frame)
    if wanted.report:
        say_when_stopped(finished_since_now([place], MANIFEST, wanted.resumed))
    bundle = replace(
        wanted.bundle,
        regress=pool.regress,
        input_sha256=fingerprint(study.spec, frame, prices.provenance, *prices.dropped),
    )
    done = earlier_bundles([place], bundle) if wanted.resume else {}
    name = f"{counted(len(frame), 'observation')} of {pool.path.name}"
    if place in done:
        result = done[place].result
    else:
        steps.say(f"{name}: estimating")
        progress = partial(_show, steps, name)
        result = study.run(frame, prices, engine=wanted.engine, progress=progress)
        result = replace(result, notes=(*notes, *result.notes))
    if wanted.printing.as_json:
        with steps.aside():
            for line in pooled_lines(result):
                print_line(line)
    require_estimates([result])
    story = PooledStory(result, place.name)
    with steps.aside():  # before the pages are drawn, which takes longest
        _print_summary(story, wanted.printing)
    if wanted.report and place not in done:
        steps.say(f"{name}: drawing")
        write_pooled(result, place, bundle)
    steps.end()
    _report(story, place, wanted, pool)


def _show(steps: Steps, name: str, stage: str, done: int, total: int) -> None:
    """How far a stage of the study is, and how long the rest of it will take."""
    if done < total:
        steps.item(stage, name, done, total)


def bundle_name(path: Path) -> str:
    """The folder of the bundle: the name of the file without its endings.

    Args:
        path: The file of the events.
    """
    plain = _UNFIT.sub("-", path.name.partition(".")[0]).strip("-_")
    return plain[:LONGEST] or "events"


def _observations(wanted: Wanted, pool: Pool) -> pd.DataFrame:
    """One row an observation: of the list as it is, of a registry every asset of every event."""
    if pool.listed is not None:
        return pool.listed.frame
    aligned = AlignedRegistry.of(wanted.events, wanted.groups, wanted.study.calendar)
    frame = from_events(wanted.chosen, aligned).observations
    return frame if frame["benchmark"].any() else frame.drop(columns="benchmark")


def _print_summary(story: PooledStory, printing: Printing) -> None:
    """The finding, the means of the groups, and which tests may over-reject."""
    if printing.as_json or printing.quiet:
        return
    result = story.result
    table = group_table(result)
    *columns_before, last = table.columns
    of = table.columns[len(KEYS)].title  # the finding quotes the p of another window
    named = replace(last, title=f"{last.title}, {of}")
    shown = PlainTable((*columns_before, named), table.rows[:MOST_ROWS])
    more = len(table.rows) - MOST_ROWS
    with lines_of(columns()), measured_in(result.spec.unit, result.spec.frequency):
        lines = [*wrapped(f"{story.finding()}."), "", *plain_lines(shown)]
        lines += [f"… and {counted(more, 'further group')} in the report."] if more > 0 else []
        if weighted := _weighting(story):
            lines += ["", *wrapped(weighted)]
        if caution := standing_sentence(result):
            lines += ["", *wrapped(caution)]
        echo("\n".join(lines))


def _weighting(story: PooledStory) -> str:
    """Why the finding's mean is another than the table's; empty where they print alike."""
    mean = story.mean(ALL, story.focus)
    plain, tested = percent(mean.estimate), percent(mean.tested)
    if not (mean.test and mean.significant and mean.by_precision) or plain == tested:
        return ""
    return worded(
        f"{tested} is weighted by precision, as {mean.test} tests it; the plain mean, as in the "
        f"table, is {plain}."
    )


def _report(story: PooledStory, place: Path, wanted: Wanted, pool: Pool) -> None:
    """What is known at the end: notes, where the bundle is, what was left out."""
    printing = wanted.printing
    if printing.as_json and wanted.report:
        print_line(report_line(place))
    if not printing.quiet:
        say_gap()
        listed = pool.listed.notes if pool.listed else ()
        origins = printing.origins if printing.verbose else ()
        place_of_all = " in results.json" if wanted.report else ""
        _say_notes([*listed, *story.result.notes, *origins], place_of_all)
    if wanted.report and not printing.quiet:
        if pool.listed is None:
            count = counted(len(wanted.chosen), "event")
            say(f"{count} in one bundle; for one per event, add --each.")
        say_written(place)
    _say_left_out(story)


def _say_notes(notes: Sequence[str], place_of_all: str) -> None:
    said = list(dict.fromkeys(notes))
    for note in said[:_NOTES]:
        say(f"Note: {note}")
    if len(said) > _NOTES:
        say(f"… and {counted(len(said) - _NOTES, 'further note')}{place_of_all}.")


def _say_left_out(story: PooledStory) -> None:
    """Why observations were left out, counted; exits with 5 where some were."""
    table = counted_reasons(story)
    with measured_in(story.result.spec.unit, story.result.spec.frequency):
        for row in table.to_dict("records"):
            say(f"Left out: {row['count']:,} ({row['stage']}), such as {worded(row['example'])}.")
    if len(table):
        raise typer.Exit(PARTLY_DONE)
