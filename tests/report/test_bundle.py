"""The bundle of one event: what lies in it, that it is true, whole, and the same every time."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pymupdf
import pytest
from tearsheet_helpers import assert_publishable, open_pdf

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events, read_events
from eventstudy.report.bundle import write_bundle
from eventstudy.report.drawing import theme
from eventstudy.report.pages import contents as pages
from eventstudy.report.pages.contents import tell
from eventstudy.report.story import Story, print_page
from eventstudy.result.result import StudyResult
from eventstudy.runs import write_bundles
from eventstudy.text.numbers import p_text, percent

REPOSITORY = Path(__file__).resolve().parents[2]
EVENT = "deepseek-app-store"
PAGES = (
    "headline",
    "car-paths",
    "forest",
    "heatmap",
    "placebo",
    "benchmarks",
    "timeline",
    "methods",
)


def study(event_id: str = EVENT, **options: object) -> StudyResult:
    registry = read_events(REPOSITORY / "events.csv")
    return es.EventStudy(**options).run(registry, es.load_prices("bundled"), event_ids=[event_id])


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def result(two: StudyResult) -> StudyResult:
    return two.only(EVENT)


@pytest.fixture(scope="module")
def bundle(result: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(result, tmp_path_factory.mktemp("bundles") / EVENT)


@pytest.fixture(scope="module")
def told(bundle: Path) -> dict:
    return json.loads((bundle / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def two(flagship) -> StudyResult:
    return flagship.both


@pytest.fixture(scope="module")
def report(bundle: Path) -> Iterator[pymupdf.Document]:
    with open_pdf(bundle / "report.pdf") as document:
        yield document


class TestFiles:
    def test_all_of_the_interface_are_there(self, bundle):
        names = set(digest(bundle))
        wanted = {"report.pdf", "results.json", "manifest.json", "ro-crate-metadata.json"}
        wanted |= {f"figures/{page}.{kind}" for page in PAGES for kind in ("pdf", "png")}
        wanted |= {
            f"tables/{name}.csv" for name in ("abnormal_returns", "car", "tests", "exclusions")
        }
        assert wanted <= names
        assert {n for n in names if not n.startswith(("figures/", "tables/", "saved/"))} == {
            "report.pdf",
            "results.json",
            "manifest.json",
            "ro-crate-metadata.json",
        }

    @pytest.mark.parametrize(
        ("table", "columns"),
        [
            (
                "abnormal_returns",
                "event_id ticker group rel_day date raw_return expected_return abnormal_return se "
                "t p_value",
            ),
            (
                "car",
                "event_id ticker group start end car se t df p_value p_placebo n_obs",
            ),
            ("tests", "group start end test statistic df p_value n distribution refused"),
            ("exclusions", "event_id ticker stage reason"),
        ],
    )
    def test_columns_are_those_of_the_contract(self, bundle, table, columns):
        found = list(pd.read_csv(bundle / "tables" / f"{table}.csv").columns)
        asked = columns.split()
        assert [name for name in found if name in asked] == asked

    def test_every_table_is_utf8_with_unix_ends_and_no_index(self, bundle):
        for path in (bundle / "tables").glob("*.csv"):
            raw = path.read_bytes()
            assert b"\r" not in raw
            assert raw.endswith(b"\n")
            assert "Unnamed" not in raw.decode("utf-8").partition("\n")[0]

    def test_abnormal_returns_hold_every_asset_and_day(self, bundle, result):
        table = pd.read_csv(bundle / "tables" / "abnormal_returns.csv")
        assert len(table) == result.n * result.spec.window.length
        np.testing.assert_allclose(
            table["raw_return"] - table["expected_return"], table["abnormal_return"], atol=1e-12
        )
        day = table[(table["ticker"] == "NVDA") & (table["rel_day"] == 0)].iloc[0]
        assert day["date"] == "2025-01-27"
        assert day["raw_return"] == pytest.approx(-0.1697, abs=5e-5)
        assert day["t"] == pytest.approx(day["abnormal_return"] / day["se"])

    def test_car_is_the_sum_of_the_days(self, bundle):
        days = pd.read_csv(bundle / "tables" / "abnormal_returns.csv")
        cars = pd.read_csv(bundle / "tables" / "car.csv")
        assert list(cars)[:11] == [
            *("event_id", "ticker", "group", "start", "end", "car"),
            *("se", "t", "df", "p_value", "p_placebo"),
        ]
        assert set(zip(cars["start"], cars["end"], strict=True)) == {
            (0, 0),
            (-1, 1),
            (0, 5),
            (0, 20),
        }
        inside = days[days["rel_day"].between(0, 5)].groupby("ticker")["abnormal_return"].sum()
        told = cars[(cars["start"] == 0) & (cars["end"] == 5)].set_index("ticker")["car"]
        pd.testing.assert_series_equal(
            inside.sort_index(), told.sort_index(), check_names=False, rtol=1e-12
        )

    def test_manifest_is_true(self, bundle):
        manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
        found = digest(bundle)
        del found["manifest.json"]
        assert manifest["files"] == found
        assert manifest["event_id"] == EVENT
        assert manifest["options"]["estimation"] == [-260, -11]
        assert manifest["data"]["name"] == "bundled"
        assert len(manifest["data"]["sha256"]) == 64
        assert manifest["data"]["retrieved"]
        assert {"python", "eventstudy-kit", "numpy", "pandas"} <= set(manifest["versions"])
        assert "command" not in manifest, "the library has none"

    def test_results_have_no_figure_that_json_does_not_know(self, bundle):
        text = (bundle / "results.json").read_text(encoding="utf-8")
        json.loads(text, parse_constant=pytest.fail)


class TestSameBytes:
    @pytest.mark.slow
    def test_of_a_second_run(self, bundle, tmp_path):
        again = write_bundle(study(), tmp_path / EVENT)
        assert digest(again) == digest(bundle)

    @pytest.mark.slow
    def test_of_a_report_from_the_saved_run(self, bundle, tmp_path):
        again = write_bundle(es.load(bundle), tmp_path / "elsewhere")
        assert digest(again) == digest(bundle)


class TestWholeOrNotAtAll:
    @pytest.fixture
    def earlier(self, tmp_path) -> Path:
        place = tmp_path / EVENT
        place.mkdir()
        (place / "manifest.json").write_text("{}")
        (place / "report.pdf").write_bytes(b"an earlier one")
        return place

    def test_a_page_that_fails_leaves_the_earlier_bundle(self, earlier, result, monkeypatch):
        def broken(*_: object) -> None:
            raise RuntimeError("no ink")

        monkeypatch.setattr("eventstudy.report.pages.assets.paths_page", broken)
        before = digest(earlier)
        with pytest.raises(RuntimeError, match="no ink"):
            write_bundle(result, earlier)
        assert digest(earlier) == before
        assert list(earlier.parent.iterdir()) == [earlier]

    def test_a_page_that_fails_leaves_nothing_where_nothing_was(
        self, tmp_path, result, monkeypatch
    ):
        monkeypatch.setattr(pages, "_told", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_bundle(result, tmp_path / "new" / EVENT)
        assert not (tmp_path / "new" / EVENT).exists()
        assert [p for p in tmp_path.rglob("*") if p.is_file()] == []

    def test_an_earlier_bundle_is_replaced_as_a_whole(self, earlier, result, quick):
        (earlier / "report.html").write_text("old")
        write_bundle(result, earlier)
        assert not (earlier / "report.html").exists()
        assert (earlier / "results.json").is_file()
        assert list(earlier.parent.iterdir()) == [earlier]

    def test_a_folder_of_other_files_is_left_alone(self, tmp_path, result):
        (tmp_path / "mine.txt").write_text("mine")
        with pytest.raises(InputError, match="not an earlier result"):
            write_bundle(result, tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the methods page, where it is not the pages that are looked at."""
    only = [entry for entry in pages.PAGES if entry.name == "methods"]
    monkeypatch.setattr(pages, "PAGES", only)


