"""Run the notebooks of examples/ and keep what they show in them.

    python tools/notebooks.py [--check] examples/*.ipynb

Without --check the outputs are written into the files, free of times and counters, so that the
same notebook is the same file. With it nothing is written; it fails where text or a table shown
in a file is not what a run shows, or where a picture is missing. Pictures are not compared by
their pixels, which differ with the version of the libraries that draw.
"""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path
from typing import Any

import nbformat
from gallery import small
from nbclient import NotebookClient

KEPT = ("image/png", "text/html", "text/plain")
FORMAT: Any = nbformat
"""Its functions carry no types."""


def main() -> None:
    """Run each notebook in its folder; exit with 1 where --check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("notebooks", type=Path, nargs="+")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    wrong = []
    for path in options.notebooks:
        held = FORMAT.read(path, as_version=4)
        made = executed(held, path.parent)
        if not options.check:
            FORMAT.write(made, path)
        elif told := differences(held, made):
            wrong += [f"{path}: {line}" for line in told]
    if wrong:
        sys.exit("\n".join(wrong))


def executed(notebook: Any, folder: Path) -> Any:
    """A copy with fresh outputs and nothing that differs between two runs."""
    copy = FORMAT.from_dict(notebook)
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(copy, kernel_name="python3", timeout=120, resources=place).execute()
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    copy.metadata = FORMAT.from_dict({"kernelspec": spec, "language_info": {"name": "python"}})
    for number, cell in enumerate(copy.cells, 1):
        cell.id = f"cell-{number}"
        cell.metadata = FORMAT.from_dict({})
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [cleaned(output) for output in joined(cell.outputs)]
    return copy


def joined(outputs: list[Any]) -> list[Any]:
    """Pieces of one stream as one output: where they break depends on time."""
    whole: list[Any] = []
    for output in outputs:
        before = whole[-1] if whole else {}
        if output.output_type == "stream" and before.get("name") == output.name:
            before["text"] += output.text
        else:
            whole.append(output)
    return whole


def cleaned(output: Any) -> Any:
    """The output in the forms that are kept, pictures in few colours, without its number."""
    if "data" in output:
        output.data = {kind: output.data[kind] for kind in KEPT if kind in output.data}
        if "image/png" in output.data:
            few = small(base64.b64decode(output.data["image/png"]))
            output.data["image/png"] = base64.b64encode(few).decode("ascii")
        output.metadata = {}
    if "execution_count" in output:
        output.execution_count = None
    return output


def differences(held: Any, made: Any) -> list[str]:
    """What a reader of the file sees and a run does not show."""
    return [
        f"cell {number} shows\n{shown(old)}\nand a run\n{shown(new)}"
        for number, (old, new) in enumerate(zip(held.cells, made.cells, strict=True), 1)
        if old.cell_type == "code" and shown(old) != shown(new)
    ]


def shown(cell: Any) -> str:
    """The outputs of a cell as text, a picture as its mere presence."""
    parts = []
    for output in cell.outputs:
        data = output.get("data", {"text/plain": output.get("text", "")})
        pictured = "image/png" in data
        parts.append("a picture" if pictured else data.get("text/html", data.get("text/plain", "")))
    return "\n".join(parts)


if __name__ == "__main__":
    main()
