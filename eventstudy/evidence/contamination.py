"""Does the benchmark carry the event? The same abnormal returns under other benchmarks.

A benchmark that holds the affected stocks falls with them, expects a part of their fall, and so
understates it. Which names weigh in a benchmark cannot be read off its prices; so every asset and
portfolio is looked at under every comparison benchmark. `leave_out` makes a benchmark without
given names where their weights are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.evidence.case import Case, column
from eventstudy.evidence.parts.contamination import Contamination
from eventstudy.evidence.refits import typed
from eventstudy.models.kernel.batch import Floats
from eventstudy.models.kernel.fits import Fits
from eventstudy.result.dollars import focus_of
from eventstudy.result.entities import Entity
from eventstudy.spec.windows import Window

_TABLE = "other:s start:i end:i key:s name:s group:s portfolio:b own own_se against against_se"
_TABLE += " difference in_se difference_se flagged:b reason:s"


def contamination(case: Case) -> Contamination:
    """Every asset and portfolio under every comparison benchmark of the study.

    A difference above one standard error of the study's own estimate is flagged: the choice of
    benchmark then matters as much as chance does.

    Args:
        case: the event and its prices.
    """
    spec, day = case.spec, focus_of(case.spec)
    longest = max(spec.car, key=lambda window: window.length, default=day)
    windows = list(dict.fromkeys((day, longest)))
    together = [entity for entity in case.entities if entity.portfolio]
    assets = case.result.assets
    own = _pick(case.result.portfolios, [entity.key for entity in together])
    leads = {(entity.portfolio, entity.key) for entity in case.leads}
    parts = []
    for other, estimates in case.result.comparison.items():
        parts.append(_compare(assets, estimates, case.assets, other, windows))
        if together:
            changed = spec.model_copy(update={"benchmark": other})
            refitted = case.refit([column(e) for e in together], [case.day0], changed).estimates
            named = {column(entity): entity.key for entity in together}
            labels = refitted.labels.assign(ticker=refitted.labels["ticker"].map(named))
            renamed = replace(refitted, labels=labels)
            parts.append(_compare(own, renamed, together, other, windows))
    table = pd.concat(parts, ignore_index=True) if parts else typed([], _TABLE)
    keys = zip(table["portfolio"], table["key"], strict=True)
    table.insert(7, "lead", np.array([key in leads for key in keys], dtype=bool))
    return Contamination(case.event_id, case.benchmark, tuple(case.result.comparison), table)


def _pick(estimates: Estimates, keys: Sequence[str]) -> Estimates:
    """The observations of these tickers, in their order; those without one are left out."""
    row = {str(ticker): i for i, ticker in enumerate(estimates.labels["ticker"])}
    return estimates.take(np.array([row[key] for key in keys if key in row], dtype=np.int64))


def _compare(
    own: Estimates,
    other: Estimates,
    entities: Sequence[Entity],
    benchmark: str,
    windows: Sequence[Window],
) -> pd.DataFrame:
    """The rows of one comparison benchmark, window by window, in the order of the entities."""
    keys = [entity.key for entity in entities]
    in_both = set(other.labels["ticker"]) & set(own.labels["ticker"])
    shared = [key for key in keys if key in in_both]
    mine, first, second = _pick(own, keys), _pick(own, shared), _pick(other, shared)
    parts = []
    for window in windows:
        left = mine.car_table(window)
        errors = difference_errors(first.fits, second.fits, own.spec.span, window)
        right = second.car_table(window).assign(error=errors).set_axis(shared).reindex(keys)
        estimate, se = left["car"].to_numpy(), left["se"].to_numpy()
        difference = right["car"].to_numpy() - estimate
        other_reason = right["reason"].fillna(f"no estimate against {benchmark}")
        reasons = [
            why or other_why for why, other_why in zip(left["reason"], other_reason, strict=True)
        ]
        parts.append(
            pd.DataFrame(
                {
                    "other": benchmark,
                    "start": window.start,
                    "end": window.end,
                    "key": keys,
                    **{
                        about: [getattr(entity, about) for entity in entities]
                        for about in ("name", "group", "portfolio")
                    },
                    "own": estimate,
                    "own_se": se,
                    "against": right["car"].to_numpy(),
                    "against_se": right["se"].to_numpy(),
                    "difference": difference,
                    "in_se": difference / se,
                    "difference_se": right["error"].to_numpy(),
                    "flagged": np.abs(difference) > se,
                    "reason": reasons,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def difference_errors(first: Fits, second: Fits, span: Window, window: Window) -> Floats:
    """(N,) standard error of the difference of two CARs of the same asset under two models.

    The forecast error of a CAR over L days is Σu_τ − Σ_t h_t u_t, with h_t what estimation
    session t weighs in the forecast. Errors u, v of one session have the covariance
    σ_uv = Σ_t u_t v_t / tr(M_u M_v), so that the two CARs have σ_uv (L + Σ_t h_t g_t). Exact for
    least squares, whatever sessions are missing. NaN where that does not hold: for other models,
    and where the estimation windows were not kept.
    """
    nothing = np.full(len(first), np.nan)
    kept = first.basis.shape[2] and second.basis.shape[2]
    if not len(first) or not kept or first.noise.shape[1] or second.noise.shape[1]:
        return nothing
    days = slice(window.start - span.start, window.end - span.start + 1)
    (h, fine), (g, too) = (_weights(fits, days) for fits in (first, second))
    u, v = _centred(first.residuals), _centred(second.residuals)
    common = np.isfinite(first.residuals) & np.isfinite(second.residuals)

    def shared(fits: Fits) -> Floats:
        return np.asarray(np.where(common[:, :, None], fits.basis, 0.0))

    p, q = shared(first), shared(second)
    overlap = (np.einsum("nti,ntj->nij", p, q) ** 2).sum(axis=(1, 2))
    trace = common.sum(axis=1) - (p**2).sum(axis=(1, 2)) - (q**2).sum(axis=(1, 2)) + overlap
    covariance = (u * v).sum(axis=1) / np.maximum(trace, 1.0)
    ahead = window.length + (h * g).sum(axis=1)
    own, other = (
        f.s**2 * (window.length + (w**2).sum(axis=1)) for f, w in ((first, h), (second, g))
    )
    variance = own + other - 2 * covariance * ahead
    missing = ~np.isfinite(first.ar[:, days].sum(axis=1) + second.ar[:, days].sum(axis=1))
    usable = fine & too & (variance >= 0) & ~missing
    return np.where(usable, np.sqrt(np.maximum(variance, 0.0)), np.nan)


def _weights(fits: Fits, days: slice) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(N, T) what each estimation session weighs in the forecast over the days.

    And (N,) whether that explains the fit's own leverage, as it does for least squares.
    """
    total = fits.leverage.total(days)
    if not fits.leverage.forecasts:
        return np.zeros(fits.residuals.shape), np.ones(len(fits), dtype=bool)
    root = fits.root[:, days].sum(axis=1)
    if root.shape[1] != fits.basis.shape[2]:
        return np.zeros(fits.residuals.shape), np.zeros(len(fits), dtype=bool)
    weights = np.einsum("ntq,nq->nt", fits.basis, root)
    same = np.isclose((weights**2).sum(axis=1), total, rtol=1e-6, equal_nan=True)
    ssr = (_centred(fits.residuals) ** 2).sum(axis=1)
    return weights, same & np.isclose(ssr, fits.s**2 * fits.df, rtol=1e-6)


