"""The bench of the conformance suite: small panels, and studies of them under any model.

Nothing here names a model or a test that must be known: columns that a model needs are made
from its registration, and what is registered later is tested without an edit. Only the cost and
the exactness of a model may be declared, in `COSTLY` and `TOLERANCE`; models that loop over
observations get few of them and no groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.models.registry import DONORS, FACTORS, MARKETS, SESSIONS_SINCE
from eventstudy.models.registry import list_models as known_models
from eventstudy.significance.registry import list_tests as known_tests

REPRESENTATIVES = frozenset({"market", "scholes_williams", "robust", "synthetic"})
"""One model of each way to fit: by running sums, in a batch, one by one, and from donors."""

COSTLY = frozenset({"peers", "gjr", "egarch"})
"""Models that take long for a fit: two observations, and no tests in `REFITS`."""
REFITS = frozenset({"permutation", "shift_placebo", "shift_t"})
"""Tests that fit every observation again."""

TOLERANCE = {
    **dict.fromkeys(("garch", "gjr", "egarch"), 2e-3),
    "robust": 1e-6,
    "peers": 1e-4,
    "synthetic": 1e-5,
}
"""Models fitted by iteration: how near two fits of transformed data come. Others: 1e-10."""

MANY = 10
ENOUGH = 16
"""Observations under `market`, on which every test is run: enough for each to answer."""
SESSIONS = 330
ESTIMATION, WINDOW, CARS = (-110, -11), (-2, 2), ((-1, 1), (0, 2), (0, 10))
SHORT = {"window": (0, 0), "car": ((-1, 1),)}
"""The windows of models other than `market`: enough, and soon done."""
DONOR_NAMES = tuple(f"D{i}" for i in range(4))
FACTOR_NAMES = ("fac1", "fac2")
SPECIAL = {*MARKETS, SESSIONS_SINCE, FACTORS, DONORS}


@dataclass(frozen=True)
class Case:
    """Returns, sessions × columns, and observations."""

    wide: pd.DataFrame
    observations: pd.DataFrame

    def having(self, **changes: Any) -> Case:
        return Case(**{"wide": self.wide, "observations": self.observations, **changes})


class Bench:
    """Makes panels and studies, and compares studies."""

    def tolerance(self, model: str) -> float:
        return TOLERANCE.get(model, 1e-10)

    def size(self, model: str) -> int:
        if model in COSTLY:
            return 2
        few = 3 if known_models()[model].loops else MANY
        return ENOUGH if model == "market" else few

    def tests(self, model: str) -> list[str]:
        """The tests that are run under a model: all, but for a costly one."""
        left_out = REFITS if model in COSTLY else ()
        return [name for name in known_tests() if name not in left_out]

    def days(self, result: es.StudyResult) -> list[tuple[int, int]]:
        """The days and windows that a study tested."""
        spec = result.spec
        return list(dict.fromkeys([*((d, d) for d in spec.window.days), *map(tuple, spec.car)]))

    def case(self, n: int = MANY, *, seed: int = 0, spread: int = 9, missing: float = 0.0) -> Case:
        """n firms with one event each; dates so near that some share days of their windows."""
        rng = np.random.default_rng(seed)
        market = 0.0004 + 0.01 * rng.standard_normal(SESSIONS)
        names = self.factor_columns()
        factors = 0.005 * rng.standard_normal((SESSIONS, len(names)))
        firms = 0.0003 + market[:, None] * rng.uniform(0.6, 1.4, n)
        firms = firms + 0.3 * factors[:, :1] + 0.015 * rng.standard_t(6, (SESSIONS, n))
        donors = market[:, None] + 0.012 * rng.standard_normal((SESSIONS, len(DONOR_NAMES)))
        wide = pd.DataFrame(
            np.column_stack([firms, donors, market, factors]),
            index=pd.bdate_range("2023-01-02", periods=SESSIONS),
            columns=[*(f"F{i:02d}" for i in range(n)), *DONOR_NAMES, "mkt", *names],
        )
        if "rf" in wide:
            wide["rf"] = 0.00015 + 0.00001 * rng.standard_normal(SESSIONS)
        firms_in = wide.columns[:n]
        wide[firms_in] = wide[firms_in].mask(rng.random((SESSIONS, n)) < missing)
        at = 160 + spread * np.arange(n) - (np.arange(n) % 4 == 1) * spread
        observations = pd.DataFrame(
            {
                "event_id": [f"e{i:02d}" for i in range(n)],
                "ticker": list(firms_in),
                "date": wide.index[at],
                "group": np.where(np.arange(n) % 2, "odd", "even"),
            }
        )
        return Case(wide, observations)

    def factor_columns(self) -> list[str]:
        """Every column that a registered model asks for by name, and the user's two factors."""
        asked = [name for model in known_models().values() for name in model.regressors]
        return list(dict.fromkeys([*FACTOR_NAMES, *(n for n in asked if n not in SPECIAL)]))

    def study(self, model: str, case: Case, **options: Any) -> es.StudyResult:
        regressors = known_models()[model].regressors
        given: dict[str, Any] = {
            "benchmark": "mkt",
            "estimation": ESTIMATION,
            "window": WINDOW,
            "car": CARS,
            "tests": self.tests(model),
            "min_obs": 60,
            "draws": 99,
            "returns": "other",
            **(SHORT if model != "market" else {}),
        }
        if FACTORS in regressors:
            given["factors"] = FACTOR_NAMES
        if DONORS in regressors:
            given["donors"] = DONOR_NAMES
        chosen = es.EventStudy(model=model, **(given | options))
        loops = known_models()[model].loops
        frame = case.observations.drop(columns="group") if loops else case.observations
        return chosen.run(frame, returns=case.wide)

    @cache  # noqa: B019
    def base(self, model: str) -> tuple[Case, es.StudyResult]:
        """The model's panel as it is, and its study."""
        case = self.case(self.size(model), missing=0.02)
        return case, self.study(model, case)

    def same_cars(
        self,
        ours: es.StudyResult,
        theirs: es.StudyResult,
        *,
        ids: Mapping[str, str] | None = None,
        factor: float = 1.0,
        rtol: float = 1e-10,
    ) -> None:
        """AR and CAR of `ours` are `factor` times those of `theirs`, whose ids `ids` renames."""
        for days in self.days(ours):
            a, b = (r.car(days).droplevel("ticker") for r in (ours, theirs))
            b.index = b.index.map(lambda name: (ids or {}).get(name, name))
            assert set(a.index) == set(b.index)
            b = b.loc[a.index]
            scale = np.abs(factor) * np.nanmax(b["se"])
            for column in ("car", "se"):
                sign = np.abs(factor) if column == "se" else factor
                np.testing.assert_allclose(
                    a[column], sign * b[column], rtol=rtol, atol=rtol * scale, err_msg=column
                )
            np.testing.assert_allclose(a["t"], np.sign(factor) * b["t"], rtol=rtol, atol=10 * rtol)
            np.testing.assert_allclose(a["p_value"], b["p_value"], rtol=100 * rtol)
            if rtol <= 1e-10:
                np.testing.assert_allclose(a["p_placebo"], b["p_placebo"], rtol=1e-12)
            assert list(a["reason"]) == list(b["reason"])
            assert list(a["n_obs"]) == list(b["n_obs"])

    def rows(self, result: es.StudyResult) -> pd.DataFrame:
        return result.tests.set_index(["test", "group", "start", "end"]).sort_index()

    def same_tests(
        self,
        ours: es.StudyResult,
        theirs: es.StudyResult,
        *,
        only: str | None = None,
        without: frozenset[str] = frozenset(),
        rtol: float = 1e-10,
    ) -> None:
        """Statistics, df, p, N and refusals agree; of one test or of all; names what does not."""
        a, b = self.rows(ours), self.rows(theirs)
        if only:
            a, b = a.loc[[only]], b.loc[[only]]
        drop = a.index.get_level_values("test").isin(without)
        a, b = a[~drop], b[~b.index.get_level_values("test").isin(without)]
        assert a.index.equals(b.index)
        wrong = []
        loose = rtol > 1e-10
        for key in a.index:
            x, y = a.loc[key], b.loc[key]
            if loose and x["distribution"] in ("placebo", "resampled", "signed rank", "binomial"):
                continue  # a rank may flip where figures agree only nearly
            figures = np.array([x["statistic"], y["statistic"]], dtype=float)
            p = np.array(
                [[r[c] for c in ("p_value", "p_greater", "p_less")] for r in (x, y)], dtype=float
            )
            if (
                not np.isclose(*figures, rtol=rtol, atol=10 * rtol, equal_nan=True)
                or not np.allclose(*p, rtol=100 * rtol, atol=1e-15, equal_nan=True)
                or x["n"] != y["n"]
                or not np.isclose(x["df"], y["df"], equal_nan=True)
                or bool(x["refused"]) != bool(y["refused"])
            ):
                wrong.append(f"{key}: {figures}, p {p[:, 0]}, n {x['n']} {y['n']} {x['refused']}")
        assert not wrong, "\n".join(wrong[:20])

    def counts(self, result: es.StudyResult) -> pd.Series:
        """(group, start, end) → observations with a value, from the CAR tables."""
        found = {}
        for days in self.days(result):
            table = result.car(days)
            value = table["car"].notna().to_numpy()
            for group in dict.fromkeys(["all", *table["group"]]):
                inside = value if group == "all" else value[(table["group"] == group).to_numpy()]
                found[(group, *days)] = int(inside.sum())
        return pd.Series(found)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Models that are fitted as a representative is are slow tests; `gjr` is `garch` with a term."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    model = parameters.get("model", "market")
    if model not in REPRESENTATIVES:
        item.add_marker("slow")
    if model == "gjr":
        item.add_marker("weekly")


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
