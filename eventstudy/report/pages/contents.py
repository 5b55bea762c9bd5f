"""The pages of one event's report, in order. Each titles itself with its finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from eventstudy.errors import unknown_name
from eventstudy.evidence.parts.contrasts import lead_events
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.pooled.by_value import quoted_differences
from eventstudy.report.told import Told
from eventstudy.result.compare import MOST_VALUES
from eventstudy.result.neighbours import other_headlines


def _nothing(_story: Any) -> str:
    return ""


def _one_asset(story: Any) -> str:
    return "one asset was studied" if story.result.n == 1 else ""


def _no_placebos(story: Any) -> str:
    if not story.result.assets.has_placebo:
        return "no placebo p-values were computed"
    if story.result.n == 1 and story.has_part("placebos"):
        return "the page on other days covers them"
    return ""


def _no_other_benchmark(story: Any) -> str:
    if not story.result.comparison:
        return "the prices hold no other benchmark"
    return "the first page compares them" if story.result.n == 1 else ""


def _followed_longer(story: Any) -> str:
    """The page on recovery draws the path of one asset too, and further."""
    alone = story.result.n == 1 and not other_headlines(story.result)
    told = alone and story.has_part("recovery") and not _nothing_to_recover(story)
    return "the page on recovery follows the one asset for longer" if told else ""


def _no_companies(story: Any) -> str:
    ranks = story.has_part("placebos") and story.evidence.placebos.ranks(
        "space", story.leads[0], story.focus
    )
    if ranks and story.result.n == 1:
        return "of one asset, the table placebos_summary gives the rank among others"
    return "" if ranks else "the lead was not ranked among other companies"


def _nothing_to_recover(story: Any) -> str:
    day = [story.figures(entity, story.focus) for entity in story.leads]
    moved = any(figures.significant for figures in day)
    return "" if moved else "no lead moved unusually on the day, so no recovery to measure"


def _nothing_to_contrast(story: Any) -> str:
    found = story.evidence.contrasts if story.evidence else None
    if found is None:
        alone = story.result.n == 1 and not other_headlines(story.result)
        return "one asset and one event leave nothing to compare" if alone else ""
    if len(found.pairs) or len(found.headlines) or len(lead_events(found)) > 1:
        return ""
    return "one group and one event leave nothing to compare"


def _value_told(story: Any) -> str:
    told = story.result.n == 1 and np.isfinite(story.dollars(story.leads[0])).all()
    return "the first page gives the amounts" if told else ""


def _no_damage(story: Any) -> str:
    """Of a study of one asset the page stays: that no amount is significant is its finding."""
    found = story.evidence.damages if story.evidence else None
    if story.result.n == 1 or found is None or found.significant or found.peers:
        return ""
    return "the abnormal return is not significant; tables/damages_per_share.csv has the amounts"


def _no_claims(story: Any) -> str:
    return "" if story.has_part("claims") else "no registered claim concerns this event"


def _no_neighbour(story: Any) -> str:
    if len(story.context.events) == 1:
        return "the list holds this event alone, so other events were not searched"
    return ""


def _no_car(story: Any) -> str:
    return "" if story.cars["car"].notna().any() else "no event has a return on each of the days"


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
    empty: Callable[[Any], str] = _nothing
    """Why the page would have no finding of its own; empty where it has one."""

    def why_not(self, story: Any) -> str:
        """Why the story lacks this page; empty where it has it."""
        if self.part and not story.has_part(self.part):
            if story.evidence is None:
                return "no evidence was gathered"
            silent = self.empty(story) or "it has no figure of the first lead"
            return str(story.evidence.absent.get(self.part, silent))
        return self.empty(story)


def _no_peers(story: Any) -> str:
    damages = story.evidence.damages if story.evidence else None
    return "" if damages is not None and damages.peers else "no peers were named"


def _one_group(story: Any) -> str:
    return "" if len(story.groups) > 1 else "there is one group"


def _nothing_to_differ(story: Any) -> str:
    if story.value_columns:
        return ""
    if len(story.groups) < 2:
        return "there is one group"
    if len(story.groups) > MOST_VALUES:
        return (
            f"more than {MOST_VALUES} groups are not compared in pairs; result.compare takes some"
        )
    table = quoted_differences(story)
    known = len(table) and table["p_value"].notna().any()
    return "" if known else "no two groups can be compared"


def _no_regression(story: Any) -> str:
    return "" if story.regression is not None else "no regression was asked for"


def _no_plan(story: Any) -> str:
    return "" if story.result.planned is not None else "the run followed no sealed plan"


PAGES = (
    PageEntry("planned", "Planned tests", "planned.planned_page", empty=_no_plan),
    PageEntry("headline", "The answer", "answer.answer_page"),
    PageEntry("car-paths", "Day by day", "assets.paths_page", empty=_followed_longer),
    PageEntry("forest", "Asset by asset", "assets.forest_page", empty=_one_asset),
    PageEntry("heatmap", "Every asset, every day", "assets.heatmap_page", empty=_one_asset),
    PageEntry("placebo", "Among ordinary days", "assets.placebo_page", empty=_no_placebos),
    PageEntry("placebo-days", "Other days", "placebos.placebos_page", "placebos"),
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
    PageEntry("damages", "Per share", "damages.damages_page", "damages", _no_damage),
    PageEntry("peers", "Beside its peers", "damages.peers_page", "damages", _no_peers),
    PageEntry("claims", "What was said", "claims.claims_page", "claims", _no_claims),
    PageEntry("timeline", "What else happened", "assets.timeline_page", empty=_no_neighbour),
    PageEntry(
        "other-companies",
        "Other companies",
        "placebos.companies_page",
        "placebos",
        _no_companies,
    ),
    PageEntry("methods", "Methods and data", "methods.methods_page"),
)
"""Of one event, in the order of the report."""

POOLED = (
    PageEntry("headline", "The answer", "pooled_answer.pooled_answer_page"),
    PageEntry("daily", "Day by day", "pooled_answer.days_page"),
    PageEntry("tests", "Tests side by side", "pooled_answer.tests_page"),
    PageEntry(
        "groups",
        "By group",
        "pooled_groups.groups_page",
        empty=_one_group,
    ),
    PageEntry(
        "differences",
        "Against each other",
        "pooled_groups.differences_page",
        empty=_nothing_to_differ,
    ),
    PageEntry(
        "distribution",
        "Distribution and outliers",
        "pooled_spread.spread_page",
        empty=_no_car,
    ),
    PageEntry(
        "regression",
        "Regression",
        "pooled_methods.regression_page",
        empty=_no_regression,
    ),
    PageEntry("coverage", "Coverage", "pooled_spread.coverage_page"),
    PageEntry("methods", "Methods and data", "pooled_methods.pooled_methods_page"),
)
"""Of many events pooled."""

NOT_EXPLORATORY = ("planned", "methods")
"""Pages of a run of a plan that do not call themselves exploratory."""

KINDS = {"event": PAGES, "pooled": POOLED}
"""Kind of the story → its pages."""


def page_label(name: str) -> str:
    """The name of a page on the web page."""
    return {page.name: page.label for page in (*POOLED, *PAGES)}.get(
        name, name.replace("-", " ").capitalize()
    )


def not_shown(story: Told) -> dict[str, list[str]]:
    """The labels of the pages that are left out, by the reason."""
    left_out: dict[str, list[str]] = {}
    for entry in KINDS[story.kind]:
        if why := entry.why_not(story):
            left_out.setdefault(why, []).append(entry.label)
    return left_out


def tell(story: Told, only: Sequence[str] | None = None) -> dict[int, Page]:
    """All pages that the result has material for, by their number in the report.

    Args:
        story: the figures of the pages.
        only: names of those wanted, which keep their numbers; all if None.

    Raises:
        InputError: this story has no page of that name.
    """
    chosen = {entry.name: entry for entry in KINDS[story.kind] if not entry.why_not(story)}
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
    if story.result.planned is None or entry.name in NOT_EXPLORATORY:
        return page
    return replace(page, subtitle=f"Exploratory, not planned. {page.subtitle}")
