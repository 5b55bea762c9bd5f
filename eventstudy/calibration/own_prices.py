"""Placebo events on the user's own returns: tickers and dates drawn at random.

Brown & Warner (1980, 1985): nothing happened on the drawn dates as far as anyone knows, so a test
of level α should find something in a share α of the samples, whatever the returns are like.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.calibration.setting import Setting
from eventstudy.calibration.simulate import Samples, sample_rng
from eventstudy.errors import InputError
from eventstudy.estimation.intake import admitted_from
from eventstudy.estimation.placement import assemble
from eventstudy.models.kernel.batch import Floats, Ints, Panel, Positions
from eventstudy.models.registry import Model, needs_benchmark
from eventstudy.prices.checks.door import Admitted
from eventstudy.prices.prices import Prices
from eventstudy.significance.date_layouts import DateLayout
from eventstudy.spec.study_spec import DEFAULT_BENCHMARK, DEFAULTS, StudySpec

UNIVERSE = "equal-weighted mean of the panel"
"""The benchmark where none is named and the panel has no ^GSPC."""


@dataclass(frozen=True, slots=True)
class OwnPanel:
    """Returns, and the observations that could be events."""

    panel: Panel
    benchmark: int
    """Row of the benchmark in the panel, −1 where the model needs none."""
    benchmark_name: str
    layout: DateLayout
    """How the events of a sample lie in time."""
    seed: int
    asset: Ints
    """(E,) row of each eligible observation, ordered by date."""
    day0: Ints
    """(E,) its session, ascending."""
    dates: Ints
    """(D,) the sessions that a sample may fall on: those with as many assets as it has."""
    sessions: tuple[str, str]
    """First and last session of the panel."""

    @property
    def n(self) -> int:
        """Observations in a sample."""
        return self.layout.n

    @property
    def tickers(self) -> int:
        """How many assets may be drawn."""
        return len(np.unique(self.asset))

    @property
    def words(self) -> str:
        """Where the events come from."""
        market = f", benchmark {self.benchmark_name}" if self.benchmark_name else ""
        return (
            f"placebo events on {self.tickers} tickers and {len(self.dates)} dates, "
            f"{self.sessions[0]} to {self.sessions[1]}{market}"
        )


def own_returns(
    prices: Prices | pd.DataFrame | None, returns: pd.DataFrame | None, factors: Collection[str]
) -> Admitted | None:
    """The returns of whatever was handed in, as for a study; None if nothing was.

    Args:
        prices: From `load_prices`, or a frame of levels.
        returns: Instead, a frame of returns in decimals.
        factors: Columns that need not be returns.
    """
    if prices is None and returns is None:
        return None
    return admitted_from(
        prices,
        returns,
        kind="simple",
        asked="daily",
        calendar=DEFAULTS.calendar,
        regressors=factors,
    )


def own_panel(
    returns: pd.DataFrame,
    *,
    model: Model,
    spec: StudySpec,
    layout: DateLayout,
    seed: int,
    left_out: tuple[str, ...] = (),
    factors: pd.DataFrame | None = None,
) -> OwnPanel:
    """Find which assets could have an event when: enough estimation returns, all event returns.

    Indices (names with ^) are never drawn.

    Args:
        returns: decimals, sessions × tickers.
        model: the normal-return model.
        spec: windows, least number of returns, benchmark.
        layout: how the events of a sample lie in time.
        seed: of the draws.
        left_out: tickers that are never drawn, such as other benchmarks.
        factors: regressors of factor models, by session.

    Raises:
        DataMissingError: the benchmark is not among the returns.
        InputError: too few observations are left.
    """
    name = ""
    if needs_benchmark(model):
        name = spec.benchmark or DEFAULT_BENCHMARK
        if spec.benchmark is None and name not in returns.columns:
            name = UNIVERSE
            returns = returns.assign(**{UNIVERSE: returns.mean(axis=1)})
    tickers = [
        t for t in returns.columns if t != name and t not in left_out and not t.startswith("^")
    ]
    if not tickers:
        raise InputError("The panel has no ticker besides benchmarks; give one with shares.")
    labels = pd.DataFrame({"event_id": tickers, "ticker": tickers, "date": returns.index[-1]})
    placed = assemble(
        labels,
        returns,
        model,
        spec.model_copy(update={"benchmark": name or None}),
        factors=factors,
        still=None,
    )
    panel, rows = placed.panel, placed.positions.asset
    where = _eligible(panel, rows, spec)
    per_date = where.sum(axis=0)
    n, singly = layout.n, layout.drawn_singly
    dates = np.flatnonzero(per_date >= (1 if singly else n))
    if not len(dates) or per_date.sum() < n:
        most = int(per_date.sum()) if singly else int(per_date.max(initial=0))
        kind = "in all" if singly else "on one date"
        raise InputError(
            f"Samples of {n} events need as many assets with {spec.min_obs} estimation returns in "
            f"{spec.estimation}; the panel has at most {most} {kind}: ask for fewer events "
            "(n_events=, --events) or give a longer or wider panel."
        )
    if len(dates) < layout.reach:
        raise InputError(
            f"Samples {layout.words} need {layout.reach} sessions with {n} assets; the panel has "
            f"{len(dates)}: give a longer panel."
        )
    day0, asset = np.nonzero(where.T)
    first, last = (f"{returns.index[i]:%Y-%m-%d}" for i in (0, -1))
    return OwnPanel(
        panel=panel,
        benchmark=returns.columns.tolist().index(name) if name else -1,
        benchmark_name=name,
        layout=layout,
        seed=seed,
        asset=rows[asset],
        day0=day0,
        dates=dates,
        sessions=(first, last),
    )


def _eligible(panel: Panel, rows: Ints, spec: StudySpec) -> npt.NDArray[np.bool_]:
    """(A, S) whether an asset could have day 0 on a session."""
    valid = np.isfinite(panel.returns[rows]) & np.isfinite(panel.designs[0]).all(axis=1)
    sessions = valid.shape[1]
    upto = np.concatenate([np.zeros((len(rows), 1)), valid.cumsum(axis=1)], axis=1)
    day = np.arange(sessions)

    def count(start: int, end: int) -> Floats:
        low, high = (day + start).clip(0, sessions), (day + end + 1).clip(0, sessions)
        return np.asarray(upto[:, high] - upto[:, low])

    inside = (day + spec.estimation.start >= 0) & (day + spec.span.end < sessions)
    enough = count(*spec.estimation) >= spec.min_obs
    return np.asarray(inside & enough & (count(*spec.span) == spec.span.length))


def draw(own: OwnPanel, setting: Setting, samples: range) -> Samples:
    """Draw the samples with these numbers, and plant the setting's abnormal return on day 0."""
    picked = np.concatenate([_pick(own, number) for number in samples])
    asset, day0 = own.asset[picked], own.day0[picked]
    panel = own.panel
    if setting.ar:
        panel, asset = _planted(panel, asset, day0, own.n, setting.ar)
    design = np.zeros(len(asset), dtype=np.int64)
    return Samples(panel, Positions(asset, day0, design, design + own.benchmark), own.n)


