"""FRED and the ECB on loopback: pandas-datareader's and requests' own code runs."""

import math
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import DataMissingError, EventStudyError, InputError, NetworkError
from eventstudy.prices.sources import answers, ecb, fred
from eventstudy.prices.sources.cache import PriceCache
from eventstudy.prices.sources.ecb import EcbSource
from eventstudy.prices.sources.fred import FredSource
from eventstudy.prices.sources.refusals import (
    BrokenAnswerError,
    RateLimitError,
    UnknownTickerError,
    UnreachableError,
)

sys.path.insert(0, str(Path(__file__).parent / "services"))

from services import LIES, Services, business_days, level_of

NOW = datetime(2025, 2, 3, 12, tzinfo=UTC)
SPAN = ("2025-01-06", "2025-01-31")
DFR, YIELD = "FM.D.U2.EUR.4F.KR.DFR.LEV", "YC.B.U2.EUR.4F.G_N_A.SV_C_YM.SR_10Y"


@pytest.fixture(scope="module")
def server() -> Iterator[Services]:
    with Services() as running:
        yield running


@pytest.fixture
def web(server: Services) -> Services:
    server.moods.clear()
    server.asked.clear()
    server.queries.clear()
    return server


def fred_of(web: Services, folder: Path, **options: Any) -> FredSource:
    return FredSource(
        address=f"{web.base}/graph/fredgraph.csv",
        cache=PriceCache(folder),
        sleep=lambda _: None,
        now=lambda: NOW,
        **options,
    )


def ecb_of(web: Services, folder: Path, **options: Any) -> EcbSource:
    return EcbSource(
        address=f"{web.base}/service/data",
        cache=PriceCache(folder),
        sleep=lambda _: None,
        now=lambda: NOW,
        **options,
    )


SOURCES: dict[str, tuple[Callable[..., Any], str]] = {
    "fred": (fred_of, "DGS10"),
    "ecb": (ecb_of, YIELD),
}
both = pytest.mark.parametrize(("source", "series"), SOURCES.values(), ids=SOURCES)


@both
def test_levels_come_as_published(
    web: Services, tmp_path: Path, source: Callable[..., Any], series: str
) -> None:
    prices = source(web, tmp_path).load(series, *SPAN)
    assert prices.levels
    assert prices.close.equals(prices.adj_close)
    days = [day for day in business_days() if date(2025, 1, 6) <= day <= date(2025, 1, 31)]
    for day in days:
        if day.isoformat() in ("2025-01-09", "2025-01-20"):  # no sessions of XNYS
            continue
        got = prices.close.loc[pd.Timestamp(day), series]
        assert got == level_of(series, day)
    assert (prices.close.to_numpy() < 0).any(), "the levels include negative ones"
    origin = prices.provenance
    assert origin.retrieved == "2025-02-03T12:00:00+00:00"
    assert len(origin.sha256) == 64
    assert "not prices" in origin.note


@both
def test_a_missing_figure_stays_missing(
    web: Services, tmp_path: Path, source: Callable[..., Any], series: str
) -> None:
    load = partial(source(web, tmp_path, calendar="24/7").load, series, "2025-01-06", "2025-01-12")
    for prices in (load(), load()):  # as it was downloaded, and out of the cache
        there = prices.close[series].notna()
        assert [day.day for day in prices.close.index[there]] == [6, 7, 8, 10]
    assert web.asked[series] == 1


def test_units_are_told(web: Services, tmp_path: Path) -> None:
    stated = ecb_of(web, tmp_path).load([DFR, YIELD], *SPAN).provenance.note
    assert f"{DFR} {YIELD}: PCPA (per cent per annum)" in stated
    entry = PriceCache(tmp_path).read("ecb", DFR)
    assert entry is not None
    assert entry[1].unit == "PCPA (per cent per annum)"
    assert entry[1].adjustment.startswith("none")
    silent = fred_of(web, tmp_path).load("DGS10", *SPAN).provenance.note
    assert "state no units" in silent
    assert "https://fred.stlouisfed.org/series/DGS10" in silent


def test_the_ecb_is_asked_for_the_span_only(web: Services, tmp_path: Path) -> None:
    ecb_of(web, tmp_path).load(DFR, *SPAN)
    [query] = web.queries
    assert query.startswith("/service/data/FM/D.U2.EUR.4F.KR.DFR.LEV?")
    assert "startPeriod=2025-01-06" in query
    assert "endPeriod=2025-01-31" in query


