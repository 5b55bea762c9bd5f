"""Abnormal trading volume: an event study whose "returns" are the logarithm of volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.arrays import in_long_doubles
from eventstudy.errors import InputError, some_names
from eventstudy.estimation.frames import check_returns
from eventstudy.event_study import EventStudy
from eventstudy.measures.wording import reworded
from eventstudy.prices.dialects.cells import numbers_of
from eventstudy.prices.returns import refuse_cells
from eventstudy.prices.sources.file import read_table
from eventstudy.significance.registry import list_tests
from eventstudy.spec.fields import Pair
from eventstudy.spec.study_spec import DEFAULTS

if TYPE_CHECKING:
    from eventstudy.arrays import Floats
    from eventstudy.events.groups import Groups
    from eventstudy.events.registry import Events
    from eventstudy.result.result import StudyResult


SMALL = 0.000255
"""Shares added to the volume so that a day without trade has a logarithm."""

MEAN = "mean"
"""The benchmark that is the mean log volume of the panel."""

Outstanding = Mapping[str, float] | pd.DataFrame
"""Shares outstanding by ticker, or a wide frame of them where they change."""


def log_volume(
    volume: pd.DataFrame | str | Path,
    shares: Outstanding | None = None,
    *,
    market: str | None = None,
) -> pd.DataFrame:
    """Log volume, sessions × tickers, for `EventStudy(returns="other").run(..., returns=)`.

    log(100(n + .000255)/S) with shares outstanding S: log turnover in percent; log(1 + n) without.
    Logarithms are much closer to normal than volume itself (Ajinkya & Jain 1989).

    Args:
        volume: shares traded a session: a wide frame (sessions × tickers), a long one with the
            columns date, ticker, volume, or the path of such a CSV or Parquet file.
        shares: shares outstanding by ticker, or a wide frame of them where they change; on the
            same split basis as the volume.
        market: adds a column of this name: the mean log volume of the session over all tickers
            that have one (names with ^ are indices and do not count), for a volume market model.

    A volume of zero is a value, a missing one stays missing.

    Raises:
        InputError: Negative volume, text, or tickers without shares outstanding.
    """
    traded = _wide(volume)
    _check_traded(traded)
    n = traded.to_numpy()
    if shares is None:
        logs = in_long_doubles(np.log1p, n)
    else:
        with np.errstate(over="ignore"):
            turnover = 100 * (n + SMALL) / _outstanding(shares, traded)
        _require_finite(turnover, traded)
        logs = in_long_doubles(np.log, turnover)
    frame = pd.DataFrame(logs, index=traded.index, columns=traded.columns)
    return frame if market is None else frame.assign(**{market: _market(frame, market)})


def volume_study(
    events: Events | pd.DataFrame,
    volume: pd.DataFrame | str | Path,
    *,
    shares: Outstanding | None = None,
    benchmark: str | None = None,
    estimation: Pair | str = DEFAULTS.estimation,
    window: Pair | str = DEFAULTS.window,
    car: Sequence[Pair | str] = (
        (0, 0),
        (-1, 1),
        (0, 5),
    ),  # none longer: it is autocorrelated
    tests: str | Sequence[str] = DEFAULTS.tests,
    min_obs: int = DEFAULTS.min_obs,
    confidence: float = DEFAULTS.confidence,
    calendar: str = DEFAULTS.calendar,
    seed: int = DEFAULTS.seed,
    groups: Groups | str | Path | None = None,
    event_ids: Sequence[str] | None = None,
    engine: str = "serial",
) -> StudyResult:
    """Abnormal log volume around events: `EventStudy` on `log_volume`, with every test of it.

    The expected volume is each asset's own estimation mean (benchmark=None), or a volume market
    model on benchmark="mean", the mean log volume of the panel, or on any column of `volume`.
    "Returns" and CAR of the result are log volume: +0.10 is 10.5% more than expected, and the
    CAR of a window sums the days' logs. Events, windows and groups as in `EventStudy`.

    Log volume is autocorrelated, so that the spread of single days understates that of a longer
    window: quote tests on the cross-section of events (bmp_kp_t, csect_t) or the placebo test.

    Args:
        events: A registry, or a frame with event_id, ticker and date.
        volume: Shares traded a session, in any form that `log_volume` takes.
        shares: Shares outstanding by ticker, or a wide frame of them where they change; without
            them volume is not divided.
        benchmark: None for each asset's own mean, "mean", or a column of `volume`.
        estimation: Sessions on which the expected volume is estimated; the default of a study.
        window: Event days to estimate; the default of a study.
        car: Windows whose log volumes are summed. Shorter than those of a study of returns, as the
            spread of single days understates that of long windows (see above).
        tests: "default", "all" that mean something for volume, or names.
        min_obs: Least number of valid volumes in the estimation window.
        confidence: Level of the intervals.
        calendar: The exchange whose sessions count.
        seed: Of the tests that resample.
        groups: Which tickers the names in a registry stand for; the packaged file if None.
        event_ids: Events of the registry to study; all if None.
        engine: "serial", "processes" or "dask".

    Raises:
        InputError: Wrong volumes (see `log_volume`), events or options.
    """
    mean = benchmark == MEAN
    logs = log_volume(volume, shares, market=MEAN if mean else None)
    if tests == "all":
        tests = [name for name, test in list_tests().items() if not test.of_returns]
    study = EventStudy(
        model="mean" if benchmark is None else "market",
        benchmark=benchmark,
        estimation=estimation,
        window=window,
        car=car,
        tests=tests,
        min_obs=min_obs,
        confidence=confidence,
        calendar=calendar,
        seed=seed,
        compare=(),
        returns="other",
    )
    result = study.run(events, returns=logs, groups=groups, event_ids=event_ids, engine=engine)
    what = "log(1 + shares traded)" if shares is None else "log turnover in percent"
    expected = "own mean" if benchmark is None else "volume market model"
    notes = (
        f"Measured is {what}: an abnormal figure of 0.10 is 10.5% more volume than expected.",
        *([_MEAN_NOTE] if mean else []),
    )
    words = {"valid returns": "valid volumes", "in the prices": "in the volumes"}
    return reworded(result, f"Log volume, {expected}", notes, words)


_MEAN_NOTE = "The benchmark is the mean log volume of all tickers of the panel on the session."


def _wide(volume: pd.DataFrame | str | Path) -> pd.DataFrame:
    """Volume as float64, sessions × tickers, whatever form it came in."""
    if isinstance(volume, (str, Path)):
        table = read_table(Path(volume))
        table.columns = pd.Index([str(name).strip().lower() for name in table.columns])
        if not _is_long(table):
            raise InputError(
                f"{volume} lacks one of the columns date, ticker, volume; found: "
                f"{some_names([str(name) for name in table.columns])}."
            )
        volume = table.assign(volume=_numbers(table["volume"], str(volume)))
    if isinstance(volume, pd.DataFrame) and _is_long(volume):
        volume = _pivoted(volume)
    return check_returns(volume, what="volumes")


def _is_long(frame: pd.DataFrame) -> bool:
    return {"date", "ticker", "volume"} <= set(map(str, frame.columns))


def _numbers(cells: pd.Series[Any], path: str) -> pd.Series[Any]:
    values, no_number = numbers_of(cells)
    wrong = cells[no_number]
    if len(wrong):
        raise InputError(
            f"{path}, row {wrong.index[0]}, column volume: {str(wrong.iloc[0])!r} is not a number; "
            "write shares as 1520300 and leave the cell empty where they are not known."
        )
    return pd.Series(values, index=cells.index)


def _pivoted(long: pd.DataFrame) -> pd.DataFrame:
    keys = long[["date", "ticker"]].astype(str)
    twice = keys[keys.duplicated()]
    if len(twice):
        date, ticker = twice.iloc[0]
        raise InputError(f"The volumes have {ticker} on {date} twice; delete one of the two.")
    return long.pivot(index="date", columns="ticker", values="volume")  # noqa: PD010


def _check_traded(volume: pd.DataFrame) -> None:
    values = volume.to_numpy()
    refuse_cells(
        values < 0,
        lambda row, column: (
            f"The volume of {volume.columns[column]!s} on {volume.index[row]:%Y-%m-%d} is "
            f"{values[row, column]:g}; a volume is zero or more (leave it empty if it is not "
            "known)."
        ),
    )


def _require_finite(turnover: Floats, traded: pd.DataFrame) -> None:
    known = traded.to_numpy()
    refuse_cells(
        np.isinf(turnover) | (turnover == 0),
        lambda row, column: (
            f"The volume of {traded.columns[column]} on {traded.index[row]:%Y-%m-%d} is "
            f"{known[row, column]:g}, which is not a possible turnover given its shares "
            "outstanding; correct one of the two."
        ),
    )


def _outstanding(shares: Outstanding, volume: pd.DataFrame) -> Any:
    """Shares outstanding, broadcastable to (sessions × tickers)."""
    numbers: Any
    if isinstance(shares, pd.DataFrame):
        held = check_returns(shares, what="shares outstanding")
        numbers = held.reindex(index=volume.index, columns=volume.columns).to_numpy()
        known = [name for name in volume.columns if name in held.columns]
    else:
        series = pd.Series(dict(shares), dtype=float).reindex(volume.columns)
        numbers = series.to_numpy()
        known = list(series.dropna().index)
    absent = [name for name in volume.columns if name not in known]
    if absent:
        raise InputError(
            f"There are no shares outstanding for {some_names(absent)}; add them to shares= or "
            "leave these tickers out of the volumes."
        )
    if (numbers <= 0).any() or np.isinf(numbers).any():
        raise InputError("Shares outstanding must be positive numbers; correct shares=.")
    return numbers


def _market(logs: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name in logs.columns:
        raise InputError(f"The volumes have a column {name!r} already; rename it.")
    members = logs[[ticker for ticker in logs.columns if not str(ticker).startswith("^")]]
    if members.shape[1] < 2:
        raise InputError(
            "The mean volume of the panel needs at least 2 tickers; give more, name another "
            "benchmark or leave it out."
        )
    return members.mean(axis=1)
