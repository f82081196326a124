"""The session: what outlives connections (protocol sections 6, 10, 11 and 15).

A :class:`Session` does no input or output. The supervisor gives it the messages that arrive and takes the messages that
are to be sent; so it is tested without a socket. All methods belong to the thread of the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from .calls import Call, State
from .codec import CODECS, Codec
from .dispatch import Dispatch
from .errors import Breach, CallError, CallLost, CloseCode, ErrorCode
from .greeting import DEFAULTS, Limits, Resume, Welcome, hello, read_welcome
from .inbox import Assembly, PingBucket, Received
from .listener import Listener
from .names import PeerNames
from .outbox import Outbox
from .runs import Keys, Run
from .wire import ACK, GOAWAY, HELLO, NUMBER, Outgoing, join, outgoing, split, uvarint

log = logging.getLogger("agentsocket")

_ACK_SPACE = 32
"""Bytes for an ACK with the largest counters."""
_ACK_AFTER = 0.5
"""Seconds until an acknowledgement goes out by itself; the protocol allows 1."""
WAITING = 10_000
"""Calls that may wait to be sent; more are refused."""
_PROMPTS = 10_000
"""Answers that may wait, beside one for each open call: a server that takes none of them is left."""
_ASKING = 30.0
"""Seconds until the question whether an action may run twice has to be answered."""


class Session:
    """State machine of one session, over all its connections."""

    # An object with that many members takes three times the memory without this.
    __slots__ = (
        "_ack_now",
        "_ack_timer",
        "_attempt",
        "_goodbye",
        "_leave",
        "_max_wait",
        "_pings",
        "_pong",
        "_repeat",
        "_resumes",
        "_tasks",
        "assembly",
        "buffer_limit",
        "buffered",
        "calls",
        "closed",
        "codec",
        "connected",
        "dispatch",
        "draining",
        "held",
        "keys",
        "limits",
        "listener",
        "loop",
        "names",
        "next_stream",
        "outbox",
        "peer",
        "received",
        "run_tasks",
        "runs",
        "send_at_once",
        "waiting",
        "wake",
        "welcome",
    )

    def __init__(
        self,
        listener: Listener,
        limits: Limits,
        *,
        repeat: bool = True,
        buffer_limit: int = 1 << 26,
        max_wait: float = 30.0,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.listener = listener
        self.limits = limits
        self.buffer_limit = buffer_limit
        self.buffered = 0
        """Bytes of items that the application has not taken, and of the arguments of what runs."""
        self.codec: Codec = CODECS["cbor"]
        self.peer: Limits = DEFAULTS
        self.names = PeerNames()
        self.outbox = Outbox()
        self.outbox.may_open = self._may_open
        self.keys = Keys()
        self.calls: dict[int, Call] = {}
        self.waiting: dict[int, Call] = {}
        self.held: set[Call] = set()
        """Calls that wait for the answer to the question whether they may run twice."""
        self.runs: dict[int, Run] = {}
        self.run_tasks: set[asyncio.Task[None]] = set()
        """Tasks of runs, also of those that do not end although they were cancelled."""
        self.welcome: Welcome | None = None
        self.connected = False
        self.draining = False
        self.wake: Callable[[], None] = lambda: None
        self.send_at_once: Callable[[], bool] = lambda: False
        """Sends what is queued without a task between; says whether nothing is left."""
        self.closed: CallError | None = None
        self._repeat = repeat
        self._max_wait = max_wait
        self._leave: Callable[[], None] | None = None
        """Leaves the connection, whose server goes away; None if there is no other to come back to."""
        self._attempt = 0
        self._resumes = False
        self._ack_now = self._pong = self._goodbye = False
        self._ack_timer: asyncio.TimerHandle | None = None
        self.assembly = Assembly(limits.item)
        self._tasks: set[asyncio.Task[None]] = set()
        self._begin_log()

    def _begin_log(self) -> None:
        self.received = Received(self.limits.window)
        self.next_stream = 1
        self.dispatch = Dispatch(self)
        self.assembly.clear()
        self.names.clear()

    # -- connections

    def begin(self, codec: Codec, *, auth: str | None, client: dict[str, str], catalog: str | None) -> bytes:
        """Gives the message that begins a connection."""
        if self.welcome is not None and codec is not self.codec:
            self.forget()
        self.codec = codec
        self._pings = PingBucket(self.loop.time())
        resume = None
        if self.welcome is not None:
            self._attempt += 1
            sends = self.outbox.log
            w = self.welcome
            resume = Resume(w.session, w.token, w.log, self.received.rx, sends.tx, sends.first, self._attempt)
        self._resumes = resume is not None
        body = hello(codec, self.limits, auth=auth, resume=resume, catalog=catalog, client=client)
        return outgoing(HELLO, body=body).encode(last=True)

    def detach(self) -> None:
        """Notes that the connection is gone."""
        if self.connected:
            self._wait(anew=self._leave is not None)
        self.connected = self.draining = False
        self._leave = None
        self._ack_now = self._pong = False
        if self._crowded():
            self.expire()  # a session without the answers that are dropped would be another one for the server

    def drain(self, leave: Callable[[], None] | None = None) -> None:
        """Notes that the server leaves: no call leaves on this connection any more.

        ``leave`` leaves the connection before its time, None if the server forbids to come back.
        """
        self._leave = leave
        if not self.draining:
            self.draining = True
            self._wait()

    def _wait(self, *, anew: bool = False) -> None:
        for call in self.waiting.values():
            call.wait_at_most(self._max_wait, self._overdue, anew=anew)

    def _overdue(self, call: Call) -> None:
        """Leaves a connection that is to be left, whose loss gives the call its time anew, or ends the call."""
        if call.state is not State.QUEUED or (self.connected and not self.draining):
            return
        if self._leave is not None:
            self._leave()
        else:
            call.give_up(self.listener.unavailable())

    def _crowded(self) -> bool:
        return self.outbox.prompts > _PROMPTS + len(self.calls)

    def forget(self) -> None:
        """Lets the next connection begin a session; what is open ends or waits when WELCOME arrives."""
        self.welcome = None

    def expire(self) -> None:
        """Ends what is open, since the session is gone by this side's own clock (protocol section 16)."""
        if self.welcome is not None:
            self.welcome = None
            self._restart(same_session=False)

    def receive(self, message: bytes | str) -> None:
        """Takes a message of the server; a breach is raised, and the caller closes with its code."""
        if isinstance(message, str):
            raise Breach(CloseCode.PROTOCOL, "a text message")
        if len(message) > self.limits.message:
            raise Breach(CloseCode.TOO_LARGE, "a message is larger than its limit")
        for frame in split(message, self.limits.frame):
            if not self.connected:
                self._greeted(frame.type, frame.body)
                continue
            if frame.numbered:
                self.received.count(frame)
            self.dispatch.frame(frame)
        if self._crowded():
            raise Breach(CloseCode.SLOW_CONSUMER, "it asks, and does not take the answers")
        if self.received.urgent:
            self.acknowledge()
        elif self.received.owed and self._ack_timer is None:
            self._ack_timer = self.loop.call_later(_ACK_AFTER, self.acknowledge)

    def take(self) -> bytes | None:
        """Gives the next message to send, or None."""
        if not self.connected:
            return None
        outbox, budget = self.outbox, self.peer.message
        frames: list[Outgoing] = []
        rides = False
        if (self._ack_now or self._pong) and not outbox.replaying:
            frames.append(self._ack(tx=True))
            budget -= frames[0].size
        elif self.received.owed and not outbox.replaying and budget >= self.peer.frame + _ACK_SPACE:
            rides = True
            budget -= _ACK_SPACE
        if self._goodbye:
            self._goodbye = False
            return join([*frames, outgoing(GOAWAY, body=b"\0\0\0")])
        more = outbox.take(budget)
        if more and rides:
            frames.append(self._ack(tx=False))
        frames += more
        return join(frames) if frames else None

    def _ack(self, *, tx: bool) -> Outgoing:
        self._ack_now = self._pong = False
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None
        self.received.tell()
        body = uvarint(self.received.rx)
        return outgoing(ACK, body=body + uvarint(self.outbox.log.sent) if tx else body)

    def acknowledge(self) -> None:
        """Asks for an ACK in the next message."""
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None
        self._ack_now = True
        self.wake()

    def on_ack(self, rx: int, tx: int | None, ping: bool) -> None:
        """Takes ACK (protocol section 10.3)."""
        if tx is not None and tx != self.received.rx:
            raise Breach(CloseCode.SEQUENCE, "ACK has a wrong tx")
        if self.outbox.log.acknowledge(rx):
            self.wake()
        if ping:
            self._pings.spend(self.loop.time())
            self._pong = True
            self.wake()

    def goodbye(self) -> None:
        """Sends GOAWAY 0, which ends the session, and nothing after it."""
        self._goodbye = True
        self.wake()

    # -- calls

    def enqueue(self, call: Call, *, alone: bool = False) -> None:
        """Takes a call that is to be sent as soon as there is room; at once if it is ``alone``, as the caller knows."""
        if self.draining or not self.connected:
            call.wait_at_most(self._max_wait, self._overdue)
        if self.closed is not None:
            call.lost(self.closed)
        elif self.connected and self.peer.streams == 0:
            call.lost(CallError(ErrorCode.NOT_FOUND, "the server takes no calls"))
        elif len(self.waiting) >= WAITING:
            call.lost(CallError(ErrorCode.RESOURCE_EXHAUSTED, "too many calls wait to be sent"))
        else:
            self.waiting[id(call)] = call
            self.outbox.open(call.channel)
            # Of many calls several share a message, so these wait for their turn.
            if not (alone and self.send_at_once()):
                self.wake()

    def _may_open(self) -> bool:
        return not self.draining and len(self.calls) < self.peer.streams

    def open_stream(self, call: Call) -> int:
        """Gives a call its stream."""
        stream = self.next_stream
        if stream > NUMBER:
            raise CallError(ErrorCode.RESOURCE_EXHAUSTED, "the stream ids of the session are used up")
        self.next_stream += 2
        self.waiting.pop(id(call), None)
        self.calls[stream] = call
        return stream

    def leave(self, call: Call) -> None:
        """Forgets a call that has ended on both sides."""
        self.waiting.pop(id(call), None)
        self.held.discard(call)
        if self.calls.get(call.stream) is call:
            del self.calls[call.stream]
            self.assembly.drop(call.stream)
        self.wake()

    def full(self, more: int) -> bool:
        """Tells whether there is no room for so many bytes that the application would hold."""
        return self.buffered + more > self.buffer_limit

    def prompt(self, frame: Outgoing) -> None:
        """Sends a frame before everything that is queued."""
        self.outbox.prompt(frame)
        self.wake()

    def guard(self, function: Callable[..., object], *arguments: Any) -> None:
        """Calls a function of the application; its failure is logged and goes no further."""
        try:
            function(*arguments)
        except Exception:
            log.exception("A callback of the application failed")

    def shut(self, error: CallError) -> None:
        """Ends everything: the client was closed, or the server refuses it."""
        self.closed = error
        self.detach()
        self.outbox.drop(self.outbox.events)
        if self._ack_timer is not None:
            self._ack_timer.cancel()
        for call in [*self.calls.values(), *self.waiting.values(), *self.held]:
            call.lost(error if call.unsent else CallError(error.code, error.text, may_have_run=True))
        for run in list(self.runs.values()):
            run.abandon()
        for task in self._tasks:
            task.cancel()

    # -- WELCOME

    def _greeted(self, kind: int, body: bytes) -> None:
        if kind != 1:
            raise Breach(CloseCode.PROTOCOL, "the first frame of the server is not WELCOME")
        welcome = read_welcome(self.codec, body)
        before = self.welcome
        if self._resumes == (welcome.status == "new"):
            raise Breach(CloseCode.PROTOCOL, f"WELCOME {welcome.status} does not answer this HELLO")
        if welcome.status == "resumed":
            assert before is not None
            sends = self.outbox.log
            if (
                (welcome.session, welcome.log, welcome.next) != (before.session, before.log, self.received.rx + 1)
                or welcome.rx + 1 < sends.first
                or welcome.rx > sends.tx
            ):
                self.forget()
                raise Breach(CloseCode.SEQUENCE, "WELCOME does not fit the session")
            self._connect(welcome)
            self.outbox.replay(welcome.rx)
            self.received.told = self.received.rx
            self.received.bytes = 0
        else:
            if (welcome.rx, welcome.next) != (0, 1):
                raise Breach(CloseCode.PROTOCOL, f"WELCOME {welcome.status} has numbers")
            self._connect(welcome)
            self._restart(same_session=before is not None and before.session == welcome.session)
        if welcome.status != "new":
            self._ack_now = True
        self.wake()

    def _connect(self, welcome: Welcome) -> None:
        self.welcome = welcome
        self._attempt = 0
        self.connected = True
        self.peer = self.outbox.peer = welcome.limits.bounded()
        self.listener.on_welcome(welcome)

    def _restart(self, *, same_session: bool) -> None:
        """Begins new number sequences; sorts the open calls (protocol section 11.3)."""
        open_calls, waiting = list(self.calls.values()), list(self.waiting.values())
        for run in list(self.runs.values()):
            run.abandon(reset=True)
        self.runs.clear()
        if not same_session:
            self.keys.clear()
        self.calls, self.waiting = {}, {}
        self.outbox.clear()
        self._begin_log()
        for call in open_calls + waiting:
            self._again(call, same_session)
        if self.connected:
            self.listener.on_reset()

    def _again(self, call: Call, same_session: bool) -> None:
        sent = not call.unsent
        if call.state is State.CANCELLING:
            call.lost(reset_error())
        elif not sent and not call.repeats:
            call.requeue()
        # One that waits to be made again is judged at each reset: the session that knows its key may be gone.
        elif not call.repeatable() or not self._repeat or call.options.idempotent is False:
            call.lost(reset_error())
        else:
            call.repeats += sent
            if call.options.idempotent or (same_session and call.options.key):
                call.requeue()
                return
            call.stream, call.state = 0, State.HELD
            self.held.add(call)
            task = self.loop.create_task(self._ask_again(call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask_again(self, call: Call) -> None:
        try:
            twice = await asyncio.wait_for(self.listener.idempotent(call.name), _ASKING)
        except Exception:
            twice = False
        if call in self.held:
            self.held.discard(call)
            if twice:
                call.requeue()
            else:
                call.lost(reset_error())


def reset_error() -> CallError:
    """Error of a call that was open when the session was lost."""
    return CallLost(ErrorCode.SESSION_RESET, "the session was lost while the call was open", may_have_run=True)
