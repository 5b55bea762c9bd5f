"""The run of docs/howto/wrds.md, command by command, against a server with made-up rows."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wrds_years

from eventstudy.calendars import sessions_between

pytestmark = pytest.mark.needs_postgres

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "wrds.md"
COMMANDS = re.findall(r"^\d\. `eventstudy ([^`]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_has_a_run():
    assert [command.split()[0] for command in COMMANDS] == ["events", "run"]


@pytest.mark.slow
def test_its_commands_find_the_jump_that_the_rows_have(wrds, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answers = [call(*command.split()) for command in COMMANDS]
    assert [answer.code for answer in answers] == [0, 0], answers
    events = (tmp_path / "earnings.csv").read_text("utf-8")
    days = [day for own in wrds_years.ANNOUNCED.values() for day in own]
    assert all(f"{day}T16:20:00-04:00" in events for day in days)

    (bundle,) = (tmp_path / "outputs").iterdir()
    assert json.loads((bundle / "manifest.json").read_text("utf-8"))["data"]["name"] == "wrds"
    table = pd.read_csv(bundle / "tables" / "abnormal_returns.csv").set_index("rel_day")
    own = pd.Series(wrds_years.returns(86580), wrds_years.DAYS)
    market = pd.Series(wrds_years.market(), wrds_years.DAYS)
    zero = table.loc[0]
    assert zero["date"] == "2024-05-23"  # announced after the close of the 22nd
    assert zero["raw_return"] == pytest.approx(own["2024-05-23"])
    sessions = sessions_between(dt.date(2022, 6, 1), dt.date(2024, 5, 22), "XNYS")
    window = pd.DatetimeIndex(sessions)[-260:-10]
    slope, intercept = np.polyfit(market[window], own[window], 1)
    expected = own["2024-05-23"] - intercept - slope * market["2024-05-23"]
    assert zero["abnormal_return"] == pytest.approx(expected, abs=1e-9)