class TestWriteBundle:
    @pytest.mark.slow
    @pytest.mark.usefixtures("quick")
    def test_of_several_events_makes_a_folder_each(self, two, tmp_path):
        assert write_bundle(two, tmp_path / "out") == tmp_path / "out"
        for event_id in ("deepseek-r1", EVENT):
            told = json.loads((tmp_path / "out" / event_id / "results.json").read_text())
            assert told["event_id"] == event_id

    @pytest.mark.slow
    @pytest.mark.usefixtures("quick")
    def test_of_several_events_to_the_folder_of_one(self, two, tmp_path):
        write_bundle(two, tmp_path / EVENT)
        assert json.loads((tmp_path / EVENT / "results.json").read_text())["event_id"] == EVENT

    @pytest.mark.slow
    @pytest.mark.usefixtures("quick")
    def test_one_bundle_needs_no_second_process(self, result, tmp_path):
        written = write_bundles({tmp_path / EVENT: result}, es.load_prices("bundled"))
        assert [bundle.folder for bundle in written] == [tmp_path / EVENT]
        assert (tmp_path / EVENT / "saved/evidence.json").is_file()
        notes = [note for note in written[0].notes if "EW_EX_AI" in note]
        assert any("−18.1%" in note for note in notes)  # Nvidia against it

    @pytest.mark.slow
    @pytest.mark.usefixtures("quick")
    def test_without_any_test(self, tmp_path):
        place = write_bundle(study(tests=()), tmp_path / EVENT)
        assert json.loads((place / "results.json").read_text())["headline_tests"] == []

    def test_without_registered_events_is_refused_with_the_way_out(self, tmp_path):
        returns = es.load_prices("bundled").adj_close.pct_change(fill_method=None)
        rows = pd.DataFrame({"event_id": ["a"], "ticker": ["NVDA"], "date": ["2025-01-27"]})
        loose = es.EventStudy(benchmark="^GSPC").run(rows, returns=returns)
        with pytest.raises(InputError, match=r"registered events .* Use result\.save\(\)"):
            write_bundle(loose, tmp_path / "x")
        assert list(tmp_path.iterdir()) == []


