"""The returns of assets without an event, with which a panel compares."""

from __future__ import annotations

import pandas as pd

from eventstudy.errors import some_names
from eventstudy.estimation.frames import check_returns
from eventstudy.files.frames import is_frame
from eventstudy.measures.formula import require
from eventstudy.prices.checks.profile import profile_of
from eventstudy.prices.checks.units import require_returns
from eventstudy.prices.handed import wide_frame
from eventstudy.spec.study_spec import StudySpec


def controls_over(
    controls: pd.DataFrame | None,
    days: pd.DatetimeIndex,
    treated: pd.Series[str],
    spec: StudySpec,
) -> pd.DataFrame:
    """The frame of controls over the study's sessions.

    Args:
        controls: Of any library: sessions × tickers, returns in decimals; None for none.
        days: The sessions wanted.
        treated: Tickers of the study.
        spec: Its options, which tell what its figures are.

    Raises:
        InputError: It is no such frame, holds no returns in decimals or an asset of the study, or
            has no asset with a return on every session.
    """
    if controls is None:
        return pd.DataFrame(index=days)
    wide = wide_frame(controls, "controls") if is_frame(controls) else controls
    require(isinstance(wide, pd.DataFrame), "Option controls: give a frame of sessions × tickers.")
    assert wide is not None
    frame = check_returns(wide, what="controls")
    both = sorted(set(frame.columns) & set(treated))
    require(
        not both,
        f"Option controls: {some_names(both, 5)}; give assets without an event, and none of the "
        "study's.",
    )
    if spec.returns in ("simple", "log", "trade"):
        log, daily = spec.returns != "simple", spec.frequency == "daily"
        require_returns(frame, profile_of(frame.to_numpy()), log=log, daily=daily)
    there = frame.reindex(days)
    require(
        bool(there.notna().all().any()),
        f"Option controls: none has a return on every day from {days[0]:%Y-%m-%d} to "
        f"{days[-1]:%Y-%m-%d}.",
    )
    return there
