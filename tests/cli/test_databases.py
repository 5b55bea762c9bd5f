"""Databases on the command line: a password is written and printed nowhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.prices.sources.sql.engine import open_engine

pytestmark = pytest.mark.needs_postgres

LIST = "event_id,date,ticker\n" + "".join(
    f"e{at},2024-{at % 9 + 3:02d}-1{at % 5},{ticker}\n"
    for at, ticker in enumerate(["NVDA", "MSFT", "AMD", "GOOGL", "META", "AVGO"] * 2)
)


@pytest.fixture(scope="module")
def address(postgres) -> str:
    """The sample's prices in a table, and the address of it with the password."""
    prices = es.load_prices("bundled")
    long = prices.close.melt(ignore_index=False, value_name="close").reset_index().dropna()
    from sqlalchemy import Date

    with open_engine(postgres.url("")).begin() as connection:
        long.to_sql("sample", connection, index=False, dtype={"date": Date()})
    return postgres.url("?table=sample")


@pytest.fixture
def secrets(postgres) -> tuple[str, ...]:
    return postgres.password, unquote(postgres.password), postgres.password.rpartition("-")[2]


def texts(place: Path) -> Iterator[bytes]:
    """The bytes of a file, of what is packed in it, and the words of a PDF."""
    raw = place.read_bytes()
    yield raw
    if raw.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    if raw.startswith(b"%PDF"):
        import pymupdf

        with pymupdf.open(place) as document:
            yield from (page.get_text().encode() for page in document)
            yield str(document.metadata).encode()


def leaks(folder: Path, secrets: tuple[str, ...]) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file()
        for text in texts(path)
        if any(secret.encode() in text for secret in secrets)
    ]


@pytest.mark.slow
def test_a_run_has_the_figures_of_a_file_and_no_password(call, folder, address, secrets):
    Path("list.csv").write_text(LIST)
    prices = es.load_prices("bundled")
    prices.close.melt(ignore_index=False, value_name="close").reset_index().dropna().to_parquet(
        "sample.parquet"
    )
    run = ("run", "--events", "list.csv", "--no-progress", "--source")
    file = call(*run, "sample.parquet", "--out", "two")
    answer = call(*run, address, "-v", "--format", "pdf,html,xlsx", "--out", "one")
    resumed = call(*run, address, "--json", "--resume", "--out", "one", "--format", "pdf,html,xlsx")
    assert all(each.code in (0, 5) for each in (file, answer, resumed)), answer.err
    one, two = (folder / place / "list" for place in ("one", "two"))
    assert (one / "results.json").read_bytes() == (two / "results.json").read_bytes()
    tables = sorted(path.name for path in (one / "tables").iterdir())
    assert len(tables) > 3
    for name in tables:
        assert (one / "tables" / name).read_bytes() == (two / "tables" / name).read_bytes(), name
    assert len([path for path in one.rglob("*") if path.is_file()]) > 15
    assert leaks(folder, secrets) == []
    printed = "".join((answer.out, answer.err, resumed.out, resumed.err))
    assert not any(secret in printed for secret in secrets)
    manifest = (one / "manifest.json").read_text("utf-8")
    assert "table=sample" in manifest
    assert "reader" not in manifest


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
def test_refusals_print_no_password(call, folder, address, secrets, postgres, debug):
    attempts = [
        (address.replace("sample", "absent"), 2),
        (address.replace("/postgres?", "/nowhere?"), 2),
        (address.replace(f":{postgres.port}/", ":1/"), 4),
        (address.replace("reader:", "nobody:"), 4),
        (address.replace("p%2F", "q%2F"), 4),
        (address.replace("%40", "@"), 2),
        (address.replace("?table=sample", ""), 2),
        (address.replace("postgresql:", "https:"), 2),
    ]
    hidden = (*secrets, "q%2Fw", "q/w@rd", "Q9zx86tk")
    for source, code in attempts:
        answer = call(*debug, "prices", "fetch", "NVDA", "--source", source)
        assert answer.code == code, (source, answer.err)
        assert "Error: " in answer.err
        assert not any(secret in answer.out + answer.err for secret in hidden), answer.err
    mistyped = call(*debug, "run", address)
    assert mistyped.code == 2
    assert not any(secret in mistyped.out + mistyped.err for secret in hidden)


