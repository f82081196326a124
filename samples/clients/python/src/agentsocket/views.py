"""Calls with other options than those of the agent."""

from __future__ import annotations

from typing import Any, Protocol

from .calls import Call
from .options import CallOptions
from .stream import Stream


class MakeCall(Protocol):
    """Function of the agent that makes a call."""

    def __call__(
        self,
        action: str,
        arguments: Any,
        named: dict[str, Any],
        options: CallOptions,
        *,
        collect: bool = False,
        sends_items: bool = False,
    ) -> Call: ...


class Calls:
    """The methods that make calls, with options: ``agent.options(timeout=5).invoke("weather.current")``."""

    def __init__(self, call: MakeCall, options: CallOptions) -> None:
        self._call = call
        self._options = options

    async def invoke(self, action: str, arguments: Any = None, /, **named: Any) -> Any:
        """See :meth:`agentsocket.Agent.invoke`."""
        return await self._call(action, arguments, named, self._options, collect=True).result()

    def stream(self, action: str, arguments: Any = None, /, **named: Any) -> Stream:
        """See :meth:`agentsocket.Agent.stream`."""
        return Stream(self._call(action, arguments, named, self._options))

    def duplex(self, action: str, arguments: Any = None, /, **named: Any) -> Stream:
        """See :meth:`agentsocket.Agent.duplex`."""
        return Stream(self._call(action, arguments, named, self._options, sends_items=True))

    def options(self, **changes: Any) -> Calls:
        """Changes further options."""
        return Calls(self._call, self._options.but(**changes))
