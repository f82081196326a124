"""Calls of this side: from the queue over the stream to the result (protocol sections 9.2, 9.5, 11.3 and 12.2).

A :class:`Call` belongs to the thread of the event loop, like everything below the session. No method but the ``async``
ones waits, so that a cancelled task can end its call without another wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol

from .errors import MAY_HAVE_RUN, RETRYABLE, CallError, CallLost, CodecError, ErrorCode, call_error, ran_before
from .failures import error_frame
from .greeting import Limits
from .invocation import invoke_metadata
from .items import ItemHost, decode_item, encode_item
from .names import PeerNames
from .options import CallOptions, Progress
from .outbox import Channel, Item, Outbox
from .values import charged
from .wire import (
    ASSEMBLY_LIMIT,
    BYTES,
    CREDIT,
    DATA,
    INTERRUPT,
    INVOKE,
    NUMBER,
    Failure,
    Outgoing,
    outgoing,
    reference,
    uvarint,
)

MIXED = "the answer has items of several kinds, which make no value; stream it"
REPEATS = 3
"""Times that a call is made again after resets: it may be what brings its server down."""


class State(Enum):
    """Where a call is (protocol section 9.2)."""

    QUEUED = 1
    OPEN = 2
    CANCELLING = 3
    CLOSED = 4
    HELD = 5
    """Has no stream: the server is asked whether the action may run again."""


class CallHost(ItemHost, Protocol):
    """What calls need of the session."""

    loop: asyncio.AbstractEventLoop
    limits: Limits
    names: PeerNames
    outbox: Outbox
    calls: dict[int, Call]
    connected: bool
    draining: bool
    buffered: int
    buffer_limit: int
    wake: Callable[[], None]

    def enqueue(self, call: Call, *, alone: bool = False) -> None:
        """Takes a call that is to be sent."""

    def open_stream(self, call: Call) -> int:
        """Gives a call its stream."""

    def leave(self, call: Call) -> None:
        """Forgets a call that has ended on both sides."""

    def prompt(self, frame: Outgoing) -> None:
        """Sends a frame before everything that is queued."""

    def guard(self, function: Callable[..., object], *arguments: Any) -> None:
        """Calls a function of the application."""


class Call:
    """A call on its way. ``collect`` keeps the result only, otherwise items wait for :meth:`next`."""

    def __init__(
        self,
        session: CallHost,
        name: str,
        arguments: Mapping[str, Any],
        options: CallOptions,
        *,
        collect: bool,
        sends_items: bool = False,
        parent: int = 0,
        depth: int = 0,
    ) -> None:
        self.session = session
        self.name = name
        self.arguments = arguments
        self.options = options
        self.parent = parent
        self.depth = depth
        self.stream = 0
        self.state = State.QUEUED
        self.progress: Progress | None = None
        self.kind = DATA
        """Kind of the last item."""
        self.mixed = False
        """Whether items of several kinds have come."""
        self.repeats = 0
        self.taken_bytes = 0
        """Bytes that the items take which were given to the application."""
        self._resends = 0
        self.channel = Channel(0, opener=self._open)
        self._collect = collect
        self._sends_items = sends_items
        self._inline = False
        self._alias = 0
        """Alias in the INVOKE, or 0 if it carried the name."""
        self._begun = asyncio.Event()
        """Set when the call was given its stream, or has ended; before, the codec is not known."""
        self._whole = False
        """Whether the INVOKE carried E."""
        self._codec = session.codec
        self._granted = 0
        self._taken = 0
        self._given = 0
        self._inbox: deque[tuple[Any, int]] = deque()
        self._done: asyncio.Future[Any] = session.loop.create_future()
        self._waiter: asyncio.Future[None] | None = None
        self._pieces: list[Any] = []
        self._collected = 0
        self._deadline: float | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._waits: list[asyncio.TimerHandle] = []
        """Timers of the time that the call waits for a connection."""
        if options.timeout is not None:
            self._deadline = session.loop.time() + options.timeout
            self._timers.append(session.loop.call_at(self._deadline, lambda: self.give_up(self._too_late())))

    # -- the user's side

    async def result(self) -> Any:
        """Waits for the end; cancelling the waiting task interrupts the action."""
        try:
            return await self._done
        finally:
            if self._done.cancelled():
                self.cancel()

    async def next(self) -> Any:
        """Gives the next item, or raises StopAsyncIteration at the end and CallError for a failure."""
        # Items that are taken while the call is held would come again.
        while not self._inbox or self.state is State.HELD:
            if self._done.done():
                self._done.result()
                raise StopAsyncIteration
            if self._waiter is not None:
                raise RuntimeError("another task waits for the items of this call")
            self._waiter = self.session.loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        value, size = self._inbox.popleft()
        self.session.buffered -= size
        self.taken_bytes += size
        self._given += 1
        self._consumed()
        return value

    async def send(self, value: Any, *, as_data: bool = False) -> None:
        """Sends an item to the action; waits while the action does not take more."""
        if not self._sends_items:
            raise CallError(ErrorCode.FAILED_PRECONDITION, "the items of this call have ended")
        await self._begun.wait()
        await self.channel.room()
        if self.state in (State.QUEUED, State.OPEN):
            kind, payload = encode_item(self.session, value, as_data)
            if payload:
                self.session.outbox.put(self.channel, Item(kind, payload, costs=True))
                self.session.wake()

    def end(self) -> None:
        """Says that no item follows."""
        if self._sends_items:
            self._sends_items = False
            if self.state in (State.QUEUED, State.OPEN):
                self.session.outbox.put(self.channel, Item(DATA, end=True))
                self.session.wake()

    def stop(self) -> None:
        """Asks the action to finish its current step and to end with what there is (INTERRUPT 1)."""
        if self.state is State.OPEN and not self.unsent:
            self._interrupt(1)

    def cancel(self) -> None:
        """Ends the call at once, for the user and on the other side (INTERRUPT 0). Repeated calls do nothing."""
        if self.state is State.CLOSED:
            self._forget_items()  # nobody takes what is left
        self.give_up(CallError(ErrorCode.CANCELLED, "cancelled", may_have_run=not self.unsent))

    def give_up(self, error: CallError) -> None:
        """Ends the call for the user with an error, and interrupts the action if it has been invoked."""
        was, unsent = self.state, self.unsent
        if was in (State.CANCELLING, State.CLOSED):
            return
        self.finish(error)
        if was in (State.QUEUED, State.HELD) or (unsent and not self.channel.opened):
            self._leave()
        elif unsent:
            self.session.prompt(error_frame(self.stream, ErrorCode.CANCELLED))
            self._leave()
        else:
            self.session.outbox.drop(self.channel)
            self.arguments = {}  # the call is not made again, and the server decides when it has ended
            self.state = State.CANCELLING
            self._interrupt(0)

    # -- the session's side

    @property
    def unsent(self) -> bool:
        """Whether the INVOKE has not left; then the action has not run, except before a reset (``repeats``)."""
        queue = self.channel.queue
        return self.state is State.QUEUED or (bool(queue) and queue[0].kind == INVOKE)

    def repeatable(self) -> bool:
        """Whether the call may be made again at all (protocol section 11.3)."""
        return self._whole and not self.parent and not self._given and (self.unsent or self.repeats < REPEATS)

    def requeue(self) -> None:
        """Puts the call in front of the session's door again, with fresh credit."""
        items = [item for item in self.channel.queue if item.kind != INVOKE]
        if any(item.payload for item in items) and self._codec is not self.session.codec:
            self.lost(CallLost(ErrorCode.SESSION_RESET, "the session has another codec now; the call was not sent"))
            return
        self.session.calls.pop(self.stream, None)
        self.stream, self.state = 0, State.QUEUED
        self._forget_items()
        old, self.channel = self.channel, Channel(0, opener=self._open)
        old.queue.clear()
        old.wake()
        self.channel.queue.extend(items)
        self.session.enqueue(self)

    def on_item(self, kind: int, payload: bytes, end: bool, progress: list[Any] | None) -> None:
        """Takes DATA, TEXT or BYTES of the other side."""
        if self.state is State.CANCELLING:
            if end:
                self._leave()
            return
        if progress is not None:
            self._report(Progress(*progress))
        if payload:
            self._granted -= 1
            if self._granted < 0:
                self.reject(ErrorCode.RESOURCE_EXHAUSTED, "the server sent more items than it had credit for")
                return
            try:
                value = decode_item(self.session, kind, payload)
            except CodecError as error:
                self.reject(ErrorCode.INVALID_ARGUMENT, f"an item of the server is undecodable: {error}")
                return
            if not self._deliver(kind, value, len(payload)):
                return
        if end:
            self.finish(None)
            self._leave()

    def on_error(self, failure: Failure, details: Mapping[str, Any] | None) -> None:
        """Takes ERROR of the other side."""
        if self.unsent and self.channel.opened:
            # Every stream that was opened with PART gets its INVOKE or an ERROR (protocol section 9.6).
            self.session.prompt(error_frame(self.stream, ErrorCode.CANCELLED))
        if self.state is State.OPEN and self._to_be_sent_again(failure):
            self.session.outbox.drop(self.channel)
            self.requeue()
            return
        error = call_error(*failure, details)
        if self.repeats and error.code == ErrorCode.ALREADY_EXISTS and error.may_have_run:
            error = CallLost(ErrorCode.LOST, "the result of the first run is not kept", may_have_run=True)
        self.finish(error)
        self._leave()

    def _to_be_sent_again(self, failure: Failure) -> bool:
        """Whether the call has certainly not run: its alias was unknown, or its PARTs were lost (section 11.3)."""
        began = failure.flags & MAY_HAVE_RUN or self._given or self._inbox or self._pieces
        if began or not self._whole:
            return False
        if failure.code == ErrorCode.UNKNOWN_ALIAS and self._alias:
            self._inline = True
            return True
        lost = failure.code == ErrorCode.REFUSED and failure.flags & RETRYABLE
        if not lost or self._resends >= REPEATS:
            return False
        self._resends += 1
        return True

    def reject(self, code: int, text: str) -> None:
        """Ends the call with an error that is sent to the other side, too (protocol section 25, last sentence)."""
        if self.state in (State.OPEN, State.CANCELLING):
            self.session.prompt(error_frame(self.stream, code))
        self.finish(CallError(code, text, may_have_run=True))
        self._leave()

    def finish(self, error: CallError | CodecError | None) -> None:
        """Ends the call for its user."""
        self._begun.set()
        for timer in self._timers + self._waits:
            timer.cancel()
        if self._done.done():
            return
        if error is None:
            self._done.set_result(self._collected_result())
        else:
            if self.repeats:
                error = ran_before(error)
            self._done.set_exception(error)
            self._done.exception()  # marks it as seen: a stream that nobody reads is no fault
            if isinstance(error, CallError):
                error.of_call = True
                if error.code == ErrorCode.CANCELLED:
                    self._forget_items()
        self._wake_reader()

    def lost(self, error: CallError) -> None:
        """Ends the call without a word to the other side: the session is gone."""
        self.finish(error)
        self._leave()

    def wait_at_most(self, seconds: float, then: Callable[[Call], None], *, anew: bool = False) -> None:
        """Calls a function if the call has not ended after so long; ``anew``: and in no time that was set before."""
        while anew and self._waits:
            self._waits.pop().cancel()
        self._waits.append(self.session.loop.call_later(seconds, then, self))

    # -- inside

    def _open(self) -> tuple[int, Item] | None:
        session = self.session
        try:
            payload = session.codec.dumps(self.arguments)
            if len(payload) > min(session.peer.item, ASSEMBLY_LIMIT):
                raise CallError(ErrorCode.TOO_LARGE, "the arguments are larger than the server accepts")
            meta = invoke_metadata(session.codec, self.options, self._left(), self.parent, self.depth)
            self.stream = session.open_stream(self)
        except Exception as error:
            # The arguments are objects of the application, which raise what they like.
            self.finish(error if isinstance(error, (CallError, CodecError)) else CodecError(f"unreadable: {error!r}"))
            self._leave()
            return None
        self._alias = alias = 0 if self._inline else session.names.alias_of(self.name)
        self.state = State.OPEN
        self.channel.credit = session.peer.items
        self._granted = self.options.prefetch
        end = not self._sends_items and not self.channel.queue
        self._whole, self._codec = end, session.codec
        self._begun.set()
        head = reference(alias, self.name)
        return self.stream, Item(INVOKE, payload, head, end, meta)

    def _left(self) -> int | None:
        """Milliseconds until the deadline; raises CallError when there are none."""
        if self._deadline is None:
            return None
        left = int(min((self._deadline - self.session.loop.time()) * 1000, NUMBER))
        if left <= 0:
            raise self._too_late()
        return left

    def _deliver(self, kind: int, value: Any, size: int) -> bool:
        before = bool(self._given or self._inbox or self._pieces)
        self.mixed = before and (self.mixed or kind != self.kind)
        self.kind = kind
        if self._collect and self.mixed:
            self.reject(ErrorCode.INTERNAL, MIXED)
            return False
        if self._collect:
            if kind == DATA:
                self._pieces = [value]
            else:
                self._collected += size
                if self._collected > self.session.limits.item:
                    self.reject(ErrorCode.TOO_LARGE, "the result is larger than this side accepts; stream it")
                    return False
                self._pieces.append(value)
            self._consumed()
            return True
        size = charged(size, value, self.session.buffer_limit)
        self.session.buffered += size
        if self.session.buffered > self.session.buffer_limit:
            self.session.buffered -= size
            self.reject(ErrorCode.RESOURCE_EXHAUSTED, "the application does not take the items of its streams")
            return False
        self._inbox.append((value, size))
        self._wake_reader()
        return True

    def _collected_result(self) -> Any:
        pieces = self._pieces
        if len(pieces) < 2:
            return pieces[0] if pieces else None
        return (b"" if self.kind == BYTES else "").join(pieces)

    def _consumed(self) -> None:
        self._taken += 1
        if self._taken * 2 >= self.options.prefetch and self.state is State.OPEN:
            self._granted += self._taken
            self.session.prompt(outgoing(CREDIT, self.stream, uvarint(self._taken)))
            self._taken = 0

    def _interrupt(self, mode: int) -> None:
        self.session.prompt(outgoing(INTERRUPT, self.stream, uvarint(mode)))

    def _too_late(self) -> CallError:
        never = self.unsent and not self.repeats
        text = "the time is over; the call was not sent" if never else "the time is over"
        return CallError(ErrorCode.DEADLINE_EXCEEDED, text, may_have_run=not never)

    def _report(self, progress: Progress) -> None:
        self.progress = progress
        if self.options.on_progress is not None:
            self.session.guard(self.options.on_progress, progress)

    def _wake_reader(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _forget_items(self) -> None:
        self.session.buffered -= sum(size for _, size in self._inbox)
        self._inbox.clear()
        self._pieces = []
        self._taken = self._collected = 0

    def _leave(self) -> None:
        self.state = State.CLOSED
        self.session.outbox.drop(self.channel)
        self.session.leave(self)