def test_settings_are_shown_without_it(call, folder, address, secrets, monkeypatch):
    Path("eventstudy.toml").write_text(f'[prices.fetch]\nsource = ["{address}"]\n')
    monkeypatch.setenv("EVENTSTUDY_RUN_SOURCE", address)
    for args in (("doctor",), ("doctor", "--json"), ("prices", "fetch", "--help")):
        answer = call(*args)
        assert not any(secret in answer.out + answer.err for secret in secrets), answer
    assert "table=sample" in call("doctor", "--json").out
    fetched = call("prices", "fetch", "NVDA", "--start", "2025-01-02")
    assert fetched.code == 0, fetched.err
    Path("list.csv").write_text(LIST)
    ran = call("run", "--events", "list.csv", "-v", "--out", "out")
    assert ran.code in (0, 5), ran.err
    assert "EVENTSTUDY_RUN_SOURCE" in ran.err
    assert not any(secret in ran.out + ran.err for secret in secrets)
    Path("eventstudy.toml").write_text(
        f'[prices.fetch]\nsource = "{address}"\noffline = "{address}"\n'
    )
    refused = call("prices", "fetch", "NVDA")
    assert refused.code == 2
    assert not any(secret in refused.out + refused.err for secret in secrets)


def test_saved_results_hold_no_password(folder, address, secrets):
    prices = es.load_prices(address)
    events = pd.DataFrame({"event_id": "a", "date": ["2025-01-27"], "ticker": "NVDA"})
    result = es.EventStudy().run(events, prices)
    result.save("saved")
    assert leaks(folder, secrets) == []
    shown = f"{prices!r} {prices} {prices.provenance} {result!r}"
    assert not any(secret in shown for secret in secrets)


def test_a_plan_holds_none_and_is_run_with_that_of_the_environment(
    call, folder, address, secrets, monkeypatch
):
    made = call(
        *("plan", "NVDA", "--date", "2025-01-27", "--expect", "NVDA falls 0,0"),
        *("--source", address, "--as-of", "2025-01-20", "--out", "plan.toml"),
    )
    assert made.code == 0, made.err
    assert leaks(folder, secrets) == []
    assert "postgresql://reader@" in Path("plan.toml").read_text("utf-8")
    again = call("run", "--plan", "plan.toml", "--no-report", "--source", address)
    monkeypatch.setenv("EVENTSTUDY_SQL_PASSWORD", secrets[1])
    ran = call("run", "--plan", "plan.toml", "--no-report")
    for answer in (again, ran):
        assert answer.code == 0, answer.err
        assert "eviations from the plan:" not in answer.out
        assert not any(secret in answer.out + answer.err for secret in secrets)


def test_an_address_in_the_wrong_place_is_printed_without_it(call, folder, address, secrets):
    words = f"host=127.0.0.1 user=reader password={secrets[1]}"
    for args in (
        ("run", "--events", address),
        ("run", "--plan", address),
        ("events", "from-csv", address),
        ("run", "NVDA", "--date", "2025-01-27", "--offline", "--benchmark", address),
        ("run", "NVDA", "--date", "2025-01-27", "--source", address.replace("://", ":/")),
        ("run", "NVDA", "--date", "2025-01-27", "--source", address.replace("://", ":")),
        ("run", "NVDA", "--date", "2025-01-27", "--source", words),
    ):
        answer = call(*args)
        assert answer.code in (2, 3), (args, answer)
        assert not any(secret in answer.out + answer.err for secret in secrets), answer.err
