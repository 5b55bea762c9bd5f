"""The normal-return models by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module

from eventstudy.errors import InputError, some_names, unknown_name
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.regression import ReturnRegression
from eventstudy.models.names import BUILT_IN, MODELS
from eventstudy.spec.study_spec import StudySpec

FitFunction = Callable[[Batch], Fits]

BENCHMARK = "benchmark"
"""The regressor that stands for the return of the event's benchmark."""
BEFORE, AFTER = "benchmark the day before", "benchmark the day after"
"""The benchmark's return one session earlier and later, for thin trading."""
SESSIONS_SINCE = "sessions since the last trade"
"""How many sessions an asset's return covers, from its last trade on."""
BENCHMARK_SINCE = "benchmark since the last trade"
"""The benchmark's return over the same sessions."""
RISK_FREE = "rf"
"""The risk-free rate; a model that names it works on excess returns."""
MARKETS = (BENCHMARK, BEFORE, AFTER, BENCHMARK_SINCE)
"""The regressors that are made of the benchmark."""
FACTORS = "*factors"
"""Stands for the columns that the study names in factors=."""
DONORS = "*donors"
"""Stands for the assets that the study names in donors=."""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Model:
    """A registered normal-return model."""

    name: str
    label: str
    fit: FitFunction
    regressors: tuple[str, ...]
    """Columns of the design: BENCHMARK or names of factors."""
    coefficients: tuple[str, ...]
    """Names of the columns of `Fits.coef`."""
    reference: str
    """The paper."""
    linear: bool
    """Fitted by least squares, so that the exact joint F test holds."""
    loops: bool = False
    """Fitted one observation at a time, so that small chunks keep all processes busy."""
    regression: ReturnRegression | None = None
    """The model as one regression, where it is one: then machine code can fit it."""
    day_before: FitFunction | None = None
    """The same with the variance of each event day as expected the day before, where it changes."""

    def __repr__(self) -> str:
        return f"Model({self.name!r}: {self.label})"


_MODELS: dict[str, Model] = {}


def register_model(
    name: str,
    *,
    label: str,
    regressors: tuple[str, ...] = (),
    coefficients: tuple[str, ...] = (),
    reference: str = "",
    linear: bool = False,
    loops: bool = False,
    regression: ReturnRegression | None = None,
    day_before: FitFunction | None = None,
) -> Callable[[FitFunction], FitFunction]:
    """Register a function Batch → Fits as a model.

    The function receives returns and regressors of all observations at once and must keep missing
    values missing.

    Args:
        name: Its name in `model=` and `--model`.
        label: Its name in lists and reports.
        regressors: Columns of the design: "benchmark", or names of factors.
        coefficients: Names of the columns of `Fits.coef`.
        reference: The paper.
        linear: Fitted by least squares, so that the exact joint F test holds.
        loops: Fitted one observation at a time, so that small chunks keep all processes busy.
        regression: The model as one regression, where it is one: then machine code can fit it.
        day_before: The same with the variance of each event day as expected the day before, where
            it changes from day to day.

    Returns:
        A decorator that registers its function and returns it.

    Raises:
        InputError: The name is taken.
    """

    def register(fit: FitFunction) -> FitFunction:
        if name in _MODELS:
            raise InputError(f"A model named {name!r} is registered already; choose another name.")
        _MODELS[name] = Model(
            name=name,
            label=label,
            fit=fit,
            regressors=regressors,
            coefficients=coefficients,
            reference=reference,
            linear=linear,
            loops=loops,
            regression=regression,
            day_before=day_before,
        )
        return fit

    return register


def needs_benchmark(model: Model) -> bool:
    """Whether a model's regressors include the benchmark."""
    return any(name in MARKETS for name in model.regressors)


def between_trades(model: Model) -> bool:
    """Whether a model explains returns from one trade to the next, however far apart."""
    return SESSIONS_SINCE in model.regressors


def require_one_unit(model: Model, spec: StudySpec, benchmarks: Iterable[str]) -> None:
    """Refuse models that would take a return off a change of a level.

    Args:
        model: The normal-return model.
        spec: The study's options.
        benchmarks: The benchmarks of the study.

    Raises:
        InputError: It says which model to choose instead.
    """
    if spec.returns != "difference":
        return
    if RISK_FREE in model.regressors:
        raise InputError(
            f"The model {model.name} subtracts the risk-free return, and the study is of changes "
            "of levels: choose market, mean, or factors with factors=."
        )
    others = set(spec.donors if DONORS in model.regressors else benchmarks) - set(spec.levels)
    free = model.regression is None or model.regression.constant
    mixed = DONORS in model.regressors or (needs_benchmark(model) and not free)
    if spec.levels and mixed and others:
        raise InputError(
            f"The model {model.name} subtracts {some_names(sorted(others), 5)}, whose returns are "
            "no changes of a level: name a level instead, or choose the model market or mean."
        )


def expand(names: tuple[str, ...], spec: StudySpec) -> tuple[str, ...]:
    """Names with FACTORS and DONORS replaced by what the study names."""
    stands_for = {FACTORS: spec.factors, DONORS: spec.donors}
    return tuple(one for name in names for one in stands_for.get(name, (name,)))


def list_models() -> Mapping[str, Model]:
    """All registered models by name: those of the package in its order, then the user's."""
    for module in BUILT_IN:
        import_module(f"eventstudy.models.{module}")
    return {name: _MODELS[name] for name in dict.fromkeys([*MODELS, *_MODELS])}


def get_model(name: str) -> Model:
    """The model of that name.

    Raises:
        InputError: There is none; the error lists the known names.
    """
    known = list_models()
    if name not in known:
        raise unknown_name("model", name, list(known))
    return known[name]
