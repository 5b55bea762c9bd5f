"""Wrong options of every verb: one sentence a problem, the right code, outputs untouched."""

from __future__ import annotations

import pytest

OPTIONS = {
    "unknown event": (["deepseek-r2"], 2, ["no event 'deepseek-r2'", "Did you mean", "Known:"]),
    "event without assets": (["stargate"], 2, ["Event stargate", "nothing to study"]),
    "model": (["--model", "markt"], 2, ["no model 'markt'", "'market'", "market_adjusted"]),
    "test": (["--tests", "t,foo"], 2, ["no test 'foo'", "Known: ", " more"]),
    "engine": (["--engine", "threads"], 2, ["no engine 'threads'", "dask, processes, serial"]),
    "calendar": (["--calendar", "XNYZ"], 2, ["no exchange calendar 'XNYZ'", "Did you mean"]),
    "returns": (
        ["--returns", "logg"],
        2,
        ["Option returns", "'simple', 'log', 'trade', 'difference' or 'other'", "'logg'"],
    ),
    "window is not a valid window": (
        ["--window=a,b"],
        2,
        ["Option window", "'a,b' is not a valid window"],
    ),
    "window of three": (["--window=1,2,3"], 2, ["Option window", "two whole numbers"]),
    "window that ends before it starts": (["--window=5,-5"], 2, ["Option window", "ends before"]),
    "car is not a valid window": (["--car", "0"], 2, ["Option car", "'0' is not a valid window"]),
    "window inside the estimation window": (
        ["--estimation=-260,-5"],
        2,
        ["estimation window [−260, −5]", "event days [−10, +20]", "overlap"],
    ),
    "car inside the estimation window": (
        ["--car=-30,-20"],
        2,
        ["estimation window [−260, −11]", "event days [−30, +10]", "overlap"],
    ),
    "min_obs above the window": (["--min-obs=300"], 2, ["300", "only 250 sessions"]),
    "min_obs too small": (["--min-obs=2"], 2, ["Option min_obs", "3"]),
    "min_obs is no number": (["--min-obs=x"], 2, ["--min-obs", "give a whole number"]),
    "seed is no number": (["--seed=x"], 2, ["--seed", "give a whole number"]),
    "estimation window before the data": (
        ["--estimation=-2000,-1000"],
        3,
        ["Nothing could be estimated", "0 valid returns", "[−2000, −1000]"],
    ),
    "benchmark": (["--benchmark", "^GSPX"], 3, ["The benchmark ^GSPX", "--benchmark"]),
    "source": (["--source", "yaho"], 2, ["Option source: ", "'yaho'", "mean yahoo?"]),
    "source file": (["--source", "p.csv"], 2, ["There is no price file 'p.csv'"]),
    "source folder": (["--source", "outputs"], 2, ["outputs holds no price file"]),
    "source is no price file": (
        ["--source", "events.csv"],
        2,
        ["events.csv has no column for the date", "'event_id'"],
    ),
    "groups file": (["--groups", "g.toml"], 2, ["no groups file 'g.toml'"]),
    "events is a folder": (["--events", "outputs"], 2, ["outputs cannot be read"]),
    "network forbidden, nothing cached": (
        ["--source", "yahoo", "--offline"],
        3,
        ["are not in the cache of downloaded prices", "once without --offline"],
    ),
    "out is a file": (["--out", "events.csv"], 2, ["Option out: events.csv is a file"]),
    "out below a file": (["--out", "events.csv/x"], 2, ["Option out: events.csv is a file"]),
    "out holds other files": (
        ["deepseek-v2"],
        2,
        ["outputs/deepseek-v2 holds files that are not an earlier result", "another folder"],
    ),
}

