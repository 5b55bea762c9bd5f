"""The page that all findings of one event share: title, setting, source line, number."""

from __future__ import annotations

from matplotlib.figure import Figure

from eventstudy.tearsheet.blocks import Page
from eventstudy.tearsheet.page import new_page
from eventstudy.tearsheet.story import Story, counted


def print_page(story: Story, page: Page, number: int) -> Figure:
    """The page on paper: its finding as title, its blocks, source and number at the foot."""
    label = f"{story.event_id} · {number}"
    fig, body = new_page(page.finding, page.subtitle, source_line(story), label)
    page.fill(fig, body)
    return fig


def source_line(story: Story) -> str:
    """Where the prices come from, as it stands under every figure."""
    assert story.result.context is not None
    origin = story.result.context.origin
    retrieved = f", retrieved {origin['retrieved']}" if origin["retrieved"] else ""
    about = f" {origin['note'].partition('. ')[0].rstrip('.')}." if origin["note"] else ""
    return f"Prices: {origin['description']}{retrieved}.{about} Computed with eventstudy."


def setting(story: Story) -> str:
    """Model, benchmark, estimation window and N, as every subtitle says them."""
    spec = story.result.spec
    against = f" on {story.name(story.benchmark)}" if story.benchmark else ""
    return (
        f"{story.result.model_label}{against}, estimated on sessions {spec.estimation}; "
        f"N = {counted(story.result.n, 'asset')}"
    )
