"""Prices from databases: the same as from a file, no more than is asked for, nothing executed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import DataMissingError, EventStudyError, InputError, NetworkError
from eventstudy.prices.sources.sql.engine import open_engine, read_only
from eventstudy.prices.sources.sql.source import SqlSource
from eventstudy.prices.sources.sql.url import (
    is_database,
    public_url,
    read_address,
    safe_text,
    safe_url,
)

TICKERS = ["NVDA", "MSFT", "^GSPC"]
SECRETS = [
    "postgresql://ann:hunter2@host/db?table=p",
    "postgresql://ann:hun/ter2@host:5432/db?table=p",
    "postgresql://ann:hun?hunter2@host/db?table=p",
    "postgresql://ann:x@hunter2@host/db",
    "postgresql://ann:hunter2",
    "postgresql://host/db?password=hunter2&table=p",
    "postgres://host/db?options=hunter2",
    "duckdb:///md:db?motherduck_token=hunter2",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dhunter2",
    "databricks://token:hunter2@host?http_path=x",
]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Closes and adjusted closes of three tickers, a row a ticker and day."""
    prices = es.load_prices("bundled", tickers=TICKERS, start="2024-06-03", end="2025-01-31")
    long = prices.close.melt(ignore_index=False, var_name="ticker", value_name="close")
    long["adj_close"] = prices.adj_close.melt()["value"].to_numpy()
    return long.reset_index(names="date").dropna()


@pytest.fixture
def sqlite(tmp_path: Path, frame: pd.DataFrame) -> Path:
    place = tmp_path / "p.db"
    with sqlite3.connect(place) as connection:
        frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")).to_sql(
            "prices", connection, index=False
        )
    connection.close()
    return place


@pytest.fixture(scope="session")
def rows(postgres) -> Callable[..., None]:
    """Make a table of a frame on the server."""
    from sqlalchemy import Date, text

    def fill(frame: pd.DataFrame, name: str, schema: str | None = None) -> None:
        engine = open_engine(postgres.url(""))
        with engine.begin() as connection:
            if schema:
                connection.execute(text(f'create schema if not exists "{schema}"'))
            days = {column: Date() for column in frame if column.lower() == "date"}
            frame.to_sql(name, connection, schema=schema, index=False, dtype=days)

    return fill


def asked_of(log: Path, mark: str) -> list[str]:
    """The statements that the server took after a mark."""
    text = log.read_text("utf-8").rsplit(mark, 1)[1]
    return re.findall(r"(?:statement|execute [^:]*): (.*?)(?=\n\d{4}-\d\d-\d\d )", text, re.S)


def same(one: es.Prices, other: es.Prices) -> None:
    pd.testing.assert_frame_equal(one.close, other.close, check_exact=True)
    pd.testing.assert_frame_equal(one.adj_close, other.adj_close, check_exact=True)
    assert (one.flags, one.benchmarks) == (other.flags, other.benchmarks)


class TestAddresses:
    @pytest.mark.parametrize("url", SECRETS)
    def test_no_way_of_showing_one_has_the_secret(self, url):
        shown = [safe_url(url), public_url(url), repr(SqlSource(url)), safe_text(f"In '{url}'.")]
        assert not any("hunter2" in text or "hun" in text for text in shown)
        assert "ann" not in public_url(url) or "@" not in url
        address = read_address(url)
        assert "hun" not in repr(address) + address.place

    @pytest.mark.parametrize("url", [*SECRETS[:7], *SECRETS[8:], "nosuch://ann:hunter2@host/db"])
    def test_no_error_of_opening_one_has_the_secret(self, url):
        here = url.replace("@host", "@127.0.0.1:1").replace("//host", "//127.0.0.1:1")
        with pytest.raises(EventStudyError) as caught, read_only(open_engine(here)):
            pass
        error = caught.value
        assert "hun" not in f"{error} {error!r} {error.args}"
        assert error.__context__ is None
        assert error.__cause__ is None
        assert "\n" not in str(error)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("postgresql://h/d", True),
            ("mysql+pymysql://h/d", True),
            ("https://host/p.csv", False),
            ("prices.csv", False),
            (r"C:\p.csv", False),
        ],
    )
    def test_they_are_told_from_paths(self, text, told):
        assert is_database(text) is told

    def test_an_address_of_the_web_is_refused_without_its_secret(self):
        with pytest.raises(InputError) as caught:
            es.load_prices("https://ann:hunter2@host.example/p.csv")
        assert "hunter2" not in str(caught.value)
        assert "host.example" in str(caught.value)

    def test_a_password_may_stand_in_the_environment(self, monkeypatch):
        monkeypatch.setenv("EVENTSTUDY_SQL_PASSWORD", "a/b@c:d?e")
        assert open_engine("postgresql://ann@host/db").url.password == "a/b@c:d?e"
        assert open_engine("postgresql://ann:own@host/db").url.password == "own"
        assert open_engine("postgresql://host/db").url.password is None

    def test_offline_reaches_no_other_machine(self):
        with pytest.raises(InputError, match="offline"):
            es.load_prices("postgresql://ann:pw@db.example/d?table=p", offline=True)


