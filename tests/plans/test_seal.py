"""Whatever is altered in a plan is named, field by field."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from plan_helpers import Market, Steps, content_of, leaves, name_in, other, put

from eventstudy.errors import InputError
from eventstudy.plans.files import plan_text, read_plan
from eventstudy.plans.seal import altered_fields, canonical, seal_of


@pytest.fixture
def content(market: Market) -> dict[str, Any]:
    return content_of(market.plan(clean_estimation=True).path)


def test_a_plan_as_it_was_written_is_whole(market: Market) -> None:
    sealed = market.plan()
    assert sealed.altered == ()
    assert sealed.seal == content_of(sealed.path)["seal"]["sha256"]
    assert read_plan(sealed.path).plan == sealed.plan


def test_every_field_of_a_plan_that_is_altered_is_named(content: dict[str, Any]) -> None:
    plain = {name: value for name, value in content.items() if name != "seal"}
    every = list(leaves(plain))
    assert len(every) > 250
    for steps in every:
        said = altered_fields(put(content, steps, other))
        assert said == (f"{name_in(steps, content)} was altered",), steps


def test_every_field_that_is_removed_or_added_is_named(content: dict[str, Any]) -> None:
    for table in ("source", "vintage", "specification"):
        for field in content[table]:
            made = copy.deepcopy(content)
            del made[table][field]
            named = altered_fields(made)
            assert named
            assert all(said.startswith(f"{table}.{field}") for said in named), named
        made = copy.deepcopy(content)
        made[table]["of_mine"] = 1
        assert altered_fields(made) == (f"{table}.of_mine was added",)
    for table in ("hypotheses", "events", "groups"):
        made = copy.deepcopy(content)
        made[table].append(made[table][0])
        assert all("was added" in said for said in altered_fields(made))
        made[table] = made[table][:-2]
        assert any("was removed" in said for said in altered_fields(made))


def test_every_entry_of_the_seal_that_is_altered_is_named(content: dict[str, Any]) -> None:
    for path in content["seal"]["fields"]:
        made = copy.deepcopy(content)
        made["seal"]["fields"][path] = "0" * 12
        assert altered_fields(made) == (f"seal.fields.{path} was altered",)
    made = copy.deepcopy(content)
    made["seal"]["sha256"] = "0" * 64
    assert altered_fields(made) == ("seal.sha256 was altered",)
    del made["seal"]
    assert altered_fields(made) == ("the seal was removed",)


def test_order_layout_and_comments_are_no_alteration(
    content: dict[str, Any], tmp_path: Path
) -> None:
    turned = dict(reversed(list(content.items())))
    path = tmp_path / "turned.toml"
    path.write_text("# mine\n" + tomlkit.dumps(turned), encoding="utf-8")
    assert read_plan(path).altered == ()
    assert canonical(turned) == canonical(content)


def test_an_altered_field_that_is_no_plan_any_more_is_named_with_what_is_wrong(
    content: dict[str, Any], tmp_path: Path
) -> None:
    made = put(content, ("hypotheses", 0, "direction"), lambda _: "sinks")
    path = tmp_path / "altered.toml"
    path.write_text(tomlkit.dumps(made), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(path)
    said = "\n".join(caught.value.problems)
    assert "hypotheses.1.direction was altered" in said
    assert "'sinks'" in said


def test_the_same_input_gives_the_same_file(market: Market) -> None:
    first, second = market.plan(name="a.toml"), market.plan(name="b.toml")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert plan_text(first.plan).encode() == first.path.read_bytes()


def test_a_plan_is_never_replaced(market: Market) -> None:
    market.plan()
    with pytest.raises(InputError, match="already exists"):
        market.plan("AAA falls 0,0")


def test_a_plan_that_contradicts_its_own_prices_is_refused_even_when_sealed_anew(
    market: Market, tmp_path: Path
) -> None:
    content = content_of(market.plan(until=DAY_AFTER).path)
    assert content["kind"] == "retrospective"
    made = {**content, "kind": "prospective"}
    made["seal"] = seal_of(made)
    path = tmp_path / "again.toml"
    path.write_text(tomlkit.dumps(made), encoding="utf-8")
    with pytest.raises(InputError, match="retrospective"):
        read_plan(path)


@pytest.mark.parametrize(
    ("steps", "change", "fragment"),
    [
        (("hypotheses", 0, "threshold"), lambda _: -0.02, "0 or more"),
        (("hypotheses", 1, "threshold"), lambda _: 0.02, "0 or less"),
        (("hypotheses", 0, "threshold"), lambda _: float("nan"), "threshold"),
        (("hypotheses", 0, "threshold"), lambda _: float("inf"), "threshold"),
        (("hypotheses", 0, "threshold"), lambda _: True, "threshold"),
        (("hypotheses", 0, "detectable"), lambda _: -1.0, "detectable"),
        (("hypotheses", 0, "members"), lambda _: ["BBB"], "members"),
        (("hypotheses",), lambda all_: [*all_, all_[0]], "are the same"),
        (
            ("hypotheses",),
            lambda all_: [*all_, {**all_[0], "direction": "falls"}],
            "differ in direction",
        ),
        (("source", "names"), lambda _: [], "names"),
        (("vintage", "as_of"), lambda _: "soon", "as_of"),
        (("vintage", "days"), lambda days: days[::-1], "order"),
        (("vintage", "days"), lambda days: [days[0]] * len(days), "order"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused_even_when_sealed_anew(
    content: dict[str, Any], tmp_path: Path, steps: Steps, change: Any, fragment: str
) -> None:
    made = put(content, steps, change)
    made["seal"] = seal_of(made)
    path = tmp_path / "again.toml"
    path.write_text(tomlkit.dumps(made), encoding="utf-8")
    with pytest.raises(InputError, match=fragment):
        read_plan(path)


DAY_AFTER = "2024-06-13"
