"""A database with WRDS's tables, which the package finds by the environment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode puts no folder of tests on it
import wrds_rows
import wrds_years


@pytest.fixture(scope="session")
def wrds_server(postgres: Any) -> str:
    """The address of a database of its own at the server of the session."""
    import psycopg

    with psycopg.connect(postgres.url(""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE wrds")
    url = postgres.url("").removesuffix("postgres") + "wrds"
    with psycopg.connect(url) as connection:
        connection.execute(wrds_rows.TABLES)
        for table, values in (*wrds_rows.inserts(), *wrds_years.inserts()):
            marks = ", ".join(["%s"] * len(values[0]))
            connection.cursor().executemany(f"INSERT INTO {table} VALUES ({marks})", values)
    return url


@pytest.fixture
def wrds(wrds_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EVENTSTUDY_WRDS_URL", wrds_server)
    for name in ("EVENTSTUDY_WRDS_TABLES", "EVENTSTUDY_WRDS_SHARES"):
        monkeypatch.delenv(name, raising=False)
    return wrds_server
