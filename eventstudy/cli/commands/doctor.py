"""`eventstudy doctor`: whether all that a run needs is there, and which options are set where."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from eventstudy.cli.config import (
    FILE,
    InForce,
    Option,
    Settings,
    in_force,
    options_of,
    read_settings,
    unknown_variables,
)
from eventstudy.cli.console import columns, echo, hanging, print_json, short_path
from eventstudy.cli.options import AsJson
from eventstudy.errors import EventStudyError
from eventstudy.text.numbers import counted

if TYPE_CHECKING:
    from packaging.requirements import Requirement


DISTRIBUTION = "eventstudy-kit"
PURPOSES = {
    "crosscheck": "cross-checks with StatsPAI (eventstudy cross-check)",
    "crypto": "crypto prices (--source ccxt)",
    "dask": "--engine dask",
    "excel": "Excel and ODS workbooks as input",
    "duckdb": "panels larger than memory (read_panel)",
    "factors": 'live factors (load_factors("live"))',
    "mcp": "tools for agents (eventstudy mcp)",
    "panel": "panels with controls (stacked_did, synthetic_did)",
    "peers": "the model peers",
    "polars": "tables for polars (to_polars)",
    "rates": "rates and yields (--source fred, --source ecb)",
    "seal": "time stamps of plans (eventstudy plan --stamp)",
    "sql": "prices from databases and WRDS (--source postgresql://…)",
}
"""What an extra is for."""
DEVELOPMENT = ("dev", "docs")
KERNEL = "ipykernel"
"""What a notebook needs in the environment of the package."""
OK, MISSING, WRONG, IGNORED, OPTIONAL = "ok", "missing", "wrong", "ignored", "optional"
REINSTALL = f"install the package again: pip install --force-reinstall {DISTRIBUTION}"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `required` where a run needs it."""

    name: str
    status: str
    said: str
    required: bool = True

    @property
    def fails(self) -> bool:
        """Whether a run lacks something."""
        return self.required and self.status != OK


def doctor(context: typer.Context, json: AsJson = False) -> None:
    """The network is not used.

    Checks Python and its packages, the optional extras, the packaged data, the cache, the
    configuration file, the calendar, the typeface and the output folder.

    Exit codes: 0 everything required works, 1 something does not.

    Examples:
        eventstudy doctor
        eventstudy doctor --json
    """
    root = context.find_root()
    options = options_of(root.command)
    settings, configuration = _configuration(root.params.get("config"), options)
    set_apart = in_force(options, settings, os.environ)
    run = (one for one in set_apart if one.option.verb == ("run",))
    out = (one.value for one in run if one.option.name == "out")
    checks = [
        *_guarded("packages", _packages),
        *_guarded("notebooks", _notebooks, required=False),
        *_guarded("sources", _sources, required=False),
        *_guarded("packaged data", _data),
        *_guarded("cache", _cache, required=False),
        *configuration,
        *(
            Check("environment", IGNORED, sentence, required=False)
            for sentence in unknown_variables(options, os.environ)
        ),
        *_guarded("calendar", _calendar),
        *_guarded("typeface", _typeface),
        _outputs(Path(next(out, "outputs"))),
    ]
    well = not any(check.fails for check in checks)
    if json:
        print_json(
            {
                "well": well,
                "checks": [asdict(check) for check in checks],
                "options": [
                    {
                        "verb": " ".join(one.option.verb),
                        "option": f"--{one.option.key}",
                        "value": one.value,
                        "source": one.source,
                    }
                    for one in set_apart
                ],
            }
        )
    else:
        _print(checks, set_apart)
    if not well:
        raise typer.Exit(1)


