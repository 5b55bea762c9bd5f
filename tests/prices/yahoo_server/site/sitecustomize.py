"""On PYTHONPATH: what a process asks of Yahoo goes to the loopback server that YAHOO_LOOPBACK names.

yfinance's and curl's own code runs, only the address is another. Other hosts are refused, so no
test can reach the network.
"""

import os
from typing import Any
from urllib.parse import urlsplit


def rewritten(url: str, base: str) -> str:
    """The loopback address for one of Yahoo's; PermissionError for any other host."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith("yahoo.com"):
        raise PermissionError(f"a test asks {url}")
    query = f"?{parts.query}" if parts.query else ""
    return f"{base}{parts.path}{query}"


def redirect() -> None:
    """Exchange the one method through which all requests of curl_cffi go."""
    from curl_cffi.requests import Session

    ask = Session.request

    def request(self: Any, method: Any, url: str, **options: Any) -> Any:
        return ask(self, method, rewritten(url, os.environ["YAHOO_LOOPBACK"]), **options)

    Session.request = request


class Finder:
    """Redirects once curl_cffi.requests is asked for, so that the start stays light."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        if name == "yfinance":
            import sys

            sys.meta_path.remove(Finder)
            redirect()


if os.environ.get("YAHOO_LOOPBACK"):
    import sys

    sys.meta_path.insert(0, Finder)
