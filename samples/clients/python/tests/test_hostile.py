"""Servers that mean harm: one clear error, and bounded memory."""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from mini import Incoming, MiniServer, message_of
from test_agent import refused, server
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from agentsocket import Agent, AgentSocketError, CallError, ConnectError, ErrorCode, Limits, connect, wire
from agentsocket.calls import State
from agentsocket.codec import CODECS
from agentsocket.stream import Stream

FAST = {"backoff": (0.01, 0.01, 0.05), "max_wait": 60.0}
WELCOME = wire.outgoing(
    wire.WELCOME, body=CODECS["cbor"].dumps({"status": "new", "session": "s", "token": "t", "log": "l"})
).encode(last=True)

Script = Callable[[ServerConnection], Awaitable[None]]


def after_welcome(*messages: bytes | str) -> Script:
    async def script(socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await message_of(socket)
            await socket.send(WELCOME)
            for message in messages:
                await socket.send(message)
            await socket.wait_closed()

    return script


HARM: dict[str, bytes | str] = {
    "text": "hello",
    "empty": b"",
    "giant length": b"\x4a\x01\xff\xff\xff\xff\x07",
    "wrong parity": b"\x41\x01\x04",
    "out of order": b"\x49\x05\xa0",
    "reserved type": b"\x30",
    "credit for nothing": b"\x70\x63\x01",
    "interrupt of the callee": b"\x68\x01\x00",
    "acknowledges the future": b"\x10\x7f",
    "second welcome": WELCOME,
}


@pytest.mark.parametrize("harm", list(HARM))
async def test_harm_is_one_clear_error(harm: str) -> None:
    async with MiniServer() as mini:
        mini.handler = after_welcome(HARM[harm])
        with pytest.raises(AgentSocketError) as caught:
            async with connect(mini.uri, **FAST) as agent:
                again = harm == "acknowledges the future"  # 4003 is tried again
                await agent.options(timeout=1.0 if again else 60.0).invoke("anything")
        assert isinstance(caught.value, (CallError, ConnectError))
        if harm != "acknowledges the future":
            assert "broke the protocol" in str(caught.value)


@pytest.mark.parametrize("first", [b"\x10\x00", b"", b"\x08\xff", "text"], ids=repr)
async def test_a_bad_greeting_is_one_clear_error(first: bytes | str) -> None:
    async with MiniServer() as mini:

        async def script(socket: ServerConnection) -> None:
            with contextlib.suppress(ConnectionClosed):
                await socket.send(first)
                await socket.wait_closed()

        mini.handler = script
        with pytest.raises(ConnectError) as caught:
            async with connect(mini.uri, **FAST):
                pass
        assert "broke the protocol" in str(caught.value)


async def test_silence_at_the_greeting() -> None:
    async with MiniServer() as mini:

        async def script(socket: ServerConnection) -> None:
            await socket.wait_closed()

        mini.handler = script
        agent = connect(mini.uri, open_timeout=0.2, backoff=(0.01, 0.01, 0.05), max_wait=0.5)
        await refused(agent, "no WELCOME in time")


async def test_silence_later_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    import agentsocket.connection as connection

    monkeypatch.setattr(connection, "_ANSWER", 0.1)
    async with MiniServer() as mini:
        states: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        mini.welcome = {"keepalive": 1000}
        async with connect(mini.uri, on_state=lambda *state: states.put_nowait(state), **FAST):
            while (state := await states.get())[0] != "lost":
                pass
            assert "silent" in state[1]


async def test_limits_of_the_server_beyond_all_measure_do_no_harm() -> None:
    most = 2**31 - 1
    limits = {"window": most, "message": most, "frame": 2**30 - 1, "item": most, "items": 2**53 - 1, "streams": most}
    greeting = {"status": "new", "session": "s", "token": "t", "log": "l", **limits}
    welcome = wire.outgoing(wire.WELCOME, body=CODECS["cbor"].dumps(greeting)).encode(last=True)
    ping = wire.outgoing(wire.ACK, body=wire.uvarint(0) + wire.uvarint(0), end=True).encode(last=True)
    sizes: list[int] = []
    answered = asyncio.Event()

    async def script(socket: ServerConnection) -> None:
        await message_of(socket)
        await socket.send(welcome)
        while sum(sizes) < 900_000:
            sizes.append(len(await message_of(socket)))
        await socket.send(ping)
        message = await message_of(socket)
        while message[0] >> 3 != wire.ACK:
            sizes.append(len(message))
            message = await message_of(socket)
        answered.set()

    async with MiniServer() as mini:
        mini.handler = script
        async with connect(mini.uri, **FAST) as agent:
            call = asyncio.ensure_future(agent.invoke("any", text="x" * 3_000_000))
            await asyncio.wait_for(answered.wait(), 60)
            call.cancel()
    assert max(sizes) <= 65_536
    assert sum(sizes) < 1_100_000


async def endless(call: Incoming) -> None:
    """Sends items without regard to credit."""
    for _ in range(5_000):
        await call.session.send(wire.TEXT, call.stream, b"x" * 4_000)


async def test_an_endless_stream_that_disregards_credit_fails() -> None:
    async with server() as mini:
        mini.actions["endless"] = endless
        async with connect(mini.uri, **FAST) as agent:
            stream = agent.options(prefetch=4).stream("endless")
            tracemalloc.start()
            with pytest.raises(CallError) as caught:
                while True:
                    await anext(stream)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert caught.value.code == ErrorCode.RESOURCE_EXHAUSTED
            assert peak < 64 << 20


async def test_items_that_nobody_takes_are_bounded() -> None:
    async with server() as mini:

        async def heavy(call: Incoming) -> None:
            for _ in range(8):
                await call.text("x" * 100_000)

        mini.actions["heavy"] = heavy
        async with connect(mini.uri, buffer=350_000, limits=Limits(window=1 << 20), **FAST) as agent:
            stream = agent.stream("heavy")
            got = 0
            while stream._call.state is not State.CLOSED:
                await agent.invoke("weather.current", city="Ulm")
            with pytest.raises(CallError) as caught:
                while True:
                    await anext(stream)
                    got += 1
            assert caught.value.code == ErrorCode.RESOURCE_EXHAUSTED and got <= 4
            assert agent._session is not None and agent._session.buffered == 0


async def test_pings_of_websocket_are_bounded() -> None:
    async with MiniServer() as mini:

        async def script(socket: ServerConnection) -> None:
            with contextlib.suppress(ConnectionClosed):
                await message_of(socket)
                await socket.send(WELCOME)
                for _ in range(2_000):
                    await socket.ping()

        states: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        mini.handler = script
        async with connect(mini.uri, on_state=lambda *state: states.put_nowait(state), **FAST):
            while (await states.get())[0] != "lost":
                pass


async def test_the_server_may_not_open_more_streams_than_declared() -> None:
    async with server() as mini:
        agent = connect(mini.uri, limits=Limits(streams=2), **FAST)

        @agent.action
        async def hold() -> None:
            await asyncio.get_running_loop().create_future()

        async with agent:
            session = await mini.connected.get()
            held = [asyncio.create_task(session.call("hold", {})) for _ in range(2)]
            await agent.invoke("weather.current", city="Ulm")
            refused = await session.call("hold", {})
            assert refused.code == ErrorCode.RESOURCE_EXHAUSTED and refused.flags == 1
            for task in held:
                task.cancel()


async def test_events_of_a_flood_are_bounded() -> None:
    async with server() as mini:
        agent: Agent = connect(mini.uri, **FAST)
        async with agent:
            session = await mini.connected.get()
            events = agent.events("flood")
            waiter: asyncio.Task[Any] = asyncio.create_task(events.next())
            await agent.invoke("weather.current", city="Ulm")
            for number in range(2_000):
                await session.event("flood", number)
            await agent.invoke("weather.current", city="Ulm")
            assert (await waiter).payload == 0
            assert len(events._queue) <= 256 and events.missed > 1_000


async def test_large_events_and_announcements_are_bounded_in_bytes() -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await mini.connected.get()
        events, changes = agent.events("flood"), agent.catalog.changes()
        waiter: asyncio.Task[Any] = asyncio.create_task(events.next())
        await agent.invoke("weather.current", city="Ulm")
        for number in range(100):
            await session.event("flood", f"{number}" + "x" * 100_000)
            await session.define(0, f"action.{number}", {"input": {"type": "object"}, "description": "x" * 100_000})
            await agent.invoke("weather.current", city="Ulm")  # the window has room again
        assert (await waiter).payload.startswith("0x")
        # The newest events are lost, of changes the oldest; what is large is not kept for later.
        assert 30 < len(events._queue) < 50 and events.missed + len(events._queue) == 99
        assert 30 < len(changes._queue) < 50
        assert (await anext(changes)).name != "action.0"
        assert not agent.catalog._known
        await session.define(0, "small", {"input": {"type": "object"}})
        await agent.invoke("weather.current", city="Ulm")
        assert list(agent.catalog._known) == ["small"]


ANSWERS = {
    "headers": (b"HTTP/1.1 101 Switching Protocols\r\n", b"X-Header: " + b"a" * 200 + b"\r\n", None),
    "line": (b"HTTP/1.1 101 Switching Protocols\r\nX-Header: ", b"a" * 256, None),
    "body": (b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 256, 200),
    "refusal": (b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"100\r\n" + b"a" * 256 + b"\r\n", 403),
}


@pytest.mark.parametrize("kind", list(ANSWERS))
async def test_an_answer_without_end_is_left(kind: str) -> None:
    head, piece, status = ANSWERS[kind]
    written = 0
    gone = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            writer.write(head)
            while written < 1 << 26:
                writer.write(piece)
                written += len(piece)
                await writer.drain()
        gone.set()
        writer.close()

    far = (60.0, 60.0, 60.0)  # one attempt
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        uri = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        error = await refused(connect(uri, backoff=far, max_wait=1.0, open_timeout=60.0))
        await asyncio.wait_for(gone.wait(), 60)
    assert error.status == status
    assert written < 1 << 24


async def test_arguments_and_items_of_runs_are_bounded_by_the_buffer() -> None:
    interrupted = 0

    async with server() as mini:
        agent = connect(mini.uri, buffer=100_000, **FAST)

        @agent.action("agent.wait")
        async def wait(pad: str, items: AsyncIterator[str]) -> None:
            nonlocal interrupted
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                interrupted += 1

        async with agent:
            session = await mini.connected.get()
            while "agent.wait" not in session.defined:
                await agent.invoke("weather.current", city="Ulm")
            head = wire.reference(0, "agent.wait")
            payload = session.codec.dumps({"pad": "x" * 30_000})
            results = []
            for stream in (2, 4, 6, 8):
                results.append(session.calls.setdefault(stream, asyncio.get_running_loop().create_future()))
                await session.payload(wire.INVOKE, stream, head, payload)
            refused = await results[3]
            assert (refused.code, refused.flags) == (ErrorCode.RESOURCE_EXHAUSTED, 1)
            await session.payload(wire.DATA, 2, b"", session.codec.dumps("x" * 9_000))
            await session.payload(wire.DATA, 2, b"", session.codec.dumps("x" * 9_000))
            assert (await results[0]).code == ErrorCode.RESOURCE_EXHAUSTED
            for stream in (4, 6):
                await session.send(wire.INTERRUPT, stream, wire.uvarint(0))
            assert (await results[1]).code == (await results[2]).code == ErrorCode.CANCELLED
            while interrupted < 3:
                await agent.invoke("weather.current", city="Ulm")
            assert agent._session is not None and agent._session.buffered == 0


async def test_collected_items_are_bounded_by_the_buffer() -> None:
    async with MiniServer() as mini:

        async def endless(call: Incoming) -> None:
            while True:
                await call.data("x" * 100)

        async def long(call: Incoming) -> None:
            while True:
                await call.text("x" * 100)

        mini.actions |= {"endless": endless, "long": long}
        async with connect(mini.uri, buffer=100_000, **FAST) as agent:
            for name, collected in (("endless", Stream.collect), ("long", Stream.collect), ("long", Stream.value)):
                mini.heard.clear()
                with pytest.raises(CallError) as caught:
                    await collected(agent.stream(name))
                assert caught.value.code == ErrorCode.TOO_LARGE
                await mini.heard.wait()
            assert agent._session is not None and agent._session.buffered == 0


async def test_of_items_the_value_of_a_stream_is_the_last_however_many_they_are() -> None:
    async with MiniServer() as mini:

        async def many(call: Incoming) -> None:
            for number in range(2_000):
                await call.data([number, "x" * 100])
            await call.data("last", end=True)

        mini.actions |= {"many": many}
        async with connect(mini.uri, buffer=100_000, **FAST) as agent:
            assert await agent.stream("many").value() == "last"