def test_months_are_dated_their_first_day(web: Services, tmp_path: Path) -> None:
    key = "IRS.M.DE.L.L40.CI.0000.EUR.N.Z"
    prices = ecb_of(web, tmp_path).load(key, "2024-01-01", "2025-01-31")
    assert prices.frequency == "monthly"
    assert [f"{day:%Y-%m-%d}" for day in prices.sessions[:2]] == ["2024-01-01", "2024-02-01"]
    with pytest.raises(InputError, match="monthly") as caught:
        ecb_of(web, tmp_path).load([DFR, key], "2024-01-01", "2025-01-31")
    assert DFR in str(caught.value)


@both
def test_later_calls_use_the_cache(
    web: Services, tmp_path: Path, source: Callable[..., Any], series: str
) -> None:
    first = source(web, tmp_path).load(series, *SPAN)
    again = source(web, tmp_path).load(series, "2025-01-10", "2025-01-20")
    assert web.asked[series] == 1
    assert again.provenance.sha256 == first.provenance.sha256
    offline = source(web, tmp_path, offline=True)
    kept = offline.load([series, "DGS30"], "2024-12-02", "2025-01-31")
    assert re.search(rf"{re.escape(series)} .* 2025-01-06 to 2025-01-31", kept.provenance.note)
    assert list(kept.unavailable) == ["DGS30"]
    with pytest.raises(DataMissingError):
        offline.load("DGS30" if series == "DGS10" else DFR)
    assert web.asked.total() == 1


