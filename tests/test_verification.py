"""A bundle held against its manifest: what was altered, what is hostile, what is no bundle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import eventstudy as es
from eventstudy.files.manifest import LARGEST, MANIFEST, SAID, bundles_in, digest_of, hashes_of

OTHER = hashlib.sha256(b"other").hexdigest()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "outputs" / "own"
    for name, content in {
        "report.pdf": b"%PDF",
        "results.json": b"{}\n",
        "tables/car.csv": b"ticker,car\nNVDA,-0.17\n",
        "saved/part-0/study.json": b"{}",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    state(folder, hashes_of(folder))
    return folder


def state(folder: Path, files: object) -> None:
    (folder / MANIFEST).write_text(json.dumps({"event_id": "own", "files": files}), "utf-8")


def stated(folder: Path) -> dict[str, str]:
    return json.loads((folder / MANIFEST).read_text("utf-8"))["files"]


def differences(folder: Path) -> list[tuple[str, str]]:
    return [(each.path, each.kind) for each in es.verify_bundle(folder).differences]


def test_a_whole_bundle_is_sound_and_its_manifest_named_by_hash(bundle: Path) -> None:
    found = es.verify_bundle(str(bundle))
    assert found.sound
    assert found.files == 4
    assert found.differences == ()
    assert found.manifest_sha256 == hashlib.sha256((bundle / MANIFEST).read_bytes()).hexdigest()
    with pytest.raises(FrozenInstanceError):
        found.files = 5  # type: ignore[misc]


def test_hashes_are_those_of_the_files(bundle: Path) -> None:
    (bundle / MANIFEST).unlink()
    assert hashes_of(bundle) == {
        "report.pdf": hashlib.sha256(b"%PDF").hexdigest(),
        "results.json": hashlib.sha256(b"{}\n").hexdigest(),
        "saved/part-0/study.json": hashlib.sha256(b"{}").hexdigest(),
        "tables/car.csv": hashlib.sha256(b"ticker,car\nNVDA,-0.17\n").hexdigest(),
    }


def test_the_hash_of_the_figures_leaves_out_what_is_of_a_machine(bundle: Path) -> None:
    stated = hashes_of(bundle)
    lines = "".join(f"{h}  {n}\n" for n, h in sorted(stated.items()) if not n.startswith("saved/"))
    assert digest_of(stated) == hashlib.sha256(lines.encode()).hexdigest()
    assert digest_of(stated | {"saved/part-0/study.json": "0" * 64}) == digest_of(stated)
    assert digest_of(stated | {"results.json": "0" * 64}) != digest_of(stated)


def test_it_prints_what_differs_and_why(bundle: Path) -> None:
    (bundle / "report.pdf").unlink()
    (bundle / "more.txt").write_text("x")
    found = es.verify_bundle(bundle)
    for shown in (repr(found), found._repr_html_()):
        assert "4 files, 2 differences" in " ".join(shown.split())
        assert found.manifest_sha256 in shown
        assert "report.pdf" in shown
    assert SAID["extra"] in found._repr_html_()


def flip_a_bit(folder: Path) -> None:
    path = folder / "tables" / "car.csv"
    path.write_bytes(path.read_bytes()[:-2] + b"6\n")


def link_a_file(folder: Path) -> None:
    (folder / "report.pdf").unlink()
    outside = folder.parent.parent / "secret.pdf"
    outside.write_bytes(b"%PDF")  # of the right content
    (folder / "report.pdf").symlink_to(outside)


def link_a_folder(folder: Path) -> None:
    (folder / "tables").rename(folder.parent.parent / "elsewhere")
    (folder / "tables").symlink_to(folder.parent.parent / "elsewhere")


def link_to_itself(folder: Path) -> None:
    (folder / "saved" / "up").symlink_to(folder)


def exchange_for_a_folder(folder: Path) -> None:
    (folder / "report.pdf").unlink()
    (folder / "report.pdf").mkdir()


def put_a_pipe(folder: Path) -> None:
    (folder / "results.json").unlink()
    os.mkfifo(folder / "results.json")


def rename_one(folder: Path) -> None:
    (folder / "report.pdf").rename(folder / "Report.pdf")


CHANGES: dict[str, tuple[Callable[[Path], object], list[tuple[str, str]]]] = {
    "a digit": (flip_a_bit, [("tables/car.csv", "altered")]),
    "emptied": (lambda f: (f / "report.pdf").write_bytes(b""), [("report.pdf", "altered")]),
    "gone": (lambda f: (f / "report.pdf").unlink(), [("report.pdf", "missing")]),
    "more": (lambda f: (f / "tables" / "x.csv").write_text("x"), [("tables/x.csv", "extra")]),
    "hidden": (lambda f: (f / ".x").write_text("x"), [(".x", "extra")]),
    "renamed": (rename_one, [("Report.pdf", "extra"), ("report.pdf", "missing")]),
    "a link": (link_a_file, [("report.pdf", "link")]),
    "a linked folder": (link_a_folder, [("tables", "link"), ("tables/car.csv", "missing")]),
    "a circle": (link_to_itself, [("saved/up", "link")]),
    "a folder": (exchange_for_a_folder, [("report.pdf", "missing")]),
    "a pipe": (put_a_pipe, [("results.json", "special")]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_named_at_its_path(bundle: Path, name: str) -> None:
    change, expected = CHANGES[name]
    change(bundle)
    assert differences(bundle) == expected
    assert not es.verify_bundle(bundle).sound


@pytest.mark.parametrize(
    "path",
    [
        *("../secret", "tables/../../secret", "/etc/passwd", "//host/share", "C:\\secret", "C:x"),
        *("..", ".", "", "./report.pdf", "tables//car.csv", "tables/./car.csv", "..\\secret"),
        *("a\x00b", "a\x1b[31m", "a\u202eb", "tables/"),
    ],
    ids=ascii,
)
def test_a_place_outside_is_never_opened(bundle: Path, path: str, monkeypatch) -> None:
    secret = bundle.parent / "secret"
    secret.write_bytes(b"secret")
    state(bundle, {**stated(bundle), path: hashlib.sha256(b"secret").hexdigest()})
    opened: list[Path] = []
    before = Path.open

    def watched(self: Path, *args, **options):
        opened.append(self.resolve())
        return before(self, *args, **options)

    monkeypatch.setattr(Path, "open", watched)
    assert differences(bundle) == [(path, "outside")]
    assert len(opened) == 5  # the manifest and the four files
    assert all(place.is_relative_to(bundle.resolve()) for place in opened)


HOSTILE = {
    "empty": (b"", "it is not valid JSON (line 1)"),
    "no JSON": (b"PK\x03\x04", "it is not valid JSON (line 1)"),
    "no text": (b"\xff\xfe{}", "it is not UTF-8 text"),
    "a list": (b"[1, 2]", "it names no files"),
    "a figure": (b"1e999", "it names no files"),
    "nothing in it": (b"{}", "it names no files"),
    "files are a list": (b'{"files": ["a"]}', "its files are not a table of path and hash"),
    "files are null": (b'{"files": null}', "its files are not a table of path and hash"),
    "a hash is a figure": (b'{"files": {"a": 1}}', "it states no SHA-256 for 'a'"),
    "a hash is short": (b'{"files": {"a": "00"}}', "it states no SHA-256 for 'a'"),
    "a key twice": (
        f'{{"files": {{"a": "{OTHER}", "a": "{OTHER}"}}}}'.encode(),
        "it has the key 'a' twice",
    ),
    "files twice": (b'{"files": {}, "files": {}}', "it has the key 'files' twice"),
    "too deep": (b"[" * 200_000, "its tables are nested too deeply"),
    "a huge figure": (b'{"files": {}, "n": ' + b"9" * 5_000 + b"}", "it names no files"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_manifest_is_one_clear_sentence(bundle: Path, name: str) -> None:
    content, said = HOSTILE[name]
    (bundle / MANIFEST).write_bytes(content)
    with pytest.raises(es.InputError) as caught:
        es.verify_bundle(bundle)
    (sentence,) = caught.value.problems
    assert sentence == f"{bundle / MANIFEST} is not a manifest: {said}; ask for the bundle again."


def test_a_huge_manifest_is_not_read(bundle: Path) -> None:
    with (bundle / MANIFEST).open("wb") as stream:
        stream.truncate(LARGEST + 1)
    with pytest.raises(es.InputError, match="is larger than 16 MB"):
        es.verify_bundle(bundle)


def test_a_linked_manifest_is_not_read(bundle: Path) -> None:
    (bundle / MANIFEST).rename(bundle.parent / "moved.json")
    (bundle / MANIFEST).symlink_to(bundle.parent / "moved.json")
    with pytest.raises(es.InputError, match="is not a regular file"):
        es.verify_bundle(bundle)


def test_bundles_are_found_below_a_folder(bundle: Path, tmp_path: Path) -> None:
    (bundle.parent / ".gitkeep").touch()
    (bundle.parent / "notes").mkdir()
    assert bundles_in(bundle) == (bundle,)
    assert bundles_in(bundle.parent) == (bundle,)
    with pytest.raises(es.InputError, match="is not a bundle and contains none"):
        bundles_in(tmp_path)
    with pytest.raises(es.InputError, match="There is no folder"):
        bundles_in(tmp_path / "nowhere")
