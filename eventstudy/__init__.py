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
    from eventstudy.evidence.power import analytic_power
    from eventstudy.market.factors import load_factors
    from eventstudy.market.panels import read_panel
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
    from eventstudy.tearsheet.bundle import write_bundle

_HOMES = {
    "DataMissingError": "errors",
    "EventStudy": "study",
    "EventStudyError": "errors",
    "InputError": "errors",
    "NetworkError": "errors",
    "StudyResult": "result",
    "StudySpec": "spec",
    "Window": "spec",
    "analytic_power": "evidence.power",
    "calibrate": "evidence.calibration",
    "load": "storage",
    "load_factors": "market.factors",
    "load_prices": "market.source",
    "list_models": "models.registry",
    "read_events": "events.registry",
    "read_groups": "events.groups",
    "read_panel": "market.panels",
    "register_model": "models.registry",
    "register_test": "significance.registry",
    "list_tests": "significance.registry",
    "Regression": "measures.regression",
    "VolatilityResult": "measures.volatility",
    "garch_event": "measures.garch",
    "intraday_study": "measures.intraday",
    "log_volume": "measures.volume",
    "regress": "measures.regression",
    "volatility_study": "measures.volatility",
    "volume_study": "measures.volume",
    "write_bundle": "tearsheet.bundle",
}

__all__ = [
    "DataMissingError",
    "EventStudy",
    "EventStudyError",
    "InputError",
    "NetworkError",
    "Regression",
    "StudyResult",
    "StudySpec",
    "VolatilityResult",
    "Window",
    "__version__",
    "analytic_power",
    "calibrate",
    "garch_event",
    "intraday_study",
    "list_models",
    "list_tests",
    "load",
    "load_factors",
    "load_prices",
    "log_volume",
    "read_events",
    "read_groups",
    "read_panel",
    "register_model",
    "register_test",
    "regress",
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
