"""What arrives through libcurl: at most so many bytes, and its error codes in words."""

from __future__ import annotations

from eventstudy.prices.sources.refusals import LARGEST, too_large

NO_CONNECTION = {5: "its proxy was not found", 6: "its address was not found", 7: "refused"}
"""libcurl's code → why there is no connection."""
BROKEN = {
    18: "it ended too early",
    28: "it took too long",
    35: "no secure connection",
    52: "it was empty",
    56: "the connection broke",
}
"""libcurl's code → why an answer did not arrive."""


class Arrived:
    """What has arrived of an answer, at most `LARGEST` bytes: the callback of one request."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.too_large = False

    @property
    def fault(self) -> str:
        """Why the rest of it was left."""
        return too_large(LARGEST)

    def take(self, part: bytes) -> int:
        """Keep a part, or tell curl to stop; bytes taken.

        Args:
            part: The bytes that came next.
        """
        from curl_cffi.curl import CURL_WRITEFUNC_ERROR

        if len(self.content) + len(part) > LARGEST:
            self.too_large = True
            return int(CURL_WRITEFUNC_ERROR)
        self.content += part
        return len(part)
