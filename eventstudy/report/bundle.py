"""The bundle: report, figures, tables, results.json, manifest.json, whole or not at all."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError
from eventstudy.evidence.parts.evidence import Evidence, write_evidence
from eventstudy.files.atomic import replace_folder
from eventstudy.files.formats import parse_json, write_json
from eventstudy.files.manifest import (
    CRATE,
    MANIFEST,
    OF_A_MACHINE,
    digest_of,
    hashes_of,
    refuse_strangers,
)
from eventstudy.files.names import folder_name
from eventstudy.files.reading import read_file
from eventstudy.files.source_date import require_source_date
from eventstudy.report.crate import crate
from eventstudy.report.drawing.palette import ink_named, paper_named
from eventstudy.report.formats.registry import FORMATS, checked_formats
from eventstudy.report.formats.replicate import write_replication
from eventstudy.report.kinds import all_tables
from eventstudy.report.pooled.story import PooledStory
from eventstudy.report.story import Story
from eventstudy.report.tables.tidy import write_tables
from eventstudy.report.told import Told
from eventstudy.result.result import StudyResult
from eventstudy.result.storage import write_result
from eventstudy.text.measure import measured_in
from eventstudy.text.words import listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from eventstudy.measures.regression_table import Regression

_PARTS = ("eventstudy-kit", "numpy", "pandas", "scipy", "statsmodels", "matplotlib", "pyarrow")

BOXES = "drawn_as_boxes"
"""The manifest's word for the characters that the typeface lacks."""


def write_bundle(
    result: StudyResult,
    directory: str | Path,
    *,
    evidence: Evidence | Mapping[str, Evidence] | None = None,
    regression: Regression | None = None,
    formats: Sequence[str] = ("pdf",),
    paper: str = "a4",
    ink: str = "colour",
) -> Path:
    """Write the bundle of one registered event, or of many events pooled, and return its folder.

    The result of a frame of observations gives one bundle: means, tests side by side, groups,
    distribution, coverage. A result of several registered events gives the bundle of the event
    that the folder is named after, or one folder an event inside `directory` where it is named
    after none. An earlier bundle is replaced, anything else is left alone; nothing is
    half-written. Warns of characters that the typeface lacks, once a bundle.

    Args:
        result: With at least one estimate.
        directory: The folder of the bundle, or of the bundles.
        evidence: What `gather_evidence` found on the event, or by event_id for several; without
            it its pages and tables are left out.
        regression: What `regress` found on the result of a frame; it gets a page and tables.
        formats: Those beside PDF and JSON, which every bundle has: brief (one page for an
            editor), html (one page for the browser), xlsx, tex and md (tables), png (slides of
            16:9), svg (each figure), share (an image for links).
        paper: "a4", "letter" or "slide".
        ink: "colour" or "grey".

    Raises:
        InputError: For a frame of a single observation, for a regression on a result of registered
            events, and for an unknown format, paper or ink.
    """
    target = Path(directory)
    options = BundleOptions.of(formats, paper, ink)
    for folder in write_as(result, target, evidence, options, regression):
        for note in typeface_notes(folder):
            warnings.warn(f"{folder.name}: {note}", stacklevel=2)
    return target


def write_as(
    result: StudyResult,
    target: Path,
    evidence: Evidence | Mapping[str, Evidence] | None,
    options: BundleOptions,
    regression: Regression | None = None,
) -> list[Path]:
    """Write bundles as `write_bundle` does, and return the folder of each event.

    What the typeface lacks is in the manifest alone (see `typeface_notes`).

    Raises:
        InputError: For a result without estimates, and for evidence on another event.
    """
    if result.parts:
        if isinstance(evidence, Evidence):
            raise InputError(
                "The result has several events; give their evidence by event_id, as a dict."
            )
        if target.name in result.parts:
            return write_as(result.only(target.name), target, evidence, options)
        return [
            folder
            for event_id, part in result.parts.items()
            for folder in write_as(part, target / folder_name(event_id), evidence, options)
        ]
    story = _story(result, evidence, target.resolve().name, regression)
    with replace_folder(target, marker=MANIFEST, refuse=refuse_strangers) as folder:
        _fill(story, folder, options)
    return [target]


@dataclass(frozen=True, slots=True)
class BundleOptions:
    """How bundles are made: formats, paper and ink, all of them known."""

    formats: tuple[str, ...]
    paper: str
    ink: str
    input_sha256: str = ""
    """Fingerprint of all that went in, where it is known: what another run may take as done."""
    regress: str = ""
    """The formula of the regression that the run was asked for."""
    command: str = ""
    """The command line of the run; empty from the library."""

    @classmethod
    def of(
        cls,
        formats: Sequence[str] = ("pdf",),
        paper: str = "a4",
        ink: str = "colour",
        input_sha256: str = "",
        command: str = "",
    ) -> BundleOptions:
        """Options in their own spelling.

        Raises:
            InputError: For an unknown format, paper or ink.
        """
        require_source_date()
        names = paper_named(paper).name, ink_named(ink).name
        return cls(checked_formats(formats), *names, input_sha256, command=command)

    @property
    def made(self) -> dict[str, Any]:
        """What two bundles of the same bytes have in common, as their manifests say it."""
        options = asdict(self)
        del options["command"]
        return options


