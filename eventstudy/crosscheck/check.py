"""Repeats a saved study in the other packages that are installed, and lays the figures together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from eventstudy.crosscheck.bare_study import BareStudy, repeat_bare
from eventstudy.crosscheck.compare import AGREES, LINE, UNEXPLAINED, side_by_side
from eventstudy.crosscheck.rscript import (
    r_installed,
    repeat_base_r,
    repeat_estudy2,
    why_not_estudy2,
    why_not_r,
)
from eventstudy.crosscheck.saved import RESULTS, read_saved
from eventstudy.crosscheck.stated import stated_figures
from eventstudy.crosscheck.statspai import repeat_statspai, why_not_statspai
from eventstudy.errors import unknown_name
from eventstudy.files.manifest import MANIFEST, SAID, verify_bundle
from eventstudy.files.reading import shown_path, undamaged


@dataclass(frozen=True, slots=True)
class Program:
    """Another program that can repeat a study."""

    name: str
    label: str
    """As lines and catalogue call it."""
    why_not: Callable[[BareStudy], str]
    """Why it cannot repeat a study, as a sentence; empty where it can."""
    repeat: Callable[[BareStudy], pd.DataFrame]
    version: Callable[[], str]


def _r_version() -> str:
    found = r_installed()
    return found.version if found else ""


def _estudy2_version() -> str:
    found = r_installed()
    return found.estudy2 if found else ""


PROGRAMS = (
    Program(
        "statsmodels",
        "statsmodels",
        lambda _: "",
        lambda bare: bare.figures,
        lambda: version("statsmodels"),
    ),
    Program(
        "statspai",
        "StatsPAI",
        why_not_statspai,
        repeat_statspai,
        lambda: version("StatsPAI"),
    ),
    Program("r", "R", lambda _: why_not_r(), repeat_base_r, _r_version),
    Program("estudy2", "estudy2", why_not_estudy2, repeat_estudy2, _estudy2_version),
)
"""In the order of the table."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """What a program did with a study."""

    program: str
    """Its name with its version, or without one where it did nothing."""
    left_out: str
    """Why it repeated nothing, as a sentence; empty where it did."""
    figures: int = 0
    explained: int = 0
    unexplained: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class CrossCheck:
    """A saved study beside the same study by other programs."""

    folder: Path
    repeated: tuple[Repeated, ...]
    lines: pd.DataFrame
    """One row a figure and program: program, file, kind, event_id, name, place, window, quantity,
    ours, theirs, difference (relative), explanation ("agrees", "unexplained", or the id of a
    deviation). Decimals."""
    not_repeated: tuple[str, ...]
    """Quantities of the study that no program repeated."""
    changed: tuple[str, ...]
    """Files with figures that are not as the manifest of the bundle has them, each with what
    happened to it. A row that was taken out is no figure that differs."""

    @property
    def unexplained(self) -> int:
        """Figures that differ without a known reason."""
        return int((self.lines["explanation"] == UNEXPLAINED).sum())


def cross_check(directory: str | Path, programs: Sequence[str] = ()) -> CrossCheck:
    """Repeat a saved study with other programs and explain what differs.

    statsmodels alone computes every fit, AR, CAR, forecast error, t and p, the means and the
    parametric tests again from the returns in the folder, by code that shares nothing with the
    models and tests of this package. StatsPAI, R and the R package estudy2 do what they have of it,
    where they are installed.

    Args:
        directory: A bundle of `eventstudy run`, or what `StudyResult.save` wrote.
        programs: "statsmodels", "statspai", "r", "estudy2"; all if empty.

    Raises:
        InputError: The folder holds no study that can be repeated, or a program is unknown.
    """
    known = [each.name for each in PROGRAMS]
    for name in programs:
        if name not in known:
            raise unknown_name("program", name, known)
    study = read_saved(directory)
    with undamaged(f"The saved study in {shown_path(directory)}"):
        stated = stated_figures(study)
    bare = repeat_bare(study)
    repeated, parts = [], [pd.DataFrame(columns=LINE)]
    for program in PROGRAMS:
        if programs and program.name not in programs:
            continue
        if why := program.why_not(bare):
            repeated.append(Repeated(program.label, why))
            continue
        lines = side_by_side(program.label, stated, program.repeat(bare), bare)
        repeated.append(_counted(f"{program.label} {program.version()}", lines))
        parts.append(lines)
    filled = [part for part in parts if len(part)] or parts
    lines = pd.concat(filled, ignore_index=True)
    every = {quantity for table in stated.values() for quantity in table["quantity"]}
    lacking = tuple(sorted(every - set(lines["quantity"])))
    return CrossCheck(study.folder, tuple(repeated), lines, lacking, _changed(study.folder))


def _changed(folder: Path) -> tuple[str, ...]:
    if not (folder / MANIFEST).is_file():
        return ()
    return tuple(
        f"{each.path}: {SAID[each.kind]}"
        for each in verify_bundle(folder).differences
        if each.path == RESULTS or each.path.startswith(("tables/", "saved/"))
    )


def _counted(program: str, lines: pd.DataFrame) -> Repeated:
    words = lines["explanation"]
    unexplained = int((words == UNEXPLAINED).sum())
    explained = int((words != AGREES).sum()) - unexplained
    return Repeated(program, "", len(lines), explained, unexplained)


def most_differing(lines: pd.DataFrame) -> pd.DataFrame:
    """Of each program, explanation and quantity the line that differs most, with n of how many.

    Lines without an explanation are all kept.

    Args:
        lines: Of a `CrossCheck`.
    """
    by = ["program", "explanation", "quantity"]
    ordered = lines.sort_values("difference", ascending=False, kind="stable")
    count = ordered.groupby(by)["ours"].transform("size")
    first = ~ordered.duplicated(by)
    bare = ordered["explanation"] == UNEXPLAINED
    kept = ordered.assign(n=count.where(~bare, 1))[first | bare].sort_index()
    places = {name: at for at, name in enumerate(dict.fromkeys(lines["quantity"]))}
    programs = {name: at for at, name in enumerate(dict.fromkeys(lines["program"]))}
    ranked = kept.assign(
        program_at=kept["program"].map(programs), at=kept["quantity"].map(places)
    ).sort_values(["program_at", "at"], kind="stable")
    return ranked.drop(columns=["program_at", "at"])
