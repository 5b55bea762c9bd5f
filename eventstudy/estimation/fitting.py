"""From placed observations to fitted ones, their groups and their portfolios."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from eventstudy.compute.checkpoints import Checkpoints
from eventstudy.compute.engine import Report
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.labels import COUNT, END, START, same_text, weights_in, without_rows
from eventstudy.estimation.placement import EXCLUSIONS, Assembly, Exclusions, joined
from eventstudy.models.estimate import estimate, keep
from eventstudy.models.kernel.batch import Bools, Floats, Room, on_own_rows
from eventstudy.models.kernel.fits import Problem, join_fits
from eventstudy.models.registry import Model, expand
from eventstudy.significance.sample import FittedGroup
from eventstudy.spec.study_spec import PLACEBO_LIMIT, StudySpec
from eventstudy.spec.windows import Window


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The observations that could be fitted, and why the others could not."""

    estimates: Estimates
    exclusions: pd.DataFrame


def fit_placed(
    assembly: Assembly,
    model: Model,
    spec: StudySpec,
    engine: str = "serial",
    report: Report | None = None,
    room: Room = np.empty,
    checkpoints: Checkpoints | None = None,
) -> Fitted:
    """Fit the model to every placed observation; those without a fit or any AR are excluded.

    Args:
        assembly: The observations on their panel.
        model: The model to fit.
        spec: The study's options.
        engine: Where tasks run.
        report: Receives progress.
        room: Makes the arrays of the result.
        checkpoints: Keeps finished tasks.
    """
    wanted = len(assembly.positions) <= PLACEBO_LIMIT if spec.placebo is None else spec.placebo
    fits = estimate(
        assembly.panel,
        assembly.positions,
        model,
        spec,
        keep_windows=wanted,
        engine=engine,
        report=report,
        room=room,
        checkpoints=checkpoints,
    )
    few = fits.problem == Problem.TOO_FEW
    parameters = int((fits.n_obs - fits.df)[few].max(initial=0))

    own = assembly.positions.estimation is not None
    window = "of its own" if own else str(spec.estimation)

    def needed(valid: int) -> str:
        if valid < spec.min_obs:
            return f"minimum {spec.min_obs} (min_obs)"
        return f"the model with its {parameters} parameters needs {parameters + 1}"

    out = Exclusions(assembly.labels)
    if COUNT in assembly.labels:
        lost = assembly.labels[COUNT].to_numpy(dtype=np.int64)
        short = few & (lost > 0)
        said = np.full(len(lost), "", dtype=object)
        said[short] = [
            f"{Problem.TOO_FEW.text.format(n_obs=n, needed=needed(n), estimation=window)}; "
            f"{more} more are left out for other events (clean_estimation)"
            for n, more in zip(fits.n_obs[short].tolist(), lost[short].tolist(), strict=True)
        ]
        out.add(short, "estimation", said, str)
    for problem in Problem if fits.problem.any() else ():
        if problem != Problem.NONE:
            out.add(
                fits.problem == problem,
                "estimation",
                fits.n_obs,
                lambda m, text=problem.text: text.format(
                    n_obs=m, needed=needed(m), estimation=window
                ),
            )
    out.add(
        _silent(fits.ar),
        "event window",
        fits.n_obs,
        lambda _: f"no abnormal return on the days {spec.span}",
    )
    labels, keys, positions = assembly.labels, assembly.keys, assembly.positions
    if out.taken.any():
        kept = ~out.taken
        labels, keys = labels[kept].reset_index(drop=True), keys.take(kept)
        fits, positions = keep(fits, model, kept, room), positions.take(kept)
    return Fitted(
        Estimates(
            labels,
            fits,
            expand(model.coefficients, spec),
            spec,
            assembly.sessions.to_numpy().astype("datetime64[D]"),
            assembly.panel.returns,
            positions,
            (labels, keys),
        ),
        out.frame(),
    )


def _silent(ar: Floats) -> Bools:
    """(N,) which observations have no abnormal return on any day."""
    silent = ~np.isfinite(ar[:, 0])
    rows = np.flatnonzero(silent)
    silent[rows] = ~np.isfinite(ar[rows]).any(axis=1)
    return silent


