"""The page of claims: what it counts and says comes from the evidence, and nothing is clipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from tearsheet_helpers import (
    assert_inside,
    assert_no_overlap,
    assert_publishable,
    printed,
    text_boxes,
)

from eventstudy.evidence.case import Case
from eventstudy.evidence.claims.check import check_claims
from eventstudy.evidence.claims.register import Claim
from eventstudy.evidence.parts.claims import Claims
from eventstudy.evidence.parts.evidence import Evidence, load_evidence, write_evidence
from eventstudy.report.pages.claims import claims_page, claims_table
from eventstudy.report.story import Story
from eventstudy.report.tables.tidy import evidence_tables, write_tables
from eventstudy.text.numbers import p_text, percent

REPOSITORY = Path(__file__).resolve().parents[2]
EVENT = "deepseek-app-store"
OTHER = "Other\nbenchmark"


@pytest.fixture(scope="module")
def case(flagship) -> Case:
    return Case(flagship.both.only(EVENT), flagship.prices)


@pytest.fixture(scope="module")
def found(case: Case) -> Claims:
    return check_claims(case)


@pytest.fixture(scope="module")
def fig(case: Case, found: Claims) -> Figure:
    return page(case, found)


def told(case: Case, found: Claims) -> Story:
    return Story(case.result, EVENT, Evidence(claims=found))


def page(case: Case, found: Claims) -> Figure:
    return printed(claims_page, told(case, found), 9)


def texts(fig: Figure) -> list[str]:
    return [text for text, _ in text_boxes(fig)]


def title(fig: Figure) -> str:
    written = (text.get_text() for text in fig.findobj(Text))
    return next(text for text in written if text.startswith("Of "))


def judged(found: Claims, verdicts: list[str]) -> Claims:
    """The same claims with other verdicts."""
    return replace(found, claims=found.claims.assign(verdict=verdicts))


def changed(found: Claims, row: int, **values: Any) -> Claims:
    parts = found.parts.copy()
    for name, value in values.items():
        parts.loc[row, name] = value
    return replace(found, parts=parts)


def test_the_page_can_be_published(fig: Figure) -> None:
    assert_publishable(fig)


def test_nothing_passes_the_right_margin(fig: Figure) -> None:
    ends = {text: box[2] for text, box in text_boxes(fig)}
    (margin,) = [end for text, end in ends.items() if text.startswith(f"{EVENT} · ")]
    assert max(ends.values()) <= margin + 0.5


def test_every_claim_and_every_part_is_there(case: Case, fig: Figure, found: Claims) -> None:
    said = texts(fig)
    for claim in found.claims.to_dict("records"):
        heading = f"{claim['says'].rstrip('.')} ({claim['source']}): {claim['verdict']}"
        assert heading in said
    assert not any(text.startswith("…") and "more" in text for text in said)
    columns, rows = claims_table(told(case, found), found.claims, found.parts)
    assert len(rows) == len(found.claims) + len(found.parts)
    assert sum(row.group for row in rows) == len(found.claims)
    assert {len(row.cells) for row in rows if not row.group} == {len(columns)}


def test_figures_and_p_are_those_of_the_evidence(fig: Figure, found: Claims) -> None:
    said = texts(fig)
    for part in found.parts[found.parts["measure"] == "car"].to_dict("records"):
        if part["verdict"] == "untestable":
            continue
        assert percent(part["figure"], unit=False) in said
        assert percent(part["other_figure"], unit=False) in said
        assert f"{percent(part['low'], unit=False)} to {percent(part['high'], unit=False)}" in said
        assert p_text(part["p_value"], prefix=False) in said


def test_holm_s_p_has_a_column_of_its_own(case: Case, fig: Figure, found: Claims) -> None:
    columns, rows = claims_table(told(case, found), found.claims, found.parts)
    titles = [column.title for column in columns]
    assert titles.count("Holm\np") == 1
    place = titles.index("Holm\np")
    assert titles[place - 1] == "p"
    cells = [row.cells for row in rows if not row.group]
    for row, part in zip(cells, found.parts.to_dict("records"), strict=True):
        assert row[place] == p_text(part["p_holm"], prefix=False)
        assert row[place - 1] == p_text(part["p_value"], prefix=False)
        assert (row[place] == "–") == (row[place - 1] == "–")
    assert sum(row[place] != row[place - 1] for row in cells) > len(cells) / 2
    assert "Holm: over all parts." in " ".join(" ".join(texts(fig)).split())
    other = changed(found, int(np.flatnonzero(found.parts["of"] == "GOOGL")[0]), p_holm=0.5432)
    assert "0.543" in texts(page(case, other))
    assert "0.543" not in texts(fig)


def test_a_stated_fact_has_its_tolerance(fig: Figure) -> None:
    assert "≈ −17 ± 0.5" in texts(fig)


def test_facts_and_shares_have_no_p_and_facts_no_other_benchmark(case: Case, found: Claims) -> None:
    columns, rows = claims_table(told(case, found), found.claims, found.parts)
    cells = [dict(enumerate(row.cells)) for row in rows if not row.group]
    p, other, other_p = (n for n, column in enumerate(columns) if column.title in ("p", OTHER))
    assert columns[other].title == OTHER
    kinds = dict.fromkeys(found.parts["measure"], 0)
    for row, part in zip(cells, found.parts.to_dict("records"), strict=True):
        if part["verdict"] == "untestable":
            continue
        kinds[part["measure"]] += 1
        assert (row[p] == row[other_p] == "–") == (part["measure"] != "car")
        assert (row[other] == "–") == (part["measure"] in ("raw_return", "index_points"))
    assert set(kinds) == {"raw_return", "index_points", "car", "share_back"}
    assert all(kinds.values())


def test_why_a_verdict_is_mixed_stands_beside_it(case: Case, fig: Figure, found: Claims) -> None:
    _, rows = claims_table(told(case, found), found.claims, found.parts)
    last = [row.cells[-1] for row in rows if not row.group]
    whys = {
        "not significant",
        "the interval includes the threshold",
        "supported under 1 of 2 benchmarks",
        "contradicted under 1 of 2 benchmarks",
    }
    assert {f"mixed: {why}" for why in whys} <= set(last)
    for cell, part in zip(last, found.parts.to_dict("records"), strict=True):
        if part["verdict"] != "untestable":
            assert cell == part["verdict"] + (f": {part['why']}" if part["why"] else "")
    said = " ".join(" ".join(texts(fig)).split())
    assert all(why in said for why in whys)


def test_each_name_hit_hard_has_its_row(case: Case, found: Claims) -> None:
    _, rows = claims_table(told(case, found), found.claims, found.parts)
    names = [row.cells[0].strip() for row in rows if not row.group]
    for name in ("Nvidia", "Broadcom", "AMD", "Marvell", "Alphabet", "Meta"):
        assert f"{name}, day 0: CAR, %" in names, name
    assert "Meta, day 0: raw return, %" in names


def test_an_untestable_part_says_why_and_has_no_figure(case: Case, found: Claims) -> None:
    _, rows = claims_table(told(case, found), found.claims, found.parts)
    (row,) = [row for row in rows if "OpenAI" in row.cells[0] and not row.group]
    assert row.cells[0].strip() == "OpenAI is not listed on an exchange"
    assert row.cells[-1] == "untestable"
    assert set(row.cells[1:-1]) <= {"", "–"}


def test_the_other_event_of_a_part_is_named(fig: Figure) -> None:
    assert "Meta at meta-capex, day 0: CAR, %" in [text.strip() for text in texts(fig)]


@pytest.mark.parametrize(
    ("verdicts", "counts"),
    [
        (["supported"] * 12, "12 supported"),
        (["contradicted"] * 12, "12 contradicted"),
        (["supported"] * 3 + ["mixed"] * 9, "3 supported, 9 mixed"),
        (
            ["untestable", "mixed", "contradicted", "supported"] * 3,
            "3 supported, 3 contradicted, 3 mixed, 3 untestable",
        ),
        (["mixed"] * 11 + ["untestable"], "11 mixed, 1 untestable"),
    ],
)
def test_the_title_counts_the_verdicts(
    case: Case, found: Claims, verdicts: list[str], counts: str
) -> None:
    assert title(page(case, judged(found, verdicts))) == f"Of 12 claims: {counts}"


def test_the_title_of_the_sample_counts_its_own_verdicts(fig: Figure, found: Claims) -> None:
    verdicts = list(found.claims["verdict"])
    for name in ("supported", "contradicted", "mixed", "untestable"):
        count = verdicts.count(name)
        assert (f"{count} {name}" in title(fig)) == (count > 0)


def test_changed_figures_change_the_page(case: Case, found: Claims) -> None:
    row = int(np.flatnonzero(found.parts["of"] == "GOOGL")[0])
    other = changed(found, row, figure=0.1234, p_value=0.0123, verdict="contradicted", why="")
    _, rows = claims_table(told(case, other), other.claims, other.parts)
    (cells,) = [r.cells for r in rows if r.cells[0].strip().startswith("Alphabet, day 0")]
    assert "+12.34" in cells
    assert "0.012" in cells
    assert cells[-1] == "contradicted"
    assert "+12.34" in texts(page(case, other))
    assert "+12.34" not in texts(page(case, found))


def test_the_level_in_the_subtitle_is_the_evidence_s(case: Case, found: Claims) -> None:
    for confidence, level in ((0.95, "p ≤ 0.05"), (0.99, "p ≤ 0.01")):
        said = texts(page(case, replace(found, confidence=confidence)))
        assert any(level in text for text in said)


def test_confounders_are_counted(case: Case, found: Claims) -> None:
    row = int(np.flatnonzero(found.parts["of"] == "GOOGL")[0])
    other = changed(found, row, confounders="One; Two; Three")
    for evidence, count in ((found, "–"), (other, "3")):
        _, rows = claims_table(told(case, evidence), evidence.claims, evidence.parts)
        (cells,) = [r.cells for r in rows if r.cells[0].strip().startswith("Alphabet, day 0")]
        assert cells[-2] == count


def test_without_another_benchmark_its_columns_are_gone(case: Case, found: Claims) -> None:
    alone = replace(found, parts=found.parts.assign(other="", other_figure=np.nan, other_p=np.nan))
    both, _ = claims_table(told(case, found), found.claims, found.parts)
    one, rows = claims_table(told(case, alone), alone.claims, alone.parts)
    assert len(one) == len(both) - 2
    assert {len(row.cells) for row in rows if not row.group} == {len(one)}
    fig = page(case, alone)
    assert_publishable(fig)
    assert not any("Other" in text for text in texts(fig))
    assert not any("beside: against" in text for text in texts(fig))


def test_one_claim_and_a_long_one(case: Case) -> None:
    claim = Claim.model_validate(
        {
            "id": "own",
            "says": "Whatever had to do with electricity, " * 8 + "fell.",
            "source": "a newsletter with a long name, read on the Sunday before the market opened",
            "event": EVENT,
            "part": [
                {
                    "measure": "car",
                    "of": ["VST", "CEG", "GEV", "ETN", "VRT", "SMCI", "DELL", "ANET"],
                    "minus": ["software-adopters", "devices", "hyperscalers"],
                    "direction": "below",
                },
                {
                    "measure": "raw_return",
                    "of": ["hyperscalers"],
                    "window": [-5, 20],
                    "direction": "above",
                },
            ],
        }
    )
    found = check_claims(case, [claim])
    fig = page(case, found)
    assert_publishable(fig)
    assert title(fig) == f"Of 1 claim: 1 {found.claims['verdict'].item()}"


def test_more_claims_than_the_page_holds(case: Case, found: Claims) -> None:
    """What does not fit is counted, and the table that has it is named."""
    claims = pd.concat(
        [found.claims.assign(id=found.claims["id"] + f"-{n}") for n in range(4)], ignore_index=True
    )
    parts = pd.concat(
        [found.parts.assign(id=found.parts["id"] + f"-{n}") for n in range(4)], ignore_index=True
    )
    fig = page(case, replace(found, claims=claims, parts=parts))
    assert_inside(fig)
    assert_no_overlap(fig)
    assert title(fig).startswith("Of 48 claims")
    (more,) = [text for text in texts(fig) if text.startswith("…")]
    assert "more" in more
    assert "tables/claims_parts.csv" in more


def test_the_table_that_the_page_names_is_in_the_bundle(found: Claims, tmp_path: Path) -> None:
    write_tables(evidence_tables(Evidence(claims=found)), tmp_path)
    written = pd.read_csv(tmp_path / "claims_parts.csv")
    assert len(written) == len(found.parts)
    np.testing.assert_array_equal(written["figure"], found.parts["figure"])
    assert list(written["verdict"]) == list(found.parts["verdict"])
    np.testing.assert_allclose(written["p_holm"], found.parts["p_holm"], rtol=1e-12)
    assert list(written["p_kind"].fillna("")) == list(found.parts["p_kind"])


def test_evidence_written_and_read_draws_the_same_page(
    case: Case, fig: Figure, found: Claims, tmp_path: Path
) -> None:
    write_evidence(Evidence(claims=found), tmp_path)
    assert_same(load_evidence(tmp_path), case, fig, found)
    assert_same(load_evidence(str(tmp_path)), case, fig, found)


def assert_same(back: Evidence | None, case: Case, fig: Figure, found: Claims) -> None:
    assert back is not None
    assert back.claims is not None
    assert texts(page(case, back.claims)) == texts(fig)
    pd.testing.assert_frame_equal(back.claims.parts, found.parts)
    pd.testing.assert_frame_equal(back.claims.claims, found.claims)
    assert back.claims.confidence == found.confidence


def test_a_bundle_folder_holds_the_evidence_too(
    case: Case, fig: Figure, found: Claims, tmp_path: Path
) -> None:
    """Beside its pages, in the folder of what was saved."""
    assert load_evidence(tmp_path) is None
    (tmp_path / "saved").mkdir()
    assert load_evidence(tmp_path) is None
    write_evidence(Evidence(claims=found), tmp_path / "saved")
    assert_same(load_evidence(tmp_path), case, fig, found)
    assert_same(load_evidence(tmp_path / "saved"), case, fig, found)