def _print(checks: Sequence[Check], set_apart: Sequence[InForce]) -> None:
    for check in checks:
        echo(hanging(f"{check.status:<8} ", f"{check.name}: {check.said}"))
    echo("\nOptions that differ from the defaults:" if set_apart else "")
    if not set_apart:
        echo("Every option is at its default.")
    rows = [(f"{' '.join(one.option.verb)} --{one.option.key}", one) for one in set_apart]
    width = max((len(name) for name, _ in rows), default=0)
    for name, one in rows:
        line = f"  {name:<{width}}  {one.value}"
        whole = f"{line}  ({one.source})"
        echo(whole if len(whole) <= columns() else f"{line}\n{'':{width + 4}}({one.source})")


def _guarded(
    name: str, look: Callable[[], Iterator[Check]], *, required: bool = True
) -> list[Check]:
    """What a look finds; what goes wrong in looking is a finding too."""
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001 - a broken installation can break anywhere
        return [Check(name, WRONG, f"{type(error).__name__}: {error}; {REINSTALL}.", required)]


def _packages() -> Iterator[Check]:
    """Python, the packages that are required, and the extras."""
    from importlib.metadata import metadata, requires, version

    from packaging.requirements import Requirement

    place = short_path(Path(str(resources.files("eventstudy"))))
    yield Check("python", OK, f"{platform.python_version()}, {sys.executable}")
    yield Check("eventstudy", OK, f"{version(DISTRIBUTION)}, {place}")
    wanted = [Requirement(text) for text in requires(DISTRIBUTION) or ()]
    well, troubles = _installed(wanted, "")
    yield Check("packages", OK, ", ".join(well))
    for trouble in troubles:
        yield Check("packages", MISSING, f"{trouble}; {REINSTALL}.")
    for extra in metadata(DISTRIBUTION).get_all("Provides-Extra") or ():
        if extra not in DEVELOPMENT:
            yield _extra(extra, *_installed(wanted, extra))


def _sources() -> Iterator[Check]:
    """The sources of prices that installed packages bring."""
    from eventstudy.prices.plugins import PLUGINS

    for plugin in PLUGINS.found:
        name, place = f"source {plugin.name}", f"{plugin.entry.value} of {plugin.package}"
        try:
            status, said = (IGNORED, plugin.problem) if plugin.problem else (OK, "")
            if not plugin.problem:
                PLUGINS[plugin.name].open(calendar=None, offline=True)
        except EventStudyError as error:
            status, said = WRONG, str(error)
        yield Check(name, status, " ".join(filter(None, [place, said])), required=False)


