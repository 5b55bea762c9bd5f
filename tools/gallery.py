"""The pictures of docs/gallery.md, from the packaged sample; the same pictures on every run.

    python tools/gallery.py [--earnings FOLDER]

Pages of the two DeepSeek reports become docs/images/gallery/<event>-<page>.png, small enough for
a repository: 1,280 pixels wide, 96 colours. --earnings draws the figure of docs/earnings.md as
well; its FOLDER is the one that examples/earnings_universe.py reads.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

import eventstudy as es

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SHOWN = {
    "deepseek-app-store": [
        *("headline", "car-paths", "forest", "heatmap", "placebo", "placebo-days", "benchmarks"),
        *("specifications", "recovery", "contrasts", "value", "claims", "timeline"),
    ],
    "deepseek-r1": ["heatmap"],
}
"""Event → pages of its report that the gallery shows."""
PLOTS: dict[str, Callable[[es.StudyResult], Figure]] = {
    "plot-car": lambda result: result.plot_car(["NVDA", "ai-power"]),
    "plot-caar": lambda result: result.plot_caar(),
    "plot-tests": lambda result: result.plot_tests((0, 0)),
}
"""What a result draws by itself, of the first event."""
WIDTH = 1_280
COLOURS = 96


def main() -> None:
    """Draw, and say how large the pictures are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--earnings", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    folder = IMAGES / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    prices = es.load_prices("bundled")
    whole = es.EventStudy().run(es.read_events(ROOT / "events.csv"), prices)
    for event, pages in SHOWN.items():
        result = whole.only(event)
        figures = es.draw_figures(result, es.gather_evidence(result, prices), only=pages)
        for page in pages:
            (folder / f"{event}-{page}.png").write_bytes(small(drawn(figures[page])))
    for name, plot in PLOTS.items():
        (folder / f"{name}.png").write_bytes(small(drawn(plot(whole.only(next(iter(SHOWN)))))))
    if options.earnings:
        (IMAGES / "earnings-universe.png").write_bytes(earnings(options.earnings))
    sizes = [path.stat().st_size for path in sorted(folder.glob("*.png"))]
    print(f"{len(sizes)} pictures, {sum(sizes) / 2**20:.2f} MiB")


def drawn(figure: Figure) -> bytes:
    """The figure as PNG, `WIDTH` pixels wide."""
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=WIDTH / figure.get_figwidth())
    return held.getvalue()


def small(png: bytes) -> bytes:
    """The picture in few colours, without a trace of when it was made."""
    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    held = io.BytesIO()
    few.save(held, format="PNG", optimize=True)
    return held.getvalue()


def earnings(folder: Path) -> bytes:
    """The figure of the earnings example, made by the example itself."""
    with tempfile.TemporaryDirectory() as place:
        stem = Path(place) / "earnings"
        example = ROOT / "examples" / "earnings_universe.py"
        command = [sys.executable, str(example), str(folder), "--figure", str(stem)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return small(stem.with_suffix(".png").read_bytes())


if __name__ == "__main__":
    main()
