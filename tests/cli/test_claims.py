"""`eventstudy claims`: what it prints, as text and as JSON, and how it answers wrong input."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pytest

from eventstudy.errors import InputError
from eventstudy.evidence import needed_prices as needs
from eventstudy.evidence.parts.claims import VERDICTS

pytestmark = pytest.mark.usefixtures("folder")

REPOSITORY = Path(__file__).resolve().parents[2]
APP_STORE = "deepseek-app-store"
OWN = """
[[claim]]
id = "nvidia-fell"
says = "Nvidia fell."
source = "my notes"
event = "deepseek-app-store"

[[claim.part]]
measure = "car"
of = ["NVDA"]
direction = "below"

[[claim]]
id = "nvidia-rose"
says = "Nvidia rose."
source = "my notes"
event = "deepseek-app-store"

[[claim.part]]
measure = "raw_return"
of = ["NVDA"]
direction = "above"
"""


OWN_PART = """
[[claim.part]]
measure = "car"
of = ["META"]
direction = "below"
"""


def own(folder: Path, text: str = OWN, name: str = "said.toml") -> str:
    (folder / name).write_text(text, "utf-8")
    return name


def strict(text: str) -> dict[str, Any]:
    """JSON as the standard has it: no NaN, no Infinity."""

    def refuse(name: str) -> NoReturn:
        raise AssertionError(f"{name} is no JSON")

    return dict(json.loads(text, parse_constant=refuse))


@dataclass(frozen=True)
class Usual:
    """What `eventstudy claims` prints without another word, as text and as JSON."""

    text: Any
    json: Any

    @property
    def found(self) -> dict[str, Any]:
        return dict(strict(self.json.out)[APP_STORE])


@pytest.fixture(scope="module")
def usual(call, tmp_path_factory: pytest.TempPathFactory) -> Usual:
    place = tmp_path_factory.mktemp("claims")
    shutil.copy(REPOSITORY / "events.csv", place)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("COLUMNS", "80")
        return Usual(call("claims"), call("claims", "--json"))


class TestTheText:
    def test_it_fits_80_columns(self, usual):
        answer = usual.text
        assert (answer.code, answer.err) == (0, "")
        assert max(map(len, answer.out.splitlines())) <= 80

    def test_each_claim_with_its_verdict_and_parts(self, usual):
        found = usual.found
        lines = usual.text.out.splitlines()
        heads = [line for line in lines if not line.startswith(" ")]
        assert len(heads) == len(found["claims"]) == 12
        for line, claim in zip(heads, found["claims"], strict=True):
            assert line.startswith(f"{claim['id']}: {VERDICTS[claim['verdict']]}")
        assert sum(line.startswith("  - ") for line in lines) == len(found["parts"])

    def test_known_figures(self, call):
        said = " ".join(call("claims", APP_STORE).out.split())
        assert "Nvidia, day 0: raw return −16.97% (stated ≈ −17 ± 0.5%): as claimed." in said
        assert "Nasdaq Composite, day 0: move in points −612.5 (stated < −600): as claimed." in said
        assert "OpenAI is not listed on an exchange." in said
        assert "also in the window: FOMC statement; Tariff orders" in said
        assert "nan" not in said.lower().replace("finan", "")

    def test_the_benchmark_decides_figures(self, call, usual):
        ours = usual.found["parts"]
        other = strict(call("claims", "--json", "--benchmark", "EW_EX_AI").out)[APP_STORE]["parts"]
        for one, two in zip(ours, other, strict=True):
            fact = one["measure"] in ("raw_return", "index_points")
            assert (one["benchmark"], one["other"]) == ("^GSPC", "" if fact else "EW_EX_AI")
            assert two["benchmark"] == "EW_EX_AI"
            if fact:
                assert (one["other_figure"], one["other_p"]) == (None, None)
                assert two["figure"] == one["figure"]
            elif one["verdict"] != "untestable":
                assert two["figure"] == pytest.approx(one["other_figure"], rel=1e-12)

    def test_the_kind_of_p_is_said(self, usual):
        """A placebo p by its name; that of t, for long windows, bare."""
        said = " ".join(usual.text.out.split())
        parts = usual.found["parts"]
        assert {part["p_kind"] for part in parts} == {"placebo", "t", ""}
        count = sum(part["p_kind"] == "placebo" for part in parts)
        assert said.count("placebo p") == count

    def test_holm_s_p_stands_beside_every_p(self, usual):
        said = " ".join(usual.text.out.split())
        parts = usual.found["parts"]
        known = [part for part in parts if part["p_value"] is not None]
        assert said.count(" after Holm") == len(known) > 0
        assert any(part["p_holm"] > part["p_value"] for part in known)
        wanted = []
        for part in known:
            kind = "placebo " if part["p_kind"] == "placebo" else ""
            p, holm = (
                f"{part[name]:.3f}" if part[name] >= 0.001 else "<0.001"
                for name in ("p_value", "p_holm")
            )
            sign = "p < 0.001" if p == "<0.001" else f"p = {p}"
            wanted.append(f"; {kind}{sign}, {holm} after Holm")
        at = 0
        for text in wanted:  # in the order of the parts
            at = said.index(text, at) + len(text)
        assert "; placebo p = 0.004, 0.100 after Holm" in said

    def test_what_is_stated_with_its_tolerance_and_digits(self, call, folder: Path):
        fact = '\n[[claim.part]]\nmeasure = "raw_return"\nof = ["NVDA"]\n'
        more = fact + 'direction = "about"\nthreshold = -0.125\nwithin = 0.0025\n'
        more += fact + 'direction = "below"\nthreshold = -0.1\n'
        said = " ".join(call("claims", "--claims", own(folder, OWN + more)).out.split())
        assert "(stated ≈ −12.5 ± 0.25%): opposite." in said
        assert "(stated < −10%): as claimed." in said
        assert "(stated > 0): opposite." in said

    def test_the_other_figure_is_said_of_every_part_that_has_one(self, usual):
        """Of a share won back too, which has no p."""
        said = " ".join(usual.text.out.split())
        parts = usual.found["parts"]
        others = [part["measure"] for part in parts if part["other_figure"] is not None]
        assert set(others) == {"car", "share_back"}
        assert said.count("against EW_EX_AI") == len(others)

    def test_the_model_decides_figures(self, call, usual):
        ours = usual.found["parts"]
        other = strict(call("claims", "--json", "--model", "mean").out)[APP_STORE]["parts"]
        for one, two in zip(ours, other, strict=True):
            assert (two["benchmark"], two["other"], two["other_figure"]) == ("", "", None)
            fact = one["measure"] in ("raw_return", "index_points")
            if one["verdict"] != "untestable":
                assert (one["figure"] == two["figure"]) == fact

    def test_the_estimation_window_decides_figures(self, call):
        found = {}
        for text in ("-260,-11", "-140,-11"):
            answer = call("claims", "--json", "--estimation", text, "--claims", own(Path()))
            assert (answer.code, answer.err) == (0, "")
            found[text] = strict(answer.out)[APP_STORE]["parts"]
        plain = strict(call("claims", "--json", "--claims", "said.toml").out)[APP_STORE]["parts"]
        assert plain == found["-260,-11"]
        (long, fact), (short, same) = found.values()
        assert fact == same
        assert long["figure"] != short["figure"]
        assert long["p_value"] == pytest.approx(1 / 251)  # 250 placebo days, 130 of them
        assert short["p_value"] == pytest.approx(1 / 131)

    def test_nothing_is_written(self, call, folder: Path):
        before = sorted(folder.rglob("*"))
        call("claims")
        assert sorted(folder.rglob("*")) == before


class TestJson:
    def test_it_is_json_with_null_for_a_missing_figure(self, usual):
        answer = usual.json
        assert (answer.code, answer.err) == (0, "")
        found = strict(answer.out)
        assert list(found) == [APP_STORE]
        assert set(found[APP_STORE]) == {"claims", "parts"}
        assert {claim["verdict"] for claim in found[APP_STORE]["claims"]} <= set(VERDICTS)
        (openai,) = [part for part in found[APP_STORE]["parts"] if part["of"] == "OpenAI"]
        assert openai["verdict"] == "untestable"
        assert [openai[key] for key in ("figure", "low", "high", "p_value")] == [None] * 4

    def test_days_are_dates(self, usual):
        parts = usual.found["parts"]
        assert {part["day0"] for part in parts} == {"2025-01-24", "2025-01-27"}

    def test_an_event_that_is_not_registered_has_no_day(self, call, folder: Path):
        lines = (folder / "events.csv").read_text("utf-8").splitlines(keepends=True)
        (folder / "events.csv").write_text(
            "".join(line for line in lines if not line.startswith("meta-capex")), "utf-8"
        )
        answer = call("claims", "--json")
        assert answer.code == 0
        parts = strict(answer.out)[APP_STORE]["parts"]
        lost = [part for part in parts if part["event_id"] == "meta-capex"]
        assert len(lost) == 2
        for part in lost:
            assert (part["verdict"], part["day0"]) == ("untestable", None)
            assert part["why"] == "the registry has no event meta-capex"
        assert call("claims").code == 0


class TestOnesOwnClaims:
    def test_they_take_the_place_of_the_packaged_ones(self, call, folder: Path):
        found = strict(call("claims", "--claims", own(folder), "--json").out)[APP_STORE]
        assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == {
            "nvidia-fell": "supported",
            "nvidia-rose": "contradicted",
        }
        answer = call("claims", "--claims", own(folder))
        assert answer.out.startswith(
            "nvidia-fell: prices moved as the claim says\n  Nvidia fell. (my notes)\n  - Nvidia, "
        )
        assert "nvidia-rose: prices moved in the opposite direction" in answer.out

    def test_about_another_event(self, call, folder: Path):
        file = own(folder, OWN.replace(APP_STORE, "deepseek-r1"))
        found = strict(call("claims", "--claims", file, "--json").out)
        assert list(found) == ["deepseek-r1"]
        assert {part["day0"] for part in found["deepseek-r1"]["parts"]} == {"2025-01-21"}

    def test_about_several_events(self, call, folder: Path):
        second = OWN.replace(APP_STORE, "deepseek-r1").replace("nvidia-", "chips-")
        file = own(folder, OWN + second)
        assert list(strict(call("claims", "--claims", file, "--json").out)) == [
            "deepseek-r1",
            APP_STORE,
        ]
        one = strict(call("claims", APP_STORE, "--claims", file, "--json").out)
        assert list(one) == [APP_STORE]
        assert len(one[APP_STORE]["claims"]) == 2

    @pytest.mark.slow
    def test_on_ones_own_prices(self, call, folder: Path, closes: pd.DataFrame):
        closes.rename_axis("date").to_csv("prices.csv", lineterminator="\n")
        answer = call("claims", "--claims", own(folder), "--source", "prices.csv", "--json")
        assert answer.code == 5
        assert "Left out: " in answer.err
        found = strict(answer.out)[APP_STORE]
        assert [claim["verdict"] for claim in found["claims"]] == ["supported", "contradicted"]
        text = call("claims", "--claims", "said.toml", "--source", "prices.csv")
        assert (text.code, text.err) == (5, answer.err)
        assert "nvidia-fell: prices moved as the claim says" in text.out
        assert "Left out" not in text.out
        run = call("run", APP_STORE, "--claims", "said.toml", "--source", "prices.csv")
        assert run.code == 5
        lines = [line for line in answer.said.split("Left out: ") if line]
        assert all(line.strip() in run.said for line in lines)

    def test_a_name_that_is_nowhere(self, call, folder: Path):
        file = own(folder, OWN.replace('"NVDA"', '"hyperscaler"'))
        said = " ".join(call("claims", "--claims", file).out.split())
        assert said.count(": cannot be tested (") == 2
        assert (
            "hyperscaler is neither in the prices nor a group of the event; "
            "did you mean hyperscalers?"
        ) in said

    def test_a_window_that_overlaps_the_estimation(self, call, folder: Path):
        """It takes no other part with it, and its sentence ends once."""
        file = own(folder, OWN + OWN_PART + "window = [-20, 0]\n")
        answer = call("claims", "--claims", file)
        assert answer.code == 0
        said = " ".join(answer.out.split())
        assert "nvidia-fell: prices moved as the claim says" in said
        assert (
            "nvidia-rose: prices moved in the opposite direction (of 2 parts, 1 opposite, 1 cannot be tested)"
            in said
        )
        assert "overlap" in said
        assert ".." not in said

    def test_assets_that_ones_own_prices_lack_are_untestable(
        self, call, folder: Path, closes: pd.DataFrame
    ):
        closes.rename_axis("date").to_csv("prices.csv", lineterminator="\n")
        file = own(folder, OWN.replace('"NVDA"', '"AMD"'))
        answer = call("claims", "--claims", file, "--source", "prices.csv", "--json")
        found = strict(answer.out)[APP_STORE]
        assert [claim["verdict"] for claim in found["claims"]] == ["untestable", "untestable"]
        assert all("AMD" in claim["why"] for claim in found["claims"])


class TestWhatIsLoaded:
    """Prices of all that the claims measure, for as long as they measure it."""

    MORE = """
