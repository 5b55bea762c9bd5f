"""Which traits of the observations explain their CAR: a cross-sectional regression by formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from eventstudy.compute.threads import one_blas_thread
from eventstudy.errors import InputError, some_names, unknown_name
from eventstudy.measures.formula import (
    check_design,
    design_of,
    first_infinite,
    named,
    powers_near,
    require,
    right_hand,
)
from eventstudy.measures.inference import (
    COVARIANCES,
    Covariance,
    CrossSection,
    Inferred,
    enough_days,
    errors_warning,
    inferred,
)
from eventstudy.measures.ordinary_days import ranked_slopes
from eventstudy.measures.regression_table import Regression as Regression
from eventstudy.significance.sample import SAME
from eventstudy.spec.arguments import several, share_between, whole_number

if TYPE_CHECKING:
    from eventstudy.arrays import Ints, Texts
    from eventstudy.result.result import StudyResult
    from eventstudy.spec.windows import Window


CLUSTERS = {"date": "day0", "firm": "ticker"}


@one_blas_thread()
def regress(
    result: StudyResult,
    formula: str,
    *,
    window: tuple[int, int] | str = (-1, 1),
    cov: Covariance | None = None,
    cluster: str | Sequence[str] = "date",
    weights: Literal["1/se2"] | None = None,
    components: int | None = None,
    confidence: float | None = None,
) -> Regression:
    """Regress the CAR of `window` on columns of the observations, by formula.

    What cannot be used is in `left_out` with its reason: no CAR, a covariate or cluster missing, a
    term that is not finite; what the study excluded stands there too.

    Kinds of errors:

    - "ordinary_days": the coefficients among those of the same regression on every run of
      estimation sessions, each left out of its own fit. p = (1 + #)/(B + 1), # of B ordinary runs
      at least as far from their mean; se = their spread, sd·√((B + 1)/B); the interval is what the
      rank does not reject. Holds when all observations share one date, because the ordinary days
      share theirs too. Cohn, Johnson, Liu & Wardlaw (2026), as Stata's csestudy.
    - "gls_pc": the same with generalised least squares, weighted by the covariance of the days
      before (principal components and what is left of each firm), for the event and for each
      ordinary day alike: csestudy with gls. One date only; of B estimation sessions about half
      are ordinary days, the other half give their covariances.
    - "portfolio": OLS coefficients are portfolios with weights (X'X)⁻¹X'; their errors come from
      those portfolios' abnormal returns over the estimation window, t(M − k). With weights="1/se2"
      the portfolios of weighted least squares. One date only. Sefcik & Thompson (1986).
    - "HC3" (MacKinnon & White 1985), other HC, "nonrobust": independent observations, t(N − k).
    - "cluster": correlated within a cluster, t(clusters − 1); with two kinds of clusters within
      either (Cameron, Gelbach & Miller 2011), t(the fewer − 1).

    Where observations with overlapping windows are taken as independent, `warning` says how often
    that rejects on their own ordinary days.

    Args:
        result: Of a study, run or loaded.
        formula: The right-hand side such as "size + C(sector) + np.log(volume)", with or without
            "car ~" before it. Names are columns of the observations (also group, ticker, date,
            day0, benchmark, and se, the CAR's forecast error); write Q("a name") for odd ones.
            Expressions are evaluated as Python: use no formula from an untrusted source.
        window: The CAR's days, inside the estimated ones; the CAR is in decimals.
        cov: As above. If None, "ordinary_days" where all observations share one date and the
            study kept their estimation windows, else "HC3".
        cluster: For cov="cluster": "date" (day 0), "firm" (ticker), a column, or two of these
            such as ("firm", "date").
        weights: "1/se2" weighs each observation by the inverse square of its forecast error.
        components: For cov="gls_pc": principal components of each covariance; if None a tenth
            of the days or of the observations, whichever is less, at most csestudy's 100.
        confidence: Level of the intervals, between 0 and 1; the study's if None.

    Raises:
        InputError: The formula cannot be evaluated, its terms are collinear, there are too few
            observations or ordinary days, one observation alone determines a coefficient (HC2 and
            HC3), or an option is wrong.
    """
    if cov is not None and cov not in COVARIANCES:
        raise unknown_name("covariance", cov, COVARIANCES)
    if weights not in (None, "1/se2"):
        raise unknown_name("weighting", str(weights), ["1/se2"])
    require(components is None or cov == "gls_pc", "Option components: only for cov='gls_pc'.")
    if components is not None:
        whole_number(components, "components", 1)
    require(
        cluster == "date" or cov == "cluster",
        "Option cluster: only for cov='cluster'; other errors have no clusters.",
    )
    level = share_between(
        result.spec.confidence if confidence is None else confidence, "confidence"
    )
    terms, days = right_hand(formula), result.assets.inside(window)
    cars = result.car(days)
    data = result.assets.labels
    data = data.assign(**{name: cars[name].array for name in ("car", "se") if name not in data})
    by = _cluster_columns(cluster, data) if cov == "cluster" else {}
    why = _unusable(terms, days, cars["reason"], data, by)
    kept = np.flatnonzero(why == "")
    require(len(kept) > 0, f"No observation has a CAR {days} and all covariates of {terms}.")
    one_date = len(kept) > 1 and len(data["day0"].iloc[kept].unique()) == 1
    if cov is None:
        rank = one_date and enough_days(result.assets, days, 1 - level)
        cov = "ordinary_days" if rank else "HC3"
    design = design_of(terms, data.iloc[kept])
    check_design(design, cov)
    y, se = (cars[name].to_numpy()[kept] for name in ("car", "se"))
    require(
        bool(np.ptp(y) > SAME * np.abs(y).max()),
        f"All CAR {days} have the same value, so there is nothing to explain.",
    )
    units = powers_near(design)
    codes = _codes(by, data.iloc[kept])
    weighing = None if weights is None else se**-2.0
    scaled = design.to_numpy(dtype=np.float64) / units
    cross = CrossSection(design.columns, scaled, units, y, weighing, one_date, days, 1 - level)
    found = inferred(cross, cov, codes, result.assets.take(kept), components)
    why[kept[~found.used]] = "a return is missing on one of the days that the covariance needs"
    return Regression(
        formula=f"car ~ {terms}",
        window=days,
        covariance=cov,
        cluster=" and ".join(by),
        weights=weights or "",
        confidence=level,
        table=_table(cross, found),
        n=int(found.used.sum()),
        df=found.df,
        n_clusters=found.df + 1 if by else 0,
        r_squared=found.r_squared[0],
        r_squared_adj=found.r_squared[1],
        left_out=_left_out(result, why),
        ordinary=_ordinary(cross, found),
        slopes=_slopes(cross, found),
        components=found.components,
        warning=errors_warning(cross, cov, list(by), found),
    )


def _table(cross: CrossSection, found: Inferred) -> pd.DataFrame:
    """The coefficients in the units of their terms."""
    units = cross.units
    figures = {"coef": found.coef / units, "se": found.se / units, "t": found.t}
    figures |= {
        "p_value": found.p_value,
        "ci_low": found.low / units,
        "ci_high": found.high / units,
    }
    return pd.DataFrame(figures, index=cross.terms.rename("term"))


def _slopes(cross: CrossSection, found: Inferred) -> pd.DataFrame:
    """The coefficients of the ordinary runs in the units of their terms."""
    slopes = np.empty((0, len(cross.units))) if found.slopes is None else found.slopes
    first = np.empty(0, dtype=np.int64) if found.first is None else found.first
    index = pd.Index(first, name="first")
    return pd.DataFrame(slopes / cross.units, index=index, columns=list(cross.terms))


def _ordinary(cross: CrossSection, found: Inferred) -> pd.DataFrame:
    """The ordinary days in figures, one row a term; empty without two of them."""
    columns = ["mean", "sd", "p_rank", "p_t", "rejected"]
    if found.slopes is None or len(found.slopes) < 2:
        return pd.DataFrame(columns=columns, index=pd.Index([], name="term"), dtype=np.float64)
    figures = ranked_slopes(found.coef, found.slopes, cross.level)
    rejected = np.nan if found.rejected is None else found.rejected
    parts = [figures.mean / cross.units, figures.sd / cross.units, figures.p_rank, figures.p_t]
    named_parts = dict(zip(columns, [*parts, rejected], strict=True))
    return pd.DataFrame(named_parts, index=cross.terms.rename("term"))


def _unusable(
    terms: str, days: Window, reasons: pd.Series[Any], data: pd.DataFrame, by: dict[str, str]
) -> Texts:
    """(N,) why each observation cannot be used; empty where it can."""
    why = np.array([f"no CAR {days}: {r}" if r else "" for r in reasons], dtype=object)
    for name in [*named(terms, data), *by.values()]:
        empty = data[name].isna().to_numpy() | (data[name].astype(str) == "").to_numpy()
        why = np.where((why == "") & empty, f"{name} is missing", why)
    kept = np.flatnonzero(why == "")
    if len(kept):
        broken = first_infinite(design_of(terms, data.iloc[kept]))
        why[kept] = [f"{term} is not finite" if term else "" for term in broken]
    return why


def _cluster_columns(cluster: str | Sequence[str], data: pd.DataFrame) -> dict[str, str]:
    """The columns of one or two kinds of clusters, by the names they were given."""
    kinds = several(cluster, "cluster")
    require(
        len(kinds) in (1, 2) and len(set(kinds)) == len(kinds),
        f"Option cluster: {kinds!r}; give one kind of clusters, or two such as ('firm', 'date').",
    )
    columns = {kind: CLUSTERS.get(kind, kind) for kind in kinds}
    for kind, name in columns.items():
        if name not in data.columns:
            raise InputError(
                f"Option cluster: there is no column {kind!r}; give date, firm or one of "
                f"{some_names([str(column) for column in data.columns])}."
            )
    return columns


def _codes(by: dict[str, str], data: pd.DataFrame) -> Ints | None:
    """(N,) or (N, 2) the number of each observation's cluster."""
    if not by:
        return None
    codes = [pd.factorize(data[name])[0].astype(np.int64) for name in by.values()]
    for kind, numbers in zip(by, codes, strict=True):
        require(
            int(numbers.max()) > 0,
            f"All observations share one {kind}, so nothing can be clustered by it; "
            "use another cov= or cluster=.",
        )
    return codes[0] if len(codes) == 1 else np.column_stack(codes)


def _left_out(result: StudyResult, why: Any) -> pd.DataFrame:
    """What the regression could not use, and before it what the study excluded altogether."""
    out = result.exclusions
    before = out[~out["stage"].astype(str).str.startswith("CAR ")]
    rows = result.assets.labels.loc[why != "", ["event_id", "ticker"]]
    parts = [before[["event_id", "ticker", "reason"]], rows.assign(reason=why[why != ""])]
    return pd.DataFrame(pd.concat(parts, ignore_index=True))