class TestFilesOfDatabases:
    def test_they_are_what_a_csv_file_is(self, sqlite, frame, tmp_path):
        frame.to_csv(tmp_path / "p.csv", index=False)
        own = es.load_prices(f"sqlite:///{sqlite}?table=prices")
        same(own, es.load_prices(tmp_path / "p.csv"))
        again = es.load_prices(f"sqlite:///{sqlite}?table=prices")
        assert own.provenance == again.provenance
        assert len(own.provenance.sha256) == 64

    def test_duckdb_is_read_too(self, tmp_path, frame):
        import duckdb

        with duckdb.connect(str(tmp_path / "p.duckdb")) as connection:
            connection.register("f", frame)
            connection.execute("create schema fin; create table fin.prices as select * from f")
        prices = es.load_prices(
            f"duckdb:///{tmp_path}/p.duckdb?table=fin.prices", tickers="NVDA", start="2025-01-02"
        )
        want = frame[(frame["ticker"] == "NVDA") & (frame["date"] >= "2025-01-02")]
        assert prices.close["NVDA"].tolist() == want["close"].tolist()

    def test_a_wide_table_gives_the_columns_asked_for(self, tmp_path, frame):
        wide = frame.pivot(index="date", columns="ticker", values="close").reset_index()  # noqa: PD010
        with sqlite3.connect(tmp_path / "w.db") as connection:
            wide.assign(date=wide["date"].dt.strftime("%Y%m%d")).to_sql(
                "w", connection, index=False
            )
        connection.close()
        url = f"sqlite:///{tmp_path}/w.db?table=w"
        prices = es.load_prices(url, tickers="^GSPC,NVDA", start="2025-01-02", end="2025-01-10")
        assert prices.tickers == ("^GSPC", "NVDA")
        want = wide.set_index("date").loc["2025-01-02":"2025-01-10", "NVDA"]
        assert prices.close["NVDA"].tolist() == want.tolist()
        with pytest.raises(DataMissingError, match="AMD"):
            es.load_prices(url, tickers="AMD")

    def test_a_query_with_colons_percents_and_a_comment(self, sqlite, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("q.sql").write_text(
            "select date as day, ticker as symbol, close * 2 as price from prices\n"
            "where ticker not like ':x%' and close % 1 < 2 and ticker <> '10:30' -- all of it;\n;\n"
        )
        prices = es.load_prices(f"sqlite:///{sqlite}?query=q.sql", tickers="NVDA")
        plain = es.load_prices(f"sqlite:///{sqlite}?table=prices", tickers="NVDA")
        assert prices.close["NVDA"].tolist() == (2 * plain.close["NVDA"]).tolist()
        assert "q.sql" in prices.provenance.description
        assert re.search(r"[0-9a-f]{64}", prices.provenance.note)

    def test_identifiers_keep_the_rows_of_earlier_names(self, tmp_path):
        """As in a file of CRSP: the last ticker of a PERMNO names all its rows."""
        days = pd.bdate_range("2024-01-02", periods=40).strftime("%Y-%m-%d")
        old = [(1, day, "FB" if at < 20 else "META", 100.0 + at) for at, day in enumerate(days)]
        other = [(2, day, "IBM", 50.0 + at) for at, day in enumerate(days)]
        table = pd.DataFrame([*old, *other], columns=["permno", "date", "ticker", "prc"])
        table["ret"] = table.groupby("permno")["prc"].pct_change()
        with sqlite3.connect(tmp_path / "c.db") as connection:
            table.to_sql("dsf", connection, index=False)
        connection.close()
        table.to_csv(tmp_path / "c.csv", index=False)
        own = es.load_prices(f"sqlite:///{tmp_path}/c.db?table=dsf", tickers="META")
        same(own, es.load_prices(tmp_path / "c.csv", tickers="META"))
        assert len(own.close.dropna()) > 30

    @pytest.mark.parametrize(
        ("date", "ticker"),
        [
            ("case when date < '2025-01-01' then date else replace(date, '-', '') end", "ticker"),
            ("case when date < '2025-01-01' then replace(date, '-', '') else date end", "ticker"),
            ("cast(replace(date, '-', '') as int)", "ticker"),
            (
                "case when date >= '2025-01-01' then date"
                " else cast(replace(date, '-', '') as int) end",
                "ticker",
            ),
            ("' ' || date", "ticker"),
            ("date", "case ticker when 'NVDA' then 'NVDA US Equity' else ticker end"),
            ("date", "' ' || ticker"),
        ],
    )
    def test_no_row_is_lost_that_the_first_rows_do_not_look_like(
        self, sqlite, frame, tmp_path, date, ticker
    ):
        """As many days as the file has, in whatever form and spelling later rows have them."""
        with sqlite3.connect(sqlite) as connection:
            connection.execute(
                f"create table odd as select {date} as date, {ticker} as ticker, close, adj_close "
                "from prices order by ticker = 'NVDA', prices.date"
            )
        connection.close()
        frame.to_csv(tmp_path / "p.csv", index=False)
        asked = {"tickers": TICKERS, "start": "2024-12-02", "end": "2025-01-15"}
        url = f"sqlite:///{sqlite}?table=odd"
        same(es.load_prices(url, **asked), es.load_prices(tmp_path / "p.csv", **asked))

    @pytest.mark.parametrize("date", ["2025-01-01", "2000-01-01"])
    def test_other_capitals_are_named_and_no_rows_lost(self, sqlite, date):
        with sqlite3.connect(sqlite) as connection:
            connection.execute(
                f"create table odd as select date, close, case when date < '{date}' then ticker "
                "else lower(ticker) end as ticker from prices order by date"
            )
        connection.close()
        with pytest.raises(EventStudyError) as caught:
            es.load_prices(f"sqlite:///{sqlite}?table=odd", tickers="NVDA", start="2024-12-02")
        assert "nvda" in str(caught.value)

    def test_wrong_rows_are_refused_as_those_of_a_file(self, sqlite):
        with sqlite3.connect(sqlite) as connection:
            connection.execute("update prices set close = -1 where rowid = 5")
        connection.close()
        with pytest.raises(InputError, match="not positive") as caught:
            es.load_prices(f"sqlite:///{sqlite}?table=prices")
        assert "NVDA" in str(caught.value)

    @pytest.mark.parametrize(
        ("rest", "fragment"),
        [
            ("", "table="),
            ("?table=", "table="),
            ("?table=prices&query=q.sql", "table and a query"),
            ("?table=absent", "table"),
            ("?query=nothing.sql", "nothing.sql"),
            ("?query=empty.sql", "empty.sql"),
            ("?query=wrong.sql", "query"),
            ("?query=write.sql", "query"),
        ],
    )
    def test_what_is_missing_is_one_sentence(self, sqlite, tmp_path, monkeypatch, rest, fragment):
        monkeypatch.chdir(tmp_path)
        Path("empty.sql").write_text(" ;\n")
        Path("wrong.sql").write_text("selekt 1")
        Path("write.sql").write_text("delete from prices")
        with pytest.raises(InputError) as caught:
            es.load_prices(f"sqlite:///{sqlite}{rest}")
        assert fragment in str(caught.value)
        assert "\n" not in str(caught.value)
        with sqlite3.connect(sqlite) as connection:
            (count,) = connection.execute("select count(*) from prices").fetchone()
        connection.close()
        assert count > 400

    def test_duckdb_fetches_nothing_for_a_file_of_another_kind(self, sqlite):
        pytest.importorskip("duckdb_engine")
        from sqlalchemy import text

        with pytest.raises(InputError, match="not a readable database"):
            es.load_prices(f"duckdb:///{sqlite}?table=prices", tickers="NVDA")
        import duckdb

        own = sqlite.with_name("own.duckdb")
        duckdb.connect(str(own)).close()
        with read_only(open_engine(f"duckdb:///{own}")) as connection:
            setting = text("select current_setting('autoinstall_known_extensions')")
            assert connection.execute(setting).scalar() is False

    def test_no_empty_database_is_made(self, tmp_path):
        with pytest.raises(InputError, match=r"none\.db"):
            es.load_prices(f"sqlite:///{tmp_path}/none.db?table=prices")
        assert not (tmp_path / "none.db").exists()

    @pytest.mark.parametrize(
        "name", ['prices"; drop table prices; --', "prices; drop table prices"]
    )
    def test_names_are_never_sql(self, sqlite, name):
        url = f"sqlite:///{sqlite}"
        with pytest.raises(InputError):
            es.load_prices(f"{url}?table={name}")
        with pytest.raises(DataMissingError):
            es.load_prices(f"{url}?table=prices", tickers=["x') or 1=1; drop table prices; --"])
        assert len(es.load_prices(f"{url}?table=prices").tickers) == 3

    def test_a_transaction_writes_nothing(self, sqlite):
        from sqlalchemy import text

        engine = open_engine(f"sqlite:///{sqlite}")
        with pytest.raises(InputError), read_only(engine) as connection:
            connection.execute(text("delete from prices"))

    def test_beside_files_the_first_source_counts(self, sqlite, frame, tmp_path):
        frame[frame["ticker"] == "NVDA"].assign(close=1.0, adj_close=1.0).to_csv(
            tmp_path / "own.csv", index=False
        )
        both = es.load_prices(
            [tmp_path / "own.csv", f"sqlite:///{sqlite}?table=prices"], tickers="NVDA,MSFT"
        )
        assert (both.close["NVDA"] == 1).all()
        assert both.close["MSFT"].iloc[-1] > 1


@pytest.mark.needs_postgres
class TestPostgres:
    def test_it_is_asked_for_the_rows_needed_and_no_others(self, postgres, rows, frame, tmp_path):
        rows(frame, "prices")
        frame.to_parquet(tmp_path / "p.parquet")
        mark = f"mark {tmp_path.name}"
        _say(postgres, mark)
        span = {"start": "2024-12-02", "end": "2025-01-15"}
        asked = {"tickers": "^GSPC,NVDA", **span}
        own = es.load_prices(postgres.url("?table=prices"), **asked)
        same(own, es.load_prices(tmp_path / "p.parquet", **asked))
        said = postgres.log.read_text("utf-8").rsplit(mark, 1)[1]
        assert "READ ONLY" in said
        wanted = [each for each in asked_of(postgres.log, mark) if "array_agg" in each]
        assert len(wanted) == 1
        assert "adj_close" in wanted[0]
        assert "MSFT" not in said
        assert "'2024-12-02'" in said
        assert "'2025-01-15'" in said

    def test_a_schema_and_names_of_capitals(self, postgres, rows, frame):
        renamed = frame.rename(columns={"date": "Date", "ticker": "Ticker", "close": "Close"})
        rows(renamed, "Daily Prices", "Fin")
        prices = es.load_prices(postgres.url("?table=Fin.Daily%20Prices"), tickers="MSFT")
        assert prices.close["MSFT"].notna().all()

    def test_types_of_columns(self, postgres, rows, frame, tmp_path):
        """Days as stamps with a zone, figures as numeric, names padded: as the file has them."""
        rows(frame, "plain")
        Path(tmp_path / "q.sql").write_text(
            "select date::timestamp at time zone 'UTC' + interval '15 hours' as date, "
            "ticker::char(9) as ticker, close::numeric as close, adj_close from plain"
        )
        url = postgres.url(f"?query={tmp_path}/q.sql")
        frame.to_csv(tmp_path / "p.csv", index=False)
        asked = {"tickers": TICKERS, "start": "2024-12-02", "end": "2025-01-15"}
        same(es.load_prices(url, **asked), es.load_prices(tmp_path / "p.csv", **asked))

    def test_types_that_drivers_do_not_know_in_lists(self, postgres, rows, frame, tmp_path):
        """Domains, an enumeration, and days as numbers without a fraction."""
        from sqlalchemy import text

        rows(frame, "usual")
        with open_engine(postgres.url("")).begin() as connection:
            connection.execute(text("create domain price as double precision"))
            connection.execute(text("create type symbol as enum ('NVDA', 'MSFT', '^GSPC')"))
            connection.execute(
                text(
                    "create table odd as select to_char(date, 'YYYYMMDD')::numeric as date, "
                    "ticker::symbol as ticker, close::price as close, "
                    "adj_close::price as adj_close from usual"
                )
            )
        frame.to_csv(tmp_path / "p.csv", index=False)
        asked = {"tickers": TICKERS, "start": "2024-12-02", "end": "2025-01-15"}
        url = postgres.url("?table=odd")
        same(es.load_prices(url, **asked), es.load_prices(tmp_path / "p.csv", **asked))

    def test_a_day_that_python_has_not_is_named(self, postgres, rows, frame, tmp_path):
        rows(frame, "ancient")
        (tmp_path / "q.sql").write_text(
            "select date '0044-03-15 BC' as date, ticker, close from ancient"
        )
        with pytest.raises(InputError, match="before the year 1"):
            es.load_prices(postgres.url(f"?query={tmp_path}/q.sql"), tickers="NVDA")

    @pytest.mark.parametrize(
        ("change", "error", "fragment"),
        [
            ({"password": "wrong-hunter2"}, NetworkError, "password"),
            ({"port": 1}, NetworkError, "reached"),
            ({"user": "nobody"}, NetworkError, "user"),
            ({"rest": "?table=nothing"}, InputError, "table"),
            ({"rest": "?table=no.thing"}, InputError, "table"),
            ({"database": "nothing"}, InputError, "database"),
        ],
    )
    def test_refusals_hold_no_secret(self, postgres, change, error, fragment):
        url = postgres.url(change.get("rest", "?table=prices"), change.get("password"))
        if "port" in change:
            url = url.replace(f":{postgres.port}/", ":1/")
        url = url.replace("reader:", f"{change.get('user', 'reader')}:")
        url = url.replace("/postgres?", f"/{change.get('database', 'postgres')}?")
        with pytest.raises(error, match=fragment) as caught:
            es.load_prices(url)
        told = f"{caught.value} {caught.value!r}"
        assert not any(secret in told for secret in ("hunter2", "Q9zx86tk", "p%2Fw", "p/w@rd"))
        assert caught.value.__context__ is None

    def test_the_password_of_libpq(self, postgres, rows, frame, monkeypatch):
        from urllib.parse import unquote

        rows(frame, "by_environment")
        monkeypatch.setenv("PGPASSWORD", unquote(postgres.password))
        url = postgres.url("?table=by_environment").replace(f":{postgres.password}@", "@")
        assert es.load_prices(url, tickers="NVDA").tickers == ("NVDA",)

    def test_a_query_that_writes_is_refused(self, postgres, rows, frame, tmp_path):
        rows(frame, "kept")
        (tmp_path / "q.sql").write_text(
            "select 1) as x; drop table kept; select * from (select date, ticker, close from kept"
        )
        with pytest.raises(InputError):
            es.load_prices(postgres.url(f"?query={tmp_path}/q.sql"))
        engine = open_engine(postgres.url(""))
        from sqlalchemy import text

        with pytest.raises(InputError, match="only selects"), read_only(engine) as connection:
            connection.execute(
                text("delete from kept"), execution_options={"stream_results": False}
            )
        assert len(es.load_prices(postgres.url("?table=kept")).tickers) == 3


def _say(postgres, words: str) -> None:
    """Leave a mark in the server's log."""
    from sqlalchemy import text

    with open_engine(postgres.url("")).connect() as connection:
        connection.execute(text(f"select '{words}'"))
