"""A PostgreSQL server of the test's own, on a socket in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """Where initdb and pg_ctl lie: on the path, else in Debian's folder of the newest version."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders and (folders[-1] / "pg_ctl").exists() else None


def _as_user() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.getuid():
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]


@contextmanager
def running() -> Iterator[str]:
    """The address of a server, which is stopped and removed at the end."""
    where = programs()
    assert where is not None
    folder = Path(tempfile.mkdtemp(prefix="wrds-"))
    if not os.getuid():
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)

    def call(*command: str) -> None:
        subprocess.run(
            [*_as_user(), *command],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    data = str(folder / "data")
    control = [str(where / "pg_ctl"), "-D", data, "-w"]
    try:
        call(str(where / "initdb"), "-D", data, "-U", "tester", "-A", "trust", "-N", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        call(*control, "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            call(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
