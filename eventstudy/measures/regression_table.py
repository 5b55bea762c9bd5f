"""A regression of CARs on traits as it is printed and saved."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import InputError
from eventstudy.files.atomic import refuse_others, replace_folder, writing
from eventstudy.files.csv_text import csv_text, write_csv
from eventstudy.files.formats import write_json
from eventstudy.measures.model_column import ComparableModel, ModelColumn
from eventstudy.text.brief import Brief, brief_html
from eventstudy.text.lines import first_lines
from eventstudy.text.numbers import counted, number, p_text, percent
from eventstudy.text.rounding import rounded
from eventstudy.text.table import PlainTable
from eventstudy.text.terminal import plain_lines

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.spec.windows import Window


WIDTH = 80
ROUNDING = 1e-12
MOST_LINES = 5
MARKER = "regression.json"
_FILES = (MARKER, "coefficients.csv", "left_out.csv", "ordinary.csv", "slopes.csv")
FEW_CLUSTERS = 40
_FEW = "Caution: with only {n} clusters, standard errors are too small and tests over-reject."


@dataclass(frozen=True, eq=False)
class Regression(ComparableModel):
    """A regression of the CAR on covariates, estimated by statsmodels."""

    formula: str
    window: Window
    covariance: str
    """HC3, HC0, HC1, HC2, nonrobust, cluster, ordinary_days, gls_pc or portfolio."""
    cluster: str
    """What the clusters are (date, firm, a column, or two of them); empty without clusters."""
    weights: str
    """"1/se2" for weighted least squares, or empty."""
    confidence: float
    table: pd.DataFrame
    """term (index); coef, se, t, p_value, ci_low, ci_high: CAR in decimals per unit of the term.
    With ordinary_days and gls_pc, t is the distance from the ordinary days' mean in se, p_value
    the rank, and the interval what the rank does not reject."""
    n: int
    df: int
    """Of the t distribution of the coefficients: N − k, clusters − 1 (the fewer of two kinds),
    ordinary days − 1, or that of the time series (portfolio)."""
    n_clusters: int
    """0 without clusters; the fewer of two kinds."""
    r_squared: float
    """NaN with gls_pc."""
    r_squared_adj: float
    left_out: pd.DataFrame
    """event_id, ticker, reason: the observations that the regression could not use."""
    ordinary: pd.DataFrame
    """term (index); mean and sd of the same coefficient on the ordinary days, p_rank (the event's
    among them), p_t (by their spread), rejected (share of those days on which the errors of
    `covariance` reject zero at 1 − confidence; NaN where they are not independent). Empty without
    estimation windows."""
    slopes: pd.DataFrame
    """first (index; the day on which an ordinary run begins) × terms: the coefficients of which
    `ordinary` speaks."""
    components: int
    """Principal components of each covariance (gls_pc), else 0."""
    warning: str
    """Why the p-values are too small, with the measured rate; empty where none is known."""

    def summary(self) -> str:
        """The regression in lines of at most 80 columns."""
        lines = [line for text in self._head() for line in textwrap.wrap(text, WIDTH)]
        table = plain_lines(self._terms(""))
        closing = [line for text in self._left() for line in textwrap.wrap(text, WIDTH)]
        return "\n".join([*lines, "", *table, *([""] if closing else []), *closing])

    def __repr__(self) -> str:
        return first_lines(self.summary())

    def _repr_html_(self) -> str:
        tables = (self._terms("term"),)
        brief = Brief(self._finding(), ". ".join(self._head()), tables, tuple(self._left()))
        return brief_html(brief)

    def _finding(self) -> str:
        """Which terms stand out at the level of the intervals."""
        level = 1 - self.confidence
        terms = self.table[self.table.index != "Intercept"]
        sure = terms[terms["p_value"] <= level + ROUNDING]  # a rank can equal the level
        named = ", ".join(f"{term} ({p_text(p)})" for term, p in sure["p_value"].items())
        listed = f": {named}" if len(sure) and len(sure) <= MOST_LINES else ""
        verb = "differs" if len(sure) == 1 else "differ"
        return (
            f"{len(sure)} of {counted(len(terms), 'term')} {verb} from zero at "
            f"{percent(level, 0, signed=False)}{listed}"
        )

    def column(self) -> ModelColumn:
        """The regression as a column of `eventstudy.etable`, and of the package maketables."""
        return ModelColumn(
            dependent=f"CAR {self.window}",
            table=self.table,
            stats={"N": self.n, "r2": self.r_squared, "adj_r2": self.r_squared_adj},
            facts={"Estimator": self._fitted(), "Standard errors": self._kind_of_errors()},
            cluster=self.cluster,
            confidence=self.confidence,
            notes=tuple(self._cautions()),
        )

    def to_csv(self, path: str | Path | None = None) -> str:
        """The table of coefficients, `rounded`, as CSV text; written to `path` if given.

        Raises:
            InputError: The file cannot be written.
        """
        text = csv_text(rounded(self.table.reset_index()))
        if path is not None:
            with writing(path, kind=InputError):
                Path(path).write_text(text, encoding="utf-8", newline="\n")
        return text

    def save(self, directory: str | Path) -> Path:
        """Write the regression to a folder, whole or not.

        coefficients.csv, left_out.csv and regression.json; ordinary.csv and slopes.csv too where
        there are ordinary days.

        Raises:
            InputError: The folder holds something else.
            EventStudyError: It cannot be written.
        """
        tables = ("table", "left_out", "ordinary", "slopes")
        facts = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in tables}
        refuse = partial(refuse_others, names=_FILES)
        with replace_folder(Path(directory), marker=MARKER, refuse=refuse) as folder:
            self.to_csv(folder / "coefficients.csv")
            write_csv(rounded(self.left_out), folder / "left_out.csv")
            if len(self.slopes):
                write_csv(rounded(self.ordinary.reset_index()), folder / "ordinary.csv")
                write_csv(rounded(self.slopes.reset_index()), folder / "slopes.csv")
            write_json(rounded(facts), folder / MARKER, indent=1)
        return Path(directory)

    def _head(self) -> list[str]:
        shares = f"R² {number(self.r_squared, 4)} (adjusted {number(self.r_squared_adj, 4)}) · "
        shares = "" if self.components else shares
        return [
            f"CAR {self.window} regressed: {self.formula}",
            f"{self._fitted()} · N {self.n} · {shares}{self._errors()}",
        ]

    def _fitted(self) -> str:
        if self.components:
            return f"GLS on {counted(self.components, 'principal component')}"
        return "OLS" if not self.weights else f"WLS, weights {self.weights}"

    def _errors(self) -> str:
        """What the standard errors and p-values rest on."""
        if self.covariance in ("ordinary_days", "gls_pc"):
            days = counted(len(self.slopes), "ordinary day")
            return f"p: rank among the same coefficients on {days}, se their spread"
        return f"standard errors {self._kind_of_errors()} · t({self.df})"

    def _kind_of_errors(self) -> str:
        if self.cluster:
            return f"clustered by {self.cluster} ({self.n_clusters} clusters)"
        words = {
            "portfolio": "of portfolios over the estimation window",
            "ordinary_days": "spread over ordinary days",
            "gls_pc": "spread over ordinary days",
        }
        return words.get(self.covariance, self.covariance)

    def _terms(self, head: str) -> PlainTable:
        """A row a term, under `head` in the first column."""
        share = number(100 * self.confidence, 0 if (100 * self.confidence).is_integer() else 1)
        heads = (head, "coef", "se", "t", "p", f"low {share}%", f"high {share}%")
        rows = [
            (
                str(term),
                *(number(row[name], 5) for name in ("coef", "se")),
                number(row["t"]),
                p_text(row["p_value"], prefix=False),
                *(number(row[name], 5) for name in ("ci_low", "ci_high")),
            )
            for term, row in self.table.iterrows()
        ]
        return PlainTable.of(heads, rows, more="table")

    def _left(self) -> list[str]:
        rows = self.left_out
        lines = [
            f"Left out: {row.ticker} at {row.event_id}: {row.reason}."
            for row in rows.head(MOST_LINES).itertuples()
        ]
        more = len(rows) - MOST_LINES
        left_out = [f"… and {more} more; see left_out."] if more > 0 else []
        return [*self._cautions(), *lines, *left_out]

    def _cautions(self) -> list[str]:
        """Why p-values are too small."""
        warned = [f"Caution: {self.warning}"] if self.warning else []
        few = 0 < self.n_clusters < FEW_CLUSTERS
        return [*warned, *([_FEW.format(n=self.n_clusters)] if few else [])]
