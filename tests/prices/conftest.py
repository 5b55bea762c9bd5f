"""A Yahoo on loopback, for this process and for others."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SERVER = Path(__file__).parent / "yahoo_server"
sys.path.insert(0, str(SERVER))

from loopback import Loopback, variables  # noqa: E402

Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def yahoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Environment and yfinance of this process turned to a fresh loopback server."""
    with Loopback() as server:
        for name, value in variables(server, tmp_path).items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def here(yahoo: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    """The server for yfinance in this process, with nothing remembered from another test."""
    import yfinance
    from curl_cffi.requests import Session
    from yfinance import base, cache

    sys.path.insert(0, str(SERVER / "site"))
    try:
        sys.modules.pop("sitecustomize", None)
        from sitecustomize import rewritten
    finally:
        sys.path.remove(str(SERVER / "site"))
    ask = Session.request

    def request(self: Any, method: Any, url: str, **options: Any) -> Any:
        return ask(self, method, rewritten(url, yahoo.base), **options)

    monkeypatch.setattr(Session, "request", request)
    monkeypatch.setattr(cache._TzCacheManager, "_tz_cache", None)
    monkeypatch.setattr(cache._CookieCacheManager, "_Cookie_cache", None)
    monkeypatch.setattr(base, "_tz_info_fetch_ctr", 0)
    yfinance.set_tz_cache_location(str(tmp_path / "tz"))
    forget_yahoo()
    return yahoo


def forget_yahoo() -> None:
    """Let yfinance know as little as in a process that has just begun."""
    from yfinance.data import SingletonMeta, YfData

    from eventstudy.prices.sources.yahoo_session import judging_session

    SingletonMeta._instances.clear()
    YfData.cache_get.cache_clear()
    judging_session.cache_clear()


@pytest.fixture(params=["here", pytest.param("process", marks=pytest.mark.slow)])
def shell(request: pytest.FixtureRequest) -> Shell:
    """`eventstudy` in this process; among the slow tests as a process of its own."""
    return request.getfixturevalue(f"shell_{request.param}")


@pytest.fixture
def shell_here(
    here: Loopback, call: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            forget_yahoo()
            patch.setattr(here, "base", more.get("YAHOO_LOOPBACK", here.base))
            answer = call(*words)
        return subprocess.CompletedProcess(words, answer.code, answer.out, answer.err)

    return run


@pytest.fixture
def shell_process(yahoo: Loopback, tmp_path: Path) -> Shell:
    def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", "from eventstudy.cli.app import main; main()", *words]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **more},
            timeout=600,
        )

    return run
