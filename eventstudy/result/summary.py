"""A result as text of 80 columns and as HTML: what happened, how sure, what to note."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eventstudy.estimation.left_out import left_out_sentence
from eventstudy.estimation.own_windows import own_window_sentence
from eventstudy.result.answer import answer_of
from eventstudy.result.entities import assets_text
from eventstudy.significance.names import STANDARDISED
from eventstudy.text.brief import Brief, brief_html
from eventstudy.text.lines import wrapped
from eventstudy.text.measure import worded
from eventstudy.text.numbers import MISSING, between, counted, p_text, percent, window_text
from eventstudy.text.table import PlainTable, Row
from eventstudy.text.terminal import plain_lines
from eventstudy.text.words import level_text, listed

if TYPE_CHECKING:
    from eventstudy.result.record import StudyRecord


MOST_ROWS = 12
MOST_LINES = 5
MOST_NAMED = 4
MOST_EVENTS = 2
KEYS = ("group", "n")
TESTED = ("test", "p")


def result_text(result: StudyRecord) -> str:
    """The result in lines of at most 80 columns."""
    parts: list[StudyRecord] = [*result.parts.values()] or [result]
    return "\n\n".join("\n".join(_lines(part)) for part in parts)


def _lines(result: StudyRecord) -> list[str]:
    answer = answer_of(result)
    first = () if answer is None else (*answer.sentences, "")
    above = (*first, _headline(result), *_shifts(result))
    opening = [line for text in above for line in (wrapped(worded(text)) or [""])]
    closing = [line for text in _closing(result) for line in wrapped(worded(text))]
    table = _group_lines(group_table(result))
    return [*opening, "", *table, *([""] if closing else []), *closing]


def _headline(result: StudyRecord) -> str:
    """What was studied: the event and its day, or how many of them."""
    labels = result.assets.labels
    ids = list(dict.fromkeys([*labels["event_id"], *result.exclusions["event_id"]]))
    model = f"{result.model_label.lower()}, {result.spec.rows} {result.spec.estimation}"
    if len(ids) == 1 and result.n:
        day0 = f"{labels['day0'].iloc[0]:%Y-%m-%d}"
        studied = assets_text(labels["ticker"].astype(str))
        return f"{ids[0]} · day 0 is {day0} · {studied} · {model}"
    return f"{counted(result.n, 'observation')} at {counted(len(ids), 'event')} · {model}"


def _shifts(result: StudyRecord) -> list[str]:
    moved = result.alignments[result.alignments["shifted"]]
    more = len(moved) - MOST_LINES
    lines = [f"{reason}." for reason in moved["reason"].head(MOST_LINES)]
    return [*lines, *([f"… and {more} more dates moved; see alignments."] if more > 0 else [])]


def group_table(result: StudyRecord) -> PlainTable:
    """Each group's day-0 AAR and CAARs, with the headline test of the first window.

    Where one group holds all observations, its row says what that of all would.
    """
    table = result.by("group").reset_index()
    if table["group"].nunique() == 2 and result.n == 1:
        table = table[table["group"] != "all"]
    windows = list(dict.fromkeys(zip(table["start"], table["end"], strict=True)))
    rows = []
    for group, part in table.groupby("group", sort=False):
        records = {(row["start"], row["end"]): row for row in part.to_dict("records")}
        means = [percent(_shown(records[w])) if w in records else MISSING for w in windows]
        first = next(iter(records.values()))
        test = first["test"] if isinstance(first["test"], str) else MISSING
        n = max(row["n"] for row in records.values())
        rows.append((str(group), str(n), *means, test, p_text(first["p_value"], prefix=False)))
    heads = (*KEYS, *map(window_text, windows), *TESTED)
    return PlainTable.of(heads, rows, words=(0, len(heads) - 2), more="by('group')")


def _group_lines(table: PlainTable) -> list[str]:
    """The table in lines of at most 80 columns; one too wide names its tests below."""
    if not table.rows:
        return ["No observation could be estimated."]
    shown = replace(table, rows=table.rows[:MOST_ROWS])
    lines = plain_lines(shown)
    if len(lines) > 1 + len(shown.rows):
        lines = plain_lines(_without_test(shown), keys=len(KEYS)) + wrapped(_tests_used(shown))
    more = len(table.rows) - MOST_ROWS
    return [*lines, *([f"… and {more} more groups; see by('group')."] if more > 0 else [])]


def _without_test(table: PlainTable) -> PlainTable:
    """The table without the column before its last, the names of the tests."""
    rows = [Row([*row.cells[:-2], row.cells[-1]]) for row in table.rows]
    return PlainTable((*table.columns[:-2], table.columns[-1]), rows)


def _tests_used(table: PlainTable) -> str:
    """Which test each p is of: "p of day 0: portfolio_placebo; placebo for nvidia, devices."."""
    groups: dict[str, list[str]] = {}
    for row in table.rows:
        groups.setdefault(row.cells[-2], []).append(row.cells[0])
    groups.pop(MISSING, None)
    by_size = sorted(groups, key=lambda test: -len(groups[test]))
    parts = [*by_size[:1], *(f"{test} for {', '.join(groups[test])}" for test in by_size[1:])]
    first = table.columns[len(KEYS)].title
    return f"p of {first}: {'; '.join(parts) or 'no test'}."


def _closing(result: StudyRecord) -> list[str]:
    """Cautions: tests that over-reject here, and what was left out."""
    notes = []
    if text := standing_sentence(result):
        notes.append(text)
    notes += [
        *headline_cautions(result),
        *own_window_sentence(result.assets.labels),
        *left_out_sentence(result.assets.labels, result.spec),
    ]
    out = result.exclusions
    lines = [
        f"Left out: {row.ticker} at {row.event_id}, {row.stage}: {row.reason}."
        for row in out.head(MOST_LINES).itertuples()
    ]
    more = [f"… and {len(out) - MOST_LINES} more; see exclusions."] if len(out) > MOST_LINES else []
    return [*notes, *lines, *more]


def standing_sentence(result: StudyRecord) -> str:
    """Which tests may over-reject in a study, and which quoted ones stand; empty for none."""
    tests = result.tests[result.tests["refused"] == ""]
    warned = tests["warning"] != ""
    quoted = dict.fromkeys(tests.loc[tests["headline"].astype(bool), "test"])
    others = [name for name in dict.fromkeys(tests.loc[warned, "test"]) if name not in quoted]
    if not others:
        return ""
    doubted = set(tests.loc[warned & tests["headline"].astype(bool), "test"])
    sound = [name for name in quoted if name not in doubted]
    stands = f"; {listed(sound)} {'hold' if len(sound) > 1 else 'holds'}" if sound else ""
    return f"Caution: in this design {', '.join(others)} may over-reject{stands}."


def headline_cautions(result: StudyRecord) -> list[str]:
    """What was measured against the tests that are quoted, each with its windows."""
    tests = result.tests
    quoted = tests[tests["headline"].astype(bool) & (tests["warning"] != "")]
    lines = []
    for (test, warning), rows in quoted.groupby(["test", "warning"], sort=False):
        windows = [window_text(key) for key in zip(rows["start"], rows["end"], strict=True)]
        shown = list(dict.fromkeys(windows))
        more = f" and {len(shown) - MOST_NAMED} more" if len(shown) > MOST_NAMED else ""
        lines.append(f"Caution: {test}, {', '.join(shown[:MOST_NAMED])}{more}: {warning}.")
    return lines


def result_html(result: StudyRecord) -> str:
    """The same for a notebook."""
    parts: list[StudyRecord] = [*result.parts.values()] or [result]
    shown = [brief_html(part_brief(part)) for part in parts[:MOST_LINES]]
    more = len(parts) - len(shown)
    return "\n".join(
        [*shown, *([f"<p>… and {more} more events; see parts.</p>"] if more > 0 else [])]
    )


def part_brief(result: StudyRecord) -> Brief:
    """The study of one event, or of all observations of a frame, with its finding first."""
    about = " ".join([f"{_headline(result)}.", *_shifts(result)])
    notes = tuple(map(worded, _closing(result)))
    return Brief(worded(result_finding(result)), worded(about), (group_table(result),), notes)


def events_brief(result: StudyRecord) -> Brief:
    """The studies of several registered events: a row each for their first groups."""
    tables = {
        event_id: _without_test(group_table(part))
        for event_id, part in result.parts.items()
        if part.n
    }
    heads = list(dict.fromkeys(c.title for table in tables.values() for c in table.columns))
    rows = []
    for event_id, table in tables.items():
        for row in table.rows:
            cells = dict(zip((c.title for c in table.columns), row.cells, strict=True))
            rows.append((event_id, *(cells.get(head, MISSING) for head in heads)))
    named = [result_finding(part) for part in result.parts.values()]
    events = PlainTable.of(("event", *heads), rows, words=(0, 1), more="summary()")
    return Brief(". ".join(named[:MOST_EVENTS]), f"{_headline(result)}.", (events,))


def _shown(row: Mapping[Hashable, Any]) -> float:
    """The figure of a row of `by("group")`: the mean over several dates, else what is tested."""
    several = row["se_from"] == STANDARDISED
    return float(row["estimate" if several else "tested"])


def _quoted_text(row: Mapping[Hashable, Any], level: str) -> str:
    """The interval and the p of the test that is quoted, and of what where it is not the mean."""
    if not isinstance(row["test"], str):
        return ""
    low, high = (row.get(end, float("nan")) for end in ("ci_low", "ci_high"))
    bounds = between(percent(low, unit=False), percent(high))
    interval = "" if bounds == MISSING else f"{level} interval {bounds}, "
    weighted = f"{percent(row['tested'])} weighted by 1/s.e., "
    of = weighted if row["se_from"] == STANDARDISED else ""
    return f" ({of}{interval}{p_text(row['p_value'])})"


def result_finding(result: StudyRecord) -> str:
    """The answer of one event; of several the first window tested, by group and of all."""
    answer = answer_of(result)
    if answer is not None:
        return answer.title_sentence
    if not result.n:
        return "No observation could be estimated"
    table = result.by("group").reset_index()
    if table.empty:
        return "No window was asked for"
    first = table[
        (table["start"] == table["start"].iloc[0]) & (table["end"] == table["end"].iloc[0])
    ]
    groups = list(first["group"])
    wanted = [*[name for name in groups if name != "all"][:1], "all"]
    rows = [row for row in first.to_dict("records") if row["group"] in wanted]
    rows.sort(key=lambda row: wanted.index(row["group"]))
    when = window_text((int(rows[0]["start"]), int(rows[0]["end"])))
    level = level_text(result.spec.confidence)
    means = [f"{row['group']} {percent(_shown(row))}{_quoted_text(row, level)}" for row in rows]
    what = (
        "Abnormal on" if rows[0]["start"] == rows[0]["end"] else "Cumulative abnormal return over"
    )
    return f"{what} {when}: {'; '.join(means)}"
