"""What a study left out, in lines that whoever asked for it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventstudy.errors import DataMissingError, some_names
from eventstudy.text.measure import measured_in, worded

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.result.record import StudyRecord

MOST_LINES = 6
"""Lines that a refusal quotes."""


def require_estimates(results: Sequence[StudyRecord]) -> None:
    """Refuse studies of which none has an estimate, with the reasons.

    Args:
        results: The studies that were asked for together.

    Raises:
        DataMissingError: No event has an estimate.
    """
    if not any(result.n for result in results):
        lines = left_out_lines(results)
        raise DataMissingError(
            f"Nothing could be estimated. {' '.join(lines[:MOST_LINES])} "
            "Choose tickers that the source has and dates whose estimation window it covers."
        )


def left_out_lines(results: Sequence[StudyRecord]) -> list[str]:
    """A line an event, stage and reason, in the words of what each study is about.

    Args:
        results: The studies that were asked for together.
    """
    lines = []
    for result in results:
        with measured_in(result.spec.unit, result.spec.frequency):
            lines += [worded(line) for line in _grouped(result.exclusions)]
    return lines


def _grouped(exclusions: pd.DataFrame) -> list[str]:
    """One line an event, stage and reason, with the tickers named."""
    shared: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for row in exclusions.itertuples():
        ticker, reason = str(row.ticker), str(row.reason)
        key = (str(row.event_id), str(row.stage), reason.removeprefix(f"{ticker} is "))
        shared.setdefault(key, []).append((ticker, reason))
    lines = []
    for (event_id, stage, why), left_out in shared.items():
        names = some_names([ticker for ticker, _ in left_out])
        reason = left_out[0][1]
        together = len(left_out) > 1 and why != reason
        lines.append(
            f"{names} at {event_id} ({stage}): {f'each is {why}' if together else reason}."
        )
    return lines
