"""Times of acceptance that were read once: they never change, so no page is asked for twice."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eventstudy.files.atomic import replace_file, writing
from eventstudy.origins.edgar_records import EASTERN

_CLOCK = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeptTimes:
    """A file for each company; what is damaged in one is asked for again."""

    folder: Path

    @classmethod
    def usual(cls) -> KeptTimes:
        """Those beside the cache of prices."""
        from eventstudy.prices.sources.cache import default_cache

        return cls(default_cache().folder.parent / "edgar")

    def read(self, cik: int) -> dict[str, dt.datetime]:
        """Number of a filing → its time in New York; empty where nothing is kept.

        Args:
            cik: The company's number.
        """
        try:
            kept = json.loads(self._place(cik).read_bytes())
            return {
                accession: dt.datetime.fromisoformat(text).replace(tzinfo=EASTERN)
                for accession, text in kept.items()
                if _CLOCK.fullmatch(text)
            }
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def write(self, cik: int, times: Mapping[str, dt.datetime]) -> None:
        """Keep the times of a company.

        Args:
            cik: The company's number.
            times: Number of a filing → its time in New York.

        Raises:
            EventStudyError: The folder cannot be written.
        """
        place = self._place(cik)
        content = {number: f"{at:%Y-%m-%dT%H:%M:%S}" for number, at in sorted(times.items())}
        with writing(place, "check the folder of the cache"):
            self.folder.mkdir(parents=True, exist_ok=True)
            with replace_file(place) as stream:
                stream.write(json.dumps(content, indent=0).encode())

    def _place(self, cik: int) -> Path:
        return self.folder / f"CIK{cik:010d}.json"
