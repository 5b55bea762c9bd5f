"""Groups: the bundled file, resolving, and the sentence that each bad file earns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eventstudy.errors import InputError
from eventstudy.events.groups import Group, Groups, Member, read_groups

BUNDLED = read_groups()


def test_the_bundled_groups():
    assert {name: group.members for name, group in BUNDLED.groups.items()} == {
        "nvidia": ("NVDA",),
        "nasdaq": ("^IXIC", "^NDX"),
        "hyperscalers": ("MSFT", "GOOGL", "AMZN", "META", "ORCL"),
        "custom-silicon": ("AVGO", "MRVL", "AMD", "ARM"),
        "chip-supply": ("TSM", "MU", "ASML", "^SOX"),
        "ai-power": ("VST", "CEG", "GEV", "ETN", "VRT"),
        "ai-servers": ("SMCI", "DELL", "ANET"),
        "software-adopters": ("CRM", "NOW", "IBM"),
        "devices": ("AAPL",),
    }
    assert [BUNDLED.label(name) for name in BUNDLED.groups] == [
        *("Nvidia", "Nasdaq", "Hyperscalers", "Custom silicon", "Chip supply"),
        *("AI power", "AI servers", "Software adopters", "Devices"),
    ]
    assert all(
        ticker in BUNDLED.names for group in BUNDLED.groups.values() for ticker in group.members
    )


def test_names_and_labels():
    assert BUNDLED.name("^IXIC") == "Nasdaq Composite"
    assert BUNDLED.name("EW_EX_AI") == "Market without the shocked names"
    assert BUNDLED.name("XYZ") == "XYZ"
    assert BUNDLED.label("TSLA") == "Tesla"
    assert BUNDLED["devices"] == Group("Devices", ("AAPL",))
    with pytest.raises(InputError, match=r"There is no group 'device'\. Did you mean 'devices'\?"):
        BUNDLED["device"]


def test_resolve_gives_groups_in_file_order_then_bare_tickers():
    assert BUNDLED.resolve(["TSLA", "devices", "nvidia", "OpenAI", "TSLA"]) == (
        Member("NVDA", "nvidia"),
        Member("AAPL", "devices"),
        Member("TSLA", "TSLA"),
        Member("OpenAI", "OpenAI"),
    )


def test_resolve_keeps_a_ticker_in_its_group_and_in_each_of_two():
    two = Groups({"x": Group("X", ("A", "B")), "y": Group("Y", ("B",))}, {})
    assert two.resolve(["y", "x", "A"]) == (Member("A", "x"), Member("B", "x"), Member("B", "y"))
    assert two.resolve(["A"]) == (Member("A", "A"),)
    assert two.resolve([]) == ()


@pytest.mark.parametrize(
    "name",
    [
        *("nvidia", "NVDA", "BRK.B", "^GSPC", "ES=F", "BTC-USD", "EW_EX_AI", "10107"),
        *("OpenAI", "xAI", "Anthropic", "High-Flyer", "DeepSeek"),
    ],
)
def test_names_that_can_be_meant(name):
    assert BUNDLED.problem(name) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("hyperscaler", "hyperscalers"),
        ("Nvidia", "nvidia"),
        ("NVIDIA", "nvidia"),
        ("custom silicon", "custom-silicon"),
        ("nvda", "NVDA"),
        ("^ixic", "^IXIC"),
    ],
)
def test_near_misses(name, meant):
    assert BUNDLED.problem(name) == (
        f"there is no group or ticker {name!r}; did you mean {meant!r}?"
    )


def test_a_name_that_can_be_nothing():
    assert BUNDLED.problem("../x y") == (
        "'../x y' is neither a group nor a ticker; use a ticker such as NVDA or one of "
        f"{', '.join(BUNDLED.groups)}."
    )


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "g.toml"
    path.write_bytes('\ufeff[groups.big-tech]\nmembers = ["MSFT", "SAP.DE"]\n'.encode())
    groups = read_groups(path)
    assert groups.label("big-tech") == "Big tech"
    assert groups.tickers == {"MSFT", "SAP.DE"}
    assert groups.names == {}


BAD = {
    "syntax": (
        '[groups.a]\nmembers = ["A"\nlabel = "x"\n',
        ("g.toml is not valid TOML: Unclosed array (at line 3, column 1).",),
    ),
    "utf-8": (b"\xff", ("g.toml line 1 is not UTF-8 text (byte 0xff); save it as UTF-8.",)),
    "empty": ("", ("g.toml, table [groups]: it is missing; add it.",)),
    "no-groups": ("[groups]\n", ("g.toml, table [groups]: it is empty; fill it or delete it.",)),
    "group-is-text": ('groups.a = "A"\n', ("g.toml, table [groups.a]: 'A' should be a table.",)),
    "group-name": (
        '[groups."a/b"]\nmembers = ["A"]\n',
        (
            "g.toml, table [groups.a/b]: a group's name has only letters, digits, '.', '_' and '-', starts with a letter or digit and has at most 80 characters.",
        ),
    ),
    "many": (
        """
        colour = "red"
        [groups.a]
        label = 3
        members = ["A", 5, "b c"]
        [groups.b]
        members = []
        [groups.c]
        label = "C"
        [groups.d]
        members = "A"
        size = 2
        [groups.e]
        members = ["A", "B", "A"]
        [names]
        A = ""
        B = 1
        """,
        (
            "g.toml, table [groups.a], label: 3 should be text in quotes.",
            "g.toml, table [groups.a], members, entry 2: 5 should be text in quotes.",
            "g.toml, table [groups.a], members, entry 3: 'b c' is not a ticker; write it like NVDA, BRK.B or ^IXIC.",
            "g.toml, table [groups.b], members: it is empty; fill it or delete it.",
            "g.toml, table [groups.c], members: it is missing; add it.",
            """g.toml, table [groups.d], members: 'A' should be a list such as ["NVDA", "AMD"].""",
            "g.toml, table [groups.d], size: it is not known; known are [groups.NAME] with label and members, and [names].",
            "g.toml, table [groups.e], members: A appears more than once; keep one.",
            "g.toml, table [names], A: it is empty; fill it or delete it.",
            "g.toml, table [names], B: 1 should be text in quotes.",
            "g.toml, table [colour]: it is not known; known are [groups.NAME] with label and members, and [names].",
        ),
    ),
}


@pytest.mark.parametrize(("text", "sentences"), BAD.values(), ids=BAD)
def test_a_bad_file_earns_a_sentence_per_problem(tmp_path, monkeypatch, text, sentences):
    monkeypatch.chdir(tmp_path)
    Path("g.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_groups("g.toml")
    assert caught.value.problems == sentences


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match=r"There is no groups file '.*nope\.toml'; check its path"):
        read_groups(tmp_path / "nope.toml")
    with pytest.raises(InputError, match=re.escape(f"{tmp_path} cannot be read: it is a folder")):
        read_groups(tmp_path)
