"""Tables as LaTeX that needs no package but booktabs."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from eventstudy.text.table import Column, PlainTable, Row, indented, split_tail

PAGE_LINES = 50
"""Lines of a table that fit on a page with its caption and header; the rest is continued."""
_FITS = 84
"""Characters of footnote size in a line of the class article."""
_WIDE = 112
"""And in a line of a page with margins of an inch."""
_GAP = 2
"""Characters that the air between two columns takes."""
_EM = 0.5
"""The width of a character, roughly."""
_LONG = 24
"""Characters above which a left-aligned cell may be broken into lines, and the least it gets."""
_LEAST = 16
_LATIN = frozenset(map(chr, range(0xA1, 0x17F))) - set("«»ÐÞðþĄąĘęĮįŲųĐđĦħĸĿŀŉŊŋŦŧ")
"""Characters that pdfLaTeX sets without further packages."""
_MATH = (
    *("-", "^{2}", "<", ">", "|", r"\leq", r"\geq", r"\neq", r"\approx", r"\pm", r"\times"),
    *(r"\cdot", r"\rightarrow", r"\surd", r"\infty", r"\bullet", r"\circ", r"\Sigma"),
    *(r"\Delta", r"\alpha", r"\beta", r"\gamma", r"\delta", r"\varepsilon", r"\mu", r"\rho"),
    *(r"\sigma", r"\tau"),
)
_MARKS = (
    *(r"\textbackslash{}", r"\textasciitilde{}", r"\textasciicircum{}", r"\ldots{}"),
    *("{`}", "{''}", "{--}", "{---}", "{`}", "{'}", "{``}", "{''}"),
)
_WORDS = {
    **{char: f"\\{char}" for char in "{}&%$#_"},
    **dict(zip('\\~^…`"–—‘’“”', _MARKS, strict=True)),
    **{char: f"${math}$" for char, math in zip("−²<>|≤≥≠≈±×·→√∞●○ΣΔαβγδεμρστ", _MATH, strict=True)},
}
_LIGATURES = re.compile(r"(?<=[-',])(?=[-',])")
"""Where TeX would join two characters into one, such as two hyphens into a dash."""


def escape_latex(text: str) -> str:
    r"""Text on one line in which no character is markup; a minus sign is $-$.

    Letters that pdfLaTeX does not know stay as they are; see `beyond_pdflatex`.
    """
    printable = "".join(char if char.isprintable() else " " for char in text)
    words = unicodedata.normalize("NFC", " ".join(printable.split()))
    apart = _LIGATURES.sub("\0", words)
    return "".join("{}" if char == "\0" else _WORDS.get(char, char) for char in apart)


def beyond_pdflatex(text: str) -> list[str]:
    """The characters of escaped text that need LuaLaTeX or XeLaTeX and a font that has them."""
    return sorted({char for char in text if not char.isascii() and char not in _LATIN})


def latex_of(table: PlainTable, *, label: str = "", source: str = "", bare: bool = False) -> str:
    r"""The table in floats of the environment `table`, or as one `bare` tabular to be put in yours.

    What is longer than a page is continued in a further float under the same number. The caption
    is the title, the notes stand below; `label` is for \ref, `source` ends the notes.
    """
    shape = _Shape.of(table)
    parts = [list(table.rows)] if bare else _parts(table, shape, source)
    tabulars = [
        _tabular(table, rows, shape, last=part == len(parts) - 1) for part, rows in enumerate(parts)
    ]
    if bare:
        body = tabulars[0]
    else:
        notes = [escape_latex(note) for note in (*table.all_notes, source) if note]
        body = "\n".join(
            _float(table.title, label, shape, tabular, notes, part, len(tabulars))
            for part, tabular in enumerate(tabulars)
        )
    head = [r"% Needs \usepackage{booktabs}."]
    if shape.width > _WIDE:
        head.append("% Wider than a portrait page: put it on a landscape one.")
    if unknown := beyond_pdflatex(body):
        head.append(f"% Compile with LuaLaTeX or XeLaTeX, for the sake of {' '.join(unknown)}.")
    return "\n".join([*head, body]) + "\n"


@dataclass(frozen=True, slots=True)
class _Shape:
    """How the columns are set: their letters, which break their cells, widths in characters."""

    letters: tuple[str, ...]
    breaks: tuple[bool, ...]
    sizes: tuple[int, ...]
    width: int

    @classmethod
    def of(cls, table: PlainTable) -> _Shape:
        sizes = [_size(table, index) for index in range(len(table.columns))]
        left = [column.align == "left" for column in table.columns]
        breaks = [a and size > _LONG for a, size in zip(left, sizes, strict=True)]
        if sum(sizes) + _GAP * len(sizes) <= _FITS or not any(breaks):
            breaks = [False] * len(sizes)
        fixed = sum(size for size, long in zip(sizes, breaks, strict=True) if not long)
        room = max(0, _WIDE - fixed - _GAP * len(sizes)) // max(1, sum(breaks))
        sizes = [
            min(size, max(room, _LEAST)) if long else size
            for size, long in zip(sizes, breaks, strict=True)
        ]
        letters = [
            f"p{{{_EM * size:g}em}}" if long else "l" if a else "r"
            for size, long, a in zip(sizes, breaks, left, strict=True)
        ]
        return cls(tuple(letters), tuple(breaks), tuple(sizes), sum(sizes) + _GAP * len(sizes))

    def lines(self, row: Row) -> float:
        """Lines that a row of the table takes in print."""
        if row.group:
            return 0.6 + math.ceil(len(row.cells[0]) / max(1, self.width))
        cells = zip(row.cells, self.sizes, self.breaks, strict=False)
        return max(math.ceil(len(cell) / size) if long else 1 for cell, size, long in cells)

    def line(self, cells: Sequence[str]) -> str:
        r"""Cells as a row; in a ragged column \\ would end a line of the cell."""
        first, *others = cells
        if first.startswith(("[", "*")):  # else \\ of the row above takes it for its own
            first = f"{{}}{first}"
        end = r"\tabularnewline" if any(self.breaks) else r"\\"
        return f"{' & '.join([first, *others])} {end}"


def _size(table: PlainTable, index: int) -> int:
    """Characters of the longest cell of a column."""
    rows = [row for row in (*table.rows, *table.foot) if not row.group]
    cells = [
        split_tail(row.cells[index])[0]
        for row in rows
        if index < len(row.cells) and not (index and table.spans(row))
    ]
    return max(map(len, [*table.columns[index].lines, *cells]))


def _parts(table: PlainTable, shape: _Shape, source: str) -> list[list[Row]]:
    """The rows in parts of about equal height, each of which fits on a page.

    Cut above a row that can stand at the top: not below a heading, not above a standard error.
    """
    heights = [shape.lines(row) for row in table.rows]
    notes = sum(math.ceil(len(note) / _WIDE) for note in (*table.all_notes, source))
    whole = sum(heights) + len(table.foot) + notes
    target = whole / math.ceil(whole / PAGE_LINES)
    parts: list[list[Row]] = [[]]
    filled = 0.0
    heading: Row | None = None
    for row, height in zip(table.rows, heights, strict=True):
        part = parts[-1]
        if filled + height > target and part and not row.below and not part[-1].group:
            again = heading if heading and not row.group else None
            parts.append([Row((f"{again.cells[0]} (continued)",), group=True)] if again else [])
            filled = 0.0
        heading = row if row.group else heading
        parts[-1].append(row)
        filled += height
    return parts


def _tabular(table: PlainTable, rows: Sequence[Row], shape: _Shape, last: bool) -> str:
    lines = [r"\begin{tabular}{@{}" + "".join(shape.letters) + "@{}}", r"\toprule"]
    for heads in table.head_rows:
        cells = zip(map(escape_latex, heads), shape.breaks, strict=True)
        lines.append(shape.line([_ragged(cell, long) for cell, long in cells]))
    lines.append(r"\midrule")
    for above, row in zip([None, *rows], rows, strict=False):
        if above and row.group:
            lines.append(r"\addlinespace")
        elif above and above.below and not row.below:
            lines[-1] += "[2pt]"
        lines.append(_line(table, row, shape))
    if last and table.foot:
        lines += [r"\midrule", *(_foot_line(table, row, shape) for row in table.foot)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def _foot_line(table: PlainTable, row: Row, shape: _Shape) -> str:
    if not table.spans(row):
        return _line(table, row, shape)
    label, words = map(escape_latex, row.cells)
    return shape.line([label, rf"\multicolumn{{{len(table.columns) - 1}}}{{r@{{}}}}{{{words}}}"])


def _line(table: PlainTable, row: Row, shape: _Shape) -> str:
    if row.group:
        words, kind = rf"\textbf{{{escape_latex(row.cells[0])}}}", "@{}l@{}"
        if len(row.cells[0]) > shape.width:
            kind, words = f"@{{}}p{{{_EM * shape.width:g}em}}@{{}}", rf"\raggedright{words}"
        return shape.line([rf"\multicolumn{{{len(table.columns)}}}{{{kind}}}{{{words}}}"])
    cells = zip(table.filled(row), table.columns, shape.breaks, strict=True)
    return shape.line([_cell(cell, column, row.bold, long) for cell, column, long in cells])


def _cell(cell: str, column: Column, bold: bool, long: bool) -> str:
    inward, words = indented(cell)
    core, tail = split_tail(words) if column.align == "decimal" else (words, "")
    text = escape_latex(core)
    if bold and text:
        text = rf"\textbf{{{text}}}"
    if tail:
        raised = re.sub(r"\*+", r"$^{\g<0>}$", tail)
        text += rf"\rlap{{{raised}}}"
    return _ragged(rf"\quad {text}" if inward else text, long and bool(text))


def _ragged(text: str, long: bool) -> str:
    return rf"\raggedright {text}" if long and text else text


def _float(
    title: str,
    label: str,
    shape: _Shape,
    tabular: str,
    notes: Sequence[str],
    part: int,
    parts: int,
) -> str:
    lines = [r"\begin{table}[htbp]", r"\centering"]
    if part:
        lines.append(r"\addtocounter{table}{-1}")
    if title:
        continued = " (continued)" if part else ""
        lines.append(rf"\caption{{{escape_latex(title)}{continued}}}\smallskip")
    if label and not part:
        lines.append(rf"\label{{{_name(label)}}}")
    tight = shape.width > _FITS
    lines.append(r"\scriptsize\setlength{\tabcolsep}{3pt}" if tight else r"\footnotesize")
    # What is wider than the text stands out on both sides alike instead of beyond the right edge.
    lines.append(f"\\makebox[\\linewidth]{{%\n{tabular}%\n}}" if tight else tabular)
    if notes and part == parts - 1:
        lines += [r"\par\smallskip", r"\begin{minipage}{\linewidth}\scriptsize\raggedright"]
        lines += ["\n\n".join(notes), r"\end{minipage}"]
    return "\n".join([*lines, r"\end{table}"])


def _name(label: str) -> str:
    """A label of letters, digits, dots, colons and hyphens."""
    return re.sub(r"[^\w.:-]|_", "-", label, flags=re.ASCII)
