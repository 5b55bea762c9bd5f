"""The first pages of a pooled study: the answer, each day, and the tests side by side."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from eventstudy.report.charts.daily import draw_daily
from eventstudy.report.charts.lines import draw_lines
from eventstudy.report.drawing.blocks import GAP, Chart, Page, Table, Text, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.machine.places import Basis, Place, Said, at
from eventstudy.report.pooled.spread import dates_shared
from eventstudy.report.pooled.standard import (
    daily_means,
    day_windows,
    shown_tests,
    standard_columns,
    standard_rows,
    starred_rows,
)
from eventstudy.report.pooled.story import (
    ALL,
    MOST_GROUPS,
    PooledStory,
    test_label,
    unestimated,
)
from eventstudy.report.story import setting
from eventstudy.significance.registry import list_tests
from eventstudy.spec.windows import Window
from eventstudy.text.measure import headed
from eventstudy.text.numbers import counted, number, percent, window_text
from eventstudy.text.words import date_text, listed

TESTS = "tables/tests.csv"


def pooled_answer_page(story: PooledStory) -> Page:
    """The answer, the mean path with its band, and the tests of each window."""
    text = Text(tuple(Paragraph(each, bullet="•") for each in story.answer()))
    chart = path_chart(story)
    tests = shown_tests(story)
    columns = standard_columns(story, tests, "Window")
    rows = standard_rows(story, _first_windows(story), tests)
    table = Table(columns, tuple(rows), TESTS, note=_reading(story), size=8.0)
    blocks = (text, chart, table)
    subtitle = f"{story.event_id}, {_span(story)}. Returns in percent. {setting(story)}"
    arrange = chart_beside_table(*blocks)
    return Page("headline", story.finding(), subtitle, blocks, arrange, basis=_basis(story))


def _basis(story: PooledStory) -> Basis:
    """The means of all over every window and of each group over the finding's; the counts."""
    mean = story.mean(ALL, story.focus)
    named = [group for group in story.groups[:MOST_GROUPS] if story.mean(group, story.focus).test]
    names = ("estimate", "tested", "low", "high", "p", "n", "positive", "start", "end")
    places = [*at("means", {"group": ALL}).each(*names), at("asked"), at("estimated")]
    for group in named:
        places += mean_place(group, story.focus).each("tested", "p", "n")
    places += [at("figures", "headline")]
    figures = {
        "positive_share": mean.positive / max(mean.n, 1),
        "left_out": len(unestimated(story.result)),
        "other_groups": len(story.groups) - len(named),
    }
    said = tuple(Said(text, tuple(places)) for text in story.answer())
    finding = (mean_place(ALL, story.focus), at("estimated"), at("events"))
    return Basis(finding, figures, said)


def mean_place(group: str, window: Window) -> Place:
    """Where results.json has the mean of a group over a window."""
    return at("means", {"group": group, "start": window.start, "end": window.end})


def _first_windows(story: PooledStory) -> list[Window]:
    """The windows of the study, then the days around day 0 where they are estimated."""
    around = [Window(day, day) for day in (-1, 0, 1)]
    known = [w for w in around if story.result.spec.window.covers(w)]
    return list(dict.fromkeys([*story.windows, *known]))


def _span(story: PooledStory) -> str:
    first, last = (date_text(day) for day in story.dates)
    return f"{first} to {last}" if first != last else first


def _reading(story: PooledStory) -> str:
    quoted = story.mean(ALL, story.focus).test
    test = f"; bold and interval: {test_label(quoted)}, the quoted test" if quoted else ""
    weighted = "; weighted: by 1/standard error" if story.weighted else ""
    return f"Statistics, below them two-sided p{weighted}{test}."


def chart_beside_table(text: Text, chart: Chart, table: Table) -> Callable[[Figure, Rect], None]:
    """A printed page of text over a chart chart_beside_table a table."""

    def arrange(fig: Figure, body: Rect) -> None:
        below = body.below(text.draw(fig, body) - GAP)
        left, right = below.columns(0.62, 1.0, gap=14)
        chart.draw(fig, left)
        table.draw(fig, right)

    return arrange


