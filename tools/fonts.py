"""Cut the typeface of the report out of Inter; run `python tools/fonts.py FOLDER` to write it anew.

FOLDER is `web/` of the npm package inter-ui, which is read with brotli installed. Every PDF embeds
its own font subset, and cutting that out of all of Inter, with its layout rules and alternates,
would take more time than drawing all the charts. These files hold Latin, Greek, Cyrillic and signs
alone, with figures of one width, without kerning or ligatures, so that a width is a sum of
advances; any other character comes from matplotlib's DejaVu Sans. The web page takes the same
letters as WOFF2. Licence: LICENSE_INTER beside them, which allows a cut under another name.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FAMILY = "Tearsheet Sans"
WEIGHTS = {"Regular": "", "SemiBold": "-SemiBold", "Bold": "-Bold"}
"""Weight of Inter → how the name of our file ends."""
ON_THE_WEB = ("Regular", "Bold")
SIGNS = "–—―‘’‚“”„†‡•…‰‹›⁄€№™ℓ−≤≥≠≈±×÷→↑↓←↔●○◆◇■□▲▼√∞∑∏∂∫∆Ω"
CHARACTERS = frozenset(
    {*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x1E00, 0x1F00)}  # Latin
    | {*range(0x370, 0x400), *range(0x400, 0x530)}  # Greek, Cyrillic
    | {*range(0x2070, 0x209D), *range(0x20A0, 0x20C0)}  # indices, currencies
    | {ord(sign) for sign in SIGNS}
)
TABULAR = "0123456789+−"
"""What stands in columns takes one width."""
_DROPPED = ["GSUB", "GPOS", "GDEF", "kern"]
_NAMES = (0, 1, 2, 3, 4, 5, 6, 13, 14)
"""Copyright, names, version and licence are kept."""


def build(source: Path, folder: Path) -> None:
    """Write each weight as TTF into `folder`, and those of the web page as WOFF2."""
    for weight, ending in WEIGHTS.items():
        font = TTFont(source / f"Inter-{weight}.woff2", recalcTimestamp=False)
        _set_tabular(font)
        _cut(font)
        _rename(font, weight)
        font.flavor = None
        font.save(folder / f"TearsheetSans{ending}.ttf")
        if weight in ON_THE_WEB:
            font.flavor = "woff2"
            font.save(folder / f"TearsheetSans{ending}.woff2")
        font.close()


def _set_tabular(font: TTFont) -> None:
    """Give the figures the glyphs that the font itself swaps in for columns."""
    table = font["GSUB"].table
    places = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    }
    swapped: dict[str, str] = {}
    for index in sorted(places):
        for rules in table.LookupList.Lookup[index].SubTable:
            swapped |= getattr(rules, "ExtSubTable", rules).mapping
    for cmap in font["cmap"].tables:
        for code in map(ord, TABULAR):
            if code in cmap.cmap:
                cmap.cmap[code] = swapped.get(cmap.cmap[code], cmap.cmap[code])


def _cut(font: TTFont) -> None:
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = True
    options.notdef_outline = True
    options.name_IDs = list(_NAMES)
    options.drop_tables += _DROPPED
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=CHARACTERS)
    cutter.subset(font)


def _rename(font: TTFont, weight: str) -> None:
    """Family and style under the name of this cut; its copyright and licence stay."""
    style = "" if weight == "Regular" else f" {weight}"
    names = {
        1: FAMILY + style,
        2: "Regular",
        3: f"Tearsheet Sans {weight}",
        4: FAMILY + style,
        6: f"TearsheetSans-{weight}",
    }
    if weight in ("Regular", "Bold"):
        names |= {1: FAMILY, 2: weight}
    table = font["name"]
    for number, text in names.items():
        table.setName(text, number, 3, 1, 0x409)
    for number, text in ((16, FAMILY), (17, weight)):
        table.setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(__file__).parents[1] / "eventstudy/report/drawing/fonts")
