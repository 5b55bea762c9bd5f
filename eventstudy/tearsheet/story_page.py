"""The page that all findings of one event share: title, setting, source line, number."""

from __future__ import annotations

from matplotlib.figure import Figure

from eventstudy.tearsheet.geometry import Rect
from eventstudy.tearsheet.page import new_page
from eventstudy.tearsheet.story import Story, counted


def story_page(story: Story, finding: str, subtitle: str, number: int) -> tuple[Figure, Rect]:
    """A page titled with its finding, and the room below it."""
    assert story.result.context is not None
    origin = story.result.context.origin
    retrieved = f", retrieved {origin['retrieved']}" if origin["retrieved"] else ""
    about = f" {origin['note'].partition('. ')[0].rstrip('.')}." if origin["note"] else ""
    source = f"Prices: {origin['description']}{retrieved}.{about} Computed with eventstudy."
    return new_page(finding, subtitle, source, f"{story.event_id} · {number}")


def setting(story: Story) -> str:
    """Model, benchmark, estimation window and N, as every subtitle says them."""
    spec = story.result.spec
    against = f" on {story.name(story.benchmark)}" if story.benchmark else ""
    return (
        f"{story.result.model_label}{against}, estimated on sessions {spec.estimation}; "
        f"N = {counted(story.result.n, 'asset')}"
    )
