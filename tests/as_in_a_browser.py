"""Run first in a process: what Pyodide lacks is not there.

No threads, no processes, no wheels of what needs them, no modules of Unix. What of these is
loaded already is forgotten.
"""

import os
import sys
import threading
from typing import Any

PACKAGES = {"arch", "curl_cffi", "numba", "peewee", "yfinance"}
MODULES = {"_multiprocessing", "fcntl", "grp", "pwd", "readline", "resource", "syslog", "termios"}


class Nowhere:
    """Finds nothing of what is blocked, and says so."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        if name.split(".")[0] in PACKAGES | MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def none(*_: object, **__: object) -> None:
    raise RuntimeError("can't start new thread")


for loaded in [name for name in sys.modules if name.split(".")[0] in PACKAGES | MODULES]:
    del sys.modules[loaded]
sys.meta_path.insert(0, Nowhere)  # type: ignore[arg-type]
for starter in ("_start_new_thread", "_start_joinable_thread"):
    if hasattr(threading, starter):
        setattr(threading, starter, none)
for call in ("fork", "forkpty", "posix_spawn", "posix_spawnp"):
    if hasattr(os, call):
        delattr(os, call)
