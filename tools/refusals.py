"""Peak memory and time of every refusal: files made on the spot, one process each.

Run it in the root of a checkout. It prints the table of docs/security.md; `python tools/refusals.py
WORD …` measures the cases with one of these words alone, and `--memory MB` runs each in a process
that may not take more. Files of up to 600 MB are written to the temporary folder, one at a time.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

MB = 2**20
EVENTS = b"event_id,title,announced_at,groups\n"


def verb(*words: str) -> tuple[str, ...]:
    """A command line without its last argument, the file."""
    return ("-m", "eventstudy", *words)


@dataclass(frozen=True, slots=True)
class Attack:
    """A file that must be refused: what it is, its name, how it is made, who reads it."""

    said: str
    file: str
    pieces: Callable[[], Iterable[bytes]]
    command: tuple[str, ...] = verb("run", "--source")
    limit: int = 512 * MB
    """Bytes that the reader names as what it takes; memory may be four times as much.

    Lists of events name 64 MB and are held to the bound of tables: their cells are texts of Python,
    each of some sixty bytes.
    """


@dataclass(frozen=True, slots=True)
class Measured:
    """How a process refused."""

    code: int
    seconds: float
    """Of the processor."""
    peak: int
    """Bytes of resident memory, those of Python and its libraries included."""
    lines: tuple[str, ...]
    """What it wrote to stderr."""


def times(piece: bytes, size: int) -> Iterator[bytes]:
    """A piece again and again, up to about so many bytes."""
    block = piece * max(1, MB // len(piece))
    for _ in range(max(1, size // len(block))):
        yield block


def after(head: bytes, piece: bytes, size: int, tail: bytes = b"") -> Iterator[bytes]:
    """The same between a head and a tail."""
    yield head
    yield from times(piece, size)
    yield tail


def prices(rows: int) -> bytes:
    """Rows of a file of prices."""
    figures = np.random.default_rng(0).uniform(10, 300, rows)
    return b"".join(b"2025-01-27,T%04d,%.4f\n" % (at % 9999, x) for at, x in enumerate(figures))


def packed(open_: Callable[[Any], Any], pieces: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
    """What `pieces` gives, packed by one of the standard library."""
    stream = io.BytesIO()
    with open_(stream) as writer:
        for piece in pieces():
            writer.write(piece)
    yield stream.getvalue()


def zipped(name: str, *parts: bytes, pieces: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
    """An archive of one large member, and small ones named as workbooks have them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part.decode(), "<a/>")
        with archive.open(name, "w", force_zip64=True) as member:
            for piece in pieces():
                member.write(piece)
    yield stream.getvalue()


