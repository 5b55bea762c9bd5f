"""The benchmark of databases reads the same prices from each of them."""

from __future__ import annotations

import pytest

from benchmarks import databases


@pytest.mark.slow
@pytest.mark.needs_postgres
def test_all_sources_give_the_same_prices(capfd, postgres):
    assert databases.main(["--rows", "20000", "--postgres", postgres.url("")]) == 0
    printed = capfd.readouterr().out
    for name in ("Parquet", "SQLite", "PostgreSQL"):
        assert name in printed
    assert printed.count("8,952 prices") == 3
