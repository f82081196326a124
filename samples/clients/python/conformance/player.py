"""Plays the steps of one run (docs/conformance.md, section Steps)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vectors
from calls import Call, compare_error, short
from control import Control
from offered import Offered, StepFailed
from values import expand, has, matches

from agentsocket import (
    Agent,
    ApprovalRequest,
    Change,
    ConnectError,
    Declined,
    Dismissed,
    EventStream,
    Limits,
    Question,
    connect,
)

STATES = {
    "connected": ("connected",),
    "disconnected": ("connecting", "lost"),
    "refused": ("refused",),
    "closed": ("closed",),
}
_BACKOFF = (0.05, 0.05, 0.05)
_MAX_WAIT = 60.0
"""Seconds: a busy machine may leave an attempt without an answer, and there are others."""


class Player:
    """The client of a run and what happens to it."""

    def __init__(self, control: Control, run: str, uri: str, codec: str, options: dict[str, Any], files: Path) -> None:
        self._control = control
        self._run = run
        self._codec = codec
        self._files = files
        self._offered = Offered()
        self._asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._approved: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._calls: dict[str, Call] = {}
        self._every: list[Call] = []
        self._events: dict[str, asyncio.Queue[Any]] = {}
        self._streams: dict[str, EventStream] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._changes: list[Change] = []
        self._changed = asyncio.Event()
        self._moved = asyncio.Event()
        self._search: dict[str, Any] = {}
        self.agent = self._client(uri, codec, dict(options))
        self._later(self._follow())

    def _client(self, uri: str, codec: str, options: dict[str, Any]) -> Agent:
        arguments: dict[str, Any] = {"codec": codec, "backoff": _BACKOFF, "max_wait": _MAX_WAIT}
        names = {"maxWait": "max_wait", "connectTimeout": "open_timeout", "refusalTimeout": "refusal_timeout"}
        arguments |= {names[key]: options.pop(key) / 1000 for key in names if key in options}
        if "token" in options:
            arguments["token"] = _supplier(options.pop("token"))
        if "limits" in options:
            arguments["limits"] = Limits(**options.pop("limits"))
        agent = connect(uri, on_state=lambda *_: self._moved.set(), **arguments)
        if "questions" in options:
            agent.on_ask(self._answers(options.pop("questions"), self._asked))
        if "approvals" in options:
            agent.on_approve(self._answers(options.pop("approvals"), self._approved))
        for entry in options.pop("actions", ()):
            agent.offer(self._offered.action(entry))
        if options:
            raise StepFailed(f"unknown option {next(iter(options))}")
        return agent

    @staticmethod
    def _answers(entries: list[dict[str, Any]], noted: asyncio.Queue[dict[str, Any]]) -> Callable[[Any], Any]:
        left = list(entries)

        async def answer(asked: Question | ApprovalRequest) -> Any:
            noted.put_nowait({key: value for key, value in vars(asked).items() if key != "time_left"})
            entry = left.pop(0) if left else {"outcome": "decline"}
            outcome = entry["outcome"]
            if outcome == "answer":
                return expand(entry["value"])
            if outcome == "approve":
                return True
            if outcome == "cancel":
                raise Dismissed
            if outcome == "never":
                await asyncio.get_running_loop().create_future()
            if outcome != "decline":
                raise StepFailed(f"unknown outcome {outcome}")
            raise Declined

        return answer

    def _later(self, work: Any) -> None:
        self._tasks.append(asyncio.ensure_future(work))

    async def _follow(self) -> None:
        async for change in self.agent.catalog.changes():
            self._changes.append(change)
            self._changed.set()

    def _started(self) -> Agent:
        if self.agent.state == "idle":
            self.agent.start()
        return self.agent

    async def play(self, step: dict[str, Any]) -> str:
        """Plays a step; gives what there is to report of it."""
        name = step["step"]
        method = getattr(self, f"step_{name.replace('-', '_')}", None)
        if method is None:
            raise StepFailed(f"unknown step {name}")
        return await method(step) or ""

    async def step_connect(self, step: dict[str, Any]) -> None:
        try:
            await self._started().connected()
        except ConnectError as error:
            if "expect" not in step:
                raise StepFailed(str(error)) from error
            compare_error(error, step["expect"]["error"])
            return
        if "expect" in step:
            raise StepFailed("connected")

    def _call(self, step: dict[str, Any], *, awaited: bool = True) -> Call:
        call = Call(self._started(), step, awaited=awaited)
        self._every.append(call)
        return call

    async def step_start(self, step: dict[str, Any]) -> None:
        self._calls[step["call"]] = self._call(step, awaited=False)
        await asyncio.sleep(0)

    async def step_invoke(self, step: dict[str, Any]) -> None:
        await self._call(step).finish(step["expect"])

    async def step_many(self, step: dict[str, Any]) -> None:
        text = json.dumps(step)
        steps = [json.loads(text.replace('"${i}"', str(i)).replace("${i}", str(i))) for i in range(step["count"])]
        every = [self._call(one) for one in steps]
        for call, one in zip(every, steps, strict=True):
            await call.finish(one["expect"])

    async def step_take(self, step: dict[str, Any]) -> None:
        await self._calls[step["call"]].take(step)

    async def step_finish(self, step: dict[str, Any]) -> None:
        await self._calls[step["call"]].finish(step["expect"])

    async def step_send(self, step: dict[str, Any]) -> None:
        await self._calls[step["call"]].send(step)

    async def step_end_items(self, step: dict[str, Any]) -> None:
        stream = self._calls[step["call"]].stream
        assert stream is not None
        stream.end()

    async def step_cancel(self, step: dict[str, Any]) -> None:
        self._calls[step["call"]].cancel()
        await asyncio.sleep(0)

    async def step_stop(self, step: dict[str, Any]) -> None:
        self._calls[step["call"]].stop()

    async def step_progress(self, step: dict[str, Any]) -> None:
        await self._calls[step["call"]].progress(step["expect"])

    async def step_emit(self, step: dict[str, Any]) -> None:
        await self._started().emit(step["event"], expand(step.get("payload")))

    async def step_listen(self, step: dict[str, Any]) -> None:
        name = step["event"]
        self._events.setdefault(name, asyncio.Queue())
        self._streams[name] = self._started().events(name, subscribe=False)
        self._later(self._listen(name))
        await asyncio.sleep(0)

    async def step_subscribe(self, step: dict[str, Any]) -> None:
        name = step["event"]
        self._events.setdefault(name, asyncio.Queue())
        stream = self._streams[name] = self._started().events(name)
        await stream.__aenter__()
        self._later(self._listen(name))

    async def _listen(self, name: str) -> None:
        async for event in self._streams[name]:
            self._events[name].put_nowait(event.payload)

    async def step_unsubscribe(self, step: dict[str, Any]) -> None:
        self._streams.pop(step["event"]).close()

    async def step_events(self, step: dict[str, Any]) -> None:
        expected = expand(step["expect"])
        came = [await self._events[step["event"]].get() for _ in expected]
        if not matches(expected, came):
            raise StepFailed(f"these events came: {short(came)}")

    async def step_find(self, step: dict[str, Any]) -> None:
        if not step.get("next"):
            self._search = {
                "query": step.get("query", ""),
                "tags": step.get("tags", []),
                "limit": step.get("limit", 20),
            }
        agent, expected = self._started(), step["expect"]
        page = await agent.find(**self._search)
        self._search["cursor"] = page.next
        found = {"names": [one.name for one in page.actions], "total": page.total, "more": page.next is not None}
        if not has(expected, found):
            raise StepFailed(f"{found} was found, not {expected}")

    async def step_describe(self, step: dict[str, Any]) -> None:
        described = await self._started().describe(*step["names"])
        expected = step["expect"]
        if len(described) != len(expected["actions"]):
            raise StepFailed(f"{[one.name for one in described]} were described")
        for members, action in zip(expected["actions"], described, strict=True):
            for key, value in members.items():
                actual = getattr(action, key)
                right = has(value, actual) if key in ("hints", "input", "output") else matches(value, actual)
                if not right:
                    raise StepFailed(f"{key} of {action.name} is {short(actual)}")
        missing = [name for name in step["names"] if name not in [one.name for one in described]]
        if missing != expected.get("unknown", missing):
            raise StepFailed(f"{missing} are unknown")

    async def step_change(self, step: dict[str, Any]) -> None:
        available = {"available": True, "gone": False}[step["expect"]]
        while True:
            for change in self._changes:
                if change.name == step["name"] and (change.action is not None) == available:
                    self._changes.remove(change)
                    return
            self._changed.clear()
            await self._changed.wait()

    async def step_asked(self, step: dict[str, Any]) -> None:
        await self._noted(self._asked, step["expect"])

    async def step_approved(self, step: dict[str, Any]) -> None:
        await self._noted(self._approved, step["expect"])

    @staticmethod
    async def _noted(queue: asyncio.Queue[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
        for one in expected:
            noted = await queue.get()
            if not has(one, noted):
                raise StepFailed(f"{short(noted)} was asked, not {short(one)}")

    async def step_observe(self, step: dict[str, Any]) -> None:
        offered = self._offered
        while offered.counts[step["action"], step["what"]] < step.get("count", 1):
            offered.changed.clear()
            await offered.changed.wait()

    async def step_offer(self, step: dict[str, Any]) -> None:
        self.agent.offer(self._offered.action(step["action"]))

    async def step_withdraw(self, step: dict[str, Any]) -> None:
        self.agent.withdraw(step["name"])

    async def step_state(self, step: dict[str, Any]) -> None:
        while self.agent.state not in STATES[step["expect"]]:
            self._moved.clear()
            await self._moved.wait()

    async def step_close(self, step: dict[str, Any]) -> None:
        await self.agent.aclose()

    async def step_control(self, step: dict[str, Any]) -> None:
        answer = await self._control.post(f"/runs/{self._run}/do", step["do"])
        if "expect" in step and not has(step["expect"], answer):
            raise StepFailed(f"the server says {answer}, not {step['expect']}")

    async def step_vectors(self, step: dict[str, Any]) -> str:
        return f"{vectors.check(self._files, step['file'], self._codec)} vectors"

    async def close(self) -> None:
        """Closes the client, whatever has happened."""
        for call in self._every:
            call.close()
        await self.agent.aclose()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _supplier(token: str | list[str]) -> Any:
    if isinstance(token, str):
        return token
    left = list(token)
    return lambda: left.pop(0) if len(left) > 1 else left[0]
