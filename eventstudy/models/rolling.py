"""The model of a study, and estimation windows that move along with the event day."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from eventstudy.errors import InputError
from eventstudy.models.kernel.batch import Batch, Floats, slices
from eventstudy.models.kernel.fits import Fits, Leverage, Problem, join_fits
from eventstudy.models.registry import (
    FitFunction,
    Model,
    between_trades,
    get_model,
    list_models,
)
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

BLOCK = 256
"""Observations whose forecasts are written out session by session at a time."""


def model_for(spec: StudySpec) -> Model:
    """The model that a study names, with rolling=True the same with a moving window.

    Raises:
        InputError: The model is unknown, cannot roll, or is not for such returns.
    """
    model = get_model(spec.model)
    _require_trades(model, spec)
    if spec.variance_from == "day_before":
        model = _from_day_before(model, spec)
    if not spec.rolling:
        return model
    if not model.linear:
        can = ", ".join(name for name, one in list_models().items() if one.linear)
        raise InputError(
            f"Option rolling: the model {model.name} is not a least-squares model, and only those "
            f"can move their estimation window; choose one of {can}, or leave rolling out."
        )
    return replace(
        model,
        label=f"{model.label}, rolling",
        fit=partial(fit_rolling, model.fit, spec.estimation, spec.min_obs),
        linear=False,
        regression=None,
    )


def _from_day_before(model: Model, spec: StudySpec) -> Model:
    """The model whose variances are those expected the day before each event day."""
    if model.day_before is None:
        can = ", ".join(name for name, one in list_models().items() if one.day_before)
        raise InputError(
            f"Option variance_from: the variance of the model {model.name} does not change from "
            f"day to day; choose one of {can}, or leave variance_from out."
        )
    first = spec.estimation.end + 1
    if spec.span.start > first:
        raise InputError(
            f"Option variance_from: to be known the day before, the variance is followed from the "
            f"estimation window {spec.estimation} to the event days {spec.span}, without a gap; "
            f"start the event window there: window=({first}, {spec.window.end})."
        )
    label = f"{model.label}, variance from the day before"
    return replace(model, label=label, fit=model.day_before)


def _require_trades(model: Model, spec: StudySpec) -> None:
    """Refuse returns that cover other sessions than the model's regressors do."""
    if between_trades(model) and spec.returns not in ("trade", "other"):
        raise InputError(
            f"Option returns: the model {model.name} explains returns from one trade to the next, "
            'and returns of a session are missing after every gap; say returns="trade".'
        )
    if spec.returns == "trade" and not between_trades(model):
        raise InputError(
            "Option returns: a return from one trade to the next can cover several sessions, which "
            f'the model {model.name} would compare with one; choose model="trade_to_trade" or '
            'returns="log".'
        )


def fit_rolling(fit: FitFunction, estimation: Window, min_obs: int, batch: Batch) -> Fits:
    """Each event day τ forecast from the window [a + τ, b + τ]; `batch` holds all their sessions.

    AR_τ and s_τ√C_τ are those of a fit on the moved window. Each forecast is a linear form
    h_τ'ε of the errors of its own window, windows share sessions, and so for a CAR
    V·s² = Σ_τ s_τ² + |Σ_τ s_τ h_τ|², where h_τ lies on the union of the sessions. `noise` holds
    (s_τ/s)² and `root` what has the inner products of s_τ h_τ/s. Coefficients, s, df, n_obs,
    residuals and basis are those of the unmoved window. A day whose window has too few sessions or
    no unique fit has no AR.

    Args:
        fit: A linear model's function.
        estimation: The window to move.
        min_obs: Sessions needed.
        batch: N observations.
    """
    if len(batch.y_est) > BLOCK:
        chunks = [batch.take(rows) for rows in slices(len(batch.y_est), BLOCK)]
        return join_fits([fit_rolling(fit, estimation, min_obs, chunk) for chunk in chunks])
    base = fit(_moved(batch, estimation, 0))
    n, days = batch.y_event.shape
    unit = np.where(base.s > 0, base.s, 1.0)
    ar, noise = np.full((n, days), np.nan), np.ones((n, days))
    forms = np.zeros((n, days, batch.y_est.shape[1]))
    for w, tau in enumerate(batch.event):
        moved = fit(_moved(batch, estimation, int(tau), w))
        fine = (moved.problem == Problem.NONE) & (moved.n_obs >= min_obs)
        ratio = np.where(fine, moved.s / unit, 1.0)
        ar[:, w] = np.where(fine, moved.ar[:, 0], np.nan)
        noise[:, w] = ratio**2
        form = np.einsum("nq,ntq->nt", moved.root[:, 0], moved.basis)
        known = (fine & np.isfinite(ar[:, w]))[:, None]
        forms[:, w, _columns(batch, estimation, int(tau))] = np.where(
            known, form * ratio[:, None], 0.0
        )
    root = _root(forms @ np.swapaxes(forms, 1, 2))
    return replace(base, ar=ar, noise=noise, leverage=Leverage.of_roots(root))


def _columns(batch: Batch, estimation: Window, tau: int) -> slice:
    first = estimation.start + tau - int(batch.estimation[0])
    return slice(first, first + estimation.length)


def _moved(batch: Batch, estimation: Window, tau: int, day: int | None = None) -> Batch:
    """The window moved by `tau` sessions, with all event days or with one."""
    columns = _columns(batch, estimation, tau)
    event = slice(None) if day is None else slice(day, day + 1)
    return Batch(
        batch.y_est[:, columns],
        batch.x_est[:, columns],
        batch.y_event[:, event],
        batch.x_event[:, event],
        batch.estimation[columns],
        batch.event[event],
    )


def _root(products: Floats) -> Floats:
    """(N, W, W) matrices whose rows have these inner products (N, W, W)."""
    values, vectors = np.linalg.eigh(products)
    root: Floats = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    return root
