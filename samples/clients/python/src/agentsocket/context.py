"""The view that an action has of its own run: its caller, its time, its questions (protocol sections 18 and 20)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from .calls import Call, CallHost
from .errors import CallError, ErrorCode
from .options import CallOptions
from .schema import violations
from .wire import DATA

ASK_TIMEOUT = 300.0
"""Seconds that a question waits for its answer."""


class Running(Protocol):
    """What the view needs of a run."""

    stream: int
    parent: int
    depth: int
    traceparent: str | None
    deadline: float | None
    finishing: asyncio.Event

    @property
    def session(self) -> CallHost:
        """Session that the run belongs to."""

    def progress(self, report: list[Any]) -> None:
        """Sends a report."""

    def items(self) -> AsyncIterator[Any]:
        """Gives the items of the caller."""

    async def answer(self, value: Any, *, end: bool = False, text: bool = False) -> None:
        """Sends an item."""

    def finish(self, kind: int = DATA) -> None:
        """Ends the answer without a further item."""


class ActionContext:
    """Given to a parameter of this type. It is valid as long as the action runs, in the event loop's thread."""

    def __init__(self, run: Running, name: str, arguments: Mapping[str, Any]) -> None:
        self._run = run
        self._name = name
        self._arguments = arguments
        self._calls: set[Call] = set()
        self.looked = False
        """Whether the action looks by itself at the wish to end."""

    @property
    def finishing(self) -> asyncio.Event:
        """Set when the caller asks the action to end with what there is (INTERRUPT 1)."""
        self.looked = True
        return self._run.finishing

    @property
    def depth(self) -> int:
        """Number of ancestors of this run."""
        return self._run.depth

    @property
    def options_of_caller(self) -> CallOptions:
        """Options of the own call for whose sake this runs; those of no call if it is not there."""
        call = self._run.session.calls.get(self._run.parent)
        return CallOptions() if call is None else call.options

    @property
    def traceparent(self) -> str | None:
        """W3C trace context of the caller."""
        return self._run.traceparent

    @property
    def time_left(self) -> float | None:
        """Seconds until the deadline, or None if there is none."""
        if self._run.deadline is None:
            return None
        return max(0.0, self._run.deadline - self._run.session.loop.time())

    def progress(self, done: float, total: float | None = None, text: str | None = None) -> None:
        """Tells the caller how far the action is."""
        self._run.progress([done, total, text])

    def items(self) -> AsyncIterator[Any]:
        """Items that the caller sends meanwhile; the action has to declare that it takes some."""
        return self._run.items()

    async def invoke(self, action: str, arguments: Mapping[str, Any] | None = None, /, **named: Any) -> Any:
        """Invokes an action of the caller for the sake of this run; it ends with the run at the latest."""
        call = self._call(action, {**(arguments or {}), **named}, None)
        try:
            return await call.result()
        finally:
            self._calls.discard(call)

    async def ask(self, prompt: str, schema: Mapping[str, Any] | None = None, *, timeout: float = ASK_TIMEOUT) -> Any:
        """Asks the caller for something, and returns the value that satisfies the schema (text by default).

        Raises CallError: FAILED_PRECONDITION when the caller declines, cannot answer, or answers twice with a value
        that does not fit, CANCELLED when it dismisses the question, ASK_TIMEOUT when it does not answer in time.
        """
        wanted = schema if schema is not None else {"type": "string"}
        question = prompt
        for _ in range(2):
            arguments: dict[str, Any] = {"prompt": question}
            if schema is not None:
                arguments["schema"] = schema
            answer = await self._question("as.ask", arguments, timeout)
            outcome = answer.get("outcome")
            if outcome == "decline":
                raise CallError(ErrorCode.FAILED_PRECONDITION, "the question was declined")
            if outcome == "cancel":
                raise CallError(ErrorCode.CANCELLED, "the question was dismissed")
            found = violations(wanted, answer.get("value"))
            if outcome == "answer" and "value" in answer and not found:
                return answer["value"]
            wrong = "; ".join(f"{one.pointer or '/'} {one.message}" for one in found) or "there was no answer in it"
            question = f"{prompt} (The last answer does not fit: {wrong})"
        raise CallError(ErrorCode.FAILED_PRECONDITION, "the answer does not fit", violations=tuple(found))

    async def permission(self, prompt: str | None = None, *, timeout: float = ASK_TIMEOUT) -> None:
        """Asks the caller for permission; raises PERMISSION_DENIED or CANCELLED if it is not given."""
        arguments = {
            "action": self._name,
            "arguments": dict(self._arguments),
            "prompt": prompt or f"Run {self._name}?",
        }
        try:
            answer = await self._question("as.approve", arguments, timeout)
        except CallError as error:
            if error.code == ErrorCode.ASK_TIMEOUT:
                raise
            answer = {}
        if answer.get("outcome") == "cancel":
            raise CallError(ErrorCode.CANCELLED, "the approval was dismissed")
        if answer.get("outcome") != "approve":
            raise CallError(ErrorCode.PERMISSION_DENIED, "the approval was not given")

    async def _question(self, name: str, arguments: dict[str, Any], timeout: float) -> Mapping[str, Any]:
        call = self._call(name, arguments, timeout)
        try:
            answer = await call.result()
        except CallError as error:
            if error.code == ErrorCode.DEADLINE_EXCEEDED:
                raise CallError(ErrorCode.ASK_TIMEOUT, "no answer in time") from None
            raise CallError(ErrorCode.FAILED_PRECONDITION, "the caller does not answer questions") from None
        finally:
            self._calls.discard(call)
        return answer if isinstance(answer, Mapping) else {}

    async def answer(self, value: Any, *, text: bool) -> None:
        """Sends the one value of the action; None means that it returns nothing."""
        if value is None:
            self._run.finish()
        else:
            await self._run.answer(value, end=True, text=text)

    async def send_all(self, values: AsyncIterator[Any], *, text: bool, end: int) -> None:
        """Sends the items of the action until they end.

        An action that does not look at ``finishing`` itself ends after the item at which the caller asks for that.
        """
        try:
            async for value in values:
                await self._run.answer(value, text=text)
                if self._run.finishing.is_set() and not self.looked:
                    break
        finally:
            close = getattr(values, "aclose", None)
            if close is not None:
                await close()
        self._run.finish(end)

    def _call(self, name: str, arguments: dict[str, Any], timeout: float | None) -> Call:
        left = self.time_left
        if left is not None:
            timeout = left if timeout is None else min(timeout, left)
        run = self._run
        options = CallOptions(timeout=timeout)
        call = Call(run.session, name, arguments, options, collect=True, parent=run.stream, depth=run.depth + 1)
        self._calls.add(call)
        run.session.enqueue(call)
        return call

    def close(self) -> None:
        """Cancels what was invoked for the run."""
        for call in list(self._calls):
            call.cancel()
