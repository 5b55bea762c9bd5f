"""`eventstudy mcp`: the tools for agents, over the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from eventstudy.cli.options import option
from eventstudy.cli.stopping import Remains, say_when_stopped


def mcp(
    folder: Annotated[
        Path,
        option("", "DIR", "Folder that the tools may use; nothing outside it is read or written."),
    ] = Path(),
    fetch: Annotated[
        bool,
        option("", "", "Let tools fetch prices; by default they only read the cache.", "--fetch"),
    ] = False,
) -> None:
    """A client starts it and talks to it on standard input and output.

    It needs an extra: pip install 'eventstudy-kit[mcp]'. docs/howto/agents.md shows how to set up a
    client.

    Exit codes: 0 the client closed the connection, 2 the folder or the extra is missing.

    Examples:
        eventstudy mcp --folder ~/studies
        eventstudy mcp --folder ~/studies --fetch
    """
    from eventstudy.agents.desk import Desk
    from eventstudy.agents.folder import ServedFolder
    from eventstudy.agents.stdio import serve

    say_when_stopped(lambda: Remains("The tables written so far are kept."))
    serve(Desk(ServedFolder.of(folder), fetch))
