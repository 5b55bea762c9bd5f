"""A bundle held against its manifest: every file there, none altered, none beside it.

Hashes in a manifest show what happened to files by accident. Whoever alters a file on purpose can
alter the manifest too: then only the manifest's own hash, told by another way, shows it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from eventstudy.errors import InputError
from eventstudy.files.atomic import refuse_foreign, refuse_others, refuse_own
from eventstudy.files.formats import parse_json
from eventstudy.files.reading import read_file, reading_errors
from eventstudy.text.brief import Brief, Shown
from eventstudy.text.numbers import counted
from eventstudy.text.table import PlainTable

MANIFEST = "manifest.json"
CRATE = "ro-crate-metadata.json"
"""The bundle described for archives, beside its manifest."""
LARGEST = 16 * 1024 * 1024
"""Bytes of a manifest; that of a bundle has some ten thousand."""
MOST_FILES = 100_000
OF_A_MACHINE = "saved/"
"""Where the raw arrays lie: doubles with all their digits, the last of which depend on the machine.
Figures in every other file are rounded."""
_PLACES = (
    *("report.*", "brief.pdf", "share.png", "replicate.*", "results.json", MANIFEST, CRATE),
    *("figures/*", "slides/*", "tables/*", "saved/*"),
)
"""What a bundle whose manifest cannot be read is taken to consist of."""
_HASH = re.compile(r"[0-9a-f]{64}")

DifferenceKind = Literal["altered", "missing", "extra", "link", "special", "outside"]
SAID: Mapping[DifferenceKind, str] = {
    "altered": "its content is not what the manifest says",
    "missing": "the manifest names it, but it is missing",
    "extra": "it exists, but the manifest does not name it",
    "link": "it is a link, which no bundle has, and was not followed",
    "special": "it is neither a file nor a folder and was not opened",
    "outside": "the manifest names a place that is not inside the bundle; it was not opened",
}
"""What each kind of difference means."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One path at which a bundle and its manifest differ; `kind` is a key of `SAID`."""

    path: str
    kind: DifferenceKind


