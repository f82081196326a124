"""The server says GOAWAY: how long the client stays, and whether it comes back (protocol section 15.1)."""

from __future__ import annotations

import asyncio

import pytest
from mini import MiniServer, MiniSession
from test_agent import server
from test_repeats import Peer, leap
from test_resume import FAST

import agentsocket.supervisor as supervisor
from agentsocket import Agent, CallError, ErrorCode, connect, wire

MOST = 2**31 - 1
HOUR = 3_600_000


async def goaway(session: MiniSession, code: int, drain: int, spread: int) -> None:
    body = b"".join(wire.uvarint(number) for number in (code, drain, spread))
    await session.write(wire.outgoing(wire.GOAWAY, body=body))


async def left(mini: MiniServer, agent: Agent) -> None:
    """Waits until the agent knows of the GOAWAY."""
    assert agent._session is not None
    while not agent._session.draining:
        await asyncio.sleep(0)


async def over(states: asyncio.Queue[str]) -> str:
    while (state := await states.get()) not in ("lost", "refused"):
        pass
    return state


@pytest.mark.parametrize("cut", [True, False])
async def test_after_a_goaway_with_a_final_code_the_client_does_not_come_back(
    cut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_GRACE", 0.0)
    states: asyncio.Queue[str] = asyncio.Queue()
    async with server() as mini:
        async with connect(mini.uri, on_state=lambda state, text: states.put_nowait(state), **FAST) as agent:
            session = await mini.connected.get()
            socket = session.socket
            assert socket is not None
            await goaway(session, 4503, HOUR if cut else 1, 0)
            if cut:
                await left(mini, agent)
                await mini.cut()
            assert await over(states) == "refused"
            await socket.wait_closed()
            assert socket.close_code == (1006 if cut else 1000)
        assert len(mini.tokens) == 1


async def test_a_further_goaway_replaces_a_final_one() -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await mini.connected.get()
        await goaway(session, 4503, HOUR, 0)
        await goaway(session, 4000, HOUR, 1)
        assert await mini.connected.get() is session
        assert (await agent.invoke("weather.current", city="Ulm"))["city"] == "Ulm"


@pytest.mark.parametrize(("drain", "most"), [(0, 3_600.0), (MOST, 3_600.0), (50_000, 50.0)])
async def test_a_client_does_not_stay_as_long_as_a_server_likes(drain: int, most: float) -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await mini.connected.get()
        await goaway(session, 4000, drain, MOST)
        await left(mini, agent)
        assert agent._supervisor is not None and agent._supervisor._connection is not None
        timer = agent._supervisor._connection._timers["leave"]
        assert timer.when() - asyncio.get_running_loop().time() <= most


@pytest.mark.parametrize("code", [4000, 4503])
async def test_a_call_does_not_wait_for_ever_for_a_server_to_leave(code: int) -> None:
    async with server() as mini, connect(mini.uri, max_wait=0.2, **FAST) as agent:
        session = await mini.connected.get()
        await goaway(session, code, HOUR, HOUR)
        await left(mini, agent)
        with pytest.raises(CallError) as caught:
            await agent.invoke("weather.current", city="Ulm")
        assert caught.value.code == ErrorCode.UNAVAILABLE and not caught.value.may_have_run
        assert "the server leaves" in str(caught.value)


async def test_the_time_of_a_call_that_waits_for_a_stream_begins_with_goaway() -> None:
    peer = Peer(max_wait=60.0)
    peer.welcome("new", "s", "l")
    peer.session._max_wait = 60.0
    peer.session.outbox.may_open = lambda: False
    call = peer.call("any")
    assert peer.sent() == []
    peer.session.drain()
    leap(60.0)
    with pytest.raises(CallError) as caught:
        await call.result()
    assert caught.value.code == ErrorCode.UNAVAILABLE
