"""All evidence on one event, frozen; saved beside the result and drawn without another fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from eventstudy.errors import DataMissingError, InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.claims.check import check_claims
from eventstudy.evidence.claims.register import Claim
from eventstudy.evidence.contamination import contamination
from eventstudy.evidence.contrasts import contrasts
from eventstudy.evidence.curve import specification_curve
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.evidence.placebos import placebos
from eventstudy.evidence.recovery import recovery
from eventstudy.evidence.value import value
from eventstudy.prices.prices import Prices
from eventstudy.prices.shares import Shares
from eventstudy.result.result import StudyResult


def gather_evidence(
    result: StudyResult,
    prices: Prices,
    *,
    claims: Sequence[Claim] | None = None,
    shares: Mapping[str, Shares] | None = None,
) -> Evidence:
    """Gather every part of the evidence on the one registered event of `result`.

    `prices` are those that the study was run on; take one event of several with
    `result.only(event_id)`. `claims` come from `read_claims`, by default the packaged ones;
    `shares` from `load_shares`, beside those that the study knows. A part that cannot be had is
    None, and `absent` says why. Raises InputError for a result without a
    registered event or without any estimate.
    """
    case = Case(result, prices)
    makers: dict[str, Callable[[Case], Any]] = {
        "placebos": placebos,
        "curve": specification_curve,
        "recovery": recovery,
        "contamination": contamination,
        "contrasts": contrasts,
        "value": partial(value, shares=shares),
        "claims": partial(check_claims, claims=claims),
    }
    found: dict[str, Any] = {}
    absent = {}
    for name, make in makers.items():
        try:
            found[name] = make(case)
        except (InputError, DataMissingError) as error:
            absent[name] = str(error)
    return Evidence(event_id=case.event_id, **found, absent=absent)
