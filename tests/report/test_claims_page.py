"""The page of claims: what it counts and says comes from the evidence, and nothing is clipped."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text as MplText
from tearsheet_helpers import (
    assert_inside,
    assert_no_overlap,
    assert_publishable,
    text_boxes,
)

from eventstudy.evidence.case import Case
from eventstudy.evidence.claims.check import check_claims
from eventstudy.evidence.claims.register import Claim
from eventstudy.evidence.parts.claims import PART_VERDICTS, Claims
from eventstudy.evidence.parts.evidence import Evidence, load_evidence, write_evidence
from eventstudy.report.drawing import theme
from eventstudy.report.formats.sheets import sheets as printed_sheets
from eventstudy.report.pages.claims import claims_page, claims_table
from eventstudy.report.story import Story, print_page
from eventstudy.report.tables.tidy import evidence_tables, write_tables
from eventstudy.text.numbers import p_text, percent

REPOSITORY = Path(__file__).resolve().parents[2]
EVENT = "deepseek-app-store"
OTHER = "Other\nbenchmark*"
SMALLEST = 8.5
"""Points of the smallest letters of a table."""


@pytest.fixture(scope="module")
def case(flagship) -> Case:
    return Case(flagship.both.only(EVENT), flagship.prices)


@pytest.fixture(scope="module")
def found(case: Case) -> Claims:
    return check_claims(case)


@pytest.fixture(scope="module")
def figs(case: Case, found: Claims) -> list[Figure]:
    return drawn(case, found)


def told(case: Case, found: Claims) -> Story:
    return Story(case.result, EVENT, Evidence(claims=found))


def drawn(case: Case, found: Claims) -> list[Figure]:
    """The page sheet by sheet."""
    story = told(case, found)
    with theme.themed():
        return [print_page(story, sheet, 9) for sheet in claims_page(story).on_paper]


def texts(figs: list[Figure]) -> list[str]:
    return [text for fig in figs for text, _ in text_boxes(fig)]


def words(figs: list[Figure]) -> str:
    return " ".join(" ".join(texts(figs)).split())


def title(case: Case, found: Claims) -> str:
    return claims_page(told(case, found)).finding


def judged(found: Claims, verdicts: list[str]) -> Claims:
    """The same claims with other verdicts."""
    return replace(found, claims=found.claims.assign(verdict=verdicts))


def changed(found: Claims, row: int, **values: Any) -> Claims:
    parts = found.parts.copy()
    for name, value in values.items():
        parts.loc[row, name] = value
    return replace(found, parts=parts)


def test_the_sheets_can_be_published(figs: list[Figure]) -> None:
    for fig in figs:
        assert_publishable(fig)


def test_nothing_passes_the_right_margin(figs: list[Figure]) -> None:
    for fig in figs:
        ends = {text: box[2] for text, box in text_boxes(fig)}
        (margin,) = [end for text, end in ends.items() if text.startswith(f"{EVENT} · ")]
        assert max(ends.values()) <= margin + 0.5


def test_three_claims_a_sheet_in_readable_type(figs: list[Figure], found: Claims) -> None:
    assert len(figs) == 4
    heads = [c["says"].rstrip(".") for c in found.claims.to_dict("records")]
    for number, fig in enumerate(figs):
        said = words([fig])
        here = [head for head in heads if head in said]
        assert here == heads[3 * number : 3 * number + 3]
        table = [
            t for t in fig.findobj(MplText) if t.get_text().strip() in ("Claimed", "as claimed")
        ]
        assert table
        assert min(each.get_fontsize() for each in table) >= SMALLEST


def test_every_claim_and_every_part_is_there(case: Case, figs: list[Figure], found: Claims) -> None:
    said = words(figs)
    for claim in found.claims.to_dict("records"):
        assert f"{claim['says'].rstrip('.')} ({claim['source']})" in said
    assert "…" not in said
    columns, rows = claims_table(told(case, found), found.claims, found.parts)
    assert len(rows) == len(found.claims) + len(found.parts)
    assert sum(row.group for row in rows) == len(found.claims)
    assert {len(row.cells) for row in rows if not row.group} == {len(columns)}


def test_sources_are_named(figs: list[Figure]) -> None:
    said = words(figs)
    assert "Computerworld" in said
    assert not re.search(r"essays? \d", said)


def test_figures_and_p_are_those_of_the_evidence(figs: list[Figure], found: Claims) -> None:
    said = texts(figs)
    for part in found.parts[found.parts["measure"] == "car"].to_dict("records"):
        if part["verdict"] == "untestable":
            continue
        assert percent(part["figure"], unit=False) in said
        assert percent(part["other_figure"], unit=False) in said
        assert f"{percent(part['low'], unit=False)} to {percent(part['high'], unit=False)}" in said
        assert p_text(part["p_value"], prefix=False) in said


def test_the_subtitle_counts_what_is_left_after_holm(case: Case, found: Claims) -> None:
    for p_holm, count in ((0.2, "none is"), (0.01, "25 are")):
        other = replace(
            found,
            parts=found.parts.assign(
                p_holm=found.parts["p_holm"].where(found.parts["p_holm"].isna(), p_holm)
            ),
        )
        assert f"25 tests, {count} significant" in claims_page(told(case, other)).subtitle


def test_a_stated_fact_has_its_tolerance(figs: list[Figure]) -> None:
    assert "≈ −17 ± 0.5" in texts(figs)


def test_facts_and_shares_have_no_p_and_facts_no_other_benchmark(case: Case, found: Claims) -> None:
    columns, rows = claims_table(told(case, found), found.claims, found.parts)
    cells = [dict(enumerate(row.cells)) for row in rows if not row.group]
    p, other = (n for n, column in enumerate(columns) if column.title in ("p", OTHER))
    assert columns[other].title == OTHER
    kinds = dict.fromkeys(found.parts["measure"], 0)
    for row, part in zip(cells, found.parts.to_dict("records"), strict=True):
        if part["verdict"] == "untestable":
            continue
        kinds[part["measure"]] += 1
        assert (row[p] == "–") == (part["measure"] != "car")
        assert (row[other] == "–") == (part["measure"] in ("raw_return", "index_points"))
    assert set(kinds) == {"raw_return", "index_points", "car", "share_back"}
    assert all(kinds.values())


def test_why_a_part_is_not_shown_is_beside_it(case: Case, found: Claims) -> None:
    _, rows = claims_table(told(case, found), found.claims, found.parts)
    last = [row.cells[-1] for row in rows if not row.group]
    for cell, part in zip(last, found.parts.to_dict("records"), strict=True):
        if part["verdict"] != "untestable":
            assert cell.startswith(PART_VERDICTS[part["verdict"]])
            assert cell.endswith(part["why"])
    assert "mixed" not in " ".join(last)


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
    assert row.cells[-1] == PART_VERDICTS["untestable"]
    assert set(row.cells[1:-1]) <= {"", "–"}


def test_the_other_event_of_a_part_is_named(figs: list[Figure]) -> None:
    assert "Meta at meta-capex, day 0: CAR, %" in [text.strip() for text in texts(figs)]


@pytest.mark.parametrize(
    ("verdicts", "counts"),
    [
        (["supported"] * 12, [12]),
        (["contradicted"] * 12, [12, 12]),
        (["supported"] * 3 + ["mixed"] * 9, [3, 12, 9]),
        (["untestable", "mixed", "contradicted", "supported"] * 3, [3, 12, 3, 3, 3]),
        (["supported"] + ["mixed"] * 10 + ["untestable"], [1, 12, 10, 1]),
    ],
)
def test_the_title_counts_the_verdicts(
    case: Case, found: Claims, verdicts: list[str], counts: list[int]
) -> None:
    said = [int(n) for n in re.findall(r"\d+", title(case, judged(found, verdicts)))]
    assert said == (counts if counts != [12] else [12, 12])


def test_changed_figures_change_the_page(case: Case, found: Claims) -> None:
    row = int(np.flatnonzero(found.parts["of"] == "GOOGL")[0])
    other = changed(found, row, figure=0.1234, p_value=0.0123, verdict="contradicted", why="")
    _, rows = claims_table(told(case, other), other.claims, other.parts)
    (cells,) = [r.cells for r in rows if r.cells[0].strip().startswith("Alphabet, day 0")]
    assert "+12.34" in cells
    assert "0.012" in cells
    assert cells[-1] == PART_VERDICTS["contradicted"]
    assert "+12.34" in texts(drawn(case, other))
    assert "+12.34" not in texts(drawn(case, found))


def test_the_level_in_the_subtitle_is_the_evidence_s(case: Case, found: Claims) -> None:
    for confidence, level in ((0.95, "p ≤ 0.05"), (0.99, "p ≤ 0.01")):
        said = texts(drawn(case, replace(found, confidence=confidence)))
        assert any(level in text for text in said)


def test_confounders_are_named_on_the_sheet_of_their_claim(case: Case, found: Claims) -> None:
    row = int(np.flatnonzero(found.parts["of"] == "GOOGL")[0])
    other = drawn(case, changed(found, row, confounders="One thing; Another thing"))
    assert "One thing; Another thing" in words(other[:1])
    assert "Another thing" not in words(other[1:])


def test_without_another_benchmark_its_column_is_gone(case: Case, found: Claims) -> None:
    alone = replace(found, parts=found.parts.assign(other="", other_figure=np.nan, other_p=np.nan))
    both, _ = claims_table(told(case, found), found.claims, found.parts)
    one, rows = claims_table(told(case, alone), alone.claims, alone.parts)
    assert len(one) == len(both) - 1
    assert {len(row.cells) for row in rows if not row.group} == {len(one)}
    figs = drawn(case, alone)
    for fig in figs:
        assert_publishable(fig)
    assert "*" not in words(figs)


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
    (fig,) = drawn(case, found)
    assert_publishable(fig)
    assert "1 claim " in title(case, found)


def test_more_claims_take_more_sheets(case: Case, found: Claims) -> None:
    claims = pd.concat(
        [found.claims.assign(id=found.claims["id"] + f"-{n}") for n in range(4)], ignore_index=True
    )
    parts = pd.concat(
        [found.parts.assign(id=found.parts["id"] + f"-{n}") for n in range(4)], ignore_index=True
    )
    figs = drawn(case, replace(found, claims=claims, parts=parts))
    assert len(figs) == 16
    for fig in figs:
        assert_inside(fig)
        assert_no_overlap(fig)
    assert "…" not in words(figs)


def test_a_claim_longer_than_a_sheet_goes_on_under_its_heading(case: Case, found: Claims) -> None:
    one = found.claims[found.claims["id"] == "us-ai-hit-hard"]
    mine = found.parts[found.parts["id"] == "us-ai-hit-hard"]
    parts = pd.concat([mine] * 6, ignore_index=True)
    figs = drawn(case, replace(found, claims=one, parts=parts))
    assert len(figs) > 1
    shown = sum(text.strip() == "Broadcom, day 0: CAR, %" for text in texts(figs))
    assert shown == 6
    assert all(one["says"].item().rstrip(".") in words([fig]) for fig in figs)


def test_the_table_that_the_page_names_is_in_the_bundle(found: Claims, tmp_path: Path) -> None:
    write_tables(evidence_tables(Evidence(claims=found)), tmp_path)
    written = pd.read_csv(tmp_path / "claims_parts.csv")
    assert len(written) == len(found.parts)
    np.testing.assert_array_equal(written["figure"], found.parts["figure"])
    assert list(written["verdict"]) == list(found.parts["verdict"])
    np.testing.assert_allclose(written["p_holm"], found.parts["p_holm"], rtol=1e-12)
    assert list(written["p_kind"].fillna("")) == list(found.parts["p_kind"])


def test_evidence_written_and_read_draws_the_same_page(
    case: Case, figs: list[Figure], found: Claims, tmp_path: Path
) -> None:
    write_evidence(Evidence(claims=found), tmp_path)
    assert_same(load_evidence(tmp_path), case, figs, found)
    assert_same(load_evidence(str(tmp_path)), case, figs, found)


def assert_same(back: Evidence | None, case: Case, figs: list[Figure], found: Claims) -> None:
    assert back is not None
    assert back.claims is not None
    assert texts(drawn(case, back.claims)) == texts(figs)
    pd.testing.assert_frame_equal(back.claims.parts, found.parts)
    pd.testing.assert_frame_equal(back.claims.claims, found.claims)
    assert back.claims.confidence == found.confidence


def test_a_bundle_folder_holds_the_evidence_too(
    case: Case, figs: list[Figure], found: Claims, tmp_path: Path
) -> None:
    """Beside its pages, in the folder of what was saved."""
    assert load_evidence(tmp_path) is None
    (tmp_path / "saved").mkdir()
    assert load_evidence(tmp_path) is None
    write_evidence(Evidence(claims=found), tmp_path / "saved")
    assert_same(load_evidence(tmp_path), case, figs, found)
    assert_same(load_evidence(tmp_path / "saved"), case, figs, found)


def test_every_sheet_of_the_report_has_its_own_number(case: Case, found: Claims) -> None:
    story = told(case, found)
    sheets = list(printed_sheets(story, only=["claims", "timeline", "methods"]))
    numbers = [text for sheet in sheets for text, _ in text_boxes(sheet.figure) if "·" in text]
    at = [int(text.rpartition("· ")[2]) for text in numbers if text.startswith(EVENT)]
    assert len(at) == len(sheets) > 3
    assert at == list(range(at[0], at[0] + len(at)))
