"""Regressions of the CAR against statsmodels by formula, and what is left out."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import patsy
import pytest
import statsmodels.formula.api as smf

import eventstudy as es
from eventstudy.measures.formula import design_of
from eventstudy.text.rounding import rounded


@pytest.fixture(scope="module")
def frame(result) -> pd.DataFrame:
    """The observations with car and se, for statsmodels."""
    cars = result.car((-1, 1))
    labels = result.assets.labels.astype({"sector": object})
    return labels.assign(car=cars["car"].to_numpy(), se=cars["se"].to_numpy())


def agree(mine: es.Regression, theirs) -> None:
    interval = theirs.conf_int()
    for name, values in {
        "coef": theirs.params,
        "se": theirs.bse,
        "t": theirs.tvalues,
        "p_value": theirs.pvalues,
        "ci_low": interval[0],
        "ci_high": interval[1],
    }.items():
        np.testing.assert_allclose(mine.table[name], values, rtol=1e-9, err_msg=name)
    assert list(mine.table.index) == list(theirs.params.index)
    assert mine.r_squared == pytest.approx(theirs.rsquared, rel=1e-10)
    assert mine.r_squared_adj == pytest.approx(theirs.rsquared_adj, rel=1e-10)
    assert mine.n == theirs.nobs


FORMULA = "np.log(size) + C(sector)"


@pytest.mark.parametrize("cov", ["HC3", "HC1", "nonrobust"])
@pytest.mark.parametrize("weights", [None, "1/se2"])
def test_statsmodels_agrees(result, frame, cov, weights) -> None:
    mine = es.regress(result, FORMULA, cov=cov, weights=weights)
    model = (
        smf.ols(f"car ~ {FORMULA}", frame)
        if weights is None
        else smf.wls(f"car ~ {FORMULA}", frame, weights=1 / frame["se"] ** 2)
    )
    agree(mine, model.fit(cov_type=cov, use_t=True))
    assert mine.df == 60 - 4


@pytest.mark.parametrize(
    ("cluster", "column"), [("date", "day0"), ("firm", "ticker"), ("sector", "sector")]
)
def test_clusters_agree(result, frame, cluster, column) -> None:
    formula = "size" if cluster == "sector" else FORMULA
    mine = es.regress(result, f"car ~ {formula}", cov="cluster", cluster=cluster)
    codes = pd.factorize(frame[column])[0]
    fit = smf.ols(f"car ~ {formula}", frame).fit(
        cov_type="cluster", cov_kwds={"groups": codes}, use_t=True
    )
    agree(mine, fit)
    assert mine.df == mine.n_clusters - 1 == codes.max()
    few = f"only {mine.n_clusters} clusters" in mine.summary()
    assert few == (mine.n_clusters < 40)


NAMED = """size | log(size) + C(sector) | size * sector | size:sector | sector / size | 0 + sector
(size + volume) ** 2 | size:volume + size | sector - 1 + flag | flag * sector | flag:size
Q("a name"):sector | C(sector, Treatment("y")) + size | C(sector, Sum) | size > 1
(ticker == "F00") + volume | C(event_id < 'e30') | I(size**2) + np.log(size ** 2) | C(date)
sector + C(sector):volume + size | np.where(size > 1, "big", "small") | sqrt(size) + 1 | 1"""


@pytest.mark.parametrize("terms", [part.strip() for part in re.split(r"[|\n]", NAMED)])
def test_terms_are_named_and_coded_as_by_patsy(result, terms) -> None:
    numbers = np.arange(60.0)
    traits = {"volume": 1 + numbers % 7, "flag": numbers % 3 > 1, "a name": numbers}
    data = result.assets.labels.assign(**traits).astype({"sector": object, "ticker": object})
    data["event_id"] = data["event_id"].astype(object)
    names = patsy.EvalEnvironment([{"np": np, "log": np.log, "sqrt": np.sqrt}])
    theirs = patsy.dmatrix(terms, data, eval_env=names, return_type="dataframe")
    mine = design_of(terms, data)
    assert list(mine.columns) == list(theirs.columns)
    np.testing.assert_array_equal(mine, theirs)


REFUSED = """- size; 2 * size; 1 / size; size ** 1.5; size | sector; size + .; `size`; size); size[0]
"text"; size, size; True; size @ size; {size}; lambda: size; size + np.nope(size)"""


@pytest.mark.parametrize("terms", re.split(r"[;\n]", REFUSED))
def test_what_is_no_formula_is_refused(result, terms) -> None:
    with pytest.raises(es.InputError, match="cannot be evaluated"):
        es.regress(result, terms)


def test_hc3_by_hand(result, frame) -> None:
    mine = es.regress(result, "size")
    X = np.column_stack([np.ones(60), frame["size"]])
    y = frame["car"].to_numpy()
    bread = np.linalg.inv(X.T @ X)
    b = bread @ X.T @ y
    leverage = np.einsum("ij,jk,ik->i", X, bread, X)
    scaled = X * ((y - X @ b) / (1 - leverage))[:, None]
    se = np.sqrt(np.diag(bread @ scaled.T @ scaled @ bread))
    np.testing.assert_allclose(mine.table["coef"], b, rtol=1e-10)
    np.testing.assert_allclose(mine.table["se"], se, rtol=1e-10)


def test_a_planted_slope_is_found_and_intervals_follow_the_study(wide, observations) -> None:
    moved = wide.copy()
    for row in observations.itertuples():
        moved.loc[row.date, row.ticker] += 0.05 * row.size
    study = es.EventStudy(benchmark="mkt", window=(-1, 1), car=[(-1, 1)], confidence=0.9)
    found = es.regress(study.run(observations, returns=moved), "size")
    slope = found.table.loc["size"]
    assert slope["ci_low"] < 0.05 < slope["ci_high"]
    assert slope["p_value"] < 1e-6
    assert found.confidence == 0.9
    wider = es.regress(study.run(observations, returns=moved), "size", confidence=0.99)
    assert wider.table.loc["size", "ci_high"] > slope["ci_high"]


def test_nothing_is_dropped_in_silence(wide, observations) -> None:
    rows, moved = observations.copy(), wide.copy()
    rows.loc[2, "size"] = np.nan
    rows.loc[3, "sector"] = None
    rows.loc[4, "size"] = 0.0
    rows.loc[5, "ticker"] = "ZZZ"
    moved.loc[rows.loc[6, "date"], "F06"] = np.nan
    result = es.EventStudy(benchmark="mkt", window=(-5, 5), car=[(-1, 1)]).run(rows, returns=moved)
    found = es.regress(result, "log(size) + C(sector)")
    why = found.left_out.set_index("ticker")["reason"].to_dict()
    assert why == {
        "ZZZ": "ZZZ is not in the prices",
        "F02": "size is missing",
        "F03": "sector is missing",
        "F04": "log(size) is not finite",
        "F06": "no CAR [−1, +1]: no abnormal return on day 0",
    }
    assert found.n + len(found.left_out) == len(rows)
    clean = es.regress(result, "C(sector)")
    assert found.n == 55
    assert clean.n == 57
    theirs = es.regress(
        es.EventStudy(benchmark="mkt", window=(-5, 5), car=[(-1, 1)]).run(
            rows.drop(index=[2, 3, 4, 5, 6]), returns=moved
        ),
        "log(size) + C(sector)",
    )
    pd.testing.assert_frame_equal(found.table, theirs.table)


def test_the_order_of_rows_and_other_windows(result, wide, observations) -> None:
    study = es.EventStudy(benchmark="mkt", window=(-5, 5), car=[(0, 0)])
    shuffled = study.run(observations.sample(frac=1, random_state=1), returns=wide)
    for window in ((-1, 1), (0, 0), "0,3"):
        one = es.regress(result, "size + C(sector)", window=window, cov="cluster")
        two = es.regress(shuffled, "size + C(sector)", window=window, cov="cluster")
        np.testing.assert_allclose(one.table, two.table, rtol=1e-8)


def test_saved_results_and_every_way_out(result, tmp_path) -> None:
    result.save(tmp_path / "r")
    found = es.regress(es.load(tmp_path / "r"), FORMULA)
    pd.testing.assert_frame_equal(found.table, es.regress(result, FORMULA).table)
    text = found.to_csv(tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == text
    read = pd.read_csv(tmp_path / "t.csv", index_col="term")
    np.testing.assert_allclose(read["coef"], found.table["coef"], rtol=6e-12)
    assert read["coef"].tolist() == rounded(found.table["coef"]).tolist()
    found.save(tmp_path / "out")
    found.save(tmp_path / "out")
    facts = json.loads((tmp_path / "out" / "regression.json").read_text())
    assert facts["n"] == 60
    assert facts["window"] == [-1, 1]
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "coefficients.csv",
        "left_out.csv",
        "ordinary.csv",
        "regression.json",
        "slopes.csv",
    }
    assert max(map(len, found.summary().splitlines())) <= 80
    assert "N 60" in repr(found)
    assert "<table" in found._repr_html_()
    with pytest.raises(es.InputError, match="cannot be written"):
        found.to_csv(tmp_path / "no" / "t.csv")


def test_long_names_still_fit(wide, observations) -> None:
    named = observations.rename(columns={"size": "the market capitalisation at the end of June"})
    result = es.EventStudy(benchmark="mkt", window=(-1, 1), car=[(-1, 1)]).run(named, returns=wide)
    found = es.regress(result, 'Q("the market capitalisation at the end of June")')
    assert max(map(len, found.summary().splitlines())) <= 80
    assert found.left_out.empty


@pytest.mark.parametrize(
    ("formula", "options", "said"),
    [
        ("car ~ sise", {}, r"cannot be evaluated.*sise is no column.*size"),
        ("size ~ sector", {}, "the left-hand side is car"),
        ("car ~ ", {}, "names no term"),
        ("size +", {}, "cannot be evaluated"),
        ("size + I(3 * size)", {}, "collinear"),
        ("C(ticker)", {}, "60 observations cannot determine 60 coefficients"),
        ("(ticker == 'F00')", {}, "One observation alone determines"),
        ("size", {"cov": "HC9"}, "no covariance 'HC9'"),
        ("size", {"weights": "1/se"}, "no weighting '1/se'"),
        ("size", {"cov": "cluster", "cluster": "industry"}, "no column 'industry'"),
        ("size", {"cov": "cluster", "cluster": "group"}, "share one group"),
        ("size", {"window": (0, 99)}, "leaves the estimated days"),
        ("size", {"window": "x"}, "is not a valid window"),
        ("size", {"confidence": 95}, "not between 0 and 1"),
    ],
)
def test_what_cannot_be_done_is_said(result, formula, options, said) -> None:
    with pytest.raises(es.InputError, match=said):
        es.regress(result, formula, **options)


def test_all_missing(wide, observations) -> None:
    study = es.EventStudy(benchmark="mkt", window=(-1, 1), car=[(-1, 1)])
    result = study.run(observations.assign(size=np.nan), returns=wide)
    with pytest.raises(es.InputError, match="No observation has a CAR"):
        es.regress(result, "size")


@pytest.mark.needs_shared
def test_surprises_explain_the_reaction(shared) -> None:
    """800 real announcements: the larger the earnings surprise, the higher the CAR."""
    prices = pd.read_parquet(shared / "data" / "universe_prices.parquet")
    prices["ticker"] = prices["ticker"].astype(str)
    earnings = pd.read_csv(shared / "data" / "earnings_dates.csv").dropna(subset="surprise_pct")
    inside = earnings["report_date"].between("2018-01-01", "2024-12-31")
    known = earnings["ticker"].isin(prices["ticker"].unique())
    some = earnings[inside & known].sample(800, random_state=2)
    wide = prices.set_index(["date", "ticker"])["adj_close"].unstack().astype(float)  # noqa: PD010
    returns = wide.pct_change(fill_method=None)
    returns["ew"] = returns.mean(axis=1)
    events = some.rename(columns={"report_date": "date"}).assign(
        event_id=[f"e{i}" for i in range(800)],
        surprise=some["surprise_pct"].clip(-50, 50).to_numpy(),
    )
    result = es.EventStudy(benchmark="ew", window=(-1, 1), car=[(0, 1)]).run(
        events, returns=returns
    )
    found = es.regress(result, "surprise", window=(0, 1), cov="cluster", weights="1/se2")
    assert found.n + len(found.left_out) == 800
    assert found.table.loc["surprise", "t"] > 4


@pytest.mark.parametrize("power", [-900, -100, 40, 100, 900])
@pytest.mark.parametrize("cov", ["HC3", "cluster", "nonrobust"])
def test_covariates_have_no_unit(wide, observations, power: int, cov: str) -> None:
    """Market values in cents or in quadrillions give the same t; the coefficient has the unit."""
    unit = 2.0**power
    study = es.EventStudy(benchmark="mkt", car=((-1, 1),), tests=["csect_t"])
    plain, ours = (
        es.regress(
            study.run(observations.assign(x=scale * observations["size"]), returns=wide),
            "x",
            cov=cov,
        )
        for scale in (1.0, unit)
    )
    columns = ["t", "p_value"]
    pd.testing.assert_frame_equal(ours.table[columns], plain.table[columns], rtol=1e-10)
    assert ours.table.loc["x", "coef"] * unit == pytest.approx(
        plain.table.loc["x", "coef"], rel=1e-10
    )
    assert ours.table.loc["x", "ci_low"] * unit == pytest.approx(
        plain.table.loc["x", "ci_low"], rel=1e-10
    )


def test_cars_that_are_all_the_same_leave_nothing_to_explain(wide, observations) -> None:
    study = es.EventStudy(
        model="market_adjusted", benchmark="mkt", car=((-1, 1),), tests=["csect_t"]
    )
    returns = wide.copy()
    firms = observations["ticker"]
    returns.iloc[295:320, returns.columns.get_indexer(firms)] = (
        returns[["mkt"]].iloc[295:320] + 0.01
    )
    result = study.run(observations, returns=returns)
    with pytest.raises(
        es.InputError, match=r"have the same value, so there is nothing to explain\."
    ):
        es.regress(result, "size")
