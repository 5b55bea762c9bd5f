"""What all parts of the evidence can do: say what they found in a few lines, and draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.reprs import Brief, Shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class EvidencePart(Shown):
    """A part of the evidence, as it prints itself."""

    __slots__ = ()

    def _brief(self) -> Brief:
        from eventstudy.evidence.briefs import brief_of

        return brief_of(self)


class DrawnPart(EvidencePart):
    """A part of the evidence that has a picture."""

    __slots__ = ()

    def plot(self, ax: Any = None, *, ink: str = "colour") -> Figure:
        """The chart of its page in a figure of its own, or in `ax`: axes, one a panel.

        Raises InputError where there is nothing to draw or the axes are not as many.
        """
        return self._plot(ax, ink)

    def _plot(self, ax: Any, ink: str, **chosen: Any) -> Figure:
        from eventstudy.tearsheet.plots_evidence import plot_part

        return plot_part(self, ax, ink, **chosen)


class ChosenPart(DrawnPart):
    """A part that has a picture for each entity and window."""

    __slots__ = ()

    def plot(  # type: ignore[override]
        self,
        entity: str | None = None,
        window: tuple[int, int] | None = None,
        ax: Any = None,
        *,
        ink: str = "colour",
    ) -> Figure:
        """The chart of an entity (key or name) and window, by default the first on day 0.

        Placebos have a panel for each kind that there is, a curve one for the estimates and one
        for the choices behind them: `ax` takes as many axes. Raises InputError for an entity or
        window that there is not, and where the axes are not as many.
        """
        return self._plot(ax, ink, entity=entity, window=window)
