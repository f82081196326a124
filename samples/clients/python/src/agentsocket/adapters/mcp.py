"""The actions of a server as a server of the MCP SDK. Needs the extra ``mcp``.

``python -m agentsocket.adapters.mcp wss://host/agentsocket`` serves them on standard input and output.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError, NoBackChannelError

from agentsocket.adapters.forms import Form, approval_form, question_form
from agentsocket.adapters.functions import Toolbox, describe, parameters
from agentsocket.agent import Agent
from agentsocket.asking import Declined, Dismissed
from agentsocket.client import connect
from agentsocket.codec import CODECS
from agentsocket.discovery import ActionInfo
from agentsocket.errors import CallError
from agentsocket.options import CallOptions, Progress

TOKEN = "AGENTSOCKET_TOKEN"
"""Environment variable that holds the bearer token: a token does not belong into a command line."""
_REPORTS = 64
"""Reports of a call that are on their way to the host; more are left out."""
_FORMS: dict[str, tuple[str, Callable[[Any], Form]]] = {
    "as.ask": ("on_ask", question_form),
    "as.approve": ("on_approve", approval_form),
}
"""What the server of an agent may ask: the option of a call that answers it, and the form for a host."""


def serve(agent: Agent, name: str = "agentsocket") -> Server[Any]:
    """Makes a server whose tools are the actions that the agent finds. The agent stays the caller's to close.

    Cancelling a request interrupts the action; reports of progress are passed on. Questions and approvals of running
    actions become elicitations of the host, unless the agent answers them itself; a host that cannot ask its user
    declines.
    """

    async def elicit(host: ServerRequestContext[Any], form: Form) -> Any:
        try:
            answer = await host.session.elicit_form(form.message, form.schema, host.request_id)
        except (MCPError, NoBackChannelError):
            raise Declined("the host cannot ask its user") from None
        if answer.action == "cancel":
            raise Dismissed
        if answer.action != "accept":
            raise Declined
        return form.read(answer.content or {})

    for action, answer in (("as.ask", agent.on_ask), ("as.approve", agent.on_approve)):
        if agent.answers(action) is None:
            answer(_nobody)

    async def list_tools(context: Any, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        toolbox = await Toolbox.of(agent)
        return types.ListToolsResult(tools=[_tool(name, action) for name, action in toolbox.actions.items()])

    async def call_tool(
        context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        reports: set[asyncio.Task[None]] = set()

        def reported(task: asyncio.Task[None]) -> None:
            reports.discard(task)
            if not task.cancelled():
                task.exception()  # a host that has gone needs no report

        def progress(report: Progress) -> None:
            if len(reports) == _REPORTS:
                return
            task = asyncio.ensure_future(context.session.report_progress(report.done, report.total, report.text))
            reports.add(task)
            task.add_done_callback(reported)

        def answering(form: Callable[[Any], Form]) -> Callable[[Any], Any]:
            return lambda asked: elicit(context, form(asked))

        # A question belongs to the request whose call asks it: another one may be of another host. What the application
        # answers since this server was made, it answers for calls of hosts, too.
        answers: dict[str, Any] = {
            option: answering(form) for action, (option, form) in _FORMS.items() if agent.answers(action) is _nobody
        }
        try:
            toolbox = await Toolbox.of(agent)
            value = await toolbox.run(params.name, params.arguments, CallOptions(on_progress=progress, **answers))
        except CallError as error:
            return types.CallToolResult(content=[types.TextContent(type="text", text=str(error))], is_error=True)
        if reports:
            await asyncio.wait(set(reports))
        return _result(value)

    return Server(name, on_list_tools=list_tools, on_call_tool=call_tool)


def _nobody(asked: object) -> Any:
    raise Declined("nobody is there to ask")


def _tool(name: str, action: ActionInfo) -> types.Tool:
    hints = {key: value for key, value in action.hints.items() if isinstance(value, bool)}
    return types.Tool(
        name=name,
        title=action.title,
        description=describe(action),
        input_schema=parameters(action),
        annotations=types.ToolAnnotations(
            title=action.title,
            read_only_hint=hints.get("readOnly"),
            destructive_hint=hints.get("destructive"),
            idempotent_hint=hints.get("idempotent"),
            open_world_hint=hints.get("openWorld"),
        ),
    )


def _result(value: Any) -> types.CallToolResult:
    plain = json.loads(CODECS["json"].dumps(value))
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)],
        structured_content=plain if isinstance(plain, dict) else None,
    )


async def main(uri: str) -> None:
    """Serves the actions of an Agent Socket server on standard input and output."""
    async with connect(uri, token=os.environ.get(TOKEN)) as agent, stdio_server() as (reader, writer):
        server = serve(agent)
        await server.run(reader, writer, server.create_initialization_options())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m agentsocket.adapters.mcp URI   (the token is read from {TOKEN})")
    asyncio.run(main(sys.argv[1]))
