"""Every reader on arbitrary bytes and on good files that were tampered with.

Either it returns something valid, or it raises an EventStudyError whose every problem is one
sentence; nothing else, and no warning.
"""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.cli.app import app
from eventstudy.cli.config import options_of, read_settings
from eventstudy.errors import EventStudyError, InputError
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.prices.shares import load_shares
from eventstudy.prices.sources.cache import Entry, PriceCache

EXAMPLES = 50
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

EVENTS = (
    "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
    "a,First,2025-01-27,,,NVDA;MSFT,,yes,,\n"
    'b,"Second, of two",2025-01-29T14:00:00-05:00,,x,nvidia,^GSPC,,web,"note"\n'
)
WIDE = "date,NVDA,MSFT\n2025-01-23,147.22,446.71\n2025-01-24,142.62,\n2025-01-27,118.42,434.56\n"
LONG = (
    "date,ticker,close,adj_close\n2025-01-24,NVDA,142.62,142.5\n2025-01-24,MSFT,444.06,443.0\n"
    "2025-01-27,NVDA,118.42,118.3\n2025-01-27,MSFT,434.56,\n"
)
GROUPS = '[groups.chips]\nlabel = "Chips"\nmembers = ["NVDA", "AMD"]\n[names]\nNVDA = "Nvidia"\n'
CLAIMS = """[[claim]]
id = "a-b"
says = "It fell."
source = "A paper"
event = "good"
[[claim.part]]
measure = "raw_return"
of = ["NVDA"]
window = [0, 1]
direction = "below"
threshold = -0.1
"""
SHARES = '[NVDA]\nshares = 24000000000\nas_of = "2024-11"\nsource = "10-K"\nnote = "n"\n'
SETTINGS = '[run]\nmodel = "market"\nwindow = [-10, 10]\ncar = ["0,0", [-1, 1]]\nmin-obs = 120\n'


def parquet(text: str) -> bytes:
    packed = io.BytesIO()
    pd.read_csv(io.StringIO(text), parse_dates=["date"]).to_parquet(packed)
    return packed.getvalue()


@dataclass(frozen=True)
class Reader:
    """A reader, the name of its file, a good file, and what must hold of an answer."""

    name: str
    good: bytes
    read: Callable[[Path], Any]
    valid: Callable[[Any], bool]


def sound_prices(prices: Any) -> bool:
    """Positive or missing, on sorted days that are there once; each frame of one shape."""
    return all(
        frame.index.is_monotonic_increasing
        and frame.index.is_unique
        and frame.columns.is_unique
        and bool((frame.isna() | ((frame > 0) & np.isfinite(frame))).all(axis=None))
        for frame in (prices.close, prices.adj_close)
    )


def sound_events(events: Any) -> bool:
    ids = [event.event_id.casefold() for event in events]
    return 0 < len(ids) == len(set(ids)) and all(event.title.strip() for event in events)


def configured(path: Path) -> Any:
    import typer

    return read_settings(path, options_of(typer.main.get_command(app)))


READERS = {
    "events": Reader("e.csv", EVENTS.encode(), es.read_events, sound_events),
    "wide prices": Reader("p.csv", WIDE.encode(), es.load_prices, sound_prices),
    "long prices": Reader("p.csv", LONG.encode(), es.load_prices, sound_prices),
    "packed prices": Reader("p.csv.gz", gzip.compress(WIDE.encode()), es.load_prices, sound_prices),
    "wide Parquet": Reader("p.parquet", parquet(WIDE), es.load_prices, sound_prices),
    "long Parquet": Reader("p.parquet", parquet(LONG), es.load_prices, sound_prices),
    "groups": Reader(
        "g.toml", GROUPS.encode(), es.read_groups, lambda found: all(found.groups.values())
    ),
    "claims": Reader(
        "c.toml", CLAIMS.encode(), es.read_claims, lambda found: all(each.part for each in found)
    ),
    "shares": Reader(
        "s.toml",
        SHARES.encode(),
        load_shares,
        lambda found: all(each.shares >= 1 and each.source.strip() for each in found.values()),
    ),
    "configuration": Reader(
        "c.toml", SETTINGS.encode(), configured, lambda found: isinstance(found.values, dict)
    ),
}
TEXTS = [name for name in READERS if "P" not in name and "packed" not in name]

