"""Inference for a synthetic control: what the same method finds where nothing happened."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.models.donors import own_columns
from eventstudy.models.kernel.batch import Batch
from eventstudy.models.kernel.fits import Fits, Problem, sum_window
from eventstudy.models.synthetic import fit_in_sample
from eventstudy.significance.outcome import Outcome, ranked, refusal
from eventstudy.significance.registry import register_test
from eventstudy.significance.sample import FittedGroup, Layout, Sample

MODEL = "synthetic"


@register_test(
    "donor_placebo",
    label="Donor placebo",
    null="rank among the donors, each with a synthetic control of the others",
    layouts=(Layout.ONE,),
    reference="Abadie, Diamond & Hainmueller (2010)",
)
def donor_placebo(sample: Sample) -> Outcome:
    """Rank among the donors: p = (1 + #{|donor| ≥ |asset|})/(J + 1).

    Of AR/RMSPE for a day, CAR/(RMSPE·√L) over a window.
    Each of the J donors in turn is given the synthetic control of the other donors; the asset is
    never one of them. Each is divided by its own RMSPE of the estimation window, in sample as the
    paper has it: the asset and the donors are overfitted alike.
    """
    if sample.group.model.name != MODEL:
        return refusal(
            f"donor_placebo ranks an asset among the donors of the model {MODEL}, not of "
            f"{sample.group.model.name}",
            sample.n,
        )
    if sample.n == 0:
        return refusal("no abnormal return in the window", 0)
    donors = sample.group.once(_donors)
    if donors is None:
        return refusal("needs at least 2 donors besides the asset", 1)
    own = sample.group.once(_own)
    span = sample.group.spec.span
    scar = sum_window(donors, span, sample.window).scar
    scar = scar[np.isfinite(scar) & (donors.problem == Problem.NONE)]
    if not len(scar):
        return refusal("no donor has a return on every day of the window", 1)
    least = 1 / (len(scar) + 1)
    detail = f"ranked among {len(scar)} donors, so no p-value is below {least:.3g}"
    observed = float(sum_window(own, span, sample.window).scar[0])
    return ranked(observed, scar, "placebo", 1, detail=detail)


def _own(group: FittedGroup) -> Fits:
    return fit_in_sample(group.batch)


def _donors(group: FittedGroup) -> Fits | None:
    """Every donor fitted on the others; None with fewer than two."""
    batch = group.batch
    kept = np.flatnonzero(~own_columns(batch)[0])
    if len(kept) < 2:
        return None
    seen = np.isfinite(batch.y_est[0])[:, None]  # they are overfitted alike on the same sessions
    est, event = np.where(seen, batch.x_est[0], np.nan)[:, kept], batch.x_event[0][:, kept]
    others = [np.delete(np.arange(len(kept)), j) for j in range(len(kept))]
    placebo: Batch = replace(
        batch,
        y_est=est.T,
        x_est=np.stack([est[:, columns] for columns in others]),
        y_event=event.T,
        x_event=np.stack([event[:, columns] for columns in others]),
    )
    return fit_in_sample(placebo)
