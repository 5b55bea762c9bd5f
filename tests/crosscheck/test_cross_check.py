"""Saved studies repeated by other programs: what agrees, what is explained, what is found."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.commands.cross_check import cross_check as command
from eventstudy.crosscheck.check import PROGRAMS, cross_check, most_differing
from eventstudy.crosscheck.compare import AGREEMENT, AGREES, UNEXPLAINED
from eventstudy.crosscheck.deviations import deviations
from eventstudy.crosscheck.predictions import PREDICTIONS
from eventstudy.crosscheck.printed import table_of, write_table
from eventstudy.crosscheck.repeated import NOT_REPEATED, REPEATED
from eventstudy.errors import EventStudyError, InputError
from eventstudy.models.names import MODELS

SESSIONS, DAY0 = 190, 150
INDEX = pd.bdate_range("2024-01-01", periods=SESSIONS)
FACTORS = ("mkt_rf", "smb", "smb_ff3", "hml", "rmw", "cma", "mom", "rf")
N = 6
OPTIONS = {
    "benchmark": "mkt",
    "estimation": (-110, -11),
    "window": (-2, 2),
    "car": [(0, 0), (-1, 1), (0, 2)],
    "min_obs": 40,
    "tests": ("csect_t", "patell_z", "patell_kp_z", "bmp_t", "bmp_kp_t", "grank_t", "wilcoxon_z"),
}


def returns(n: int = N) -> pd.DataFrame:
    """Made-up returns with a common part, gaps, and factors beside them."""
    rng = np.random.default_rng(3)
    market, shared = 0.01 * rng.standard_normal((2, SESSIONS))
    beta = rng.uniform(0.5, 1.5, n)
    firms = market[:, None] * beta + shared[:, None] + 0.02 * rng.standard_t(5, (SESSIONS, n))
    firms[[60, 75], 1] = np.nan
    firms[DAY0 + 1, 2] = np.nan
    names = [f"F{k}" for k in range(n)]
    factors = pd.DataFrame(0.005 * rng.standard_normal((SESSIONS, 8)), INDEX, list(FACTORS))
    factors["rf"] = 0.0001 + 0.00001 * rng.standard_normal(SESSIONS)
    return pd.DataFrame(np.column_stack([firms, market]), INDEX, [*names, "mkt"]).join(factors)


def study(folder: Path, step: int = 0, **options: object) -> Path:
    """A saved study whose events lie `step` sessions apart."""
    wide = returns()
    names = [f"F{k}" for k in range(N)]
    at = DAY0 + step * np.arange(N)
    events = pd.DataFrame({"event_id": [f"e{k}" for k in range(N)], "ticker": names})
    events = events.assign(date=INDEX[at], group=["a", "a", "a", "b", "b", "b"])
    result = es.EventStudy(**{**OPTIONS, **options}).run(events, returns=wide)
    return result.save(folder / "study")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study(tmp_path_factory.mktemp("saved"))


MODEL_OPTIONS = {
    **{name: {"model": name} for name in REPEATED},
    "factors": {"model": "factors", "factors": ("mkt", "smb")},
    "two windows": {"post_estimation": (10, 30), "estimation": (-80, -11)},
    "clean": {"clean_estimation": True},
    "log": {"returns": "log"},
}


@pytest.mark.representative(name=("market", "market_adjusted", "capm", "two windows"))
@pytest.mark.parametrize("name", MODEL_OPTIONS)
def test_statsmodels_finds_the_figures_of_every_least_squares_model(
    tmp_path: Path, name: str
) -> None:
    found = cross_check(study(tmp_path, step=3, **MODEL_OPTIONS[name]), ["statsmodels"])
    lines = found.lines
    assert set(lines["explanation"]) == {AGREES}
    assert lines["difference"].max() <= AGREEMENT
    wanted = {"s", "df", "n_obs", "car", "se", "t", "p_value", "ci_low", "mean", "csect_t"}
    assert wanted | {"patell_z", "bmp_t", "bmp_kp_t", "bmp_kp_t p"} <= set(lines["quantity"])
    assert set(lines[lines["quantity"] == "se"]["event_id"]) == {f"e{k}" for k in range(N)}


def test_a_model_that_is_not_repeated_says_why(tmp_path: Path) -> None:
    place = study(tmp_path, model="robust")
    with pytest.raises(InputError, match=r"robust is not repeated: .*tolerance"):
        cross_check(place)


def test_every_model_is_repeated_or_has_a_reason() -> None:
    assert set(MODELS) == {*REPEATED, "factors", *NOT_REPEATED}


def test_one_date_and_its_portfolio(saved: Path) -> None:
    found = cross_check(saved, ["statsmodels"])
    assert set(found.lines["explanation"]) == {AGREES}
    missing = found.lines.query("name == 'F2' and quantity == 'car' and window == '0,2'")
    assert missing.empty  # no figure on either side: a day is missing


@pytest.mark.slow
@pytest.mark.representative(kp="calendar", step=3)
@pytest.mark.parametrize("kp", ["calendar", "event"])
@pytest.mark.parametrize("step", [0, 3])
def test_statspai_differs_only_where_the_catalogue_says(tmp_path: Path, step: int, kp: str) -> None:
    found = cross_check(study(tmp_path, step=step, kp=kp), ["statspai"])
    lines = found.lines
    assert found.unexplained == 0
    normal = lines[lines["explanation"] == "statspai-normal-p"]
    assert set(normal["quantity"]) == {"bmp_t p", "bmp_kp_t p"}
    pairs = lines[lines["explanation"] == "statspai-every-pair"]
    apart = step > 0 and kp == "calendar"
    expected = {"bmp_kp_t", "patell_kp_z", "patell_kp_z p"} if apart else set()
    assert expected <= set(pairs["quantity"])
    agrees = set(lines[lines["explanation"] == AGREES]["quantity"])
    assert {"car", "se", "t", "p_value", "s", "bmp_t", "patell_z", "grank_t"} <= agrees


def test_statspai_repeats_one_firm(tmp_path: Path) -> None:
    event = pd.DataFrame({"event_id": ["x"], "ticker": ["F0"], "date": INDEX[[DAY0]]})
    place = es.EventStudy(**{**OPTIONS, "tests": "default"}).run(event, returns=returns())
    found = cross_check(place.save(tmp_path / "one"), ["statspai"])
    assert set(found.lines["explanation"]) == {AGREES}
    assert {"car", "se", "t"} <= set(found.lines["quantity"])


@pytest.mark.needs_r
@pytest.mark.representative(model="capm")
@pytest.mark.parametrize("model", ["market", "market_adjusted", "mean", "capm", "ff3"])
def test_base_r_finds_the_figures(tmp_path: Path, model: str) -> None:
    found = cross_check(study(tmp_path, step=3, model=model), ["r"])
    assert set(found.lines["explanation"]) == {AGREES}
    assert {"s", "car", "se", "p_value", "ci_high"} <= set(found.lines["quantity"])
    assert found.repeated[0].program.startswith("R ")


def test_without_r_a_sentence_says_so(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from eventstudy.crosscheck import rscript

    monkeypatch.setenv(rscript.VARIABLE, "/no/such/Rscript")
    rscript.r_installed.cache_clear()
    found = cross_check(saved, ["r", "estudy2"])
    rscript.r_installed.cache_clear()
    assert [bool(each.left_out) for each in found.repeated] == [True, True]
    assert all("EVENTSTUDY_RSCRIPT" in each.left_out for each in found.repeated)
    assert found.lines.empty


def test_what_is_no_r_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from eventstudy.crosscheck import rscript

    wrong = tmp_path / "Rscript"
    wrong.write_bytes(b"\x7fELF no program")
    wrong.chmod(0o755)
    monkeypatch.setenv(rscript.VARIABLE, str(wrong))
    rscript.r_installed.cache_clear()
    assert rscript.r_installed() is None
    rscript.r_installed.cache_clear()


BUNDLE_TABLES = ("fits.csv", "car.csv", "averages.csv", "tests.csv")


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a frame, drawn once."""
    place = tmp_path_factory.mktemp("pooled")
    return es.write_bundle(es.load(study(place, step=3)), place / "bundle")


