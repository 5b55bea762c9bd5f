"""Whatever is wrong with the input: one sentence a problem, the right code, outputs untouched."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

HEADER = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes"
GOOD = "good,Good,2025-01-27,,,NVDA;MSFT,,yes,,"


def events(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


# What events.csv holds, the exit code, and what the message must say.
EVENTS = {
    "no file": (None, 2, ["There is no events file 'events.csv'"]),
    "empty file": (b"", 2, ["events.csv is empty", "must name the columns event_id"]),
    "blank lines only": (b"\n\n", 2, ["events.csv is empty"]),
    "header only": (events(), 2, ["events.csv has a header but no events"]),
    "missing column": (
        events("a,A,2025-01-27", header="event_id,title,announced_at"),
        2,
        ["row 1", "the column groups is missing", "found are event_id, title, announced_at"],
    ),
    "mistyped column": (
        events("a,A,2025-01-27,NVDA,x", header="event_id,title,announced_at,groups,benchmrk"),
        2,
        ["row 1", "'benchmrk' is not known", "did you mean benchmark?"],
    ),
    "a price file instead": (
        b"date,AAPL,AMD,AMZN,NVDA,MSFT,META,ORCL,MU\n2025-01-27,1,1,1,1,1,1,1,1\n",
        2,
        ["row 1: 9 columns are not known", "AAPL", "and 1 more"],
    ),
    "column twice": (
        events(GOOD + ",x", header=HEADER + ",title"),
        2,
        ["row 1", "the column title is there twice"],
    ),
    "semicolons": (events(GOOD).replace(b",", b";"), 2, ["row 1", "by semicolons"]),
    "not UTF-8": (
        events("a,Müller,2025-01-27,,,NVDA,,yes,,").decode().encode("latin-1"),
        2,
        ["events.csv line 2 is not UTF-8", "0xfc"],
    ),
    "quotation mark left open": (events('a,"A,2025-01-27,,,NVDA,,yes,,'), 2, ["row", "quotation"]),
    "too few cells": (events(GOOD, "b,B,2025-01-27"), 2, ["row 3", "3 cells", "has 10"]),
    "too many cells": (events(GOOD + ",x"), 2, ["row 2", "11 cells", "quotation marks"]),
    "duplicate id": (events(GOOD, GOOD), 2, ["row 3", "column event_id", "'good'", "row 2"]),
    "id that differs in case only": (
        events(GOOD, GOOD.replace("good", "GOOD")),
        2,
        ["row 3", "event_id", "count as the same"],
    ),
    "id that leaves the folder": (
        events(GOOD.replace("good", "../x")),
        2,
        ["row 2", "event_id", "'../x' is no id"],
    ),
    "impossible date": (
        events(GOOD.replace("2025-01-27", "2025-02-30")),
        2,
        ["row 2", "column announced_at", "'2025-02-30' is no day"],
    ),
    "date of another country": (
        events(GOOD.replace("2025-01-27", "27.01.2025")),
        2,
        ["row 2", "announced_at", "write it as 2025-01-27"],
    ),
    "time without offset": (
        events(GOOD.replace("2025-01-27", "2025-01-27T09:00")),
        2,
        ["row 2", "announced_at", "no offset"],
    ),
    "date outside the calendar": (
        events(GOOD.replace("2025-01-27", "1800-01-27")),
        2,
        ["'good'", "1800-01-27", "XNYS"],
    ),
    "unknown timing": (events(GOOD.replace("27,,", "27,noon,")), 2, ["timing: 'noon'", "intraday"]),
    "unknown headline": (events(GOOD.replace("yes", "maybe")), 2, ["headline: 'maybe'"]),
    "no title": (events(GOOD.replace("Good", "")), 2, ["row 2", "column title", "empty"]),
    "no groups": (events(GOOD.replace("NVDA;MSFT", "")), 2, ["Event good", "column groups"]),
    "mistyped group": (
        events(GOOD.replace("NVDA;MSFT", "nvidai")),
        2,
        ["events.csv, event good, column groups", "'nvidai'", "did you mean 'nvidia'?"],
    ),
    "unknown ticker": (
        events(GOOD.replace("NVDA;MSFT", "ZZZZ")),
        3,
        ["Nothing could be estimated", "ZZZZ is not in the prices"],
    ),
    "company that is not listed": (
        events(GOOD.replace("NVDA;MSFT", "OpenAI;xAI")),
        3,
        ["Nothing could be estimated", "OpenAI, xAI at good (prices): each is not listed on an"],
    ),
    "unknown benchmark": (
        events(GOOD.replace(",,yes", ",^ZZZ,yes")),
        3,
        ["The benchmark ^ZZZ is not in the prices"],
    ),
    "only the benchmark itself": (
        events(GOOD.replace("NVDA;MSFT", "^GSPC")),
        3,
        ["Nothing could be estimated", "^GSPC is the benchmark itself"],
    ),
    "event before the data begin": (
        events(GOOD.replace("2025-01-27", "2010-01-04")),
        3,
        ["NVDA, MSFT at good", "2010-01-04 lies before the first session of the data, 2023-04-03"],
    ),
    "event too early for the estimation window": (
        events(GOOD.replace("2025-01-27", "2023-05-04")),
        3,
        ["at good (estimation)", "valid returns in the estimation window", "120 are needed"],
    ),
    "event after the data end": (
        events(GOOD.replace("2025-01-27", "2030-01-07")),
        3,
        ["2030-01-07 lies after the last session of the data, 2025-06-30"],
    ),
    "several at once": (
        events(
            GOOD.replace("2025-01-27", "2025-02-30"), GOOD.replace("Good", ""), "c,C,x,,,NVDA,,,,"
        ),
        2,
        ["row 2, column announced_at", "row 3, column title", "row 4, column announced_at"],
    ),
}

OPTIONS = {
    "unknown event": (["deepseek-r2"], 2, ["no event 'deepseek-r2'", "Did you mean", "Known:"]),
    "event without assets": (["stargate"], 2, ["Event stargate", "nothing to study"]),
    "model": (["--model", "markt"], 2, ["no model 'markt'", "'market'", "market_adjusted"]),
    "test": (["--tests", "t,foo"], 2, ["no test 'foo'", "Known: ", "placebo"]),
    "engine": (["--engine", "threads"], 2, ["no engine 'threads'", "dask, processes, serial"]),
    "calendar": (["--calendar", "XNYZ"], 2, ["no exchange calendar 'XNYZ'", "Did you mean"]),
    "returns": (["--returns", "logg"], 2, ["Option returns", "'simple' or 'log'", "'logg'"]),
    "window is no window": (["--window=a,b"], 2, ["Option window", "'a,b' is no window"]),
    "window of three": (["--window=1,2,3"], 2, ["Option window", "two whole numbers"]),
    "window that ends before it starts": (["--window=5,-5"], 2, ["Option window", "ends before"]),
    "car is no window": (["--car", "0"], 2, ["Option car", "'0' is no window"]),
    "window inside the estimation window": (
        ["--estimation=-260,-5"],
        2,
        ["estimation window [−260, −5]", "event days [−10, +20]", "overlap"],
    ),
    "car inside the estimation window": (
        ["--car=-30,-20"],
        2,
        ["estimation window [−260, −11]", "event days [−30, +10]", "overlap"],
    ),
    "min_obs above the window": (["--min-obs=300"], 2, ["300", "only 250 sessions"]),
    "min_obs too small": (["--min-obs=2"], 2, ["Option min_obs", "3"]),
    "min_obs is no number": (["--min-obs=x"], 2, ["--min-obs", "integer"]),
    "seed is no number": (["--seed=x"], 2, ["--seed", "integer"]),
    "estimation window before the data": (
        ["--estimation=-2000,-1000"],
        3,
        ["Nothing could be estimated", "0 valid returns", "[−2000, −1000]"],
    ),
    "benchmark": (["--benchmark", "^GSPX"], 3, ["The benchmark ^GSPX", "--benchmark"]),
    "source": (["--source", "yaho"], 2, ["Option source: 'yaho'", "bundled nor yahoo"]),
    "source file": (["--source", "p.csv"], 2, ["There is no file p.csv"]),
    "source folder": (["--source", "outputs"], 2, ["outputs is a folder"]),
    "source is no price file": (
        ["--source", "events.csv"],
        2,
        ["events.csv has no column for the date", "'event_id'"],
    ),
    "groups file": (["--groups", "g.toml"], 2, ["no groups file 'g.toml'"]),
    "events is a folder": (["--events", "outputs"], 2, ["outputs cannot be read"]),
    "network forbidden, nothing cached": (
        ["--source", "yahoo", "--offline"],
        3,
        ["are not in the cache of downloaded prices", "once without --offline"],
    ),
    "out is a file": (["--out", "events.csv"], 2, ["Option out: events.csv is a file"]),
    "out below a file": (["--out", "events.csv/x"], 2, ["Option out: events.csv is a file"]),
    "out holds other files": (
        ["deepseek-r1"],
        2,
        ["outputs/deepseek-r1 holds files that are no earlier result", "another folder"],
    ),
}


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object)


def _put(frame: pd.DataFrame, value: object) -> pd.DataFrame:
    frame = _text(frame)
    frame.iloc[100, 0] = value
    return frame


def _long(frame: pd.DataFrame) -> pd.DataFrame:
    long = frame.melt(ignore_index=False, var_name="ticker", value_name="close")
    return long.dropna().reset_index()


PRICES = {
    "text where a price belongs": (
        lambda f: _put(f, "oops").to_csv(),
        2,
        ["p.csv, row 102, column NVDA: 'oops' is no number"],
    ),
    "negative price": (
        lambda f: _put(f, -1).to_csv(),
        2,
        ["p.csv, row 102, column NVDA: the price -1 is not positive"],
    ),
    "zero price": (
        lambda f: _put(f, 0).to_csv(),
        2,
        ["p.csv, row 102, column NVDA: the price 0 is not positive"],
    ),
    "infinite price": (lambda f: _put(f, "inf").to_csv(), 2, ["row 102", "NVDA", "infinite"]),
    "negative price in a long file": (
        lambda f: _long(_put(f, -1)).to_csv(index=False),
        2,
        ["p.csv, row 102, column close (NVDA): the price -1"],
    ),
    "impossible date": (
        lambda f: f.to_csv().replace("2023-04-04", "2023-04-31"),
        2,
        ["p.csv, row 3, column date: '2023-04-31' is no possible day"],
    ),
    "day twice": (
        lambda f: f.to_csv().replace("2023-04-05", "2023-04-04"),
        2,
        ["p.csv, row 4", "2023-04-04", "twice", "row 3"],
    ),
    "ticker and day twice": (
        lambda f: _long(f).to_csv(index=False) + "2023-04-03,NVDA,1\n",
        2,
        ["NVDA on 2023-04-03 is there twice", "first in row 2"],
    ),
    "not UTF-8": (
        lambda f: f.to_csv().replace("NVDA", "NVDÄ").encode("latin-1"),
        2,
        ["p.csv, row 1: the text is not UTF-8"],
    ),
    "empty": (lambda f: b"", 2, ["p.csv is empty"]),
    "header only": (lambda f: f.iloc[:0].to_csv(), 2, ["p.csv has a header but no rows"]),
    "binary": (lambda f: bytes(range(256)), 2, ["p.csv is no text file"]),
    "no date": (lambda f: f.to_csv(index=False), 2, ["p.csv has no column for the date"]),
    "semicolons": (lambda f: f.to_csv(sep=";"), 2, ["separated by semicolons"]),
    "ragged": (lambda f: f.to_csv() + "2025-07-01,1,2,3,4,5,6,7,8\n", 2, ["p.csv", "columns"]),
    "no benchmark": (
        lambda f: f.drop(columns="^GSPC").to_csv(),
        3,
        ["The benchmark ^GSPC is not in the prices", "GOOGL, MSFT, NVDA"],
    ),
    "none of the assets": (
        lambda f: f[["^GSPC"]].to_csv(),
        3,
        ["Nothing could be estimated", "NVDA, MSFT at good (prices): each is not in the prices"],
    ),
    "too short": (
        lambda f: f.loc["2024-12-01":].to_csv(),
        3,
        ["NVDA, MSFT at good (estimation): 25 valid returns", "120 are needed"],
    ),
    "ends before the event": (
        lambda f: f.loc[:"2025-01-24"].to_csv(),
        3,
        ["2025-01-27 lies after the last session of the data, 2025-01-24"],
    ),
    "constant prices": (
        lambda f: f.assign(NVDA=100.0, MSFT=50.0).to_csv(),
        3,
        ["without any residual"],
    ),
}


@pytest.fixture
def outputs(folder: Path) -> Path:
    """Earlier results, whatever they hold, and a folder of the user's own."""
    for event in ("good", "deepseek-app-store"):
        place = folder / "outputs" / event
        place.mkdir(parents=True)
        (place / "manifest.json").write_text("{}\n")
        (place / "report.pdf").write_bytes(b"%PDF an earlier one")
    (folder / "outputs" / "deepseek-r1").mkdir()
    (folder / "outputs" / "deepseek-r1" / "my notes.txt").write_text("mine")
    (folder / "outputs" / ".gitkeep").touch()
    return folder / "outputs"


