"""`eventstudy report`: the bundle of a saved run drawn again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from eventstudy.cli.console import say, say_written
from eventstudy.cli.options import Formats, Ink, Paper, argument, parts


def report(
    run_dir: Annotated[Path, argument("RUN_DIR", "A folder that a run left.")],
    format: Formats = "",
    paper: Paper = "",
    ink: Ink = "",
) -> None:
    """Nothing is estimated again, and the network is not used.

    New formats are added to those of the bundle. Paper and ink stay the same unless given.

    Exit codes: 0 done, 1 output cannot be written, 2 no saved run or a damaged one.

    Examples:
        eventstudy report outputs/deepseek-r1
        eventstudy report outputs/deepseek-r1 --format html,xlsx --paper letter
    """
    from eventstudy.evidence.parts.evidence import load_evidence
    from eventstudy.report.bundle import BundleOptions, bundle_options, typeface_notes, write_as
    from eventstudy.result.result import load
    from eventstudy.runs import regression_for

    before = bundle_options(run_dir)
    bundle = replace(
        BundleOptions.of(
            (*before.formats, *parts(format)), paper or before.paper, ink or before.ink
        ),
        input_sha256=before.input_sha256,
        regress=before.regress,
        command=before.command,
    )
    result, evidence = load(run_dir), load_evidence(run_dir)
    regression = regression_for(result, bundle.regress)
    for folder in write_as(result, run_dir, evidence, bundle, regression):
        for note in typeface_notes(folder):
            say(f"Note: {folder.name}: {note}")
        say_written(folder)
