"""Abnormal volatility: squared standardised abnormal returns against what the model forecasts.

Beaver (1968) divided the squared residual of the announcement by its ordinary variance. Here the
forecast error of the estimated model is in the divisor, so that the ratio of an ordinary day has
expectation 1 exactly under normal errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from eventstudy.compute.threads import one_blas_thread
from eventstudy.measures.garch import garch_event
from eventstudy.significance.outcome import Outcome, by_tails, refusal, t_test, too_few
from eventstudy.significance.run import TestRow
from eventstudy.significance.sample import SAME
from eventstudy.significance.sums.moments import tested_windows
from eventstudy.spec.windows import Window
from eventstudy.text.brief import MOST_ROWS, Brief, brief_html
from eventstudy.text.numbers import number, p_text, window_text
from eventstudy.text.table import PlainTable
from eventstudy.text.terminal import listing_lines

if TYPE_CHECKING:
    from eventstudy.arrays import Floats, Ints
    from eventstudy.estimation.estimates import Estimates
    from eventstudy.result.result import StudyResult


SHOWN = 12
FEW_DF = "the expectation of a ratio needs more than 2 degrees of freedom in the fit"


@dataclass(frozen=True, eq=False)
class VolatilityResult:
    """Volatility around events relative to its forecast, of the observations of a study."""

    study: StudyResult
    observations: pd.DataFrame
    """event_id, ticker, group, start, end, ratio (1 on an ordinary day), F, df, df2, p_greater
    (more variance than forecast), p_less, reason (why there is no figure): one row an observation
    and window."""
    averages: pd.DataFrame
    """group, start, end, ratio (mean), median, n."""
    tests: pd.DataFrame
    """Columns as in `StudyResult.tests`; p_greater is the one to quote for more volatility."""

    def garch(self, window: tuple[int, int] = (0, 0), *, errors: str = "t") -> pd.DataFrame:
        """GARCH(1,1) with an event dummy in the variance, an observation a row: `garch_event`.

        Args:
            window: The days whose variance may jump, inside the estimated ones.
            errors: "t" or "normal".
        """
        return garch_event(self.study, window, errors=errors)

    def summary(self) -> str:
        """Mean ratios of each group and CAR window with their one-sided p, 80 columns wide."""
        rows = _summary_rows(self)
        table = PlainTable.of(HEADS, rows[:SHOWN], len(rows), (0, 1), more="averages")
        return "\n".join([READING, *listing_lines(table)])

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        rows = _summary_rows(self)
        listing = PlainTable.of(HEADS, rows[:MOST_ROWS], len(rows), (0, 1), more="averages")
        return brief_html(Brief(_finding(rows), READING, (listing,)))


@one_blas_thread()
def volatility_study(
    result: StudyResult, *, windows: Sequence[tuple[int, int] | str] | None = None
) -> VolatilityResult:
    """Test whether returns vary more around the events than the model forecasts.

    For each observation and window of L days, with the abnormal returns a (L,) and their
    forecast covariance s²(I + ZZ') from the estimation window:

        F = a'(I + ZZ')⁻¹a / (L s²), F(L, M − k) under normal errors: Chow's (1960) forecast test;
        for one day it is SAR². ratio = F (df − 2)/df, which has expectation 1.

    Tests of a group's mean ratio U, in `tests`:

    - `ratio_t`: (mean(U) − 1)/(sd(U)/√N), t(N − 1): from the cross-section, no normality of the
      returns; N must be large enough for the mean of squares.
    - `ratio_chi2`: ν·mean(U) as χ²(ν), ν = 2N²/Σv, v = 2(L + df − 2)/(L(df − 4)) the variance of
      a ratio: exact as df grows, moments matched otherwise; F(L, df) itself for N = 1. Assumes
      normal, independent returns: with fat tails it over-rejects.
    - `ratio_placebo`: mean(U) ranked among its own values on the estimation sessions, each left out
      of its fit, in runs of L days; p = (1 + #)/(B + 1). Keeps fat tails and the correlation of
      observations on one date. Needs the estimation windows: studies up to 1,000 observations.

    Papers: Beaver (1968), Patell (1976), Chow (1960).

    Args:
        result: Of a study, run or loaded.
        windows: Those tested, inside the estimated days; each day and each CAR window of the study
            if None.

    Raises:
        InputError: A wrong window.
    """
    chosen = tested_windows(result.spec) if windows is None else windows
    inside = [result.assets.inside(window) for window in chosen]
    ratios = {window: Ratios.of(result.assets, window) for window in inside}
    groups = {"all": np.arange(result.n), **_rows_of(result.assets)}
    rows: list[TestRow] = []
    means = []
    for group, members in groups.items():
        for window, of_window in ratios.items():
            u = of_window.ratio[members]
            u = u[np.isfinite(u)]
            middle = (float(u.mean()), float(np.median(u))) if len(u) else (np.nan, np.nan)
            means.append((str(group), *window, *middle, len(u)))
            rows += [
                TestRow(str(group), window, name, test(of_window, members), False, "")
                for name, test in TESTS.items()
            ]
    from eventstudy.result.tables import tests_frame

    return VolatilityResult(
        study=result,
        observations=pd.concat([r.table(result.assets) for r in ratios.values()]),
        averages=pd.DataFrame(means, columns=["group", "start", "end", "ratio", "median", "n"]),
        tests=tests_frame(rows),
    )


def _rows_of(estimates: Estimates) -> dict[str, Ints]:
    names = pd.unique(estimates.labels["group"])
    return {str(name): estimates.rows_of("group", name) for name in names if name != "all"}


@dataclass(frozen=True, eq=False)
class Ratios:
    """The variance ratios of N observations over one window."""

    window: Window
    f: Floats
    """(N,) F(L, df) under the null; NaN where a day is missing."""
    ratio: Floats
    """(N,) f scaled to expectation 1; NaN where f is, or where df ≤ 2."""
    df: Ints
    """(N,) degrees of freedom of the fits."""
    placebos: Floats
    """(N, B) the ratio on runs of estimation sessions; (N, 0) without estimation windows."""

    @classmethod
    def of(cls, estimates: Estimates, window: Window) -> Ratios:
        """From the fits of a study."""
        fits, length = estimates.fits, window.length
        first = window.start - estimates.spec.span.start
        days = slice(first, first + length)
        a, root = fits.ar[:, days], fits.root[:, days]
        own = fits.noise[:, days] if fits.noise.shape[1] else np.ones_like(a)
        covariance = root @ np.swapaxes(root, 1, 2) + own[:, :, None] * np.eye(length)
        whole = np.isfinite(a).all(axis=1) & np.isfinite(covariance).all(axis=(1, 2))
        f = np.full(len(a), np.nan)
        solved = np.linalg.solve(covariance[whole], a[whole][:, :, None])[:, :, 0]
        f[whole] = (a[whole] * solved).sum(axis=1) / (length * fits.s[whole] ** 2)
        return cls(window, f, f * _unit(fits.df), fits.df, _placebos(estimates, length))

    def table(self, estimates: Estimates) -> pd.DataFrame:
        """One row an observation."""
        length = self.window.length
        reasons = estimates.why_missing(self.window)
        few = np.isfinite(self.f) & np.isnan(self.ratio)
        return pd.DataFrame(
            {
                "group": estimates.labels["group"].to_numpy(),
                "start": self.window.start,
                "end": self.window.end,
                "ratio": self.ratio,
                "F": self.f,
                "df": length,
                "df2": self.df,
                "p_greater": special.fdtrc(length, self.df, self.f),
                "p_less": special.fdtr(length, self.df, self.f),
                "reason": np.where(few, FEW_DF, np.asarray(reasons, dtype=object)),
            },
            index=estimates.index,
        )


def _unit(df: Ints) -> Floats:
    """What makes the expectation of F(·, df) one; NaN where it has none."""
    degrees = df.astype(np.float64)
    return np.where(degrees > 2, (degrees - 2) / np.where(degrees > 2, degrees, 1), np.nan)


def _placebos(estimates: Estimates, length: int) -> Floats:
    """(N, B) mean ratio of every run of `length` estimation sessions, each left out of its fit."""
    if not estimates.has_placebo:
        return np.empty((len(estimates.fits), 0))
    ratio = estimates.placebos(1) ** 2 * _unit(estimates.fits.df - 1)[:, None]
    if length > ratio.shape[1]:
        return ratio[:, :0]
    windows = np.lib.stride_tricks.sliding_window_view(ratio, length, axis=1)
    return np.asarray(windows.mean(axis=-1))


def ratio_t(ratios: Ratios, members: Ints) -> Outcome:
    """(mean(U) − 1)/(sd(U)/√N) with t(N − 1)."""
    u = ratios.ratio[members]
    u = u[np.isfinite(u)]
    n = len(u)
    if n < 2:
        return too_few(2, n)
    sd = u.std(ddof=1)
    if sd <= SAME * np.abs(u).max():
        return refusal("all observations have the same ratio, so their spread is zero", n)
    return t_test((u.mean() - 1) / sd * np.sqrt(n), n - 1, n)


def ratio_chi2(ratios: Ratios, members: Ints) -> Outcome:
    """ν·mean(U) as χ²(ν), ν = 2N²/Σv; the exact F for one observation."""
    valid = np.isfinite(ratios.ratio[members])
    u, df = ratios.ratio[members][valid], ratios.df[members][valid].astype(np.float64)
    n, length = len(u), ratios.window.length
    if n < 1:
        return too_few(1, 0)
    if n == 1:
        f, df2 = float(ratios.f[members][valid][0]), float(df[0])
        greater, less = float(special.fdtrc(length, df2, f)), float(special.fdtr(length, df2, f))
        return by_tails(f, "F", greater, less, n, df=length, df2=df2)
    if df.min() <= 4:
        return refusal("the variance of a ratio needs more than 4 degrees of freedom in a fit", n)
    nu = 2 * n**2 / (2 * (length + df - 2) / (length * (df - 4))).sum()
    statistic = nu * u.mean()
    greater, less = special.chdtrc(nu, statistic), special.chdtr(nu, statistic)
    return by_tails(statistic, "chi2", greater, less, n, df=nu)


def ratio_placebo(ratios: Ratios, members: Ints) -> Outcome:
    """mean(U) among the means of the same observations on the runs of estimation sessions."""
    valid = np.isfinite(ratios.ratio[members])
    n = int(valid.sum())
    if n < 1:
        return too_few(1, 0)
    runs = ratios.placebos[members][valid]
    count = np.isfinite(runs).sum(axis=0)
    runs = np.where(np.isfinite(runs), runs, 0.0).sum(axis=0)[count > 0] / count[count > 0]
    if not len(runs):
        return refusal("no estimation sessions to compare with: run the study with placebo=True", n)
    mean = float(ratios.ratio[members][valid].mean())
    greater = (1 + int((runs >= mean).sum())) / (1 + len(runs))
    less = (1 + int((runs <= mean).sum())) / (1 + len(runs))
    detail = f"{len(runs)} runs of estimation sessions"
    return by_tails(mean, "placebo", greater, less, n, detail=detail)


TESTS = {"ratio_t": ratio_t, "ratio_chi2": ratio_chi2, "ratio_placebo": ratio_placebo}


READING = "Variance over its forecast (1 = ordinary); p one-sided, against more variance."
HEADS = ("group", "window", "ratio", "n", "t", "chi2", "placebo")


def _summary_rows(found: VolatilityResult) -> list[tuple[str, ...]]:
    """The cells of each group and CAR window in print."""
    tested = {(int(a), int(b)) for a, b in found.averages[["start", "end"]].to_numpy()}
    windows = {(w.start, w.end) for w in found.study.spec.car} & tested or tested
    keys = ["group", "start", "end", "test"]
    p_of = found.tests.set_index(keys)["p_greater"].to_dict()
    rows = []
    for row in found.averages.to_dict("records"):
        group, start, end = str(row["group"]), int(row["start"]), int(row["end"])
        if (start, end) in windows:
            ps = [p_text(p_of[(group, start, end, name)], prefix=False) for name in TESTS]
            rows.append(
                (group, window_text((start, end)), number(row["ratio"]), str(row["n"]), *ps)
            )
    return rows


def _finding(rows: list[tuple[str, ...]]) -> str:
    """The first group's ratio over the first window, with the placebo p."""
    if not rows:
        return "No variance ratio"
    group, window, ratio, _, *_, p = rows[0]
    quoted = f" (placebo p {p})" if p[-1].isdigit() else ""
    return f"{group}: {ratio} times the forecast variance over {window}{quoted}"
