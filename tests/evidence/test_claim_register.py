"""The claims file: what it holds, and one clear sentence for each thing that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventstudy.errors import InputError
from eventstudy.evidence.claim_register import Claim, Part, claimed_events, read_claims
from eventstudy.spec import Window

CLAIM = """
[[claim]]
id = "own"
says = "It fell."
source = "my notes"
event = "my-event"
"""
PART = """
[[claim.part]]
measure = "car"
of = ["NVDA"]
direction = "below"
"""
FACT = PART.replace('"car"', '"raw_return"')
POINTS = PART.replace('"car"', '"index_points"')
SHARE = PART.replace('"car"', '"share_back"')


def write(folder: Path, text: str) -> Path:
    file = folder / "said.toml"
    file.write_text(text, "utf-8")
    return file


def problems(folder: Path, text: str) -> tuple[str, ...]:
    """The sentences about a file, which is called by the path that was given."""
    file = write(folder, text)
    with pytest.raises(InputError) as caught:
        read_claims(file)
    for sentence in caught.value.problems:
        assert sentence.startswith(str(file)), sentence
    return tuple(sentence.replace(str(file), "said.toml") for sentence in caught.value.problems)


class TestThePackagedFile:
    def test_it_loads(self) -> None:
        claims = read_claims()
        assert len(claims) == 12
        assert len({claim.id for claim in claims}) == 12
        assert {claim.event for claim in claims} == {"deepseek-app-store"}
        assert all(isinstance(part, Part) for claim in claims for part in claim.part)

    def test_windows_are_windows_and_day_0_is_the_default(self) -> None:
        by_id = {claim.id: claim for claim in read_claims()}
        assert by_id["nvidia-down-17"].part[0].window == Window(0, 0)
        assert by_id["nvidia-need-not-lose"].part[0].window == Window(1, 60)

    def test_another_event_of_a_part(self) -> None:
        (claim,) = [claim for claim in read_claims() if claim.id == "meta-spending-calmed"]
        assert [part.event for part in claim.part] == ["meta-capex", "meta-capex"]

    def test_it_cannot_be_changed(self) -> None:
        claim = read_claims()[0]
        for thing, name in ((claim, "says"), (claim.part[0], "threshold")):
            with pytest.raises(ValueError, match="frozen"):
                setattr(thing, name, "other")


class TestOnesOwnFile:
    def test_what_is_written_is_what_is_read(self, tmp_path: Path) -> None:
        text = f"{CLAIM}{PART}window = [0, 5]\nminus = ['MSFT', 'devices']\nevent = 'other'\n"
        text += f"{FACT.replace('below', 'about')}threshold = -0.17\nwithin = 0.005\n"
        text += f"{SHARE}window = '1,20'\nthreshold = 0.5\n"
        (claim,) = read_claims(write(tmp_path, text))
        assert (claim.id, claim.says, claim.source) == ("own", "It fell.", "my notes")
        assert claim.event == "my-event"
        car, fact, share = claim.part
        assert (car.of, car.minus, car.window) == (("NVDA",), ("MSFT", "devices"), Window(0, 5))
        assert (car.direction, car.event, car.threshold) == ("below", "other", 0.0)
        assert (fact.threshold, fact.within, fact.minus) == (-0.17, 0.005, ())
        assert (share.window, share.threshold) == (Window(1, 20), 0.5)

    def test_claims_keep_their_order(self, tmp_path: Path) -> None:
        text = "".join(f"{CLAIM.replace('own', name)}{PART}" for name in ("b2", "a1", "c3"))
        assert [claim.id for claim in read_claims(write(tmp_path, text))] == ["b2", "a1", "c3"]

    def test_a_path_may_be_text(self, tmp_path: Path) -> None:
        assert len(read_claims(str(write(tmp_path, CLAIM + PART)))) == 1

    def test_comments_and_a_byte_order_mark(self, tmp_path: Path) -> None:
        file = tmp_path / "said.toml"
        file.write_text(f"# Notes on the rout\n{CLAIM}{PART}", "utf-8-sig")
        assert read_claims(file)[0].id == "own"


# What the file holds, where the sentence says it is wrong, and what it must say.
WRONG = {
    "no id": (CLAIM.replace('id = "own"\n', "") + PART, "claim 1, id", "required"),
    "no event": (CLAIM.replace('event = "my-event"\n', "") + PART, "claim own, event", "required"),
    "no source": (
        CLAIM.replace('source = "my notes"\n', "") + PART,
        "claim own, source",
        "required",
    ),
    "no part": (CLAIM, "claim own", "required"),
    "a part without direction": (
        CLAIM + PART.replace('direction = "below"\n', ""),
        "claim own, part 1, direction",
        "required",
    ),
    "a part without assets": (
        CLAIM + PART.replace('of = ["NVDA"]\n', ""),
        "claim own, part 1, of",
        "required",
    ),
    "the second part": (
        CLAIM + PART + PART.replace('measure = "car"\n', ""),
        "claim own, part 2, measure",
        "required",
    ),
    "unknown field of a part": (
        CLAIM + PART + "treshold = 3\n",
        "part 1, treshold",
        "not permitted",
    ),
    "a verdict written by hand": (
        f'{CLAIM}verdict = "supported"\n{PART}',
        "claim own, verdict",
        "not permitted",
    ),
    "unknown table": (f"{CLAIM}{PART}[other]\nx = 1\n", "other", "not permitted"),
    "unknown measure": (CLAIM + PART.replace('"car"', '"carr"'), "part 1, measure", "'carr'"),
    "unknown direction": (CLAIM + PART.replace("below", "under"), "part 1, direction", "'under'"),
    "same id twice": (2 * (CLAIM + PART), "", "the id own is there more than once"),
    "an id that is no id": (CLAIM.replace('"own"', '"Own claim"') + PART, "id", "'Own claim'"),
    "nothing said": (
        CLAIM.replace("It fell.", "") + PART,
        "claim own, says",
        "at least 3 characters",
    ),
    "no asset named": (CLAIM + PART.replace('"NVDA"', ""), "part 1, of", "at least 1"),
    "an asset that is no list": (
        CLAIM + PART.replace('["NVDA"]', '"NVDA"'),
        "part 1, of",
        "'NVDA'",
    ),
    "about without within": (
        CLAIM + FACT.replace("below", "about"),
        "part 1",
        "'about' is for raw_return and index_points and needs within above 0",
    ),
    "about of a car": (
        CLAIM + PART.replace("below", "about") + "within = 0.01\n",
        "part 1",
        "'about' is for raw_return and index_points",
    ),
    "within below 0": (
        CLAIM + FACT.replace("below", "about") + "within = -0.01\n",
        "part 1, within",
        "greater than or equal to 0",
    ),
    "car with a threshold": (
        CLAIM + PART + "threshold = -0.1\n",
        "part 1",
        "a CAR is held against zero; leave threshold out",
    ),
    "a threshold in words": (CLAIM + FACT + 'threshold = "half"\n', "part 1, threshold", "'half'"),
    "minus of a raw return": (
        CLAIM + FACT + 'minus = ["MSFT"]\n',
        "part 1",
        "minus is for the measure car",
    ),
    "minus of points": (
        CLAIM + POINTS + 'minus = ["^NDX"]\n',
        "part 1",
        "minus is for the measure car",
    ),
    "raw return of two": (
        CLAIM + FACT.replace('"NVDA"', '"NVDA", "AMD"'),
        "part 1",
        "raw_return is of one asset or group; split the part",
    ),
    "share of two": (
        CLAIM + SHARE.replace('"NVDA"', '"NVDA", "AMD"') + "window = [1, 5]\n",
        "part 1",
        "share_back is of one asset or group; split the part",
    ),
    "share from day 0": (
        CLAIM + SHARE + "window = [0, 5]\n",
        "part 1",
        "a window that starts at 1",
    ),
    "share without a window": (CLAIM + SHARE, "part 1", "a window that starts at 1"),
    "a window turned round": (
        CLAIM + PART + "window = [5, 0]\n",
        "part 1, window",
        "ends before it starts",
    ),
    "a window in words": (
        CLAIM + PART + 'window = "a week"\n',
        "part 1, window",
        "'a week' is no window",
    ),
    "a window of three": (CLAIM + PART + "window = [0, 1, 2]\n", "part 1, window", "is no window"),
    "a window of halves": (CLAIM + PART + "window = [0.5, 1]\n", "part 1, window", "is no window"),
    "claims that are no list": ('[claim]\nid = "own"\n', "", "valid tuple"),
    "a part that is no list": (
        CLAIM + PART.replace("[[", "[").replace("]]", "]"),
        "claim own",
        "valid tuple",
    ),
    "an empty file": ("", "", "required"),
    "comments only": ("# to be written\n", "", "required"),
    "no TOML": ("claim = [", "", "is not valid TOML"),
    "a table of commas": ("id,says\nown,It fell.\n", "", "is not valid TOML"),
}


class TestWhatIsWrong:
    @pytest.mark.parametrize(("text", "where", "why"), WRONG.values(), ids=WRONG.keys())
    def test_one_sentence(self, tmp_path: Path, text: str, where: str, why: str) -> None:
        (sentence,) = problems(tmp_path, text)
        assert "\n" not in sentence
        assert len(sentence) < 200
        assert sentence.endswith(".")
        assert not sentence.endswith("..")
        assert where in sentence
        assert why in sentence
        assert "pydantic" not in sentence
        assert "Value error" not in sentence

    def test_every_problem_is_told_at_once(self, tmp_path: Path) -> None:
        first = CLAIM.replace('event = "my-event"\n', "") + PART + "threshold = 1.0\n"
        second = CLAIM.replace('"own"', '"other"') + PART.replace('"car"', '"x"')
        told = problems(tmp_path, first + second)
        assert len(told) == 3
        assert "claim own, event" in told[0]
        assert "claim own, part 1" in told[1]
        assert "claim other, part 1, measure" in told[2]

    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            read_claims(tmp_path / "none.toml")
        assert str(caught.value).startswith("There is no claims file")
        assert "none.toml" in str(caught.value)

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot be read"):
            read_claims(tmp_path)

    def test_another_encoding(self, tmp_path: Path) -> None:
        file = tmp_path / "said.toml"
        file.write_bytes(CLAIM.replace("It fell.", "Müll.").encode("latin-1"))
        with pytest.raises(InputError, match="not UTF-8"):
            read_claims(file)


def claims_about(*events: str) -> list[Claim]:
    part = {"measure": "car", "of": ["NVDA"], "direction": "below"}
    return [
        Claim.model_validate(
            {"id": f"claim-{n}", "says": "It fell.", "source": "me", "event": event, "part": [part]}
        )
        for n, event in enumerate(events)
    ]


class TestClaimedEvents:
    REGISTERED = ("first", "second", "third")

    def test_all_that_a_claim_is_about_in_the_order_of_the_registry(self) -> None:
        claims = claims_about("third", "first", "third", "elsewhere")
        for asked in (None, []):
            assert claimed_events(claims, self.REGISTERED, asked) == ["first", "third"]

    def test_those_asked_for_in_the_order_asked(self) -> None:
        claims = claims_about("first", "second", "third")
        assert claimed_events(claims, self.REGISTERED, ["third", "first"]) == ["third", "first"]

    def test_an_event_without_a_claim(self) -> None:
        with pytest.raises(InputError) as caught:
            claimed_events(claims_about("third", "first"), self.REGISTERED, ["first", "second"])
        assert caught.value.problems == (
            "No claim is about second; claims are about first, third.",
        )

    def test_an_unknown_event_is_left_to_the_registry(self) -> None:
        """Which knows how to say that there is none and what was meant."""
        assert claimed_events(claims_about("first"), self.REGISTERED, ["frist"]) == ["frist"]

    def test_claims_about_nothing_that_is_registered(self) -> None:
        with pytest.raises(InputError) as caught:
            claimed_events(claims_about("elsewhere"), self.REGISTERED, None)
        assert caught.value.problems == (
            "No claim is about an event of this events file; they are about elsewhere. "
            "Name a claims file with --claims.",
        )
