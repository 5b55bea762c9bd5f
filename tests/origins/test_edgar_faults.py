"""What goes wrong at EDGAR is one sentence with its exit code, and the identity goes nowhere else."""

from __future__ import annotations

import email.utils
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from edgar_server import WHO, Answer, StandIn

from eventstudy.cli import identity as identities
from eventstudy.cli.config import Settings
from eventstudy.errors import InputError
from eventstudy.origins import edgar_site
from eventstudy.origins.edgar_site import EdgarSite

Here = Callable[..., Any]
ASKED = ("events", "from-edgar", "NVDA", "--items", "2.02")
TOO_FAST = b"<html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>"
UNDECLARED = b"<html><h1>Your Request Originates from an Undeclared Automated Tool</h1></html>"
LIST = "/submissions/CIK0001045810.json"


def one_sentence(answer: Any, code: int) -> str:
    assert answer.code == code, answer.err
    assert answer.out == ""
    assert answer.err.count("Error: ") == 1
    assert "Traceback" not in answer.err
    return str(answer.said)


def always(answer: Answer, where: str = "") -> Callable[[str], Answer | None]:
    return lambda path: answer if where in path else None


def first_times(times: int, answer: Answer) -> Callable[[str], Answer | None]:
    left = [answer] * times

    def mood(path: str) -> Answer | None:
        return left.pop() if left else None

    return mood


@pytest.mark.parametrize(
    "refusal",
    [
        (429, b"slow down", {"Retry-After": "0"}),
        (403, TOO_FAST, {}),
        (200, TOO_FAST, {}),
        (503, b"down", {}),
    ],
    ids=["429", "403", "200 with the page of refusal", "503"],
)
def test_a_refusal_that_passes_is_waited_for(here: Here, edgar: StandIn, refusal: Answer) -> None:
    edgar.moods = [first_times(2, refusal)]
    answer = here(*ASKED)
    assert answer.code == 0, answer.err
    assert answer.out.count("NVDA-20") == 4


@pytest.mark.parametrize("refusal", [(429, b"", {}), (403, TOO_FAST, {}), (500, b"", {})])
def test_a_refusal_that_stays_is_one_sentence(here: Here, edgar: StandIn, refusal: Answer) -> None:
    edgar.moods = [always(refusal)]
    assert str(refusal[0]) in one_sentence(here(*ASKED), 4)
    assert len(edgar.asked) == edgar_site.ATTEMPTS_AT_EDGAR


def test_a_long_wait_that_is_asked_for_is_said_and_not_waited(here: Here, edgar: StandIn) -> None:
    edgar.moods = [always((429, b"", {"Retry-After": "600"}))]
    began = time.monotonic()
    assert "600" in one_sentence(here(*ASKED), 4)
    assert time.monotonic() - began < 60
    assert len(edgar.asked) == 1


def test_an_undeclared_reader_is_told_of_the_identity_at_once(here: Here, edgar: StandIn) -> None:
    edgar.moods = [always((403, UNDECLARED, {}))]
    assert "identity" in one_sentence(here(*ASKED), 4)
    assert len(edgar.asked) == 1


@pytest.mark.parametrize(
    ("where", "body"),
    [
        (LIST, b"<!doctype html> sign in to the hotel network"),
        (LIST, b'{"name": "X", "filings": {"recent": {"form": ['),
        (LIST, b"null"),
        (LIST, b"[" * 100_000),
        (LIST, b"\xff\xfe{}"),
        (LIST, b'{"name": "X", "filings": {}}'),
        (LIST, b'{"filings": {"recent": {"form": ["8-K"]}}}'),
        (
            LIST,
            b'{"filings": {"recent": {"form": ["8-K"], "accessionNumber": ["../../etc"], '
            b'"filingDate": ["2024-05-22"], "acceptanceDateTime": [""]}}}',
        ),
        (
            LIST,
            b'{"filings": {"recent": {"form": ["8-K", "8-K"], "accessionNumber": [], '
            b'"filingDate": [], "acceptanceDateTime": []}}}',
        ),
        (
            LIST,
            b'{"filings": {"recent": {"form": [], "accessionNumber": [], "filingDate": [], '
            b'"acceptanceDateTime": []}, "files": [{"name": "http://elsewhere", '
            b'"filingFrom": "2019-01-01", "filingTo": "2019-01-02"}]}}',
        ),
        ("company_tickers", b"<html></html>"),
        ("company_tickers", b'{"0": {"ticker": "NVDA"}}'),
        ("company_tickers", b"[1, 2]"),
        ("company_tickers", b"{}"),
        ("company_tickers", b'{"0": {"ticker": "NVDA", "cik_str": 1e999, "title": "X"}}'),
        (LIST, b'{"cik": 1e999, "filings": {"recent": {}}}'),
        ("submissions-001", b"<html></html>"),
    ],
)
def test_an_answer_of_another_form_is_one_sentence(
    here: Here, edgar: StandIn, where: str, body: bytes
) -> None:
    edgar.moods = [always((200, body, {}), where)]
    assert "not understood" in one_sentence(here(*ASKED), 4)


def test_unknown_names_and_empty_answers_are_one_sentence(here: Here, edgar: StandIn) -> None:
    assert "NVDA" in one_sentence(here("events", "from-edgar", "NVDX"), 3)
    assert "2.02" in one_sentence(here(*ASKED, "--since", "2025-04"), 3)
    assert "10-Q (1)" in one_sentence(here("events", "from-edgar", "NVDA", "--form", "8K"), 3)
    assert "77" in one_sentence(here("events", "from-edgar", "OLD=77"), 3)


