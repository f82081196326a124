"""The actions of a server in the function formats of OpenAI and Anthropic: pure data, and a way back.

No package of either vendor is needed: give :meth:`Toolbox.openai` or :meth:`Toolbox.anthropic` to their client, and
name and arguments of what the model wants to call to :meth:`Toolbox.run`. Descriptions and results come from the
server: a model that reads them reads untrusted text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from agentsocket.agent import Agent
from agentsocket.discovery import ActionInfo
from agentsocket.errors import CallError, CodecError, ErrorCode
from agentsocket.names import valid
from agentsocket.options import CallOptions

_LONGEST = 64
"""Characters of a tool's name that both vendors take."""


def tool_name(action: str) -> str:
    """Name of a tool for an action: dots and slashes become underscores; long ones are cut and end with a hash."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", action)
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 9]}_{hashlib.sha256(action.encode()).hexdigest()[:8]}"
    return name


class Toolbox:
    """Actions of an agent's server, by the names that models use."""

    def __init__(self, agent: Agent, actions: Iterable[ActionInfo]) -> None:
        self._agent = agent
        self.actions: dict[str, ActionInfo] = {}
        for action in sorted((one for one in actions if valid(one.name)), key=lambda one: one.name):
            name, number = tool_name(action.name), 2
            while name in self.actions:
                suffix = f"_{number}"
                name, number = tool_name(action.name)[: _LONGEST - len(suffix)] + suffix, number + 1
            self.actions[name] = action

    @classmethod
    async def of(cls, agent: Agent, *names: str) -> Toolbox:
        """Reads the schemas of some actions, or of all if none is named. Raises CallError."""
        wanted = names or tuple(action.name for action in await agent.catalog.actions() if valid(action.name))
        return cls(agent, await agent.describe(*wanted))

    def openai(self) -> list[dict[str, Any]]:
        """Tools for chat completions of OpenAI and what is compatible with them."""
        return [
            {
                "type": "function",
                "function": {"name": name, "description": describe(action), "parameters": parameters(action)},
            }
            for name, action in self.actions.items()
        ]

    def anthropic(self) -> list[dict[str, Any]]:
        """Tools for messages of Anthropic."""
        return [
            {"name": name, "description": describe(action), "input_schema": parameters(action)}
            for name, action in self.actions.items()
        ]

    async def run(
        self, name: str, arguments: str | Mapping[str, Any] | None = None, options: CallOptions | None = None
    ) -> Any:
        """Invokes what a model wants to call. ``arguments`` may be text of JSON; a stream of items becomes a list.

        Raises CallError; its text is safe to show to the model.
        """
        action = self.actions.get(name)
        if action is None:
            raise CallError(ErrorCode.NOT_FOUND, f"there is no tool {name[:_LONGEST]}")
        given = _arguments(arguments)
        calls = self._agent.options(**vars(options or CallOptions()))
        try:
            if action.result == "items":
                return await calls.stream(action.name, given).collect()
            return await calls.invoke(action.name, given)
        except CodecError:
            raise CallError(ErrorCode.INVALID_ARGUMENT, "the arguments cannot be sent") from None


def describe(action: ActionInfo) -> str:
    """Text about an action for a model: description, else title, else name."""
    return action.description or action.title or action.name


def parameters(action: ActionInfo) -> dict[str, Any]:
    """Schema of the arguments, as models and hosts read it: of a map, each of whose properties has a map as well."""
    given = action.input.get("properties")
    properties = {key: _schema(one) for key, one in given.items()} if isinstance(given, Mapping) else {}
    rest = {key: value for key, value in action.input.items() if key != "required"}
    return {**rest, "type": "object", "properties": properties, **required(action.input)}


def required(schema: Mapping[str, Any]) -> dict[str, list[str]]:
    """The member ``required`` of a schema: the texts of a list, or no member where there is no list."""
    given = schema.get("required")
    return {"required": [one for one in given if isinstance(one, str)]} if isinstance(given, list) else {}


def _schema(schema: Any) -> dict[str, Any]:
    if isinstance(schema, dict):
        return schema
    return {"not": {}} if schema is False else {}


def _arguments(given: str | Mapping[str, Any] | None) -> Mapping[str, Any]:
    if isinstance(given, str):
        try:
            given = json.loads(given or "{}")
        except ValueError:
            raise CallError(ErrorCode.INVALID_ARGUMENT, "the arguments are no JSON") from None
    if given is not None and not isinstance(given, Mapping):
        raise CallError(ErrorCode.INVALID_ARGUMENT, "the arguments are no map")
    return given or {}
