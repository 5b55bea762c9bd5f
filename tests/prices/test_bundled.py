"""The bundled sample against the check figures of the study."""

import hashlib
import importlib.resources
import lzma
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.calendars import sessions_between
from eventstudy.errors import DataMissingError
from eventstudy.prices.load import load_prices
from eventstudy.prices.prices import Prices
from eventstudy.prices.returns import compute_returns

ROOT = Path(__file__).parents[2]
FLAGSHIP = ROOT.parent / "shared" / "data" / "flagship"
DATA = importlib.resources.files("eventstudy") / "data"


@pytest.fixture(scope="module")
def sample() -> Prices:
    return load_prices("bundled")


@pytest.mark.parametrize(
    ("ticker", "percent"),
    [
        ("NVDA", -16.97), ("^IXIC", -3.07), ("^GSPC", -1.46), ("MSFT", -2.14), ("GOOGL", -4.20),
        ("AMZN", 0.24), ("META", 1.91), ("ORCL", -13.79), ("AVGO", -17.40), ("MRVL", -19.10),
        ("AMD", -6.37), ("TSM", -13.33), ("MU", -11.71), ("VST", -28.27), ("CEG", -20.85),
        ("GEV", -21.52), ("VRT", -29.88), ("ANET", -22.35), ("AAPL", 3.18), ("CRM", 3.96),
        ("EW_EX_AI", 0.84),
    ],
)  # fmt: skip
def test_raw_returns_of_the_rout(sample: Prices, ticker: str, percent: float) -> None:
    returns = compute_returns(sample.adj_close)
    assert round(100 * returns.loc["2025-01-27", ticker], 2) == percent


def test_levels_of_the_rout(sample: Prices) -> None:
    close = sample.close
    assert close.loc["2025-01-24":"2025-01-28", "NVDA"].tolist() == [142.62, 118.42, 128.99]
    assert round(close.loc["2025-01-27", "^IXIC"] - close.loc["2025-01-24", "^IXIC"], 2) == -612.47
    assert round(close.loc["2025-01-27", "^GSPC"], 2) == 6012.28
    assert round(100 * compute_returns(close).loc["2025-01-28", "NVDA"], 2) == 8.93


def test_shape_and_names(sample: Prices) -> None:
    assert sample.close.shape == sample.adj_close.shape == (562, 33)
    assert sample.benchmarks == ("^GSPC", "EW_EX_AI")
    assert sample.calendar == "XNYS"
    assert sample.tickers[:2] == ("AAPL", "AMD")
    assert (sample.flags, sample.dropped, dict(sample.unavailable)) == ((), (), {})
    assert sample.provenance.name == "bundled"
    assert set(sample.close.dtypes.astype(str)) == {"float64"}


def test_days_are_the_sessions_of_new_york(sample: Prices) -> None:
    sessions = sessions_between(sample.sessions[0].date(), sample.sessions[-1].date())
    assert (sample.sessions.to_numpy() == sessions).all()
    assert pd.Timestamp("2025-01-20") not in sample.sessions
    assert pd.Timestamp("2025-01-09") not in sample.sessions


def test_young_shares_begin_late_and_have_no_hole(sample: Prices) -> None:
    first = sample.close.apply(pd.Series.first_valid_index)
    assert first["ARM"] == pd.Timestamp("2023-09-14")
    assert first["GEV"] == pd.Timestamp("2024-03-27")
    assert (first.drop(["ARM", "GEV"]) == pd.Timestamp("2023-04-03")).all()
    assert int(sample.close.isna().to_numpy().sum()) == (562 - 449) + (562 - 315)


def test_factors_share_the_days(sample: Prices) -> None:
    assert sample.factors is not None
    assert sample.factors.index.equals(sample.sessions)
    assert list(sample.factors.columns) == [
        "mkt_rf",
        "smb",
        "hml",
        "rmw",
        "cma",
        "mom",
        "rf",
        "smb_ff3",
    ]
    assert sample.factors.loc["2023-04-03", "smb_ff3"] == -0.0047
    assert not sample.factors.isna().to_numpy().any()


def test_absent_tickers_are_named() -> None:
    prices = load_prices(
        tickers=["TSLA", "XYZ", "OpenAI"], start="2025-01-21", end="2025-01-31", calendar=None
    )
    assert prices.tickers == ("TSLA",)
    assert prices.benchmarks == ()
    assert len(prices.sessions) == 9
    assert re.match(r"XYZ .* bundled .*--source yahoo", prices.unavailable["XYZ"])
    with pytest.raises(DataMissingError, match="NVDA\\?"):
        load_prices(tickers=["NVDIA"])
    assert prices.unavailable["OpenAI"].startswith("OpenAI is not listed on an exchange")
    with pytest.raises(DataMissingError, match="XYZ is not in the bundled sample"):
        load_prices(tickers="XYZ")
    with pytest.raises(DataMissingError, match="GEV has no price from 2023-04-03 to 2023-12-29"):
        load_prices(tickers="GEV", end="2023-12-31")


def test_another_calendar_opens_holes() -> None:
    prices = load_prices(tickers="NVDA", start="2025-01-17", end="2025-01-21", calendar="XLON")
    assert prices.close["NVDA"].isna().tolist() == [False, True, False]


def test_hashes_stand_in_the_provenance(sample: Prices) -> None:
    text = (DATA / "PROVENANCE.md").read_text("utf-8")
    for name in ("prices.csv.xz", "factors.csv.xz"):
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() in text
    assert (
        sample.provenance.sha256
        == hashlib.sha256((DATA / "prices.csv.xz").read_bytes()).hexdigest()
    )
    assert not re.search(r"/(work|home|tmp|Users)/", text)
    sizes = [len((DATA / name).read_bytes()) for name in ("prices.csv.xz", "factors.csv.xz")]
    assert sum(sizes) < 400_000


def test_packed_figures_are_plain_text() -> None:
    header = lzma.decompress((DATA / "prices.csv.xz").read_bytes()).splitlines()[0]
    assert header == b"date,ticker,close,adj_close"


@pytest.mark.needs_shared
def test_sample_equals_the_flagship_files(sample: Prices) -> None:
    rows = pd.concat(
        [
            pd.read_csv(FLAGSHIP / name, dtype=str)
            for name in ("prices.csv", "benchmark_ew_ex_ai.csv")
        ]
    )
    for name in ("close", "adj_close"):
        wide = rows.pivot(index="date", columns="ticker", values=name).map(float)  # noqa: PD010
        np.testing.assert_array_equal(wide.to_numpy(), getattr(sample, name).to_numpy())
        assert list(wide.columns) == list(sample.tickers)
    factors = pd.read_csv(FLAGSHIP / "factors.csv", dtype=str, index_col="date").map(float)
    assert sample.factors is not None
    np.testing.assert_array_equal(factors.to_numpy(), sample.factors.to_numpy())


@pytest.mark.needs_shared
def test_compiling_again_gives_the_same_bytes(tmp_path: Path) -> None:
    tool = ROOT / "tools" / "compile_sample.py"
    answer = subprocess.run(
        [sys.executable, str(tool), str(FLAGSHIP), "--out", str(tmp_path)],
        check=True, capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    for name in ("prices.csv.xz", "factors.csv.xz"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()
        assert name in answer.stdout
