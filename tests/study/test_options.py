"""A study's options: how they are handed over, read back and refused."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pandas as pd
import pytest

import eventstudy as es


def test_the_signature_and_the_help_name_every_option() -> None:
    parameters = inspect.signature(es.EventStudy).parameters
    assert list(parameters) == list(es.StudySpec.model_fields)
    assert all(f"    {name}: " in (es.EventStudy.__doc__ or "") for name in parameters)


def test_options_may_be_handed_over_in_order() -> None:
    study = es.EventStudy("mean", "^GSPC", (-200, -20))  # type: ignore[call-arg]
    assert (study.spec.model, study.spec.benchmark) == ("mean", "^GSPC")
    assert study.estimation == study.spec.estimation == es.Window(-200, -20)


@pytest.mark.parametrize(
    "values", [tuple(range(len(es.StudySpec.model_fields) + 1)), ("market", "^GSPC")]
)
def test_no_option_is_dropped(values: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        es.EventStudy(*values, benchmark="^IXIC")  # type: ignore[misc]


def test_a_study_can_be_extended_copied_and_sent() -> None:
    class Named(es.EventStudy):
        kind = "my own"

        def __init__(self, name: str, **options: Any) -> None:
            super().__init__(**options)
            self.name = name

    study = Named("mine", model="mean")
    assert (study.name, study.kind, study.model) == ("mine", "my own", "mean")
    plain = es.EventStudy(model="mean", tests=("t",))
    for twin in (copy.deepcopy(plain), pickle.loads(pickle.dumps(plain))):
        assert (repr(twin), twin.spec) == (repr(plain), plain.spec)


@pytest.mark.parametrize(
    "names",
    [["t", "placebo"], "t,placebo", pd.Index(["t", "placebo"]), pd.Series(["t", "placebo"])],
)
def test_names_come_in_any_sequence(names: Any) -> None:
    assert es.EventStudy(tests=names).spec.tests == ("t", "placebo")


@pytest.mark.parametrize(
    "wrong", [{"tests": b"ab"}, {"benchmark": pd.Index(["^GSPC"])}, {"model": 3}, {"nothing": 1}]
)
def test_a_wrong_option_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(es.InputError, match=next(iter(wrong))):
        es.EventStudy(**wrong)


def test_what_is_named_twice_counts_once() -> None:
    study = es.EventStudy(
        car=["0,0", (0, 0), "-1,1"], tests=["t", "t"], compare="market,market", factors=["A", "A"]
    )
    spec = study.spec
    assert [(each.start, each.end) for each in spec.car] == [(0, 0), (-1, 1)]
    assert (spec.tests, spec.compare, spec.factors) == (("t",), ("market",), ("A",))
