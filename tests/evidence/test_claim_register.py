"""The claims file: what it holds, and one clear sentence for each thing that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventstudy.errors import InputError
from eventstudy.evidence.claims.register import (
    Claim,
    ClaimPart,
    Needs,
    claimed_events,
    needs_of,
    read_claims,
)
from eventstudy.spec.windows import Window

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
        assert all(isinstance(part, ClaimPart) for claim in claims for part in claim.part)

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
    "no id": (CLAIM.replace('id = "own"\n', "") + PART, "claim 1, id", "is missing; add it"),
    "no event": (
        CLAIM.replace('event = "my-event"\n', "") + PART,
        "claim own, event",
        "is missing; add it",
    ),
    "no source": (
        CLAIM.replace('source = "my notes"\n', "") + PART,
        "claim own, source",
        "is missing; add it",
    ),
    "no part": (CLAIM, "claim own", "it has no [[claim.part]]; add one"),
    "an empty list of parts": (
        f"{CLAIM}part = []\n",
        "claim own",
        "it has no [[claim.part]]; add one",
    ),
    "a part without direction": (
        CLAIM + PART.replace('direction = "below"\n', ""),
        "claim own, part 1, direction",
        "is missing; add it",
    ),
    "a part without assets": (
        CLAIM + PART.replace('of = ["NVDA"]\n', ""),
        "claim own, part 1, of",
        "is missing; add it",
    ),
    "the second part": (
        CLAIM + PART + PART.replace('measure = "car"\n', ""),
        "claim own, part 2, measure",
        "is missing; add it",
    ),
    "unknown field of a part": (
        CLAIM + PART + "treshold = 3\n",
        "part 1, treshold",
        "is not known; see docs/evidence.md",
    ),
    "a verdict written by hand": (
        f'{CLAIM}verdict = "supported"\n{PART}',
        "claim own, verdict",
        "is not known; see docs/evidence.md",
    ),
    "unknown table": (f"{CLAIM}{PART}[other]\nx = 1\n", "other", "is not known"),
    "unknown measure": (CLAIM + PART.replace('"car"', '"carr"'), "part 1, measure", "'carr'"),
    "unknown direction": (CLAIM + PART.replace("below", "under"), "part 1, direction", "'under'"),
    "same id twice": (2 * (CLAIM + PART), "", "the id own appears more than once"),
    "an id that is no id": (CLAIM.replace('"own"', '"Own claim"') + PART, "id", "'Own claim'"),
    "nothing said": (CLAIM.replace("It fell.", "") + PART, "claim own, says", "is empty"),
    "no source named": (CLAIM.replace("my notes", "") + PART, "claim own, source", "is empty"),
    "no event named": (CLAIM.replace("my-event", "") + PART, "claim own, event", "is empty"),
    "no event of a part": (CLAIM + PART + 'event = ""\n', "part 1, event", "is empty"),
    "only a blank said": (CLAIM.replace("It fell.", " ") + PART, "claim own, says", "is empty"),
    "no asset named": (
        CLAIM + PART.replace('"NVDA"', ""),
        "claim own, part 1",
        "of names nothing; give tickers or groups",
    ),
    "no asset of a fact": (
        CLAIM + FACT.replace('"NVDA"', ""),
        "claim own, part 1",
        "of names nothing; give tickers or groups",
    ),
    "an empty name": (CLAIM + PART.replace("NVDA", ""), "part 1, of", "a name is empty"),
    "a blank name": (CLAIM + PART.replace("NVDA", "  "), "part 1, of", "a name is empty"),
    "an empty name to subtract": (
        CLAIM + PART + 'minus = ["AMD", ""]\n',
        "part 1, minus",
        "a name is empty",
    ),
    "a name twice": (
        CLAIM + PART.replace('"NVDA"', '"NVDA", "AMD", "NVDA"'),
        "part 1, of",
        "NVDA appears more than once; keep one",
    ),
    "names to subtract twice": (
        CLAIM + PART + 'minus = ["AMD", "MU", "AMD", "MU"]\n',
        "part 1, minus",
        "AMD, MU appears more than once; keep one",
    ),
    "an asset that is no list": (
        CLAIM + PART.replace('["NVDA"]', '"NVDA"'),
        "part 1, of",
        "should be a list in brackets (given: 'NVDA')",
    ),
    "assets to subtract that are no list": (
        CLAIM + PART + 'minus = "AMD"\n',
        "part 1, minus",
        "should be a list in brackets (given: 'AMD')",
    ),
    "an asset that is a number": (
        CLAIM + PART.replace('["NVDA"]', "[3]"),
        "claim own, part 1, of",
        "valid string (given: 3)",
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
    "within of a direction": (
        CLAIM + FACT + "threshold = -0.1\nwithin = 0.01\n",
        "part 1",
        "within is for the direction 'about'",
    ),
    "within of a car": (
        CLAIM + PART + "within = 0.01\n",
        "part 1",
        "within is for the direction 'about'",
    ),
    "within without end": (
        CLAIM + FACT.replace("below", "about") + "within = inf\n",
        "part 1, within",
        "finite number (given: inf)",
    ),
    "about of a share": (
        CLAIM
        + SHARE.replace("below", "about")
        + "window = [1, 5]\nthreshold = 0.5\nwithin = 0.1\n",
        "part 1",
        "'about' is for raw_return and index_points",
    ),
    "an endless threshold": (
        CLAIM + POINTS.replace("NVDA", "^IXIC") + "threshold = -inf\n",
        "part 1, threshold",
        "finite number (given: -inf)",
    ),
    "a threshold that is no number": (
        CLAIM + FACT + "threshold = nan\n",
        "part 1, threshold",
        "finite number (given: nan)",
    ),
    "a return in percent": (
        CLAIM + FACT + "threshold = -17\n",
        "part 1",
        "a return is a fraction: write -0.17 for −17%",
    ),
    "a rise of more than all": (
        CLAIM + FACT.replace("below", "above") + "threshold = 1.01\n",
        "part 1",
        "a return is a fraction",
    ),
    "points of a share": (CLAIM + POINTS, "part 1", "index_points is of an index such as ^IXIC"),
    "points of two": (
        CLAIM + POINTS.replace('"NVDA"', '"^IXIC", "^NDX"'),
        "part 1",
        "index_points is of one name in `of`; split the part",
    ),
    "car with a threshold": (
        CLAIM + PART + "threshold = -0.1\n",
        "part 1",
        "a CAR is compared with zero; leave threshold out",
    ),
    "a threshold in words": (CLAIM + FACT + 'threshold = "half"\n', "part 1, threshold", "'half'"),
    "minus of a raw return": (
        CLAIM + FACT + 'minus = ["MSFT"]\n',
        "part 1",
        "minus is for the measure car",
    ),
    "minus of points": (
        CLAIM + POINTS.replace("NVDA", "^IXIC") + 'minus = ["^NDX"]\n',
        "part 1",
        "minus is for the measure car",
    ),
    "raw return of two": (
        CLAIM + FACT.replace('"NVDA"', '"NVDA", "AMD"'),
        "part 1",
        "raw_return is of one name in `of`; split the part",
    ),
    "share of two": (
        CLAIM + SHARE.replace('"NVDA"', '"NVDA", "AMD"') + "window = [1, 5]\n",
        "part 1",
        "share_back is of one name in `of`; split the part",
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
        "'a week' is not a valid window",
    ),
    "a window of three": (
        CLAIM + PART + "window = [0, 1, 2]\n",
        "part 1, window",
        "is not a valid window",
    ),
    "a window of halves": (
        CLAIM + PART + "window = [0.5, 1]\n",
        "part 1, window",
        "is not a valid window",
    ),
    "claims that are no list": ('[claim]\nid = "own"\n', "", "should be a list in brackets"),
    "a claim that is no table": ("claim = [3]\n", "claim 1", "should be a table (given: 3)"),
    "a part that is no table": (
        f"{CLAIM}part = [3]\n",
        "claim own, part 1",
        "should be a table (given: 3)",
    ),
    "a part that is no list": (
        CLAIM + PART.replace("[[", "[").replace("]]", "]"),
        "claim own",
        "should be a list in brackets",
    ),
    "an empty file": ("", "", "it has no [[claim]]; add one"),
    "an empty list": ("claim = []\n", "", "it has no [[claim]]; add one"),
    "comments only": ("# to be written\n", "", "it has no [[claim]]; add one"),
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
        assert ".:" not in sentence
        assert sentence.count("part 1") <= 1

    @pytest.mark.parametrize(
        "text",
        [
            f"{FACT}threshold = 1\n",
            f"{FACT}threshold = -1.0\n",
            f"{FACT}within = 0\n",
            f"{FACT.replace('below', 'about')}threshold = 0.5\nwithin = 0.5\n",
            f"{POINTS.replace('NVDA', '^IXIC')}threshold = -600\n",
            f"{POINTS.replace('NVDA', '^IXIC').replace('below', 'about')}within = 50\n",
            f"{SHARE}window = [1, 5]\nthreshold = 1.5\n",
            f"{PART}minus = ['AMD', 'MU']\nevent = 'other'\n",
        ],
    )
    def test_what_is_at_the_edge_and_right(self, tmp_path: Path, text: str) -> None:
        assert len(read_claims(write(tmp_path, CLAIM + text))[0].part) == 1

    def test_every_problem_is_told_at_once(self, tmp_path: Path) -> None:
        first = CLAIM.replace('event = "my-event"\n', "") + PART + "threshold = 1.0\n"
        second = CLAIM.replace('"own"', '"other"') + PART.replace('"car"', '"x"')
        told = problems(tmp_path, first + second)
        assert len(told) == 3  # a bad part does not make its claim or the list a problem too
        assert "claim own, event" in told[0]
        assert "claim own, part 1" in told[1]
        assert "claim other, part 1, measure" in told[2]

    def test_a_bad_part_is_the_only_problem(self, tmp_path: Path) -> None:
        """Not that its claim has no part, nor that the file has no claim."""
        (told,) = problems(tmp_path, CLAIM + PART.replace('"car"', '"x"'))
        assert "part 1, measure" in told

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


class TestNeeds:
    """What a price source must bring beside the study's own assets."""

    @staticmethod
    def claims(*parts: dict[str, object], event: str = "first") -> list[Claim]:
        told = {"id": "own", "says": "So.", "source": "me", "event": event}
        filled = [{"measure": "car", "direction": "below", **part} for part in parts]
        return [Claim.model_validate({**told, "part": filled})]

    def test_names_events_and_the_last_day(self) -> None:
        claims = self.claims(
            {"of": ["NVDA", "devices"], "window": [-5, -1]},
            {"of": ["AMD"], "minus": ["NVDA", "MU"], "window": [1, 60], "event": "other"},
            {"of": ["META"], "event": "other", "window": [0, 20]},
        )
        assert needs_of(claims, ["first"]) == Needs(
            ("NVDA", "devices", "AMD", "MU", "META"), ("other",), 60
        )

    def test_only_of_claims_about_the_events(self) -> None:
        claims = self.claims({"of": ["NVDA"]}) + self.claims(
            {"of": ["AMD"], "window": [0, 60], "event": "far"}, event="second"
        )
        assert needs_of(claims, ["first"]) == Needs(("NVDA",), (), 0)
        assert needs_of(claims, ["second"]) == Needs(("AMD",), ("far",), 60)
        assert needs_of(claims, ["second", "first"]).tickers == ("NVDA", "AMD")
        assert needs_of(claims, ["third"]) == Needs((), (), 0)

    def test_of_the_packaged_claims(self) -> None:
        needs = needs_of(read_claims(), ["deepseek-app-store"])
        assert {"NVDA", "^IXIC", "TSM", "ai-power", "OpenAI", "INTC"} <= set(needs.tickers)
        assert len(set(needs.tickers)) == len(needs.tickers)
        assert (needs.events, needs.last) == (("meta-capex",), 60)
