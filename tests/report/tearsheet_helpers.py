"""Looking at pages by machine: where every text stands, and what the PDF holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pymupdf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.blocks import Page
from eventstudy.report.drawing.geometry import Rect, page_size
from eventstudy.report.story import Story, print_page

SOURCE = "Source: bundled sample. Market model by ordinary least squares."


_SEEN: WeakKeyDictionary[Figure, tuple[int, list[tuple[str, np.ndarray]]]] = WeakKeyDictionary()


def text_boxes(fig: Figure) -> list[tuple[str, np.ndarray]]:
    """Every visible text with its box (x0, y0, x1, y1) in points from the page's bottom left.

    Laid out once per figure, and again when it got more text.
    """
    count = len(fig.findobj(Text))
    if fig not in _SEEN or _SEEN[fig][0] != count:
        with theme.themed():
            fig.set_dpi(72)
            canvas = FigureCanvasAgg(fig)
            fig.draw_without_rendering()
            written = [t for t in fig.findobj(Text) if t.get_visible() and t.get_text().strip()]
            pen = canvas.get_renderer()
            boxes = [(t.get_text(), t.get_window_extent(pen).extents) for t in written]
        _SEEN[fig] = (len(fig.findobj(Text)), boxes)
    return _SEEN[fig][1]


def assert_inside(fig: Figure, rect: Rect | None = None) -> None:
    """No text leaves the page, or the rectangle if one is given (2 points of grace)."""
    box = rect or Rect(0, 0, *page_size(fig))
    low, high = (box.x, box.bottom), (box.right, box.top)
    for text, (x0, y0, x1, y1) in text_boxes(fig):
        inside = low[0] - 2 <= x0 and low[1] - 2 <= y0 and x1 <= high[0] + 2 and y1 <= high[1] + 2
        assert inside, f"{text!r} at {x0:.0f},{y0:.0f}–{x1:.0f},{y1:.0f} leaves {box}"


def assert_no_overlap(fig: Figure) -> None:
    """No two texts cover each other; a box loses the air that a font keeps above and below."""
    boxes = text_boxes(fig)
    edges = np.array([box for _, box in boxes])
    air = 0.15 * (edges[:, 3] - edges[:, 1])
    edges += np.column_stack([np.full(len(air), 0.3), air, np.full(len(air), -0.3), -air])
    for i in range(len(edges)):
        x0, y0, x1, y1 = edges[i]
        rest = edges[i + 1 :]
        hit = (rest[:, 0] < x1) & (x0 < rest[:, 2]) & (rest[:, 1] < y1) & (y0 < rest[:, 3])
        assert not hit.any(), f"{boxes[i][0]!r} and {boxes[i + 1 + int(hit.argmax())][0]!r} overlap"


def assert_readable(fig: Figure) -> None:
    """No text is set smaller than the floor size."""
    for text in fig.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            assert text.get_fontsize() >= theme.FLOOR_SIZE - 1e-9, text.get_text()


def assert_publishable(fig: Figure) -> None:
    assert_inside(fig)
    assert_no_overlap(fig)
    assert_readable(fig)


def printed(page: Callable[[Story], Page], story: Story, number: int = 1) -> Figure:
    """A page of a story on paper."""
    with theme.themed():
        return print_page(story, page(story), number)


def open_pdf(path: Path) -> pymupdf.Document:
    return pymupdf.open(path)


def asset_rows(groups: int = 6, each: int = 4, seed: int = 0) -> pd.DataFrame:
    """Rows for the forest: group, label, estimate, low, high, p_value, significant."""
    rng = np.random.default_rng(seed)
    count = groups * each
    estimate, half = rng.normal(-0.05, 0.08, count), rng.uniform(0.01, 0.06, count)
    return pd.DataFrame(
        {
            "group": [f"group-{i // each}-adopters" for i in range(count)],
            "label": [f"TICK{i}" for i in range(count)],
            "estimate": estimate,
            "low": estimate - half,
            "high": estimate + half,
            "p_value": rng.uniform(0, 0.1, count),
        }
    ).assign(significant=lambda rows: rows["p_value"] <= 0.05)


def day_matrix(assets: int, days: range, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = rng.standard_t(3, (assets, len(days))) * 0.03
    return pd.DataFrame(values, [f"TICK{i}" for i in range(assets)], list(days))