NASTY = st.sampled_from(
    [
        *(
            "",
            " ",
            '"',
            '""',
            ",",
            ";",
            "\n",
            "\r",
            "\t",
            "\0",
            "\x07",
            "\x1b[31m",
            "\ufeff",
            "\u202e",
        ),
        *(
            "-",
            "–",
            "NA",
            "#N/A",
            "#VALUE!",
            "nan",
            "inf",
            "-inf",
            "1e400",
            "1e308",
            "1e-320",
            "0x10",
        ),
        *(
            "0",
            "-1",
            "1,234.5",
            "1.234,5",
            "$5",
            "5%",
            "1_000",
            "١٢٣",
            "True",
            "None",
            "null",
            "NaT",
        ),
        *(
            "2025-02-30",
            "27/01/2025",
            "45684",
            "25-01-27",
            "9999-12-31",
            "0001-01-01",
            "2199-01-01",
        ),
        *("2025-01-27T16:00", "2025-01-27T16:00:00+05:00", "../../x", "x" * 300, "nvda", "NVDA"),
        *(
            "[",
            "[[",
            "]",
            "{",
            "}",
            "=",
            "[a]",
            "[[a]]",
            "a = 1",
            "'''",
            '"""',
            "<html>",
            "\\",
            "é",
        ),
    ]
)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def answers_or_refuses(reader: Reader, path: Path) -> None:
    try:
        found = reader.read(path)
    except EventStudyError as error:
        problems = error.problems if isinstance(error, InputError) else (str(error),)
        assert problems
        for problem in problems:
            assert problem.endswith((".", "?")), problem
            assert problem.isprintable(), problem
            assert len(problem) < 2_000, problem
    else:
        assert reader.valid(found)