@dataclass(frozen=True, repr=False)
class Verification(Shown):
    """A bundle held against its manifest.

    `manifest_sha256` is the hash of manifest.json itself: compare it with the one that the sender
    tells you by another way. `files` is how many files the manifest names.
    """

    folder: Path
    manifest_sha256: str
    files: int
    differences: tuple[Difference, ...]
    figures_sha256: str
    """`digest_of` the files as the manifest states them."""

    @property
    def sound(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def _brief(self) -> Brief:
        count = len(self.differences)
        outcome = f"{counted(count, 'difference')}" if count else "all as the manifest says"
        rows = [(each.path, SAID[each.kind]) for each in self.differences]
        listing = PlainTable.of(("path", "why"), rows, count, (0, 1), more="differences")
        return Brief(
            f"{self.folder}: {counted(self.files, 'file')}, {outcome}",
            f"SHA-256 of {MANIFEST}: {self.manifest_sha256}; of all files but {OF_A_MACHINE}: "
            f"{self.figures_sha256}",
            (listing,),
        )


def hashes_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder by its path from there, in the order of the paths."""
    return {
        path.relative_to(folder).as_posix(): _sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def digest_of(hashes: Mapping[str, str]) -> str:
    """One SHA-256 of the files that are the same on every machine: all but `OF_A_MACHINE`.

    It is that of lines of hash, two blanks and path, as sha256sum writes them.

    Args:
        hashes: Path → SHA-256.
    """
    names = sorted(name for name in hashes if not name.startswith(OF_A_MACHINE))
    return hashlib.sha256("".join(f"{hashes[n]}  {n}\n" for n in names).encode()).hexdigest()


def verify_bundle(directory: str | Path) -> Verification:
    """Hold the bundle in a folder against its manifest.json.

    Nothing outside of the folder is opened and no link below it is followed.

    Args:
        directory: The folder.

    Raises:
        InputError: The folder is no bundle, or its manifest cannot be read or is none.
    """
    folder = Path(directory)
    raw = _manifest_bytes(folder)
    stated = _stated(folder / MANIFEST, raw)
    differences = _differences(folder, stated, dict(_walked(folder)))
    ordered = tuple(sorted(differences, key=lambda each: each.path))
    manifest = hashlib.sha256(raw).hexdigest()
    return Verification(folder, manifest, len(stated), ordered, digest_of(stated))


def refuse_strangers(directory: Path) -> None:
    """InputError where a bundle would replace a folder that holds something of the user's own."""
    refuse_foreign(directory, marker=MANIFEST)
    try:
        stated = _stated(directory / MANIFEST, _manifest_bytes(directory))
    except InputError:
        refuse_others(directory, names=_PLACES)
        return
    inside = [path for path, _ in _walked(directory)]
    refuse_own(directory, [path for path in inside if path not in stated and path != MANIFEST])


def bundles_in(directory: str | Path) -> tuple[Path, ...]:
    """The folder itself where it is a bundle, else the bundles right below it, by name.

    A link to a bundle counts, so that it is not passed over in silence.

    Raises:
        InputError: There is none.
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; give one that a run wrote.")
    if os.path.lexists(folder / MANIFEST):
        return (folder,)
    with reading_errors(folder, "folder"):
        inside = sorted(folder.iterdir())
    bundles = tuple(path for path in inside if os.path.lexists(path / MANIFEST))
    if not bundles:
        raise InputError(
            f"{folder} is not a bundle and contains none (there is no {MANIFEST}); "
            "give a folder that a run wrote."
        )
    return bundles


def _manifest_bytes(folder: Path) -> bytes:
    path = folder / MANIFEST
    if not os.path.lexists(path):
        raise InputError(
            f"{folder} is not a bundle: it has no {MANIFEST}; give one that a run wrote."
        )
    if path.is_symlink() or not path.is_file():
        raise InputError(
            f"{path} is not a regular file, as those of a bundle are; ask for the bundle again."
        )
    if path.stat().st_size > LARGEST:
        raise InputError(
            f"{path} is larger than {LARGEST // 1024**2} MB, so no run wrote it; ask for the "
            "bundle again."
        )
    return read_file(path, "manifest", most=LARGEST)


def _stated(path: Path, raw: bytes) -> dict[str, str]:
    """Path → SHA-256 as the manifest states it; InputError for anything else than that."""
    try:
        content = parse_json(raw, object_pairs_hook=_no_key_twice)
        files = content["files"]
        if not isinstance(files, dict):
            raise TypeError("its files are not a table of path and hash")
        if len(files) > MOST_FILES:
            raise ValueError(f"it names more than {MOST_FILES:,} files")
        for name, stated in files.items():
            if not isinstance(stated, str) or not _HASH.fullmatch(stated):
                raise ValueError(f"it states no SHA-256 for {name[:80]!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not a manifest: {_why(error)}; ask for the bundle again."
        ) from None
    return files


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not valid JSON (line {error.lineno})"
    return str(error) if str(error).startswith("it") else "it names no files"


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"it has the key {twice[:80]!r} twice")
    return table


def _walked(folder: Path, above: str = "") -> Iterator[tuple[str, DifferenceKind | None]]:
    """Every path below a folder but its folders; the kind of what is no ordinary file."""
    with reading_errors(folder, "folder"), os.scandir(folder) as entries:
        inside = sorted(entries, key=lambda entry: entry.name)
    for entry in inside:
        path = f"{above}{entry.name}"
        if entry.is_symlink() or _is_junction(entry):
            yield path, "link"
        elif entry.is_dir(follow_symlinks=False):
            yield from _walked(Path(entry.path), f"{path}/")
        else:
            yield path, None if entry.is_file(follow_symlinks=False) else "special"


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """A link as only Windows has it, which looks like a folder."""
    flags = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return bool(flags & stat.FILE_ATTRIBUTE_REPARSE_POINT)


def _differences(
    folder: Path, stated: Mapping[str, str], kinds: Mapping[str, DifferenceKind | None]
) -> Iterator[Difference]:
    """What the folder has and lacks; `kinds` are those of the paths in it, None for a file."""
    # Files are opened by the paths in the folder, never by those that a manifest names.
    for path, hashed in stated.items():
        if not _is_inside(path):
            yield Difference(path, "outside")
        elif path not in kinds:
            yield Difference(path, "missing")
        elif kinds[path] is None and _sha256(folder / path) != hashed:
            yield Difference(path, "altered")
    for path, kind in kinds.items():
        if kind is not None:
            yield Difference(path, kind)
        elif path not in stated and path != MANIFEST:
            yield Difference(path, "extra")


def _is_inside(path: str) -> bool:
    """Whether a manifest's path is a plain one from the bundle down, on every system."""
    plain = PurePosixPath(path).as_posix() == path and path.isprintable()
    relative = path[:1] != "/" and not {".", ".."} & set(path.split("/"))
    return plain and relative and not set(path) & set("\\:")


def _sha256(path: Path) -> str:
    with reading_errors(path, "file"), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
