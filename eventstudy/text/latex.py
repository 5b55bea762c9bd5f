"""Tables as LaTeX that needs no package but booktabs."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.text.table import Head, Line, PlainTable, indented, split_tail

if TYPE_CHECKING:
    pass


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
_MATH = {
    "−": "-",
    "<": "<",
    ">": ">",
    "|": "|",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "±": r"\pm",
    "×": r"\times",
    "·": r"\cdot",
    "→": r"\rightarrow",
    "√": r"\surd",
    "∞": r"\infty",
    "●": r"\bullet",
    "○": r"\circ",
    "²": "^{2}",
    "Σ": r"\Sigma",
    "Δ": r"\Delta",
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "δ": r"\delta",
    "ε": r"\varepsilon",
    "μ": r"\mu",
    "ρ": r"\rho",
    "σ": r"\sigma",
    "τ": r"\tau",
}
_WORDS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": "{`}",
    '"': "{''}",
    "–": "{--}",
    "—": "{---}",
    "…": r"\ldots{}",
    "‘": "{`}",
    "’": "{'}",
    "“": "{``}",
    "”": "{''}",
    **{char: f"\\{char}" for char in "{}&%$#_"},
    **{char: f"${math}$" for char, math in _MATH.items()},
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
    parts = [list(table.lines)] if bare else _parts(table, shape, source)
    tabulars = [
        _tabular(table, lines, shape, last=part == len(parts) - 1)
        for part, lines in enumerate(parts)
    ]
    if bare:
        body = tabulars[0]
    else:
        notes = [escape_latex(note) for note in (*table.notes, source) if note]
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

    columns: tuple[str, ...]
    breaks: tuple[bool, ...]
    sizes: tuple[int, ...]
    width: int

    @classmethod
    def of(cls, table: PlainTable) -> _Shape:
        sizes = [_size(table, index) for index in range(len(table.heads))]
        left = [head.align == "left" for head in table.heads]
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

    def lines(self, line: Line) -> float:
        """Lines that a line of the table takes in print."""
        if line.group:
            return 0.6 + math.ceil(len(line.cells[0]) / max(1, self.width))
        cells = zip(line.cells, self.sizes, self.breaks, strict=False)
        return max(math.ceil(len(cell) / size) if long else 1 for cell, size, long in cells)

    @property
    def end(self) -> str:
        r"""What ends a row: in a ragged column \\ means something else."""
        return r"\tabularnewline" if any(self.breaks) else r"\\"


def _size(table: PlainTable, index: int) -> int:
    """Characters of the longest cell of a column."""
    lines = [line for line in (*table.lines, *table.foot) if not line.group]
    cells = [
        split_tail(line.cells[index])[0]
        for line in lines
        if index < len(line.cells) and not (index and table.spans(line))
    ]
    return max(map(len, [*table.heads[index].lines, *cells]))


def _parts(table: PlainTable, shape: _Shape, source: str) -> list[list[Line]]:
    """The lines in parts of about equal height, each of which fits on a page.

    Cut above a line that can stand at the top: not below a heading, not above a standard error.
    """
    heights = [shape.lines(line) for line in table.lines]
    notes = sum(math.ceil(len(note) / _WIDE) for note in (*table.notes, source))
    whole = sum(heights) + len(table.foot) + notes
    target = whole / math.ceil(whole / PAGE_LINES)
    parts: list[list[Line]] = [[]]
    filled = 0.0
    heading: Line | None = None
    for line, height in zip(table.lines, heights, strict=True):
        part = parts[-1]
        if filled + height > target and part and not line.below and not part[-1].group:
            again = heading if heading and not line.group else None
            said = (f"{again.cells[0]} (continued)",) if again else ()
            parts.append([Line(said, group=True)] if said else [])
            filled = 0.0
        heading = line if line.group else heading
        parts[-1].append(line)
        filled += height
    return parts


def _tabular(table: PlainTable, lines: Sequence[Line], shape: _Shape, last: bool) -> str:
    rows = [r"\begin{tabular}{@{}" + "".join(shape.columns) + "@{}}", r"\toprule"]
    for cells in table.head_rows:
        ragged = zip(cells, shape.breaks, strict=True)
        words = [
            (r"\raggedright " if r and cell else "") + escape_latex(cell) for cell, r in ragged
        ]
        rows.append(_row(words, shape))
    rows.append(r"\midrule")
    for number, line in enumerate(lines):
        if line.group and number:
            rows.append(r"\addlinespace")
        elif number and lines[number - 1].below and not line.below:
            rows[-1] += "[2pt]"
        rows.append(_line(table.heads, line, shape))
    if last and table.foot:
        rows.append(r"\midrule")
        for line in table.foot:
            if table.spans(line):
                label, value = (escape_latex(cell) for cell in line.cells)
                span = rf"\multicolumn{{{len(table.heads) - 1}}}{{r@{{}}}}{{{value}}}"
                rows.append(f"{label} & {span} {shape.end}")
            else:
                rows.append(_line(table.heads, line, shape))
    return "\n".join([*rows, r"\bottomrule", r"\end{tabular}"])


def _line(heads: Sequence[Head], line: Line, shape: _Shape) -> str:
    if line.group:
        words = rf"\textbf{{{escape_latex(line.cells[0])}}}"
        kind = "@{}l@{}"
        if len(line.cells[0]) > shape.width:
            kind, words = f"@{{}}p{{{_EM * shape.width:g}em}}@{{}}", rf"\raggedright{words}"
        return rf"\multicolumn{{{len(heads)}}}{{{kind}}}{{{words}}} {shape.end}"
    cells = [*line.cells, *[""] * (len(heads) - len(line.cells))]
    return _row(
        [
            _cell(cell, head, line.bold, ragged)
            for cell, head, ragged in zip(cells, heads, shape.breaks, strict=True)
        ],
        shape,
    )


def _cell(cell: str, head: Head, bold: bool, ragged: bool) -> str:
    inward, words = indented(cell)
    core, tail = split_tail(words) if head.align == "decimal" else (words, "")
    text = escape_latex(core)
    if bold and text:
        text = rf"\textbf{{{text}}}"
    if tail:
        raised = re.sub(r"\*+", r"$^{\g<0>}$", tail)
        text += rf"\rlap{{{raised}}}"
    return (r"\raggedright " if ragged and text else "") + (r"\quad " if inward else "") + text


def _row(cells: Sequence[str], shape: _Shape) -> str:
    first, *others = cells
    if first.startswith(("[", "*")):  # else \\ of the row above takes it for its own
        first = f"{{}}{first}"
    return f"{' & '.join([first, *others])} {shape.end}"


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
