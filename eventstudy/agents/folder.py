"""The one folder that tools read from and write to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import InputError, quoted
from eventstudy.files.atomic import replace_file, writing
from eventstudy.files.csv_text import csv_text
from eventstudy.files.names import DEVICE, folder_name
from eventstudy.files.reading import LONGEST_PATH, control_in, reading_errors, shown_path

if TYPE_CHECKING:
    import pandas as pd

WRITTEN = "answers"
"""The folder inside it that tables are written to."""
MOST_ENTRIES = 10_000
"""Files of a folder of prices."""
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class ServedFolder:
    """A folder out of which no path leads."""

    root: Path
    """Without links, absolute."""

    @classmethod
    def of(cls, path: str | Path) -> ServedFolder:
        """The folder at a path.

        Args:
            path: An existing folder.

        Raises:
            InputError: There is none.
        """
        with reading_errors(path, "folder"):
            root = Path(path).resolve(strict=True)
        if not root.is_dir():
            raise InputError(
                f"Option folder: {shown_path(path)} is not a folder; give the path of one."
            )
        return cls(root)

    def inside(self, path: str, option: str) -> Path:
        """The place that a path names, with links followed, inside the folder.

        Args:
            path: Relative to the folder, with / between its parts. There may be nothing there.
            option: The argument that it was given as.

        Raises:
            InputError: It is empty, absolute, of a hidden file or a device, or it leads outside.
        """
        if why := _problem(path):
            raise InputError(f"Option {option}: {quoted(path)} {why}")
        with reading_errors(path, "file"):
            place = (self.root / path).resolve()
        if not place.is_relative_to(self.root):
            raise self._outside(path, option)
        if why := _problem(self.shown(place)):  # what a link names
            raise InputError(f"Option {option}: {quoted(path)} {why}")
        if os.path.isdir(place):
            self._require_own(place, path, option)
        return place

    def _require_own(self, place: Path, path: str, option: str) -> None:
        """Refuse a folder with a link that leads outside."""
        for at, entry in enumerate(_entries(place)):
            if at == MOST_ENTRIES:
                raise InputError(
                    f"Option {option}: {quoted(path)} contains more than {MOST_ENTRIES:,} files; "
                    "name one of them or a smaller folder."
                )
            if entry.is_symlink() and not entry.resolve().is_relative_to(self.root):
                raise self._outside(f"{path}/{entry.name}", option)

    def _outside(self, path: str, option: str) -> InputError:
        return InputError(
            f"Option {option}: {quoted(path)} leads out of the served folder; copy the file "
            "into it."
        )

    def shown(self, place: Path) -> str:
        """A place as a path that `inside` takes.

        Args:
            place: Inside the folder.
        """
        return place.relative_to(self.root).as_posix()

    def told(self, sentence: str) -> str:
        """A sentence with the paths of the folder as `inside` takes them, not the machine's.

        Args:
            sentence: Such as an error of a file.
        """
        root = str(self.root)
        if root == self.root.anchor:
            return sentence
        return sentence.replace(f"{root}{os.sep}", "").replace(root, "The served folder")

    def write_table(self, name: str, table: pd.DataFrame) -> str:
        """Write a table as CSV and return its path from the folder; an earlier one is replaced.

        Args:
            name: Of the file, without its ending.
            table: Its index is not written.

        Raises:
            InputError: The name is none of a file, or a link leads out of the folder.
            EventStudyError: The place cannot be written.
        """
        self.inside(WRITTEN, "folder")
        place = self.inside(f"{WRITTEN}/{folder_name(name)}.csv", "folder")
        if place.exists() and not place.is_file():
            raise InputError(f"{self.shown(place)} is not a regular file; remove it.")
        with writing(self.shown(place), "free the folder or serve another one"):
            place.parent.mkdir(exist_ok=True)
            with replace_file(place) as stream:
                stream.write(csv_text(table).encode())
        return self.shown(place)


def _entries(folder: Path) -> Iterator[Path]:
    """What a folder holds, with what the folders in it hold; links are not followed."""
    for above, folders, files in os.walk(folder):
        yield from (Path(above) / name for name in (*folders, *files))


def _problem(path: str) -> str:
    """Why a text is no path inside a folder, as the end of a sentence; empty where it may be."""
    if not path.strip():
        return "is empty; give a path inside the served folder, such as prices.csv."
    if len(path) > LONGEST_PATH:
        return f"is too long for a path; use at most {LONGEST_PATH} characters."
    if control := control_in(path) or next((f"U+{ord(c):04X}" for c in path if c in "\t\r\n"), ""):
        return f"contains the control character {control}; delete it."
    if path.startswith(("/", "~")) or _DRIVE.match(path):
        return "is not relative to the served folder; give a path inside it."
    if "\\" in path:
        return "contains a backslash; write / between folders."
    for part in path.split("/"):
        bare = part.partition(".")[0].strip()
        if part == "..":
            return "contains ..; give a path inside the served folder."
        if part.startswith(".") and part != ".":
            return "names a hidden file, which no tool reads."
        if ":" in part or DEVICE.fullmatch(bare) or (part and part != "." and not bare):
            return "names a device or a stream; give the path of a file."
    return ""
