"""The pages of one event's report, in order. Each titles itself with its finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

import numpy as np

from eventstudy.errors import unknown_name
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.story import Story
from eventstudy.result.neighbours import other_headlines


def _nothing(_story: Story) -> str:
    return ""


def _one_asset(story: Story) -> str:
    return "one asset was studied" if story.result.n == 1 else ""


def _no_placebos(story: Story) -> str:
    if not story.result.assets.has_placebo:
        return "no placebo p-values were computed"
    if story.result.n == 1 and story.has_part("placebos"):
        return "the page on other days covers them"
    return ""


def _no_other_benchmark(story: Story) -> str:
    if not story.result.comparison:
        return "the prices hold no other benchmark"
    return "the first page compares them" if story.result.n == 1 else ""


def _nothing_to_recover(story: Story) -> str:
    day = [story.figures(entity, story.focus) for entity in story.leads]
    moved = any(figures.significant for figures in day)
    return "" if moved else "no lead moved unusually on the day, so no recovery to measure"


def _nothing_to_contrast(story: Story) -> str:
    alone = story.result.n == 1 and not other_headlines(story.result)
    return "one asset and one event have nothing to be compared with" if alone else ""


def _value_told(story: Story) -> str:
    told = story.result.n == 1 and np.isfinite(story.dollars(story.leads[0])).all()
    return "the first page gives the amounts" if told else ""


def _no_neighbour(story: Story) -> str:
    if len(story.context.events) == 1:
        return "the list holds this event alone, so other events were not searched"
    return ""


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
    empty: Callable[[Story], str] = _nothing
    """Why the page would have no finding of its own; empty where it has one."""

    def why_not(self, story: Story) -> str:
        """Why the story lacks this page; empty where it has it."""
        if self.part and not story.has_part(self.part):
            if story.evidence is None:
                return "no evidence was gathered"
            return story.evidence.absent.get(self.part, "nothing registered concerns this event")
        return self.empty(story)


PAGES = (
    PageEntry("headline", "The answer", "answer.answer_page"),
    PageEntry("car-paths", "Day by day", "assets.paths_page"),
    PageEntry("forest", "Asset by asset", "assets.forest_page", empty=_one_asset),
    PageEntry("heatmap", "Every asset, every day", "assets.heatmap_page", empty=_one_asset),
    PageEntry("placebo", "Among ordinary days", "assets.placebo_page", empty=_no_placebos),
    PageEntry("placebo-days", "Other days, other assets", "placebos.placebos_page", "placebos"),
    PageEntry(
        "benchmarks", "Other benchmarks", "benchmarks.benchmarks_page", empty=_no_other_benchmark
    ),
    PageEntry("specifications", "Other choices", "curve.curve_page", "curve"),
    PageEntry(
        "recovery", "Did it last?", "recovery.recovery_page", "recovery", _nothing_to_recover
    ),
    PageEntry(
        "contrasts",
        "Against each other",
        "contrasts.contrasts_page",
        "contrasts",
        _nothing_to_contrast,
    ),
    PageEntry("value", "In dollars and points", "value.value_page", "value", _value_told),
    PageEntry("claims", "What was said", "claims.claims_page", "claims"),
    PageEntry("timeline", "What else happened", "assets.timeline_page", empty=_no_neighbour),
    PageEntry("methods", "Methods and data", "methods.methods_page"),
)
"""In the order of the report."""


def page_label(name: str) -> str:
    """The name of a page on the web page."""
    return {page.name: page.label for page in PAGES}.get(name, name.replace("-", " ").capitalize())


def not_shown(story: Story) -> dict[str, list[str]]:
    """The labels of the pages that are left out, by the reason."""
    left_out: dict[str, list[str]] = {}
    for entry in PAGES:
        if why := entry.why_not(story):
            left_out.setdefault(why, []).append(entry.label)
    return left_out


def tell(story: Story, only: Sequence[str] | None = None) -> dict[int, Page]:
    """All pages that the result has material for, by their number in the report.

    Args:
        story: the figures of the pages.
        only: names of those wanted, which keep their numbers; all if None.

    Raises:
        InputError: a name is no page of this story.
    """
    chosen = {entry.name: entry for entry in PAGES if not entry.why_not(story)}
    for name in only or ():
        if name not in chosen:
            raise unknown_name("page of this event", name, list(chosen))
    return {
        number: _told(story, entry)
        for number, (name, entry) in enumerate(chosen.items(), start=1)
        if only is None or name in only
    }


@lru_cache(maxsize=20)
def _told(story: Story, entry: PageEntry) -> Page:
    """Each format of a bundle tells the same story: its pages are kept until the next one."""
    module, _, name = entry.made_by.rpartition(".")
    page: Page = getattr(import_module(f"eventstudy.report.pages.{module}"), name)(story)
    return page
