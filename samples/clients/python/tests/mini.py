"""A small server for tests: enough of the protocol to talk to the client over a real WebSocket, cut it and resume it.

It is written against the specification, shares with the client only the functions of the envelope and the codecs, and
checks what the client sends: window, numbers, credit.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from agentsocket import wire
from agentsocket.codec import CODECS, PREFIX, Codec

Action = Callable[["Incoming"], Awaitable[None]]


class Incoming:
    """An invocation of the client."""

    def __init__(self, session: MiniSession, stream: int, arguments: dict[str, Any], meta: dict[int, Any]) -> None:
        self.session = session
        self.stream = stream
        self.arguments = arguments
        self.meta = meta
        self.credit: int | None = meta.get(7)
        self.credited = asyncio.Event()
        self.items: asyncio.Queue[Any] = asyncio.Queue()
        self.interrupted: int | None = None
        self.task: asyncio.Task[None] | None = None

    async def data(self, value: Any, *, end: bool = False) -> None:
        """Sends an item when there is credit."""
        await self.raw(wire.DATA, self.session.codec.dumps(value), end=end)

    async def text(self, value: str, *, end: bool = False) -> None:
        """Sends text when there is credit."""
        await self.raw(wire.TEXT, value.encode(), end=end)

    async def raw(self, kind: int, payload: bytes, *, end: bool = False) -> None:
        """Sends an item of any kind when there is credit."""
        while payload and self.credit == 0:
            self.credited.clear()
            await self.credited.wait()
        if payload and self.credit is not None:
            self.credit -= 1
        await self.session.payload(kind, self.stream, b"", payload, end=end)

    async def end(self, kind: int = wire.DATA) -> None:
        """Ends without a further item."""
        await self.raw(kind, b"", end=True)

    async def error(self, code: int, flags: int = 0, text: str = "") -> None:
        """Ends with ERROR."""
        await self.session.send(wire.ERROR, self.stream, wire.uvarint(code) + wire.uvarint(flags) + text.encode())

    async def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Invokes an action of the client for the sake of this invocation."""
        return await self.session.call(name, arguments, {1: self.stream, 11: 1})