def bundle_options(directory: str | Path) -> BundleOptions:
    """How the bundle in a folder was made; the default where it does not say."""
    try:
        manifest = _manifest_of(Path(directory))
        made = manifest["made"]
        kept = made.get("input_sha256"), made.get("regress"), manifest.get("command")
        sha256, regress, command = (text if isinstance(text, str) else "" for text in kept)
        options = BundleOptions.of(made["formats"], made["paper"], made["ink"], sha256)
        return replace(options, regress=regress, command=command)
    except (OSError, ValueError, KeyError, TypeError):
        return BundleOptions.of()


def typeface_notes(folder: Path) -> list[str]:
    """One sentence where a bundle has characters that the typeface lacks, else none."""
    if not (lacking := _manifest_of(folder).get(BOXES)):
        return []
    what = f"The report's typeface has no {listed(list(lacking))}"
    return [f"{what}: boxes stand there in PDF and PNG, the characters in all other files."]


def _manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = parse_json(read_file(folder / MANIFEST, "manifest"))
    return manifest


def draw_figures(
    result: StudyResult,
    evidence: Evidence | None = None,
    only: Sequence[str] | None = None,
    *,
    paper: str = "a4",
    ink: str = "colour",
) -> dict[str, Figure]:
    """The pages of one registered event as matplotlib figures, by name; drawn, never fitted.

    Args:
        result: A result of one registered event.
        evidence: What `gather_evidence` found on it; without it its pages are left out.
        only: The names of the pages wanted, such as ["recovery"]; None for all.
        paper: "a4", "letter" or "slide".
        ink: "colour" or "grey".

    Raises:
        InputError: For a result without a registered event, and for a name that is not one of its
            pages.
    """
    from eventstudy.report.drawing.theme import dressed
    from eventstudy.report.formats.sheets import sheets

    with dressed(paper, ink), measured_in(result.spec.unit, result.spec.frequency):
        return {sheet.name: sheet.figure for sheet in sheets(_story(result, evidence), only)}


def _story(
    result: StudyResult,
    evidence: Evidence | Mapping[str, Evidence] | None = None,
    name: str = "",
    regression: Regression | None = None,
) -> Story | PooledStory:
    if result.context is None and result.n > 1:
        return PooledStory(result, name or "events", regression)
    if regression is not None:
        raise InputError("A regression belongs to the bundle of a frame of many observations.")
    if result.context is None and result.n:
        raise InputError(
            "A bundle reports registered events on loaded prices, or many observations; this "
            "result has one observation of a frame. Use result.save(), or run an event from "
            "read_events on load_prices."
        )
    if not result.n:
        raise InputError("The result has no estimate to report; see result.exclusions.")
    event_id = str(result.assets.labels["event_id"].iloc[0])
    own = evidence.get(event_id) if isinstance(evidence, Mapping) else evidence
    if own is not None and own.event_id not in ("", event_id):
        raise InputError(f"The evidence is on {own.event_id} and the result on {event_id}.")
    return Story(result, event_id, own)


def _fill(story: Told, folder: Path, options: BundleOptions) -> None:
    from eventstudy.report.drawing.savefig import characters_lacking
    from eventstudy.report.drawing.theme import dressed

    for name in ("tables", "saved"):
        (folder / name).mkdir()
    spec = story.result.spec
    inside = dressed(options.paper, options.ink), measured_in(spec.unit, spec.frequency)
    with inside[0], inside[1], characters_lacking() as lacking:
        for name in options.formats:
            FORMATS[name].write(story, folder)
    write_tables(all_tables(story), folder / "tables")
    if isinstance(story, Story):
        write_replication(story, folder)
    write_result(story.result, folder / "saved")
    if story.evidence is not None:
        write_evidence(story.evidence, folder / "saved")
    write_json(crate(story, hashes_of(folder)), folder / CRATE)
    write_json(_manifest(story, folder, options, lacking), folder / MANIFEST)


def _plan(story: Told) -> dict[str, Any]:
    """The seal of the plan that the run followed, and what differs from it."""
    planned = story.result.planned
    if planned is None:
        return {}
    about = {
        "seal": planned.seal,
        "sealed": planned.sealed,
        "kind": planned.kind,
        "altered": list(planned.altered),
        "deviations": list(planned.deviations),
        "changed_prices": [price.sentence for price in planned.prices],
    }
    return {"plan": about}


def _manifest(
    story: Told, folder: Path, options: BundleOptions, lacking: set[str]
) -> dict[str, Any]:
    hashes = hashes_of(folder)
    return {
        "event_id": story.event_id,
        "versions": {"python": platform.python_version(), **{p: version(p) for p in _PARTS}},
        **({"command": options.command} if options.command else {}),
        **_plan(story),
        "made": options.made,
        BOXES: "".join(sorted(lacking)),
        "options": story.result.spec.model_dump(mode="json"),
        "data": dict(story.origin),
        "figures_sha256": digest_of(hashes),
        "of_this_machine": [OF_A_MACHINE],
        "files": hashes,
    }
