"""The WebSocket of a connection, by the package ``websockets`` (protocol section 3)."""

from __future__ import annotations

import asyncio
import email.utils
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as websocket_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI, NegotiationError
from websockets.protocol import Event, State
from websockets.typing import Subprotocol

from .codec import PREFIX

_CONTROL_FRAMES = 256
"""WebSocket pings and pongs in a second; more close with RATE (protocol section 23)."""
_SPARE = 4096
"""Bytes beyond the message limit that the WebSocket admits, so that this side closes 4505 and not 1009."""
_CLOSE_TIMEOUT = 2.0
"""Seconds that the server has to answer a close frame; then the TCP connection is closed by force."""
_LONGEST_RETRY_AFTER = 3600.0
_HEAD = 65_536
"""Bytes that the head of the answer to the upgrade may have."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_RETRY_AFTER = re.compile(rb"^Retry-After:([^\r\n]{0,100})", re.IGNORECASE | re.MULTILINE)


class Closed(Exception):
    """The WebSocket is closed; ``code`` is None if there was no close frame."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Refused(Exception):
    """There was no upgrade. ``status`` is None if there was no HTTP answer, ``code`` the close code that it is like."""

    def __init__(
        self, text: str, status: int | None = None, retry_after: float | None = None, code: int | None = None
    ) -> None:
        super().__init__(text)
        self.code = code
        self.status = status
        self.retry_after = retry_after


class Socket(Protocol):
    """The part of a WebSocket that a connection needs; tests have one without a network."""

    subprotocol: str | None

    async def recv(self) -> bytes | str:
        """Gives the next message, or raises Closed."""

    def deliver(self, sink: Callable[[bytes], bool]) -> None:
        """Gives whole binary messages to a function as they arrive; those that it does not take wait for recv()."""

    def send_at_once(self, message: bytes) -> None:
        """Sends a message without waiting, where is_idle() says that nothing is on its way."""

    def is_idle(self) -> bool:
        """Whether the socket is open, and everything that was sent has left this process."""

    async def send(self, message: bytes) -> None:
        """Sends a message; waits while the peer does not read. Raises Closed."""

    async def close(self, code: int, reason: str) -> None:
        """Closes with a code; returns when the TCP connection is closed."""


@dataclass(frozen=True)
class Dial:
    """How sockets are opened.

    Attributes:
        headers: headers of the upgrade request.
        ssl: TLS settings, None for those of Python.
        options: further arguments of ``websockets.connect``, ``proxy`` for instance.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    ssl: ssl.SSLContext | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    async def open(self, uri: str, codecs: Sequence[str], message_limit: int, token: str | None) -> Socket:
        """Opens a socket; raises Refused."""
        headers = dict(self.headers)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        arguments = dict(self.options)
        if self.ssl is not None:
            arguments["ssl"] = self.ssl
        try:
            connection = await websocket_connect(
                uri,
                subprotocols=[Subprotocol(PREFIX + name) for name in codecs],
                additional_headers=headers,
                compression=None,
                ping_interval=None,
                open_timeout=None,
                close_timeout=_CLOSE_TIMEOUT,
                max_size=message_limit + _SPARE,
                create_connection=_Guarded,
                **arguments,
            )
        except NegotiationError as error:
            raise Refused(f"the server has chosen a sub-protocol that was not offered: {error}", code=4500) from None
        except InvalidURI as error:
            raise ValueError(str(error)) from None
        except (OSError, InvalidHandshake, EOFError, asyncio.TimeoutError, ssl.SSLError) as error:
            raise Refused(f"{type(error).__name__}: {error}") from None
        return _WebSocket(connection)


class _Guarded(ClientConnection):
    """Bounds what ``websockets`` leaves open.

    An answer that is no upgrade counts as soon as its head is there: its body is not read, however long it is, and no
    redirect is followed, since a token must not go to another server. A flood of control frames, whose answers would
    fill the write buffer, closes.
    """

    _since = 0.0
    _seen = 0
    _head = b""
    _refusal: Refused | None = None
    sink: Callable[[bytes], bool] | None = None
    """Takes messages without a queue and a task between."""

    async def handshake(self, *arguments: Any, **named: Any) -> None:
        try:
            await super().handshake(*arguments, **named)
        except Exception:
            if self._refusal is not None:
                raise self._refusal from None
            raise

    def data_received(self, data: bytes) -> None:
        if self.response is None and self._refused(data):
            self.transport.abort()
            return
        super().data_received(data)
        if self.protocol.handshake_exc is not None:
            self.transport.abort()

    def _refused(self, data: bytes) -> bool:
        """Looks at the answer while it comes; says whether it is known to be no upgrade."""
        if self._refusal is not None:
            return True
        self._head += data[: _HEAD + 4]
        head, end, _ = self._head.partition(b"\r\n\r\n")
        if end:
            status = _STATUS.match(head)
            if status and status[1] != b"101":
                after = _RETRY_AFTER.search(head)
                wait = _retry_after(after[1].decode("latin-1").strip()) if after else None
                self._refusal = Refused(f"the server answers with status {int(status[1])}", int(status[1]), wait)
        elif len(head) > _HEAD:
            self._refusal = Refused("the head of the server's answer does not end")
        return self._refusal is not None

    def process_event(self, event: Event) -> None:
        opcode = getattr(event, "opcode", 0)
        if self.response is not None and opcode >= 8:
            now = time.monotonic()
            if now - self._since >= 1:
                self._since, self._seen = now, 0
            self._seen += 1
            if self._seen > _CONTROL_FRAMES:
                self.transport.abort()
                return
        # What waits for recv() goes first.
        elif (
            self.sink is not None
            and opcode == 2
            and getattr(event, "fin", False)
            and not len(self.recv_messages.frames)
            and self.sink(bytes(getattr(event, "data", b"")))
        ):
            return
        super().process_event(event)

    def forget_upgrade(self) -> None:
        """Drops the heads of request and answer: a tenth of what an idle connection would hold."""
        self._head = b""
        for message in (self.request, self.response):
            if message is not None:
                message.headers.clear()


class _WebSocket:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.subprotocol: str | None = connection.subprotocol
        if isinstance(connection, _Guarded):
            connection.forget_upgrade()

    def deliver(self, sink: Callable[[bytes], bool]) -> None:
        if isinstance(self._connection, _Guarded):
            self._connection.sink = sink

    def send_at_once(self, message: bytes) -> None:
        self._connection.protocol.send_binary(message)
        self._connection.send_data()

    def is_idle(self) -> bool:
        connection = self._connection
        return connection.protocol.state is State.OPEN and not connection.transport.get_write_buffer_size()

    async def recv(self) -> bytes | str:
        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def send(self, message: bytes) -> None:
        try:
            await self._connection.send(message)
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def close(self, code: int, reason: str) -> None:
        await self._connection.close(code, reason[:100])


def _closed(closed: ConnectionClosed) -> Closed:
    frame = closed.rcvd
    if frame is not None and not (closed.rcvd_then_sent is False and closed.sent is not None):
        return Closed(frame.code, frame.reason)
    if closed.sent is not None:
        return Closed(closed.sent.code, closed.sent.reason)
    return Closed(None, "the connection is gone")


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        seconds = float(value[:9])
    else:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)
