"""Which models another package can repeat, each as a regression on the columns of saved returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MARKET = "benchmark_return"
RISK_FREE = "rf"


@dataclass(frozen=True, slots=True)
class BareModel:
    """R − offset on a constant and the regressors, by ordinary least squares.

    Written down here from the papers and not taken from the models of the package, which are what
    is checked.
    """

    regressors: tuple[str, ...] = ()
    """Columns of the saved returns."""
    coefficients: tuple[str, ...] = ("alpha",)
    """How the study calls the constant and the slopes."""
    offset: str = ""
    """The column that is taken off the return before."""
    premium: bool = False
    """Whether the riskless rate is taken off the benchmark too."""
    fitted: bool = True
    """Whether anything is estimated; without it the expected return is the offset."""


def _three(smb: str, *others: str) -> BareModel:
    names = (smb, *others)
    return BareModel(("mkt_rf", *names), ("alpha", "beta", *names), RISK_FREE)


REPEATED: Mapping[str, BareModel] = {
    "market": BareModel((MARKET,), ("alpha", "beta")),
    "market_adjusted": BareModel((), (), MARKET, fitted=False),
    "mean": BareModel(),
    "capm": BareModel((MARKET,), ("alpha", "beta"), RISK_FREE, premium=True),
    "ff3": _three("smb_ff3", "hml"),
    "carhart": _three("smb_ff3", "hml", "mom"),
    "ff5": _three("smb", "hml", "rmw", "cma"),
    "ff5_mom": _three("smb", "hml", "rmw", "cma", "mom"),
    "dimson": BareModel(
        ("benchmark_return_before", MARKET, "benchmark_return_after"),
        ("alpha", "beta_before", "beta_same", "beta_after"),
    ),
}
"""Model → its regression; `factors` has the columns that the study names."""

_CONDITIONAL = (
    "its variance maximises a likelihood, whose last digits depend on the optimiser and its start; "
    "programs agree to about five digits, too few for a check at nine"
)
NOT_REPEATED: Mapping[str, str] = {
    **dict.fromkeys(("garch", "gjr", "egarch"), _CONDITIONAL),
    "scholes_williams": (
        "its beta is a ratio of three slopes, which none of the packages computes; its formula is "
        "compared with worked numbers in the tests"
    ),
    "trade_to_trade": (
        "it weights returns over several sessions, which none of the packages supports"
    ),
    "robust": "its weights are iterated to convergence, at each program's own tolerance",
    "peers": "its penalty is chosen by cross-validation, whose folds each program draws for itself",
    "synthetic": "its weights solve a bounded optimisation, at each program's own tolerance",
}
"""Model → why it is not repeated."""


def regression_of(model: str, factors: tuple[str, ...]) -> BareModel | None:
    """The regression of a model; None where it is not repeated.

    Args:
        model: Its name.
        factors: The columns that the study names in factors=.
    """
    if model == "factors":
        return BareModel(factors, ("alpha", *factors))
    return REPEATED.get(model)


def why_not(model: str) -> str:
    """Why a model is not repeated, as the middle of a sentence."""
    return NOT_REPEATED.get(model, "none of the packages has it")
