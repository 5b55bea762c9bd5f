"""Measure the size of every test on real prices; write the package's figures and the docs of them.

    python tools/size.py PRICES --market FACTORS

PRICES is whatever load_prices takes. The benchmark is the market return of FACTORS, a CSV file with
date, mkt_rf and rf such as Kenneth French's; without it ^GSPC, or the mean of all shares, against
which residuals have no common part. Writes eventstudy/data/sizes.csv, docs/size.md and the table of
sizes in docs/tests/NAME.md. With --tests or --layouts the rows of others stay as they are; without
PRICES only the pages are written. The figures depend on prices, seed and samples alone; an
interrupted run resumes.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from eventstudy.calibration.own_prices import own_returns
from eventstudy.calibration.sizes import SizeRun, measure_sizes, size_run
from eventstudy.errors import EventStudyError, InputError
from eventstudy.prices.load import load_prices
from eventstudy.significance.date_layouts import MEASURED, DateLayout, sharing_of
from eventstudy.significance.registry import chosen_tests, list_tests
from eventstudy.significance.sample import Layout
from eventstudy.significance.validity import (
    COMMENT,
    ERRORS,
    FILE,
    LENGTHS,
    MOST,
    Cell,
    Size,
    measured_cells,
    measured_from,
    rows_of,
)
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import MINUS, percent
from eventstudy.text.words import listed

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "eventstudy" / "data" / FILE
PAGE = ROOT / "docs" / "size.md"
WINDOWS = (Window(0, 0), Window(-1, 1), Window(0, 10), Window(0, 20))
MARKET = "market"
"""The column of the market return, from the factors."""
MARKED = "**Measured.** "
"""Begins the paragraph and the table of sizes on a test's page."""
PART = re.compile(rf"^{re.escape(MARKED)}.*\n(?:\n(?:\|.*\n)+)?\n", re.MULTILINE)
REFUSED = "refused"
COMMAND = "python tools/size.py universe_prices.parquet --market factors_daily.csv"


def main() -> None:
    """Measure, then write."""
    options = parsed()
    if options.prices:
        measure(options)
        for known in (measured_cells, measured_from):
            known.cache_clear()
    PAGE.write_text(size_page(), encoding="utf-8")
    for name in list_tests():
        page = ROOT / "docs" / "tests" / f"{name}.md"
        if page.exists():
            page.write_text(with_sizes(page.read_text("utf-8"), name), encoding="utf-8")
        else:
            print(f"no page {page}", file=sys.stderr)


def parsed() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("prices", nargs="?")
    parser.add_argument("--market", type=Path, help="CSV file with date, mkt_rf and rf")
    parser.add_argument("--samples", type=int, default=2_000, help="samples of each layout")
    parser.add_argument("--resampled", type=int, default=2_000, help="for tests that resample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--tests", default="all", help="names, separated by commas")
    parser.add_argument("--layouts", default=",".join(MEASURED))
    parser.add_argument("--work", type=Path, default=ROOT / ".size", help="finished samples")
    return parser.parse_args()


def measure(options: argparse.Namespace) -> None:
    """Run the samples and write the package's file."""
    tests = chosen_tests("all" if options.tests == "all" else options.tests.split(","))
    layouts = [layout_named(name) for name in options.layouts.split(",")]
    returns, left_out = returns_of(options.prices, options.market)
    run = size_run(
        returns,
        layouts,
        tests,
        WINDOWS,
        benchmark=MARKET if options.market else None,
        left_out=left_out,
        seed=options.seed,
        resampled=options.resampled,
    )
    words = about(run, options)
    partly = options.tests != "all" or set(options.layouts.split(",")) != set(MEASURED)
    if partly and rows_of(DATA.read_text("utf-8"))[1:] and words != measured_from():
        raise InputError(
            f"The rows that stay come from: {measured_from()}. These would come from: {words}. "
            "Give the same options, or leave out --tests and --layouts."
        )
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: max(1, options.jobs)])
    table = measure_sizes(
        run,
        options.samples,
        engine="processes" if options.jobs > 1 else "serial",
        progress=Progress(),
        checkpoints=options.work,
    )
    print(file=sys.stderr)
    DATA.write_text(file_text(table, words), encoding="utf-8")


