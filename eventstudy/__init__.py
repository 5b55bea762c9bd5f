"""Market-reaction event studies: how much did news move which assets, how sure is that?

Public names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.errors import DataMissingError, EventStudyError, InputError, NetworkError
    from eventstudy.events.groups import read_groups
    from eventstudy.events.registry import read_events
    from eventstudy.evidence.calibration import calibrate
    from eventstudy.evidence.case import Case
    from eventstudy.evidence.claim_register import read_claims
    from eventstudy.evidence.claims import check_claims
    from eventstudy.evidence.contamination import contamination, leave_out
    from eventstudy.evidence.contrasts import contrasts, difference
    from eventstudy.evidence.curve import specification_curve
    from eventstudy.evidence.gathered import Evidence, gather_evidence, load_evidence
    from eventstudy.evidence.grid import Grid
    from eventstudy.evidence.multiplicity import joint_placebo_p
    from eventstudy.evidence.placebos import placebo_assets, placebo_dates, placebos
    from eventstudy.evidence.power import analytic_power
    from eventstudy.evidence.recovery import recovery
    from eventstudy.evidence.value import value
    from eventstudy.market.factors import load_factors
    from eventstudy.market.panels import read_panel
    from eventstudy.market.shares import load_shares
    from eventstudy.market.source import load_prices
    from eventstudy.measures.garch import garch_event
    from eventstudy.measures.intraday import intraday_study
    from eventstudy.measures.regression import Regression, regress
    from eventstudy.measures.volatility import VolatilityResult, volatility_study
    from eventstudy.measures.volume import log_volume, volume_study
    from eventstudy.models.registry import list_models, register_model
    from eventstudy.result import StudyResult
    from eventstudy.significance.registry import list_tests, register_test
    from eventstudy.spec import StudySpec, Window
    from eventstudy.storage import load
    from eventstudy.study import EventStudy
    from eventstudy.tearsheet.bundle import draw_figures, write_bundle
    from eventstudy.tearsheet.etable import ETable, etable
    from eventstudy.verification import Verification, verify_bundle

_HOMES = {
    "Case": "evidence.case",
    "DataMissingError": "errors",
    "ETable": "tearsheet.etable",
    "EventStudy": "study",
    "EventStudyError": "errors",
    "Evidence": "evidence.gathered",
    "Grid": "evidence.grid",
    "InputError": "errors",
    "NetworkError": "errors",
    "Regression": "measures.regression",
    "StudyResult": "result",
    "StudySpec": "spec",
    "Verification": "verification",
    "VolatilityResult": "measures.volatility",
    "Window": "spec",
    "analytic_power": "evidence.power",
    "calibrate": "evidence.calibration",
    "check_claims": "evidence.claims",
    "contamination": "evidence.contamination",
    "contrasts": "evidence.contrasts",
    "difference": "evidence.contrasts",
    "draw_figures": "tearsheet.bundle",
    "etable": "tearsheet.etable",
    "garch_event": "measures.garch",
    "gather_evidence": "evidence.gathered",
    "intraday_study": "measures.intraday",
    "joint_placebo_p": "evidence.multiplicity",
    "leave_out": "evidence.contamination",
    "list_models": "models.registry",
    "list_tests": "significance.registry",
    "load": "storage",
    "load_evidence": "evidence.gathered",
    "load_factors": "market.factors",
    "load_prices": "market.source",
    "load_shares": "market.shares",
    "log_volume": "measures.volume",
    "placebo_assets": "evidence.placebos",
    "placebo_dates": "evidence.placebos",
    "placebos": "evidence.placebos",
    "read_claims": "evidence.claim_register",
    "read_events": "events.registry",
    "read_groups": "events.groups",
    "read_panel": "market.panels",
    "recovery": "evidence.recovery",
    "register_model": "models.registry",
    "register_test": "significance.registry",
    "regress": "measures.regression",
    "specification_curve": "evidence.curve",
    "value": "evidence.value",
    "verify_bundle": "verification",
    "volatility_study": "measures.volatility",
    "volume_study": "measures.volume",
    "write_bundle": "tearsheet.bundle",
}

__all__ = [
    "Case",
    "DataMissingError",
    "ETable",
    "EventStudy",
    "EventStudyError",
    "Evidence",
    "Grid",
    "InputError",
    "NetworkError",
    "Regression",
    "StudyResult",
    "StudySpec",
    "Verification",
    "VolatilityResult",
    "Window",
    "__version__",
    "analytic_power",
    "calibrate",
    "check_claims",
    "contamination",
    "contrasts",
    "difference",
    "draw_figures",
    "etable",
    "garch_event",
    "gather_evidence",
    "intraday_study",
    "joint_placebo_p",
    "leave_out",
    "list_models",
    "list_tests",
    "load",
    "load_evidence",
    "load_factors",
    "load_prices",
    "load_shares",
    "log_volume",
    "placebo_assets",
    "placebo_dates",
    "placebos",
    "read_claims",
    "read_events",
    "read_groups",
    "read_panel",
    "recovery",
    "register_model",
    "register_test",
    "regress",
    "specification_curve",
    "value",
    "verify_bundle",
    "volatility_study",
    "volume_study",
    "write_bundle",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("eventstudy-kit")
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