class MiniSession:
    """Session of one client, over its connections."""

    def __init__(self, server: MiniServer, codec: Codec) -> None:
        self.server = server
        self.codec = codec
        self.id = secrets.token_hex(4)
        self.token = ""
        self.log = secrets.token_hex(4)
        self.rx = 0
        self.held: list[tuple[int, wire.Outgoing]] = []
        self.tx = 0
        self.socket: ServerConnection | None = None
        self.incoming: dict[int, Incoming] = {}
        self.calls: dict[int, asyncio.Future[Any]] = {}
        self.next_stream = 2
        self.parts: dict[int, bytes] = {}
        self.defined: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.descriptors: dict[str, Any] = {}
        self.events: list[tuple[str, Any]] = []
        self.hello: dict[str, Any] = {}

    async def send(
        self, kind: int, stream: int, body: bytes, *, end: bool = False, meta: dict[int, Any] | None = None
    ) -> None:
        """Sends a frame; what is numbered is held, also while there is no connection."""
        raw = None if meta is None else self.codec.dump_metadata(meta)
        frame = wire.outgoing(kind, stream, body, end=end, meta=raw)
        if kind >= wire.FIRST_NUMBERED:
            self.tx += 1
            self.held.append((self.tx, frame))
        await self.write(frame)

    async def payload(self, kind: int, stream: int, head: bytes, payload: bytes, **more: Any) -> None:
        """Sends a frame, in pieces if it is too large."""
        while len(payload) > 8_000:
            await self.send(wire.PART, stream, payload[:8_000])
            payload = payload[8_000:]
        await self.send(kind, stream, head + payload, **more)

    async def write(self, *frames: wire.Outgoing) -> None:
        """Writes frames in one message if there is a connection."""
        if self.socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self.socket.send(wire.join(frames))

    async def call(self, name: str, arguments: dict[str, Any], meta: dict[int, Any] | None = None) -> Any:
        """Invokes an action of the client and waits for its value."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        done = self.calls[stream] = asyncio.get_running_loop().create_future()
        head = wire.reference(self.defined.get(name, 0), name)
        await self.payload(wire.INVOKE, stream, head, self.codec.dumps(arguments), end=True, meta=meta)
        return await done

    async def event(self, name: str, payload: Any) -> None:
        """Sends an event."""
        await self.payload(wire.EVENT, 0, wire.reference(0, name), self.codec.dumps(payload))

    async def define(self, alias: int, name: str, descriptor: Any = None, catalog: str | None = None) -> None:
        """Sends DEFINE."""
        raw = b"" if descriptor is None else self.codec.dumps(descriptor)
        head = wire.uvarint(alias) + wire.uvarint(len(name)) + name.encode()
        await self.payload(wire.DEFINE, 0, head, raw, meta=None if catalog is None else {10: catalog})

    async def receive(self, message: bytes) -> None:
        """Takes a message of the client."""
        for frame in wire.split(message, 16_384):
            if frame.numbered:
                self.rx += 1
            await self.frame(frame)
        await self.write(wire.outgoing(wire.ACK, body=wire.uvarint(self.rx)))

    async def frame(self, frame: wire.Frame) -> None:
        """Takes a frame of the client."""
        self.server.frames.append(frame)
        kind, stream = frame.type, frame.stream
        if kind == wire.ACK:
            rx, tx = wire.read_ack(frame.body)
            assert rx <= self.tx and (tx is None or tx == self.rx), "the client's numbers are wrong"
            self.held = [(number, held) for number, held in self.held if number > rx]
            if frame.end:
                await self.write(wire.outgoing(wire.ACK, body=wire.uvarint(self.rx)))
        elif kind == wire.GOAWAY:
            self.server.ended.append(self)
            assert self.socket is not None
            await self.socket.close(1000)
        elif kind == wire.PART:
            self.parts[stream] = self.parts.get(stream, b"") + frame.body
        elif kind == wire.DEFINE:
            alias, name, rest = wire.read_define(frame.body)
            rest = self.parts.pop(0, b"") + rest
            if alias:
                self.defined[name] = alias
            if rest:
                self.descriptors[name] = self.codec.loads(rest)
            else:
                self.descriptors.pop(name, None)
        elif kind == wire.EVENT:
            reference = wire.read_reference(frame.body)
            rest = self.parts.pop(0, b"") + reference.payload
            self.events.append((reference.name.decode(), self.codec.loads(rest) if rest else None))
            self.server.heard.set()
        elif kind == wire.INVOKE:
            self.invoke(frame)
        elif stream % 2 == 0:
            self.answer(frame)
        else:
            self.more(frame)

    def invoke(self, frame: wire.Frame) -> None:
        """Starts an action of the server."""
        reference = wire.read_reference(frame.body)
        raw = self.parts.pop(frame.stream, b"") + reference.payload
        reserved = {2: "as.find", 3: "as.describe", 5: "as.subscribe", 6: "as.authenticate"}
        name = reserved.get(reference.alias) or self.names.get(reference.alias) or reference.name.decode()
        meta = {} if frame.meta is None else self.codec.load_metadata(frame.meta)
        incoming = Incoming(self, frame.stream, self.codec.loads(raw) if raw else {}, meta)
        if frame.end:
            incoming.items.put_nowait(None)
        self.incoming[frame.stream] = incoming
        incoming.task = asyncio.get_running_loop().create_task(self.run(name, incoming))

    async def run(self, name: str, incoming: Incoming) -> None:
        """Runs an action."""
        action = self.server.actions.get(name)
        self.server.invoked.append(name)
        if action is None:
            await incoming.error(5, 0, "There is no such action")
        else:
            await action(incoming)

    def answer(self, frame: wire.Frame) -> None:
        """Takes the answer of the client to an invocation of the server."""
        done = self.calls.get(frame.stream)
        if done is None or done.done():
            return
        if frame.type == wire.ERROR:
            done.set_result(wire.read_error(frame.body))
        elif frame.type in (wire.DATA, wire.TEXT, wire.BYTES):
            body = self.parts.pop(frame.stream, b"") + frame.body
            values = self.server.streamed.setdefault(frame.stream, [])
            if body:
                values.append(self.codec.loads(body) if frame.type == wire.DATA else body.decode())
            if frame.end:
                done.set_result(values[0] if len(values) == 1 else values or None)

    def more(self, frame: wire.Frame) -> None:
        """Takes what the client sends on its own stream."""
        incoming = self.incoming.get(frame.stream)
        if incoming is None:
            return
        if frame.type == wire.CREDIT:
            if incoming.credit is not None:
                incoming.credit += wire.read_credit(frame.body)
            incoming.credited.set()
        elif frame.type == wire.INTERRUPT:
            incoming.interrupted = wire.read_interrupt(frame.body)[0]
            self.server.interrupts.append((frame.stream, incoming.interrupted))
            self.server.heard.set()
            if incoming.interrupted == 0 and incoming.task is not None:
                incoming.task.cancel()
                task = asyncio.get_running_loop().create_task(incoming.error(1))
                self.server.tasks.append(task)
        elif frame.type in (wire.DATA, wire.TEXT, wire.BYTES):
            body = self.parts.pop(frame.stream, b"") + frame.body
            if body:
                incoming.items.put_nowait(self.codec.loads(body) if frame.type == wire.DATA else body.decode())
            if frame.end:
                incoming.items.put_nowait(None)


class MiniServer:
    """Accepts clients on a free port of the loopback; ``uri`` is its address."""

    def __init__(self) -> None:
        self.actions: dict[str, Action] = {}
        self.sessions: dict[str, MiniSession] = {}
        self.frames: list[wire.Frame] = []
        self.invoked: list[str] = []
        self.interrupts: list[tuple[int, int]] = []
        self.ended: list[MiniSession] = []
        self.streamed: dict[int, list[Any]] = {}
        self.tokens: list[str | None] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.heard = asyncio.Event()
        self.welcome: dict[str, Any] = {}
        self.connected: asyncio.Queue[MiniSession] = asyncio.Queue()
        self.last: MiniSession | None = None
        self.handler: Callable[[ServerConnection], Awaitable[None]] = self.serve
        self.uri = ""
        self._server: Server | None = None

    async def __aenter__(self) -> MiniServer:
        self._server = await serve(
            lambda socket: self.handler(socket),
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(PREFIX + "cbor"), Subprotocol(PREFIX + "json")],
            compression=None,
            ping_interval=None,
            close_timeout=1,
            max_size=1 << 20,
        )
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.uri = f"ws://127.0.0.1:{port}/agentsocket"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for session in self.sessions.values():
            for incoming in session.incoming.values():
                if incoming.task is not None:
                    incoming.task.cancel()
        await self._server.wait_closed()

    async def serve(self, socket: ServerConnection) -> None:
        """Greets a client and takes its messages until it goes."""
        codec = CODECS[str(socket.subprotocol).removeprefix(PREFIX)]
        assert socket.request is not None
        self.tokens.append(socket.request.headers.get("Authorization"))
        (frame,) = wire.split(await message_of(socket), 16_384)
        session = await self.greet(socket, codec, codec.loads(frame.body))
        self.last = session
        self.connected.put_nowait(session)
        with contextlib.suppress(ConnectionClosed):
            while True:
                await session.receive(await message_of(socket))
        if session.socket is socket:
            session.socket = None

    async def greet(self, socket: ServerConnection, codec: Codec, hello: dict[str, Any]) -> MiniSession:
        """Answers HELLO: a new session, the old one, or a reset."""
        resume = hello.get("resume")
        session = self.sessions.get(resume["session"]) if resume else None
        status = "resumed" if session else "reset" if resume else "new"
        if session is None or resume is None:
            session = MiniSession(self, codec)
            self.sessions[session.id] = session
        else:
            assert resume["token"] == session.token and resume["first"] <= session.rx + 1 <= resume["tx"] + 1
            session.held = [(number, held) for number, held in session.held if number > resume["rx"]]
        session.token = secrets.token_hex(8)
        session.hello = hello
        welcome = {"status": status, "session": session.id, "token": session.token, "log": session.log, **self.welcome}
        if status == "resumed":
            welcome |= {"rx": session.rx, "next": resume["rx"] + 1}
        await socket.send(wire.outgoing(wire.WELCOME, body=codec.dumps(welcome)).encode(last=True))
        for _, held in session.held:
            await socket.send(held.encode(last=True))
        session.socket = socket
        return session

    async def cut(self) -> None:
        """Cuts the connection of the last client without a word."""
        assert self.last is not None and self.last.socket is not None
        socket, self.last.socket = self.last.socket, None
        socket.transport.abort()


async def message_of(socket: ServerConnection) -> bytes:
    """Next binary message."""
    message = await socket.recv()
    assert isinstance(message, bytes)
    return message
