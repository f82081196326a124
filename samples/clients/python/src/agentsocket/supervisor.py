"""The one task that connects, resumes and gives up (protocol sections 3.5, 11.3, 15 and 16)."""

from __future__ import annotations

import asyncio
import inspect
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .codec import CODECS, PREFIX
from .connection import Connection, End
from .errors import CloseCode, CodecError, ConnectError
from .session import Session
from .transport import Dial, Refused, Socket

log = logging.getLogger("agentsocket")

TokenSupplier = Callable[[], "str | Awaitable[str | None] | None"]

_OVERLOADED = (4006, 4008)
_OVERLOADED_WAIT = 2.0
_GOODBYE = 5.0
"""Seconds that the server has to close after GOAWAY 0."""
_REFUSAL = 120.0
"""Seconds after which an answer that may be of a proxy, or a token that may be too new, is final."""
_LAST_WELCOME = 2.0
"""Seconds that a client which is closed waits for a WELCOME that is due."""
_LEAST_TIME = 0.1
"""Seconds that remain for WELCOME at least, however long the upgrade took."""
_FINAL_CLOSES = range(4500, 5000)
_LONGEST_SPREAD = 3600.0
"""Seconds until this side leaves a server that leaves, at most."""
_GRACE = 5.0
"""Seconds that a server which forbids to come back has beyond its time to close, and to say why."""
_MAX_DOUBLINGS = 2
"""An attempt takes at most 2 to the power of this times the time that is set."""


@dataclass(frozen=True)
class Plan:
    """How the client connects. Times are in seconds."""

    uris: Sequence[str]
    token: str | TokenSupplier | None
    codecs: Sequence[str]
    dial: Dial
    client: dict[str, str]
    open_timeout: float
    first_wait: float
    least_wait: float
    most_wait: float
    refusal_timeout: float = _REFUSAL