def check(answer, code: int, fragments: list[str]) -> None:
    assert (answer.code, answer.out) == (code, ""), answer.err
    for fragment in fragments:
        assert fragment in " ".join(answer.said.replace("│", " ").split()), answer.err
    for ugly in ("Traceback", "Error: '", "--debug", " nan", "None", "<class"):
        assert ugly not in answer.err
    lines = answer.err.splitlines()
    if lines[0].startswith("Error: "):  # typer frames what it refuses itself
        assert all(line.startswith("Error: ") for line in lines)
        assert all(line.endswith((".", "?")) for line in lines)


@pytest.mark.parametrize("case", EVENTS)
def test_events_file(case, call, folder, outputs, content_of):
    raw, code, fragments = EVENTS[case]
    if raw is None:
        (folder / "events.csv").unlink()
    else:
        (folder / "events.csv").write_bytes(raw)
    before = content_of(outputs)
    check(call("run"), code, fragments)
    assert content_of(outputs) == before


@pytest.mark.parametrize("case", [name for name, (_, code, _) in EVENTS.items() if code == 2])
def test_validate_refuses_what_run_refuses(case, call, folder):
    raw, _, fragments = EVENTS[case]
    if case == "no groups":  # a mere confounder is a valid event
        return
    if raw is None:
        (folder / "events.csv").unlink()
    else:
        (folder / "events.csv").write_bytes(raw)
    check(call("events", "validate"), 2, fragments)


