"""The study again in R: by `lm` of base R, and by the package estudy2 where it is installed."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.crosscheck.bare import same_sessions
from eventstudy.crosscheck.bare_study import BareStudy
from eventstudy.crosscheck.figures import ASSET, GROUP, Figure, table_of_figures, window_key
from eventstudy.errors import EventStudyError
from eventstudy.files.csv_text import write_csv

VARIABLE = "EVENTSTUDY_RSCRIPT"
"""Names Rscript where it is not on the path."""
LONGEST, LONGEST_ANSWER = 600, 60
"""Seconds that R may take for a study, and to say which it is."""
_MODELS = {"market": "sim", "market_adjusted": "mrkt_adj", "mean": "mean_adj"}
"""Our models that estudy2 has → its name of each."""


@dataclass(frozen=True, slots=True)
class RInstalled:
    """What Rscript says of itself."""

    command: str
    version: str
    estudy2: str
    """The version of estudy2; empty where it is not installed."""


@cache
def r_installed() -> RInstalled | None:
    """R, where it is installed and starts."""
    command = shutil.which(os.environ.get(VARIABLE) or "Rscript")
    if command is None:
        return None
    ask = (
        "cat(as.character(getRversion()), "
        'if (requireNamespace("estudy2", quietly = TRUE)) '
        'as.character(packageVersion("estudy2")), sep = "\\n")'
    )
    try:
        done = subprocess.run(
            [command, "--vanilla", "-e", ask],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=LONGEST_ANSWER,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.split()
    if done.returncode or not lines:
        return None
    return RInstalled(command, lines[0], lines[1] if len(lines) > 1 else "")


def why_not_r() -> str:
    """Why R cannot repeat a study, as a sentence; empty where it can."""
    if r_installed() is None:
        return (
            f"R is not installed or does not answer: install it, or set {VARIABLE} to its Rscript."
        )
    return ""


def why_not_estudy2(bare: BareStudy) -> str:
    """Why estudy2 cannot repeat a study, as a sentence; empty where it can.

    Args:
        bare: The study by statsmodels.
    """
    study, found = bare.study, r_installed()
    if found is None:
        return why_not_r()
    if not found.estudy2:
        return 'The R package estudy2 is not installed: in R, install.packages("estudy2").'
    if study.spec.model not in _MODELS:
        return f"estudy2 has no model {study.spec.model}, only market, market_adjusted and mean."
    if not same_sessions([fit.windows for fit in bare.fits]):
        return "estudy2 needs one date and one benchmark for all firms."
    if any(_gaps(bare)):
        return "estudy2 needs one estimation window without gaps."
    return ""


def _gaps(bare: BareStudy) -> Iterator[bool]:
    """Whether sessions between the first and the last of an estimation window are left out."""
    for fit in bare.fits:
        each = fit.windows
        inside = np.isin(each.days, bare.study.spec.estimation_days)
        known = np.isfinite(each.net) & np.isfinite(each.x).all(axis=1)
        yield bool((inside & known & ~each.used).any())


def repeat_base_r(bare: BareStudy) -> pd.DataFrame:
    """Estimate a saved study again by `lm`; what R computes as `table_of_figures`.

    Args:
        bare: The study by statsmodels, for its options and the windows of each observation.

    Raises:
        EventStudyError: R stopped with an error.
    """
    study = bare.study
    windows = pd.DataFrame(study.windows, columns=["first", "last"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_csv(_returns(bare), folder / "returns.csv")
        write_csv(windows, folder / "windows.csv")
        fitted = "1" if study.regression.fitted else "0"
        told = _run(
            "base.R",
            folder,
            ["returns.csv", "windows.csv", fitted, repr(study.spec.confidence), "out.csv"],
        )
    names = {f"b{k}": name for k, name in enumerate(study.regression.coefficients, start=1)}
    figures = []
    for row in told.to_dict("records"):
        each = bare.fits[int(row["observation"])].windows
        name = names.get(row["quantity"], row["quantity"])
        key = (ASSET, each.event_id, each.name, each.place)
        figures.append(Figure(*key, row["window"], name, float(row["value"])))
    return table_of_figures(figures)


def repeat_estudy2(bare: BareStudy) -> pd.DataFrame:
    """Estimate a study of one date again by estudy2; what it computes as `table_of_figures`.

    Args:
        bare: The study by statsmodels, for its options and the windows of each observation.

    Raises:
        EventStudyError: R stopped with an error.
    """
    study, days = bare.study, bare.fits[0].windows
    day_of = {
        f"{pd.Timestamp(date):%Y-%m-%d}": int(day)
        for date, day in zip(days.dates, days.days, strict=True)
    }
    figures: list[Figure] = []
    for name, group in bare.groups.items():
        places = [k for k, fit in enumerate(bare.fits) if any(fit is own for own in group.fits)]
        returns = _returns(bare, places)
        # the offset of the market-adjusted return is off y already
        returns = returns if study.regression.fitted else returns.assign(x1=0.0)
        returns["event"] = returns["rel_day"].isin(study.days).astype(int)
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write_csv(returns, folder / "returns.csv")
            told = _run("estudy2.R", folder, ["returns.csv", _MODELS[study.spec.model], "out.csv"])
        for row in told.to_dict("records"):
            at = window_key(day_of[row["date"]], day_of[row["date"]])
            if row["observation"] == "":
                key = (GROUP, "", name, 0)
            else:
                each = bare.fits[int(row["observation"])].windows
                key = (ASSET, each.event_id, each.name, each.place)
            figures.append(Figure(*key, at, row["quantity"], float(row["value"])))
    return table_of_figures(figures)


def _returns(bare: BareStudy, places: Sequence[int] | None = None) -> pd.DataFrame:
    """observation, date, rel_day, y, x1.., used of some observations."""
    parts = []
    for k in range(len(bare.fits)) if places is None else places:
        each = bare.fits[k].windows
        columns = {f"x{j + 1}": each.x[:, j] for j in range(each.x.shape[1])}
        dates = pd.DatetimeIndex(each.dates).strftime("%Y-%m-%d")
        part = {"observation": k, "date": dates, "rel_day": each.days, "y": each.net, **columns}
        parts.append(pd.DataFrame({**part, "used": each.used.astype(int)}))
    return pd.concat(parts, ignore_index=True)


def _run(script: str, folder: Path, arguments: Sequence[str]) -> pd.DataFrame:
    """What a script of the package writes to out.csv in a folder."""
    found = r_installed()
    assert found is not None
    text = files("eventstudy").joinpath("crosscheck", "r", script).read_text("utf-8")
    (folder / script).write_text(text, encoding="utf-8")
    # No profile and no saved session of the user's changes what R computes.
    try:
        done = subprocess.run(
            [found.command, "--vanilla", script, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        raise EventStudyError(
            f"R took longer than {LONGEST // 60} minutes to repeat the study; leave R out with "
            "--with."
        ) from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise EventStudyError(
            f"R stopped while repeating the study ({last}); to leave R out, name the others in "
            "--with."
        )
    out = pd.read_csv(folder / "out.csv", dtype="str", keep_default_na=False)
    value = out["value"].map(lambda text: math.nan if text in ("NA", "NaN") else float(text))
    return out.assign(value=value)
