"""Finds the chart of a result, a calibration or a part of the evidence by its name.

Charts are loaded when they are drawn. So results, evidence and calibration import neither the
report, which uses them, nor matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plotted(drawing: str, *given: Any) -> Figure:
    """Draw a new figure, or draw into the axes among the arguments.

    Args:
        drawing: module and function in `eventstudy.report.plots`, such as "groups.plot_caar".
        given: arguments of that function.
    """
    figure: Figure = _drawing_of(f"plots.{drawing}")(*given)
    return figure


def plotted_part(part: Any, ax: Any, ink: str, **chosen: Any) -> Figure:
    """Draw a part of the evidence as its page does.

    A part defined in `evidence.parts.curve` is drawn by `curve_sketch` in `report.pages.curve`.

    Args:
        part: a part of the evidence with a chart.
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