[[claim.part]]
measure = "car"
of = ["INTC", "OpenAI"]
minus = ["ai-power"]
window = [0, 90]
direction = "below"

[[claim.part]]
measure = "car"
of = ["META"]
event = "deepseek-v2"
direction = "above"
"""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        """What a source was asked for, instead of an answer from it."""
        told: list[dict[str, Any]] = []

        def load(source: str, **given: Any) -> NoReturn:
            told.append({"source": source, **given})
            raise InputError("Stopped here.")

        monkeypatch.setattr(needs, "load_prices", load)
        return told

    @pytest.mark.parametrize("command", ["claims", "run"])
    def test_by_either_command(self, call, folder: Path, asked: list[dict[str, Any]], command: str):
        files = own(folder), own(folder, OWN + self.MORE, "more.toml")
        for file in files:
            answer = call(command, APP_STORE, "--claims", file, "--source", "yahoo", "--offline")
            assert (answer.code, answer.out) == (2, "")
            assert "Stopped here." in answer.said
        few, many = asked
        assert few["source"] == many["source"] == ["yahoo"]
        assert few["offline"] is many["offline"] is True
        assert {"NVDA", "^GSPC"} <= set(few["tickers"]) < {*many["tickers"], "INTC"}
        assert {"INTC", "VST", "CEG", "META"} <= set(many["tickers"])
        for tickers in (few["tickers"], many["tickers"]):
            assert len(set(tickers)) == len(tickers)
            assert not {"OpenAI", "ai-power"} & set(tickers)
        # 260 sessions before 27 January 2025 and 60 after it; before 6 May 2024, and 90 after
        assert pd.Timestamp("2023-10-01") < pd.Timestamp(few["start"]) < pd.Timestamp("2024-01-12")
        assert pd.Timestamp("2025-04-23") < pd.Timestamp(few["end"]) < pd.Timestamp("2025-06-01")
        assert pd.Timestamp(many["start"]) < pd.Timestamp("2023-04-24")
        assert pd.Timestamp(many["end"]) > pd.Timestamp("2025-06-06")

    def test_of_the_packaged_claims(self, call, asked: list[dict[str, Any]]):
        assert call("claims", "--source", "yahoo").code == 2
        (given,) = asked
        assert {"^IXIC", "TSM", "MU", "ASML", "INTC", "AAPL"} <= set(given["tickers"])
        assert given["offline"] is False


class TestWrongInput:
    """One sentence on stderr, nothing on stdout, exit code 2."""

    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (["no-such"], "There is no event 'no-such'. Known: "),
            (["deepseek-appstore"], "Did you mean 'deepseek-app-store'?"),
            (
                ["deepseek-r1"],
                "No claim is about deepseek-r1; claims are about deepseek-app-store.",
            ),
            ([APP_STORE, "deepseek-r1"], "No claim is about deepseek-r1"),
            (["--claims", "none.toml"], "There is no claims file 'none.toml'; check its path."),
            (["--events", "none.csv"], "There is no events file 'none.csv'"),
            (["--model", "markt"], "'markt'"),
            (["--estimation", "a year"], "'a year' is not a valid window"),
            (["--estimation", "-11,-260"], "ends before it starts"),
            (["--estimation", "-60,-11"], "has only 50 sessions"),
        ],
    )
    def test_names(self, call, args: list[str], said: str):
        answer = call("claims", *args)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("Error: ")
        assert answer.err.count("Error") == 1
        assert said in answer.said
        assert "Traceback" not in answer.err

    def test_an_events_file_that_no_claim_is_about(self, call, folder: Path):
        (folder / "events.csv").write_text(
            "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes\n"
            "mine,Mine,2025-01-27,pre,x,NVDA,,yes,s,\n"
        )
        answer = call("claims")
        assert (answer.code, answer.out) == (2, "")
        assert "No claim is about an event of this events file" in answer.said
        assert "--claims" in answer.said

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('direction = "below"', 'direction = "down"', "claim nvidia-fell, part 1, direction"),
            ("nvidia-rose", "nvidia-fell", "the id nvidia-fell appears more than once"),
            ('measure = "car"', 'measure = "car"\nthreshold = 0.1', "a CAR is compared with zero"),
            ("[[claim]]", "[[claim", "is not valid TOML"),
            (
                '["NVDA"]\ndirection = "below"',
                '"NVDA"\ndirection = "below"',
                "part 1, of should be a list in brackets (given: 'NVDA').",
            ),
            (
                'direction = "above"\n',
                "",
                "claim nvidia-rose, part 1, direction is missing; add it.",
            ),
            ('direction = "above"', 'direction = "above"\nthreshold = -17', "is a fraction"),
        ],
    )
    def test_a_malformed_file_is_one_sentence(
        self, call, folder: Path, old: str, new: str, said: str
    ):
        answer = call("claims", "--claims", own(folder, OWN.replace(old, new)))
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.said
        assert len(answer.err.strip().splitlines()) == 1
        assert "Traceback" not in answer.err

    def test_a_bad_claims_file_stops_a_run_before_anything_is_made(self, call, folder: Path):
        answer = call("run", "--claims", own(folder, "claim = ["))
        assert (answer.code, answer.out) == (2, "")
        assert "said.toml is not valid TOML" in answer.said
        assert not (folder / "outputs").exists()
