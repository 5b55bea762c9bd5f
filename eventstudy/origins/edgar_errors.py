"""Why EDGAR delivers nothing: a sentence for each reason."""

from __future__ import annotations

from eventstudy.errors import NetworkError, quoted


class BusyEdgarError(NetworkError):
    """EDGAR asks to slow down or fails for the moment; `wait` is what it asks for, in seconds."""

    def __init__(self, sentence: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(sentence)


def edgar_limits(status: int, wait: float | None) -> BusyEdgarError:
    """For status 429, and for 403 where the rate is the reason."""
    asked = "" if wait is None else f" and asks to wait {wait:,.0f} seconds"
    return BusyEdgarError(
        f"EDGAR limits the rate of requests (status {status}){asked}. Wait ten minutes, then run "
        "the same command again.",
        wait,
    )


def edgar_failed(status: int, wait: float | None) -> BusyEdgarError:
    """For status 500 and above."""
    return BusyEdgarError(
        f"EDGAR's server failed (status {status}). Run the same command again later.", wait
    )


def edgar_cut_off(how: str) -> BusyEdgarError:
    """For a connection that broke, an answer that came half or too late."""
    return BusyEdgarError(f"EDGAR's answer did not arrive ({how}). Run the same command again.")


def edgar_refuses(identity: str) -> NetworkError:
    """For status 403 where the request is taken for an undeclared robot's."""
    return NetworkError(
        f"EDGAR refuses the requests of {quoted(identity)}: it asks for the name and e-mail "
        "address of a person. Correct the identity (--identity, EDGAR_IDENTITY or eventstudy.toml)."
    )


def edgar_unreachable(how: str) -> NetworkError:
    """For no network, no name server, a dead proxy."""
    return NetworkError(
        f"EDGAR cannot be reached ({how}). Check the connection and run the command again."
    )


def edgar_not_understood(what: str, how: str) -> NetworkError:
    """For an answer of another form than EDGAR's.

    Args:
        what: Such as "the list of companies".
        how: What is wrong with it.
    """
    return NetworkError(
        f"EDGAR's answer for {what} was not understood: {how}. Run the same command again later."
    )
