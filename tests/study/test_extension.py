"""A model and a test of one's own, through the public decorators; engines by name."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.compute.engine import check_engine
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Fits
from eventstudy.models.kernel.least_squares import fit_linear
from eventstudy.significance.outcome import Outcome, refusal, z_test
from eventstudy.significance.sample import Layout, Sample

OPTIONS = {"benchmark": "mkt", "window": (-2, 2), "car": [(0, 1)]}


@pytest.mark.usefixtures("clean_registries")
def test_a_model_with_a_factor_of_ones_own(wide, observations) -> None:
    @es.register_model(
        "two_factor",
        label="Market and E",
        regressors=("benchmark", "E"),
        coefficients=("alpha", "beta", "beta_e"),
        linear=True,
    )
    def fit(batch: Batch) -> Fits:
        """R = a + b·R_m + c·R_E."""
        return fit_linear(batch)

    result = es.EventStudy(model="two_factor", **OPTIONS).run(observations, returns=wide)
    assert list(result.fits.columns[:3]) == ["alpha", "beta", "beta_e"]
    assert (result.fits["df"] == 247).all()
    at = wide.index.get_loc(observations["date"][0])
    past = wide.iloc[at - 260 : at - 10]
    X = np.column_stack([np.ones(250), past["mkt"], past["E"]])
    coef = np.linalg.lstsq(X, past["A"], rcond=None)[0]
    np.testing.assert_allclose(result.fits.iloc[0, :3].astype(float), coef, rtol=1e-9)
    with pytest.raises(es.DataMissingError, match="needs 'E'"):
        es.EventStudy(model="two_factor", **OPTIONS).run(
            observations, returns=wide.drop(columns="E")
        )


@pytest.mark.usefixtures("clean_registries")
def test_a_constant_factor_excludes_with_a_reason(wide, observations) -> None:
    es.register_model("flat", label="x", regressors=("benchmark", "one"), linear=True)(fit_linear)
    result = es.EventStudy(model="flat", **OPTIONS).run(observations, returns=wide.assign(one=0.37))
    assert result.n == 0
    assert result.exclusions["reason"].str.contains("constant or collinear").all()


@pytest.mark.usefixtures("clean_registries")
def test_a_test_of_ones_own(wide, observations) -> None:
    @es.register_test("share_up", label="Share above zero", null="N", layouts=(Layout.MANY_DATES,))
    def share_up(sample: Sample) -> Outcome:
        if sample.n < 3:
            return refusal("needs three", sample.n)
        return z_test((sample.x > 0).mean(), sample.n)

    result = es.EventStudy(tests=["share_up"], **OPTIONS).run(
        observations.assign(group=[*"xxxy"]), returns=wide
    )
    rows = result.tests.set_index(["group", "start", "end"])
    cars = result.car((0, 1))["car"]
    assert rows.loc[("all", 0, 1), "statistic"] == (cars > 0).mean()
    assert "is a test for several dates" in rows.loc[("y", 0, 1), "refused"]
    with pytest.raises(es.InputError, match="'share_up' is registered already"):
        es.register_test("share_up", label="x", null="N")(share_up)
    by_all = es.EventStudy(tests="all", **OPTIONS).run(observations, returns=wide)
    assert "share_up" in set(by_all.tests["test"])
    by_default = es.EventStudy(**OPTIONS).run(observations, returns=wide)
    assert "share_up" not in set(by_default.tests["test"])


def test_what_was_registered_in_a_test_is_gone(wide, observations) -> None:
    with pytest.raises(es.InputError, match="no test 'share_up'"):
        es.EventStudy(tests=["share_up"])


def test_engines_by_name() -> None:
    assert check_engine("processes") == "processes"
    with pytest.raises(es.InputError, match=r"no engine 'proceses'.*'processes'"):
        check_engine("proceses")


def test_dask_without_its_extra_says_what_to_install(
    wide, observations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(es.EventStudyError, match=r"pip install 'eventstudy-kit\[dask\]'"):
        es.EventStudy(**OPTIONS).run(observations, returns=wide, engine="dask")


def test_dates_of_the_days_beyond_the_data_are_missing(wide, observations) -> None:
    last = observations.iloc[[0]].assign(date=wide.index[398])
    result = es.EventStudy(**OPTIONS).run(last, returns=wide)
    days = [f"{day:%Y-%m-%d}" for day in wide.index[396:]]
    assert [str(day) for day in result.assets.dates[0]] == [*days, "NaT"]
    end = f"{wide.index[-1]:%Y-%m-%d}"
    assert result.car((2, 2))["reason"].item() == f"the data end {end}, before day +2"


def test_tables_are_not_shared_between_readers(wide, observations) -> None:
    """Changing a table that was handed out changes no later one."""
    result = es.EventStudy(**OPTIONS).run(observations, returns=wide)
    table = result.car((0, 1))
    before = table.copy()
    table["car"] = 99.0
    pd.testing.assert_frame_equal(result.car((0, 1)), before)
