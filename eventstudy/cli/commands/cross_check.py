"""`eventstudy cross-check`: a saved study repeated by other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from eventstudy.cli.console import columns, echo, print_json, say
from eventstudy.cli.options import HOW, OUTPUT, AsJson, argument, option, parts
from eventstudy.errors import EventStudyError, some_names
from eventstudy.text.numbers import counted

if TYPE_CHECKING:
    from eventstudy.crosscheck.check import CrossCheck


def cross_check(
    run_dir: Annotated[Path, argument("RUN_DIR", "A bundle, or what StudyResult.save wrote.")],
    programs: Annotated[
        str,
        option(
            HOW,
            "NAME,...",
            "Programs: statsmodels, statspai, r, estudy2; by default all that are installed.",
            "--with",
        ),
    ] = "",
    every: Annotated[
        bool, option(OUTPUT, "", "One row per figure instead of one per quantity.", "--all")
    ] = False,
    out: Annotated[
        Path | None,
        option(
            OUTPUT, "FILE", "Also write the table to this file: .csv (every figure), .md or .tex."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Computes it again from its own returns and names every digit that differs, with the reason.

    statsmodels always runs: one regression per firm, without the models and tests of this package.
    StatsPAI, R and the R package estudy2 run where they are installed. A difference counts as
    explained where a known deviation of the other program predicts its exact figure.

    Exit codes: 0 all agrees or is explained, 1 unexplained differences or files that are not as the
    run wrote them, 2 wrong input.

    Examples:
        eventstudy cross-check outputs/deepseek-r1
        eventstudy cross-check outputs/deepseek-r1 --out appendix.tex
    """
    from eventstudy.crosscheck.check import cross_check as checked
    from eventstudy.crosscheck.printed import NARROW, require_ending, table_of, write_table
    from eventstudy.text.lines import lines_of
    from eventstudy.text.terminal import terminal_of

    if out is not None:
        require_ending(out)
    found = checked(run_dir, parts(programs))
    if json:
        print_json(_as_json(found))
    else:
        with lines_of(columns()):
            echo(terminal_of(table_of(found, every, NARROW)))
    if out is not None:
        write_table(found, out, every)
        say(f"Wrote {out}")
    if found.unexplained:
        raise EventStudyError(
            f"{counted(found.unexplained, 'figure')} in {found.folder} cannot be explained; check "
            "the folder with eventstudy verify, then run the study again."
        )
    if found.changed:
        raise EventStudyError(
            f"{found.folder} is not as the run wrote it ({some_names(found.changed, 3)}), so not "
            "every figure was compared; run the study again."
        )


def _as_json(found: CrossCheck) -> dict[str, Any]:
    return {
        "folder": str(found.folder),
        "programs": [
            {
                "program": each.program,
                "left_out": each.left_out,
                "figures": each.figures,
                "explained": each.explained,
                "unexplained": each.unexplained,
            }
            for each in found.repeated
        ],
        "not_repeated": list(found.not_repeated),
        "changed": list(found.changed),
        "lines": found.lines.to_dict("records"),
    }