@pytest.mark.parametrize("case", OPTIONS)
def test_option(case, call, outputs, content_of):
    args, code, fragments = OPTIONS[case]
    before = content_of(outputs)
    check(call("run", *args), code, fragments)
    assert content_of(outputs) == before


@pytest.mark.parametrize("case", PRICES)
def test_price_file(case, call, folder, outputs, content_of, closes):
    make, code, fragments = PRICES[case]
    content = make(closes.rename_axis("date"))
    content = content if isinstance(content, bytes) else content.encode()
    (folder / "p.csv").write_bytes(content)
    (folder / "events.csv").write_bytes(events(GOOD))
    before = content_of(outputs)
    check(call("run", "--source", "p.csv"), code, fragments)
    assert content_of(outputs) == before


def test_every_bad_row_of_a_price_file_is_named_up_to_ten(call, folder, closes):
    frame = _text(closes.rename_axis("date"))
    frame.iloc[:25, 1] = "x"
    frame.to_csv(folder / "p.csv")
    answer = call("run", "--source", "p.csv")
    assert answer.code == 2
    assert answer.err.count("column MSFT: 'x' is no number") == 10
    assert answer.err.splitlines()[-1] == "Error: and 15 more."


def test_a_broken_parquet_file(call, folder):
    (folder / "p.parquet").write_bytes(b"PAR1 not really")
    answer = call("run", "--source", "p.parquet")
    check(answer, 2, ["p.parquet is no readable Parquet file"])


def test_outputs_that_cannot_be_written(call, outputs, content_of, monkeypatch):
    from eventstudy import folders

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders.tempfile, "mkdtemp", refuse)
    before = content_of(outputs)
    answer = call("run", "deepseek-app-store")
    check(answer, 1, ["outputs/deepseek-app-store cannot be written: permission denied"])
    assert content_of(outputs) == before


def test_a_full_disk_leaves_the_earlier_bundle(call, outputs, content_of, monkeypatch):
    from eventstudy.tearsheet import bundle

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundle, "write_tables", full)
    monkeypatch.setattr("eventstudy.tearsheet.formats.sheets", lambda story: [])
    monkeypatch.setattr("eventstudy.tearsheet.savefig.save_report", lambda *_: None)
    before = content_of(outputs)
    answer = call("run", "deepseek-app-store")
    check(answer, 1, ["cannot be written: no space left on device"])
    assert content_of(outputs) == before
