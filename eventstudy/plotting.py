"""The one door by which a result, a calibration or a part of the evidence reaches its drawing.

What is drawn is found by name when it is asked for. So results, evidence and calibration import
nothing of the report, which is made of them, and matplotlib is loaded by those who draw.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotted(drawing: str, *given: Any) -> Figure:
    """Draw a figure of its own, or into the axes that are among what is given.

    Args:
        drawing: module and function inside `eventstudy.report.plots`, such as "groups.plot_caar".
        given: what that function takes.
    """
    figure: Figure = _drawing_of(f"plots.{drawing}")(*given)
    return figure


def plotted_part(part: Any, ax: Any, ink: str, **chosen: Any) -> Figure:
    """Draw a part of the evidence as its page does.

    Of a part that is defined in `evidence.parts.curve` the drawing is `curve_sketch` in
    `report.pages.curve`.

    Args:
        part: a part of the evidence that has a picture.
        ax: axes of matplotlib to draw into, one a panel; None for a figure of its own.
        ink: "colour" or "grey".
        chosen: the options of the part's own `plot`.
    """
    page = type(part).__module__.rpartition(".")[2]
    sketch = _drawing_of(f"pages.{page}.{page}_sketch")(part, **chosen)
    return plotted("canvas.put_on", sketch, ax, ink)


def _drawing_of(drawing: str) -> Any:
    module, _, function = drawing.rpartition(".")
    return getattr(import_module(f"eventstudy.report.{module}"), function)