def _notebooks() -> Iterator[Check]:
    """Whether this Python can be the kernel of a notebook."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        known = f"{KERNEL} {version(KERNEL)}"
    except PackageNotFoundError:
        advice = f"{KERNEL} is not installed; only needed for notebooks: pip install jupyterlab"
        yield Check("notebooks", OPTIONAL, advice, required=False)
        return
    command = f"{shlex.quote(sys.executable)} -m {KERNEL} install --user --name eventstudy"
    yield Check("notebooks", OK, f"{known}; to add a kernel of its own: {command}", required=False)


def _extra(name: str, well: Sequence[str], troubles: Sequence[str]) -> Check:
    purpose = PURPOSES.get(name, f"the extra {name}")
    if not troubles:
        return Check(f"extra {name}", OK, f"{', '.join(well)}, for {purpose}", required=False)
    advice = f"pip install '{DISTRIBUTION}[{name}]'"
    lacking = f"{', '.join(troubles)}; only needed for {purpose}: {advice}"
    return Check(f"extra {name}", OPTIONAL, lacking, required=False)


def _installed(wanted: Sequence[Requirement], extra: str) -> tuple[list[str], list[str]]:
    """Packages with their versions that fit, and those that do not, of all or of one extra."""
    from importlib.metadata import PackageNotFoundError, version

    well: list[str] = []
    troubles: list[str] = []
    for one in wanted:
        always = one.marker is None or one.marker.evaluate({"extra": ""})
        asked = always or (one.marker is not None and one.marker.evaluate({"extra": extra}))
        if not asked or (extra and always):
            continue
        try:
            installed = version(one.name)
        except PackageNotFoundError:
            troubles.append(f"{one.name} is not installed")
            continue
        fits = one.specifier.contains(installed, prereleases=True)
        more = f"{one.name} is {installed} and must be {one.specifier}"
        (well if fits else troubles).append(f"{one.name} {installed}" if fits else more)
    return well, troubles


def packaged(name: str) -> bytes:
    """The bytes of a packaged data file."""
    return (resources.files("eventstudy") / "data" / name).read_bytes()


def _data() -> Iterator[Check]:
    """Prices and factors against the recorded hashes; the lists by reading them."""
    from eventstudy.events.groups import read_groups
    from eventstudy.evidence.claims.register import read_claims
    from eventstudy.prices.shares import read_shares
    from eventstudy.prices.unlisted import unlisted_reason

    recorded = dict(
        re.findall(r"\| (\S+) \| ([0-9a-f]{64}) \|", packaged("PROVENANCE.md").decode())
    )
    looks: dict[str, Callable[[], Any]] = {
        **{name: partial(_require_hash, name, expected) for name, expected in recorded.items()},
        "groups.toml": lambda: read_groups(None),
        "claims.toml": lambda: read_claims(None),
        "shares.toml": read_shares,
        "unlisted.toml": lambda: unlisted_reason("OpenAI"),
    }
    damaged = [] if recorded else ["PROVENANCE.md names no hashes"]
    for name, look in looks.items():
        try:
            look()
        except (EventStudyError, OSError, ValueError, KeyError, TypeError) as error:
            damaged.append(f"{name} cannot be used ({error})")
    if damaged:
        yield Check("packaged data", WRONG, f"{'; '.join(damaged)}; {REINSTALL}.")
    else:
        yield Check("packaged data", OK, ", ".join(looks))


def _require_hash(name: str, expected: str) -> None:
    if hashlib.sha256(packaged(name)).hexdigest() != expected:
        raise ValueError("its hash differs from that of the packaged file")


def _cache() -> Iterator[Check]:
    from eventstudy.prices.sources.cache import default_cache

    folder = default_cache().folder.parent
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    size = sum(path.stat().st_size for path in files) / 1e6
    held = f"{counted(len(files), 'file')}, {size:.1f} MB" if files else "nothing downloaded yet"
    if _writable(folder):
        yield Check("cache", OK, f"{folder}, {held}", required=False)
    else:
        yield Check("cache", WRONG, f"{folder}, {held}; it cannot be written", required=False)


def _configuration(asked: Path | None, options: Sequence[Option]) -> tuple[Settings, list[Check]]:
    try:
        settings = read_settings(asked, options)
    except EventStudyError as error:
        problems = getattr(error, "problems", (str(error),))
        return Settings(), [Check("configuration", WRONG, problem) for problem in problems]
    if settings.path is None:
        where = f"no {FILE} in this folder; eventstudy init writes one"
    else:
        count = sum(len(table) for table in settings.values.values())
        where = f"{settings.path}, {counted(count, 'option')} set"
    return settings, [Check("configuration", OK, where)]


def _calendar() -> Iterator[Check]:
    from eventstudy.calendars import sessions_of

    sessions = sessions_of("XNYS")
    yield Check("calendar", OK, f"XNYS from {sessions.first} to {sessions.last}")


def _typeface() -> Iterator[Check]:
    from matplotlib.font_manager import FontProperties, fontManager

    from eventstudy.report.drawing.theme import FAMILIES

    for weight in ("normal", "bold"):
        fontManager.findfont(
            FontProperties(family=FAMILIES[0], weight=weight), fallback_to_default=False
        )
    yield Check("typeface", OK, FAMILIES[0])


def _outputs(folder: Path) -> Check:
    if _writable(folder):
        return Check("outputs", OK, f"{folder} can be written")
    lacking = f"{folder} cannot be written; name another folder with --out"
    return Check("outputs", WRONG, lacking, required=False)


def _writable(folder: Path) -> bool:
    """Whether the folder, or the one that it would be made in, takes new files."""
    place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
