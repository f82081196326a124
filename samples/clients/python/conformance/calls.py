"""Calls of a case: how a step uses the client, and what is expected of it."""

from __future__ import annotations

import asyncio
from typing import Any

from offered import StepFailed
from values import expand, matches

from agentsocket import Agent, CallError, CodecError, ConnectError, Progress, Stream
from agentsocket.errors import ErrorCode

_END = object()
_SHOWN = 300


class Call:
    """A call of a case. Without ``credit`` its items are taken as fast as they come.

    ``awaited``: the step begins and ends the call, so a value is awaited; otherwise it is taken from a stream.
    """

    def __init__(self, agent: Agent, step: dict[str, Any], *, awaited: bool) -> None:
        self._result: str = step.get("result", "value")
        self._reports: list[list[Any]] = []
        self.reported = asyncio.Event()
        self._cancelled = False
        self._takes = "credit" in step
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        changes: dict[str, Any] = {"on_progress": self._progress}
        if "timeout" in step:
            changes["timeout"] = step["timeout"] / 1000
        if "credit" in step:
            changes["prefetch"] = step["credit"]
        changes |= {key: step[key] for key in ("key", "idempotent") if key in step}
        calls = agent.options(**changes)
        arguments = expand(step.get("arguments"))
        self.stream: Stream | None = None
        self._value: asyncio.Task[Any] | None = None
        if "items" in step:
            self.stream = calls.duplex(step["action"], arguments)
            if step["items"] != "open":
                self._later(self._send_all(expand(step["items"])))
        elif awaited and self._result in ("value", "none"):
            self._value = asyncio.ensure_future(calls.invoke(step["action"], arguments))
        else:
            self.stream = calls.stream(step["action"], arguments)
        if self.stream is not None and not self._takes:
            self._later(self._take_all())
        self._step = step

    def _later(self, work: Any) -> None:
        self._tasks.append(asyncio.ensure_future(work))

    def _progress(self, report: Progress) -> None:
        self._reports.append([report.done, report.total, report.text])
        self.reported.set()

    async def _send_all(self, items: list[Any]) -> None:
        assert self.stream is not None
        for item in items:
            await self._send(item if isinstance(item, dict) and len(item) == 1 else {"item": item})
        self.stream.end()

    async def _send(self, entry: dict[str, Any]) -> None:
        assert self.stream is not None
        for member in ("item", "text", "bytes"):
            if member in entry:
                await self.stream.send(expand(entry[member]), as_data=member == "item")
                return
        await self.stream.send(entry, as_data=True)

    async def _take_all(self) -> None:
        while (item := await self._next_of_stream()) is not _END:
            self._queue.put_nowait(item)
            if isinstance(item, BaseException):
                return
        self._queue.put_nowait(_END)

    async def _next_of_stream(self) -> Any:
        assert self.stream is not None
        try:
            return await anext(self.stream)
        except StopAsyncIteration:
            return _END
        except (CallError, CodecError) as error:
            return error

    async def _next(self) -> Any:
        return await (self._next_of_stream() if self._takes else self._queue.get())

    async def send(self, step: dict[str, Any]) -> None:
        """Gives an item of a step to the client."""
        await self._send({key: step[key] for key in ("item", "text", "bytes") if key in step})

    def cancel(self) -> None:
        """Stops the call now."""
        self._cancelled = True
        if self._value is not None:
            self._value.cancel()
        if self.stream is not None:
            self.stream.cancel()

    def stop(self) -> None:
        """Asks the call to finish its step."""
        assert self.stream is not None
        self.stream.finish()

    async def progress(self, expected: Any) -> None:
        """Waits for a report."""
        while not any(matches(expected, report) for report in self._reports):
            self.reported.clear()
            await self.reported.wait()

    async def take(self, step: dict[str, Any]) -> None:
        """Takes some items."""
        taken: list[Any] = []
        for _ in range(step["count"]):
            item = await self._next()
            if item is _END or isinstance(item, BaseException):
                raise StepFailed(f"the call ended: {item!r} after {taken}")
            taken.append(item)
        if "expect" in step and not matches(step["expect"]["items"], taken):
            raise StepFailed(f"{taken} came, not {step['expect']}")

    async def finish(self, expected: dict[str, Any]) -> None:
        """Takes what is left and compares the end."""
        rest, end = await self._rest()
        if "cancelled" in expected:
            if not self._cancelled or rest:
                raise StepFailed(f"items after the cancel: {short(rest)}")
        elif "error" in expected:
            if not isinstance(end, BaseException):
                raise StepFailed(f"no error, but {short(rest)}")
            compare_error(end, expected["error"])
            if "after" in expected and not matches(expected["after"], rest):
                raise StepFailed(f"before the error came {short(rest)}")
        elif isinstance(end, BaseException):
            raise StepFailed(f"{type(end).__name__} {end}")
        elif not self._fits(expected, rest):
            raise StepFailed(f"{short(rest)} came, not {short(expected)}")

    async def _rest(self) -> tuple[list[Any], Any]:
        if self._value is not None:
            try:
                value = await self._value
            except (CallError, CodecError, asyncio.CancelledError) as error:
                if isinstance(error, asyncio.CancelledError) and not self._cancelled:
                    raise
                return [], error
            return ([] if value is None else [value]), _END
        rest: list[Any] = []
        while (item := await self._next()) is not _END and not isinstance(item, BaseException):
            rest.append(item)
        return ([] if self._cancelled else rest), item

    @staticmethod
    def _fits(expected: dict[str, Any], rest: list[Any]) -> bool:
        if "none" in expected:
            return not rest
        if "items" in expected:
            return matches(expected["items"], rest)
        if "text" in expected:
            return matches(expected["text"], "".join(map(str, rest)))
        if "bytes" in expected:
            return matches(expected["bytes"], b"".join(rest))
        if "value" not in expected:
            raise StepFailed(f"unknown expectation {expected}")
        return matches(expected["value"], rest[0]) if len(rest) == 1 else not rest and expected["value"] is None

    def close(self) -> None:
        """Ends what still runs for the call."""
        for task in self._tasks:
            task.cancel()
        if self._value is not None:
            self._value.cancel()


def short(value: Any) -> str:
    """Text of a value for a detail."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def compare_error(error: BaseException, expected: dict[str, Any]) -> None:
    """Compares an error with what is expected of it."""
    if isinstance(error, ConnectError):
        error = CallError(ErrorCode.UNAVAILABLE, str(error))
    if not isinstance(error, CallError):
        raise StepFailed(f"{type(error).__name__} {error}")
    for member, value in expected.items():
        if member == "code":
            right = error.code in value if isinstance(value, list) else matches(value, error.code)
        elif member == "text":
            right = error.text == value
        elif member == "violations":
            right = sorted(one.pointer for one in error.violations) == sorted(value)
        elif member == "retryable":
            right = error.retryable == value
        elif member == "mayHaveRun":
            right = error.may_have_run == value
        elif member == "correlation":
            right = error.correlation is not None
        elif member == "not":
            right = value not in str(error) and value not in error.text
        else:
            raise StepFailed(f"unknown expectation {member}")
        if not right:
            pointers = [one.pointer for one in error.violations]
            raise StepFailed(f"{error.code} {error} (retryable: {error.retryable}, {pointers}) is not {expected}")
