"""Run tests with the lowest versions that pyproject.toml allows: `python tools/lowest.py`.

Makes an environment of its own with uv (`pip install uv`), in which every dependency of the
package and of its extras is as old as its range allows, and what those need as new as there is.
Takes about as long as the tests named; without a name, those that meet the dependencies.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
EXTRAS = ("dask", "docs", "duckdb", "excel", "factors", "peers")
TOOLS = ("hypothesis", "openpyxl", "pymupdf<2", "pytest", "pytest-xdist")
TESTS = ("golden", "cli", "study", "prices", "report")


def main() -> int:
    """Resolve, install and test; the answer is that of pytest."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("tests", nargs="*", default=[f"tests/{name}" for name in TESTS])
    parser.add_argument("--python", default="3.11", help="the version of Python")
    parser.add_argument("--keep", type=Path, help="a folder for the environment, kept and reused")
    chosen = parser.parse_args()
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        parser.error("there is no uv; pip install uv.")
    if chosen.keep is not None:
        return _test(uv, chosen.keep.resolve(), chosen.python, chosen.tests)
    with tempfile.TemporaryDirectory(prefix="lowest-") as folder:
        return _test(uv, Path(folder), chosen.python, chosen.tests)


def _test(uv: str, folder: Path, python: str, tests: Sequence[str]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    pins, environment = folder / "lowest.txt", folder / "environment"
    extras = [part for extra in EXTRAS for part in ("--extra", extra)]
    wheels = ("--only-binary", ":all:")
    where = ("--python", str(environment))
    _run(
        *(uv, "pip", "compile", "--quiet", "--resolution", "lowest-direct", *wheels, *extras),
        *("--python-version", python, "--no-header", "--output-file", str(pins), "pyproject.toml"),
    )
    print(pins.read_text("utf-8"))
    if not environment.exists():
        _run(uv, "venv", "--quiet", "--python", python, str(environment))
    _run(uv, "pip", "install", "--quiet", *where, *wheels, "--requirement", str(pins), *TOOLS)
    _run(uv, "pip", "install", "--quiet", *where, "--no-deps", "--editable", ".")
    interpreter = next(environment.glob("bin/python"), environment / "Scripts" / "python.exe")
    done = subprocess.run(
        [str(interpreter), "-m", "pytest", "-qn", "auto", "-m", "slow or not slow", *tests],
        cwd=REPOSITORY,
        check=False,
    )
    return done.returncode


def _run(*command: str) -> None:
    subprocess.run(command, cwd=REPOSITORY, check=True)


if __name__ == "__main__":
    sys.exit(main())