def zstd(pieces: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
    """The same, packed by zstd."""
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as writer:
        for piece in pieces():
            writer.write(piece)
    yield sink.getvalue().to_pybytes()


def parquet(rows: int, text: str = "") -> Iterator[bytes]:
    """A small Parquet file of many equal cells."""
    import pyarrow
    import pyarrow.parquet

    cell = pyarrow.array([text or 0.0])
    shared = pyarrow.DictionaryArray.from_arrays(pyarrow.array(np.zeros(rows, np.int32)), cell)
    column = shared if text else pyarrow.array(np.zeros(rows))
    stream = io.BytesIO()
    table = pyarrow.table({"a": column, "b": column})
    pyarrow.parquet.write_table(table, stream, store_schema=False)
    yield stream.getvalue()


def feather(rows: int) -> Iterator[bytes]:
    """An Arrow file of many equal cells in one batch."""
    import pyarrow

    stream = io.BytesIO()
    table = pyarrow.table({"a": pyarrow.array(np.zeros(rows))})
    options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
    with pyarrow.ipc.new_file(stream, table.schema, options=options) as writer:
        writer.write_table(table)
    yield stream.getvalue()


def stata(rows: int) -> Iterator[bytes]:
    """A Stata file of one byte a row, each of which would become a double."""
    import pandas as pd

    stream = io.BytesIO()
    pd.DataFrame({"a": np.zeros(rows, np.int8)}).to_stata(stream, write_index=False)
    yield stream.getvalue()


def arrays() -> Iterator[bytes]:
    """Saved arrays that unpack to a thousand times their size."""
    stream = io.BytesIO()
    np.savez_compressed(stream, coef=np.zeros(300_000_000))
    yield stream.getvalue()


def sheet(cells: int) -> Iterator[bytes]:
    """A workbook of so many cells."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    for _ in range(cells // 1000):
        page.append([1.5] * 1000)
    stream = io.BytesIO()
    book.save(stream)
    yield stream.getvalue()


def ods(body: bytes, size: int) -> Iterator[bytes]:
    """An OpenDocument sheet of so many bytes of the same row."""
    names = b"".join(
        b' xmlns:%s="urn:oasis:names:tc:opendocument:xmlns:%s:1.0"' % (name, name)
        for name in (b"office", b"table", b"text")
    )
    head, tail = b"<a%s><table:table>" % names, b"</table:table></a>"
    return zipped("content.xml", b"mimetype", pieces=partial(after, head, body, size, tail))


ODS_ROW = (
    b'<table:table-row><table:table-cell office:value-type="float" office:value="1.5"/>'
    b"</table:table-row>"
)
FAR_ROW = ODS_ROW.replace(
    b"<table:table-row", b'<table:table-row table:number-rows-repeated="999999"', 1
)
ONE = b"2025-01-27,1.5\n"
WIDE_HEAD = b"date," + b",".join(b"T%d" % at for at in range(1000)) + b"\n"
DEEP = b"[" * 100_000
SMALL, LIST = 64 * MB, 4 * MB
GROUPS, CLAIMS = verb("run", "--groups"), verb("claims", "--claims")
CHECKED, SAVED, BUNDLE = verb("events", "validate", "--events"), verb("report"), verb("verify")


def attacks() -> tuple[Attack, ...]:
    """Every case."""
    bytes_of = partial(partial, times)
    gigabytes = bytes_of(bytes(MB), 3 * 1024 * MB)
    csv = partial(after, b"date,ticker,close\n", prices(40_000), 600 * MB)
    return (
        Attack(
            "CSV, 400 MB of rows of a day and a price",
            "a.csv",
            partial(after, b"date,A\n", ONE, 400 * MB),
        ),
        Attack(
            "CSV, 400 MB of rows of one cell",
            "a.csv",
            partial(after, b"date,A,B\n", b"2025-01-27\n", 400 * MB),
        ),
        Attack(
            "CSV, 20 million prices, each day there twice",
            "a.csv",
            partial(after, WIDE_HEAD, b"2025-01-27" + b",118.42" * 1000 + b"\n", 130 * MB),
        ),
        Attack(
            "CSV, 20 million cells that are no prices",
            "a.csv",
            partial(after, WIDE_HEAD, b"2025-01-27" + b",x" * 1000 + b"\n", 37 * MB),
        ),
        Attack("CSV, 100 MB of commas", "a.csv", bytes_of(b",", 100 * MB)),
        Attack("CSV, 500 MB of line ends", "a.csv", bytes_of(b"\n", 500 * MB)),
        Attack(
            "CSV, 500 MB, a quotation mark left open",
            "a.csv",
            partial(
                after, b'date,A\n"', b"2025-01-27 ,1234.5678901234567890" * 20 + b"\n", 500 * MB
            ),
        ),
        Attack("CSV, a first line of 500 MB", "a.csv", bytes_of(b"x", 500 * MB)),
        Attack("CSV, 500 MB of NULs", "a.csv", bytes_of(b"\0", 500 * MB)),
        Attack(
            "CSV, a NUL after 500 MB",
            "a.csv",
            partial(after, b"date,A\n", b"2025-01-27," + b"1" * 200 + b"\n", 500 * MB, b"\0"),
        ),
        Attack(
            "CSV, 500 MB, its last row cut off",
            "a.csv",
            partial(
                after, b"date,A\n", b"2025-01-27," + b"1" * 200 + b"\n", 500 * MB, b"2025-01-27\n"
            ),
        ),
        Attack(
            "CSV, 60 MB of marks out of order",
            "a.csv",
            partial(after, b"date,A\n", b'a"b,1\n', 25 * MB, b'"'),
        ),
        Attack("CSV, 600 MB", "a.csv", csv),
        Attack(
            "CSV, 2,000 MB in gz",
            "a.csv.gz",
            partial(packed, partial(gzip.open, mode="wb"), gigabytes),
        ),
        Attack(
            "CSV, 600 MB of prices in gz",
            "a.csv.gz",
            partial(packed, partial(gzip.open, mode="wb", compresslevel=1), csv),
        ),
        Attack(
            "CSV, 600 MB of prices in bz2",
            "a.csv.bz2",
            partial(packed, partial(bz2.open, mode="wb", compresslevel=1), csv),
            limit=128 * MB,
        ),
        Attack(
            "CSV, 600 MB of prices in xz",
            "a.csv.xz",
            partial(packed, partial(lzma.open, mode="wb", preset=0), csv),
        ),
        Attack("CSV, 3 GB in zst", "a.csv.zst", partial(zstd, gigabytes)),
        Attack("CSV, 3 GB in zip", "a.zip", partial(zipped, "a.csv", pieces=gigabytes)),
        Attack("Parquet, 300 million cells", "a.parquet", partial(parquet, 150_000_000)),
        Attack(
            "Parquet, 20 GB of texts that are the same",
            "a.parquet",
            partial(parquet, 100_000, "x" * 100_000),
        ),
        Attack("Arrow, 300 million cells in a batch", "a.arrow", partial(feather, 300_000_000)),
        Attack("Stata, 200 million cells of a byte", "a.dta", partial(stata, 200_000_000)),
        Attack("xlsx, 1.2 million cells", "a.xlsx", partial(sheet, 1_200_000)),
        Attack(
            "xlsx, a part that unpacks to 3 GB",
            "a.xlsx",
            partial(zipped, "xl/sharedStrings.xml", b"xl/workbook.xml", pieces=gigabytes),
        ),
        Attack("ods, 150 MB of rows", "a.ods", partial(ods, ODS_ROW, 150 * MB)),
        Attack("ods, a row repeated for ever", "a.ods", partial(ods, FAR_ROW, 1000)),
        Attack(
            "events, 60 MB of commas",
            "events.csv",
            partial(after, EVENTS, b",", 60 * MB),
            CHECKED,
        ),
        Attack(
            "events, 60 MB of line ends",
            "events.csv",
            partial(after, EVENTS, b"\n", 60 * MB),
            CHECKED,
        ),
        Attack(
            "events, 60 MB of rows cut off",
            "events.csv",
            partial(after, EVENTS, b"a,b\n", 60 * MB),
            CHECKED,
        ),
        Attack(
            "events, 60 MB of wrong dates",
            "events.csv",
            partial(
                after,
                EVENTS,
                b"a,A long title that says what happened,2025-13-01,NVDA;AMD\n",
                60 * MB,
            ),
            CHECKED,
        ),
        Attack(
            "events, 60 MB, a mark left open",
            "events.csv",
            partial(after, EVENTS + b'"', b"a,b,c\n", 60 * MB),
            CHECKED,
        ),
        Attack("groups, 60 MB", "g.toml", bytes_of(b"a = 1\n", 60 * MB), GROUPS, LIST),
        Attack(
            "groups, 4 MB of brackets",
            "g.toml",
            partial(after, b"a = ", b"[", 3 * MB),
            GROUPS,
            LIST,
        ),
        Attack(
            "groups, 4 MB of figures and an error",
            "g.toml",
            partial(after, b"a = [", b"1,", 3 * MB),
            GROUPS,
            LIST,
        ),
        Attack(
            "claims, a key of a million parts",
            "c.toml",
            partial(after, b"a", b".a", 2 * MB),
            CLAIMS,
            LIST,
        ),
        Attack(
            "manifest, 16 MB of empty lists",
            "manifest.json",
            partial(after, b"[", b"[],", 15 * MB),
            BUNDLE,
            16 * MB,
        ),
        Attack(
            "manifest, lists in lists", "manifest.json", bytes_of(b"[", 15 * MB), BUNDLE, 16 * MB
        ),
        Attack(
            "saved result, 60 MB of empty lists",
            "study.json",
            partial(after, b"[", b"[],", 60 * MB),
            SAVED,
            SMALL,
        ),
        Attack("saved arrays of 2 MB that unpack to 2.4 GB", "assets.npz", arrays, SAVED, SMALL),
    )


def measure(attack: Attack, memory: int | None = None) -> Measured:
    """Make the file, let a process refuse it, and look at what that took.

    `memory` is how many bytes the process may have, libraries included.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "events.csv").write_bytes(EVENTS + b"a,A,2025-01-27,NVDA\n")
        # What is large in this process would count as memory of those that it starts.
        maker = get_context("fork").Process(target=_make, args=(attack, folder))
        maker.start()
        maker.join()
        whole = attack.command in (SAVED, BUNDLE)
        argument = str(folder if whole else folder / attack.file)
        return _run([sys.executable, *attack.command, argument], folder, memory)


