"""Twenty thousand earnings announcements: does the share price follow the sign of the surprise?

    python examples/earnings_universe.py FOLDER [--figure docs/images/earnings-universe] [--every 3]

FOLDER holds universe_prices.parquet (date, ticker, adj_close) and earnings_dates.csv (ticker,
report_date, surprise_pct). The market is the equal-weighted mean return of the universe. The
dates are report dates without a time of day: a report after the close moves the price on the
next session, so the window tested is [−1, +1].
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es

MARKET = "universe"
WINDOW = (-1, 1)
DAYS = (-5, 10)
NEWS = {1.0: "good news", -1.0: "bad news", 0.0: "as expected"}
UNKNOWN = "surprise unknown"


def read_returns(folder: Path) -> pd.DataFrame:
    """Daily returns, sessions × tickers, with their equal-weighted mean as the market."""
    prices = pd.read_parquet(
        folder / "universe_prices.parquet", columns=["date", "ticker", "adj_close"]
    )
    wide = prices.pivot_table(index="date", columns="ticker", values="adj_close", observed=True)
    returns = wide.astype("float64").pct_change(fill_method=None).iloc[1:]
    returns.columns = returns.columns.astype(str)
    return returns.assign(**{MARKET: returns.mean(axis=1)})


def read_announcements(folder: Path, returns: pd.DataFrame) -> pd.DataFrame:
    """Reports of the universe's firms inside the prices, grouped by the sign of the surprise."""
    reports = pd.read_csv(folder / "earnings_dates.csv", parse_dates=["report_date"])
    inside = reports["report_date"].between(returns.index[0], returns.index[-1])
    reports = reports[inside & reports["ticker"].isin(returns.columns)]
    return pd.DataFrame(
        {
            "event_id": reports["ticker"] + reports["report_date"].dt.strftime(" %Y-%m-%d"),
            "ticker": reports["ticker"],
            "date": reports["report_date"],
            "group": np.sign(reports["surprise_pct"]).map(NEWS).fillna(UNKNOWN),
        }
    ).reset_index(drop=True)


def study_earnings(announcements: pd.DataFrame, returns: pd.DataFrame) -> es.StudyResult:
    """The market model over a year of sessions before, and every test of the package."""
    study = es.EventStudy(model="market", benchmark=MARKET, window=DAYS, car=[WINDOW], tests="all")
    return study.run(announcements, returns=returns)


def caar_paths(result: es.StudyResult, groups: list[str]) -> pd.DataFrame:
    """CAAR from the first day on, with a 95% band from the spread across announcements."""
    rows = []
    for day in range(DAYS[0], DAYS[1] + 1):
        cars = result.car((DAYS[0], day)).groupby("group")["car"]
        mean, se = cars.mean(), cars.std() / np.sqrt(cars.count())
        rows += [
            (name, day, mean[name], mean[name] - 1.96 * se[name], mean[name] + 1.96 * se[name])
            for name in groups
        ]
    return pd.DataFrame(rows, columns=["label", "day", "car", "low", "high"])


def draw(result: es.StudyResult, stem: Path) -> Path:
    """The paths of good and bad news side by side; writes stem.png and stem.pdf."""
    from eventstudy.report.charts.paths import draw_car_paths
    from eventstudy.report.drawing import theme
    from eventstudy.report.drawing.page import new_page
    from eventstudy.report.drawing.savefig import save_figure
    from eventstudy.text.numbers import percent

    groups = ["good news", "bad news"]
    caar = {name: mean_of(result, name) for name in groups}
    with theme.themed():
        figure, body = new_page(
            "Prices follow the surprise: "
            + ", ".join(f"{percent(caar[n]['estimate'])} on {n}" for n in groups)
            + " over [−1, +1]",
            f"Mean cumulative abnormal return, {caar['good news']['n']:,.0f} reports above and "
            f"{caar['bad news']['n']:,.0f} below the estimate; market model on the equal-weighted "
            "universe, estimation [−260, −11]",
            "Day 0 is the report date; reports after the close move the price on day +1. The band "
            "rests on the spread across reports and leaves out that some share a date.",
            "earnings study",
        )
        axes = [half.add_axes(figure) for half in body.columns(1.0, 1.0, gap=0)]
        draw_car_paths(axes, caar_paths(result, groups), "report date")
        stem.parent.mkdir(parents=True, exist_ok=True)
        return save_figure(figure, stem)[1]


def mean_of(result: es.StudyResult, group: str) -> pd.Series:
    """CAAR of a group over the tested window: estimate, se, n, positive."""
    return result.by("group").loc[(group, *WINDOW)]


def test_table(result: es.StudyResult) -> pd.DataFrame:
    """Every test of good and bad news over the window: statistic and p; refusals left out."""
    start, end = WINDOW
    rows = result.tests[(result.tests["start"] == start) & (result.tests["end"] == end)]
    rows = rows[rows["refused"] == ""].set_index("test")
    parts = {
        name: rows.loc[rows["group"] == name, ["statistic", "p_value"]]
        for name in ("good news", "bad news")
    }
    return pd.concat(parts, axis=1)


def main() -> None:
    """Run the study and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--figure", type=Path, help="write STEM.png and STEM.pdf")
    parser.add_argument("--every", type=int, default=1, help="only every n-th announcement")
    options = parser.parse_args()

    began = time.perf_counter()
    returns = read_returns(options.folder)
    announcements = read_announcements(options.folder, returns).iloc[:: options.every]
    read = time.perf_counter()
    result = study_earnings(announcements, returns)
    done = time.perf_counter()

    means = result.by("group").drop(columns=["test", "statistic"], errors="ignore")
    say = sys.stdout.write
    say(f"{len(announcements):,} announcements, {result.n:,} estimated, ")
    left_out = result.exclusions[~result.exclusions["stage"].str.startswith("CAR")]
    say(f"{len(left_out):,} left out\n\n{means.to_string()}\n\n")
    say(test_table(result).to_string(float_format=lambda v: f"{v:.3g}") + "\n\n")
    say(f"read in {read - began:.1f} s, studied in {done - read:.1f} s\n")
    if options.figure:
        say(f"{draw(result, options.figure)}\n")


if __name__ == "__main__":
    main()
