"""Names without a share price, and shares outstanding."""

import subprocess
import sys

import pytest

from eventstudy.events.groups import read_groups
from eventstudy.prices.load import load_prices
from eventstudy.prices.shares import Shares, read_shares
from eventstudy.prices.unlisted import unlisted_reason


@pytest.mark.parametrize(
    "name",
    ["OpenAI", "openai", "xAI", "Anthropic", "High-Flyer", "high flyer", "DeepSeek", "DEEPSEEK"],
)
def test_unlisted(name: str) -> None:
    reason = unlisted_reason(name)
    assert reason is not None
    assert reason.endswith("it has no share price, so no market reaction can be measured")


def test_sentence_and_listed_names() -> None:
    assert unlisted_reason("OPENAI") == (
        "OpenAI is not listed on an exchange: it has no share price, so no market reaction can be measured"
    )
    assert all(unlisted_reason(name) is None for name in ("NVDA", "^GSPC", "AI", ""))


def test_shares() -> None:
    shares = read_shares()
    groups = read_groups().groups.values()
    members = {ticker for group in groups for ticker in group.members}
    companies = {ticker for ticker in members if not ticker.startswith("^")}
    assert len(companies) == 25
    assert set(shares) == companies - {"SMCI"}  # its count has no dated source
    assert shares["NVDA"].shares == 24.49e9
    assert shares["TSM"].shares == 5_186_546_648
    assert round(shares["AAPL"].shares / 1e9, 2) == 15.02
    assert all(
        isinstance(entry, Shares) and entry.source and "2024-04" <= entry.as_of < "2025-03"
        for entry in shares.values()
    )
    with pytest.raises(TypeError):
        shares["NVDA"] = shares["MU"]  # type: ignore[index]


def test_the_loss_of_nvidia_in_dollars() -> None:
    close = load_prices(tickers="NVDA").close["NVDA"]
    lost = (close["2025-01-27"] - close["2025-01-24"]) * read_shares()["NVDA"].shares
    assert lost / 1e9 == pytest.approx(-592.7, abs=0.1)


@pytest.mark.parametrize("module", ["unlisted", "shares", "source", "request"])
def test_light_modules_do_not_import_pandas(module: str) -> None:
    code = f"import sys, eventstudy.prices.{module}; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
