"""What others wrote into saved files, manifests and lists never fills memory; one sentence tells."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.lib import format as npy

import eventstudy as es
from eventstudy.errors import InputError
from eventstudy.events.event import make_event
from eventstudy.events.registry import Events
from eventstudy.files import formats
from eventstudy.files.formats import parse_json, read_toml, write_arrays
from eventstudy.files.manifest import MANIFEST, verify_bundle
from eventstudy.files.saved import saved_arrays, saved_table
from eventstudy.files.tables import columnar


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {
        "a": np.arange(6.0).reshape(2, 3),
        "b": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "days": np.array(["2025-01-27"], dtype="datetime64[D]"),
        "none": np.empty((0, 4)),
    }
    write_arrays(tmp_path / "x.npz", arrays)
    read = saved_arrays(tmp_path / "x.npz")
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


def lying(shape: tuple[int, ...], dtype: object = np.float64) -> bytes:
    """An array of eight bytes whose header says something else."""
    stream = io.BytesIO()
    about = {"descr": npy.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(stream, about)
    return stream.getvalue() + bytes(8)


ZEROS = io.BytesIO()
np.savez_compressed(ZEROS, a=np.zeros(20_000_000))


def zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.npy", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        ZEROS.getvalue(),
        zipped(lying((10**12,))),
        zipped(lying((2**40, 2**40))),
        zipped(lying((1,), object)),
        zipped(lying((0,))),
        zipped(b"\x93NUMPY"),
        b"no archive",
    ],
    ids=["packed", "large", "huge", "objects", "empty", "cut", "none"],
)
def test_arrays_larger_than_their_file_are_refused_unread(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises((ValueError, zipfile.BadZipFile)):
            saved_arrays(tmp_path / "x.npz")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def test_a_saved_table_is_measured_first(tmp_path, monkeypatch):
    table = pd.DataFrame({"a": ["x" * 1000] * 3000, "b": pd.Timestamp("2025")})
    table.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(saved_table(tmp_path / "t.parquet"), table)
    monkeypatch.setattr(columnar, "LARGEST", 2**20)
    with pytest.raises(InputError, match="3 MB"):
        saved_table(tmp_path / "t.parquet")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prices = es.load_prices("bundled", tickers=["NVDA", "MSFT", "^GSPC"])
    event = make_event(event_id="a", title="A", announced_at="2025-01-27", groups="NVDA;MSFT")
    study = es.EventStudy(car=[(0, 0)], window=(-1, 1), tests=["csect_t"], compare=())
    return Path(study.run(Events((event,)), prices).save(tmp_path_factory.mktemp("saved") / "run"))


def test_every_array_of_another_shape_is_found_on_reading(run, tmp_path):
    arrays = saved_arrays(run / "assets.npz")
    (tmp_path / "run").mkdir()
    for path in run.iterdir():
        (tmp_path / "run" / path.name).write_bytes(path.read_bytes())
    assert es.load(tmp_path / "run").n == 2
    for name in set(arrays) - {"sessions"}:
        for wrong in (arrays[name][:0], np.zeros((2, 3, 4, 5)), np.float64(1)):
            write_arrays(tmp_path / "run" / "assets.npz", {**arrays, name: wrong})
            with pytest.raises(InputError, match="is damaged; run the study again"):
                es.load(tmp_path / "run")


JSONS: dict[str, Callable[[], str]] = {
    "many values": lambda: "[" + "[]," * 700_000 + "[]]",
    "many numbers": lambda: "[" + "1," * 1_100_000 + "1]",
    "deep": lambda: "[" * 200_000,
}


@pytest.mark.parametrize("case", JSONS)
def test_json_that_would_fill_memory_is_refused(case, run, tmp_path):
    text = JSONS[case]()
    with pytest.raises(ValueError, match="it"):
        parse_json(text.encode())
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match="is not a manifest: it") as caught:
        verify_bundle(tmp_path)
    assert len(caught.value.problems) == 1
    (tmp_path / "study.json").write_text(text)
    with pytest.raises(InputError, match="is damaged"):
        es.load(tmp_path)


def test_ordinary_json_is_read():
    assert parse_json(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
    assert parse_json(json.dumps("ä").encode()) == "ä"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ok = 1\n" + "a" + ".a" * 100_000 + " = 1\n", 2),
        ("[" + "a . " * 50_000 + "a]\n", 1),
        ('x = { "a"' + ".'b'" * 30_000 + " = 1}\n", 1),
    ],
)
def test_a_key_of_a_hundred_thousand_parts_is_refused_unparsed(tmp_path, text, line):
    (tmp_path / "g.toml").write_text(text)
    with pytest.raises(InputError, match=f"line {line} has a key of more than 20 parts"):
        read_toml(tmp_path / "g.toml", "groups.toml", "groups file")


def test_lists_may_have_dots_and_no_more_than_their_size(tmp_path, monkeypatch):
    prose = "It fell... and fell. Inc. v. Ltd. Mr. A. B. C. (see www.example.com/a.b.c) " * 20
    (tmp_path / "g.toml").write_text(f'[a.b.c]\ntext = """{prose}"""\n')
    assert read_toml(tmp_path / "g.toml", "groups.toml", "groups file")["a"]["b"]["c"]
    monkeypatch.setattr(formats, "MOST_TOML", 100)
    with pytest.raises(InputError, match="groups file may have"):
        read_toml(tmp_path / "g.toml", "groups.toml", "groups file")
