"""All evidence on one event, frozen; saved beside the result and drawn without another fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from eventstudy.compute.threads import one_blas_thread
from eventstudy.errors import DataMissingError, InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.claims.register import Claim
from eventstudy.evidence.parts.evidence import PARTS, Evidence
from eventstudy.evidence.parts.part import EvidencePart
from eventstudy.prices.prices import Prices
from eventstudy.prices.request import Day
from eventstudy.prices.shares import Shares
from eventstudy.result.result import StudyResult


@one_blas_thread()
def gather_evidence(
    result: StudyResult,
    prices: Prices | None = None,
    *,
    claims: Sequence[Claim] | None = None,
    shares: Mapping[str, Shares] | None = None,
    class_start: Day = None,
) -> Evidence:
    """Gather every part of the evidence on one registered event.

    A part that cannot be computed is None, and `absent` says why.

    Args:
        result: the study of one event; take one of several with `result.only(event_id)`.
        prices: those that the study was run on; may be left out for a result of
            `eventstudy.study`, which carries them.
        claims: from `read_claims`; the packaged ones if None.
        shares: from `load_shares`, beside those that the study knows.
        class_start: the first day of the class period, such as "2024-05-22", for the inflation of
            the lead share's closes; the first session of the estimation window if None.

    Raises:
        InputError: the result has no registered event, several, or no estimate, or its prices are
            missing.
    """
    prices = prices if prices is not None else result.prices
    if prices is None:
        raise InputError(
            "The result does not carry its prices; give those that the study was run on, as in "
            "gather_evidence(result, prices)."
        )
    case = Case(result, prices)
    if result.spec.returns == "difference":
        why = "the study is of changes of levels, and evidence is gathered on returns"
        return Evidence(event_id=case.event_id, absent=dict.fromkeys(PARTS, why))
    options = {"claims": claims, "shares": shares, "class_start": class_start}
    parts: dict[str, Any] = {}
    absent = {}
    for name, kind in PARTS.items():
        try:
            parts[name] = _computed(kind, case, options)
        except (InputError, DataMissingError) as error:
            absent[name] = str(error)
    return Evidence(event_id=case.event_id, **parts, absent=absent)


def _computed(kind: type[EvidencePart], case: Case, options: Mapping[str, Any]) -> Any:
    """A part of the case, by the function that its class names."""
    module, _, function = kind.computed_by.rpartition(".")
    compute = getattr(import_module(f"eventstudy.evidence.{module}"), function)
    return compute(case, **{name: options[name] for name in kind.takes})
