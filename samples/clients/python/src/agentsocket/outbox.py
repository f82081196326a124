"""Frames on their way to the peer: queues, credit, fragments, the window and the log for a replay.

Sending happens by taking: nothing has a number before :meth:`Outbox.take` is called (protocol sections 9.6, 10, 12
and 13). All methods belong to the thread of the event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .errors import Breach, CloseCode
from .greeting import DEFAULTS, Limits
from .wire import (
    ASSEMBLY_LIMIT,
    COUNTER,
    DEFINE,
    ERROR,
    PART,
    RESERVE,
    Outgoing,
    outgoing,
    uvarint,
)

_NUMBERS = 16
"""Bytes that header, stream and lengths of a frame take at most."""
_QUEUED = 4
"""Items that a producer may have queued on its channel before it waits: enough to fill a message."""


@dataclass(slots=True)
class Item:
    """A payload to send with the frame that ends it; large ones are preceded by PART frames."""

    kind: int
    payload: bytes = b""
    head: bytes = b""
    end: bool = False
    meta: bytes | None = None
    costs: bool = False
    """Whether it costs one credit."""
    offset: int = 0
    """Bytes of the payload that have left as PART frames."""


class Channel:
    """Queue of one stream, in one direction; stream 0 holds DEFINE and EVENT.

    ``credit`` counts items that may be sent, None means without bound. ``opener`` makes the INVOKE at the moment
    at which it is sent, and returns None if there is nothing to send any more.
    """

    __slots__ = ("_room", "credit", "on_end", "opened", "opener", "queue", "ready", "reserved", "stream")

    def __init__(
        self, stream: int, credit: int | None = None, opener: Callable[[], tuple[int, Item] | None] | None = None
    ) -> None:
        self.stream = stream
        self.credit = credit
        self.opener = opener
        self.queue: list[Item] = []
        self.reserved = 0
        self.ready = False
        self.on_end: Callable[[], None] | None = None
        """Called when the frame that closes the stream has its number."""
        self.opened = opener is None
        """Whether the peer knows the stream, so that more may follow."""
        self._room: asyncio.Future[None] | None = None

    def sendable(self) -> bool:
        """Whether the first item may be sent now, as far as credit is concerned."""
        if not self.queue:
            return False
        first = self.queue[0]
        return not first.costs or first.offset > 0 or self.credit is None or self.credit > 0

    async def room(self) -> None:
        """Waits until the queue is short enough for another item."""
        while len(self.queue) >= _QUEUED:
            if self._room is None:
                self._room = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._room)

    def wake(self) -> None:
        """Lets producers go on when the queue is short, or when the stream is closed."""
        if self._room is not None and len(self.queue) < _QUEUED:
            self._room.set_result(None)
            self._room = None


class SendLog:
    """Numbers, and the frames that are held until the peer has acknowledged them (protocol section 10)."""

    def __init__(self) -> None:
        self.tx = 0
        self.acked = 0
        self.bytes = 0
        self.sent = 0
        """Last number that was sent on the present connection."""
        self.held: list[Outgoing] = []

    def append(self, frame: Outgoing) -> None:
        """Numbers a frame and holds it."""
        self.tx += 1
        self.sent = self.tx
        self.bytes += frame.size
        self.held.append(frame)

    def acknowledge(self, rx: int) -> bool:
        """Drops the frames up to ``rx``; returns whether there were any."""
        if rx < self.acked or rx > self.sent:
            raise Breach(CloseCode.SEQUENCE, "ACK goes back, or beyond what was sent")
        count = rx - self.acked
        self.bytes -= sum(frame.size for frame in self.held[:count])
        del self.held[:count]
        self.acked = rx
        return count > 0

    @property
    def first(self) -> int:
        """Lowest number that is held; one more than the highest if none is."""
        return self.acked + 1


class Outbox:
    """Chooses the next frames: prompt ones, definitions, then the streams in turn."""

    def __init__(self) -> None:
        self.peer: Limits = DEFAULTS
        self.log = SendLog()
        self.may_open: Callable[[], bool] = lambda: True
        self._replay: Iterator[Outgoing] = iter(())
        self._replayed: Outgoing | None = None
        self.events = Channel(0)
        self._ring: list[Channel] = []
        self.clear()

    def clear(self) -> None:
        """Forgets everything but calls that are not sent (protocol section 11.3, reset)."""
        self.log = SendLog()
        self._prompt: deque[Outgoing] = deque()
        for channel in self._ring:
            channel.ready, channel.reserved = False, 0
        self._ring = []
        self._openings: deque[Channel] = deque()
        self._opening: Channel | None = None
        self._definitions = 0
        self._reserved = 0
        self.events.queue.clear()
        self.events.wake()
        self.events = Channel(0)
        self._replay, self._replayed = iter(()), None

    def replay(self, rx: int) -> None:
        """Begins a connection that resumes: what the peer lacks goes out first."""
        self.log.sent = self.log.tx
        self.log.acknowledge(rx)
        self.log.sent = rx
        self._replay = iter(list(self.log.held))
        self._replayed = next(self._replay, None)

    @property
    def replaying(self) -> bool:
        """Whether frames of an earlier connection are still to be sent again."""
        return self._replayed is not None

    def prompt(self, frame: Outgoing) -> None:
        """Queues INTERRUPT, CREDIT or ERROR in front of everything else."""
        self._prompt.append(frame)

    @property
    def prompts(self) -> int:
        """Number of frames that wait in front of everything else."""
        return len(self._prompt)

    def define(self, item: Item) -> None:
        """Queues DEFINE; it goes out before the items of any stream."""
        self._definitions += 1
        self.put(self.events, item)

    def put(self, channel: Channel, item: Item) -> None:
        """Queues an item of a stream."""
        channel.queue.append(item)
        self.ready(channel)

    def open(self, channel: Channel) -> None:
        """Queues a call; its stream opens when the peer admits one more."""
        self._openings.append(channel)

    def ready(self, channel: Channel) -> None:
        """Puts a channel into the round if it may send."""
        if not channel.ready and channel.opened and channel.sendable():
            channel.ready = True
            self._ring.append(channel)

    def credit(self, channel: Channel, items: int) -> None:
        """Adds credit of the peer."""
        if channel.credit is None:
            return
        channel.credit += items
        if channel.credit > COUNTER:
            raise Breach(CloseCode.PROTOCOL, "credit of 2^53 or more")
        self.ready(channel)

    def drop(self, channel: Channel) -> None:
        """Drops what a channel has queued, and lets its producers go on."""
        channel.queue.clear()
        channel.opener = None
        self._reserved -= channel.reserved
        channel.reserved = 0
        if channel.ready:
            self._ring.remove(channel)
            channel.ready = False
        if channel is self._opening:
            self._opening = None
        elif channel in self._openings:
            self._openings.remove(channel)
        channel.wake()

    def take(self, budget: int) -> list[Outgoing]:
        """Gives the frames that may be sent now, of at most ``budget`` bytes, and numbers them."""
        frames: list[Outgoing] = []
        if (large := self._again(budget, alone=True)) is not None:
            frames.append(large)
            budget -= large.size
        while (frame := self._again(budget) or (None if self.replaying else self._next(budget))) is not None:
            frames.append(frame)
            budget -= frame.size
        return frames

    def _again(self, budget: int, *, alone: bool = False) -> Outgoing | None:
        """Gives the next frame of the replay; alone in its message it may be larger than the peer takes now.

        A server whose limits have shrunk breaks the protocol, and a frame that is held cannot become smaller.
        """
        frame = self._replayed
        if frame is None or (frame.size > budget and not alone):
            return None
        self.log.sent += 1
        self._replayed = next(self._replay, None)
        return frame

    def _next(self, budget: int) -> Outgoing | None:
        room = self.peer.window - self.log.bytes
        if self._prompt:
            if self._prompt[0].size > min(budget, room + RESERVE):
                return None
            return self._numbered(self._prompt.popleft())
        room = min(room, budget)
        if self._definitions:
            frame = self._piece(self.events, room)
            if frame is not None and self.events.ready and not self.events.queue:
                self._ring.remove(self.events)
                self.events.ready = False
            return frame
        if self._opening is None:
            self._admit()
        if self._opening is not None and not self._blocked(self._opening):
            channel = self._opening
            frame = self._piece(channel, room)
            if frame is not None:
                self._opening, channel.opened = None, True
                self.ready(channel)
            return frame
        return self._round(room)

    def _admit(self) -> None:
        """Asks the next opener for its INVOKE. The stream gets its id here, and no other opens before it is sent."""
        while self._openings and self.may_open():
            channel = self._openings.popleft()
            opener, channel.opener = channel.opener, None
            opened = opener() if opener else None
            if opened is not None:
                channel.stream, item = opened
                channel.queue.insert(0, item)
                self._opening = channel
                return

    def _round(self, room: int) -> Outgoing | None:
        for _ in range(len(self._ring)):
            channel = self._ring[0]
            if not self._blocked(channel):
                frame = self._piece(channel, room)
                if frame is not None and channel.ready:
                    del self._ring[0]
                    channel.ready = False
                    self.ready(channel)
                return frame
            self._ring.append(self._ring.pop(0))
        return None

    def _blocked(self, channel: Channel) -> bool:
        """Whether a payload in pieces has to wait, because too many of them are under way."""
        item = channel.queue[0]
        if item.offset or self._fits(channel, item):
            return False
        return self._reserved + len(item.payload) > ASSEMBLY_LIMIT

    def _overhead(self, channel: Channel, item: Item) -> int:
        meta = 2 + len(item.meta) if item.meta is not None else 0
        return 1 + len(uvarint(channel.stream)) + len(uvarint(self.peer.frame)) + meta + len(item.head)

    def _fits(self, channel: Channel, item: Item) -> bool:
        meta = item.meta
        if len(item.payload) + len(item.head) + (len(meta) if meta is not None else 0) + _NUMBERS <= self.peer.frame:
            return True
        left = len(item.payload) - item.offset
        return left <= 0 or self._overhead(channel, item) + left <= self.peer.frame

    def _piece(self, channel: Channel, room: int) -> Outgoing | None:
        item = channel.queue[0]
        if self._fits(channel, item):
            body = item.head + (item.payload[item.offset :] if item.offset else item.payload)
            frame = outgoing(item.kind, channel.stream, body, end=item.end, meta=item.meta)
            if frame.size > room:
                return None
            if not item.offset:
                self._charge(channel, item)
            del channel.queue[0]
            self._reserved -= channel.reserved
            channel.reserved = 0
            self._definitions -= item.kind == DEFINE
            channel.wake()
            if channel.on_end is not None and (item.end or item.kind == ERROR):
                channel.on_end()
            return self._numbered(frame)
        most = self.peer.frame - self._overhead(channel, Item(PART))
        frame = outgoing(PART, channel.stream, item.payload[item.offset : item.offset + most])
        if frame.size > room:
            return None
        if not item.offset:
            self._charge(channel, item)
            channel.reserved = len(item.payload)
            self._reserved += channel.reserved
        item.offset += most
        return self._numbered(frame)

    @staticmethod
    def _charge(channel: Channel, item: Item) -> None:
        if item.costs and channel.credit is not None:
            channel.credit -= 1

    def _numbered(self, frame: Outgoing) -> Outgoing:
        self.log.append(frame)
        return frame
