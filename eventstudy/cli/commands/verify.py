"""`eventstudy verify`: bundles compared with their manifests."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from eventstudy.cli.console import echo, hanging, print_json
from eventstudy.cli.options import AsJson, argument
from eventstudy.errors import EventStudyError, InputError, some_names
from eventstudy.text.numbers import counted

if TYPE_CHECKING:
    from eventstudy.files.manifest import Verification
    from eventstudy.report.machine.schema import SchemaCheck


LARGEST = 64 * 1024 * 1024
"""Bytes of a results.json; that of thirty assets has some two hundred thousand."""


def verify(
    directory: Annotated[Path, argument("DIR", "A bundle, or a folder with several.")],
    json: AsJson = False,
) -> None:
    """Compares the hash of every file, and results.json with its schema. Links are not followed.

    Each difference is one line: altered, missing, extra, link, special (not an ordinary file) or
    outside (the manifest names a file outside the bundle). Hashes show damage, not forgery: compare
    the printed hash of the manifest with the one that the sender gives you. The hash of the
    figures, of all files but saved/, is the same on every machine with the same versions.

    Exit codes: 0 no difference, 1 differences, 2 no bundle or an unreadable manifest.

    Examples:
        eventstudy verify outputs/deepseek-r1
        eventstudy verify outputs --json
    """
    from eventstudy.files.manifest import bundles_in, verify_bundle

    verified: list[Verification] = []
    schemas: dict[Path, SchemaCheck] = {}
    unreadable: dict[Path, InputError] = {}
    for folder in bundles_in(directory):
        try:
            verified.append(verify_bundle(folder))
            schemas |= _schema_of(verified[-1])
        except InputError as error:
            unreadable[folder] = error
    if json:
        print_json(_as_json(verified, unreadable, schemas))
    else:
        for each in verified:
            _print(each, schemas.get(each.folder))
    if unreadable:
        raise InputError([str(error) for error in unreadable.values()])
    differing = [each for each in verified if not each.sound]
    if differing:
        verb = "differs" if len(differing) == 1 else "differ"
        bundles = f"{len(differing)} of {counted(len(verified), 'bundle')}"
        raise EventStudyError(f"{bundles} {verb} from the manifest; run the study again.")
    broken = [str(folder) for folder, one in schemas.items() if one.valid is False]
    if broken:
        raise EventStudyError(
            f"results.json of {some_names(broken)} does not match its schema; run the study again."
        )


def _schema_of(one: Verification) -> dict[Path, SchemaCheck]:
    """The results.json of a bundle against its schema; empty where there is no such file."""
    from eventstudy.files.reading import read_file
    from eventstudy.report.machine.schema import checked_document

    path = one.folder / "results.json"
    if path.is_symlink() or not path.is_file():
        return {}
    return {one.folder: checked_document(read_file(path, "results", most=LARGEST))}


def _print(one: Verification, schema: SchemaCheck | None) -> None:
    count = len(one.differences)
    verdict = counted(count, "difference") if count else "all match the manifest"
    echo(hanging("", f"{one.folder}: {counted(one.files, 'file')}, {verdict}.", 2))
    echo(f"  manifest {one.manifest_sha256}")
    echo(f"  figures  {one.figures_sha256}")
    for each in one.differences:
        echo(f"  {each.kind:<8} {each.path}")
    for fault in schema.faults if schema else ():
        echo(hanging("  schema   ", fault))


def _as_json(
    verified: list[Verification],
    unreadable: dict[Path, InputError],
    schemas: dict[Path, SchemaCheck],
) -> dict[str, Any]:
    return {
        "bundles": [
            {
                "folder": str(each.folder),
                "sound": each.sound,
                "files": each.files,
                "manifest_sha256": each.manifest_sha256,
                "figures_sha256": each.figures_sha256,
                "differences": [{"path": one.path, "kind": one.kind} for one in each.differences],
                "schema": asdict(schemas[each.folder]) if each.folder in schemas else None,
            }
            for each in verified
        ],
        "unreadable": [
            {"folder": str(folder), "reason": str(error)} for folder, error in unreadable.items()
        ],
    }
