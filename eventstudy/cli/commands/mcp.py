"""`eventstudy mcp`: the tools for agents, over the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from eventstudy.cli.options import option
from eventstudy.cli.stopping import Remains, say_when_stopped


def mcp(
    folder: Annotated[
        Path, option("", "DIR", "The folder that tools read and write; nothing outside of it.")
    ] = Path(),
    fetch: Annotated[
        bool,
        option("", "", "Let tools fetch prices; else they read the cache alone.", "--fetch"),
    ] = False,
) -> None:
    """Speaks the Model Context Protocol on standard input and output, for a client that starts it.

    Needs the extra: pip install 'eventstudy-kit[mcp]'. docs/howto/agents.md shows the set-up of a
    client.

    Exit codes: 0 the client has closed the connection, 2 there is no such folder or no extra.

    Examples:
        eventstudy mcp --folder ~/studies
        eventstudy mcp --folder ~/studies --fetch
    """
    from eventstudy.agents.desk import Desk
    from eventstudy.agents.folder import ServedFolder
    from eventstudy.agents.stdio import serve

    say_when_stopped(lambda: Remains("Tables that tools have written are kept."))
    serve(Desk(ServedFolder.of(folder), fetch))