@both
def test_a_revision_is_told(
    web: Services,
    tmp_path: Path,
    source: Callable[..., Any],
    series: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import services

    source(web, tmp_path).load(series, "2025-01-06", "2025-01-08")
    monkeypatch.setattr(services, "level_of", lambda *_: 7.5)
    after = source(web, tmp_path).load(series, "2025-01-06", "2025-01-10")
    assert "3 closes" in after.provenance.note
    assert "a revision" in after.provenance.note
    assert (after.close[series].dropna() == 7.5).all()


REFUSALS = {
    "404": (UnknownTickerError, 3),
    "400": (UnknownTickerError, 3),
    "403": (NetworkError, 4),
    "429": (RateLimitError, 4),
    "500": (BrokenAnswerError, 4),
    "503": (BrokenAnswerError, 4),
    "html": (NetworkError, 4),
    "short": (BrokenAnswerError, 4),
    "reset": (BrokenAnswerError, 4),
    "mute": (BrokenAnswerError, 4),
}
RETRIED = {RateLimitError: 3, BrokenAnswerError: 3}


@pytest.mark.parametrize("mood", REFUSALS)
@both
def test_each_refusal_is_a_sentence_with_its_code(
    web: Services,
    tmp_path: Path,
    source: Callable[..., Any],
    series: str,
    mood: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EVENTSTUDY_YAHOO_TIMEOUT", "0.2" if mood == "mute" else "10")
    web.moods[series] = mood
    kind, code = REFUSALS[mood]
    with pytest.raises(EventStudyError) as caught:
        source(web, tmp_path).load(series, *SPAN)
    assert caught.value.exit_code == code
    if code == 4:
        assert type(caught.value) is kind
    assert_a_sentence(str(caught.value), series)
    assert web.asked[series] == RETRIED.get(kind, 1)
    assert not [*tmp_path.glob("*.gz")], "a refusal is not kept"


ORDINARY = ("Error", "Exception", "Traceback", "pandas", "urllib", "HTTP", "None", "\n")


def assert_a_sentence(said: str, series: str) -> None:
    """In our words, naming the series, and saying what to do."""
    assert series in said
    assert len(said) < 300
    assert not [word for word in ORDINARY if word in said]


@pytest.mark.parametrize("mood", [*LIES, "empty"])
def test_an_answer_of_fred_that_cannot_be_is_refused(
    web: Services, tmp_path: Path, mood: str
) -> None:
    web.moods["DGS10"] = mood
    with pytest.raises(NetworkError) as caught:
        fred_of(web, tmp_path).load("DGS10", *SPAN)
    assert type(caught.value) is NetworkError
    assert_a_sentence(str(caught.value), "DGS10")
    assert not [*tmp_path.glob("*.gz")]


@pytest.mark.parametrize("figure", ["4.5", ".08", "-.08", "-0.5", "5.", "1e-3", ".", ""])
def test_figures_of_fred_may_be_written_in_any_way(figure: str) -> None:
    fred._check("DGS10", f"DATE,DGS10\n2025-01-27,{figure}\n".encode())


@pytest.mark.parametrize("figure", ["1e999", "9" * 400, "-.", "inf", "NaN", "4,5", "<b>"])
def test_what_is_no_figure_of_fred_is_refused(figure: str) -> None:
    with pytest.raises(NetworkError, match="not understood"):
        fred._check("DGS10", f"DATE,DGS10\n2025-01-27,{figure}\n".encode())


ECB_LIES = ["a day that is none", "days in disorder", "a day twice"]


@pytest.mark.parametrize("mood", ECB_LIES)
def test_days_of_the_ecb_that_cannot_be_are_refused(
    web: Services, tmp_path: Path, mood: str
) -> None:
    web.moods[YIELD] = mood
    with pytest.raises(NetworkError) as caught:
        ecb_of(web, tmp_path).load(YIELD, "2025-01-06", "2025-02-03")
    assert_a_sentence(str(caught.value), YIELD)


ROW = f"{YIELD},2025-01-06,1.5"


@pytest.mark.parametrize(
    "row",
    [
        ROW.replace("1.5", "x"),
        ROW.replace("1.5", "inf"),
        ROW.replace("2025-01-06", "2025-Q1"),
        ROW.replace("2025-01-06", "06/01/2025"),
        ROW.replace("2025-01-06", "2025-02-31"),
        ROW.replace("SR_10Y", "SR_1Y"),
        ROW.replace("SR_10Y", "\x1b[31m"),
        YIELD,
        '"' + "x" * 200_000,
    ],
)
def test_rows_of_the_ecb_that_cannot_be_are_refused(row: str) -> None:
    text = f"KEY,TIME_PERIOD,OBS_VALUE\n{ROW.replace('01-06', '01-03')}\n{row}\n"
    with pytest.raises(NetworkError) as caught:
        ecb._download(YIELD, text, (date(2025, 1, 6), date(2025, 1, 31)))
    assert_a_sentence(str(caught.value), YIELD)


def test_a_series_of_the_ecb_without_figures_in_the_span(web: Services, tmp_path: Path) -> None:
    web.moods[YIELD] = "empty"
    with pytest.raises(DataMissingError, match="no figures from 2025-01-06 to 2025-01-31"):
        ecb_of(web, tmp_path).load(YIELD, *SPAN)
    web.moods.clear()
    with pytest.raises(DataMissingError, match="no figures from 2020-01-01 to 2020-02-01"):
        ecb_of(web, tmp_path).load(DFR, "2020-01-01", "2020-02-01")


def test_days_before_a_series_begins(web: Services, tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="no figures from 2020-01-01 to 2020-02-01"):
        fred_of(web, tmp_path).load("DGS10", "2020-01-01", "2020-02-01")


@both
def test_a_passing_failure_is_tried_again(
    web: Services, tmp_path: Path, source: Callable[..., Any], series: str
) -> None:
    for mood in ("429 once", "500 once", "reset once"):
        web.moods[series] = mood
        web.asked.clear()
        assert source(web, tmp_path / mood).load(series, *SPAN).tickers == (series,)
        assert web.asked[series] == 2


@both
def test_no_server_at_all(
    web: Services, tmp_path: Path, source: Callable[..., Any], series: str
) -> None:
    nowhere = Services()
    nowhere.server.server_close()
    with pytest.raises(UnreachableError) as caught:
        source(nowhere, tmp_path).load([series, DFR, "DGS2"], *SPAN)
    assert caught.value.exit_code == 4
    assert "--offline" in str(caught.value)


@both
def test_an_answer_without_an_end_is_left(
    web: Services,
    tmp_path: Path,
    source: Callable[..., Any],
    series: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "LARGEST", 1000)
    with pytest.raises(NetworkError, match="MB"):
        source(web, tmp_path).load(series, "2023-01-02", "2025-01-31")
    monkeypatch.setattr(answers, "LARGEST", 10**8)
    monkeypatch.setattr(answers, "LONGEST", 0)
    with pytest.raises(BrokenAnswerError, match="too long"):
        source(web, tmp_path).load(series, "2023-01-02", "2025-01-31")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (fred_of, ["^GSPC", "DGS10&id=DGS2", "../x", "a b", "é"]),
        (
            ecb_of,
            ["^GSPC", "DGS10", "EXR.D..EUR.SP00.A", "EXR/D.USD.EUR", "exr.d.usd", "A.B.C?x=1"],
        ),
    ],
    ids=["fred", "ecb"],
)
def test_what_cannot_be_a_series_is_not_asked_for(
    web: Services, tmp_path: Path, source: Callable[..., Any], names: list[str]
) -> None:
    for name in names:
        with pytest.raises(DataMissingError, match="cannot be a series"):
            source(web, tmp_path).load(name, *SPAN)
    assert not web.asked
    with pytest.raises(InputError, match="needs tickers"):
        source(web, tmp_path).load()