class Supervisor:
    """Owns the socket and everything that belongs to it. Its methods belong to the event loop's thread."""

    def __init__(self, session: Session, plan: Plan, on_state: Callable[[str, str], None]) -> None:
        self._session = session
        self._plan = plan
        self._on_state = on_state
        self._loop = session.loop
        self._connection: Connection | None = None
        self._stopping = False
        self._not_before: dict[str, float] = {}
        self._late: dict[str, int] = {}
        """Attempts by address that it has not answered in time, since the latest connection."""
        self._outage = self._loop.time()
        self._keepalive = 0.0
        """Of the latest WELCOME, in seconds; the session may be forgotten since."""
        self._lost: float | None = None
        self._greeting = False
        self._sequence_closes = 0
        self._doubtful: float | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._verdict: int | None = None
        """Code with which the server has said, on this connection, that there will be no other."""
        self.failure = ConnectError("not connected yet")
        """Reason why there is no connection now."""

    async def run(self) -> None:
        """Keeps a connection until :meth:`stop` is called or the server refuses this client."""
        try:
            while not self._stopping:
                end = await self._round()
                if self._stopping or self._judge(end):
                    return
                await asyncio.sleep(self._wait(end))
        finally:
            if self._expiry is not None:
                self._expiry.cancel()

    def stop(self) -> bool:
        """Ends the session; returns whether the task has to be cancelled, because nothing is connected."""
        self._stopping = True
        if self._connection is not None and self._session.connected:
            self._connection.say_goodbye(_GOODBYE)
            return False
        if self._connection is not None and self._greeting:  # WELCOME may be on its way: then the session is ended
            self._connection.give_up_in(_LAST_WELCOME)
            return False
        return True

    def on_goaway(self, code: int, drain: float, spread: float) -> None:
        """Leaves within the spread, or, when the server forbids to come back, after the time that it gives."""
        self._verdict = code if code in _FINAL_CLOSES else None
        connection = self._connection
        self._session.drain(None if connection is None or self._verdict is not None else connection.leave)
        if connection is None:
            return
        if self._verdict is not None:
            connection.leave_in(drain + _GRACE)
        else:
            connection.leave_in(random.uniform(0, min(spread, drain or spread, _LONGEST_SPREAD)))

    async def _round(self) -> End:
        """Tries all addresses; gives the end of the first connection, or of the last attempt."""
        end = End("no address")
        now = self._loop.time()
        uris = [uri for uri in self._plan.uris if self._not_before.get(uri, 0) <= now]
        if not uris:
            earliest = min(self._not_before.values()) - now
            return End(str(self.failure), retry_after=earliest)
        for uri in uris:
            end = await self._attempt(uri)
            self.failure = ConnectError(f"{uri}: {end.text}", status=end.status, close_code=end.code)
            if end.late:
                self._late[uri] = self._late.get(uri, 0) + 1
            if end.retry_after is not None:
                self._not_before[uri] = self._loop.time() + end.retry_after
            if end.lasted is not None or self._stopping or self._final(end):
                break
        return end

    async def _attempt(self, uri: str) -> End:
        begin = self._loop.time()
        plan, session = self._plan, self._session
        patience = self._patience(uri)
        self._on_state("connecting", uri)
        try:
            socket = await asyncio.wait_for(self._open(uri), patience)
        except Refused as refused:
            return End(str(refused), refused.code, refused.status, retry_after=refused.retry_after)
        except (asyncio.TimeoutError, TimeoutError):
            # Several addresses: one that answers nothing must not delay the others.
            return End("no answer in time", late=len(plan.uris) == 1)
        name = (socket.subprotocol or "").removeprefix(PREFIX)
        if name not in plan.codecs:
            await socket.close(CloseCode.PROTOCOL, "no sub-protocol")
            return End("the server has chosen no sub-protocol", CloseCode.PROTOCOL, own=True)
        try:
            catalog = session.listener.known_catalog()
            hello = session.begin(CODECS[name], auth=None, client=plan.client, catalog=catalog)
        except CodecError as error:
            await socket.close(CloseCode.NORMAL, "")
            return End(str(error), CloseCode.TOO_LARGE, own=True)
        connection = self._connection = Connection(socket, session)
        self._greeting, self._verdict = True, None
        try:
            left = max(_LEAST_TIME, patience - (self._loop.time() - begin))
            end = await connection.run(hello, left, lambda: self._welcomed(uri))
            # However the connection has ended then.
            return end if self._verdict is None else replace(end, code=self._verdict)
        finally:
            welcomed = not self._greeting
            self._connection, self._greeting = None, False
            if welcomed:
                self._lose()
            else:
                self._expire_if_due()

    async def _open(self, uri: str) -> Socket:
        token = await self.token()
        return await self._plan.dial.open(uri, self._plan.codecs, self._session.limits.message, token)

    def _patience(self, uri: str) -> float:
        """Seconds that the next attempt may take.

        A server that has too much to do works for each attempt, and for nobody if all give up before it is done.
        """
        doublings = min(max(self._late.get(uri, 0) - 1, 0), _MAX_DOUBLINGS)
        return self._plan.open_timeout * (1 << doublings)

    def _welcomed(self, uri: str) -> None:
        self._late.clear()
        self._greeting, self._lost, self._doubtful = False, None, None
        if self._expiry is not None:
            self._expiry.cancel()
        assert self._session.welcome is not None
        self._keepalive = self._session.welcome.keepalive / 1000
        log.info("Connected to %s: %s", uri, self._session.welcome.status)
        self._on_state("connected", self._session.welcome.status)
        if self._stopping and self._connection is not None:
            self._connection.say_goodbye(_GOODBYE)

    async def token(self) -> str | None:
        """Asks for a token; raises Refused when the function for it fails."""
        token: Any = self._plan.token
        if callable(token):
            try:
                token = token()
                if inspect.isawaitable(token):
                    token = await token
            except Exception as error:
                raise Refused(f"the token supplier failed: {type(error).__name__}") from error
        return None if token is None else str(token)

    def _lose(self) -> None:
        """Begins the clock of the session's time to live."""
        self._lost = self._loop.time()
        welcome = self._session.welcome
        if welcome is not None:
            self._expiry = self._loop.call_later(welcome.ttl / 1000, self._expire_if_due)

    def _expire_if_due(self) -> None:
        welcome = self._session.welcome
        if self._lost is None or welcome is None or self._greeting or self._session.connected:
            return
        if self._loop.time() - self._lost >= welcome.ttl / 1000 - 0.001:
            log.info("The session is gone: no connection for %s s", welcome.ttl / 1000)
            self._session.expire()

    def _judge(self, end: End) -> bool:
        """Notes what an end means; returns whether it is final."""
        now = self._loop.time()
        if end.lasted is not None:
            self._outage = now if end.lasted > self._keepalive else self._outage + end.lasted
        if end.code == CloseCode.SEQUENCE:
            self._sequence_closes += 1
            if self._sequence_closes >= 2:
                self._session.forget()
        else:
            self._sequence_closes = 0
        final = self._final(end)
        if final:
            log.error("The server refuses this client: %s", self.failure)
            self._on_state("refused", end.text)
        else:
            log.info("No connection: %s", self.failure)
            self._on_state("lost", end.text)
        return final

    def _final(self, end: End) -> bool:
        code, status = end.code, end.status
        supplied = callable(self._plan.token)
        if (code == 4501 and supplied) or (status == 401 and supplied) or status == 404 or (status and status < 400):
            now = self._loop.time()
            self._doubtful = self._doubtful if self._doubtful is not None else now
            return now - self._doubtful >= self._plan.refusal_timeout
        if status is not None:
            return 400 <= status < 500 and status not in (408, 425, 429)
        return code is not None and (code in _FINAL_CLOSES or code == 1009)

    def _wait(self, end: End) -> float:
        """Seconds until the next attempt (protocol section 16)."""
        away = self._loop.time() - self._outage
        plan = self._plan
        stood = end.lasted is not None and end.lasted > plan.least_wait
        share = min(plan.most_wait, max(plan.first_wait if stood else plan.least_wait, away / 4))
        asked = _OVERLOADED_WAIT if end.code in _OVERLOADED else 0.0
        if end.retry_after is not None and len(plan.uris) == 1:
            asked = max(asked, end.retry_after)
        # Clients that were refused together would come back together otherwise.
        wait = asked + random.uniform(0, max(min(asked, plan.most_wait), share - asked))
        return 0.0 if stood and end.left else wait  # a client that has left by itself has waited before
