"""Check the language of everything that a user reads: spelling, style, phrases, British English.

    python tools/language.py [BUNDLE ...]

Reads the documentation, the docstrings and messages of the package (fields of f-strings as X), and
the pages of the bundles that are given as folders. Four checks: codespell for misspelt words,
proselint for style, `phrases.txt` for wording that this project does not use, and the dictionary of
codespell for American spellings. `language.toml` says which findings are not meant, and why. Prints
one line a finding with its file and line; the exit code is 1 where there is one.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md")
FIELD = "X"
BESIDE = " | "
"""Between texts that begin on one line."""
_FENCE = re.compile(r"^(`{3,}).*?^\1`*$", re.DOTALL | re.MULTILINE)
_NOT_PROSE = re.compile(
    r"(`+)(?:.|\n)*?\1|<!--.*?-->|</?[a-zA-Z][^>\n]*>|https?://[^\s)>]+", re.DOTALL
)
_LINK = re.compile(r"\]\([^)\n]*\)|\]\[[^]\n]*\]")
_REFERENCE = re.compile(r"^- .*\(\d{4}[a-z]?\)\. .*$", re.MULTILINE)
"""A paper in a list: its title is spelt as its authors did."""
_ARGUMENT = re.compile(r"^( {4,})\w+: ", re.MULTILINE)
"""The name of an argument in a docstring."""
_PROSE = re.compile(r"[A-Za-z]{2,}[,;:]?\s+[a-z]{2,}")
_WORD = re.compile(r"(?<![\w./=-])[A-Za-z]+(?![\w=(]|[./]\w)")
_BLANKED = ((_FENCE, ""), (_NOT_PROSE, FIELD), (_LINK, "]"), (_REFERENCE, ""))
_UNSEEN = ("script", "style")
_INLINE = ("a", "b", "em", "i", "strong", "small", "span", "tspan", "sub", "sup", "code", "abbr")


@dataclass(frozen=True, slots=True)
class View:
    """The prose of a file at the lines where it stands; all else is blank."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something to mend."""

    name: str
    line: int
    check: str
    said: str

    def __str__(self) -> str:
        return f"{self.name}:{self.line}: {self.said} [{self.check}]"


def markdown_view(name: str, text: str) -> View:
    """A page without its code, tags and addresses."""
    for pattern, instead in _BLANKED:
        text = pattern.sub(partial(_blanked, word=instead), text)
    return View(name, text)


def _blanked(found: re.Match[str], word: str) -> str:
    """A word and as many line breaks as what was found."""
    text = found[0]
    tag = text.startswith("<")
    return ("" if tag else word) + "\n" * text.count("\n")


def module_view(name: str, text: str) -> View:
    """The docstrings and messages of a module."""
    lines = [""] * (text.count("\n") + 1)
    for node, written in _texts(ast.parse(text)):
        at = node.lineno - 1
        if isinstance(node, ast.Expr):
            parts = _ARGUMENT.sub(rf"\1{FIELD}: ", written).split("\n")
        else:
            parts = [" ".join(written.split())]
        for offset, part in enumerate(parts):
            if part.strip() and at + offset < len(lines):
                before = lines[at + offset]
                lines[at + offset] = before + (BESIDE if before else "") + part
    return markdown_view(name, "\n".join(lines))


def _texts(node: ast.AST) -> Iterator[tuple[ast.Expr | ast.expr, str]]:
    """Each text that has words, with where it begins."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            if isinstance(child.value.value, str):
                yield child, child.value.value
        elif isinstance(child, ast.Constant):
            if isinstance(child.value, str) and _PROSE.search(child.value):
                yield child, child.value
        elif isinstance(child, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.Constant) else FIELD for one in child.values]
            written = "".join(map(str, parts))
            if _PROSE.search(written):
                yield child, written
        else:
            yield from _texts(child)


class _Page(HTMLParser):
    """The text of a page, a line a block."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in _UNSEEN
        if tag not in _INLINE:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in _UNSEEN
        if tag not in _INLINE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.lines[-1] += data.replace("\n", " ")


def page_view(name: str, text: str) -> View:
    """The text of a page in HTML, block by block."""
    page = _Page()
    page.feed(text)
    return View(name, "\n".join(line for line in page.lines if line.strip()))


def bundle_views(folder: Path) -> Iterator[View]:
    """The pages of a bundle.

    Raises:
        FileNotFoundError: It has neither a page for the browser nor a PDF.
    """
    page = folder / "report.html"
    if page.is_file():
        yield page_view(str(page), page.read_text("utf-8"))
        return
    from pypdf import PdfReader

    for number, sheet in enumerate(PdfReader(folder / "report.pdf").pages, 1):
        yield View(f"{folder / 'report.pdf'} page {number}", sheet.extract_text())


