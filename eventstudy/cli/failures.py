"""Unforeseen errors in words: full memory, libraries that do not load, anything else."""

from __future__ import annotations

MEMORY = (
    "There is not enough memory for this; give fewer events, tickers or days, or raise the "
    "memory limit."
)
DEEP = "The input is nested too deeply; simplify it."
THREADS = "can't start new thread"


def unforeseen(error: Exception) -> tuple[int, str]:
    """Exit code and sentence of an error that no command expects.

    Args:
        error: What was raised.
    """
    if isinstance(error, MemoryError) or THREADS in str(error):
        return 2, MEMORY
    if isinstance(error, RecursionError):
        return 2, DEEP
    if isinstance(error, ModuleNotFoundError):
        return 1, f"The package {error.name} is not installed; run eventstudy doctor."
    if isinstance(error, ImportError):
        package = (error.name or "A package").partition(".")[0]
        return 1, (
            f"{package} cannot be loaded; raise the memory limit if there is one, or run "
            "eventstudy doctor."
        )
    return 1, f"{type(error).__name__}: {error} (--debug shows more)"
