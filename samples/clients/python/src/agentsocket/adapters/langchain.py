"""The actions of a server as tools of LangChain. Needs the extra ``langchain``."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from langchain_core.tools import StructuredTool, ToolException

from agentsocket.adapters.functions import Toolbox, describe, parameters
from agentsocket.agent import Agent
from agentsocket.errors import CallError


async def tools(agent: Agent, *names: str) -> list[StructuredTool]:
    """Makes tools of some actions, or of all. They are ``async``: use ``ainvoke``, in the loop of the agent.

    A call that fails raises ToolException with a text that is safe to show to the model.
    """
    toolbox = await Toolbox.of(agent, *names)
    return [
        StructuredTool.from_function(
            coroutine=_runner(toolbox, name),
            name=name,
            description=describe(action),
            args_schema=parameters(action),
            metadata={"action": action.name, **action.hints},
        )
        for name, action in toolbox.actions.items()
    ]


def _runner(toolbox: Toolbox, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def run(**arguments: Any) -> Any:
        try:
            return await toolbox.run(name, arguments)
        except CallError as error:
            raise ToolException(str(error)) from error

    return run
