"""The table for print: its figures are the result's, its options do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events, read_events
from eventstudy.report.tables import etable_rows
from eventstudy.result.result import StudyResult
from eventstudy.text.numbers import p_text, percent

REPOSITORY = Path(__file__).resolve().parents[2]
EVENT = "deepseek-app-store"


@pytest.fixture(scope="module")
def both(flagship) -> StudyResult:
    return flagship.both


@pytest.fixture(scope="module")
def result(both) -> StudyResult:
    return both.only(EVENT)


@pytest.fixture(scope="module")
def frame() -> StudyResult:
    """Three groups of research observations on many dates."""
    rng = np.random.default_rng(0)
    index = pd.bdate_range("2022-01-03", periods=420)
    names = [f"F{i}" for i in range(12)]
    wide = pd.DataFrame(0.01 * rng.standard_normal((420, 13)), index, [*names, "mkt"])
    observations = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(12)],
            "ticker": names,
            "date": index[290 + 9 * np.arange(12)],
            "group": ["small"] * 5 + ["big"] * 7,
        }
    )
    study = es.EventStudy(benchmark="mkt", window=(-2, 2), car=[(0, 0), (-1, 1)])
    return study.run(observations, returns=wide)


def own(result_of: list[str], title: str, at: str = "2025-01-27") -> StudyResult:
    event = make_event(
        event_id="own", title=title, announced_at=at, groups=";".join(result_of), headline=True
    )
    return es.EventStudy().run(Events((event,)), es.load_prices("bundled"), event_ids=["own"])


def over(table: es.ETable, window: tuple[int, int], key: str) -> pd.DataFrame:
    """The figures of one window by ticker or group."""
    found = table.to_frame()
    return found[(found["start"] == window[0]) & (found["end"] == window[1])].set_index(key)


def cells(table: es.ETable) -> list[list[str]]:
    """The pipe table cell by cell, without its header."""
    rows = [line for line in table.to_markdown().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


class TestFigures:
    def test_are_those_of_the_cars(self, result):
        table = es.etable(result)
        for window in result.spec.car:
            cars, mine = result.car(window), over(table, window, "ticker")
            assert list(mine.index) == list(cars.index.get_level_values("ticker"))
            assert list(mine["group"]) == list(cars["group"])
            for column in ("car", "se", "t"):
                np.testing.assert_array_equal(mine[column], cars[column])
            for end in ("low", "high"):
                np.testing.assert_allclose(mine[f"ci_{end}"], cars[f"placebo_{end}"], rtol=1e-12)
            np.testing.assert_array_equal(mine["p"], cars["p_placebo"])

    def test_are_printed_in_percent_with_se_and_p_below(self, result):
        printed = cells(es.etable(result, (0, 5), group="hyperscalers"))
        cars = result.car((0, 5)).xs("MSFT", level="ticker").iloc[0]
        at = next(i for i, row in enumerate(printed) if row[0] == "&emsp;Microsoft")
        assert [row[1] for row in printed[at : at + 3]] == [
            percent(cars["car"], signed=False, unit=False),
            f"({percent(cars['se'], signed=False, unit=False)})",
            p_text(cars["p_placebo"]),
        ]
        assert printed[at][1] == "−5.11"

    def test_of_groups_are_those_of_their_portfolios(self, result):
        table = es.etable(result, rows="groups")
        for window in result.spec.car:
            portfolios = result.portfolios.car_table(window).droplevel("event_id")
            mine = over(table, window, "group")
            for group in ("hyperscalers", "ai-power"):
                for column in ("car", "se"):
                    assert mine.loc[group, column] == portfolios.loc[group, column]
                low = portfolios.loc[group, "placebo_low"]
                assert mine.loc[group, "ci_low"] == pytest.approx(low, rel=1e-12)
                assert mine.loc[group, "p"] == portfolios.loc[group, "p_placebo"]
            nvidia = result.car(window).xs("NVDA", level="ticker").iloc[0]
            assert mine.loc["nvidia", "car"] == nvidia["car"]

    def test_of_many_dates_are_means_with_the_headline_test(self, frame):
        table = es.etable(frame, rows="groups")
        by = frame.by("group")
        for group in ("all", "small", "big"):
            for window in frame.spec.car:
                mine = over(table, window, "group").loc[group]
                theirs = by.loc[(group, *window)]
                assert mine["car"] == theirs["tested"]
                assert mine["car"] == pytest.approx(theirs["statistic"] * mine["se"], rel=1e-9)
                assert (mine["ci_low"], mine["ci_high"]) == (theirs["ci_low"], theirs["ci_high"])
                assert mine["p"] == theirs["p_value"]
        said = repr(table)
        assert "bmp_kp_t" in said
        assert "weighted by 1/s.e." in " ".join(said.split())
        assert "All (12)" in said
        assert "small (5)" in said

    def test_frame_is_a_copy_and_the_table_frozen(self, result):
        table = es.etable(result)
        first = table.to_frame()
        first["car"] = 0.0
        assert (table.to_frame()["car"] != 0).all()
        with pytest.raises(FrozenInstanceError):
            table.printed = None


class TestOptions:
    def test_stars_are_off_unless_asked_for(self, result):
        assert "*" not in repr(es.etable(result))
        table = es.etable(result, (0, 0), stars=True)
        assert "* p < 0.1, ** p < 0.05, *** p < 0.01." in " ".join(repr(table).split())
        p = result.car((0, 0))["p_placebo"]
        marked = [row[1] for row in cells(table) if re.match(r"−?\d+\.\d\d(\\\*)*$", row[1])]
        expected = (p.to_numpy()[:, None] < np.array([0.1, 0.05, 0.01])).sum(axis=1)
        assert [text.count("*") for text in marked] == list(expected)
        assert set(expected) == {0, 1, 2, 3}

    def test_levels_of_stars_can_be_chosen(self, result):
        said = repr(es.etable(result, (0, 0), stars=(0.001, 0.05), group="nvidia"))
        assert "−13.26* " in said or "−13.26*\n" in said
        assert "* p < 0.05, ** p < 0.001." in " ".join(said.split())

    @pytest.mark.parametrize("show", [(), "se", ("ci",), ("se", "ci", "t", "p")])
    def test_show_says_what_stands_below(self, result, show):
        printed = cells(es.etable(result, (0, 0), group="nvidia", show=show))
        below = [
            row[1] for row in printed[1 : printed.index(next(r for r in printed if r[0] == "N"))]
        ]
        texts = {"se": "(2.58)", "ci": "[−18.54, −7.98]", "t": "t = −5.13", "p": "p = 0.004"}
        asked = (show,) if isinstance(show, str) else show
        assert below == [texts[name] for name in asked]

    def test_beside_puts_them_into_columns(self, result):
        table = es.etable(result, (0, 0), group="nvidia", show=("se", "ci", "t", "p"), beside=True)
        assert cells(table)[0] == [
            *("Nvidia", "−13.26", "(2.58)", "[−18.54, −7.98]", "−5.13", "0.004")
        ]
        assert "s.e.: standard error, which includes the forecast error" in " ".join(
            repr(table).split()
        )

    def test_digits(self, result):
        printed = cells(es.etable(result, (0, 0), group="nvidia", digits=1))
        assert [row[1] for row in printed[:3]] == ["−13.3", "(2.6)", "p = 0.004"]

    def test_foot_says_n_estimation_model_and_benchmark(self, result):
        foot = {row[0]: row[1] for row in cells(es.etable(result))}
        assert foot["N"] == "28"
        assert foot["Estimation window"] == "[−260, −11]"
        assert foot["Model"] == result.model_label
        assert foot["Benchmark"] == "S&P 500 (^GSPC)"

    def test_assets_stand_under_their_groups_and_lone_ones_alone(self, result):
        first = [row[0] for row in cells(es.etable(result, (0, 0), show=()))]
        assert first[:5] == [
            *("Nvidia", "**Nasdaq**", "&emsp;Nasdaq Composite", "&emsp;Nasdaq 100"),
            "**Hyperscalers**",
        ]

    def test_several_events_have_headings_each(self, both):
        first = [row[0] for row in cells(es.etable(both, (0, 0), group="nvidia", show=()))]
        assert first[:4] == [
            *("**deepseek-r1 · Nvidia**", "&emsp;Nvidia"),
            *("**deepseek-app-store · Nvidia**", "&emsp;Nvidia"),
        ]

    @pytest.mark.parametrize(
        "windows", [(0, 5), [(0, 5)], ((0, 5),), "0,5", [es.Window(0, 5)], es.Window(0, 5)]
    )
    def test_windows_may_be_given_as_everywhere(self, result, windows):
        found = es.etable(result, windows).to_frame()
        assert set(zip(found["start"], found["end"], strict=True)) == {(0, 5)}

    def test_any_window_inside_the_estimated_days(self, result):
        table = es.etable(result, [(-5, -1), (-5, -1)], rows="groups")
        theirs = result.portfolios.car_table((-5, -1)).droplevel("event_id")
        mine = over(table, (-5, -1), "group")
        assert mine.loc["ai-power", "car"] == theirs.loc["ai-power", "car"]
        assert len(mine) == len(table.to_frame()) == 9


class TestNotes:
    def test_say_which_p_is_quoted(self, result, frame):
        assert "p: placebo p, the rank" in " ".join(repr(es.etable(result)).split())
        plain = es.EventStudy(placebo=False).run(
            read_events(REPOSITORY / "events.csv"), es.load_prices("bundled"), event_ids=[EVENT]
        )
        assert "p: of t, two-sided." in " ".join(repr(es.etable(plain)).split())
        groups = " ".join(repr(es.etable(plain, rows="groups")).split())
        assert "p: of the test to quote for each group, portfolio_placebo, placebo." in groups

    def test_say_what_was_measured_against_the_placebo_where_it_is_quoted(
        self, result, monkeypatch
    ):
        def known(test, layouts, length, confidence):
            return "MEASURED" if (test, length, confidence) == ("placebo", 21, 0.95) else ""

        monkeypatch.setattr(etable_rows, "caution", known)
        assert "MEASURED" in repr(es.etable(result, (0, 20)))
        assert "MEASURED" not in repr(es.etable(result, (0, 5)))
        assert "MEASURED" not in repr(es.etable(result, (0, 20), show="se"))

    def test_level_is_that_of_the_study(self):
        wide = es.EventStudy(confidence=0.9).run(
            read_events(REPOSITORY / "events.csv"), es.load_prices("bundled"), event_ids=[EVENT]
        )
        said = " ".join(repr(es.etable(wide, show="ci")).split())
        assert "In brackets: 90% interval" in said

    def test_a_missing_figure_is_a_dash_with_its_reason(self):
        last = own(["nvidia", "hyperscalers"], "Last", at="2025-06-30")
        table = es.etable(last)
        row = next(row for row in cells(table) if row[0] == "Nvidia")
        assert row[2:] == ["–", "–", "–"]
        assert np.isnan(over(table, (0, 5), "ticker").loc["NVDA", "car"])
        foot = {row[0]: row[1:] for row in cells(table)}
        assert foot["N"] == ["6", "0", "0", "0"]
        said = " ".join(repr(table).split())
        assert "– the data end 2025-06-30, before day +1 (Nvidia, Microsoft" in said
        assert "1 more over [−1, +1], [0, +5], [0, +20])." in said
        assert "Left out" not in said

    def test_name_what_has_no_row(self):
        early = es.EventStudy().run(
            read_events(REPOSITORY / "events.csv"),
            es.load_prices("bundled"),
            event_ids=["deepseek-v2"],
        )
        said = " ".join(repr(es.etable(early)).split())
        assert "Left out: GEV (16 valid returns in the estimation window" in said


class TestErrors:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"rows": "asset"}, "no kind of rows 'asset'. Did you mean 'assets'?"),
            ({"show": ("se", "z")}, "no figure to show 'z'"),
            ({"group": "hyperscaler"}, "Did you mean 'hyperscalers'?"),
            ({"group": "nowhere", "rows": "groups"}, "no group in this result 'nowhere'"),
            ({"windows": (0, 99)}, "leaves the estimated days"),
            ({"windows": (5, 0)}, "ends before it starts"),
            ({"windows": "x"}, "is not a valid window"),
            ({"windows": []}, "name some with windows="),
            ({"stars": (5,)}, "levels between 0 and 1"),
            ({"stars": ()}, "levels between 0 and 1"),
            ({"digits": -1}, "give 0 to 8"),
        ],
    )
    def test_are_one_sentence_that_says_what_to_do(self, result, options, said):
        with pytest.raises(InputError, match=re.escape(said)) as caught:
            es.etable(result, **options)
        assert len(str(caught.value).splitlines()) == 1

    def test_means_have_no_interval(self, frame):
        with pytest.raises(InputError, match="no t and no interval of their own"):
            es.etable(frame, rows="groups", show=("se", "ci"))
        with pytest.raises(InputError, match=r"no mean over \[0, \+1\]; add it to car="):
            es.etable(frame, (0, 1), rows="groups")

    def test_a_result_without_estimate_has_no_table(self):
        index = pd.bdate_range("2024-01-01", periods=30)
        wide = pd.DataFrame(0.01, index, ["A", "mkt"])
        row = pd.DataFrame({"event_id": ["e"], "ticker": ["A"], "date": [index[20]]})
        study = es.EventStudy(benchmark="mkt", estimation=(-25, -11), min_obs=10, window=(0, 1))
        found = study.run(row, returns=wide)
        assert found.n == 0
        with pytest.raises(InputError, match=r"no estimate to show; see result\.exclusions"):
            es.etable(found)

    def test_a_table_that_nobody_reads_is_refused(self):
        index = pd.bdate_range("2020-01-01", periods=330)
        rng = np.random.default_rng(1)
        wide = pd.DataFrame(0.01 * rng.standard_normal((330, 2)), index, ["A", "mkt"])
        many = pd.DataFrame(
            {
                "event_id": [f"e{i}" for i in range(2_001)],
                "ticker": "A",
                "date": index[280 + np.arange(2_001) % 20],
            }
        )
        found = es.EventStudy(benchmark="mkt", window=(-1, 1), car=[(0, 0)]).run(many, returns=wide)
        with pytest.raises(InputError, match=r"2,001 rows; one for print has at most 2,000"):
            es.etable(found)
        assert es.etable(found, rows="groups").to_frame()["group"].tolist() == ["all"]


class TestText:
    @pytest.mark.parametrize("rows", ["assets", "groups"])
    @pytest.mark.parametrize("beside", [False, True])
    @pytest.mark.parametrize("show", [(), ("se", "p"), ("se", "ci", "t", "p")])
    def test_fits_a_terminal(self, result, rows, beside, show):
        text = repr(es.etable(result, rows=rows, beside=beside, show=show, stars=True))
        assert max(map(len, text.splitlines())) <= 80
        for start, end in ((0, 0), (-1, 1), (0, 5), (0, 20)):
            value = result.car((start, end)).xs("NVDA", level="ticker")["car"].iloc[0]
            assert percent(value, signed=False, unit=False) in text

    def test_decimal_points_stand_below_each_other(self, result):
        text = repr(es.etable(result, (0, 0), stars=True, show="se"))
        body = [line for line in text.splitlines() if re.search(r"\d\.\d\d[)*]*$", line)]
        assert len({line.rindex(".") for line in body}) == 1
        assert len(body) == 56


HOSTILE = '<script>alert("x")</script> | & *bold* `code` $x$ _y_ [z](javascript:1)'


class TestHostileTitle:
    @pytest.fixture(scope="class")
    @staticmethod
    def table() -> es.ETable:
        return es.etable(own(["NVDA", "MSFT"], HOSTILE))

    def test_is_escaped_in_html(self, table):
        page = table._repr_html_()
        assert "<script" not in page
        assert "&lt;script&gt;alert(&quot;x&quot;)" in page

    def test_html_has_every_cell(self, table):
        page = table._repr_html_()
        found = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", page)
        assert [cell for cell in found if cell][:3] == ["Abnormal return, %", "day 0", "[−1, +1]"]
        assert page.count("<tr") == len(cells(table)) + 1

    def test_is_text_in_markdown(self, table):
        first = table.to_markdown().splitlines()[0]
        assert r"\<script>" in first
        assert r"\| & \*bold\* \`code\` \$x\$ \_y\_ [z\](javascript:1)" in first

    def test_breaks_no_row_of_the_pipe_table(self, table):
        rows = [line for line in table.to_markdown().splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
        assert re.fullmatch(r"\| :--- (\| ---: )+\|", rows[1])


def test_a_table_loads_no_plotting_library():
    code = "import sys, eventstudy as es; es.etable; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)