def missing_windows(estimates: Estimates, windows: Iterable[Window]) -> pd.DataFrame:
    """The CARs that have a missing day, as exclusions.

    Args:
        estimates: The fitted observations.
        windows: Those of the study, or only those that some observation may lack.
    """
    parts = []
    for window in windows:
        rows, reasons = estimates.lacking(window)
        lacking = estimates.labels[["event_id", "ticker"]].take(rows)
        parts.append(lacking.assign(stage=f"CAR {window}", reason=reasons))
    return joined(without_rows(EXCLUSIONS), *parts)


def make_groups(
    fitted: Fitted, extra_members: pd.DataFrame, assembly: Assembly, model: Model
) -> list[FittedGroup]:
    """All observations together, then each group in the order of its first observation.

    Args:
        fitted: The fitted observations, each in the first of its groups.
        extra_members: event_id, ticker, group: memberships beyond the first.
        assembly: The panel in which they lie.
        model: The model that they are fitted by.
    """
    estimates, spec = fitted.estimates, fitted.estimates.spec
    codes, names = estimates.keys.group.codes, estimates.keys.group.distinct.tolist()
    members = {}
    if names != ["all"]:
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(1, len(names)))
        members = dict(zip(names, np.split(order, bounds), strict=True)) if names else {}
    for name, more in extra_members.groupby("group", sort=False) if len(extra_members) else ():
        wanted = pd.MultiIndex.from_frame(more[["event_id", "ticker"]])
        rows = estimates.index.get_indexer(wanted)
        members[name] = np.union1d(members.get(name, np.empty(0, dtype=np.int64)), rows[rows >= 0])
    members.pop("all", None)
    everything = np.arange(len(codes))
    members = {"all": everything, **members}
    weights = weights_in(estimates.labels, spec)
    if weights is not None:
        weighty = np.isfinite(weights)
        members = {name: rows[weighty[rows]] for name, rows in members.items()}
    return [
        FittedGroup(
            name=str(name),
            fits=estimates.fits if rows is everything else estimates.fits.take(rows),
            positions=estimates.positions if rows is everything else estimates.positions.take(rows),
            model=model,
            spec=spec,
            panel=assembly.panel,
            rows=rows,
            weights=None if weights is None else weights[rows],
        )
        for name, rows in members.items()
        if len(rows)
    ]


def portfolios(groups: list[FittedGroup], estimates: Estimates) -> Estimates:
    """The mean return of each event and group of two or more, fitted as one asset.

    Only for studies small enough for placebo tests; the pooled group "all" has none.
    """
    labels, fits, returns = [], [], []
    if estimates.has_placebo:
        event = estimates.labels["event_id"].to_numpy()
        for group in groups:
            for event_id in pd.unique(event[group.rows]) if group.name != "all" else ():
                part = group.take(np.flatnonzero(event[group.rows] == event_id))
                if len(part.fits) > 1 and part.one_design:
                    first = estimates.labels.iloc[part.rows[0]]
                    tickers = estimates.labels["ticker"].iloc[part.rows]
                    named = {"ticker": group.name, "group": group.name}
                    shared = first.drop([COUNT, START, END], errors="ignore")
                    labels.append({**shared, **named, "members": ";".join(tickers)})
                    everyone = np.ones(len(part.fits), dtype=np.bool_)
                    fits.append(part.portfolio(everyone))
                    returns.append(part.portfolio_batch(everyone).y_event)
    if not fits:
        return replace(
            estimates,
            labels=estimates.labels.iloc[:0].assign(members=same_text("", 0)),
            fits=estimates.fits.take(slice(0)),
            positions=estimates.positions.take(slice(0)),
        )
    first = estimates.spec.span.start
    return replace(
        estimates,
        labels=pd.DataFrame(labels),
        fits=join_fits(fits),
        panel=np.concatenate(returns),
        positions=on_own_rows(len(fits), first),
    )


def slim(estimates: Estimates) -> Estimates:
    """Let go of the estimation window where no placebo needs it: it outweighs all the rest."""
    if estimates.has_placebo:
        return estimates
    return replace(estimates, fits=estimates.fits.without_estimation())
