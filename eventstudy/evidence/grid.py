"""Which specifications a curve runs over, and which of them a case admits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from eventstudy.errors import InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.parts.curve import MARKET_FACTOR, NO_BENCHMARK
from eventstudy.evidence.refits import windows_of
from eventstudy.models.registry import (
    MARKETS,
    RISK_FREE,
    Model,
    expand,
    get_model,
    needs_benchmark,
)
from eventstudy.spec.study_spec import Frequency, ReturnKind, StudySpec
from eventstudy.spec.windows import Window

NASDAQ = "^IXIC"


@dataclass(frozen=True, slots=True)
class Grid:
    """What is varied; every combination is a specification.

    Models of a benchmark and nothing else run on each benchmark, models with factors on the
    event's own benchmark or their market factor.
    """

    models: tuple[str, ...] = ("market", "market_adjusted", "mean", "capm", "ff3", "carhart", "ff5")
    lengths: tuple[int, ...] = (120, 180, 250)
    """Sessions in the estimation window."""
    ends: tuple[int, ...] = (-11, -21, -31)
    """Its last session, relative to day 0."""
    benchmarks: tuple[str, ...] | None = None
    """None: the event's own, those that the prices name, and ^IXIC."""
    returns: tuple[ReturnKind, ...] = ("simple", "log")
    windows: tuple[Window | tuple[int, int], ...] | None = None
    """None: day 0, and the study's CAR windows that the estimation windows leave clear."""

    def windows_for(self, spec: StudySpec) -> tuple[Window, ...]:
        """The windows of a study's curves.

        Raises:
            InputError: a window is invalid.
        """
        if self.windows is None:
            clear = [window for window in spec.car if window.start > max(self.ends, default=0)]
            return tuple(dict.fromkeys([Window(0, 0), *clear]))
        return windows_of(self.windows)

    def benchmarks_for(self, case: Case) -> tuple[str, ...]:
        """The event's own benchmark first."""
        if isinstance(self.benchmarks, str):
            return (self.benchmarks,)
        if self.benchmarks is not None:
            return self.benchmarks
        own = [case.benchmark] if case.benchmark else []
        nasdaq = [NASDAQ] if NASDAQ in case.prices.tickers else []
        return tuple(dict.fromkeys([*own, *case.prices.benchmarks, *nasdaq]))


GRIDS: Mapping[Frequency, Grid] = {
    "daily": Grid(),
    "weekly": Grid(lengths=(52, 104, 156), ends=(-5, -9, -13)),
    "monthly": Grid(lengths=(36, 60, 84), ends=(-7, -13, -19)),
}
"""What is varied unless something else is said: years of weeks and months as of days."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One specification."""

    model: str
    benchmark: str
    returns: ReturnKind
    estimation: Window

    def spec(self, case: Case, windows: tuple[Window, ...]) -> StudySpec:
        """The study's specification with these choices, for the days of `windows`.

        An estimation window must hold the same share of valid sessions as in the study, and
        never more of them than min_obs.

        Raises:
            InputError: the estimation window reaches into `windows`.
        """
        own = case.spec
        share = own.min_obs / len(own.estimation_days)
        hull = Window(min(w.start for w in windows), max(w.end for w in windows))
        varied = {
            "model": self.model,
            "benchmark": self.benchmark if needs_benchmark(get_model(self.model)) else None,
            "returns": self.returns,
            "estimation": self.estimation,
            "window": hull,
            "car": windows,
            "min_obs": min(own.min_obs, max(3, round(share * self.estimation.length))),
            "placebo": False,
            "rolling": False,
            "post_estimation": None,
        }
        return StudySpec(**{**own.model_dump(), **varied})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model or benchmark that is in no curve, or not in that of one entity."""

    model: str
    benchmark: str
    reason: str
    entity: str = ""


def choices_of(case: Case, grid: Grid) -> tuple[tuple[Choice, ...], tuple[LeftOut, ...]]:
    """The specifications that the case's prices admit, the study's own among them; and the rest.

    Those that share a model, benchmark and kind of returns follow one another.

    Raises:
        InputError: a model is unknown, or nothing is left.
    """
    out: list[LeftOut] = []
    benchmarks = []
    for name in grid.benchmarks_for(case):
        if name in case.prices.tickers:
            benchmarks.append(name)
        else:
            out.append(LeftOut("", name, f"the benchmark {name} is not in the prices"))
    pairs = []
    for name in grid.models:
        model = get_model(name)
        if reason := _unusable(case, model):
            out.append(LeftOut(name, "", reason))
            continue
        pairs += [(name, benchmark) for benchmark in _markets(model, case, benchmarks)]
    estimations = [
        Window(end - length + 1, end) for length, end in product(grid.lengths, grid.ends)
    ]
    choices = [
        Choice(model, benchmark, returns, estimation)
        for (model, benchmark), returns, estimation in product(pairs, grid.returns, estimations)
    ]
    own = own_choice(case)
    if own is None:
        why = "the study's own specification cannot be fitted in one batch with its placebos"
        out.append(LeftOut(case.spec.model, case.benchmark, why))
    elif own not in choices:
        choices.append(own)
    if not choices:
        raise InputError("The grid holds no specification that these prices admit; widen it.")
    return tuple(choices), tuple(out)


def own_choice(case: Case) -> Choice | None:
    """The study's own specification; None where it is none that a curve can hold."""
    spec, model = case.spec, get_model(case.spec.model)
    if spec.rolling or spec.post_estimation or _unusable(case, model):
        return None
    market = _markets(model, case, [case.benchmark])[0]
    return Choice(spec.model, market, spec.returns, spec.estimation)


def _markets(model: Model, case: Case, benchmarks: list[str]) -> list[str]:
    if not needs_benchmark(model):
        return [MARKET_FACTOR if MARKET_FACTOR in model.regressors else NO_BENCHMARK]
    return benchmarks[:1] if _factors(case, model) else benchmarks


def _factors(case: Case, model: Model) -> list[str]:
    """Regressors other than the benchmark."""
    return [name for name in expand(model.regressors, case.spec) if name not in MARKETS]


def _unusable(case: Case, model: Model) -> str:
    """Why a model is in no curve; empty where it can be."""
    if model.regression is None:
        return f"the model {model.name} is no single regression and is not fitted in one batch"
    known = () if case.prices.factors is None else tuple(case.prices.factors.columns)
    missing = [n for n in _factors(case, model) if n not in (*known, *case.prices.tickers)]
    if missing or (model.regressors and not expand(model.regressors, case.spec)):
        wanted = ", ".join(missing) or "factors="
        return f"the model {model.name} needs {wanted}, and the prices bring none"
    if model.name == "capm" and case.prices.factors is not None:
        rates = case.prices.factors[RISK_FREE]
        if rates.min() == rates.max():
            return "the risk-free rate is constant, so capm equals the market model"
    return ""
