"""Observations with another event of their own asset: named, and left out when asked."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.result.neighbours import confounder_sentences

HEADER = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
STUDIED = "main,Main news,2025-01-27,pre,x,NVDA;MSFT;AAPL,,yes,s,\n"
SHORT = {"window": (-1, 3), "car": [(0, 0), (-1, 1)], "compare": ()}


def run(tmp_path: Path, rows: str, **options: object) -> es.StudyResult:
    file = tmp_path / "events.csv"
    file.write_text(HEADER + STUDIED + rows)
    events, prices = es.read_events(file), es.load_prices("bundled")
    settings = {**SHORT, "drop_confounded": True, **options}
    return es.EventStudy(**settings).run(events, prices, event_ids=["main"])


def kept(result: es.StudyResult) -> list[str]:
    return result.assets.labels["ticker"].tolist()


def reasons(result: es.StudyResult) -> dict[str, str]:
    rows = result.exclusions[result.exclusions["stage"] == "confounders"]
    return dict(zip(rows["ticker"], rows["reason"], strict=True))


@pytest.mark.parametrize(
    ("day", "out"),
    [
        ("2025-01-23", False),  # day −2
        ("2025-01-24", True),  # −1, the first day of the window
        ("2025-01-27", True),  # 0
        ("2025-01-30", True),  # +3, the last
        ("2025-01-31", False),  # +4
    ],
)
def test_the_days_that_count(tmp_path: Path, day: str, out: bool) -> None:
    result = run(tmp_path, f"other,Other,{day},pre,x,MSFT,,no,s,\n")
    assert kept(result) == (["NVDA", "AAPL"] if out else ["NVDA", "MSFT", "AAPL"])
    assert set(reasons(result)) == ({"MSFT"} if out else set())


def test_the_reason_names_events_and_days(tmp_path: Path) -> None:
    rows = (
        "late,Late,2025-01-29,pre,x,MSFT;AAPL,,no,s,\n"
        "early,Early,2025-01-24,pre,x,MSFT,,no,s,\n"
        "same,Same,2025-01-27,pre,x,MSFT,,no,s,\n"
    )
    found = reasons(run(tmp_path, rows))
    assert found == {
        "MSFT": "its days [−1, +3] also hold early (day −1), same (day 0) and late (day +2)",
        "AAPL": "its days [−1, +3] also hold late (day +2)",
    }


def test_whole_market_events_stay_named_and_drop_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, "rates,Rate decision,2025-01-29,pre,x,,,no,s,\n")
    assert kept(result) == ["NVDA", "MSFT", "AAPL"]
    assert result.context is not None
    assert result.context.confounders["confounder"].tolist() == ["rates"]
    (said,) = confounder_sentences(result)
    assert said.startswith("1 other registered event ")
    assert said.endswith("main's days [−1, +3]: rates (+2).")


def test_unasked_nothing_is_dropped(tmp_path: Path) -> None:
    rows = "other,Other,2025-01-28,pre,x,MSFT,,no,s,\nthird,Third,2025-01-27,pre,x,NVDA,,no,s,\n"
    result = run(tmp_path, rows, drop_confounded=False)
    assert kept(result) == ["NVDA", "MSFT", "AAPL"]
    assert result.exclusions.empty
    (said,) = confounder_sentences(result)
    assert said.startswith("2 other registered events ")
    assert said.endswith("main's days [−1, +3]: third (0), other (+1).")


def test_a_list_of_one_event_was_not_searched(tmp_path: Path) -> None:
    (said,) = confounder_sentences(run(tmp_path, ""))
    assert "not searched" in said
    assert "main" in said


def test_the_figures_of_the_others_do_not_change(tmp_path: Path) -> None:
    rows = "other,Other,2025-01-28,pre,x,MSFT,,no,s,\n"
    dropped = run(tmp_path, rows)
    whole = run(tmp_path, rows, drop_confounded=False)
    both = whole.car((0, 0)).loc[dropped.car((0, 0)).index]
    pd.testing.assert_frame_equal(dropped.car((0, 0)), both)
    assert dropped.tests.loc[dropped.tests["group"] == "all", "n"].max() == 2


def test_all_dropped_is_an_empty_result(tmp_path: Path) -> None:
    result = run(tmp_path, "other,Other,2025-01-28,pre,x,NVDA;MSFT;AAPL,,no,s,\n")
    assert result.n == 0
    assert len(result.exclusions) == 3
    assert confounder_sentences(result) == []
    assert "No observation could be estimated." in result.summary()


def test_the_study_of_both_headlines_drops_each_for_the_other(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(f"{HEADER}{STUDIED}second,Second,2025-01-28,pre,x,NVDA,,yes,s,\n")
    events, prices = es.read_events(file), es.load_prices("bundled")
    result = es.EventStudy(**SHORT, drop_confounded=True).run(events, prices)
    assert [*result.assets.labels["event_id"]] == ["main", "main"]
    assert result.parts["second"].n == 0
    assert result.parts["main"].n == result.n == 2


def test_saved_and_read_back(tmp_path: Path) -> None:
    result = run(tmp_path, "other,Other,2025-01-28,pre,x,MSFT,,no,s,\n")
    again = es.load(result.save(tmp_path / "saved"))
    assert again.spec.drop_confounded
    assert reasons(again) == reasons(result)


def test_a_frame_has_no_registry(wide: pd.DataFrame, observations: pd.DataFrame) -> None:
    study = es.EventStudy(benchmark="mkt", drop_confounded=True)
    with pytest.raises(es.InputError, match="Option drop_confounded looks for other events"):
        study.run(observations, returns=wide)
    frame = es.EventStudy(benchmark="mkt").run(observations, returns=wide)
    assert confounder_sentences(frame) == []


def test_the_command_ends_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from eventstudy.cli.app import main

    file = tmp_path / "events.csv"
    file.write_text(f"{HEADER}{STUDIED}other,Other,2025-01-28,pre,x,NVDA;MSFT;AAPL,,no,s,\n")
    out = tmp_path / "out"
    asked = ["run", "main", "--events", str(file), "--drop-confounded", "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["eventstudy", *asked])
    with pytest.raises(SystemExit) as ended:
        main()
    said = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 3
    assert "Nothing could be estimated. NVDA, MSFT, AAPL at main (confounders): its days" in said
    assert "also hold other (day +1)" in said
    assert not out.exists()