def _centred(residuals: Floats) -> Floats:
    """Residuals about their mean, which only a model that estimates nothing has; 0 if missing."""
    valid = np.isfinite(residuals)
    count = np.maximum(valid.sum(axis=1, keepdims=True), 1)
    mean = np.where(valid, residuals, 0.0).sum(axis=1, keepdims=True) / count
    return np.asarray(np.where(valid, residuals - mean, 0.0))


def leave_out(
    benchmark: pd.Series[float],
    members: pd.DataFrame,
    weights: Mapping[str, float],
    names: Sequence[str] | None = None,
    *,
    as_of: str | pd.Timestamp | None = None,
) -> pd.Series[float]:
    """The simple return of a value-weighted index without some of its members.

    R_ex = (R_b − Σ w_j R_j) / (1 − Σ w_j), with w_j a member's share of the index at the close
    before. From the close of `as_of` weights drift with the returns, forwards and backwards:
    w_t = w_{t−1} (1 + R_j) / (1 + R_b). A session on which a return is missing has none, and the
    weight is taken to be the same after it. Changes of the index and new shares are not seen.

    Args:
        benchmark: (T,) returns of the index in decimals, by session.
        members: (T, J) returns of the members, on the same sessions.
        weights: a member's share of the index at the close of `as_of`, as a fraction.
        names: which members to leave out; all of `weights` if None.
        as_of: the session after which `weights` hold; if None they hold before the first.

    Returns:
        (T,) on the sessions of `benchmark`, named "^GSPC without NVDA, MSFT".

    Raises:
        InputError: weights that are not positive or sum to 1 or more, on whatever session; names
            without returns or weight; an `as_of` that is not a session.
    """
    chosen = list(weights) if names is None else list(names)
    share = _checked_weights(weights, chosen, members)
    sessions = benchmark.index
    index = benchmark.to_numpy(dtype=np.float64)
    returns = members[chosen].reindex(sessions).to_numpy(dtype=np.float64)
    growth = (1 + returns) / (1 + index)[:, None]
    drift = np.cumprod(np.where(np.isfinite(growth), growth, 1.0), axis=0)
    drift = np.vstack([np.ones(len(chosen)), drift])
    held = 0
    if as_of is not None:
        day = pd.Timestamp(as_of)
        if day not in sessions:
            raise InputError(
                f"Option as_of: {day:%Y-%m-%d} is not a session of {benchmark.name}; give one "
                f"between {sessions[0]:%Y-%m-%d} and {sessions[-1]:%Y-%m-%d}."
            )
        held = int(sessions.searchsorted(day)) + 1
    before = (share * drift / drift[held])[:-1]
    total = before.sum(axis=1)
    if (total >= 1).any():
        day = sessions[int((total >= 1).argmax())]
        raise InputError(
            f"The weights of {', '.join(chosen)} grow to {total.max():.2f} of {benchmark.name} on "
            f"{day:%Y-%m-%d}; weights, returns and index do not belong together."
        )
    without = (index - (before * returns).sum(axis=1)) / (1 - total)
    return pd.Series(without, index=sessions, name=f"{benchmark.name} without {', '.join(chosen)}")


def _checked_weights(
    weights: Mapping[str, float], chosen: Sequence[str], members: pd.DataFrame
) -> Floats:
    problems = []
    if not chosen:
        problems.append("No member was named to leave out; give its weight in weights=.")
    problems += [
        f"{name} has no weight; add it to weights=." for name in chosen if name not in weights
    ]
    problems += [
        f"{name} has no returns among the members; add its column."
        for name in chosen
        if name not in members.columns
    ]
    share = np.array([weights.get(name, 0.5) for name in chosen], dtype=np.float64)
    if not problems and not ((share > 0).all() and share.sum() < 1):
        given = ", ".join(f"{n} {w:g}" for n, w in zip(chosen, share, strict=True))
        problems.append(
            f"Weights are positive fractions of the index that sum to less than 1; given: {given}."
        )
    if problems:
        raise InputError(problems)
    return share