def _pick(own: OwnPanel, number: int) -> Ints:
    """(n,) different eligible observations of one sample."""
    rng = sample_rng(own.seed, number)
    if own.layout.drawn_singly:
        return rng.choice(len(own.asset), size=own.n, replace=False)
    picked = np.empty((own.layout.dates, own.layout.firms), dtype=np.int64)
    for i, date in enumerate(_dates(own, rng)):
        low, high = np.searchsorted(own.day0, [date, date + 1])
        free = np.flatnonzero(~np.isin(own.asset[low:high], own.asset[picked[:i]]))
        picked[i] = low + free[rng.choice(len(free), size=own.layout.firms, replace=False)]
    return picked.ravel()


def _dates(own: OwnPanel, rng: np.random.Generator) -> Ints:
    """The dates of one sample, ascending; all that keep their distance are equally likely."""
    layout, steps = own.layout, np.arange(own.layout.dates)
    if layout.spacing <= 1:
        return np.asarray(own.dates[rng.choice(len(own.dates) - len(steps) + 1) + steps])
    room = len(own.dates) - (layout.spacing - 1) * (len(steps) - 1)
    chosen = np.sort(rng.choice(room, size=len(steps), replace=False))
    return np.asarray(own.dates[chosen + (layout.spacing - 1) * steps])


def _planted(panel: Panel, asset: Ints, day0: Ints, n: int, ar: float) -> tuple[Panel, Ints]:
    """Each sample's assets copied behind the panel's rows, with `ar` added on the event days.

    An asset that a sample holds twice stays one asset.
    """
    rows = len(panel.returns)
    sample = np.arange(len(asset)) // n
    distinct, which = np.unique(sample * rows + asset, return_inverse=True)
    copies = panel.returns[distinct % rows]
    np.add.at(copies, (which, day0), ar)
    return replace(panel, returns=np.concatenate([panel.returns, copies])), rows + which
