"""The page of placebos in time and in space."""

from __future__ import annotations

from matplotlib.figure import Figure

from eventstudy.evidence.parts.placebos import placebos_finding
from eventstudy.report.charts.placebo import draw_days, draw_places
from eventstudy.report.drawing.blocks import Chart, Page, on_axes
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.plots.evidence_charts import rank_text
from eventstudy.report.story import Story, setting
from eventstudy.text.numbers import window_text


def placebos_page(story: Story) -> Page:
    """The lead's focus day among ordinary days, refitted at each, and among other assets."""
    assert story.evidence is not None
    placebos = story.evidence.placebos
    assert placebos is not None
    lead = story.leads[0]
    in_time, days = placebos.of("time", lead, story.focus)
    in_space, assets = placebos.of("space", lead, story.focus)
    subtitle = (
        f"Abnormal return on {window_text(story.focus)} in standard errors of its forecast; the "
        "study is refitted at every session with no registered event around it, and for every "
        f"other asset of the prices. {setting(story)}"
    )
    observed = float(in_time["statistic"])
    time_head, space_head = rank_text("In time", in_time), rank_text("In space", in_space)
    time = Chart(
        "in-time",
        on_axes(draw_days, days, story.day0, observed, time_head),
        f"Dots, one an ordinary day from left to right, at {lead.name}'s abnormal return in "
        f"standard errors; the event's own is marked. {time_head}.",
    )
    space = Chart(
        "in-space",
        on_axes(draw_places, assets, lead.name, observed, space_head),
        f"The assets of the prices in order of their abnormal return on {story.focus_date}, in "
        f"standard errors; {lead.name} is marked. {space_head}.",
    )

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(1.75, 1.0, gap=26)
        time.draw(fig, left)
        space.draw(fig, right)

    finding = placebos_finding(lead.name, story.focus_date, in_time, in_space)
    return Page("placebo-days", finding, subtitle, (time, space), arrange)
