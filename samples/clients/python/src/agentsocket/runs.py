"""Runs of this side's own actions for the server (protocol sections 9.3, 9.5, 18, 20 and 27)."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from . import metadata as meta_keys
from .actions import Action
from .calls import CallHost
from .context import ActionContext
from .errors import CallError, CodecError, ErrorCode
from .failures import failure_body
from .inbox import Assembly
from .items import decode_item, encode_item
from .metadata import write_metadata
from .outbox import Channel, Item
from .values import charged
from .wire import CREDIT, DATA, ERROR, outgoing, uvarint

log = logging.getLogger("agentsocket")

KEYS = 256
"""Idempotency keys that are remembered for a session."""
KEPT = 65_536
"""Bytes of the largest result that is kept for its key."""

_PROTOCOL_ONLY = (ErrorCode.REFUSED, ErrorCode.UNKNOWN_ALIAS, ErrorCode.SESSION_RESET)


@dataclass
class Entry:
    """State of an idempotency key; ``result`` is the frame that ended the first run, if it is kept."""

    name: str
    result: Item | None = None
    over: bool = False
    """Whether the run has ended."""


class Keys:
    """Idempotency keys of the session (protocol section 27): those of calls that run, and the latest of all."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    def known(self, key: str, name: str) -> Item | None:
        """Gives the kept result of a key, None for a new one, or raises CallError."""
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = Entry(name)
            # The key of a call that runs is never forgotten: the call would run a second time beside the first.
            ended = (other for other, entry in self._entries.items() if entry.over)
            for other in list(islice(ended, max(0, len(self._entries) - KEYS))):
                del self._entries[other]
            return None
        if entry.name != name or entry.result is None:
            raise _known()
        return entry.result

    def keep(self, key: str, result: Item | None) -> None:
        """Notes the frame that ended the first run."""
        entry = self._entries.get(key)
        if entry is not None and result is not None and len(result.payload) <= KEPT:
            entry.result = result

    def over(self, key: str) -> None:
        """Notes that the run has ended."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.over = True

    def forget(self, key: str) -> None:
        """Forgets a key whose run has not begun, or may be repeated."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forgets all keys."""
        self._entries.clear()


def _known() -> CallError:
    return CallError(ErrorCode.ALREADY_EXISTS, "the idempotency key was used before", may_have_run=True)


def no_room() -> CallError:
    """Error of what the server invokes while the arguments of what runs take all the room."""
    text = "arguments of running actions leave no room"
    return CallError(ErrorCode.RESOURCE_EXHAUSTED, text, retryable=True)


class RunHost(CallHost, Protocol):
    """What runs need of the session."""

    keys: Keys
    runs: dict[int, Run]
    run_tasks: set[asyncio.Task[None]]
    assembly: Assembly

    def full(self, more: int) -> bool:
        """Tells whether there is no room for so many bytes."""


