"""Run the code blocks of Markdown pages as they are printed, and bring the outputs up to date.

    python tools/pages.py README.md docs/tutorial.md ...

A page's ```python and ```sh blocks run in the order of the page, in one folder with the events
file of the repository; the Python blocks share their names. A block with a title, such as
```toml title="groups.toml", is written to the folder as that file first. A ```text block that
follows a block that runs is its output; … at the end of a line stands for the rest of it, and in a
line of its own for any lines.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<language>[a-z]*)(?: title=\"(?P<title>[^\"]+)\")?[^\n]*\n"
    r"(?P<code>.*?)^(?P=fence)\n",
    re.DOTALL | re.MULTILINE,
)
RUN = ("python", "sh")
INSTALLS = "python3 -m venv"
"""How the two commands begin that make an environment: whoever tests the repository runs them."""
ANY = "…"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `start` and `end` are where its content lies in the text of the page."""

    language: str
    title: str
    code: str
    start: int
    end: int

    @property
    def runs(self) -> bool:
        """Whether the block is run as it stands."""
        return self.language in RUN and not self.title and not self.code.startswith(INSTALLS)


def blocks_of(text: str) -> list[Block]:
    """The fenced blocks of a page in order."""
    return [
        Block(
            found["language"], found["title"] or "", found["code"], found.start("code"), found.end()
        )
        for found in FENCE.finditer(text)
    ]


def outputs_of(text: str) -> dict[int, int]:
    """Number of a block that runs → number of the block that holds its printed output."""
    numbered = list(enumerate(blocks_of(text)))
    return {
        i: j
        for (i, block), (j, after) in pairwise(numbered)
        if block.runs and after.language == "text" and not text[block.end : after.start - 8].strip()
    }


def run_page(text: str, folder: Path) -> list[str]:
    """Run the blocks of a page in the folder: what each block printed, "" for those not run.

    Raises RuntimeError with the block and its messages when one fails.
    """
    prepare(folder)
    page, answer = folder / ".page.md", folder / ".printed.json"
    page.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(Path(__file__)), "--in-folder", page.name, answer.name],
        check=False,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
    )
    if done.returncode or done.stderr:
        raise RuntimeError(done.stderr[-4000:] or f"ended with {done.returncode}")
    printed: list[str] = json.loads(answer.read_text(encoding="utf-8"))
    return printed


def prepare(folder: Path) -> None:
    """The folder as a reader's: the events file, and the environment where the README made it."""
    shutil.copy(ROOT / "events.csv", folder)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)


def environment(folder: Path) -> dict[str, str]:
    """A terminal of 80 columns without colours, this checkout's package and command, no network."""
    paths = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    others = ("SLIPCOVER_", "EVENTSTUDY_", "PYTEST_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(others)}
    return kept | {
        "PATH": os.pathsep.join(paths),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tools" / "offline"), str(ROOT)]),
        "EVENTSTUDY_CACHE_DIR": str(folder / ".cache"),
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }


def run_here(text: str) -> list[str]:
    """Run the blocks in the current folder and process."""
    names: dict[str, Any] = {"__name__": "__main__"}
    printed = []
    for number, block in enumerate(blocks_of(text)):
        out = ""
        if block.title:
            Path(block.title).write_text(block.code, encoding="utf-8")
        elif block.runs:
            out = run_python(block, number, names) if block.language == "python" else run_sh(block)
        printed.append(out)
    return printed


def run_python(block: Block, number: int, names: dict[str, Any]) -> str:
    """What the block prints; its names stay for the blocks after it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(block.code, f"block {number + 1}", "exec"), names)
    return out.getvalue()


def run_sh(block: Block) -> str:
    """What the commands write, messages included, as a terminal shows it; `cd` stays for later."""
    reading, writing = os.pipe()
    done = subprocess.run(
        ["bash", "-euc", f"{block.code}\npwd >&{writing}"],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[writing],
        text=True,
    )
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        place = pipe.read().strip()
    # 5 is "done in part": what is left out is named, and stands in the printed output.
    if done.returncode not in (0, 5) or "Traceback" in done.stdout:
        raise RuntimeError(f"{block.code}ended with {done.returncode}:\n{done.stdout}")
    os.chdir(place or ".")
    return done.stdout


def agrees(printed: str, shown: str) -> bool:
    """Whether the output shown on a page is what was printed; … stands for any lines."""
    pattern = "".join(map(pattern_of, lines_of(shown)))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines_of(printed))) is not None


def pattern_of(line: str) -> str:
    """What a shown line stands for: itself, its beginning, or any lines."""
    if line.strip() == ANY:
        return r"(?:[^\n]*\n)*"
    return re.escape(line.removesuffix(ANY)) + (r"[^\n]*\n" if line.endswith(ANY) else r"\n")


def lines_of(text: str) -> list[str]:
    """Lines without blanks at their ends, and without empty ones at the end of the text."""
    return [line.rstrip() for line in text.rstrip().split("\n")]


def refreshed(text: str, printed: Sequence[str]) -> str:
    """The page with its outputs as they were printed; those with … stay as they are."""
    blocks = blocks_of(text)
    for i, j in sorted(outputs_of(text).items(), reverse=True):
        shown = blocks[j]
        if not any(line.endswith(ANY) for line in shown.code.split("\n")):
            new = "".join(f"{line}\n" for line in lines_of(printed[i]))
            text = text[: shown.start] + new + text[shown.start + len(shown.code) :]
    return text


def main() -> None:
    """Bring the outputs of the pages up to date, and name those with … that no longer agree."""
    if sys.argv[1:2] == ["--in-folder"]:
        page, answer = (Path(name).resolve() for name in sys.argv[2:4])
        printed = run_here(page.read_text(encoding="utf-8"))
        answer.write_text(json.dumps(printed), encoding="utf-8")
        return
    for name in sys.argv[1:]:
        text = Path(name).read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            printed = run_page(text, Path(folder))
        new = refreshed(text, printed)
        blocks = blocks_of(new)
        stale = [j for i, j in outputs_of(new).items() if not agrees(printed[i], blocks[j].code)]
        Path(name).write_text(new, encoding="utf-8")
        print(f"{name}: {'changed' if new != text else 'as it was'}")
        for j in stale:
            print(f"  block {j + 1} no longer agrees:\n{printed[j - 1]}")


if __name__ == "__main__":
    main()
