"""Regressions side by side, here and in the package maketables."""

from __future__ import annotations

import re

import maketables
import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.text.numbers import number


@pytest.fixture(scope="module")
def result() -> es.StudyResult:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2022-01-03", periods=420)
    names = [f"F{i}" for i in range(40)]
    wide = pd.DataFrame(0.01 * rng.standard_normal((420, 41)), days, [*names, "mkt"])
    observations = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(40)],
            "ticker": names,
            "date": days[290 + np.arange(40) % 20],
            "size": rng.lognormal(size=40),
            "shares": 1e7 * rng.lognormal(size=40),
            "sector": np.resize(["x", "y"], 40),
            "industry": np.resize(list("abcdef"), 40),
        }
    )
    return es.EventStudy(benchmark="mkt", window=(-2, 2), car=[(-1, 1)]).run(
        observations, returns=wide
    )


@pytest.fixture(scope="module")
def models(result) -> list[es.Regression]:
    return [
        es.regress(result, "size"),
        es.regress(result, "size + C(sector)", cov="cluster"),
        es.regress(result, "size + C(industry)", window=(0, 0)),
    ]


def cells(table: es.ETable) -> dict[str, list[str]]:
    """The cells of the pipe table by their first, with those below a coefficient as "… below"."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in table.to_markdown().splitlines():
        if line.startswith("|"):
            first, *others = [cell.strip() for cell in line.strip("|").split("|")]
            name = first or f"{name} below"
            found[name] = others
    return found


def test_coefficients_stand_above_their_standard_errors(models):
    found = cells(es.etable(models))
    for at, model in enumerate(models):
        row = model.table.loc["size"]
        coef, below = found["size"][at], found["size below"][at]
        assert float(coef.replace("−", "-")) == pytest.approx(row["coef"], abs=5e-5)
        assert float(below.strip("()")) == pytest.approx(row["se"], abs=5e-5)
        assert below == f"({below.strip('()')})"
        assert found["N"][at] == str(model.n)
        assert found["R²"][at] == number(model.r_squared, 4)
    assert found["C(sector)[T.y]"][0] == ""
    assert found["Clusters"] == ["", "date", ""]


def test_many_dummies_are_fixed_effects_and_few_are_not(models):
    found = cells(es.etable(models))
    assert found["Industry fixed effects"] == ["", "", "yes"]
    assert not any("industry)" in name for name in found)
    told = cells(es.etable(models, fixed="sector"))
    assert told["Sector fixed effects"] == ["", "yes", ""]
    assert "C(industry)[T.b]" in told
    with pytest.raises(es.InputError, match="sector, industry"):
        es.etable(models, fixed="size")


def test_small_coefficients_keep_two_figures(result):
    model = es.regress(result, "shares")
    below = cells(es.etable(model))["shares below"][0].strip("()")
    assert float(below) == pytest.approx(model.table.loc["shares", "se"], rel=0.05)


def test_all_formats_have_every_figure(models):
    table = es.etable({"small": models[0], "large": models[1]}, show=("se", "ci", "t", "p"))
    row = models[0].table.loc["size"]
    for text in (repr(table), table.to_markdown(), table.to_html(), table.to_latex()):
        plain = text.replace("$-$", "−").replace(r"\rlap{)}", ")")
        assert number(row["coef"], 4) in plain
        assert f"t = {number(row['t'])}" in plain
        assert "small" in plain
    assert max(map(len, repr(table).splitlines())) <= 80
    assert r"\toprule" in table.to_latex(bare=True)


def test_stars_follow_p(models):
    level = float(models[0].table.loc["size", "p_value"])
    above, below = (
        cells(es.etable(models[0], stars=(limit,)))["size"][0]
        for limit in (level * 1.01, level * 0.99)
    )
    assert above == below + r"\*"


def test_frame_has_the_figures_unrounded(models):
    frame = es.etable(models).to_frame().set_index(["model", "term"])
    assert frame.loc[("(1)", "size"), "coef"] == models[0].table.loc["size", "coef"]
    assert len(frame) == sum(len(model.table) for model in models)


@pytest.mark.parametrize("given", ["study", [], pd.DataFrame(), {"a": 1}, [1]])
def test_anything_else_is_one_sentence(given):
    with pytest.raises(es.InputError, match="etable takes one study") as caught:
        es.etable(given)
    assert len(str(caught.value).splitlines()) == 1


def test_studies_are_taken_one_at_a_time(result, models):
    assert repr(es.etable([result])) == repr(es.etable(result))
    for given in ([result, result], [result, models[0]]):
        with pytest.raises(es.InputError, match="a table each"):
            es.etable(given)


@pytest.mark.parametrize("option", [{"tests": "t"}, {"by": "x"}, {"beside": True}, {"windows": []}])
def test_options_of_studies_are_refused(models, option):
    with pytest.raises(es.InputError, match=f"Option {next(iter(option))}"):
        es.etable(models, **option)


class TestMaketables:
    def test_reads_coefficients_and_figures_of_the_model(self, models):
        extractor = maketables.extractors.get_extractor(models[1])
        table = extractor.coef_table(models[1])
        np.testing.assert_array_equal(table["b"], models[1].table["coef"])
        np.testing.assert_array_equal(table["ci95u"], models[1].table["ci_high"])
        assert extractor.depvar(models[1]) == "CAR [−1, +1]"
        assert extractor.stat(models[1], "N") == models[1].n
        assert extractor.stat(models[1], "r2") == models[1].r_squared
        assert extractor.stat(models[1], "aic") is None
        assert extractor.vcov_info(models[1])["clustervar"] == "date"

    def test_intervals_of_another_level_are_not_called_95(self, result):
        table = es.regress(result, "size", confidence=0.9).__maketables_coef_table__
        assert list(table) == ["b", "se", "t", "p"]

    @pytest.mark.parametrize("form", ["tex", "typst", "gt", "docx"])
    def test_makes_tables_of_several_models(self, models, form):
        made = maketables.ETable(models).make(form)
        if form in ("tex", "typst"):
            assert f"{models[0].table.loc['size', 'coef']:.3f}" in made
            assert re.search(r"\(3\)", made)
        elif form == "gt":
            assert f"{models[0].table.loc['size', 'se']:.3f}" in made.as_raw_html()
        else:
            text = " ".join(
                cell.text for table in made.tables for row in table.rows for cell in row.cells
            )
            assert f"{models[0].table.loc['size', 'se']:.3f}" in text