@st.composite
def tampered(draw: st.DrawFn, good: bytes) -> bytes:
    """A few bytes changed, taken out or put in."""
    raw = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        how = draw(st.sampled_from(("flip", "cut", "put", "end", "twice")))
        if how == "flip" and raw:
            raw[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "cut":
            del raw[at : at + draw(st.integers(1, 8))]
        elif how == "put":
            raw[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif how == "end":
            del raw[at:]
        else:
            raw[at:at] = raw[at : at + draw(st.integers(1, 64))]
    return bytes(raw)


@st.composite
def rearranged(draw: st.DrawFn, good: str) -> bytes:
    """Cells and words replaced by nasty ones; rows dropped, doubled, shuffled, joined."""
    lines = good.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(lines) - 1, 0)))
        how = draw(st.sampled_from(("cell", "cell", "word", "drop", "double", "shuffle", "insert")))
        if not lines or how == "insert":
            lines.insert(at, draw(NASTY))
        elif how == "cell":
            cells = lines[at].split(",")
            cells[draw(st.integers(0, len(cells) - 1))] = draw(NASTY)
            lines[at] = ",".join(cells)
        elif how == "word":
            words = lines[at].split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(NASTY)
            lines[at] = " ".join(words)
        elif how == "drop":
            del lines[at]
        elif how == "double":
            lines.insert(at, lines[at])
        else:
            lines = draw(st.permutations(lines))
    end = draw(st.sampled_from(("\n", "\r\n", "\r")))
    encoding = draw(st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32")))
    return (end.join(lines) + end).encode(encoding)


@pytest.mark.parametrize("name", READERS)
def test_the_good_file_is_read(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    assert reader.valid(reader.read(written(tmp_path / reader.name, reader.good)))


@pytest.mark.parametrize("name", READERS)
@FUZZ
@given(content=st.binary(max_size=400))
def test_arbitrary_bytes(name: str, tmp_path: Path, content: bytes) -> None:
    reader = READERS[name]
    answers_or_refuses(reader, written(tmp_path / reader.name, content))


@pytest.mark.parametrize("name", READERS)
@FUZZ
@given(data=st.data())
def test_tampered_bytes(name: str, tmp_path: Path, data: st.DataObject) -> None:
    reader = READERS[name]
    answers_or_refuses(reader, written(tmp_path / reader.name, data.draw(tampered(reader.good))))


@pytest.mark.parametrize("name", TEXTS)
@FUZZ
@given(data=st.data())
def test_rearranged_text(name: str, tmp_path: Path, data: st.DataObject) -> None:
    reader = READERS[name]
    content = data.draw(rearranged(reader.good.decode()))
    answers_or_refuses(reader, written(tmp_path / reader.name, content))


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(),
    NASTY,
    st.binary(max_size=9),
)


@FUZZ
@given(
    dates=st.lists(CELLS, min_size=1, max_size=4),
    prices=st.lists(st.floats() | st.none(), min_size=4, max_size=4),
    name=NASTY,
)
def test_parquet_of_any_cells(tmp_path: Path, dates: list, prices: list, name: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {type(cell) for cell in dates} - {type(None)}
    same = [cell if len(kinds) == 1 else None if cell is None else str(cell) for cell in dates]
    columns = [pa.array(same), pa.array(prices[: len(same)], pa.float64())]
    pq.write_table(pa.table(columns, names=["date", name]), tmp_path / "p.parquet")
    answers_or_refuses(READERS["wide Parquet"], tmp_path / "p.parquet")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved run with a piece of evidence, small."""
    from eventstudy.evidence.parts.evidence import write_evidence
    from eventstudy.evidence.recovery import recovery

    prices = es.load_prices("bundled", tickers=["NVDA", "MSFT", "^GSPC"])
    event = make_event(
        event_id="a", title="A", announced_at="2025-01-27", groups="NVDA;MSFT", headline=True
    )
    study = es.EventStudy(car=[(0, 0)], window=(-1, 1), tests=["csect_t"], compare=())
    result = study.run(Events((event,)), prices)
    place = result.save(tmp_path_factory.mktemp("saved") / "run")
    part = recovery(es.Case(result, prices))
    write_evidence(es.Evidence(event_id="a", recovery=part), Path(place))
    return Path(place)


def both(folder: Path) -> Any:
    result = es.load(folder)
    return result, result.summary(), es.load_evidence(folder)


RUN = Reader("", b"", both, lambda found: found[0].n >= 0 and bool(found[1]))


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_saved_run_is_read(saved: Path) -> None:
    result, summary, evidence = both(saved)
    assert (result.n, "NVDA" in result.fits.to_string(), bool(summary)) == (2, True, True)
    assert evidence is not None
    assert evidence.recovery is not None


@settings(FUZZ, max_examples=EXAMPLES // 3)  # each reads some ten files
@given(data=st.data())
def test_a_tampered_run(saved: Path, tmp_path: Path, data: st.DataObject) -> None:
    copy = tmp_path / "run"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(saved, copy)
    path = data.draw(st.sampled_from(list(files_of(copy))))
    if data.draw(st.booleans()):
        path.write_bytes(data.draw(tampered(path.read_bytes())))
    elif data.draw(st.booleans()):
        path.unlink()
    else:
        other = data.draw(st.sampled_from(list(files_of(copy))))
        path.write_bytes(other.read_bytes())
    answers_or_refuses(RUN, copy)


ENTRY = Entry("yahoo", "NVDA", "2025-02-01T00:00:00+00:00", "2025-01-01", "2025-01-31", "")


@FUZZ
@given(data=st.data())
def test_a_tampered_cache(tmp_path: Path, data: st.DataObject) -> None:
    cache = PriceCache(tmp_path)
    days = pd.DatetimeIndex(["2025-01-24", "2025-01-27"], name="date")
    table = pd.DataFrame({"close": [142.62, 118.42], "adj_close": [142.5, 118.3]}, index=days)
    if not list(tmp_path.glob("*.gz")):
        cache.write(ENTRY, table)
        (tmp_path / "good").write_bytes(next(tmp_path.glob("*.gz")).read_bytes())
    good = gzip.decompress((tmp_path / "good").read_bytes())
    inside = data.draw(st.booleans())
    raw = data.draw(tampered(good if inside else (tmp_path / "good").read_bytes()))
    next(tmp_path.glob("*.gz")).write_bytes(gzip.compress(raw) if inside else raw)
    held = cache.look("yahoo", "NVDA")
    assert held is not None
    if held.table is None:
        assert held.damaged
    else:  # the table has a hash, so that what is read is what was written
        assert held.table.equals(table)
        assert held.entry is not None
        assert held.entry.start <= held.entry.end
