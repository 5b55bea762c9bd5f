"""The result of a calibration: a table, what it says in words, its figure, its files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.calibration.advice import advice_text, rates_table, summary_lines
from eventstudy.calibration.shares import RejectionShares, dates_text
from eventstudy.files.atomic import refuse_others, replace_folder
from eventstudy.files.csv_text import write_csv
from eventstudy.files.formats import write_json
from eventstudy.plotting import plotted
from eventstudy.text.brief import Brief, brief_html
from eventstudy.text.numbers import counted
from eventstudy.text.rounding import rounded
from eventstudy.text.words import level_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MARKER = "calibration.json"
MOST_SETTINGS = 6
"""Columns of the table in a notebook."""


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(RejectionShares):
    """Rejection shares of the tests in every setting, and what they say."""

    @property
    def advice(self) -> str:
        """Which tests to trust here, by rule.

        A test is trusted when in every setting without an abnormal return its share is within two
        Monte-Carlo standard errors of α, or between 0.5α and 1.5α.
        """
        return advice_text(self)

    def summary(self) -> str:
        """The table and the advice as text of at most 80 columns."""
        return "\n".join(summary_lines(self))

    def __repr__(self) -> str:
        return (
            f"Calibration({len(self.tests)} tests, {len(self.settings)} settings, "
            f"{self.samples} samples each)"
        )

    def _repr_html_(self) -> str:
        shown = self.labels()[:MOST_SETTINGS]
        more = len(self.settings) - len(shown)
        notes = [f"Shares in % that the {level_text(self.alpha)} test rejects; * not its size."]
        notes += [f"… and {counted(more, 'more setting')}; see by_setting()."] if more > 0 else []
        notes += self.notes
        tables = (rates_table(self, shown),)
        return brief_html(Brief(self.advice, f"{self!r}; {self.source}.", tables, tuple(notes)))

    def plot(self) -> Figure:
        """Rejection share by test, one panel a setting, against the nominal line and its band."""
        return plotted("calibration.draw_calibration", self)

    def save(self, directory: str | Path) -> Path:
        """Write calibration.csv, .json, .pdf and .png to a folder, whole or not at all.

        Args:
            directory: the folder; an earlier calibration in it is replaced.

        Raises:
            InputError: other files are in the way.
        """
        target = Path(directory)
        refuse = partial(refuse_others, names=("calibration.*",))
        with replace_folder(target, marker=MARKER, refuse=refuse) as folder:
            write_csv(rounded(self.table), folder / "calibration.csv")
            write_json(rounded(self.to_dict()), folder / MARKER, indent=1)
            plotted("calibration.save_calibration", self, folder / "calibration")
        return target

    def to_dict(self) -> dict[str, Any]:
        """The whole result as plain values for JSON; null stands for inf and for missing."""
        return {
            "source": self.source,
            "notes": list(self.notes),
            "simulated": self.simulated,
            "alpha": self.alpha,
            "n_events": self.n_events,
            "samples": self.samples,
            "dates": dates_text(self.clustered),
            "untraded": self.untraded,
            "spec": self.spec.model_dump(mode="json"),
            "advice": self.advice,
            "table": [
                {name: _plain(value) for name, value in row.items()}
                for row in self.table.to_dict("records")
            ],
        }


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value
