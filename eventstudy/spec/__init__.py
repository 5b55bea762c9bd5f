"""The options of a study: one frozen object, and the windows and choices that it is made of."""

from eventstudy.spec.fields import Pair as Pair
from eventstudy.spec.study_spec import BY_FREQUENCY as BY_FREQUENCY
from eventstudy.spec.study_spec import DEFAULT_BENCHMARK as DEFAULT_BENCHMARK
from eventstudy.spec.study_spec import DEFAULTS as DEFAULTS
from eventstudy.spec.study_spec import EQUAL as EQUAL
from eventstudy.spec.study_spec import PLACEBO_LIMIT as PLACEBO_LIMIT
from eventstudy.spec.study_spec import PRECISION as PRECISION
from eventstudy.spec.study_spec import VALUE as VALUE
from eventstudy.spec.study_spec import Frequency as Frequency
from eventstudy.spec.study_spec import LevelUnit as LevelUnit
from eventstudy.spec.study_spec import ReturnKind as ReturnKind
from eventstudy.spec.study_spec import StudySpec as StudySpec
from eventstudy.spec.study_spec import plain_text as plain_text
from eventstudy.spec.windows import FARTHEST as FARTHEST
from eventstudy.spec.windows import Window as Window
from eventstudy.spec.windows import as_window as as_window
