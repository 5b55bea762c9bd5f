"""Every refusal keeps within its time and memory; `tools/refusals.py` makes the files."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "refusals.py"
SPEC = importlib.util.spec_from_file_location("refusals", TOOL)
assert SPEC is not None
assert SPEC.loader is not None
refusals = importlib.util.module_from_spec(SPEC)
sys.modules["refusals"] = refusals
SPEC.loader.exec_module(refusals)
ATTACKS = {attack.said: attack for attack in refusals.attacks()}
SAMPLE = (
    "CSV, 100 MB of commas",
    "Parquet, 300 million cells",
    "ods, a row repeated for ever",
    "groups, 4 MB of brackets",
)
"""One of most kinds of file, of those refused soonest."""


@pytest.mark.representative(case="manifest, lists in lists")
@pytest.mark.sampled(case=SAMPLE)
@pytest.mark.parametrize("case", ATTACKS)
def test_a_refusal_is_one_sentence_in_time_and_in_bounds(case):
    attack = ATTACKS[case]
    assert refusals.faults(attack, refusals.measure(attack)) == []


@pytest.mark.slow
@pytest.mark.sampled(case="Parquet, 300 million cells")
@pytest.mark.parametrize(
    "case", [name for name in ATTACKS if "unpacks" in name or "million" in name]
)
def test_it_is_the_same_where_memory_is_limited(case):
    measured = refusals.measure(ATTACKS[case], 1500 * refusals.MB)
    assert measured.code == 2
    assert measured.lines
    assert all(line.startswith("Error: ") for line in measured.lines)
