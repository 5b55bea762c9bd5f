"""The tools on standard input and output."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from eventstudy.agents.server import make_server

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from eventstudy.agents.desk import Desk


def serve(desk: Desk) -> None:
    """Serve the tools until the client closes standard input, or a signal ends the command.

    Args:
        desk: Where the tools work.

    Raises:
        InputError: The SDK is not installed.
    """
    server = make_server(desk)
    import anyio
    from mcp.server.stdio import stdio_server

    async def run() -> None:
        lines = cast("Any", _lines())  # of a file the SDK uses its lines alone
        async with stdio_server(stdin=lines) as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(run)


def _lines() -> MemoryObjectReceiveStream[str]:
    """The lines of standard input, read by a thread that does not hold up the end.

    A signal could not end the command while a thread of the loop's own waits for a line.
    """
    from anyio import create_memory_object_stream

    sender, lines = create_memory_object_stream[str](0)
    loop = asyncio.get_running_loop()
    descriptor = os.dup(0)
    with open(os.devnull, "rb") as nothing:  # a library that asks for a password gets no message
        os.dup2(nothing.fileno(), 0)
    threading.Thread(target=_read, args=(descriptor, sender, loop), daemon=True).start()
    return lines


def _read(
    descriptor: int, sender: MemoryObjectSendStream[str], loop: asyncio.AbstractEventLoop
) -> None:
    # Never closed: the thread may wait on it when all else has ended.
    stream = open(descriptor, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    with suppress(Exception):
        for line in stream:
            asyncio.run_coroutine_threadsafe(sender.send(line), loop).result()
        asyncio.run_coroutine_threadsafe(sender.aclose(), loop).result()