def repository_views(root: Path = ROOT) -> Iterator[View]:
    """The prose of documentation and package."""
    for pattern in PAGES:
        for path in sorted(root.glob(pattern)):
            yield markdown_view(str(path.relative_to(root)), path.read_text("utf-8"))
    for path in sorted((root / "eventstudy").rglob("*.py")):
        yield module_view(str(path.relative_to(root)), path.read_text("utf-8"))


@cache
def settings() -> Mapping[str, Mapping[str, str]]:
    """What is not meant, by check: name → reason."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The phrases not to use, each with what is better."""
    lines = Path(__file__).with_name("phrases.txt").read_text("utf-8").splitlines()
    pairs = [line.split(" => ", 1) for line in lines if line.strip() and not line.startswith("#")]
    return tuple((_pattern(phrase.strip()), better.strip()) for phrase, better in pairs)


def _pattern(phrase: str) -> re.Pattern[str]:
    """The phrase, at the ends of words where it ends with letters, across any blanks."""
    start, end = (
        r"(?<!\w)" if phrase[0].isalnum() else "",
        r"(?!\w)" if phrase[-1].isalnum() else "",
    )
    return re.compile(start + phrase.replace(" ", r"\s+") + end, re.IGNORECASE)


def phrase_findings(view: View) -> Iterator[Finding]:
    """Phrases that this project does not use."""
    for pattern, better in phrases():
        for found in pattern.finditer(view.text):
            if f"{view.name}: {found[0]}" in settings()["phrase"]:
                continue
            said = f"{' '.join(found[0].split())!r}: {better}"
            yield Finding(view.name, _line(view, found.start()), "phrase", said)


@cache
def american() -> Mapping[str, str]:
    """American spelling → British."""
    data = files("codespell_lib").joinpath("data", "dictionary_en-GB_to_en-US.txt")
    pairs = [line.split("->") for line in data.read_text("utf-8").splitlines() if "->" in line]
    accepted = settings()["american"]
    return {
        american.strip(): british
        for british, answers in pairs
        for american in answers.split(",")
        if american.strip() and american.strip() not in accepted
    }


def spelling_findings(view: View) -> Iterator[Finding]:
    """American spellings."""
    for found in _WORD.finditer(view.text):
        if british := american().get(found[0].lower()):
            said = f"{found[0]!r}: {british} in British English"
            yield Finding(view.name, _line(view, found.start()), "spelling", said)


def _line(view: View, at: int) -> int:
    return view.text.count("\n", 0, at) + 1


def tool_findings(views: Sequence[View]) -> Iterator[Finding]:
    """What codespell and proselint find."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {str(Path(folder, f"{i:04}.md")): view for i, view in enumerate(views)}
        for path, view in paths.items():
            Path(path).write_text(view.text, encoding="utf-8")
        yield from _misspelt(paths)
        yield from _style(paths, Path(folder, "proselint.json"))


def _misspelt(paths: Mapping[str, View]) -> Iterator[Finding]:
    known = ",".join(settings()["codespell"])
    command = ["codespell", "--disable-colors", f"--ignore-words-list={known}", *paths]
    for line in _run(command, (0, 65)).splitlines():
        path, number, said = line.split(":", 2)
        yield Finding(paths[path].name, int(number), "codespell", said.strip())


def _style(paths: Mapping[str, View], config: Path) -> Iterator[Finding]:
    off = dict.fromkeys(settings()["proselint"], False)
    config.write_text(json.dumps({"max_errors": 100_000, "checks": off}), encoding="utf-8")
    options = ["--config", str(config), "--output-format", "json"]  # before the verb they are lost
    command = ["proselint", "check", *options, *paths]
    found: dict[str, Any] = json.loads(_run(command, (0, 1)))["result"]
    for path, each in found.items():
        view = paths[path.removeprefix("file://")]
        if "error" in each:
            raise RuntimeError(f"proselint on {view.name}: {each['error']}")
        for one in each["diagnostics"]:
            yield Finding(view.name, one["pos"][0], one["check_path"], one["message"])


def _run(command: Sequence[str], expected: Sequence[int]) -> str:
    """What a tool of the same environment prints."""
    tool = Path(sys.executable).with_name(command[0])
    done = subprocess.run([tool, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode not in expected:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout


def findings(views: Sequence[View]) -> list[Finding]:
    """All that is to be mended, by file and line."""
    own = [
        one
        for view in views
        for check in (phrase_findings, spelling_findings)
        for one in check(view)
    ]
    return sorted({*own, *tool_findings(views)})


def main(bundles: Sequence[str]) -> int:
    """Print the findings; 1 where there are any."""
    views = [*repository_views(), *(v for bundle in bundles for v in bundle_views(Path(bundle)))]
    found = findings(views)
    for one in found:
        print(one)
    print(f"{len(found)} findings in {len(views)} texts.", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
