"""Events of the server, as streams and callbacks (protocol section 19)."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .errors import CallError, ErrorCode

log = logging.getLogger("agentsocket")

MAX = 256
"""Names that a session can subscribe to, as the protocol says."""
QUEUED = 256
"""Events that wait for a subscriber; the newest beyond are lost to it, and counted."""
QUEUED_BYTES = 4 << 20
"""The same in bytes that they take: one may have a mebibyte on the wire, and much more in memory."""


@dataclass(frozen=True)
class Event:
    """Something that the server tells without asking for an answer."""

    name: str
    payload: Any
    traceparent: str | None = None


Subscribe = Callable[[list[str], list[str]], Awaitable[Any]]


class EventStream:
    """Events of some names. Iterate over it, or use it as an asynchronous context manager and iterate inside.

    The server is asked for the events when the iteration begins, and ``async with`` waits for its answer; leaving ends
    the subscription. Without ``subscribe`` only those come that the server sends to this session by itself.
    """

    def __init__(self, events: Events, names: tuple[str, ...], subscribe: bool = True) -> None:
        self._events = events
        self.subscribe = subscribe
        self.names = names
        self.missed = 0
        """Events that were lost because the application did not take them in time."""
        self._queue: deque[tuple[Event, int]] = deque()
        self._bytes = 0
        self._waiter: asyncio.Future[None] | None = None
        self._open = False
        self._over = False

    async def __aenter__(self) -> EventStream:
        if self._begin():
            await self._events.tell()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __aiter__(self) -> EventCursor:
        return EventCursor(self)

    async def next(self) -> Event:
        """Waits for the next event; raises StopAsyncIteration after :meth:`close`."""
        if self._begin():
            self._events.later(self._events.tell())
        while not self._queue:
            if self._over:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        event, size = self._queue.popleft()
        self._bytes -= size
        return event

    def _begin(self) -> bool:
        """Registers the stream once; tells whether it has done so."""
        if self._open or self._over:
            return False
        self._open = True
        self._events.add(self)
        return True

    def offer(self, event: Event, size: int) -> None:
        """Takes an event for the subscriber, with the bytes that it takes; a single one is never too large."""
        if len(self._queue) >= QUEUED or (self._queue and self._bytes + size > QUEUED_BYTES):
            self.missed += 1
            return
        self._queue.append((event, size))
        self._bytes += size
        self._wake()

    def close(self) -> None:
        """Ends the subscription; what waits can still be taken."""
        if not self._over:
            self._over = True
            self._events.remove(self)
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class EventCursor:
    """Iterator over a stream of events; it ends the subscription when the loop is left."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> EventCursor:
        return self

    async def __anext__(self) -> Event:
        return await self._stream.next()

    def __del__(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stream.close)


class Events:
    """Subscriptions of the agent, told to the server, again after a reset."""

    def __init__(self, subscribe: Subscribe) -> None:
        self._subscribe = subscribe
        self._streams: dict[str, list[EventStream]] = {}
        self._told: dict[str, bool] = {}
        """Names that the server has, or is being told, and whether it has answered."""
        self._full = False
        self._resets = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def names(self) -> list[str]:
        """Names that the server is asked for, the oldest first."""
        return [name for name, streams in self._streams.items() if any(one.subscribe for one in streams)]

    def listens(self, name: str) -> bool:
        """Whether somebody listens to a name; other payloads need not be decoded."""
        return name in self._streams

    def publish(self, event: Event, size: int) -> None:
        """Gives an event to those who listen, with the bytes that it takes."""
        for stream in self._streams.get(event.name, ()):
            stream.offer(event, size)

    def add(self, stream: EventStream) -> None:
        """Registers a stream; the server is not told yet."""
        for name in stream.names:
            self._streams.setdefault(name, []).append(stream)

    def remove(self, stream: EventStream) -> None:
        """Takes a stream out; names without a listener are given up."""
        for name in stream.names:
            listening = self._streams.get(name, [])
            if stream in listening:
                listening.remove(stream)
                if not listening:
                    del self._streams[name]
        if not set(self._told).issubset(self.names):
            self.later(self.tell())

    async def tell(self) -> None:
        """Tells the server what has changed, with as many names as it takes, the oldest first.

        A server without as.subscribe still sends what is addressed to this session. A call that a reset has ended is
        followed by one for what the new session lacks.
        """
        while await self._tell():
            pass

    async def _tell(self) -> bool:
        """Makes one call, if there is something to tell; returns whether a reset has ended it."""
        names = self.names
        remove = sorted(set(self._told).difference(names))
        for name in remove:
            del self._told[name]
        missing = [name for name in names if name not in self._told]
        add = missing[: max(0, MAX - len(self._told))]
        self._told.update(dict.fromkeys(add, False))
        full = len(missing) > len(add)
        if full and not self._full:
            log.warning("Events of %d names do not come, as a session has at most %d", len(missing) - len(add), MAX)
        self._full = full
        if not add and not remove:
            return False
        lost = reset = False
        resets = self._resets
        try:
            await self._subscribe(add, remove)
        except CallError as error:
            lost = error.code not in (ErrorCode.NOT_FOUND, ErrorCode.CANCELLED)
            # Counted, so that a server which answers with this code is not told for ever.
            reset = error.code == ErrorCode.SESSION_RESET and self._resets > resets
            log.debug("The server does not take subscriptions: %s", error)
        for name in self._told.keys() & add:
            if lost:
                del self._told[name]
            else:
                self._told[name] = True
        if lost and not reset:
            for name in remove:
                self._told.setdefault(name, True)
        return reset

    def renewed(self) -> None:
        """A new session knows no subscriptions. What was not answered is a call that is made again, or will fail."""
        self._resets += 1
        self._told = {name: False for name, answered in self._told.items() if not answered}

    def connected(self) -> None:
        """Tells the server what it has not been told: a call for that may have failed while there was no connection."""
        if self._streams or self._told:
            self.later(self.tell())

    def later(self, work: Any) -> None:
        """Runs a coroutine in a task of its own, which the agent ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def consume(self, stream: EventStream, function: Callable[[Event], Any]) -> None:
        """Calls a function for each event, one after the other; its failures are logged."""
        async for event in stream:
            try:
                result = function(event)
                if inspect.isawaitable(result):
                    await result
            except Exception:
                log.exception("A listener to %s failed", event.name)

    def close(self) -> None:
        """Ends all subscriptions."""
        for stream in {id(one): one for many in self._streams.values() for one in many}.values():
            stream._over = True
            stream._wake()
        self._streams.clear()
        for task in list(self._tasks):
            task.cancel()


def names_of(names: Iterable[str]) -> tuple[str, ...]:
    """Checks the names of events, and leaves out those that come twice; raises ValueError."""
    from .names import valid

    wrong = [name for name in names if not valid(name)]
    if wrong:
        raise ValueError(f"no names of events: {', '.join(wrong)}")
    return tuple(dict.fromkeys(names))
