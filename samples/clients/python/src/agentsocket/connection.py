"""A connection of a session: reads, writes, watches for silence (protocol sections 14, 15 and 22)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from .errors import Breach, CloseCode
from .session import Session
from .transport import Closed, Socket

log = logging.getLogger("agentsocket")

_ANSWER = 10.0
"""Seconds beyond the keepalive in which something has to arrive."""
_WINDOW_STANDS = 60.0
"""Seconds after which a window that does not move ends the connection."""


@dataclass(frozen=True)
class End:
    """How an attempt to connect, or a connection, ended.

    Attributes:
        text: the reason, in one line.
        code: close code, or None.
        status: HTTP status of the refusal, or None.
        lasted: seconds since WELCOME; None if there was no WELCOME.
        retry_after: seconds that the server asks to wait, or None.
        own: whether this side closed because of what the server sent.
        late: whether this side gave the attempt up, because the server had not answered in time.
        left: whether this side has left, since the server goes away.
    """

    text: str
    code: int | None = None
    status: int | None = None
    lasted: float | None = None
    retry_after: float | None = None
    own: bool = False
    late: bool = False
    left: bool = False


class Connection:
    """Moves messages between a socket and the session. It belongs to the supervisor's task."""

    def __init__(self, socket: Socket, session: Session) -> None:
        self._socket = socket
        self._session = session
        self._loop = session.loop
        self._sleep: asyncio.Future[None] | None = None
        """What the writer waits for while there is nothing to send."""
        self._end: End | None = None
        self._welcomed: float | None = None
        self._heard = self._moved = self._loop.time()
        self._acked = 0
        self._closing: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        """What was wrong with a message that came directly; raised by the task that reads."""
        self._failed = False
        """Whether this side could not handle a message, or make one."""
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def run(self, hello: bytes, timeout: float, on_welcome: Callable[[], None]) -> End:
        """Sends HELLO and moves messages until the connection ends."""
        self.give_up_in(timeout)
        writer = self._loop.create_task(self._write(), name="agentsocket writer")
        self._session.wake = self._wake
        self._session.send_at_once = self._send_at_once
        try:
            await self._socket.send(hello)
            await self._read(on_welcome)
        except Breach as breach:
            self._ended(End(f"the server broke the protocol: {breach.rule}", breach.code, own=True))
        except Closed as closed:
            self._ended(End(closed.reason or f"closed with {closed.code}", closed.code))
        except Exception:
            log.exception("A message of the server could not be handled")
            self._failed = True
            self._ended(End("this side failed", CloseCode.INTERNAL, own=True))
        finally:
            self._session.wake = lambda: None
            self._session.send_at_once = lambda: False
            self._session.detach()
            if self._failed and self._welcomed is not None:
                self._session.expire()  # what failed is counted as handled, and would never come again
            for timer in self._timers.values():
                timer.cancel()
            writer.cancel()
            await self._shut(writer)
        assert self._end is not None
        lasted = None if self._welcomed is None else self._loop.time() - self._welcomed
        return replace(self._end, lasted=lasted)

    def close(self, code: int, text: str, *, late: bool = False, left: bool = False) -> None:
        """Closes with a code; :meth:`run` ends."""
        if self._end is None:
            self._ended(End(text, code, late=late, left=left))
            self._closing = self._loop.create_task(self._socket.close(code, text))

    def give_up_in(self, seconds: float) -> None:
        """Closes after a time if WELCOME has not come."""
        self._later("welcome", seconds, lambda: self.close(CloseCode.KEEPALIVE, "no WELCOME in time", late=True))

    def leave_in(self, seconds: float) -> None:
        """Leaves after a time, since the server goes away."""
        self._later("leave", seconds, self.leave)

    def leave(self) -> None:
        """Leaves now, since the server goes away."""
        self.close(CloseCode.DRAIN, "the server leaves", left=True)

    def say_goodbye(self, seconds: float) -> None:
        """Ends the session; closes after a time if the server has not."""
        self._session.goodbye()
        self._later("goodbye", seconds, lambda: self.close(CloseCode.NORMAL, "closed"))

    async def _read(self, on_welcome: Callable[[], None]) -> None:
        session, recv = self._session, self._socket.recv
        while True:
            message = await recv()
            if self._failure is not None:
                raise self._failure
            if self._end is not None:
                continue
            self._heard = self._loop.time()
            try:
                session.receive(message)
            finally:
                if self._welcomed is None and session.connected:
                    self._greeted()
                    on_welcome()

    def _take(self, message: bytes) -> bool:
        """Processes a message where it arrives; one that fails is left to the task that reads."""
        if self._failure is not None:
            return False
        if self._end is None:
            self._heard = self._loop.time()
            try:
                self._session.receive(message)
            except Exception as failure:
                self._failure = failure
                return False
        return True

    def _greeted(self) -> None:
        self._socket.deliver(self._take)
        self._welcomed = self._loop.time()
        self._timers.pop("welcome").cancel()
        self._wake()
        self._watch()

    def _watch(self) -> None:
        """Looks for silence, and for a window that does not move."""
        session, now = self._session, self._loop.time()
        assert session.welcome is not None
        silence = session.welcome.keepalive / 1000 + _ANSWER
        log = session.outbox.log
        if log.acked != self._acked or not log.bytes:
            self._acked, self._moved = log.acked, now
        if now - self._heard >= silence:
            self.close(CloseCode.KEEPALIVE, "the server is silent")
        elif now - self._moved >= _WINDOW_STANDS:
            self.close(CloseCode.SLOW_CONSUMER, "the server does not take what is sent")
        else:
            self._later("watch", max(min(self._heard + silence - now, silence / 4), 0.05), self._watch)

    def _send_at_once(self) -> bool:
        while self._end is None and self._socket.is_idle():
            message = self._session.take()
            if message is None:
                return True
            self._socket.send_at_once(message)
        return False

    async def _write(self) -> None:
        take, send = self._session.take, self._socket.send
        try:
            while True:
                while (message := take()) is not None:
                    await send(message)
                self._sleep = self._loop.create_future()
                await self._sleep
        except Closed:
            pass
        except Exception:
            log.exception("A message to the server could not be made")
            self._failed = True
            self.close(CloseCode.INTERNAL, "this side failed")

    def _wake(self) -> None:
        if self._sleep is not None and not self._sleep.done():
            self._sleep.set_result(None)

    def _ended(self, end: End) -> None:
        if self._end is None:
            self._end = end

    def _later(self, name: str, seconds: float, function: Callable[[], None]) -> None:
        old = self._timers.pop(name, None)
        if old is not None:
            old.cancel()
        self._timers[name] = self._loop.call_later(seconds, function)

    async def _shut(self, writer: asyncio.Task[None]) -> None:
        if self._closing is None:
            end = self._end
            code = end.code if end is not None and end.own and end.code else CloseCode.DRAIN
            self._closing = self._loop.create_task(self._socket.close(code, end.text if end else "closed"))
        await asyncio.wait({self._closing, writer})
        for task in (self._closing, writer):
            if not task.cancelled():
                task.exception()
