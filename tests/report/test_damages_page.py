"""The pages on money a share and on the peers: every figure there, nothing cut or covered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from tearsheet_helpers import assert_publishable, printed, text_boxes

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.evidence.case import Case
from eventstudy.evidence.damages import damages
from eventstudy.evidence.parts.damages import Damages, damages_finding
from eventstudy.evidence.parts.evidence import Evidence
from eventstudy.report.charts.inflation import draw_inflation
from eventstudy.report.drawing import theme
from eventstudy.report.pages.contents import not_shown, tell
from eventstudy.report.pages.damages import damages_page, peers_page
from eventstudy.report.story import Story

HEAD = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
ROUT = "rout,A rout,2025-01-27,,rout,NVDA;peers,,yes,a newspaper,\n"
SAME_DAY = "other,A rival speaks,2025-01-27,,talk,NVDA,,no,a newspaper,\n"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("rout")
    (folder / "events.csv").write_text(HEAD + ROUT + SAME_DAY, "utf-8")
    (folder / "groups.toml").write_text(
        '[groups.peers]\nlabel = "Peers"\nmembers = ["AVGO", "AMD", "MU", "MRVL"]\n', "utf-8"
    )
    prices, groups = es.load_prices("bundled"), es.read_groups(folder / "groups.toml")
    events = es.read_events(folder / "events.csv")
    result = es.EventStudy().run(events, prices, groups=groups, event_ids=["rout"])
    return Story(result, "rout", Evidence("rout", damages=damages(Case(result, prices))))


def of(story: Story) -> Damages:
    assert story.evidence is not None
    assert story.evidence.damages is not None
    return story.evidence.damages


def changed(story: Story, **fields: object) -> Story:
    return replace(story, evidence=Evidence("rout", damages=replace(of(story), **fields)))


def said(fig: Figure) -> list[str]:
    return [text for text, _ in text_boxes(fig)]


def signed(amount: float) -> str:
    return f"{amount:+.2f}".replace("-", "−")


def test_the_page_has_every_window_and_month(story: Story) -> None:
    found, fig = of(story), printed(damages_page, story, 9)
    assert_publishable(fig)
    texts = said(fig)
    for row in found.per_share.itertuples():
        assert signed(row.per_share) in texts
        assert f"{signed(row.per_share_low)} to {signed(row.per_share_high)}" in texts
        assert f"{row.detectable_per_share:.2f}" in texts
    months = found.inflation.groupby(found.inflation["date"].dt.to_period("M")).last()
    for row in months.itertuples():
        assert f"{row.close:.2f}" in texts
        assert f"{row.constant_percentage:.2f}" in texts


def test_what_else_happened_that_day_is_named(story: Story) -> None:
    assert "A rival speaks" in " ".join(said(printed(damages_page, story, 9)))


@pytest.mark.parametrize("page", [damages_page, peers_page])
@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_both_pages_on_paper_and_in_grey(story: Story, page: object, paper: str) -> None:
    with theme.dressed(paper, "grey"):
        assert_publishable(printed(page, story, 9))


def test_the_page_on_peers(story: Story) -> None:
    found, fig = of(story), printed(peers_page, story, 10)
    assert_publishable(fig)
    texts = said(fig)
    day = found.estimates[(found.estimates["start"] == 0) & (found.estimates["end"] == 0)]
    for row in day.itertuples():
        assert row.label in texts
        if np.isfinite(row.car):
            assert f"{100 * row.car:.2f}".replace("-", "−") in texts
        else:
            assert row.reason in " ".join(texts)


@pytest.mark.parametrize(("years", "called"), [(2, "quarter"), (9, "year")])
def test_a_long_class_period_has_fewer_rows(story: Story, years: int, called: str) -> None:
    table, found = of(story).inflation, of(story)
    days = pd.bdate_range(end=found.base_date, periods=260 * years, name="date")
    long = pd.concat([table.iloc[[-1]]] * len(days), ignore_index=True).assign(date=days)
    stretched = changed(story, inflation=long, class_start=f"{days[0]:%Y-%m-%d}")
    fig = printed(damages_page, stretched, 9)
    assert_publishable(fig)
    texts = said(fig)
    assert any(f"{called}-ends" in text for text in texts)
    assert not any(text.startswith("… and") for text in texts)
    assert "24 Jan 2025" in texts


def test_an_interval_without_ends_is_called_unbounded(story: Story) -> None:
    rows = of(story).per_share.assign(
        per_share_low=-np.inf, per_share_high=np.inf, p=0.2, detectable=np.nan
    )
    table = of(story).inflation.assign(
        constant_dollar_low=-np.inf,
        constant_dollar_high=np.inf,
        constant_percentage_low=-np.inf,
        constant_percentage_high=np.inf,
    )
    open_ended = changed(story, per_share=rows, inflation=table)
    fig = printed(damages_page, open_ended, 9)
    assert_publishable(fig)
    assert said(fig).count("unbounded") == len(rows)
    assert "$" not in damages_finding(of(open_ended))


def test_without_an_effect_there_is_no_ribbon(story: Story) -> None:
    quiet = changed(story, per_share=of(story).per_share.assign(p=0.3))
    page = damages_page(quiet)
    assert page.charts == ()
    assert [block.more for block in page.blocks if hasattr(block, "more")] == [
        "tables/damages_per_share.csv"
    ]
    assert f"${of(story).day['detectable_per_share']:.2f}" in " ".join(
        said(printed(damages_page, quiet, 9))
    )


def test_the_pages_that_there_are(story: Story) -> None:
    names = [page.name for page in tell(story).values()]
    assert names[-4:] == ["damages", "peers", "timeline", "methods"]
    alone = changed(story, peers=())
    assert "peers" not in [page.name for page in tell(alone).values()]
    quiet = changed(story, peers=(), per_share=of(story).per_share.assign(p=0.3))
    assert "damages" not in [page.name for page in tell(quiet).values()]
    assert "Per share" in str(not_shown(quiet))


def test_the_ribbon_by_itself(story: Story) -> None:
    figure = of(story).plot()
    assert len(figure.axes) == 2
    lost = of(story).per_share.assign(car=np.nan, reason="no abnormal return on day 0")
    with pytest.raises(InputError, match="no abnormal return on day 0"):
        of(changed(story, per_share=lost)).plot()


def test_the_lines_are_the_closes_less_inflation(story: Story) -> None:
    table = of(story).inflation
    fig = Figure(figsize=(8, 6))
    axes = fig.subplots(2)
    draw_inflation(axes, table)
    drawn = [line.get_ydata() for line in axes[0].get_lines()[:3]]
    close = table["close"]
    wanted = (close, close - table["constant_dollar"], close - table["constant_percentage"])
    for line, values in zip(drawn, wanted, strict=True):
        np.testing.assert_allclose(line, values)
    with pytest.raises(ValueError, match="two axes"):
        draw_inflation([axes[0]], table)
    with pytest.raises(ValueError, match="constant_dollar_low"):
        draw_inflation(axes, table.drop(columns="constant_dollar_low"))


def test_another_currency_is_named() -> None:
    found = replace_currency("EUR")
    assert found.money(-3.1, signed=True) == "−EUR 3.10"
    assert replace_currency("$").money(1234.5) == "$1,234.50"
    assert found.money(float("nan")) == "–"


def replace_currency(currency: str) -> Damages:
    empty = pd.DataFrame()
    return Damages(
        event_id="x",
        ticker="X",
        name="X",
        benchmark="",
        currency=currency,
        date="",
        base_date="",
        class_start="",
        confidence=0.95,
        power=0.8,
        closes="",
        lookback=None,
        lookback_sessions=0,
        peers=(),
        per_share=empty,
        inflation=empty,
        estimates=empty,
    )