def path_chart(story: PooledStory) -> Chart:
    """The CAAR from the first event day on with the interval of each day."""
    path = story.path(ALL)
    unit = headed("Mean cumulative abnormal return, %")
    note = (
        f"Sessions from day 0; shaded: {story.level} interval of each day alone, from the spread "
        "across observations, taken as independent."
    )
    marker = "day 0" if story.result.spec.window.covers(Window(0, 0)) else ""
    draw = on_axes(draw_lines, path, marker, note, unit)
    last = path[path["car"].notna()].tail(1)
    ends = "".join(
        f" On day {number(day, 0, signed=True)} it is {percent(car)}."
        for day, car in zip(last["day"].tolist(), last["car"].tolist(), strict=True)
    )
    alt = f"A line of the mean cumulative abnormal return by day, with its band.{ends}"
    return Chart("caar", draw, alt, 300.0, 300.0)


def days_page(story: PooledStory) -> Page:
    """The mean abnormal return of each day with the interval of the quoted test."""
    days = daily_means(story)
    sure = [int(day) for day in days.loc[days["significant"].astype(bool), "day"]]
    chance = (1 - story.result.spec.confidence) * len(days)
    on = f"{len(sure) or 'none'} of {counted(len(days), 'day')}"
    named = f": {listed([number(d, 0, signed=True) for d in sure])}" if 0 < len(sure) <= 8 else ""
    finding = f"Mean abnormal returns are significant on {on}{named}"
    weighted = ", weighted by precision" if story.weighted else ""
    subtitle = (
        f"Mean abnormal return of each day{weighted}, in percent, with {story.level} interval; "
        f"by chance alone about {number(chance, 0)} of {len(days)} would be significant. "
        f"{setting(story)}"
    )
    unit = headed("Mean abnormal return, %")
    note = "Sessions from day 0; filled: the quoted test rejects; lines: its intervals."
    alt = f"A dot with an interval for each day. {finding}."
    draw = on_axes(draw_daily, days, unit, note)
    chart = Chart("daily", draw, alt, 330.0, 300.0)
    basis = Basis(figures={"significant": sure, "count": len(sure), "days": len(days)})
    return Page("daily", finding, subtitle, (chart,), basis=basis)


def tests_page(story: PooledStory) -> Page:
    """Days and windows down, tests side by side, and which of them stand."""
    tests = shown_tests(story)
    windows = [*story.windows, *(w for w in day_windows(story) if w not in story.windows)]
    columns = standard_columns(story, tests, "Window")
    table = Table(columns, tuple(starred_rows(story, windows, tests)), TESTS, size=8.0)
    paragraphs = [*clustering(story), _key(story, tests)]
    text = Text(tuple(Paragraph(each, size=8.0, space=2.0) for each in paragraphs))
    quoted = story.mean(ALL, story.focus).test
    finding = (
        f"The test to quote is {test_label(quoted)}; the usual tests beside it"
        if quoted
        else "No test of the mean can be quoted; the tests that gave an answer"
    )
    return Page("tests", finding, setting(story), (text, table))


def clustering(story: PooledStory) -> list[str]:
    """How events share dates, and what that does to the tests."""
    dates = dates_shared(story)
    busiest = dates.iloc[int(dates["count"].to_numpy().argmax())]
    together = int(dates.loc[dates["count"] > 1, "count"].sum())
    shared = (
        f"{together:,} fall on the same date as others, at most {int(busiest['count']):,} (on "
        f"{date_text(busiest['day0'])})"
        if together
        else "no two fall on one date"
    )
    texts = [f"{counted(story.result.n, story.noun)} on {counted(len(dates), 'date')}; {shared}."]
    table = story.result.tests
    at = (table["start"] == story.focus.start) & (table["end"] == story.focus.end)
    mine = table[at & (table["group"] == ALL) & (table["refused"] == "")]
    warned = mine[mine["warning"] != ""]
    said = zip(warned["test"].tolist(), warned["warning"].tolist(), strict=True)
    texts += [f"{test_label(test)}: {warning}." for test, warning in said]
    sound = [test_label(name) for name in mine.loc[mine["warning"] == "", "test"]]
    if sound and len(warned):
        texts.append(f"No such caution applies to {listed(sound)} {_over(story.focus)}.")
    return texts


def _over(window: Window) -> str:
    return f"{'on' if window.length == 1 else 'over'} {window_text(window)}"


def _key(story: PooledStory, tests: tuple[str, ...]) -> str:
    known = list_tests()
    named = "; ".join(f"{known[t].label}: {known[t].reference}" for t in tests if t in known)
    low, high = 1 - story.result.spec.confidence, 0.2 * (1 - story.result.spec.confidence)
    return f"* p ≤ {low:.2g}, ** p ≤ {high:.2g}; bold: the quoted test rejects. {named}."