@both
def test_today_is_never_taken(
    web: Services, tmp_path: Path, source: Callable[..., Any], series: str
) -> None:
    prices = source(web, tmp_path, calendar=None).load(series, "2025-01-06", "2025-02-28")
    assert prices.sessions[-1] < pd.Timestamp(NOW.date())
    with pytest.raises(InputError, match="2025-02-03"):
        source(web, tmp_path).load(series, "2025-02-03")


# Studies


@pytest.fixture
def turned(web: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The named sources turned to loopback, and a cache of the test's own."""
    monkeypatch.setenv("EVENTSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("EVENTSTUDY_YAHOO_WAIT", "0")
    address = f"{web.base}/graph/fredgraph.csv"
    monkeypatch.setattr(fred, "FredSource", partial(FredSource, address=address, now=lambda: NOW))
    address = f"{web.base}/service/data"
    monkeypatch.setattr(ecb, "EcbSource", partial(EcbSource, address=address, now=lambda: NOW))
    return web


OPTIONS: dict[str, Any] = {
    "estimation": (-150, -11),
    "window": (-1, 1),
    "car": [(0, 0)],
    "min_obs": 100,
}


@pytest.mark.parametrize(("name", "series"), [("fred", "DGS10"), ("ecb", YIELD)])
def test_a_study_of_changes(turned: Services, name: str, series: str) -> None:
    study = partial(es.study, series, "2025-01-28", source=name, model="mean", **OPTIONS)
    result = study(returns="difference")
    before, on = (level_of(series, date(2025, 1, day)) for day in (27, 28))
    abnormal = 100 * (on - before) - result.fits["alpha"].iloc[0]
    assert math.isclose(result.car((0, 0))["car"].iloc[0], abnormal, abs_tol=1e-9)
    assert f"{on - before:+.2f}" != "+0.00"
    with pytest.raises(InputError, match="returns='difference'"):
        study()


def test_prices_may_stand_beside_levels(turned: Services) -> None:
    prices = es.load_prices(
        ["bundled", "fred"], tickers=["^GSPC", "DGS10"], start="2024-01-02", end="2025-01-31"
    )
    assert prices.levels
    assert set(prices.tickers) == {"^GSPC", "DGS10"}
    events = pd.DataFrame({"event_id": "cut", "ticker": ["DGS10"], "date": "2025-01-28"})
    study = es.EventStudy(returns="difference", levels="DGS10", benchmark="^GSPC", **OPTIONS)
    assert study.run(events, prices).fits["n_obs"].iloc[0] >= 100


def test_the_command_needs_no_network_for_what_it_has(
    turned: Services, call: Callable[..., Any], tmp_path: Path
) -> None:
    made = []
    for number, more in enumerate([(), ("--offline",)]):
        out = tmp_path / f"{number}.csv"
        words = (YIELD, DFR, "--source", "ecb", "--start", "2025-01-06", "--out", str(out), *more)
        assert call("prices", "fetch", *words).code == 0
        made.append(out.read_bytes())
    assert made[0] == made[1]
    assert turned.asked.total() == 2


@pytest.mark.parametrize(("mood", "code"), [("404", 3), ("429", 4), ("500", 4), ("html", 4)])
def test_the_command_ends_with_the_right_code(
    turned: Services, call: Callable[..., Any], mood: str, code: int
) -> None:
    turned.moods["DGS10"] = mood
    done = call("prices", "fetch", "DGS10", "--source", "fred", "--start", "2025-01-06")
    assert done.code == code
    assert "DGS10" in done.said
    assert "Traceback" not in done.err


def test_fetched_levels_are_listed_and_cleared(
    turned: Services, call: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "rates.csv"
    words = ("DGS10", "DGS2", "--source", "fred", "--start", "2024-06-03", "--out", str(out))
    done = call("prices", "fetch", *words)
    assert done.code == 0, done.err
    assert "2 of 2 tickers" in done.out
    back = es.load_prices(out, values="levels", tickers="DGS10")
    assert back.close["DGS10"].loc["2025-01-28"] == level_of("DGS10", date(2025, 1, 28))
    listed = call("prices", "status", "--json")
    assert '"source": "fred"' in listed.out
    assert call("prices", "clear", "DGS10").code == 0
    assert "DGS10" not in call("prices", "status", "--json").out