class Run:
    """A run: its task, the items of the caller, and the answer on its stream."""

    def __init__(self, session: RunHost, stream: int, payload: bytes, meta: Mapping[int, Any], ended: bool) -> None:
        self.session = session
        self.stream = stream
        self.payload = payload
        self.key: str | None = meta.get(meta_keys.KEY)
        self.depth: int = meta.get(meta_keys.DEPTH, 0)
        self.parent: int = meta.get(meta_keys.PARENT, 0)
        self.traceparent: str | None = meta.get(meta_keys.TRACEPARENT)
        self.channel = Channel(stream, credit=meta.get(meta_keys.INITIAL_CREDIT))
        self.channel.on_end = self._ended
        self.began = False
        self.finishing = asyncio.Event()
        self.deadline: float | None = None
        self._left: int | None = meta.get(meta_keys.DEADLINE)
        self._action: Action | None = None
        self._items: deque[tuple[Any, int]] = deque()
        self._items_ended = ended
        self._credit = session.limits.items
        self._consumed = 0
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._frames = 0
        self._held = 0
        """Bytes that the arguments are charged with."""

    def start(self, action: Action, arguments: dict[str, Any]) -> None:
        """Begins the run, or answers with a kept result. Raises CallError for what is refused."""
        session = self.session
        kept = session.keys.known(self.key, action.name) if self.key else None
        if kept is not None:
            if kept.payload and self.channel.credit == 0:
                raise _known()
            self.key = None  # it belongs to the first run, however the repetition ends
            session.runs[self.stream] = self
            session.outbox.put(self.channel, Item(kept.kind, kept.payload, kept.head, kept.end, kept.meta, kept.costs))
            session.wake()
            return
        try:
            held = charged(len(self.payload), arguments, session.buffer_limit)
            if session.full(held):
                raise no_room()
            if self._left == 0:
                raise CallError(ErrorCode.DEADLINE_EXCEEDED, "the time is over")
            values = action.check(arguments)
        except CallError:
            if self.key:
                session.keys.forget(self.key)
            raise
        self._action = action
        session.runs[self.stream] = self
        if self._left is not None:
            self.deadline = session.loop.time() + self._left / 1000
            self._timer = session.loop.call_at(self.deadline, self._too_late)
        context = ActionContext(self, action.name, arguments)
        self._task = session.loop.create_task(self._main(action, context, values), name=f"agentsocket {action.name}")
        session.run_tasks.add(self._task)
        self._held = held
        session.buffered += held
        self._task.add_done_callback(self._gone)

    def _gone(self, task: asyncio.Task[None]) -> None:
        # Not when the stream is closed: a function that is not cancelled keeps its arguments.
        self.session.run_tasks.discard(task)
        self.session.buffered -= self._held

    async def _main(self, action: Action, context: ActionContext, values: dict[str, Any]) -> None:
        try:
            if action.approval:
                await context.permission()
            self.began = True
            await action.run(context, values)
        except CallError as error:
            self._failed(error)
        except asyncio.CancelledError:
            if not self._closed:
                self.fail(CallError(ErrorCode.CANCELLED, "cancelled"))
            raise
        except Exception as error:
            self._failed(error)
        finally:
            context.close()

    def _failed(self, error: Exception) -> None:
        if self._closed:
            return
        if not isinstance(error, CallError) or error.of_call or error.code in _PROTOCOL_ONLY:
            correlation = secrets.token_hex(8)
            log.error("An action failed; correlation %s", correlation, exc_info=error)
            error = CallError(ErrorCode.INTERNAL, "the action failed", correlation=correlation)
        error.may_have_run = self.began
        body, meta = failure_body(self.session.codec, self.session.peer, error)
        self._terminal(Item(ERROR, head=body, meta=meta))

    # -- the answer

    async def answer(self, value: Any, *, end: bool = False, text: bool = False) -> None:
        """Sends an item; waits while the caller does not take more. ``text``: text goes as TEXT, bytes as BYTES."""
        await self.channel.room()
        if self._closed:
            raise asyncio.CancelledError
        if text:
            kind, payload = encode_item(self.session, value)
        else:
            kind, payload = DATA, self.session.codec.dumps(value)
            if len(payload) > self.session.peer.item:
                raise ValueError("a result is larger than the caller accepts")
        if end:
            self._terminal(Item(kind, payload, end=True, costs=True))
        elif payload:
            self._put(Item(kind, payload, costs=True))

    def finish(self, kind: int = DATA) -> None:
        """Ends the answer without a further item."""
        self._terminal(Item(kind, end=True))

    def progress(self, report: list[Any]) -> None:
        """Sends a report; it is left out while the caller does not take what was sent before."""
        if not self._closed and not self.channel.queue:
            self._put(Item(DATA, meta=write_metadata(self.session.codec, {meta_keys.PROGRESS: report})), counts=False)

    def _terminal(self, item: Item) -> None:
        if not self._closed:
            self._keep(item)
            self._put(item)

    def _keep(self, item: Item) -> None:
        if self.key and self.began:
            self.session.keys.keep(self.key, None if self._frames else item)
        elif self.key:
            self.session.keys.forget(self.key)

    def _put(self, item: Item, *, counts: bool = True) -> None:
        self._frames += counts
        self.session.outbox.put(self.channel, item)
        self.session.wake()

    # -- what the caller sends

    def on_item(self, kind: int, payload: bytes, end: bool) -> None:
        """Takes an item of the caller."""
        takes = self._action is not None and self._action.items is not None
        if self._items_ended:
            self.fail(CallError(ErrorCode.FAILED_PRECONDITION, "an item after the end of the items"))
            return
        if payload:
            self._credit -= 1
            if not takes:
                self.fail(CallError(ErrorCode.FAILED_PRECONDITION, "the action takes no items"))
                return
            if self._credit < 0:
                self.fail(CallError(ErrorCode.RESOURCE_EXHAUSTED, "an item without credit"))
                return
            if not self._queue(kind, payload):
                return
        self._items_ended = end
        self._wake()

    def _queue(self, kind: int, payload: bytes) -> bool:
        value, size = None, len(payload)
        if not self.session.full(size):
            try:
                value = decode_item(self.session, kind, payload)
            except CodecError as error:
                self.fail(CallError(ErrorCode.INVALID_ARGUMENT, f"an item is undecodable: {error}"))
                return False
            size = charged(size, value, self.session.buffer_limit)
        if self.session.full(size):
            self.fail(CallError(ErrorCode.RESOURCE_EXHAUSTED, "the action does not take its items"))
            return False
        self._items.append((value, size))
        self.session.buffered += size
        return True

    async def items(self) -> AsyncIterator[Any]:
        """Gives the items of the caller; credit follows consumption."""
        while True:
            while not self._items:
                if self._items_ended or self.finishing.is_set():
                    return
                self._waiter = self.session.loop.create_future()
                await self._waiter
            value, size = self._items.popleft()
            self.session.buffered -= size
            self._consumed += 1
            if self._consumed * 2 >= self.session.limits.items and not self._items_ended:
                self._credit += self._consumed
                self.session.prompt(outgoing(CREDIT, self.stream, uvarint(self._consumed)))
                self._consumed = 0
            yield value

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # -- ends

    def interrupt(self, mode: int) -> None:
        """Takes INTERRUPT: 0 stops at once, 1 lets the action finish its step."""
        if mode == 1:
            self.finishing.set()
            self._wake()
        else:
            self.fail(CallError(ErrorCode.CANCELLED, "cancelled"))

    def fail(self, error: CallError) -> None:
        """Ends the run with an error that drops what is queued."""
        if self._closed:
            return
        error.may_have_run = self.began
        body, meta = failure_body(self.session.codec, self.session.peer, error)
        self.session.prompt(outgoing(ERROR, self.stream, body, meta=meta))
        self._keep(Item(ERROR, head=body, meta=meta))
        self.abandon()

    def abandon(self, *, reset: bool = False) -> None:
        """Ends the run without a word: the caller has closed the stream, or (``reset``) the session is gone."""
        if reset and self.key and not self._closed and self._action is not None and self._action.twice:
            self.session.keys.forget(self.key)
        self._ended()
        self.session.outbox.drop(self.channel)
        if self._task is not None:
            self._task.cancel()

    def _ended(self) -> None:
        self._closed = True
        if self.key:
            self.session.keys.over(self.key)
        if self._timer is not None:
            self._timer.cancel()
        if self.session.runs.get(self.stream) is self:
            del self.session.runs[self.stream]
        self.session.assembly.drop(self.stream)
        self.session.buffered -= sum(size for _, size in self._items)
        self._items.clear()
        self._wake()

    def _too_late(self) -> None:
        self.fail(CallError(ErrorCode.DEADLINE_EXCEEDED, "the time is over"))

    @property
    def closed(self) -> bool:
        """Whether the stream is closed."""
        return self._closed
