"""Write the schema of results.json into the package, from the declaration of its keys.

python tools/schema.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from eventstudy.files.formats import write_json
from eventstudy.report.machine.schema import SCHEMA_FILE, results_schema

FILE = Path(__file__).resolve().parents[1] / "eventstudy" / "data" / SCHEMA_FILE


def main() -> None:
    """Write the file and say where it is."""
    write_json(results_schema(), FILE)
    sys.stdout.write(f"{FILE}\n")


if __name__ == "__main__":
    main()
