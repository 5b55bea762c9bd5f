"""Which days a day is ranked among: estimation window and event window, whatever is cumulated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eventstudy.significance.ranks import ranked_days
from eventstudy.significance.registry import list_tests
from eventstudy.significance.run import outcome_of
from eventstudy.spec.windows import Window

DAY, NEAR, FAR = Window(0, 0), Window(-1, 1), Window(2, 9)
CARS = [((0, 0),), ((0, 0), (-1, 1)), ((0, 0), (-1, 1), (2, 9)), ((0, 0), (0, 15), (2, 9), (-9, 3))]


def study(make_group, car):
    rng = np.random.default_rng(3)
    market = rng.normal(0, 0.01, 160)
    returns = market + 0.02 * rng.standard_t(4, (14, 160))
    returns[rng.random(returns.shape) < 0.02] = np.nan
    day0 = np.array([78, 80, 80, 81, 90, 90, 90, 95, 101, 104, 110, 117, 125, 130])
    returns[np.arange(14), day0] = 0.01 * np.arange(-6, 8)
    return make_group(
        returns, market, day0.tolist(), estimation=(-70, -11), window=(-5, 5), car=car, draws=99
    )


@pytest.mark.parametrize("name", list(list_tests()))
def test_no_test_of_a_day_or_window_depends_on_what_else_is_cumulated(make_group, name) -> None:
    for window in (DAY, NEAR, FAR):
        answers = [
            outcome_of(list_tests()[name], study(make_group, car).over(window))
            for car in CARS
            if window == DAY or tuple(window) in car
        ]
        for other in answers[1:]:
            assert other.refused == answers[0].refused
            np.testing.assert_allclose(other.statistic, answers[0].statistic, rtol=1e-11)
            np.testing.assert_allclose(other.p_value, answers[0].p_value, rtol=1e-11)


def test_a_window_beyond_the_event_window_adds_its_own_days(make_group) -> None:
    spec = study(make_group, CARS[3]).spec
    event = list(range(-5, 6))
    assert list(ranked_days(spec, DAY)) == list(ranked_days(spec, NEAR)) == event
    assert list(ranked_days(spec, FAR)) == [*event, 6, 7, 8, 9]
    assert list(ranked_days(spec, Window(12, 13))) == [*event, 12, 13]


@pytest.mark.parametrize("window", [DAY, FAR, Window(12, 15), Window(8, 11)], ids=str)
def test_ranks_equal_loops_over_the_ranked_days(make_group, window: Window) -> None:
    """The last of the windows is no tested one, and is not among those scanned together."""
    group = study(make_group, ((-9, 3), (2, 9), (12, 15)))
    days = sorted({*range(-5, 6), *window.days})
    first = group.spec.span.start
    by_day: dict[int, list[float]] = {}
    signs: dict[int, list[float]] = {}
    for estimation, event in zip(group.fits.residuals, group.fits.ar, strict=True):
        own = [*estimation, *(event[day - first] for day in days)]
        valid = [v for v in own if math.isfinite(v)]
        for t, value in enumerate(own):
            if math.isfinite(value):
                rank = sum(v < value for v in valid) + (sum(v == value for v in valid) + 1) / 2
                by_day.setdefault(t, []).append(rank - (len(valid) + 1) / 2)
                signs.setdefault(t, []).append(float(np.sign(value - np.median(valid))))

    def z_of(daily: dict[int, float]) -> float:
        inside = [daily[60 + days.index(day)] for day in window.days]
        spread = math.sqrt(sum(v * v for v in daily.values()) / len(daily))
        return math.sqrt(len(inside)) * sum(inside) / len(inside) / spread

    found = list_tests()
    corrado = z_of({t: sum(v) / len(v) for t, v in by_day.items()})
    sign = z_of({t: sum(v) / math.sqrt(len(v)) for t, v in signs.items()})
    for name, expected in (("corrado_z", corrado), ("corrado_zivney_sign_z", sign)):
        outcome = found[name].function(group.over(window))
        assert outcome.statistic == pytest.approx(expected, rel=1e-10)
        assert outcome.p_value == pytest.approx(2 * stats.norm.sf(abs(expected)), rel=1e-9)
