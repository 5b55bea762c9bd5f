"""The public names, each declared here once; `__init__` loads one when it is first used."""

from .calibration.calibrate import calibrate as calibrate
from .calibration.power import analytic_power as analytic_power
from .errors import (
    DataMissingError as DataMissingError,
)
from .errors import (
    EventStudyError as EventStudyError,
)
from .errors import (
    InputError as InputError,
)
from .errors import (
    NetworkError as NetworkError,
)
from .event_study import EventStudy as EventStudy
from .events.groups import read_groups as read_groups
from .events.registry import read_events as read_events
from .evidence.case import Case as Case
from .evidence.claims.check import check_claims as check_claims
from .evidence.claims.register import read_claims as read_claims
from .evidence.contamination import contamination as contamination
from .evidence.contamination import leave_out as leave_out
from .evidence.contrasts import contrasts as contrasts
from .evidence.contrasts import difference as difference
from .evidence.curve import specification_curve as specification_curve
from .evidence.damages import damages as damages
from .evidence.estimation_returns import estimation_returns as estimation_returns
from .evidence.gather import gather_evidence as gather_evidence
from .evidence.grid import Grid as Grid
from .evidence.parts.evidence import Evidence as Evidence
from .evidence.parts.evidence import load_evidence as load_evidence
from .evidence.placebos import (
    placebo_assets as placebo_assets,
)
from .evidence.placebos import (
    placebo_dates as placebo_dates,
)
from .evidence.placebos import (
    placebos as placebos,
)
from .evidence.recovery import recovery as recovery
from .evidence.value import value as value
from .files.frames import to_arrow as to_arrow
from .files.frames import to_polars as to_polars
from .files.manifest import Verification as Verification
from .files.manifest import verify_bundle as verify_bundle
from .measures.benchmarks import matched_firms as matched_firms
from .measures.benchmarks import reference_portfolios as reference_portfolios
from .measures.formation import Benchmarks as Benchmarks
from .measures.garch import garch_event as garch_event
from .measures.intraday import intraday_study as intraday_study
from .measures.panel import PanelEstimate as PanelEstimate
from .measures.panel import stacked_did as stacked_did
from .measures.panel import synthetic_did as synthetic_did
from .measures.regression import Regression as Regression
from .measures.regression import regress as regress
from .measures.volatility import (
    VolatilityResult as VolatilityResult,
)
from .measures.volatility import (
    volatility_study as volatility_study,
)
from .measures.volume import log_volume as log_volume
from .measures.volume import volume_study as volume_study
from .models.registry import list_models as list_models
from .models.registry import register_model as register_model
from .one_date import study as study
from .prices.factors import load_factors as load_factors
from .prices.load import load_prices as load_prices
from .prices.panel import read_panel as read_panel
from .prices.shares import load_shares as load_shares
from .report.bundle import draw_figures as draw_figures
from .report.bundle import write_bundle as write_bundle
from .report.tables.etable import ETable as ETable
from .report.tables.etable import etable as etable
from .result.multiple_testing import joint_placebo_p as joint_placebo_p
from .result.result import StudyResult as StudyResult
from .result.result import load as load
from .significance.registry import list_tests as list_tests
from .significance.registry import register_test as register_test
from .spec.study_spec import StudySpec as StudySpec
from .spec.windows import Window as Window

__version__: str