class TestReport:
    def test_has_eight_pages_of_one_size(self, report):
        assert len(report) == 8
        for page in report:
            assert (page.rect.width, page.rect.height) == pytest.approx(
                (theme.paper().width, theme.paper().height), abs=0.5
            )

    def test_fonts_are_embedded_truetype(self, report):
        fonts = {font[:5] for page in report for font in page.get_fonts()}
        assert fonts
        for _, extension, kind, name, *_ in fonts:
            assert extension == "ttf", name
            assert kind in ("TrueType", "Type0"), name

    def test_is_vector_throughout(self, report):
        assert sum(len(page.get_images()) for page in report) == 0

    def test_title_subject_and_no_date(self, report, told):
        assert report.metadata["title"] == f"Event study: {told['title']}"
        assert report.metadata["subject"] == told["headline"]
        assert not report.metadata["creationDate"]

    def test_bookmarks_are_the_findings(self, report, told):
        outline = report.get_toc()
        assert [(level, number) for level, _, number in outline] == [(1, i + 1) for i in range(8)]
        assert outline[0][1] == told["headline"]
        for (_, title, number), page in zip(outline, report, strict=True):
            printed = " ".join(page.get_text().split())
            assert title in printed, number

    def test_all_text_is_inside_the_page(self, report):
        for page in report:
            for x0, y0, x1, y1, word, *_ in page.get_text("words"):
                assert x0 >= 0, word
                assert y0 >= 0, word
                assert x1 <= page.rect.width, word
                assert y1 <= page.rect.height, word

    def test_source_line_and_number_stand_on_every_page(self, report):
        for number, page in enumerate(report, 1):
            text = page.get_text()
            assert "Prices: the sample shipped with eventstudy, retrieved" in text
            assert f"{EVENT} · {number}" in text

    def test_first_page_says_what_the_tables_say(self, report, bundle, told):
        printed = " ".join(report[0].get_text().split())
        for sentence in told["answer"]:
            assert sentence in printed
        cars = pd.read_csv(bundle / "tables" / "car.csv").set_index(["ticker", "start", "end"])
        for ticker in ("NVDA", "^IXIC", "AAPL"):
            day = cars.loc[(ticker, 0, 0)]
            assert percent(day["car"], unit=False) in printed
            assert p_text(day["p_placebo"], prefix=False) in printed
            low, high = (percent(day[f"placebo_{e}"], unit=False) for e in ("low", "high"))
            assert f"{low} to {high}" in printed
            assert percent(cars.loc[(ticker, 0, 20), "car"], unit=False) in printed
        for entity in told["groups"]:
            assert percent(entity["raw_return"], unit=False) in printed
        for check in ("16.97%", "−612.47", "−13.26%", "−18.07%", "$593bn", "$463bn"):
            assert check in printed

    def test_portfolio_rows_agree_with_their_table(self, bundle, told):
        table = pd.read_csv(bundle / "tables" / "portfolios.csv").set_index(
            ["ticker", "start", "end"]
        )
        hyper = next(entity for entity in told["groups"] if entity["key"] == "hyperscalers")
        assert len(hyper["members"]) == 5
        for window in hyper["windows"]:
            row = table.loc[("hyperscalers", window["start"], window["end"])]
            assert window["car"] == pytest.approx(row["car"])
            assert window["p_placebo"] == pytest.approx(row["p_placebo"])