@pytest.mark.parametrize(
    "options",
    [
        ("--items", "2.99"),
        ("--items", "2.02", "--form", "10-Q"),
        ("--since", "yesterday"),
        ("--since", "2024", "--until", "2023"),
        ("--since", "2024-13"),
        ("--out", "events.xlsx"),
        ("--out", "nowhere/events.csv"),
        ("--form", ","),
        ("--identity", "Jane Doe"),
        ("--identity", "jane@example.org"),
        ("--identity", "Jané jane@example.org"),
    ],
)
def test_wrong_options_ask_for_nothing(
    here: Here, edgar: StandIn, options: tuple[str, ...]
) -> None:
    one_sentence(here("events", "from-edgar", "NVDA", *options), 2)
    assert not edgar.asked


def test_no_connection_is_one_sentence(
    here: Here, edgar: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edgar_site, "WWW", "http://127.0.0.1:9")
    assert "cannot be reached" in one_sentence(here(*ASKED), 4)


def of_pages(edgar: StandIn) -> list[str]:
    return [path for path, _ in edgar.asked if "-index.htm" in path]


def test_a_refused_command_goes_on_where_it_stopped(
    here: Here, edgar: StandIn, tmp_path: Path
) -> None:
    edgar.moods = [always((429, b"", {"Retry-After": "600"}), "0001045810-24-000004-index")]
    one_sentence(here(*ASKED), 4)
    read = of_pages(edgar)[:-1]
    assert len(read) == 2
    edgar.moods, edgar.asked[:] = [], []
    answer = here(*ASKED)
    assert answer.code == 0
    assert not set(read) & set(of_pages(edgar))
    edgar.asked.clear()
    again = here(*ASKED)
    assert again.out == answer.out
    assert not of_pages(edgar)
    (place,) = tmp_path.rglob("CIK0001045810.json")
    for damage in ("", "[]", '{"0001045810-24-000004": "yesterday"}', place.read_text()[:-9]):
        place.write_text(damage)
        assert here(*ASKED).out == answer.out


def test_the_filings_of_another_company_are_not_taken(here: Here, edgar: StandIn) -> None:
    wrong = edgar.pages[LIST].replace(b'"cik": "1045810"', b'"cik": "77"')
    edgar.moods = [always((200, wrong, {}), LIST)]
    assert "77" in one_sentence(here(*ASKED), 4)


def test_each_request_says_who_asks_and_no_redirect_is_followed(here: Here, edgar: StandIn) -> None:
    assert here(*ASKED).code == 0
    assert {who for _, who in edgar.asked} == {WHO}
    with StandIn() as elsewhere:
        edgar.moods = [always((302, b"", {"Location": f"{elsewhere.base}/take"}))]
        assert "302" in one_sentence(here(*ASKED), 4)
        assert not elsewhere.asked


def test_requests_keep_below_ten_a_second(edgar: StandIn) -> None:
    now = [0.0]
    starts: list[float] = []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    site = EdgarSite(WHO, edgar.base, edgar.base, sleep=sleep, clock=lambda: now[0])
    for _ in range(40):
        site.get(f"{edgar.base}/nothing", "nothing")
        starts.append(now[0])
    assert all(starts[at + 10] - starts[at] > 1 for at in range(len(starts) - 10))


def test_the_wait_that_is_asked_for_is_waited(edgar: StandIn) -> None:
    waited: list[float] = []
    in_an_hour = email.utils.formatdate(time.time() + 60, usegmt=True)
    for header, low, high in (("7", 7, 7), (in_an_hour, 30, 60)):
        edgar.moods = [first_times(1, (429, b"", {"Retry-After": header}))]
        waited.clear()
        site = EdgarSite(WHO, edgar.base, edgar.base, sleep=waited.append, clock=lambda: 0.0)
        assert site.get(f"{edgar.base}/files/company_tickers.json", "it")
        assert low <= max(waited) <= high


def test_the_identity_is_asked_for_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDGAR_IDENTITY", raising=False)
    place = tmp_path / "eventstudy.toml"
    place.write_text(
        '# mine\n[run]\nmodel = "market"   # kept\n\n[events.list]\ncalendar = "XNYS"\n'
    )
    questions = []
    monkeypatch.setattr("typer.prompt", lambda text, **_: questions.append(text) or f" {WHO} ")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert identities.edgar_identity("", Settings(place)) == WHO
    text = place.read_text()
    assert text.startswith('# mine\n[run]\nmodel = "market"   # kept\n')
    assert tomllib.loads(text)["events"] == {
        "list": {"calendar": "XNYS"},
        "from-edgar": {"identity": WHO},
    }
    assert len(questions) == 1


def test_a_kept_identity_is_used_and_the_environment_honoured(
    here: Here, edgar: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here(*ASKED).code == 0
    assert edgar.asked[-1][1] == WHO
    identities.keep_identity("Kept Person kept@example.org", tmp_path / "eventstudy.toml")
    assert here(*ASKED).code == 0
    assert edgar.asked[-1][1] == "Kept Person kept@example.org"
    assert here(*ASKED, "--identity", "Typed Person typed@example.org").code == 0
    assert edgar.asked[-1][1] == "Typed Person typed@example.org"


def test_without_a_terminal_nobody_is_asked(
    here: Here, edgar: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDGAR_IDENTITY")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert "EDGAR_IDENTITY" in one_sentence(here(*ASKED), 2)
    assert not edgar.asked
    with pytest.raises(InputError):
        identities.checked_identity("Jane\nDoe <jane>")
