"""Which traits of the observations explain their CAR: a cross-sectional regression by formula."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, some_names, unknown_name
from eventstudy.files.atomic import replace_folder, writing
from eventstudy.files.csv_text import csv_text, write_csv
from eventstudy.files.formats import write_json
from eventstudy.measures.formula import (
    check_design,
    design_of,
    first_infinite,
    named,
    powers_near,
    require,
    right_hand,
)
from eventstudy.significance.sample import SAME
from eventstudy.spec import Window
from eventstudy.text.brief import Brief, brief_html
from eventstudy.text.lines import first_lines
from eventstudy.text.numbers import counted, number, p_text, percent
from eventstudy.text.rounding import rounded
from eventstudy.text.table import PlainTable
from eventstudy.text.terminal import plain_lines

if TYPE_CHECKING:
    from eventstudy.arrays import Floats, Ints, Texts
    from eventstudy.result.result import StudyResult


CLUSTERS = {"date": "day0", "firm": "ticker"}
WIDTH = 80
MOST_LINES = 5
MARKER = "regression.json"
FEW_CLUSTERS = 40
_FEW = "Mind: with only {n} clusters the standard errors are too small and p too often small."

Covariance = Literal["HC3", "HC0", "HC1", "HC2", "cluster", "nonrobust"]
COVARIANCES = get_args(Covariance)


@dataclass(frozen=True, eq=False)
class Regression:
    """A regression of the CAR on covariates, estimated by statsmodels."""

    formula: str
    window: Window
    covariance: str
    """HC3, HC0, HC1, HC2, nonrobust, or cluster."""
    cluster: str
    """What the clusters are (date, firm or a column); empty without clusters."""
    weights: str
    """"1/se2" for weighted least squares, or empty."""
    confidence: float
    table: pd.DataFrame
    """term (index); coef, se, t, p_value, ci_low, ci_high: CAR in decimals per unit of the term."""
    n: int
    df: int
    """Of the t distribution of the coefficients: N − k, or clusters − 1."""
    n_clusters: int
    """0 without clusters."""
    r_squared: float
    r_squared_adj: float
    left_out: pd.DataFrame
    """event_id, ticker, reason: the observations that the regression could not use."""

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
        sure = terms[terms["p_value"] < level]
        named = ", ".join(f"{term} ({p_text(p)})" for term, p in sure["p_value"].items())
        listed = f": {named}" if len(sure) and len(sure) <= MOST_LINES else ""
        verb = "differs" if len(sure) == 1 else "differ"
        return (
            f"{len(sure)} of {counted(len(terms), 'term')} {verb} from zero at "
            f"{percent(level, 0, signed=False)}{listed}"
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
        """Write coefficients.csv, left_out.csv and regression.json to a folder, whole or not.

        Raises:
            InputError: The folder holds something else.
            EventStudyError: It cannot be written.
        """
        tables = ("table", "left_out")
        facts = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in tables}
        with replace_folder(Path(directory), marker=MARKER) as folder:
            self.to_csv(folder / "coefficients.csv")
            write_csv(rounded(self.left_out), folder / "left_out.csv")
            write_json(rounded(facts), folder / MARKER, indent=1)
        return Path(directory)

    def _head(self) -> list[str]:
        errors = self.covariance
        if self.cluster:
            errors = f"clustered by {self.cluster} ({self.n_clusters} clusters)"
        fitted = "OLS" if not self.weights else f"WLS, weights {self.weights}"
        return [
            f"CAR {self.window} regressed: {self.formula}",
            f"{fitted} · N {self.n} · R² {number(self.r_squared, 4)} (adjusted "
            f"{number(self.r_squared_adj, 4)}) · standard errors {errors} · t({self.df})",
        ]

    def _terms(self, head: str) -> PlainTable:
        """A row a term, under `head` in the first column."""
        share = number(100 * self.confidence, 0 if (100 * self.confidence).is_integer() else 1)
        heads = (head, "coef", "se", "t", "p", f"low {share} %", f"high {share} %")
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
        if 0 < self.n_clusters < FEW_CLUSTERS:
            lines.insert(0, _FEW.format(n=self.n_clusters))
        return [*lines, *([f"… and {more} more; see left_out."] if more > 0 else [])]


def regress(
    result: StudyResult,
    formula: str,
    *,
    window: tuple[int, int] | str = (-1, 1),
    cov: Covariance = "HC3",
    cluster: str = "date",
    weights: Literal["1/se2"] | None = None,
    confidence: float | None = None,
) -> Regression:
    """Regress the CAR of `window` on columns of the observations, by formula.

    t statistics are compared with t(N − k), or t(clusters − 1). What cannot be used is in
    `left_out` with its reason: no CAR, a covariate or cluster missing, a term that is not finite;
    what the study excluded stands there too.

    Args:
        result: Of a study, run or loaded.
        formula: The right-hand side such as "size + C(sector) + np.log(volume)", with or without
            "car ~" before it. Names are columns of the observations (also group, ticker, date,
            day0, benchmark, and se, the CAR's forecast error); write Q("a name") for odd ones.
            Expressions are evaluated as Python: use no formula from an untrusted source.
        window: The CAR's days, inside the estimated ones; the CAR is in decimals.
        cov: Standard errors: "HC3" (MacKinnon & White 1985), other HC, "nonrobust", or "cluster".
        cluster: For cov="cluster": "date" (day 0), "firm" (ticker) or a column. Observations that
            share a date share its shock.
        weights: "1/se2" weighs each observation by the inverse square of its forecast error.
        confidence: Level of the intervals, between 0 and 1; the study's if None.

    Raises:
        InputError: The formula cannot be evaluated, its terms are collinear, there are too few
            observations, one observation alone determines a coefficient (HC2 and HC3), or an
            option is wrong.
    """
    if cov not in COVARIANCES:
        raise unknown_name("covariance", cov, COVARIANCES)
    if weights not in (None, "1/se2"):
        raise unknown_name("weighting", str(weights), ["1/se2"])
    level = result.spec.confidence if confidence is None else confidence
    require(0 < level < 1, f"Option confidence: {level!r} is no share between 0 and 1.")
    terms, days = right_hand(formula), result.assets.inside(window)
    cars = result.car(days)
    data = result.assets.labels
    data = data.assign(**{name: cars[name].array for name in ("car", "se") if name not in data})
    by = _cluster_column(cluster, data) if cov == "cluster" else ""
    why = _unusable(terms, days, cars["reason"], data, by)
    kept = np.flatnonzero(why == "")
    require(len(kept) > 0, f"No observation has a CAR {days} and all covariates of {terms}.")
    design = design_of(terms, data.iloc[kept])
    check_design(design, cov)
    y, se = (cars[name].to_numpy()[kept] for name in ("car", "se"))
    require(
        bool(np.ptp(y) > SAME * np.abs(y).max()),
        f"All CAR {days} have the same value, so there is nothing to explain.",
    )
    units = powers_near(design)
    codes = pd.factorize(data[by].iloc[kept])[0] if by else None
    clusters = 0 if codes is None else int(codes.max()) + 1
    require(
        clusters != 1,
        f"All observations share one {cluster}, so nothing can be clustered by it; "
        "use cov='HC3' or another cluster=.",
    )
    fit = _fitted(y, design.div(units), None if weights is None else se**-2.0, cov, codes)
    require(
        bool((fit.bse > 0).all()),
        f"The terms of {terms} explain the CAR {days} without any residual, so nothing can be "
        "tested; use fewer terms.",
    )
    low, high = np.asarray(fit.conf_int(alpha=1 - level)).T / units
    figures = {"coef": fit.params / units, "se": fit.bse / units, "t": fit.tvalues}
    figures |= {"p_value": fit.pvalues, "ci_low": low, "ci_high": high}
    return Regression(
        formula=f"car ~ {terms}",
        window=days,
        covariance=cov,
        cluster=cluster if by else "",
        weights=weights or "",
        confidence=level,
        table=pd.DataFrame(figures, index=pd.Index(design.columns, name="term")),
        n=len(y),
        df=clusters - 1 if by else int(fit.df_resid),
        n_clusters=clusters,
        r_squared=float(fit.rsquared),
        r_squared_adj=float(fit.rsquared_adj),
        left_out=_left_out(result, why),
    )


def _unusable(
    terms: str, days: Window, reasons: pd.Series[Any], data: pd.DataFrame, by: str
) -> Texts:
    """(N,) why each observation cannot be used; empty where it can."""
    why = np.array([f"no CAR {days}: {r}" if r else "" for r in reasons], dtype=object)
    for name in [*named(terms, data), *([by] if by else [])]:
        empty = data[name].isna().to_numpy() | (data[name].astype(str) == "").to_numpy()
        why = np.where((why == "") & empty, f"{name} is missing", why)
    kept = np.flatnonzero(why == "")
    if len(kept):
        broken = first_infinite(design_of(terms, data.iloc[kept]))
        why[kept] = [f"{term} is not finite" if term else "" for term in broken]
    return why


def _fitted(
    y: Floats, design: pd.DataFrame, weights: Floats | None, cov: Covariance, codes: Ints | None
) -> Any:
    """The fit of statsmodels; `codes` number the clusters."""
    from statsmodels.regression.linear_model import OLS, WLS

    model = OLS(y, design) if weights is None else WLS(y, design, weights=weights)
    groups = None if codes is None else {"groups": codes}
    return model.fit(cov_type=cov, cov_kwds=groups, use_t=True)


def _cluster_column(cluster: str, data: pd.DataFrame) -> str:
    name = CLUSTERS.get(cluster, cluster)
    if name not in data.columns:
        raise InputError(
            f"Option cluster: there is no column {cluster!r}; give date, firm or one of "
            f"{some_names([str(column) for column in data.columns])}."
        )
    return name


def _left_out(result: StudyResult, why: Any) -> pd.DataFrame:
    """What the regression could not use, and before it what the study excluded altogether."""
    out = result.exclusions
    before = out[~out["stage"].astype(str).str.startswith("CAR ")]
    rows = result.assets.labels.loc[why != "", ["event_id", "ticker"]]
    parts = [before[["event_id", "ticker", "reason"]], rows.assign(reason=why[why != ""])]
    return pd.DataFrame(pd.concat(parts, ignore_index=True))