def _make(attack: Attack, folder: Path) -> None:
    if attack.file.endswith(".npz"):
        _save_a_run(folder)
    with (folder / attack.file).open("wb") as stream:
        stream.writelines(attack.pieces())


LAUNCHER = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
measured = process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss
json.dump(measured, open(sys.argv[1], "w"))
"""
"""A small process between: a peak counts that of the process that was forked, before it began."""


def _run(command: list[str], folder: Path, memory: int | None) -> Measured:
    root = str(Path(__file__).resolve().parents[1])
    if memory:
        command = ["sh", "-c", f'ulimit -v {memory // 1024}; exec "$@"', "sh", *command]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}

    with (folder / "said").open("wb") as said:
        subprocess.run(
            [sys.executable, "-I", "-c", LAUNCHER, str(folder / "used"), *command],
            cwd=folder,
            env={**kept, "PYTHONPATH": root, "XDG_CACHE_HOME": str(folder / "cache")},
            stdout=subprocess.DEVNULL,
            stderr=said,
            check=True,
        )
    code, seconds, peak = json.loads((folder / "used").read_text())
    unit = 1 if sys.platform == "darwin" else 1024
    lines = (folder / "said").read_text("utf-8", "replace").splitlines()
    return Measured(code, seconds, peak * unit, tuple(lines))


def _save_a_run(folder: Path) -> None:
    """A saved result whose arrays can be exchanged."""
    import eventstudy as es

    prices = es.load_prices("bundled", tickers=["NVDA", "^GSPC"])
    events = es.read_events(folder / "events.csv")
    study = es.EventStudy(car=[(0, 0)], window=(-1, 1), tests=["t"], compare=())
    result = study.run(events, prices).save(folder / "run")
    for path in Path(result).iterdir():
        path.rename(folder / path.name)


MOST_SECONDS = 10


def faults(attack: Attack, measured: Measured) -> list[str]:
    """What of a refusal is not as it should be."""
    errors = [line for line in measured.lines if line.startswith("Error: ")]
    return [
        fault
        for wrong, fault in (
            (measured.code != 2, f"exit {measured.code}"),
            (
                not errors or len(errors) < len(measured.lines),
                f"other lines than sentences: {measured.lines}",
            ),
            (measured.seconds > MOST_SECONDS, f"more than {MOST_SECONDS} s"),
            (measured.peak > 4 * attack.limit + LIBRARIES, "more than four times the limit"),
        )
        if wrong
    ]


LIBRARIES = 256 * MB
"""What Python and its libraries take before a file is read."""


def main() -> int:
    """Measure and print; 1 where a refusal is not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", help="measure the cases with one of these words")
    parser.add_argument("--memory", type=int, help="MB that each process may take")
    asked = parser.parse_args()
    print("| refused | s | peak, MB | four times the limit, MB |\n|---|---|---|---|")
    wrong = False
    for attack in attacks():
        if asked.words and not any(word in attack.said for word in asked.words):
            continue
        measured = measure(attack, asked.memory and asked.memory * MB)
        peak, most = round(measured.peak / MB), round(4 * attack.limit / MB)
        print(f"| {attack.said} | {measured.seconds:.1f} | {peak:,} | {most:,} |", flush=True)
        if found := faults(attack, measured):
            wrong = True
            print(f"  {'; '.join(found)}: {measured.lines[:3]}", file=sys.stderr, flush=True)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
