"""The server says GOAWAY: how long the client stays, and whether it comes back (protocol section 15.1)."""

from __future__ import annotations

import asyncio

import pytest
from mini import MiniServer, MiniSession
from test_agent import server
from test_repeats import Peer, begun, leap
from test_resume import FAST

import agentsocket.supervisor as supervisor
from agentsocket import Agent, CallError, ErrorCode, connect, wire
from agentsocket.calls import State
from agentsocket.connection import End
from agentsocket.greeting import Limits
from agentsocket.session import Session

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
            assert socket.close_code == (1006 if cut else 4000)
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


async def test_a_client_stays_five_seconds_longer_than_a_server_that_goes_for_good_says() -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await mini.connected.get()
        begin = asyncio.get_running_loop().time()
        await goaway(session, 4503, 2 * HOUR, 0)
        await left(mini, agent)
        assert agent._supervisor is not None and agent._supervisor._connection is not None
        stays = agent._supervisor._connection._timers["leave"].when() - begin
        assert 7_205 <= stays <= 7_205 + asyncio.get_running_loop().time() - begin


async def test_a_call_does_not_wait_longer_for_a_server_that_leaves_than_for_a_connection() -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await mini.connected.get()
        socket = session.socket
        assert socket is not None and agent._session is not None
        await goaway(session, 4000, HOUR, HOUR)
        await left(mini, agent)
        agent._session._max_wait = 0.01
        calls = [asyncio.create_task(agent.invoke("weather.current", city=city)) for city in ("Ulm", "Bonn")]
        while len(agent._session.waiting) < len(calls):
            await asyncio.sleep(0)
        agent._session._max_wait = 60.0  # for the next connection
        assert [(await call)["city"] for call in calls] == ["Ulm", "Bonn"]
        await socket.wait_closed()
        assert socket.close_code == 4000 and await mini.connected.get() is session


async def test_the_time_of_a_call_begins_anew_when_a_connection_that_was_to_be_left_is_lost() -> None:
    peer = begun()
    lefts: list[None] = []
    peer.session.drain(lambda: lefts.append(None))
    call = peer.call("any")
    first = list(call._waits)
    peer.session._overdue(call)
    assert len(lefts) == 1 and call.state is State.QUEUED
    peer.session.detach()
    assert all(timer.cancelled() for timer in first) and len(call._waits) == 1
    leap(30.0)
    with pytest.raises(CallError) as caught:
        await call.result()
    assert caught.value.code == ErrorCode.UNAVAILABLE and len(lefts) == 1


async def test_a_client_that_the_server_has_closed_before_it_has_left_does_not_come_back_at_once() -> None:
    agent = connect("ws://nowhere.invalid/")
    plan = supervisor.Supervisor(Session(agent, Limits()), agent._plan, lambda state, text: None)
    waits = [[plan._wait(End("", 4000, lasted=10.0, left=left)) for _ in range(100)] for left in (True, False)]
    assert not any(waits[0]) and any(waits[1])
    assert any(plan._wait(End("", 4000, lasted=0.5, left=True)) for _ in range(100))


async def test_a_connection_says_whether_this_side_has_left_or_the_server_has_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: asyncio.Queue[End] = asyncio.Queue()
    judge = supervisor.Supervisor._judge

    def note(self: supervisor.Supervisor, end: End) -> bool:
        ends.put_nowait(end)
        return judge(self, end)

    monkeypatch.setattr(supervisor.Supervisor, "_judge", note)
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await mini.connected.get()
        await goaway(session, 4000, HOUR, 1)
        assert (end := await ends.get()).left and end.code == 4000
        assert await mini.connected.get() is session and session.socket is not None
        await goaway(session, 4000, HOUR, HOUR)
        await left(mini, agent)
        await session.socket.close(4000)
        assert not (end := await ends.get()).left and end.code == 4000


@pytest.mark.parametrize("code", [4500, 4503])
async def test_a_call_does_not_wait_for_ever_for_a_server_to_leave_for_good(code: int) -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await mini.connected.get()
        await goaway(session, code, HOUR, HOUR)
        await left(mini, agent)
        assert agent._session is not None
        agent._session._max_wait = 0.01  # only now: a busy machine takes longer to connect
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
