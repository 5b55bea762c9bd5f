"""Properties of windows: reading them, their hull, and what may not overlap."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window, as_window

QUICK = settings(max_examples=150, derandomize=True)
day = st.integers(-400, 400)
window = st.tuples(day, day).map(lambda pair: Window(min(pair), max(pair)))
near = st.tuples(st.integers(-30, 30), st.integers(0, 12)).map(lambda p: Window(p[0], p[0] + p[1]))


@given(window)
@QUICK
def test_every_way_to_write_a_window_is_read_alike(given_window: Window) -> None:
    start, end = given_window
    written = (
        (start, end),
        [start, end],
        f"{start},{end}",
        f" [{start}, {end}] ",
        f"({start},{end})",
        (float(start), float(end)),
    )
    assert {as_window(way) for way in written} == {given_window}
    assert as_window(as_window(given_window)) is not None


@given(window)
@QUICK
def test_length_days_and_cover_agree(w: Window) -> None:
    assert w.length == len(w.days) == w.end - w.start + 1
    assert (w.days[0], w.days[-1]) == tuple(w)
    assert w.covers(w)


@given(window, window)
@QUICK
def test_cover_is_inclusion_of_days(a: Window, b: Window) -> None:
    assert a.covers(b) == (set(b.days) <= set(a.days))


@given(st.integers(-99, 99), st.integers(1, 99))
@QUICK
def test_a_window_that_ends_before_it_starts_is_refused(start: int, gap: int) -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        as_window((start, start - gap))


@given(st.text(max_size=12))
@QUICK
def test_text_is_a_window_or_a_sentence(text: str) -> None:
    try:
        found, said = as_window(text), ""
    except ValueError as error:
        found, said = None, str(error)
    assert found is not None or "not a valid window" in said or "ends before" in said
    assert found is None or found.length >= 1


@given(near, st.lists(near, max_size=4))
@QUICK
def test_the_span_is_the_hull(event: Window, cars: list[Window]) -> None:
    spec = StudySpec(estimation=(-300, -51), window=event, car=cars)
    days = {d for w in (event, *cars) for d in w.days}
    assert (spec.span.start, spec.span.end) == (min(days), max(days))
    assert all(spec.span.covers(w) for w in (event, *cars))


@given(near, st.lists(near, max_size=3), near)
@QUICK
def test_estimation_and_event_days_never_share_a_session(
    event: Window, cars: list[Window], estimation: Window
) -> None:
    options = {"estimation": estimation, "window": event, "car": cars, "min_obs": 3}
    assume(estimation.length >= 3)
    start = min(w.start for w in (event, *cars))
    end = max(w.end for w in (event, *cars))
    if estimation.end < start or estimation.start > end:
        spec = StudySpec(**options)
        assert not set(spec.estimation_days) & set(spec.span.days)
    else:
        with pytest.raises(es.InputError, match="overlap"):
            StudySpec(**options)


@given(near, near)
@QUICK
def test_two_estimation_windows_never_share_a_session(a: Window, b: Window) -> None:
    before, after = Window(a.start - 60, a.end - 60), Window(b.start + 60, b.end + 60)
    spec = (
        StudySpec(estimation=before, post_estimation=after, window=(0, 0), car=[], min_obs=3)
        if before.length + after.length >= 3
        else None
    )
    if spec:
        assert list(spec.estimation_days) == sorted(set(before.days) | set(after.days))


@given(window)
@QUICK
def test_the_label_reads_back(w: Window) -> None:
    text = str(w).replace("−", "-").replace("+", "")
    assert as_window(text) == w
