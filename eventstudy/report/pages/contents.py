"""The pages of one event's report, in order. Each titles itself with its finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from eventstudy.errors import unknown_name
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.told import Told


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page in the register."""

    name: str
    """The name of its files."""
    label: str
    """Its name on the web page, in the list of contents and above its finding."""
    made_by: str
    """Module and function in this folder."""
    part: str = ""
    """The part of the evidence that it shows; without the part there is no page."""
    material: Callable[[Any], object] = lambda _story: True
    """Whether the result has anything for it."""

    def wanted(self, story: Any) -> bool:
        """Whether the story has this page."""
        return (not self.part or story.has_part(self.part)) and bool(self.material(story))


PAGES = (
    PageEntry("headline", "The answer", "answer.answer_page"),
    PageEntry("car-paths", "Day by day", "assets.paths_page"),
    PageEntry("forest", "Asset by asset", "assets.forest_page"),
    PageEntry("heatmap", "Every asset, every day", "assets.heatmap_page"),
    PageEntry(
        "placebo",
        "Among ordinary days",
        "assets.placebo_page",
        material=lambda story: story.result.assets.has_placebo,
    ),
    PageEntry("placebo-days", "Other days, other assets", "placebos.placebos_page", "placebos"),
    PageEntry(
        "benchmarks",
        "Other benchmarks",
        "benchmarks.benchmarks_page",
        material=lambda story: story.result.comparison,
    ),
    PageEntry("specifications", "Other choices", "curve.curve_page", "curve"),
    PageEntry("recovery", "Did it last?", "recovery.recovery_page", "recovery"),
    PageEntry("contrasts", "Against each other", "contrasts.contrasts_page", "contrasts"),
    PageEntry("value", "In dollars and points", "value.value_page", "value"),
    PageEntry("damages", "Per share", "damages.damages_page", "damages"),
    PageEntry(
        "peers",
        "Beside its peers",
        "damages.peers_page",
        "damages",
        material=lambda story: story.evidence.damages.peers,
    ),
    PageEntry("claims", "What was said", "claims.claims_page", "claims"),
    PageEntry("timeline", "What else happened", "assets.timeline_page"),
    PageEntry("methods", "Methods and data", "methods.methods_page"),
)
"""Of one event, in the order of the report."""

POOLED = (
    PageEntry("headline", "The answer", "pooled_answer.answer_page"),
    PageEntry("daily", "Day by day", "pooled_answer.days_page"),
    PageEntry("tests", "Tests side by side", "pooled_answer.tests_page"),
    PageEntry(
        "groups",
        "By group",
        "pooled_groups.groups_page",
        material=lambda story: len(story.groups) > 1,
    ),
    PageEntry(
        "differences",
        "Against each other",
        "pooled_groups.differences_page",
        material=lambda story: len(story.groups) > 1 or story.value_columns,
    ),
    PageEntry("distribution", "Distribution and outliers", "pooled_spread.spread_page"),
    PageEntry(
        "regression",
        "Regression",
        "pooled_methods.regression_page",
        material=lambda story: story.regression is not None,
    ),
    PageEntry("coverage", "Coverage", "pooled_spread.coverage_page"),
    PageEntry("methods", "Methods and data", "pooled_methods.methods_page"),
)
"""Of many events pooled."""

KINDS = {"event": PAGES, "pooled": POOLED}
"""Kind of the story → its pages."""


def page_label(name: str) -> str:
    """The name of a page on the web page."""
    return {page.name: page.label for page in (*POOLED, *PAGES)}.get(
        name, name.replace("-", " ").capitalize()
    )


def tell(story: Told, only: Sequence[str] | None = None) -> dict[int, Page]:
    """All pages that the result has material for, by their number in the report.

    Args:
        story: the figures of the pages.
        only: names of those wanted, which keep their numbers; all if None.

    Raises:
        InputError: a name is no page of this story.
    """
    chosen = {entry.name: entry for entry in KINDS[story.kind] if entry.wanted(story)}
    for name in only or ():
        if name not in chosen:
            raise unknown_name("page of this event", name, list(chosen))
    kept: Any = story  # every story can be hashed, which a protocol cannot say
    return {
        number: _told(kept, entry)
        for number, (name, entry) in enumerate(chosen.items(), start=1)
        if only is None or name in only
    }


@lru_cache(maxsize=20)
def _told(story: Any, entry: PageEntry) -> Page:
    """Each format of a bundle tells the same story: its pages are kept until the next one."""
    module, _, name = entry.made_by.rpartition(".")
    page: Page = getattr(import_module(f"eventstudy.report.pages.{module}"), name)(story)
    return page
