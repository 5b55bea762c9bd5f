"""The documentation site: built strictly, complete, and nothing in it from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import eventstudy as es

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow
LOADS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "embed": "src",
    "video": "src",
    "audio": "src",
}
"""Element → the attribute by which it loads something."""


def build(target: Path, config: str = "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-f", config, "-d", str(target)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("site")
    built = build(target)
    assert built.returncode == 0, built.stderr[-4000:]
    return target


class Loaded(HTMLParser):
    """What a page loads and which ids it has."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if found.get("id") else []
        if tag in LOADS and found.get("rel") not in ("next", "prev", "canonical"):
            self.addresses += [found[LOADS[tag]]] if found.get(LOADS[tag]) else []


def read(page: Path) -> Loaded:
    reader = Loaded()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def test_nothing_is_loaded_from_elsewhere(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 90
    addresses = {(page, address) for page in pages for address in read(page).addresses}
    assert len(addresses) > 500
    outside = {address for _, address in addresses if re.match(r"(?i)(https?:)?//", address)}
    assert outside == set()
    missing = [
        f"{page.relative_to(site)}: {address}"
        for page, address in addresses
        if not address.startswith(("data:", "/")) and not (page.parent / address).exists()
    ]
    assert missing == []
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", text), sheet


def test_every_page_is_in_the_site(site):
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert len(pages) > 70
    for page in pages:
        home = page.parent if page.stem == "index" else page.with_suffix("")
        assert (site / home / "index.html").exists(), page
    for page in ("changelog", "project/architecture", "examples/deepseek", "examples/own_csv"):
        assert (site / page / "index.html").exists(), page


def test_every_public_name_is_in_the_reference_once(site):
    """Its own heading, not only a mention."""
    described = [
        name
        for page in sorted((ROOT / "docs" / "reference").glob("*.md"))
        for name in re.findall(r"^::: eventstudy\.(\w+)$", page.read_text(encoding="utf-8"), re.M)
    ]
    public = sorted(set(es.__all__) - {"__version__"})
    assert sorted(described) == public
    ids = {i for page in (site / "reference").rglob("*.html") for i in read(page).ids}
    assert [name for name in public if f"eventstudy.{name}" not in ids] == []
    index = (ROOT / "docs/reference/index.md").read_text(encoding="utf-8")
    assert [name for name in public if f"`{name}`" not in index] == []


def test_the_methods_of_a_result_are_described(site):
    page = read(site / "reference" / "study" / "index.html")
    methods = [name for name in dir(es.StudyResult) if not name.startswith("_")]
    methods = [name for name in methods if callable(getattr(es.StudyResult, name))]
    assert "car" in methods
    assert [name for name in methods if f"eventstudy.StudyResult.{name}" not in page.ids] == []


def test_lists_and_formulas_are_what_a_code_host_shows(site):
    """Python's Markdown differs from a code host's in lists below text, and in asterisks."""
    for page in sorted(site.glob("*/*/index.html")):
        text = page.read_text(encoding="utf-8")
        prose = re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
        assert not re.search(r"<p>[^<]*:\n?- ", prose), page
        assert not re.search(r"<em>[^<]*[=Σ√][^<]*</em>", prose), page
    placebo = (site / "tests/placebo/index.html").read_text(encoding="utf-8")
    assert "e*_t = e_t/(s_(t)√(1 − h_t))" in placebo
    assert re.search(r"<p>Paper:</p>\s*<ul>\s*<li>Gelbach", placebo)


def test_the_changelog_is_the_repositorys(site):
    page = (site / "changelog/index.html").read_text(encoding="utf-8")
    first = re.search(r"^- (\w+ \w+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert first[1] in page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[there](nowhere.md)", "nowhere.md"),
        ("[there](faq.md#no-such-question)", "no-such-question"),
        ("[there](../eventstudy/nowhere.py)", "nowhere.py"),
        ("[there][eventstudy.nowhere]", "eventstudy.nowhere"),
        ("::: eventstudy.nowhere", "eventstudy.nowhere"),
    ],
)
def test_a_broken_link_or_reference_fails_the_build(tmp_path, text, said):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
    (docs / "faq.md").write_text("# Questions\n\n[back](index.md)\n", encoding="utf-8")
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    config = config[: config.index("\nnav:")].replace("- tools/", f"- {ROOT}/tools/")
    config = config.replace("paths: [.]", f"paths: ['{ROOT}']")
    config = re.sub(r"(?ms)^extra_css:\n.*?\n\n|^  favicon:.*?$|^not_in_nav.*\Z", "", config)
    path = tmp_path / "mkdocs.yml"
    path.write_text(config, encoding="utf-8")
    built = build(tmp_path / "site", str(path))
    assert built.returncode != 0
    assert said in built.stderr


def test_llms_txt_lists_every_page_of_the_navigation(site):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    assert text.startswith("# eventstudy\n\n> ")
    base = "https://eventstudy-kit.github.io/eventstudy/"
    places = re.findall(rf"^- \[[^\]]+\]\({base}([^)]*)\)", text, re.MULTILINE)
    assert len(places) == len(set(places)) == text.count("\n- ")
    assert all((site / place / "index.html").is_file() for place in places)
    assert {"howto/agents/", "tests/bmp_t/", "project/architecture/", ""} <= set(places)
