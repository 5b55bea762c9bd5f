"""The structure in figures: the longest chain of imports, circles, loose modules, lines of code.

Run it in the root of a checkout. A chain counts the imports that run when a module is loaded;
circles count all, inside functions and for types too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

PACKAGE = Path(__file__).resolve().parents[1] / "eventstudy"


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    return {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def loaded_imports(node: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    """Modules of the package that are imported when the code of `node` is loaded."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.ImportFrom):
            names = {f"{child.module}.{alias.name}" for alias in child.names}
            yield from (names | {child.module or ""}) & known.keys()
        elif isinstance(child, ast.Import):
            yield from {alias.name for alias in child.names} & known.keys()
        else:
            yield from loaded_imports(child, known)


def longest_chain() -> list[str]:
    """The modules of the longest chain, each importing the next."""
    known = modules()
    below = {
        name: set(loaded_imports(ast.parse(path.read_text("utf-8")), known)) - {name}
        for name, path in known.items()
    }

    @cache
    def chain_from(name: str) -> tuple[str, ...]:
        chains: list[tuple[str, ...]] = [chain_from(one) for one in sorted(below[name])]
        return (name, *max(chains, key=len, default=()))

    longest: tuple[str, ...] = max((chain_from(name) for name in known), key=len)
    return list(longest)


def circle() -> list[str]:
    """A circle of imports, deferred ones included; empty if there is none."""
    graph = grimp.build_graph("eventstudy", cache_dir=None)
    order = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(order).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def code_lines(path: Path) -> int:
    """Lines of a module without blanks, comments and docstrings."""
    text = path.read_text("utf-8")
    documented: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            documented |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return sum(
        number not in documented and bool(line.strip()) and not line.strip().startswith("#")
        for number, line in enumerate(text.splitlines(), 1)
    )


def main() -> None:
    """Print the figures."""
    chain, round_trip = longest_chain(), circle()
    print(f"longest chain of imports: {len(chain)} modules")
    print("  " + "\n  ".join(chain))
    print(f"circles: {'none' if not round_trip else ' > '.join(round_trip)}")
    print(f"modules loose at the top: {len(list(PACKAGE.glob('*.py')))}")
    lengths = [len(path.read_text("utf-8").splitlines()) for path in modules().values()]
    print(f"modules: {len(lengths)}, the longest of {max(lengths)} lines")
    print(f"lines of code: {sum(map(code_lines, modules().values())):,}")


if __name__ == "__main__":
    main()