OPTIONS |= {
    "negative seed": (
        ["--seed=-1"],
        2,
        ["Option seed: give at least 0"],
    ),
    "seed of 31 digits": (["--seed=1" + "0" * 30], 2, ["Option seed: give less than"]),
    "seed with an exponent": (["--seed=1e3"], 2, ["--seed", "give a whole number"]),
    "negative min_obs": (["--min-obs=-5"], 2, ["Option min_obs", "3"]),
    "min_obs of 22 digits": (["--min-obs=1" + "0" * 21], 2, ["only 250 sessions"]),
    "min_obs is not a number": (["--min-obs=nan"], 2, ["--min-obs", "give a whole number"]),
    "window of nan": (["--window=nan,nan"], 2, ["Option window: 'nan,nan' is not a valid window"]),
    "window of inf": (
        ["--window=-inf,inf"],
        2,
        ["Option window: '-inf,inf' is not a valid window"],
    ),
    "window with an exponent": (
        ["--window=-1e3,1"],
        2,
        ["Option window: '-1e3,1' is not a valid window"],
    ),
    "endless window": (["--window=0,99999999999"], 2, ["reaches further than 200,000 sessions"]),
    "endless estimation window": (["--estimation=-99999999999,-11"], 2, ["Option estimation"]),
    "empty window": (["--window="], 2, ["Option window: '' is not a valid window"]),
    "empty estimation window": (
        ["--estimation="],
        2,
        ["Option estimation: '' is not a valid window"],
    ),
    "two windows in one car": (
        ["--car=0,0;1,1"],
        2,
        ["Option car: '0,0;1,1' is not a valid window"],
    ),
    "second window backwards": (["--post-estimation=30,20"], 2, ["Option post_estimation", "ends"]),
    "empty model": (["--model="], 2, ["There is no model ''", "market"]),
    "long model": (["--model=" + "x" * 5_000], 2, ["(5,000 characters). Known: "]),
    "empty engine": (["--engine="], 2, ["There is no engine ''"]),
    "scheduler without a port": (["--engine=tcp://nowhere"], 2, ["needs a host and a port"]),
    "empty returns": (
        ["--returns="],
        2,
        ["Option returns", "'simple', 'log', 'trade', 'difference' or 'other'"],
    ),
    "kp": (["--kp=x"], 2, ["Option kp", "'calendar' or 'event'"]),
    "paper": (["--paper=a5"], 2, ["There is no paper 'a5'. Known: a4, letter, slide."]),
    "ink": (["--ink=red"], 2, ["There is no ink 'red'. Known: colour, grey."]),
    "format": (["--format=docx"], 2, ["There is no format 'docx'. Known: "]),
    "empty source": (["--source="], 2, ["Option source: ", "''", "bundled, yahoo"]),
    "source on the web": (["--source=http://x.org/p.csv"], 2, ["is an address that is not read"]),
    "source with a NUL": (["--source=a\0b.csv"], 2, ["'a\\x00b.csv' cannot be the path"]),
    "source of 5,000 characters": (["--source=" + "x" * 5_000 + ".csv"], 2, ["file name too long"]),
    "source below a file": (["--source=events.csv/p.csv"], 2, ["not a directory"]),
    "empty events": (["--events="], 2, [". cannot be read: it is a folder"]),
    "empty groups": (["--groups="], 2, [". cannot be read: it is a folder"]),
    "factors without names": (["--model=factors"], 2, ["The model factors needs factors="]),
    "unknown factor": (["--model=factors", "--factors=zzz"], 3, ["The model factors needs 'zzz'"]),
    "unknown donor": (["--model=peers", "--donors=ZZZZ"], 3, ["The model peers needs 'ZZZZ'"]),
    "prices as levels": (["--returns=difference"], 2, ["values", "levels="]),
    "weights misspelt": (["--weights=valeu"], 2, ["Option weights", "Did you mean 'value'?"]),
    "empty weights": (["--weights="], 2, ["Option weights", "no column ''"]),
    "levels of returns": (["--levels=NVDA"], 2, ["Option levels", "--returns difference"]),
    "empty event": ([""], 2, ["There is no event ''"]),
    "event of 5,000 characters": (
        ["x" * 5_000],
        2,
        ["There is no event 'xxx", "(5,000 characters)"],
    ),
    "event with a NUL": (["a\0b"], 2, ["There is no event 'a\\x00b'"]),
    "option that is none": (["--modle", "market"], 2, ["There is no option --modle. Did you mean"]),
    "option without its value": (["--model"], 2, ["Option '--model' requires an argument."]),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_run_refuses(case, refused):
    args, code, says = OPTIONS[case]
    refused("run", *args, code=code, says=says)


ADD = ("events", "add", "x", "--title=T", "--at=2025-01-27")
BUNDLED = ("prices", "fetch", "NVDA", "--source=bundled")
VERBS = {
    "no such verb": (["foo"], 2, "No such command 'foo'"),
    "no such verb of events": (["events", "foo"], 2, "No such command 'foo'"),
    "no such verb of prices": (["prices", "foo"], 2, "No such command 'foo'"),
    "report without a run": (["report", "nowhere"], 2, "nowhere holds no saved result"),
    "report of a file": (["report", "events.csv"], 2, "events.csv holds no saved result"),
    "report of nothing": (["report", ""], 2, "holds no saved result"),
    "report of a bundle without a result": (
        ["report", "outputs/good"],
        2,
        "outputs/good holds no saved result",
    ),
    "report's paper": (["report", "outputs/good", "--paper=a5"], 2, "no paper 'a5'"),
    "report's ink": (["report", "outputs/good", "--ink=x"], 2, "no ink 'x'"),
    "report's format": (["report", "outputs/good", "--format=x"], 2, "no format 'x'"),
    "claims' event": (["claims", "nope"], 2, "There is no event 'nope'"),
    "claims' file": (["claims", "--claims=no.toml"], 2, "There is no claims file 'no.toml'"),
    "claims' source": (["claims", "--source=no.csv"], 2, "There is no price file"),
    "claims' model": (["claims", "--model=x"], 2, "There is no model 'x'"),
    "claims' window": (
        ["claims", "--estimation=x"],
        2,
        "Option estimation: 'x' is not a valid window",
    ),
    "list's calendar": (["events", "list", "--calendar=X"], 2, "no exchange calendar 'X'"),
    "list's file": (["events", "list", "--events=no.csv"], 2, "There is no events file 'no.csv'"),
    "show an unknown event": (["events", "show", "nope"], 2, "There is no event 'nope'"),
    "show nothing": (["events", "show"], 2, "Missing argument 'EVENT_ID'"),
    "validate's groups": (["events", "validate", "--groups=no.toml"], 2, "There is no groups file"),
    "add without a date": (["events", "add", "x", "--title=T"], 2, "Missing option '--at'"),
    "add an id there already": (
        [*ADD[:2], "deepseek-r1", *ADD[3:]],
        2,
        "has an event 'deepseek-r1'",
    ),
    "add an id with a blank": ([*ADD[:2], "a b", *ADD[3:]], 2, "event_id: 'a b' is not a valid id"),
    "add without a title": ([*ADD, "--title="], 2, "Event field title: it is empty"),
    "add a bell": ([*ADD, "--title=\x07"], 2, "title: it has the control character U+0007"),
    "add a European date": ([*ADD, "--at=27.1.2025"], 2, "'27.1.2025' is not a date"),
    "add 1800": ([*ADD, "--at=1800-01-27"], 2, "lies outside the XNYS calendar"),
    "add a mistyped group": ([*ADD, "--groups=nvidai"], 2, "did you mean 'nvidia'?"),
    "add a timing": ([*ADD, "--timing=noon"], 2, "'noon' is not allowed"),
    "add in no folder": ([*ADD, "--events=no/x.csv"], 2, "cannot be written"),
    "add to a folder": ([*ADD, "--events=outputs"], 2, "outputs cannot be read: it is a folder"),
    "fetch nothing": (["prices", "fetch"], 2, "Missing argument 'TICKER'"),
    "fetch an empty ticker": (["prices", "fetch", "", "--source=bundled"], 2, "names no ticker"),
    "fetch an unknown ticker": (["prices", "fetch", "ZZZ", "--source=bundled"], 3, "ZZZ is not in"),
    "fetch from a word": ([*BUNDLED, "--start=x"], 2, "Option start: 'x' is not a date"),
    "fetch from nothing": ([*BUNDLED, "--start="], 2, "Option start: '' is not a date"),
    "fetch from 30 February": ([*BUNDLED, "--start=2025-02-30"], 2, "'2025-02-30' is not a date"),
    "fetch from a week": ([*BUNDLED, "--start=2025-W05"], 2, "'2025-W05' is not a date"),
    "fetch to the year 99999": ([*BUNDLED, "--end=99999-01-01"], 2, "'99999-01-01' is not a date"),
    "fetch backwards": (
        [*BUNDLED, "--start=2025-02-03", "--end=2025-01-01"],
        2,
        "Option end: 2025-01-01 lies before start 2025-02-03",
    ),
    "fetch before the data": (
        [*BUNDLED, "--start=1900-01-01", "--end=1900-02-01"],
        3,
        "has no prices from 1900-01-01 to 1900-02-01",
    ),
    "fetch into no folder": ([*BUNDLED, "--out=no/x.csv"], 2, "there is no folder no"),
    "fetch into a folder": ([*BUNDLED, "--out=outputs"], 2, "outputs is a folder"),
    "fetch offline": (["prices", "fetch", "NVDA", "--offline"], 3, "NVDA is not in the cache"),
    "status of nothing": (["prices", "status", ""], 2, "names no ticker"),
    "status of what is not there": (["prices", "status", "ZZZ"], 3, "ZZZ: not in the cache"),
    "clear nothing": (["prices", "clear"], 2, "Name the tickers to remove, or --all"),
    "clear both ways": (["prices", "clear", "NVDA", "--all"], 2, "not both"),
    "samples": (["calibrate", "--samples=-1"], 2, "Option samples: give a whole number from 2"),
    "endless samples": (["calibrate", "--samples=1" + "0" * 12], 2, "to 1,000,000"),
    "endless events": (["calibrate", "--events=1" + "0" * 12], 2, "from 1 to 100,000"),
    "no events": (["calibrate", "--events=0"], 2, "give a whole number from 1"),
    "rho of 2": (["calibrate", "--rho=2"], 2, "Option rho: give a correlation from 0"),
    "rho of nan": (["calibrate", "--rho=nan"], 2, "Option rho: give a correlation from 0"),
    "rho of a word": (["calibrate", "--rho=x"], 2, "Option rho: 'x' is neither a number"),
    "variance of inf": (["calibrate", "--variance=inf"], 2, "Option variance: give a positive"),
    "tails of nought": (["calibrate", "--tails=0"], 2, "Option tails: give degrees of freedom"),
    "thin of 2": (["calibrate", "--thin=2"], 2, "Option thin: give a share"),
    "ar of inf": (["calibrate", "--ar=inf"], 2, "Option ar: give a return in decimals"),
    "alpha of nan": (["calibrate", "--alpha=nan"], 2, "Option alpha: give a level"),
    "calibrate's seed": (["calibrate", "--seed=-1"], 2, "Option seed: give a whole number from 0"),
    "calibrate's test": (["calibrate", "--tests=foo"], 2, "There is no test 'foo'"),
    "calibrate's model": (["calibrate", "--model=foo"], 2, "There is no model 'foo'"),
    "calibrate's source": (["calibrate", "--source=nope"], 2, "'nope'"),
    "source mistyped": (["calibrate", "--source=bundeld"], 2, "Did you mean bundled?"),
    "calibrate into a file": (["calibrate", "--out=events.csv"], 2, "events.csv is a file"),
    "init in a file": (["init", "events.csv"], 2, "events.csv is a file, not a folder"),
    "init below a file": (["init", "events.csv/x"], 2, "events.csv is a file, not a folder"),
    "init by a name too long": (["init", "x" * 5_000], 1, "cannot be written: file name too long"),
    "doctor's options": (["doctor", "--foo"], 2, "There is no option --foo."),
    "configuration that is not there": (
        ["--config", "no.toml", "models"],
        2,
        "no configuration file",
    ),
    "configuration is a folder": (["--config", "outputs", "models"], 2, "outputs cannot be read"),
    "models' options": (["models", "--foo"], 2, "There is no option --foo."),
    "tests' arguments": (["tests", "--json", "x"], 2, "unexpected extra argument"),
}


@pytest.mark.parametrize("case", VERBS)
def test_every_verb_refuses(case, refused):
    args, code, says = VERBS[case]
    refused(*args, code=code, says=[says])


VARIABLES = {
    "MIN_OBS": ("x", "It comes from EVENTSTUDY_RUN_MIN_OBS."),
    "SEED": ("1e3", "It comes from EVENTSTUDY_RUN_SEED."),
    "ROLLING": ("maybe", "It comes from EVENTSTUDY_RUN_ROLLING."),
    "JSON": ("2", "It comes from EVENTSTUDY_RUN_JSON."),
    "MODEL": ("foo", "Note: --model comes from EVENTSTUDY_RUN_MODEL."),
    "WINDOW": ("a", "Note: --window comes from EVENTSTUDY_RUN_WINDOW."),
    "CAR": ("0,0 x", "Note: --car comes from EVENTSTUDY_RUN_CAR."),
    "EVENTS": ("no.csv", "Note: --events comes from EVENTSTUDY_RUN_EVENTS."),
    "PAPER": ("a5", "Note: --paper comes from EVENTSTUDY_RUN_PAPER."),
    "SOURCE": ("no.csv", "Note: --source comes from EVENTSTUDY_RUN_SOURCE."),
}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_wrong_variable_is_named(name, refused, monkeypatch):
    value, says = VARIABLES[name]
    monkeypatch.setenv(f"EVENTSTUDY_RUN_{name}", value)
    refused("run", says=[says])


def test_a_variable_for_a_configuration_that_is_not_there(refused, monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_CONFIG", "no.toml")
    refused("run", says=["There is no configuration file 'no.toml'"])


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--probability=80"], "Option probability: 80.0 is not between"),
        (["--effect=3"], "Option effect: 3 is a return of 100%"),
        (["--effect=nan"], "Option effect"),
        (["--over=5,0"], "Option over: the window 5,0 ends before it starts"),
    ],
)
def test_power_names_its_own_options(args, says, refused) -> None:
    refused("power", "deepseek-r1", *args, code=2, says=[says])


def test_how_a_value_was_tried_to_be_read_is_not_told(folder, call) -> None:
    for verb, option in (("power", "--effect=x"), ("run", "--seed=x")):
        said = call(verb, option).err
        assert option.partition("=")[0] in said
        assert "unable to" not in said
