"""The result of a calibration: a table, what it says in words, its figure, its files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.calibration.advice import advice_text, level_text, mc_error, nominal, summary_lines
from eventstudy.calibration.rejections import Tally
from eventstudy.calibration.setting import SETTING_COLUMNS, Setting, varied
from eventstudy.files.atomic import replace_folder
from eventstudy.files.csv_text import write_csv
from eventstudy.spec import StudySpec
from eventstudy.text.brief import MOST_ROWS, Brief, Listing, html_of
from eventstudy.text.numbers import counted, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MARKER = "calibration.json"
MOST_SETTINGS = 6
"""Columns of the table in a notebook."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Rejection shares of the tests in every setting."""

    table: pd.DataFrame
    """One row a setting and test: rho, variance, tails (inf is normal), thin and ar of the setting
    (missing where the user's own panel decides), dates (common or dispersed), n_events, test,
    samples (those with a p-value), rejections, rate (a fraction), mc_se (its Monte-Carlo standard
    error), refused (why and how often, or empty), nominal (whether the size holds; missing where
    ar is not 0 or nothing was answered)."""
    settings: tuple[Setting, ...]
    alpha: float
    n_events: int
    samples: int
    clustered: bool
    spec: StudySpec
    source: str
    """Where the returns come from, in words."""
    simulated: bool
    untraded: str

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests, in the order of the table."""
        return tuple(dict.fromkeys(self.table["test"]))

    @property
    def varied(self) -> tuple[str, ...]:
        """The fields in which the settings differ."""
        return varied(self.settings)

    @property
    def mc_error(self) -> float:
        """Monte-Carlo standard error of the share of an exact test, √(α(1 − α)/samples)."""
        return mc_error(self.alpha, self.samples)

    @property
    def advice(self) -> str:
        """Which tests to trust here, by rule.

        A test is trusted when in every setting without an abnormal return its share is within two
        Monte-Carlo standard errors of α, or between 0.5α and 1.5α.
        """
        return advice_text(self)

    def by_setting(self) -> pd.DataFrame:
        """The rates as fractions, tests × settings; columns are the settings' labels."""
        rates = self.table["rate"].to_numpy().reshape(len(self.settings), len(self.tests)).T
        index = pd.Index(self.tests, name="test")
        return pd.DataFrame(rates, index=index, columns=self.labels())

    def labels(self) -> list[str]:
        """One label a setting, naming what differs."""
        return [s.label(self.varied) or "all samples" for s in self.settings]

    def summary(self) -> str:
        """The table and the advice as text of at most 80 columns."""
        return "\n".join(summary_lines(self))

    def __repr__(self) -> str:
        return (
            f"Calibration({len(self.tests)} tests, {len(self.settings)} settings, "
            f"{self.samples} samples each)"
        )

    def _repr_html_(self) -> str:
        rates = self.by_setting()
        marks = self.table["nominal"].to_numpy().reshape(len(self.settings), len(self.tests)).T
        shown = list(rates.columns[:MOST_SETTINGS])
        rows = [
            (str(test), *(_rate(rate, ok) for rate, ok in zip(line, kept, strict=True)))
            for test, line, kept in zip(
                rates.index, rates.to_numpy()[:, : len(shown)], marks[:, : len(shown)], strict=True
            )
        ]
        more = len(rates.columns) - len(shown)
        listing = Listing(("test", *shown), rows[:MOST_ROWS], len(rows), more="table")
        notes = [f"Shares in % that the {level_text(self.alpha)} test rejects; * not its size."]
        notes += [f"… and {counted(more, 'more setting')}; see by_setting()."] if more > 0 else []
        return html_of(Brief(self.advice, f"{self!r}; {self.source}.", (listing,), tuple(notes)))

    def plot(self) -> Figure:
        """Rejection share by test, one panel a setting, against the nominal line and its band."""
        from eventstudy.report.plots.calibration import draw_calibration

        return draw_calibration(self)

    def save(self, directory: str | Path) -> Path:
        """Write calibration.csv, .json, .pdf and .png to `directory`, whole or not at all.

        Replaces an earlier calibration; raises InputError where other files are in the way.
        """
        from eventstudy.report.drawing.savefig import save_figure

        target = Path(directory)
        with replace_folder(target, marker=MARKER) as folder:
            write_csv(self.table, folder / "calibration.csv")
            text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False)
            (folder / MARKER).write_text(text + "\n", encoding="utf-8", newline="\n")
            save_figure(self.plot(), folder / "calibration")
        return target

    def to_dict(self) -> dict[str, Any]:
        """The whole result as plain values for JSON; null stands for inf and for missing."""
        return {
            "source": self.source,
            "simulated": self.simulated,
            "alpha": self.alpha,
            "n_events": self.n_events,
            "samples": self.samples,
            "dates": _dates(self.clustered),
            "untraded": self.untraded,
            "spec": self.spec.model_dump(mode="json"),
            "advice": self.advice,
            "table": [
                {name: _plain(value) for name, value in row.items()}
                for row in self.table.to_dict("records")
            ],
        }


def _rate(rate: float, ok: object) -> str:
    text = percent(rate, 1, signed=False, unit=False)
    return f"{text}*" if ok is not pd.NA and not ok else text


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value


def _dates(clustered: bool) -> str:
    return "common" if clustered else "dispersed"


def table_of(
    tallies: Mapping[Setting, Sequence[Tally]],
    tests: Sequence[str],
    *,
    alpha: float,
    n_events: int,
    clustered: bool,
    simulated: bool,
) -> pd.DataFrame:
    """The tidy table of a calibration, settings in order and tests inside them."""
    rows = []
    for setting, found in tallies.items():
        world = {name: getattr(setting, name) for name in SETTING_COLUMNS}
        if not simulated:
            world = {name: value if name == "ar" else np.nan for name, value in world.items()}
        world |= {"dates": _dates(clustered), "n_events": n_events}
        rows += [
            {**world, **_counted(name, tally, alpha, setting.is_null)}
            for name, tally in zip(tests, found, strict=True)
        ]
    table = pd.DataFrame(rows)
    return table.astype({"nominal": "boolean", "test": "str", "dates": "str", "refused": "str"})


def _counted(test: str, tally: Tally, alpha: float, is_null: bool) -> dict[str, Any]:
    n = tally.answered
    rate = tally.rejections / n if n else np.nan
    refused = sum(tally.reasons.values())
    reason = tally.reasons.most_common(1)[0][0] if refused else ""
    return {
        "test": test,
        "samples": n,
        "rejections": tally.rejections,
        "rate": rate,
        "mc_se": float(np.sqrt(rate * (1 - rate) / n)) if n else np.nan,
        "refused": f"{refused} of {n + refused}: {reason}" if refused else "",
        "nominal": nominal(rate, alpha, n) if n and is_null else pd.NA,
    }