@pytest.mark.parametrize("name", BUNDLE_TABLES)
def test_a_planted_error_in_a_table_is_found(pooled: Path, tmp_path: Path, name: str) -> None:
    column = {"fits.csv": "beta", "car.csv": "se", "averages.csv": "estimate"}.get(
        name, "statistic"
    )
    copied = copy(pooled, tmp_path)
    path = copied / "tables" / name
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = table.index[table[column] != ""][-1]
    if name == "tests.csv":
        row = table.index[table["test"] == "bmp_kp_t"][0]
    table.loc[row, column] = repr(float(table.loc[row, column]) * (1 + 1e-6))
    table.to_csv(path, index=False)
    wrong = unexplained(copied)
    assert set(wrong["file"]) == {f"tables/{name}"}
    assert len(wrong) == 1


def test_many_errors_are_counted_and_some_shown(pooled: Path, tmp_path: Path) -> None:
    """One altered return changes all figures of its firm; the table stays one that can be read."""
    copied = copy(pooled, tmp_path)
    path = copied / "saved" / "fitted_returns.parquet"
    table = pd.read_parquet(path)
    table.loc[table.index[table["used"]][5], "return"] += 0.01
    table.to_parquet(path)
    found = cross_check(copied, ["statsmodels"])
    assert found.unexplained > 40
    shown = table_of(found)
    rows = [row for row in shown.rows if not row.group]
    assert len(rows) < len(table_of(found, every=True).rows)
    assert any(f"{found.unexplained - 20:,} further" in note for note in shown.notes)


def test_a_planted_error_in_the_results_is_found(pooled: Path, tmp_path: Path) -> None:
    copied = copy(pooled, tmp_path)
    results = json.loads((copied / "results.json").read_text("utf-8"))
    results["means"][0]["estimate"] += 1e-7
    (copied / "results.json").write_text(json.dumps(results), "utf-8")
    assert set(unexplained(copied)["file"]) == {"results.json"}


