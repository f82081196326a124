"""Another token before the present one expires (protocol section 17.5), and the alias of the action for it."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import pairwise
from typing import Any

import pytest
from mini import Incoming, MiniServer, message_of
from test_agent import server
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from agentsocket import ConnectError, connect, wire
from agentsocket.codec import CODECS


def tokens(*given: str) -> Any:
    """Function that gives one token after another, and then none."""
    left = iter(given)
    return lambda: next(left, None)


async def test_a_server_that_always_says_at_once_gets_one_renewal_a_second() -> None:
    shown: asyncio.Queue[float] = asyncio.Queue()

    async def authenticate(call: Incoming) -> None:
        shown.put_nowait(asyncio.get_running_loop().time())
        await call.data({"expires": 1}, end=True)

    async with server() as mini:
        mini.actions["as.authenticate"] = authenticate
        mini.welcome = {"expires": 1}
        begin = asyncio.get_running_loop().time()
        async with connect(mini.uri, token=tokens("first", "second", "third")):
            times = [begin, await shown.get(), await shown.get()]
    assert all(after - before > 0.95 for before, after in pairwise(times)), times


async def test_shows_another_token_again_and_again() -> None:
    shown: asyncio.Queue[Any] = asyncio.Queue()

    async def authenticate(call: Incoming) -> None:
        shown.put_nowait(call.arguments)
        await call.data({"expires": 50} if call.arguments == {"token": "second"} else {}, end=True)

    async with server() as mini:
        mini.actions["as.authenticate"] = authenticate
        mini.welcome = {"expires": 50}
        async with connect(mini.uri, token=tokens("first", "second", "third")) as agent:
            assert [await shown.get(), await shown.get()] == [{"token": "second"}, {"token": "third"}]
            await agent.invoke("weather.current", city="Ulm")
        assert mini.tokens == ["Bearer first"]
        invokes = [frame.body for frame in mini.frames if frame.type == wire.INVOKE]
        assert [wire.read_reference(body).alias for body in invokes[:2]] == [6, 6]


async def test_a_token_that_is_refused_changes_nothing() -> None:
    refused = asyncio.Event()

    async def authenticate(call: Incoming) -> None:
        await call.error(16, text="no")
        refused.set()

    async with server() as mini:
        mini.actions["as.authenticate"] = authenticate
        mini.welcome = {"expires": 20}
        async with connect(mini.uri, token=tokens("first", "bad", "third"), backoff=(0.01, 0.01, 0.05)) as agent:
            await refused.wait()
            await agent.invoke("weather.current", city="Ulm")
            await mini.cut()
            await agent.invoke("weather.current", city="Bonn")
        assert mini.tokens == ["Bearer first", "Bearer third"]


async def test_a_connection_that_is_lost_stops_the_renewal() -> None:
    asked = asyncio.Event()

    async def authenticate(call: Incoming) -> None:
        asked.set()
        await asyncio.get_running_loop().create_future()

    async with server() as mini:
        mini.actions["as.authenticate"] = authenticate
        mini.welcome = {"expires": 20}
        async with connect(mini.uri, token=tokens("first", "second", "third"), backoff=(0.01, 0.01, 0.05)) as agent:
            await asked.wait()
            mini.welcome = {}
            await mini.cut()
            await mini.heard.wait()
            assert mini.interrupts == [(1, 0)]
            await agent.invoke("weather.current", city="Ulm")


async def test_a_fixed_token_is_not_renewed() -> None:
    async with server() as mini:
        mini.welcome = {"expires": 1}
        async with connect(mini.uri, token="fixed") as agent:
            assert agent._renewal is None
            await agent.invoke("weather.current", city="Ulm")


async def test_the_server_may_announce_the_reserved_alias() -> None:
    async with server() as mini, connect(mini.uri) as agent:
        session = await mini.connected.get()
        await session.define(6, "as.authenticate")
        await agent.invoke("weather.current", city="Ulm")


@pytest.mark.parametrize("expires", [-1, 1 << 31, "soon", 1.5, None], ids=repr)
async def test_a_time_that_is_none_is_a_clear_error(expires: Any) -> None:
    greeting = {"status": "new", "session": "s", "token": "t", "log": "l", "expires": expires}

    async def script(socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await message_of(socket)
            body = CODECS["cbor"].dumps(greeting)
            await socket.send(wire.outgoing(wire.WELCOME, body=body).encode(last=True))
            await socket.wait_closed()

    async with MiniServer() as mini:
        mini.handler = script
        with pytest.raises(ConnectError) as caught:
            async with connect(mini.uri, max_wait=60.0):
                pass
        assert "expires is no integer" in str(caught.value)
