"""What the corpora of wrong input share."""

from __future__ import annotations

HEADER = "event_id,title,announced_at,timing,category,groups,benchmark,headline,source,notes"
GOOD = "good,Good,2025-01-27,,,NVDA;MSFT,,yes,,"


def events_csv(*rows: str, header: str = HEADER) -> bytes:
    """An events file of these rows."""
    return "\n".join([header, *rows, ""]).encode()
