"""Files: page size, fonts, metadata, and the same bytes every time."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import matplotlib
import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.text import Text
from tearsheet_helpers import SOURCE, asset_rows, day_matrix, open_pdf

from eventstudy.report.charts.heatmap import draw_heatmap
from eventstudy.report.charts.rows import draw_forest
from eventstudy.report.drawing import theme, typeface
from eventstudy.report.drawing.page import new_page
from eventstudy.report.drawing.savefig import save_figure, save_report
from eventstudy.report.drawing.text import Line, put
from tools.fonts import CHARACTERS

FINDING = "Five firms lost −$593bn of their final value"


def pages() -> list[Figure]:
    first, body = new_page(FINDING, "Units, N, model", SOURCE, "an-event · 1")
    draw_forest(body.add_axes(first), asset_rows())
    second, body = new_page("The shock was one day deep", "Units, N", SOURCE, "an-event · 2")
    matrix = day_matrix(12, range(-5, 6))
    draw_heatmap(body.add_axes(second), matrix, dict.fromkeys(matrix.index, "all"))
    return [first, second]


def report(path: Path, title: str = "T", subject: str = "S") -> Path:
    singles = [
        save_figure(fig, path.parent / f"{path.stem}-{i}")[0] for i, fig in enumerate(pages())
    ]
    return save_report(singles, path, title, subject)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def counted(function, calls: list[object]):
    def call(*args):
        calls.append(args)
        return function(*args)

    return call


def test_report(tmp_path):
    path = report(tmp_path / "report.pdf", "DeepSeek", "Abnormal returns")
    with open_pdf(path) as pdf:
        assert len(pdf) == 2
        maker = f"eventstudy {version('eventstudy-kit')}"
        info = pdf.metadata
        assert (info["title"], info["subject"]) == ("DeepSeek", "Abnormal returns")
        assert (info["creator"], info["producer"]) == (maker, maker)
        assert not info["creationDate"]
        assert not info["modDate"]
        assert [(level, title, page) for level, title, page in pdf.get_toc()] == [
            (1, FINDING, 1),
            (1, "The shock was one day deep", 2),
        ]
        for page in pdf:
            assert (page.rect.width, page.rect.height) == pytest.approx((841.89, 595.28), abs=0.1)
            fonts = page.get_fonts(full=True)
            assert fonts
            for _, extension, kind, name, *_ in fonts:
                assert (extension, kind) == ("ttf", "Type0")
                assert "TearsheetSans" in name
            for *box, word, _, _, _ in page.get_text("words"):
                assert 0 <= box[0] <= box[2] <= page.rect.width, word
                assert 0 <= box[1] <= box[3] <= page.rect.height, word
        assert FINDING in pdf[0].get_text()


def test_figure_as_pdf_and_png(tmp_path):
    pdf, png = save_figure(pages()[0], tmp_path / "figures.v1", "Abnormal returns")
    assert (pdf.name, png.name) == ("figures.v1.pdf", "figures.v1.png")
    with open_pdf(pdf) as document:
        assert document.metadata["title"] == FINDING
    with open_pdf(png) as picture:
        assert picture[0].get_pixmap().width > 0
    data = png.read_bytes()
    assert int.from_bytes(data[16:20], "big") == pytest.approx(
        theme.paper().width / 72 * theme.paper().dpi, abs=1
    )


@pytest.mark.slow
def test_same_figures_same_bytes(tmp_path):
    found = []
    for run in ("one", "two"):
        folder = tmp_path / run
        folder.mkdir()
        bound = report(folder / "report.pdf")
        found.append([digest(p) for p in (bound, *save_figure(pages()[0], folder / "forest"))])
    assert found[0] == found[1]


@pytest.mark.slow
def test_same_bytes_in_another_process(tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_savefig as t\n"
        "t.report(t.Path(sys.argv[2]))"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parent), str(tmp_path / seed)],
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": "", "MPLCONFIGDIR": str(tmp_path)},
        )
    assert digest(tmp_path / "1") == digest(tmp_path / "2")


@pytest.mark.slow
def test_settings_and_loggers_are_left_as_found(tmp_path):
    with matplotlib.rc_context({"font.size": 23.0, "lines.linewidth": 9.0, "axes.grid": True}):
        before = dict(matplotlib.rcParams)
        own = report(tmp_path / "own.pdf")
        assert dict(matplotlib.rcParams) == before
    assert digest(own) == digest(report(tmp_path / "plain.pdf"))
    assert logging.getLogger("fontTools").level == logging.NOTSET


def test_saving_says_nothing_to_the_log(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        report(tmp_path / "report.pdf")
    assert not [r for r in caplog.records if r.name.startswith("fontTools")]


@pytest.mark.parametrize("ending", ["", "-SemiBold", "-Bold"])
def test_the_typeface_has_its_letters_and_figures_of_one_width(ending):
    with TTFont(theme.FONTS / f"TearsheetSans{ending}.ttf") as font:
        letters, widths = font.getBestCmap(), font["hmtx"]
        assert {*range(0x20, 0x7F), *map(ord, "éßłąřğİ−→≤≈±αβσΩЖжћ№€₀₉")} <= set(letters)
        assert set(letters) <= CHARACTERS
        assert len({widths[letters[ord(c)]][0] for c in "0123456789+−"}) == 1
        assert not {"kern", "GPOS", "GSUB"} & set(font.keys())
        assert font["OS/2"].usWeightClass == theme.WEIGHTS[ending[1:].lower() or "normal"]


@pytest.mark.parametrize("ending", ["", "-Bold"])
def test_the_web_page_has_the_same_letters(ending):
    stem = f"TearsheetSans{ending}"
    with TTFont(theme.FONTS / f"{stem}.ttf") as drawn, TTFont(theme.FONTS / f"{stem}.woff2") as web:
        assert web.getBestCmap() == drawn.getBestCmap()
        assert web["hmtx"].metrics == drawn["hmtx"].metrics


def test_each_file_of_the_typeface_is_read_once(monkeypatch):
    read = []

    class Counted(typeface._WholeFile):
        def __init__(self, name: str) -> None:
            read.append(Path(name).name)
            super().__init__(name)

    monkeypatch.setattr(typeface, "_WholeFile", Counted)
    with ThreadPoolExecutor(1) as other:  # matplotlib loads fonts anew in each thread
        for _ in range(2):
            other.submit(typeface.keep_fonts).result()
    own = sorted(path.name for path in theme.FONTS.glob("*.ttf"))
    assert sorted(name for name in read if name in own) == own


@theme.themed()
def test_a_line_lies_where_a_measured_text_lies(tmp_path, monkeypatch):
    def written(name: str) -> list[bytes]:
        page = pages()[0]
        put(page, 60, 301.37, "  β = 1,2 → ж %", 7.3, weight="bold", alpha=0.5)
        put(page, 300, 200, "turned", 9, rotation=30)
        put(page, 300, 250, "ends here", 9, ha="right", va="top")
        put(page, 300, 300, "one\ntwo", 9)
        put(page, 300, 300, " ", 9)
        return [path.read_bytes() for path in save_figure(page, tmp_path / name)]

    lines = written("lines")
    measured = []
    monkeypatch.setattr(Text, "_get_layout", counted(Text._get_layout, measured))
    assert written("again") == lines
    few = len(measured)
    monkeypatch.setattr(Line, "draw", Text.draw)
    assert written("texts") == lines
    assert len(measured) - few > few
