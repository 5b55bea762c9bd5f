"""The tools over the Model Context Protocol, by its official SDK.

Tools run in threads, so that the protocol goes on while a study is estimated; studies run one
after the other. Standard output carries the protocol and nothing else.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from eventstudy.agents.desk import Desk
from eventstudy.agents.guide import guide_text
from eventstudy.agents.tools import TOOLS, AgentTool, sentence_on, tool_named
from eventstudy.errors import EventStudyError, InputError, needs_extra

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server

    from eventstudy.agents.answers import AnswerPart

GUIDE_URI = "eventstudy://guide"
INSTRUCTIONS = (
    "Event studies: how far did news move assets, how sure is that, did it last? Quote the "
    "sentences of `answer`, and the verdict `significant` with its test. Returns are fractions "
    "unless `unit` says otherwise. An abnormal return does not prove a cause. Files are paths in "
    "the served folder. For more, call read_guide."
)
AT_ONCE = 8
"""Calls that have a thread at the same time, of studies and of others."""
LOOK_AGAIN = 0.1
"""Seconds after which a study that waits for another looks whether its call has ended."""

_one_study = threading.Lock()


class AbandonedError(EventStudyError):
    """The call has ended, and nobody waits for the study any more."""


def make_server(desk: Desk) -> Server[Any]:
    """The server with all tools and the guide.

    Args:
        desk: Where the tools work.

    Raises:
        InputError: The SDK is not installed.
    """
    with needs_extra("The server for agents", "mcp"):
        import mcp_types as types
        from anyio import CapacityLimiter
        from mcp.server.lowlevel import Server
        from mcp.shared.exceptions import MCPError

    limiters: dict[bool, CapacityLimiter] = {}  # of studies and of others, made in their loop

    async def list_tools(*_: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[declared(tool) for tool in TOOLS])

    async def call_tool(
        context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        try:
            tool = tool_named(params.name)
        except InputError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from None
        limiter = limiters.setdefault(tool.studies, CapacityLimiter(AT_ONCE))
        try:
            answer = await _in_thread(tool, params.arguments or {}, desk, context, limiter)
        except Exception as error:  # noqa: BLE001 - an agent gets a sentence, never a traceback
            said = desk.folder.told(sentence_on(error))
            return types.CallToolResult(content=[_text(said)], is_error=True)
        figures = answer.model_dump(mode="json", by_alias=True)
        return types.CallToolResult(
            content=[_text(json.dumps(figures, ensure_ascii=False))], structured_content=figures
        )

    async def list_resources(*_: Any) -> types.ListResourcesResult:
        guide = types.Resource(
            uri=GUIDE_URI, name="guide", title="Guide for agents", mime_type="text/markdown"
        )
        return types.ListResourcesResult(resources=[guide])

    async def read_resource(_: Any, params: Any) -> types.ReadResourceResult:
        if str(params.uri) != GUIDE_URI:
            raise MCPError(types.INVALID_PARAMS, f"The only resource is {GUIDE_URI}.")
        text = types.TextResourceContents(
            uri=GUIDE_URI, mime_type="text/markdown", text=guide_text()
        )
        return types.ReadResourceResult(contents=[text])

    return Server(
        "eventstudy",
        version=version("eventstudy-kit"),
        title="Event studies",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_read_resource=read_resource,
    )


def declared(tool: AgentTool) -> types.Tool:
    """A tool as the protocol declares it.

    Args:
        tool: One of `TOOLS`.
    """
    import mcp_types as types

    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.text,
        input_schema=_untitled(tool.takes.model_json_schema()),
        output_schema=_untitled(tool.answers.model_json_schema(mode="serialization")),
        annotations=types.ToolAnnotations(
            read_only_hint=not tool.studies,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=tool.studies,
        ),
    )


def _untitled(schema: Any) -> Any:
    """A schema without the titles that repeat its keys."""
    if isinstance(schema, dict):
        kept = ((key, value) for key, value in schema.items() if not _is_title(key, value))
        return {key: _untitled(value) for key, value in kept}
    return [_untitled(value) for value in schema] if isinstance(schema, list) else schema


def _is_title(key: str, value: object) -> bool:
    return key == "title" and isinstance(value, str)


def _text(text: str) -> types.TextContent:
    import mcp_types as types

    return types.TextContent(type="text", text=text)


async def _in_thread(
    tool: AgentTool,
    raw: dict[str, Any],
    desk: Desk,
    context: ServerRequestContext[Any],
    limiter: Any,
) -> AnswerPart:
    """Run a tool in a thread; a call that is cancelled ends at once, its study soon after."""
    from anyio import from_thread, to_thread

    ended = threading.Event()

    def progress(stage: str, done: int, total: int) -> None:
        if ended.is_set():
            raise AbandonedError("The call was cancelled.")
        from_thread.run(context.session.report_progress, float(done), float(total), stage)

    work = partial(_answered, tool, raw, desk, progress, ended.is_set)
    try:
        return await to_thread.run_sync(work, abandon_on_cancel=True, limiter=limiter)
    finally:
        ended.set()


def _answered(
    tool: AgentTool,
    raw: dict[str, Any],
    desk: Desk,
    progress: Callable[[str, int, int], None],
    ended: Callable[[], bool],
) -> AnswerPart:
    if not tool.studies:
        return tool.run(raw, desk, progress)
    while not _one_study.acquire(timeout=LOOK_AGAIN):
        if ended():
            raise AbandonedError("The call was cancelled.")
    try:
        return tool.run(raw, desk, progress)
    finally:
        _one_study.release()