class Progress:
    """Prints what is done and how long the rest takes, every few seconds."""

    def __init__(self) -> None:
        self.began = self.said = time.monotonic()

    def __call__(self, layout: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.said < 5 and done < total:
            return
        self.said = now
        left = (now - self.began) * (total - done) / done
        print(
            f"{layout}: {done:,} of {total:,} samples, {now - self.began:.0f} s, "
            f"about {left:.0f} s left",
            file=sys.stderr,
            flush=True,
        )


def layout_named(name: str) -> DateLayout:
    """A measured layout; InputError lists them."""
    if name not in MEASURED:
        raise InputError(f"No layout is named {name!r}; known: {', '.join(MEASURED)}.")
    return MEASURED[name]


def returns_of(source: str, market: Path | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Returns with the market beside them, and tickers that are never drawn."""
    prices = load_prices(source)
    admitted = own_returns(prices, None, ())
    assert admitted is not None
    returns = admitted.returns
    if market is None:
        return returns, prices.benchmarks
    factors = pd.read_csv(market, parse_dates=["date"]).set_index("date")
    known = (factors["mkt_rf"] + factors["rf"]).reindex(returns.index)
    return returns.assign(**{MARKET: known})[known.notna()], prices.benchmarks


def about(run: SizeRun, options: argparse.Namespace) -> str:
    """Where the figures come from."""
    own = next(iter(run.panels.values()))
    market = "the value-weighted market return" if options.market else own.benchmark_name
    start, end = (f"{MINUS}{-day}" for day in run.spec.estimation)
    some = f" ({options.resampled:,} for tests that resample)"
    return (
        f"{own.tickers} shares, {own.sessions[0]} to {own.sessions[1]}; market model against "
        f"{market}, estimated over sessions {start} to {end}; "
        f"{options.samples:,} samples of each layout"
        f"{some if options.resampled < options.samples else ''}, seed {options.seed}"
    )


def file_text(table: pd.DataFrame, words: str) -> str:
    """The package's file: the new rows, and those of other tests and layouts as they are."""
    columns = list(table.columns)
    keys = ["test", "layout"]
    if DATA.exists():
        lines = rows_of(DATA.read_text("utf-8"))
        old = pd.DataFrame([line.split(",") for line in lines[1:]], columns=lines[0].split(","))
        new = pd.MultiIndex.from_frame(table[keys].drop_duplicates())
        kept = old[~pd.MultiIndex.from_frame(old[keys]).isin(new)]
        table = pd.concat([kept[columns], table.astype(str)])
    tests, layouts = list(list_tests()), list(MEASURED)
    table = table[table["test"].isin(tests) & table["layout"].isin(layouts)]
    order = [
        (layouts.index(row["layout"]), tests.index(row["test"]), int(row["length"]))
        for row in table.to_dict("records")
    ]
    rows = [
        row for _, row in sorted(zip(order, table.astype(str).to_numpy().tolist(), strict=True))
    ]
    return "\n".join([f"{COMMENT}{words}", ",".join(columns), *map(",".join, rows), ""])


def cells_of(test: str, layout: str) -> list[Cell]:
    """The measured cells of a test in a layout, by length."""
    found = (measured_cells().get((test, layout, length)) for length in LENGTHS)
    return [cell for cell in found if cell]


def size_page() -> str:
    """docs/size.md."""
    parts = [INTRODUCTION.format(command=COMMAND, source=measured_from(), standing=standing())]
    for layout in MEASURED.values():
        title = layout.words.removeprefix("with ")
        head = f"## {title[0].upper()}{title[1:]}\n{overlap(layout)}"
        parts.append(f"{head}{layout_table(layout.name)}")
    return "\n".join(parts)


def overlap(layout: DateLayout) -> str:
    """With how many others an observation shares its window; empty for those that are alone."""
    if layout.n == 1 or layout.drawn_singly:
        return ""
    found = [sharing_of(layout.day0, length).others for length in LENGTHS]
    others = [f"{count:.1f}".removesuffix(".0") for count in found]
    counted = others[0] if len(set(others)) == 1 else " · ".join(others)
    return f"An observation shares its window with {counted} others, in whole windows.\n\n"


def standing() -> str:
    """Which tests hold in every layout of a kind, and which wherever they do not refuse."""
    lines = []
    for kind, where in (
        (Layout.MANY_DATES, "In every layout with several dates"),
        (Layout.ONE_DATE, "With 5 and with 30 assets on one date"),
        (Layout.ONE, "For one asset"),
    ):
        always, answered = [], []
        for name, test in list_tests().items():
            sizes = sizes_in(name, kind) if kind in test.layouts else []
            if sizes and all(size.holds for size in sizes if size):
                if all(sizes) and not refuses_often(name, kind):
                    always.append(f"`{name}`")
                elif any(sizes):
                    answered.append(f"`{name}`")
        also = f"; where they do not refuse also {listed(answered)}" if answered else ""
        lines.append(f"- {where}, at every length: {listed(always) if always else 'none'}{also}.")
    return "\n".join(lines)


OFTEN = 0.05
"""Share of refused samples from which on a test is said to hold where it does not refuse."""


def refuses_often(test: str, kind: Layout) -> bool:
    """Whether a test refuses more than a few samples in some layout of a kind, at some length."""
    names = [name for name, layout in MEASURED.items() if layout.kind is kind]
    cells = [cell for name in names for cell in cells_of(test, name)]
    answered = [cell.sizes[0].samples if cell.sizes else 0 for cell in cells]
    return any(
        cell.refused > OFTEN * (cell.refused + count)
        for cell, count in zip(cells, answered, strict=True)
    )


def sizes_in(test: str, kind: Layout) -> list[Size | None]:
    """A test's sizes at 5% in all layouts of a kind, at every length; None where it refused."""
    names = [name for name, layout in MEASURED.items() if layout.kind is kind]
    return [cell.at(0.05) for name in names for cell in cells_of(test, name)]


def layout_table(layout: str) -> str:
    """All tests of a layout, a column each length of window."""
    head = ["test", *(days(length) for length in LENGTHS), "refused, %"]
    rows = []
    for name in list_tests():
        cells = cells_of(name, layout)
        if cells:
            texts = [full(cell) for cell in cells]
            rows.append([f"[`{name}`](tests/{name}.md)", *texts, refusals(cells)])
    return markdown(head, rows)


def with_sizes(text: str, name: str) -> str:
    """A test's page with its table of sizes, which stands before its example."""
    text = PART.sub("", text)
    rows = []
    for layout in MEASURED.values():
        cells = cells_of(name, layout.name)
        if cells:
            rows.append([layout.words.removeprefix("with "), *(short(cell) for cell in cells)])
    if all(cell == REFUSED for row in rows for cell in row[1:]):
        return text
    table = markdown(["", *(days(length) for length in LENGTHS)], rows)
    said = (
        f"{MARKED}How often a 5% test rejects where nothing happened, in %; "
        "bold marks over-rejection, "
    )
    before, fence, after = text.partition("```python")
    sizes = "which carries a warning ([all sizes](../size.md))."
    return f"{before}{said}{sizes}\n\n{table}\n{fence}{after}"


def days(length: int) -> str:
    """The head of a column."""
    return "1 day" if length == 1 else f"{length} days"


def full(cell: Cell) -> str:
    """Such as "5.1 ±0.5 (1.1, 10.2)": the share at 5% and its error, those at 1 and at 10%."""
    size = cell.at(0.05)
    if size is None:
        return REFUSED
    others = ", ".join(marked(cell, level) for level in (0.01, 0.1))
    return f"{marked(cell, 0.05)} ±{share(size.error)} ({others})"


def short(cell: Cell) -> str:
    """The share at 5%."""
    return marked(cell, 0.05) if cell.sizes else REFUSED


def marked(cell: Cell, level: float) -> str:
    """A share, bold where the test does not hold its level."""
    size = cell.at(level)
    assert size is not None
    return share(size.share) if size.holds else f"**{share(size.share)}**"


def share(value: float) -> str:
    """A fraction in percent, without the unit."""
    return percent(value, 1, signed=False, unit=False)


def refusals(cells: Sequence[Cell]) -> str:
    """The share of samples refused; by length where it differs."""
    samples = [cell.refused + (cell.sizes[0].samples if cell.sizes else 0) for cell in cells]
    texts = [share(cell.refused / n) for cell, n in zip(cells, samples, strict=True)]
    return texts[0] if len(set(texts)) == 1 else " · ".join(texts)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


INTRODUCTION = f"""# Size of every test

How often does a test reject where nothing happened? Measured on real shares, by how the events lie
in time and by the length of the tested window; each test stands in the table of each layout that it
takes. The tables, and the counts in `eventstudy/data/sizes.csv`, are made by

```text
{{command}}
```

{{source}}.

Placebo events are drawn as Brown & Warner (1980, 1985) do: dates at random, then shares at random,
none twice in a sample except among dispersed events. Windows are [0, 0], [−1, +1], [0, +10] and
[0, +20].

**Reading.** `5.1 ±0.5 (1.1, 10.2)`: a 5% test rejects 5.1% of the samples, with a Monte-Carlo
standard error of 0.5 points; a 1% test rejects 1.1%, a 10% test 10.2%. **Bold** marks
over-rejection: more than {MOST:g} times the level, by more than {ERRORS:g} such errors. The last
column says in how many samples the test refused, by length where that differs.

**Warnings.** A test carries a warning with its figure, in the column `warning` of `result.tests`,
where it is bold for events that lie as yours do. Yours are compared by their number, by the dates
whose windows share no session, and by how much of its window an observation shares with others, on
its own date and on near ones. Between two layouts a test must hold in both. Of the lengths the next
longer one counts, of the levels the nearest to 1 − `confidence`.

**What it does not say.**

- Nothing happens on the drawn days, so their variance is the ordinary one. Where the event itself
  raises it, tests that take the variance from the estimation window over-reject, among them
  `patell_kp_z`, `cda_t` and the portfolio tests: see [which tests to trust](calibration.md).
- All samples come from one panel and overlap: another decade can differ by more than the
  Monte-Carlo error.
- The benchmark matters. It weighs by value, so that the residuals of large shares have a common
  part, as in most studies. Against the mean of the shares that are drawn there is none, and
  clustering costs little.

**Which test stands.**

{{standing}}
"""


if __name__ == "__main__":
    try:
        main()
    except EventStudyError as error:
        sys.exit(str(error))
