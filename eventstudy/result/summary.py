"""A result as text of 80 columns and as HTML: what happened, how sure, what to mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.text.brief import Brief, Listing, html_of, visible, wrapped
from eventstudy.text.numbers import counted, number, p_text, percent, window_text

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.result.record import StudyRecord


WIDTH = 80
MOST_ROWS = 12
MOST_LINES = 5
MOST_NAMED = 4
MOST_EVENTS = 2
KEYS = ("group", "n")
NO_TEST = "–"


def summary_text(result: StudyRecord) -> str:
    """The result in lines of at most 80 columns."""
    parts: list[StudyRecord] = [*result.parts.values()] or [result]
    return "\n\n".join("\n".join(_lines(part)) for part in parts)


def _lines(result: StudyRecord) -> list[str]:
    said = [_headline(result), *_shifts(result)]
    opening = [line for text in said for line in wrapped(text)]
    closing = [line for text in _closing(result) for line in wrapped(text)]
    table = _fitting(group_rows(result))
    return [*opening, "", *table, *([""] if closing else []), *closing]


def _headline(result: StudyRecord) -> str:
    """What was studied: the event and its day, or how many of them."""
    labels = result.assets.labels
    ids = list(dict.fromkeys([*labels["event_id"], *result.exclusions["event_id"]]))
    model = f"{result.model_label.lower()}, sessions {result.spec.estimation}"
    if len(ids) == 1 and result.n:
        day0 = f"{labels['day0'].iloc[0]:%Y-%m-%d}"
        return f"{ids[0]} · day 0 is {day0} · {counted(result.n, 'asset')} · {model}"
    return f"{counted(result.n, 'observation')} at {counted(len(ids), 'event')} · {model}"


def _shifts(result: StudyRecord) -> list[str]:
    moved = result.alignments[result.alignments["shifted"]]
    more = len(moved) - MOST_LINES
    lines = [f"{reason}." for reason in moved["reason"].head(MOST_LINES)]
    return [*lines, *([f"… and {more} more dates moved; see alignments."] if more > 0 else [])]


def group_rows(result: StudyRecord) -> pd.DataFrame:
    """Each group's day-0 AAR and CAARs as text, with the headline test of the first window."""
    import pandas as pd

    table = result.by("group").reset_index()
    rows = []
    for group, part in table.groupby("group", sort=False):
        records = part.to_dict("records")
        row = {"group": str(group), "n": max(record["n"] for record in records)}
        for record in records:
            row[window_text((record["start"], record["end"]))] = percent(record["tested"])
        row["test"] = records[0]["test"] if isinstance(records[0]["test"], str) else NO_TEST
        row["p"] = p_text(records[0]["p_value"], prefix=False)
        rows.append(row)
    return pd.DataFrame(rows)


def _fitting(table: pd.DataFrame) -> list[str]:
    """The table in lines of at most 80 columns; one too wide names its tests below."""
    if table.empty:
        return ["No observation could be estimated."]
    shown = table.head(MOST_ROWS)
    lines = _table_lines(shown)
    if max(map(len, lines)) > WIDTH:
        lines = []
        for columns in _blocks(shown):
            lines += [*([""] if lines else []), *_table_lines(shown[columns])]
        lines += wrapped(_tests_used(shown))
    more = len(table) - len(shown)
    return [*lines, *([f"… and {more} more groups; see by('group')."] if more else [])]


def _blocks(table: pd.DataFrame) -> list[list[str]]:
    """The columns in blocks that fit, each with the group; the tests are left out."""
    windows = [name for name in table.columns if name not in (*KEYS, "test", "p")]
    blocks = [[*KEYS, "p"]]
    for name in windows:
        last = blocks[-1]
        wider = [*last[:-1], name, "p"] if last[-1] == "p" else [*last, name]
        if max(map(len, _table_lines(table[wider]))) <= WIDTH or last == [*KEYS, "p"]:
            blocks[-1] = wider
        else:
            blocks.append([*KEYS, name])
    return blocks


def _tests_used(table: pd.DataFrame) -> str:
    """ "p of day 0: portfolio_placebo; placebo for nvidia, devices." """
    first = next(name for name in table.columns if name not in KEYS)
    groups: dict[str, list[str]] = {}
    for group, test in zip(table["group"], table["test"], strict=True):
        groups.setdefault(str(test), []).append(str(group))
    groups.pop(NO_TEST, None)
    by_size = sorted(groups, key=lambda test: -len(groups[test]))
    parts = [*by_size[:1], *(f"{test} for {', '.join(groups[test])}" for test in by_size[1:])]
    return f"p of {first}: {'; '.join(parts) or 'no test'}."