LONG = (
    'A very long title with $100 and $ dollars, 50% and "quotes" & <tags> about what _happened_ '
    "when the announcement of the announcement was announced to the announcers and nobody knew "
    r"x^2 what to make of {it} \alpha"
)


def own(title: str, *groups: str, at: str = "2025-01-27") -> Events:
    event = make_event(
        event_id="own", title=title, announced_at=at, groups=";".join(groups), headline=True
    )
    other = make_event(event_id="next", title=title, announced_at="2025-01-29", groups="NVDA")
    return Events((event, other))


def sixty() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    sample = es.load_prices("bundled").adj_close
    steps = rng.standard_t(4, (len(sample), 60)) * 0.015
    frame = pd.DataFrame(
        100 * np.exp(np.cumsum(steps, axis=0)), sample.index, [f"TICK{i:02d}" for i in range(60)]
    )
    return frame.assign(**{"^GSPC": sample["^GSPC"]})


def unusual(case: str, folder: Path) -> StudyResult:
    prices = es.load_prices("bundled")
    if case == "exclusion":
        return study("deepseek-v2")
    if case == "day 0 not covered":
        return study(window=(1, 5), car=[(1, 5)])
    if case == "one day":
        return study(window=(0, 0), car=[(0, 0)])
    if case == "no placebo":
        return study(placebo=False)
    if case == "six windows, an asset the benchmark":
        return study(benchmark="^IXIC", car=[(0, i) for i in range(1, 7)])
    if case == "most are missing":
        sample = prices.adj_close[["NVDA", "^GSPC"]]
        sample.to_csv(folder / "two.csv")
        return es.EventStudy().run(
            read_events(REPOSITORY / "events.csv"),
            es.load_prices(folder / "two.csv"),
            event_ids=[EVENT],
        )
    if case == "lead has no price":
        sample = prices.adj_close.copy()
        sample.loc["2025-01-27", ["NVDA", "^IXIC", "^NDX", "MSFT"]] = np.nan
        sample.to_csv(folder / "gap.csv")
        return es.EventStudy().run(
            read_events(REPOSITORY / "events.csv"),
            es.load_prices(folder / "gap.csv"),
            event_ids=[EVENT],
        )
    if case == "sixty tickers":
        sixty().to_csv(folder / "sixty.csv")
        events = own("Sixty", *(f"TICK{i:02d}" for i in range(60)))
        return es.EventStudy().run(events, es.load_prices(folder / "sixty.csv"), event_ids=["own"])
    events = {
        "one ticker": own("One", "NVDA"),
        "tickers only": own("Three", "NVDA", "MSFT", "AMD"),
        "long title": own(LONG, "nvidia", "nasdaq", "hyperscalers"),
        "last day of the data": own("Last", "nvidia", "hyperscalers", at="2025-06-30"),
    }[case]
    return es.EventStudy().run(events, prices, event_ids=["own"])


@pytest.mark.representative(case="ordinary")
@pytest.mark.parametrize(
    "case",
    [
        "ordinary",
        "exclusion",
        "day 0 not covered",
        "one day",
        "no placebo",
        "six windows, an asset the benchmark",
        "most are missing",
        "lead has no price",
        "sixty tickers",
        "one ticker",
        "tickers only",
        "long title",
        "last day of the data",
    ],
)
def test_every_page_is_publishable(case, result, tmp_path):
    shown = result if case == "ordinary" else unusual(case, tmp_path)
    story = Story(shown, str(shown.assets.labels["event_id"].iloc[0]))
    with theme.themed():
        drawn = {p.name: print_page(story, p, n) for n, p in tell(story).items()}
    without = {"forest", "heatmap", "benchmarks"} if shown.n == 1 else {"placebo", "benchmarks"}
    assert len(drawn) == 8 - len(without - drawn.keys())
    assert shown.n > 1 or not without & drawn.keys()
    for figure in drawn.values():
        assert_publishable(figure)
        ugly = r"nan|None(?! of \d)| 1 assets|1 other registered events|\(–\)"
        assert not re.search(ugly, str(figure.get_label())), case
