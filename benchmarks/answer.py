"""What a row found, and whether two rows found the same: nothing is timed that is wrong."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from benchmarks.panel import LENGTH, Floats

TOLERANCE = 1e-9
"""Largest difference allowed, as a share of the largest figure of its kind."""


class DisagreementError(Exception):
    """A row computes something else than the statsmodels loop."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """N events, W days of the event window; None for what a row does not compute."""

    alpha: Floats | None = None
    """(N,)"""
    beta: Floats | None = None
    """(N,)"""
    s: Floats | None = None
    """(N,) residual standard deviation with L − 2."""
    ar: Floats | None = None
    """(N, W) abnormal returns."""
    sar: Floats | None = None
    """(N, W) the same over their standard errors: t with the forecast error."""
    scar: Floats | None = None
    """(N,) t of the CAR with the forecast error."""
    patell: Floats | None = None
    """(W + 1,) Patell's z of every day, then of the CAR."""
    bmp: Floats | None = None
    """(W + 1,) Boehmer, Musumeci & Poulsen's t of every day, then of the CAR."""

    def head(self, most: int) -> Answer:
        """The first events only; without the tests, which are about all of them."""
        parts = {name: getattr(self, name) for name in ("alpha", "beta", "s", "ar", "sar", "scar")}
        return Answer(**{k: None if v is None else v[:most] for k, v in parts.items()})

    def save(self, path: Path) -> None:
        """Write what is not None to one .npz file."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        np.savez(path, **{name: value for name, value in values.items() if value is not None})

    @classmethod
    def load(cls, path: Path) -> Answer:
        """Read what `save` wrote."""
        with np.load(path) as stored:
            return cls(**{name: stored[name] for name in stored.files})


def tests_of(sar: Floats, scar: Floats) -> tuple[Floats, Floats]:
    """Patell's z and the BMP t of every day, then of the CAR."""
    n, df = len(scar), LENGTH - 2
    total = np.append(sar.sum(axis=0), scar.sum())
    squares = np.append(np.einsum("ij,ij->j", sar, sar), scar @ scar)
    sd = np.sqrt((squares - total**2 / n) / (n - 1))
    return total / np.sqrt(n * df / (df - 2)), total / n / sd * np.sqrt(n)


def _apart(mine: Floats, theirs: Floats) -> float:
    """The largest difference as a share of the largest figure; NaN if others are missing."""
    known = ~np.isnan(theirs)
    if (np.isnan(mine) == known).any() or not known.any():
        return float("nan")
    return float(np.abs(mine - theirs)[known].max() / np.abs(theirs[known]).max())


def compare(found: Answer, wanted: Answer, row: str) -> float:
    """The largest relative difference over all that both have; DisagreementError if too large."""
    worst = -1.0
    for field in fields(Answer):
        mine, theirs = getattr(found, field.name), getattr(wanted, field.name)
        if mine is None or theirs is None:
            continue
        if mine.shape != theirs.shape:
            raise DisagreementError(
                f"{row}: {field.name} has the shape {mine.shape}, not {theirs.shape}."
            )
        apart = _apart(mine, theirs)
        if not apart <= TOLERANCE:
            raise DisagreementError(
                f"{row}: {field.name} differs by {apart:.1e} of its largest value; "
                f"{TOLERANCE:.0e} is allowed."
            )
        worst = max(worst, apart)
    if worst < 0:
        raise DisagreementError(f"{row}: there is nothing to compare.")
    return worst
