"""A frame of one row on loaded prices: evidence and a bundle, as of a registry with that event."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.evidence.parts.evidence import tables_of
from eventstudy.prices.prices import Prices


def row(**more: object) -> pd.DataFrame:
    return pd.DataFrame([{"event_id": "own", "ticker": "NVDA", "date": "2025-01-26", **more}])


@pytest.fixture(scope="module")
def prices() -> Prices:
    return es.load_prices("bundled")


@pytest.fixture(scope="module")
def result(prices) -> es.StudyResult:
    return es.EventStudy().run(row(), prices)


def test_has_the_event_its_name_and_the_day_it_moved_to(result):
    event = result.context.events.iloc[0]
    assert (event["event_id"], event["tickers"]) == ("own", "NVDA")
    assert event["day0"] == pd.Timestamp("2025-01-27")
    assert event["shifted"]
    assert "Nvidia" in event["title"]
    assert "26 January 2025" in event["title"]
    assert result.context.group_labels == {"all": "Nvidia"}


def test_title_of_the_row_is_the_event_s(prices):
    titled = es.EventStudy().run(row(title="A cheap model"), prices)
    assert titled.context.events["title"].tolist() == ["A cheap model"]


@pytest.mark.slow
def test_evidence_is_that_of_the_registered_event(prices):
    study = es.EventStudy(compare=())
    frame = study.run(row().assign(event_id=7), prices)
    event = make_event(event_id="own", title="T", announced_at="2025-01-26", groups="NVDA")
    registered = study.run(Events((event,)), prices)
    mine, theirs = (es.gather_evidence(one, prices) for one in (frame, registered))
    assert set(mine.parts) == set(theirs.parts)
    assert mine.event_id == "7"
    for name in ("curve", "placebos"):
        for table, own in tables_of(mine.parts[name]).items():
            other = tables_of(theirs.parts[name])[table]
            numbers = (one.select_dtypes("number").to_numpy() for one in (own, other))
            np.testing.assert_array_equal(*numbers, err_msg=f"{name} {table}")


@pytest.mark.slow
def test_bundle_is_written_and_read_back(prices, tmp_path):
    result = es.EventStudy().run(row().assign(event_id=7), prices)
    evidence = es.gather_evidence(result, prices)
    folder = es.write_bundle(
        result, tmp_path / "own", evidence=evidence, formats=("pdf", "html", "xlsx", "md", "tex")
    )
    assert es.verify_bundle(folder).sound
    cars = pd.read_csv(folder / "tables" / "car.csv")
    assert cars["car"].tolist()[0] == pytest.approx(result.car((0, 0))["car"].iloc[0])
    assert es.load(folder).context.events["event_id"].tolist() == ["7"]


def test_several_rows_and_plain_frames_have_no_event_of_their_own(prices):
    two = pd.concat([row(), row(event_id="b", ticker="AMD")], ignore_index=True)
    result = es.EventStudy().run(two, prices)
    assert result.context is None
    with pytest.raises(es.InputError, match="one row"):
        es.gather_evidence(result, prices)
    plain = es.EventStudy().run(row(), prices.adj_close)
    assert plain.context is None
