"""What the site shows besides docs/: files of the repository that its pages link to.

A hook of MkDocs, named in mkdocs.yml. Links of the pages lead where they lead in the repository,
so that they work on a code host too. Here a link out of docs/ becomes a page of the site: Markdown
is a page, a notebook is a page with its outputs, other text is shown as source. The pages of models
and tests and the tables that list them are filled in from the registries. llms.txt lists the pages
with a line on each, as https://llmstxt.org describes it.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from eventstudy.models.names import MODELS
from eventstudy.report.machine.schema import SCHEMA_FILE, SCHEMA_ID
from eventstudy.significance.names import TESTS

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s#]+)")
FENCED = re.compile(r"^(`{3,}).*?^\1[ ]*$", re.DOTALL | re.MULTILINE)
LIST_AFTER_TEXT = re.compile(
    r"^(?![ ]*(?:[-*]|\d+\.) |[ ]*[|#>]|[ ]{2}|[ ]*$)([^\n]+)\n(?=(?:[-*]|\d+\.) )", re.MULTILINE
)
"""A list right below a line of text: code hosts take it for a list, Python's Markdown does not."""
OTHER_HOMES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}
DATA_PAGES = ("eventstudy/data/PROVENANCE.md", "eventstudy/data/guide.md")
"""Markdown of the package that pages link to."""
REGISTERED = {"models": MODELS, "tests": TESTS}
"""Folder of docs/ → the names that have a page in it."""
TABLE = re.compile(r"^<!-- table of (\w+) -->$", re.MULTILINE)
START, OPTIONAL = "Start", "Optional"
"""Sections of llms.txt: of the pages above all sections, and of those that may be skipped."""
SKIPPED = ("About",)
"""Sections of the navigation that may be skipped."""
LONGEST = 160
"""Characters of a line on a page."""
NOT_PROSE = re.compile(r"^(#|!\[|<|>|[-*] |\d+\. )")
FIRST_TABLE = re.compile(r"^\|", re.MULTILINE)
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
EMPHASIS = re.compile(r"\*\*|(?<!\w)\*|\*(?!\w)")
SENTENCE = re.compile(r".+?[.?!](?=\s|$)")
Row = tuple[str, ...]
LANGUAGES = {".py": "python", ".toml": "toml", ".csv": "text", ".yml": "yaml"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name the pages of all models and tests in the navigation."""
    config.nav = filled(config.nav)
    return config


def filled(nav: Any) -> Any:
    """The navigation with `folder/*` as the pages of what is registered, in that order."""
    if isinstance(nav, dict):
        return {title: filled(entry) for title, entry in nav.items()}
    if isinstance(nav, list):
        return [page for entry in nav for page in entries(entry)]
    return nav


def entries(entry: Any) -> list[Any]:
    """What an entry of the navigation stands for."""
    if not (isinstance(entry, str) and entry.endswith("/*")):
        return [filled(entry)]
    folder = entry.removesuffix("/*")
    return [{name: f"{folder}/{name}.md"} for name in REGISTERED[folder]]


def table_of(kind: str) -> str:
    """The table of all that is registered of a kind."""
    rows = TABLES[kind]()
    head, *body = [" | ".join(cell.replace("|", r"\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in (head, " | ".join("---" for _ in rows[0]), *body))


def table_of_models() -> list[Row]:
    """Head and rows; the formula is the first one of a model's page."""
    from eventstudy.models.registry import list_models

    rows: list[Row] = [("id", "model", "formula", "paper")]
    for name, model in list_models().items():
        page = (ROOT / f"docs/models/{name}.md").read_text(encoding="utf-8")
        formula = re.findall(r"^\*\*Formula\.\*\* (.+?)(?:;|\. |\.$)", page, re.MULTILINE)
        rows.append((f"[`{name}`](models/{name}.md)", model.label, formula[0], model.reference))
    return rows


def table_of_tests() -> list[Row]:
    """Head and rows."""
    from eventstudy.significance.registry import list_tests

    rows: list[Row] = [("id", "test", "null", "observations", "shared dates allowed", "paper")]
    for name, test in list_tests().items():
        shared = "no" if test.assumes_independence else "yes"
        layouts = " · ".join(test.layouts)
        link = f"[`{name}`](tests/{name}.md)"
        rows.append((link, test.label, test.null, layouts, shared, test.reference))
    return rows


def table_of_verbs() -> list[Row]:
    """Head and rows; the exit codes are those that a verb's help names."""
    from eventstudy.cli.verbs import VERBS

    rows: list[Row] = [("verb", "what it does", "exit codes")]
    for entry in VERBS:
        texts = [each.text for each in entry.verbs or (entry,)]
        named = [re.findall(r"(?:Exit codes:|,)\s+(\d)\b", text) or ["0"] for text in texts]
        codes = ", ".join(sorted({code for one in named for code in one}))
        rows.append((f"[`{entry.name}`](#{entry.name})", entry.help, codes))
    return rows


def table_of_options() -> list[Row]:
    """Head and rows: a study's options on the command line, in the environment and in Python."""
    from eventstudy.options import about_option, explained_option
    from eventstudy.spec.study_spec import StudySpec, plain_text

    rows: list[Row] = [("option of `run`", "variable", "in Python", "default", "meaning")]
    for name, field in StudySpec.model_fields.items():
        value = f" {about_option(field)['metavar']}".rstrip()
        rows.append(
            (
                f"`--{name.replace('_', '-')}{value}`",
                f"`EVENTSTUDY_RUN_{name.upper()}`",
                f"`{name}`",
                f"`{plain_text(field.default)}`",
                explained_option(field),
            )
        )
    return rows


def table_of_tools() -> list[Row]:
    """Head and rows: what an agent can call, its arguments, and what comes back."""
    from eventstudy.agents.tools import TOOLS

    rows: list[Row] = [("tool", "what it does", "arguments")]
    for tool in TOOLS:
        fields = tool.takes.model_fields
        names = [f"**`{n}`**" if field.is_required() else f"`{n}`" for n, field in fields.items()]
        rows.append((f"`{tool.name}`", tool.text, ", ".join(sorted(names)) or "none"))
    return rows


def table_of_deviations() -> list[Row]:
    """Head and rows: what other packages compute differently, from the cross-check's catalogue."""
    from eventstudy.crosscheck.deviations import deviations

    rows: list[Row] = [
        ("package", "what it does", "size of the effect", "tests that keep it out here")
    ]
    for each in deviations():
        where = f"{each.rival} ({each.seen})" if each.seen else each.rival
        tests = ", ".join(f"`{name}`" for name in each.held_off_by)
        rows.append((where, each.what, each.size, tests))
    return rows


def table_of_results() -> list[Row]:
    """Head and rows: the keys of results.json of one event."""
    return _keys("EventReport")


def table_of_pooled() -> list[Row]:
    """Head and rows: the keys of results.json of many events pooled."""
    return _keys("PooledReport")


def table_of_lines() -> list[Row]:
    """Head and rows: the keys of a line of --json with figures, then those of an excluded event."""
    return [*_keys("FiguresLine"), *_keys("ExcludedLine")[1:]]


def _keys(name: str) -> list[Row]:
    """The keys of an object with unit and meaning; those of objects in it by their path."""
    from eventstudy.report.machine.schema import results_schema

    known = results_schema()["$defs"]
    rows: list[Row] = [("key", "unit", "meaning")]

    def add(above: str, of: str) -> None:
        for key, about in known[of]["properties"].items():
            inner = re.findall(r"#/\$defs/(\w+)", json.dumps(about))
            unit = "" if inner else about["unit"]
            rows.append((f"`{above}{key}`", unit, about["description"]))
            if inner and inner[0] not in ("StudySpec", "Window"):
                add(
                    f"{above}{key}[]." if '"array"' in json.dumps(about) else f"{above}{key}.",
                    inner[0],
                )

    add("", name)
    return rows


TABLES: dict[str, Callable[[], list[Row]]] = {
    "models": table_of_models,
    "tests": table_of_tests,
    "verbs": table_of_verbs,
    "options": table_of_options,
    "tools": table_of_tools,
    "deviations": table_of_deviations,
    "results": table_of_results,
    "pooled": table_of_pooled,
    "lines": table_of_lines,
}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add a page for every file outside docs/ that a page leads to, and what that leads to."""
    from mkdocs.structure.files import File

    waiting = [
        (f"docs/{file.src_uri}", Path(file.abs_src_path).read_text(encoding="utf-8"))
        for file in files.documentation_pages()
        if file.abs_src_path
    ]
    waiting += [(name, "") for name in asked_for(config.nav)]
    schema = ROOT / "eventstudy" / "data" / SCHEMA_FILE
    at = SCHEMA_ID.partition(".io/eventstudy/")[2]
    files.append(File.generated(config, at, content=schema.read_text(encoding="utf-8")))
    known = {file.src_uri for file in files}
    while waiting:
        name, text = waiting.pop()
        for target in (name, *targets(name, text)):
            home = home_of(target)
            if home in known or not (ROOT / target).is_file():
                continue
            known.add(home)
            content = page_of(target)
            files.append(File.generated(config, home, content=content))
            waiting.append((target, content))
    listing = llms_text(config.site_name, config.site_description or "", config.nav, text_at)
    files.append(File.generated(config, "llms.txt", content=listing))
    return files


def text_at(uri: str) -> str:
    """The Markdown of the site's page at `uri`."""
    return page_of(origin_of(uri))


def asked_for(nav: Any) -> Iterator[str]:
    """The files of the repository whose pages the navigation names, from the comments there."""
    if isinstance(nav, dict):
        nav = list(nav.values())
    for entry in [nav] if isinstance(nav, str) else nav or []:
        if isinstance(entry, str):
            yield from (name for name in repository_pages() if home_of(name) == entry)
        else:
            yield from asked_for(entry)


def repository_pages() -> list[str]:
    """Files outside docs/ that may have a page of their own: root pages, examples."""
    return [
        str(path.relative_to(ROOT))
        for pattern in ("*.md", "examples/*.py", "examples/*.ipynb")
        for path in sorted(ROOT.glob(pattern))
    ]


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links that leave docs/ lead to the pages made for them; lists stand by themselves."""
    markdown = TABLE.sub(lambda line: table_of(line[1]), markdown)
    text = relinked(markdown, origin_of(page.file.src_uri), page.file.src_uri)
    return outside_fences(lambda part: LIST_AFTER_TEXT.sub(r"\1\n\n", part), text)


def outside_fences(change: Callable[[str], str], text: str) -> str:
    """The text with everything changed but its fenced blocks."""
    parts, last = [], 0
    for fence in FENCED.finditer(text):
        parts += [change(text[last : fence.start()]), fence[0]]
        last = fence.end()
    return "".join([*parts, change(text[last:])])


def relinked(text: str, name: str, uri: str) -> str:
    """The text of the repository's file `name`, with the links that it needs at `uri`."""
    moved = name != f"docs/{uri}"

    def new(found: re.Match[str]) -> str:
        target = resolved(name, found[0])
        if not moved and target.startswith("docs/"):
            return found[0]
        at = PurePosixPath(uri).parent
        return os.path.relpath(home_of(target), at)

    return outside_fences(lambda part: LINK.sub(new, part), text)


def targets(name: str, text: str) -> list[str]:
    """The files that a text of the repository links to, from the root."""
    return [resolved(name, found) for found in LINK.findall(FENCED.sub("", text))]


def resolved(name: str, target: str) -> str:
    """A link of the file `name` as a path from the root of the repository."""
    return os.path.normpath(PurePosixPath(name).parent / target)


def home_of(name: str) -> str:
    """Where in the site the repository's file is."""
    if name.startswith("docs/"):
        return name.removeprefix("docs/")
    if name in OTHER_HOMES:
        return OTHER_HOMES[name]
    path = PurePosixPath(name)
    if path.suffix == ".md":
        return f"project/{path.stem.lower()}.md"
    if path.suffix == ".ipynb":
        return f"examples/{path.stem}.md"
    return f"source/{name}.md"


def origin_of(uri: str) -> str:
    """The repository's file whose page is at `uri`."""
    written = f"docs/{uri}"
    if (ROOT / written).is_file():
        return written
    if uri.startswith("source/"):
        return uri.removeprefix("source/").removesuffix(".md")
    known = [*repository_pages(), *DATA_PAGES]
    return next(name for name in known if home_of(name) == uri)


def page_of(name: str) -> str:
    """The page of a file outside docs/."""
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    if path.suffix == ".ipynb":
        return notebook_page(json.loads(text))
    return f"# `{name}`\n\n````{LANGUAGES.get(path.suffix, 'text')}\n{text.rstrip()}\n````\n"


def notebook_page(notebook: dict[str, Any]) -> str:
    """A notebook's cells and outputs as Markdown."""
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
        elif cell["cell_type"] == "code":
            parts.append(f"```python\n{source}\n```")
            parts += [shown(output) for output in cell["outputs"]]
    return "\n\n".join(parts) + "\n"


def shown(output: dict[str, Any]) -> str:
    """An output in its richest form."""
    data = output.get("data", {})
    if "image/png" in data:
        picture = "".join(data["image/png"]).replace("\n", "")
        alt = "".join(data.get("text/plain", "figure"))
        return f'<img alt="{escape(alt)}" src="data:image/png;base64,{picture}">'
    if "text/html" in data:
        html = "".join(data["text/html"])
        return re.sub(r"<style.*?</style>|\n", "", html, flags=re.DOTALL)
    text = "".join(output.get("text", data.get("text/plain", "")))
    return f"```text\n{text.rstrip()}\n```"


class Entry(NamedTuple):
    """A page of the navigation."""

    section: str
    title: str
    uri: str
    """From docs/."""


def llms_text(name: str, summary: str, nav: Any, text_of: Callable[[str], str]) -> str:
    """The content of llms.txt.

    Args:
        name: Of the site.
        summary: What it is about.
        nav: The navigation of mkdocs.yml, with every page named.
        text_of: The Markdown of a page.
    """
    sections: dict[str, list[str]] = {}
    for entry in pages_of(nav):
        section = OPTIONAL if entry.section in SKIPPED else entry.section
        sections.setdefault(section, []).append(line_on(entry, text_of(entry.uri)))
    last = sections.pop(OPTIONAL, [])
    parts = [*sections.items(), *([(OPTIONAL, last)] if last else [])]
    body = "\n\n".join(f"## {title}\n\n" + "\n".join(lines) for title, lines in parts)
    return f"# {name}\n\n> {summary}\n\n{body}\n"


def pages_of(nav: Any, section: str = "") -> Iterator[Entry]:
    """The pages of a navigation in its order; those above all sections are of the first.

    Args:
        nav: A list of pages and sections, or None.
        section: The one that they belong to.
    """
    for each in nav or ():
        for title, content in [("", each)] if isinstance(each, str) else each.items():
            if isinstance(content, str):
                yield Entry(section or START, title, content)
            else:
                yield from pages_of(content, section or title)


def line_on(entry: Entry, text: str) -> str:
    """A page as an entry of a list: its link and its first sentence.

    Args:
        entry: The page.
        text: Its Markdown.
    """
    heading = HEADING.search(text)
    title = entry.title or (heading[1] if heading else entry.uri)
    about = first_sentence(text)
    return f"- [{title}]({address(entry.uri)}){f': {about}' if about else ''}"


def first_sentence(text: str) -> str:
    """The first sentence of the prose that a page begins with, without links; empty for none.

    Args:
        text: Markdown.
    """
    before_tables = FIRST_TABLE.split(FENCED.sub("", text), maxsplit=1)[0]
    blocks = re.split(r"\n\s*\n", before_tables)
    prose = (block.strip() for block in blocks if not NOT_PROSE.match(block.strip()))
    found = next(filter(None, prose), "")
    plain = " ".join(EMPHASIS.sub("", LINKED.sub(r"\1", found)).split())
    sentence = SENTENCE.match(plain)
    said = (sentence[0] if sentence else plain).rstrip(":")
    return said if len(said) <= LONGEST else f"{said[:LONGEST].rsplit(' ', 1)[0]} …"


def address(uri: str) -> str:
    """Where a page stands on the site.

    Args:
        uri: From docs/.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base: str = project["urls"]["Documentation"]
    path = PurePosixPath(uri).with_suffix("")
    place = path.parent if path.name == "index" else path
    return base if str(place) == "." else f"{base}{place}/"
