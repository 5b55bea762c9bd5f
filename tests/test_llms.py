"""llms.txt: each page of the navigation once, with its address and a line on it."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
BASE = "https://eventstudy-kit.github.io/eventstudy/"


@pytest.fixture(scope="module")
def site() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_hook", ROOT / "tools" / "site.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["site_hook"] = module
    spec.loader.exec_module(module)
    return module


def test_pages_stand_in_the_sections_of_the_navigation(site):
    pages = {
        "index.md": "# Home page\n\nWhat [it](x.md) **does**: all. More.",
        "a/index.md": "# All of A\n\n| no | prose |\n|---|---|\n\nAfter the table.",
        "a/b.md": "# B\n\n![](x.png)\n\n```sh\nrun it.\n```\n\nSays v1.5 of `b`, as\nit is. And more.",
        "a/c.md": "# C\n\nDoes it? It does.",
        "z.md": "# Z\n\nLast",
    }
    nav = [
        {"Home": "index.md"},
        {"About": [{"Zed": "z.md"}]},
        {"A": ["a/index.md", {"Bee": "a/b.md"}, {"Deep": [{"Cee": "a/c.md"}]}]},
    ]
    text = site.llms_text("name", "A summary.", nav, pages.__getitem__)
    assert text.split("\n\n") == [
        "# name",
        "> A summary.",
        "## Start",
        f"- [Home]({BASE}): What it does: all.",
        "## A",
        f"- [All of A]({BASE}a/)\n"
        f"- [Bee]({BASE}a/b/): Says v1.5 of `b`, as it is.\n"
        f"- [Cee]({BASE}a/c/): Does it?",
        "## Optional",
        f"- [Zed]({BASE}z/): Last\n",
    ]


def test_a_long_sentence_is_cut_between_words(site):
    about = site.first_sentence(f"# A\n\n{'word ' * 100}.")
    assert len(about) <= site.LONGEST + 2
    assert re.fullmatch(r"(word )+…", about)
