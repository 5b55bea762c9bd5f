"""The check of language: what it reads of each kind of file, and what it finds there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def language() -> ModuleType:
    spec = importlib.util.spec_from_file_location("language", ROOT / "tools" / "language.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


MODULE = '''"""A module of colour.

Mind: the docstring has
two lines.
"""

NAME = "color"


def f(x):
    """Say it.

    Args:
        color: A colour.
    """
    raise ValueError(
        f"{x} is no window; give a color "
        "such as red"
    )
'''

PAGE = """# A page

Text with `is no window` in code, and [a link](color.md).

```python
color = "is no window"
```

- Author, A. (1999). The color of behavior. *Journal* 1(1), 1–2.

The window is no
window.
"""


def found(language: ModuleType, view: object) -> list[tuple[int, str]]:
    checks = (language.phrase_findings, language.spelling_findings)
    return sorted((one.line, one.check) for check in checks for one in check(view))


def test_modules_are_read_by_their_docstrings_and_messages(language):
    view = language.module_view("m.py", MODULE)
    assert found(language, view) == [(3, "phrase"), (17, "phrase"), (17, "spelling")]
    assert "X is no window; give a color such as red" in view.text


def test_pages_are_read_without_code_links_and_references(language):
    view = language.markdown_view("p.md", PAGE)
    assert found(language, view) == [(11, "phrase")]


def test_pages_of_a_bundle_are_read_block_by_block(language):
    html = "<style>color</style><p>It is <b>no</b> window.</p><script>color</script><td>color</td>"
    view = language.page_view("r.html", html)
    assert view.text.splitlines() == ["It is no window.", "color"]
    assert found(language, view) == [(1, "phrase"), (2, "spelling")]


def test_tools_find_misspelt_words_and_style_where_they_stand(language):
    views = [language.View("a", "fine"), language.View("b", "\nthis is teh end\n\nvery unique")]
    findings = list(language.tool_findings(views))
    assert {(one.name, one.line) for one in findings} == {("b", 2), ("b", 4)}
    assert "codespell" in {one.check for one in findings}
    assert "uncomparables" in {one.check for one in findings}


def test_what_is_not_meant_has_a_reason(language):
    for check, names in language.settings().items():
        assert names, check
        assert all(len(reason.split()) >= 2 for reason in names.values()), check
