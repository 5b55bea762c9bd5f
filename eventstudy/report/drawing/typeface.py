"""The typeface in memory: matplotlib reads every glyph from its file again, by way of Python."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.font_manager import FontProperties, findfont, get_font

from eventstudy.report.drawing import theme

WEIGHTS = ("normal", "bold")


@theme.themed()
def keep_fonts() -> None:
    """Load the typeface from memory for what is drawn next; matplotlib keeps what it has loaded.

    A third of the time of setting and drawing text; without it all looks the same.
    """
    for weight in WEIGHTS:
        fonts = [findfont(FontProperties(family=[name], weight=weight)) for name in theme.FAMILIES]
        with _whole_files({str(getattr(font, "path", font)) for font in fonts}):
            get_font(fonts)


class _WholeFile(io.BytesIO):
    """All that is in a file, under its name."""

    def __init__(self, name: str) -> None:
        with open(name, "rb") as file:
            super().__init__(file.read())
        self.name = name


@contextmanager
def _whole_files(names: set[str]) -> Iterator[None]:
    """Files of these names are read whole where they are opened; matplotlib takes `io.open`."""
    opened = io.open

    def open_whole(name: Any, *args: Any, **kwargs: Any) -> Any:
        return _WholeFile(name) if name in names else opened(name, *args, **kwargs)

    io.open = open_whole  # type: ignore[assignment]
    try:
        yield
    finally:
        io.open = opened
