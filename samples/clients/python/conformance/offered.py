"""Actions that the client of a case offers (docs/conformance.md, section Actions that the client offers)."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

from values import pattern

from agentsocket import ActionContext, CallError
from agentsocket.actions import Action, make_action

_STEP = 0.01
_PIECE = 8_000


class StepFailed(Exception):
    """A step did not come out as expected, or is not known."""


class Offered:
    """Makes the actions and counts what happens to them."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.changed = asyncio.Event()

    def note(self, name: str, what: str) -> None:
        """Counts, and wakes who waits for it."""
        self.counts[name, what] += 1
        self.changed.set()

    def action(self, entry: dict[str, Any]) -> Action:
        """Makes an action of an entry."""
        name, does = entry["name"], entry["does"]
        make = _BEHAVIOURS.get(does)
        if make is None:
            raise StepFailed(f"unknown behaviour {does}")
        action = make_action(make(_Note(self, name)), name)
        described = dict(entry.get("descriptor", {}))
        if "output" in described:
            action = dataclasses.replace(
                action, signature=dataclasses.replace(action.signature, output=described.pop("output"))
            )
        if "tags" in described:
            described["tags"] = tuple(described["tags"])
        return dataclasses.replace(action, **described)


class _Note:
    """Notes the course of one action, as a context manager around each run."""

    def __init__(self, offered: Offered, name: str) -> None:
        self._offered = offered
        self._name = name

    def __enter__(self) -> None:
        self._offered.note(self._name, "started")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        cancelled = kind is not None and issubclass(kind, (asyncio.CancelledError, GeneratorExit))
        self._offered.note(self._name, "cancelled" if cancelled else "ended")


def _echo(note: _Note) -> Any:
    async def echo(**arguments: Any) -> Any:
        with note:
            return arguments

    return echo


def _add(note: _Note) -> Any:
    async def add(a: int, b: int) -> int:
        with note:
            return a + b

    return add


def _nothing(note: _Note) -> Any:
    async def nothing(**arguments: Any) -> None:
        with note:
            return None

    return nothing


def _count(note: _Note) -> Any:
    async def count(to: int) -> AsyncIterator[int]:
        with note:
            for number in range(1, to + 1):
                yield number

    return count


def _text(note: _Note) -> Any:
    async def text(pieces: list[str]) -> AsyncIterator[str]:
        with note:
            for piece in pieces:
                yield piece

    return text


def _bytes(note: _Note) -> Any:
    async def bytes_(size: int) -> AsyncIterator[bytes]:
        with note:
            whole = pattern(size)
            for begin in range(0, size, _PIECE):
                yield whole[begin : begin + _PIECE]

    return bytes_


def _sum(note: _Note) -> Any:
    async def sum_(items: AsyncIterator[float], **arguments: Any) -> Any:
        with note:
            return sum([item async for item in items])

    return sum_


def _fail(note: _Note) -> Any:
    async def fail(code: int, text: str, retryable: bool = False) -> None:
        with note:
            raise CallError(code, text, retryable=retryable)

    return fail


def _crash(note: _Note) -> Any:
    async def crash(**arguments: Any) -> None:
        with note:
            raise RuntimeError("the secret of this action")

    return crash


def _hang(note: _Note) -> Any:
    async def hang(context: ActionContext, **arguments: Any) -> None:
        with note:
            context.progress(0, None, "hanging")
            await asyncio.get_running_loop().create_future()

    return hang


def _steps(note: _Note) -> Any:
    async def steps(context: ActionContext, **arguments: Any) -> AsyncIterator[Any]:
        with note:
            number = 0
            while not context.finishing.is_set():
                await asyncio.sleep(_STEP)
                number += 1
                yield number
            yield "stopped"

    return steps


def _progress(note: _Note) -> Any:
    async def progress(context: ActionContext, **arguments: Any) -> str:
        with note:
            context.progress(1, 2, "half")
            await asyncio.sleep(0)
            context.progress(2, 2, "done")
            return "done"

    return progress


def _call(note: _Note) -> Any:
    async def call(context: ActionContext, action: str, arguments: dict[str, Any]) -> Any:
        with note:
            try:
                return await context.invoke(action, arguments)
            except CallError as error:
                raise CallError(error.code, error.text, retryable=error.retryable) from error

    return call


_BEHAVIOURS: dict[str, Callable[[_Note], Any]] = {
    "echo": _echo,
    "add": _add,
    "nothing": _nothing,
    "count": _count,
    "text": _text,
    "bytes": _bytes,
    "sum": _sum,
    "fail": _fail,
    "crash": _crash,
    "hang": _hang,
    "steps": _steps,
    "progress": _progress,
    "call": _call,
}