def test_an_error_does_not_hide_behind_a_known_deviation(pooled: Path, tmp_path: Path) -> None:
    """StatsPAI's normal p is what it must be; ours is not, and that is what counts."""
    copied = copy(pooled, tmp_path)
    path = copied / "tables" / "tests.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = table.index[table["test"] == "bmp_t"][0]
    table.loc[row, "p_value"] = repr(float(table.loc[row, "p_value"]) * 1.001)
    table.to_csv(path, index=False)
    found = cross_check(copied, ["statspai"])
    wrong = found.lines[found.lines["explanation"] == UNEXPLAINED]
    assert wrong["quantity"].tolist() == ["bmp_t p"]


@pytest.mark.parametrize("left", ["the head", "nothing"])
def test_rows_that_were_taken_out_do_not_pass_as_agreement(
    pooled: Path, tmp_path: Path, left: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = shutil.copytree(pooled, tmp_path / "whole")
    assert not cross_check(whole, ["statsmodels"]).changed
    place = whole / "tables" / "car.csv"
    head = place.read_text("utf-8").splitlines()[0]
    place.unlink()
    if left == "the head":
        place.write_text(f"{head}\n", "utf-8")
    found = cross_check(whole, ["statsmodels"])
    assert (found.unexplained, len(found.changed)) == (0, 1)
    assert found.changed[0].startswith("tables/car.csv")
    with pytest.raises(EventStudyError, match=r"tables/car\.csv"):
        command(whole, "statsmodels")
    assert "all agree" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("column", "cell"), [("car", "abc"), ("ticker", None)], ids=["a word", "no column"]
)
def test_a_table_that_cannot_be_read_is_damaged(
    pooled: Path, tmp_path: Path, column: str, cell: str | None
) -> None:
    copied = copy(pooled, tmp_path)
    path = copied / "tables" / "car.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.assign(**{column: cell}).to_csv(path, index=False)
    if cell is None:
        table.drop(columns=column).to_csv(path, index=False)
    with pytest.raises(InputError, match="damaged"):
        cross_check(copied, ["statsmodels"])


def copy(bundle: Path, place: Path) -> Path:
    """What of a bundle a cross-check reads."""
    for part in ("tables", "saved"):
        shutil.copytree(bundle / part, place / "copy" / part)
    shutil.copy(bundle / "results.json", place / "copy")
    return place / "copy"


def unexplained(folder: Path) -> pd.DataFrame:
    lines = cross_check(folder, ["statsmodels"]).lines
    return lines[lines["explanation"] == UNEXPLAINED]


def test_a_bundle_drawn_again_keeps_its_returns(pooled: Path, tmp_path: Path) -> None:
    """The bundle was written from a loaded result, whose panel is gone."""
    assert (pooled / "saved" / "fitted_returns.parquet").is_file()
    assert unexplained(copy(pooled, tmp_path)).empty


def test_a_study_without_its_returns_is_refused(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "bare")
    (tmp_path / "bare" / "fitted_returns.parquet").unlink()
    with pytest.raises(InputError, match=r"bare .*returns.*Run the study again"):
        cross_check(tmp_path / "bare")
    with pytest.raises(InputError, match=r"results\.json.*study\.json"):
        cross_check(tmp_path)
    with pytest.raises(InputError, match=r"no program .excel"):
        cross_check(saved, ["excel"])


def test_the_table_in_three_forms(saved: Path, tmp_path: Path) -> None:
    found = cross_check(saved, ["statsmodels"])
    for ending in (".csv", ".md", ".tex"):
        write_table(found, tmp_path / f"table{ending}")
    table = pd.read_csv(tmp_path / "table.csv")
    assert len(table) == len(found.lines)
    car = table.query("quantity == 'car' and window == '0,0' and name == 'F0'")["ours"].iloc[0]
    assert car == pytest.approx(es.load(saved).car((0, 0))["car"].iloc[0], rel=1e-11)
    assert "csect\\_t" in (tmp_path / "table.md").read_text("utf-8")
    assert r"\toprule" in (tmp_path / "table.tex").read_text("utf-8")
    short, whole = table_of(found), table_of(found, every=True)
    assert whole.total == len(found.lines) > short.total == len(most_differing(found.lines))
    with pytest.raises(InputError, match=r"table\.doc"):
        write_table(found, tmp_path / "table.doc")


def test_the_catalogue_is_whole() -> None:
    ids = [each.id for each in deviations()]
    assert len(ids) == len(set(ids))
    labels = {each.label for each in PROGRAMS}
    for each in deviations():
        met = (each.program, each.quantities, each.predicts, each.reason, each.source)
        assert all(met) or not any(met), each.id
        assert not each.program or each.program in labels
        assert not each.predicts or each.predicts in PREDICTIONS
        assert each.held_off_by, each.id


def test_the_comparison_shows_the_catalogue() -> None:
    from tools.site import table_of as site_table

    text = site_table("deviations")
    for each in deviations():
        assert each.what.split(":")[0][:30].replace("|", r"\|") in text
    assert len(re.findall(r"^\|", text, re.MULTILINE)) == len(deviations()) + 2
