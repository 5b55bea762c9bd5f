"""Cut the two fonts of the report out of DejaVu Sans; run this file to write them anew.

Every PDF embeds its own font subset, and cutting that out of the full DejaVu Sans, with layout
rules for scripts that no report uses, took more time than drawing all the charts. These files
hold the Latin, Greek and sign glyphs alone, without hinting, kerning or ligatures; any other
character still comes from matplotlib's DejaVu Sans. Licence: LICENSE_DEJAVU beside them.
"""

from __future__ import annotations

from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from matplotlib import get_data_path

FAMILY = "Tearsheet Sans"
SIGNS = "–—‘’“”„•…‰€−≤≥≠≈±×→↑↓←↔●○◆◇■□▲▼√∞∑∈"
CHARACTERS = frozenset(
    {*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x391, 0x3CA), *range(0x2080, 0x208A)}
    | {ord(sign) for sign in SIGNS}
)
_FILES = {"DejaVuSans": "TearsheetSans", "DejaVuSans-Bold": "TearsheetSans-Bold"}
_DROPPED = ["GSUB", "GPOS", "GDEF", "kern", "FFTM"]


def build(folder: Path) -> None:
    """Write both fonts into `folder`."""
    for source, target in _FILES.items():
        options = subset.Options()
        options.layout_features = []
        options.hinting = False
        options.glyph_names = True
        options.notdef_outline = True
        options.name_IDs = ["*"]
        options.drop_tables += _DROPPED
        font = subset.load_font(f"{get_data_path()}/fonts/ttf/{source}.ttf", options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=CHARACTERS)
        cutter.subset(font)
        style = " Bold" if target.endswith("Bold") else ""
        names = {1: FAMILY, 4: FAMILY + style, 16: FAMILY}
        for record in font["name"].names:
            if record.nameID in names:
                record.string = names[record.nameID]
        font.save(folder / f"{target}.ttf")
        font.close()


if __name__ == "__main__":
    build(Path(__file__).parents[1] / "eventstudy/report/drawing/fonts")
