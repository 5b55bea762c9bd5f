"""Wrong groups, claims, shares and configuration: one sentence a problem, outputs untouched."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cli_helpers import GOOD, events_csv

DEEP, LONG = "a = " + "[" * 5_000, "x" * 200_000

GROUP = '[groups.chips]\nlabel = "Chips"\nmembers = ["NVDA", "AMD"]\n'
GROUPS = {
    "no members": ("[groups.a]\nmembers = []\n", "[groups.a], members: it is empty"),
    "members are a number": ("[groups.a]\nmembers = 5\n", "members: 5 should be a list such as"),
    "a member is a number": ("[groups.a]\nmembers = [5]\n", "entry 1: 5 should be text in quotes"),
    "a member is nan": ("[groups.a]\nmembers = [nan]\n", "entry 1: nan should be text in quotes"),
    "nested": ('[groups.a]\nmembers = [["NVDA"]]\n', "['NVDA'] should be text in quotes"),
    "unknown key": (GROUP + 'colour = "red"\n', "[groups.chips], colour: it is not known"),
    "unknown table": (GROUP + "[other]\na = 1\n", "table [other]: it is not known"),
    "group twice": (GROUP + GROUP, "is not valid TOML: Cannot declare [groups.chips] twice"),
    "called like a ticker": (
        '[groups.NVDA]\nmembers = ["AMD", "NVDA"]\n',
        "the group NVDA is called like a ticker of the file",
    ),
    "called all": (
        '[groups.all]\nmembers = ["NVDA"]\n',
        "the group of every asset in a result",
    ),
    "without a name": ('[groups.""]\nmembers = ["NVDA"]\n', "a group's name has only letters"),
    "member twice": (
        '[groups.a]\nmembers = ["NVDA", "NVDA"]\n',
        "NVDA appears more than once",
    ),
    "member in two cases": ('[groups.a]\nmembers = ["NVDA", "nvda"]\n', "NVDA appears more"),
    "member with blanks": ('[groups.a]\nmembers = [" NVDA "]\n', "' NVDA ' is not a ticker"),
    "long member": (f'[groups.a]\nmembers = ["{LONG}"]\n', "(200,000 characters) is not a ticker"),
    "label is a number": ('[groups.a]\nlabel = 5\nmembers = ["A"]\n', "label: 5 should be text"),
    "label with a bell": (
        '[groups.a]\nlabel = "a\\u0007"\nmembers = ["A"]\n',
        "has the control character U+0007",
    ),
    "name is a number": (GROUP + "[names]\nNVDA = 5\n", "[names], NVDA: 5 should be text"),
    "empty name": (GROUP + '[names]\nNVDA = ""\n', "[names], NVDA: it is empty"),
    "group is no table": ("[groups]\na = true\n", "[groups.a]: True should be a table"),
    "groups are a list": ("groups = [1]\n", "table [groups]: [1] should be a table"),
    "no TOML": ("hello", "x.toml is not valid TOML: Expected '='"),
    "CSV": (GOOD, "x.toml is not valid TOML"),
    "nested without end": (DEEP, "x.toml is not valid TOML: its lists are nested too deeply"),
    "number without end": ("a = " + "9" * 5_000, "a number has too many digits"),
    "UTF-16": (GROUP.encode("utf-16"), "x.toml is UTF-16 text; save it as UTF-8."),
    "Latin-1": (GROUP.replace("Chips", "Müll").encode("latin-1"), "line 2 is not UTF-8 text"),
    "NUL": (GROUP.replace("Chips", "\0").encode(), "line 2 has the control character U+0000"),
    "web page": ("<html></html>", "x.toml is HTML or XML"),
    "JSON": ('{"groups": {}}', "x.toml is JSON"),
}

CLAIM = """[[claim]]
id = "a-b"
says = "It fell."
source = "A paper"
event = "good"
[[claim.part]]
measure = "raw_return"
of = ["NVDA"]
direction = "below"
threshold = -0.1
"""


def claim(old: str, new: str) -> str:
    assert old in CLAIM
    return CLAIM.replace(old, new)


CLAIMS = {
    "unknown key": (claim("says", 'colour = "x"\nsays'), "claim a-b, colour is not known"),
    "unknown event": (claim('"good"', '"nope"'), "No claim is about an event of this events file"),
    "unknown measure": (claim("raw_return", "alpha"), "part 1, measure: input should be"),
    "unknown direction": (claim("below", "under"), "part 1, direction: input should be"),
    "threshold of nan": (claim("-0.1", "nan"), "threshold: input should be a finite number"),
    "threshold of inf": (claim("-0.1", "inf"), "threshold: input should be a finite number"),
    "threshold of 1e400": (claim("-0.1", "1e400"), "threshold: input should be a finite number"),
    "threshold in words": (claim("-0.1", '"x"'), "threshold: input should be a valid number"),
    "threshold is a truth": (claim("-0.1", "true"), "threshold: input should be a valid number"),
    "threshold in per cent": (claim("-0.1", "-10"), "a return is a fraction: write -0.17"),
    "negative within": (CLAIM + "within = -1\n", "within: input should be greater than or equal"),
    "claim twice": (CLAIM + CLAIM, "the id a-b appears more than once"),
    "of is text": (claim('["NVDA"]', '"NVDA"'), "part 1, of should be a list in brackets"),
    "of is a number": (claim('["NVDA"]', "[1]"), "part 1, of: input should be a valid string"),
    "of is empty": (claim('["NVDA"]', "[]"), "of names nothing"),
    "window backwards": (CLAIM + "window = [5, 1]\n", "the window 5,1 ends before it starts"),
    "window in words": (CLAIM + 'window = "a"\n', "'a' is not a valid window"),
    "window of halves": (CLAIM + "window = [0.5, 1]\n", "[0.5, 1] is not a valid window"),
    "window of nan": (CLAIM + "window = [nan, 1]\n", "[nan, 1] is not a valid window"),
    "window of inf": (CLAIM + "window = [inf, inf]\n", "[inf, inf] is not a valid window"),
    "endless window": (CLAIM + "window = [0, 100000000000]\n", "further than 200,000 sessions"),
    "no part": (CLAIM.partition("[[claim.part]]")[0], "it has no [[claim.part]]"),
    "empty": ("", "it has no [[claim]]"),
    "single brackets": (
        CLAIM.replace("[[claim]]", "[claim]").replace("[[claim.part]]", "[claim.part]"),
        "should be a list in brackets",
    ),
    "id in capitals": (claim("a-b", "A B"), "has 2 to 61 small letters"),
    "long id": (claim("a-b", "a" * 9_000), "has 2 to 61 small letters"),
    "says nothing": (claim("It fell.", " "), "says is empty"),
    "says a control character": (claim("It fell.", "\\u001b[31m"), "the control character U+001B"),
    "event is a number": (claim('"good"', "5"), "event: input should be a valid string"),
    "nested without end": (DEEP, "nested too deeply"),
}

SHARES_OF = '[NVDA]\nshares = 24000000000\nas_of = "2024-11"\nsource = "10-K"\n'


def shares(old: str, new: str) -> str:
    assert old in SHARES_OF
    return SHARES_OF.replace(old, new)


COUNT = "24000000000"
SHARES = {
    "negative": (shares(COUNT, "-1"), "shares is -1; it should be a positive number"),
    "nought": (shares(COUNT, "0"), "shares is 0; it should be a positive number"),
    "text": (shares(COUNT, '"24bn"'), "shares is '24bn'; it should be a positive number"),
    "nan": (shares(COUNT, "nan"), "shares is nan; it should be a positive number"),
    "inf": (shares(COUNT, "inf"), "shares is inf; it should be a positive number"),
    "1e400": (shares(COUNT, "1e400"), "shares is inf; it should be a positive number"),
    "truth": (shares(COUNT, "true"), "shares is True; it should be a positive number"),
    "number of 400 digits": (shares(COUNT, "9" * 400), "it should be a positive number up to"),
    "part of a share": (shares(COUNT, "1e-300"), "shares is 1e-300; it should be a positive"),
    "month 13": (shares("2024-11", "2024-13"), "as_of is '2024-13'; write a month"),
    "month as a number": (shares('"2024-11"', "202411"), "as_of is 202411; write a month"),
    "year": (shares("2024-11", "2024"), "as_of is '2024'; write a month"),
    "week": (shares("2024-11", "2024-W03"), "as_of is '2024-W03'; write a month"),
    "day without dashes": (shares("2024-11", "20241115"), "as_of is '20241115'; write a month"),
    "Arabic digits": (shares("2024-11", "٢٠٢٤-١١"), "write a month"),
    "no source": (shares("10-K", " "), "source is empty; name the filing"),
    "source is a number": (shares('"10-K"', "5"), "source is 5; it should be text in quotes"),
    "source with a bell": (shares("10-K", "\\u0007"), "source has the control character U+0007"),
    "unknown key": (SHARES_OF + "x = 1\n", "x is not known; known are shares, as_of"),
    "key missing": ('[NVDA]\nshares = 1\nas_of = "2024-11"\n', "source is missing; add it"),
    "no table": ("NVDA = 5\n", "5 should be a table with shares"),
    "empty": ("", "x.toml names no shares"),
    "twice": (SHARES_OF * 2, "Cannot declare [NVDA] twice"),
    "blank ticker": (shares("[NVDA]", '[" "]'), "that is not a valid ticker"),
    "long ticker": (shares("NVDA", "N" * 9_000), "that is not a valid ticker"),
    "nested without end": (DEEP, "nested too deeply"),
}

SETTINGS = {
    "unknown key": ("[run]\nmodle = 'x'\n", "There is no key 'modle'. Did you mean 'model'?"),
    "unknown table": ("[runn]\n", "There is no table 'runn'. Did you mean 'run'?"),
    "no table": ("model = 'x'\n", "the key 'model' stands in no verb's table"),
    "text for a number": ("[run]\nmin-obs = 'x'\n", '"x" is not a whole number'),
    "half a number": ("[run]\nmin-obs = 1.5\n", "1.5 is not a whole number"),
    "truth for a number": ("[run]\nseed = true\n", "true is not a whole number"),
    "text for a truth": ("[run]\nrolling = 'yes'\n", '"yes" is neither true nor false'),
    "list for a text": ("[run]\nmodel = ['market']\n", '["market"] is not text'),
    "date for a text": ("[run]\nmodel = 2025-01-01\n", '"2025-01-01" is not text'),
    "text for a list": ("[run]\ncar = '0,0'\n", '"0,0" is not a list'),
    "window of three": ("[run]\nwindow = [1, 2, 3]\n", "Note: --window comes from eventstudy.toml"),
    "window of nan": ("[run]\nwindow = [nan, 1]\n", "'nan,1' is not a valid window"),
    "verb is a number": ("run = 5\n", "'run' is a verb; write its options under [run]"),
    "double brackets": ("[[run]]\nmodel = 'x'\n", "'run' is a verb; write its options under [run]"),
    "verb of two words": ("[events]\nlist = 5\n", "write its options under [events.list]"),
    "key twice": ("[run]\nmin-obs = 1\nmin_obs = 2\n", "the key min-obs appears twice"),
    "huge seed": (f"[run]\nseed = {'9' * 30}\n", "Note: --seed comes from eventstudy.toml"),
    "long key": (f"[run]\n{LONG} = 1\n", "(200,000 characters). Known: "),
    "long value": (f"[run]\nmodel = '{LONG}'\n", "(200,000 characters). Known: "),
    "NUL": (b"[run]\nmodel = '\0'\n", "eventstudy.toml line 2 has the control character U+0000"),
    "UTF-16": ("[run]\n".encode("utf-16"), "eventstudy.toml is UTF-16 text"),
    "nested without end": (DEEP, "nested too deeply"),
    "number without end": ("a = " + "9" * 5_000, "a number has too many digits"),
    "web page": (b"<html></html>", "eventstudy.toml is HTML or XML"),
}


@pytest.fixture
def place(folder: Path):
    (folder / "events.csv").write_bytes(events_csv(GOOD))

    def write(content: str | bytes, name: str = "x.toml") -> str:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return write


@pytest.mark.parametrize("case", GROUPS)
def test_groups(case, place, refused):
    content, says = GROUPS[case]
    refused("run", "--groups", place(content), says=[says])


@pytest.mark.parametrize("case", CLAIMS)
def test_claims(case, place, refused):
    content, says = CLAIMS[case]
    refused("claims", "--claims", place(content), says=[says])


@pytest.mark.parametrize("case", SHARES)
def test_shares(case, place, refused):
    content, says = SHARES[case]
    refused("run", "--shares", place(content), says=[says])


@pytest.mark.parametrize("case", SETTINGS)
def test_configuration(case, place, refused):
    content, says = SETTINGS[case]
    place(content, "eventstudy.toml")
    refused("run", says=[says])


READERS = {
    "events file": ("run", "--events"),
    "price file": ("run", "--source"),
    "groups file": ("run", "--groups"),
    "claims file": ("run", "--claims"),
    "shares file": ("run", "--shares"),
    "configuration file": ("--config",),
}


def asking(reader: str, path: str) -> list[str]:
    args = [*READERS[reader], path]
    return args if args[0] == "run" else [*args, "run"]


@pytest.mark.parametrize("reader", READERS)
def test_a_folder(reader, refused):
    prices = reader == "price file"  # which may be a folder of files
    says = "outputs holds no price file" if prices else "outputs cannot be read: it is a folder"
    refused(*asking(reader, "outputs"), says=[says])


@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_is_not_waited_for(reader, refused, folder):
    os.mkfifo(folder / "x.csv")
    refused(*asking(reader, "x.csv"), says=[f"a pipe or a device and no {reader}"])


@pytest.mark.parametrize("reader", READERS)
def test_a_device_without_end(reader, refused):
    refused(*asking(reader, "/dev/zero"), says=[f"a pipe or a device and no {reader}"])


@pytest.mark.parametrize("reader", READERS)
def test_a_link_to_itself(reader, refused, folder):
    (folder / "x.csv").symlink_to("x.csv")
    refused(*asking(reader, "x.csv"), says=["x.csv cannot be read: too many levels of symbolic"])


@pytest.mark.parametrize("reader", READERS)
def test_a_file_of_two_gigabytes(reader, refused, folder):
    with (folder / "x.csv").open("wb") as stream:
        stream.truncate(2**31)
    refused(*asking(reader, "x.csv"), says=[f"x.csv has 2,048 MB and a {reader} may have"])


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_may_not_be_read(reader, refused, folder, monkeypatch):
    (folder / "x.csv").write_text("x")
    opened = Path.open

    def refuse(self: Path, *args: object, **settings: object) -> object:
        if self.name == "x.csv":
            raise PermissionError(13, "Permission denied")  # root may read everything
        return opened(self, *args, **settings)

    monkeypatch.setattr(Path, "open", refuse)
    refused(*asking(reader, "x.csv"), says=["x.csv cannot be read: permission denied"])


def test_no_event_is_added_to_a_pipe(refused, folder):
    os.mkfifo(folder / "pipe.csv")
    add = ["events", "add", "x", "--title=T", "--at=2025-01-27", "--events=pipe.csv"]
    refused(*add, says=["pipe.csv cannot be read: it is a pipe or a device"])
    assert stat.S_ISFIFO((folder / "pipe.csv").stat().st_mode)
