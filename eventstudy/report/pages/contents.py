"""The pages of one event's report, in order. Each titles itself with its finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from eventstudy.errors import unknown_name
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.pages.assets import (
    forest_page,
    heatmap_page,
    paths_page,
    placebo_page,
    timeline_page,
)
from eventstudy.report.pages.benchmarks import benchmarks_page
from eventstudy.report.pages.claims import claims_page
from eventstudy.report.pages.contrasts import contrasts_page
from eventstudy.report.pages.curve import curve_page, has_curve
from eventstudy.report.pages.headline import headline_page
from eventstudy.report.pages.methods import methods_page
from eventstudy.report.pages.placebos import placebos_page
from eventstudy.report.pages.recovery import recovery_page
from eventstudy.report.pages.value import value_page
from eventstudy.report.story import Story

PageFunction = Callable[[Story], Page]


def tell(story: Story, only: Sequence[str] | None = None) -> dict[int, Page]:
    """All pages that the result has material for, by their number in the report.

    `only` names those wanted; they keep their numbers. InputError for a name that is no page.
    """
    chosen = _chosen(story)
    for name in only or ():
        if name not in chosen:
            raise unknown_name("page of this event", name, list(chosen))
    return {
        number: _told(story, page)
        for number, (name, page) in enumerate(chosen.items(), start=1)
        if only is None or name in only
    }


@lru_cache(maxsize=20)
def _told(story: Story, page: PageFunction) -> Page:
    """Each format of a bundle tells the same story: its pages are kept until the next one."""
    return page(story)


def _chosen(story: Story) -> dict[str, PageFunction]:
    """The answer, how sure it is, whether it lasted, what it was worth, what was said of it."""
    evidence = story.evidence or Evidence()
    placebo = story.result.assets.has_placebo
    wanted: list[tuple[str, PageFunction, object]] = [
        ("headline", headline_page, True),
        ("car-paths", paths_page, True),
        ("forest", forest_page, True),
        ("heatmap", heatmap_page, True),
        ("placebo", placebo_page, placebo),
        ("placebo-days", placebos_page, evidence.placebos),
        ("benchmarks", benchmarks_page, story.result.comparison),
        ("specifications", curve_page, has_curve(story)),
        ("recovery", recovery_page, evidence.recovery),
        ("contrasts", contrasts_page, evidence.contrasts),
        ("value", value_page, evidence.value),
        ("claims", claims_page, evidence.claims and len(evidence.claims.claims)),
        ("timeline", timeline_page, True),
        ("methods", methods_page, True),
    ]
    return {name: page for name, page, material in wanted if material}