def _table_lines(shown: pd.DataFrame) -> list[str]:
    """The table with names to the left and figures to the right."""
    shown = shown.astype(str)
    columns = []
    for name in shown.columns:
        cells = [visible(cell) for cell in (name, *shown[name])]
        width = max(map(len, cells))
        left = name in ("group", "test")
        columns.append([cell.ljust(width) if left else cell.rjust(width) for cell in cells])
    return ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]


def _closing(result: StudyRecord) -> list[str]:
    """What to mind: tests that over-reject here, and what was left out."""
    warned = result.tests.loc[result.tests["warning"].str.startswith("assumes"), "test"].unique()
    notes = []
    if len(warned):
        notes.append(f"Mind: observations share days; {', '.join(warned)} can reject too often.")
    if result.tests.loc[result.tests["headline"], "warning"].str.startswith("placebo").any():
        notes.append("Mind: placebo runs of long windows overlap; their small p come too often.")
    out = result.exclusions
    lines = [
        f"Left out: {row.ticker} at {row.event_id}, {row.stage}: {row.reason}."
        for row in out.head(MOST_LINES).itertuples()
    ]
    more = [f"… and {len(out) - MOST_LINES} more; see exclusions."] if len(out) > MOST_LINES else []
    return [*notes, *lines, *more]


def confounder_sentences(result: StudyRecord) -> list[str]:
    """What else is registered in the days of each event: one sentence an event that shares them.

    Empty without a context. The days are all that are estimated, `spec.span`. Of many the nearest
    are named: the report has them all.
    """
    if result.context is None:
        return []
    lines = []
    for event_id, found in result.context.confounders.groupby("event_id", sort=False):
        rows = sorted(found.to_dict("records"), key=lambda row: abs(row["rel_day"]))
        nearest = sorted(rows[:MOST_NAMED], key=lambda row: row["rel_day"])
        named = ", ".join(
            f"{row['confounder']} ({number(row['rel_day'], 0, signed=True)})" for row in nearest
        )
        others = counted(len(rows), "other registered event")
        which = "; nearest are" if len(rows) > MOST_NAMED else ":"
        lines.append(f"{event_id} shares its days {result.spec.span} with {others}{which} {named}.")
    return lines


def summary_html(result: StudyRecord) -> str:
    """The same for a notebook."""
    parts: list[StudyRecord] = [*result.parts.values()] or [result]
    shown = [html_of(part_brief(part)) for part in parts[:MOST_LINES]]
    more = len(parts) - len(shown)
    return "\n".join(
        [*shown, *([f"<p>… and {more} more events; see parts.</p>"] if more > 0 else [])]
    )


def part_brief(result: StudyRecord) -> Brief:
    """The study of one event, or of all observations of a frame, with its finding first."""
    table = group_rows(result)
    rows = [tuple(map(str, row)) for row in table.itertuples(index=False, name=None)]
    heads = tuple(map(str, table.columns))
    words = tuple(i for i, head in enumerate(heads) if head in ("group", "test"))
    listing = Listing(heads, rows, len(rows), words, more="by('group')")
    about = " ".join([f"{_headline(result)}.", *_shifts(result)])
    return Brief(result_finding(result), about, (listing,), tuple(_closing(result)))


def events_brief(result: StudyRecord) -> Brief:
    """The studies of several registered events: a row each for their first groups."""
    rows: list[tuple[str, ...]] = []
    heads: tuple[str, ...] = ("event",)
    for event_id, part in result.parts.items():
        table = group_rows(part).drop(columns="test", errors="ignore")
        heads = ("event", *map(str, table.columns))
        rows += [(event_id, *map(str, row)) for row in table.itertuples(index=False, name=None)]
    said = {name: result_finding(part) for name, part in result.parts.items()}
    findings = [f"{name}: {text[0].lower()}{text[1:]}" for name, text in said.items()]
    listing = Listing(heads, rows, len(rows), (0, 1), more="summary()")
    return Brief(". ".join(findings[:MOST_EVENTS]), f"{_headline(result)}.", (listing,))


def result_finding(result: StudyRecord) -> str:
    """The abnormal return of the first group and of all on the first window tested."""
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
    said = [
        f"{row['group']} {percent(row['tested'])} ({p_text(row['p_value'])})"
        if isinstance(row["test"], str)
        else f"{row['group']} {percent(row['tested'])}"
        for row in rows
    ]
    return (
        f"Abnormal on {when}: {'; '.join(said)}"
        if rows[0]["start"] == rows[0]["end"]
        else (f"Cumulative abnormal return over {when}: {'; '.join(said)}")
    )
