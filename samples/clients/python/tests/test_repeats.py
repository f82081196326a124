"""Calls that are made again after a reset, and those that wait for that (protocol sections 11.3 and 27)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from mini import Incoming
from test_agent import server
from test_resume import FAST, _refuse, connected

from agentsocket import Agent, CallError, CallLost, ErrorCode, connect, wire
from agentsocket.calls import Call
from agentsocket.codec import CODECS
from agentsocket.greeting import DEFAULTS
from agentsocket.options import CallOptions
from agentsocket.runs import KEYS, Keys
from agentsocket.session import Session

CODEC = CODECS["cbor"]
MINUTE = 60.0


class Listener:
    """Answers the question whether an action may run twice when the gate opens."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: None

    def unavailable(self) -> CallError:
        return CallError(ErrorCode.UNAVAILABLE, "no connection", retryable=True)

    async def idempotent(self, name: str) -> bool:
        await self.gate.wait()
        return True


class Peer:
    """A session without a socket, and the server's end of it."""

    def __init__(self, max_wait: float = 30.0) -> None:
        self.listener = Listener()
        self.session = Session(self.listener, DEFAULTS, max_wait=max_wait)  # type: ignore[arg-type]

    def welcome(self, status: str, session: str, log: str) -> None:
        self.session.detach()
        self.session.begin(CODEC, auth=None, client={}, catalog=None)
        body = {"status": status, "session": session, "token": "t", "log": log}
        self.session.receive(wire.outgoing(wire.WELCOME, body=CODEC.dumps(body)).encode(last=True))

    def call(self, name: str, *, collect: bool = True, **options: Any) -> Call:
        call = Call(self.session, name, {}, CallOptions(**options), collect=collect)
        self.session.enqueue(call)
        return call

    def sent(self) -> list[tuple[int, int]]:
        """Types and streams of the numbered frames that the session sends."""
        frames = []
        while (message := self.session.take()) is not None:
            frames += [(f.type, f.stream) for f in wire.split(message, 1 << 20) if f.type >= wire.FIRST_NUMBERED]
        return frames

    def item(self, stream: int, value: Any) -> None:
        self.session.receive(wire.outgoing(wire.DATA, stream, CODEC.dumps(value)).encode(last=True))

    async def answered(self) -> None:
        """Lets the session know that the action may run twice."""
        tasks = set(self.session._tasks)
        self.listener.gate.set()
        await asyncio.wait(tasks)


def leap(seconds: float) -> None:
    """Lets so much time pass at once, less than a test may take.

    Deadlines as far as that are not met before, though the machine stands still.
    """
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]


def begun() -> Peer:
    peer = Peer()
    peer.welcome("new", "s", "l")
    return peer


async def test_a_call_that_waits_to_be_made_again_is_judged_at_the_next_reset() -> None:
    peer = begun()
    call, other = peer.call("pay", key="k"), peer.call("read", idempotent=True)
    assert peer.sent() == [(wire.INVOKE, 1), (wire.INVOKE, 3)]
    peer.welcome("reset", "s", "l2")
    peer.welcome("reset", "other", "l3")
    assert peer.sent() == [(wire.INVOKE, 1)] and other.stream == 1
    await peer.answered()
    assert peer.sent() == [(wire.INVOKE, 3)] and call.repeats == 1


async def test_a_key_that_the_session_does_not_know_is_no_reason_to_make_a_held_call_again() -> None:
    peer = begun()
    peer.call("pay", key="k")
    peer.sent()
    peer.welcome("reset", "other", "l2")
    peer.welcome("reset", "other", "l3")
    assert peer.sent() == []
    await peer.answered()
    assert peer.sent() == [(wire.INVOKE, 1)]


async def test_a_held_call_that_is_cancelled_sends_nothing() -> None:
    peer = begun()
    call = peer.call("list")
    peer.sent()
    peer.welcome("reset", "other", "l2")
    call.stop()
    call.cancel()
    assert peer.sent() == []
    await peer.answered()
    assert peer.sent() == []
    with pytest.raises(CallError) as caught:
        await call.result()
    assert caught.value.code == ErrorCode.CANCELLED and caught.value.may_have_run


async def test_a_held_call_ends_with_its_deadline() -> None:
    peer = begun()
    call = peer.call("list", timeout=MINUTE)
    peer.sent()
    peer.welcome("reset", "other", "l2")
    leap(MINUTE)
    with pytest.raises(CallError) as caught:
        await call.result()
    assert caught.value.code == ErrorCode.DEADLINE_EXCEEDED and caught.value.may_have_run
    await peer.answered()
    assert peer.sent() == []


@pytest.mark.parametrize("prefetch", [2, 8])
async def test_no_item_of_a_held_call_is_given_twice(prefetch: int) -> None:
    peer = begun()
    call = peer.call("list", collect=False, prefetch=prefetch)
    peer.sent()
    peer.item(1, "first run")
    peer.welcome("reset", "other", "l2")
    item = asyncio.ensure_future(call.next())
    await asyncio.sleep(0)
    assert peer.sent() == []
    await peer.answered()
    assert peer.sent() == [(wire.INVOKE, 1)]
    peer.item(1, "second run")
    assert await item == "second run" and peer.session.buffered == 0


async def test_the_items_of_a_held_call_that_is_not_made_again_are_not_lost() -> None:
    peer = begun()
    call = peer.call("list", collect=False)
    peer.sent()
    peer.item(1, "first run")
    peer.welcome("reset", "other", "l2")
    item = asyncio.ensure_future(call.next())
    await asyncio.sleep(0)
    peer.session.shut(CallError(ErrorCode.UNAVAILABLE, "refused"))
    assert await item == "first run"
    with pytest.raises(CallError) as caught:
        await call.next()
    assert caught.value.may_have_run


async def test_a_reset_ends_a_call_whose_items_wait_to_be_sent() -> None:
    peer = begun()
    call = Call(peer.session, "up", {}, CallOptions(), collect=True, sends_items=True)
    peer.session.enqueue(call)
    assert peer.sent() == [(wire.INVOKE, 1)]
    peer.session.outbox.credit(call.channel, 1)
    await call.send("x")
    peer.welcome("reset", "other", "l2")
    with pytest.raises(CallLost):
        await call.result()
    peer.call("next")
    assert peer.sent() == [(wire.INVOKE, 1)]


@pytest.mark.parametrize("end", ["deadline", "wait", "cancel", "shut", "codec"])
async def test_errors_of_this_side_say_that_a_call_which_is_made_again_may_have_run(end: str) -> None:
    peer = Peer(max_wait=0.01 if end == "wait" else 2 * MINUTE)
    peer.welcome("new", "s", "l")
    arguments: dict[str, Any] = {}
    call = Call(peer.session, "a", arguments, CallOptions(idempotent=True, timeout=MINUTE), collect=True)
    peer.session.enqueue(call)
    assert peer.sent() == [(wire.INVOKE, 1)]
    peer.session.detach()
    peer.session.expire()
    fresh = peer.call("b")
    shut = CallError(ErrorCode.UNAVAILABLE, "refused")
    if end == "deadline":
        leap(MINUTE)
    elif end == "cancel":
        call.cancel()
    elif end == "shut":
        peer.session.shut(shut)
        with pytest.raises(CallError) as caught:
            await fresh.result()
        assert caught.value is shut
    elif end == "codec":
        arguments["never"] = object()
        peer.welcome("new", "s2", "l2")
        peer.sent()
    with pytest.raises(CallError) as caught:
        await call.result()
    assert caught.value.may_have_run and "not sent" not in str(caught.value)
    assert not shut.may_have_run


async def test_the_key_of_a_call_that_runs_is_not_forgotten() -> None:
    keys = Keys()
    assert keys.known("k", "pay") is None
    for number in range(KEYS + 1):
        assert keys.known(f"q{number}", "quick") is None
        keys.over(f"q{number}")
    assert keys.known("q0", "quick") is None  # forgotten, and so begun again
    with pytest.raises(CallError):
        keys.known("k", "pay")
    keys.over("k")
    keys.over("q0")
    for number in range(KEYS):
        keys.known(f"more{number}", "quick")
    assert keys.known("k", "pay") is None and len(keys._entries) == KEYS + 1


async def test_a_repetition_that_is_cancelled_leaves_the_key_to_the_first_run() -> None:
    async with server() as mini:
        agent = connect(mini.uri, **FAST)
        runs = 0

        @agent.action
        async def pay() -> int:
            nonlocal runs
            runs += 1
            return runs

        async with agent:
            session = await connected(mini)
            while not session.descriptors:
                await agent.invoke("weather.current", city="Ulm")
            assert await session.call("pay", {}, {4: "k"}) == 1
            # The repetition and its end are in one message, so that the kept result does not leave between them.
            body = wire.reference(0, "pay") + CODEC.dumps({})
            again = wire.outgoing(wire.INVOKE, session.next_stream, body, end=True, meta=CODEC.dump_metadata({4: "k"}))
            stop = wire.outgoing(wire.INTERRUPT, session.next_stream, b"\0")
            session.tx, session.next_stream = session.tx + 2, session.next_stream + 2
            await session.write(again, stop)
            assert await session.call("pay", {}, {4: "k"}) == 1
            assert runs == 1


ALIAS = 16


@pytest.mark.parametrize(
    ("alias", "item", "flags", "again"),
    [(ALIAS, False, 1, True), (0, False, 1, False), (ALIAS, True, 1, False), (ALIAS, False, 3, False)],
    ids=["alias", "name", "item", "may have run"],
)
@pytest.mark.parametrize("collect", [True, False])
async def test_only_a_call_by_alias_that_has_not_run_is_made_again_by_name(
    alias: int, item: bool, flags: int, again: bool, collect: bool
) -> None:
    peer = begun()
    if alias:
        peer.session.names.bind(alias, "list")
    call = peer.call("list", collect=collect)
    assert peer.sent() == [(wire.INVOKE, 1)]
    if item:
        peer.session.receive(wire.outgoing(wire.TEXT, 1, b"one").encode(last=True))
    error = wire.uvarint(ErrorCode.UNKNOWN_ALIAS) + wire.uvarint(flags)
    peer.session.receive(wire.outgoing(wire.ERROR, 1, error).encode(last=True))
    assert peer.sent() == ([(wire.INVOKE, 3)] if again else [])
    if again:
        peer.session.receive(wire.outgoing(wire.ERROR, 3, error).encode(last=True))
        assert peer.sent() == []
    with pytest.raises(CallError) as caught:
        await call.result()
    assert caught.value.code == ErrorCode.UNKNOWN_ALIAS


async def test_a_held_call_does_not_wait_for_ever_for_the_answer_whether_it_may_run_twice() -> None:
    peer = begun()
    call = peer.call("list")
    peer.sent()
    peer.welcome("reset", "other", "l2")
    await asyncio.sleep(0)  # the question is asked in a task
    leap(MINUTE)
    with pytest.raises(CallLost) as caught:
        await call.result()
    assert caught.value.code == ErrorCode.SESSION_RESET and caught.value.may_have_run
    assert peer.sent() == []


async def test_a_run_that_was_cancelled_does_not_keep_its_key_for_ever() -> None:
    async with server() as mini:
        agent = connect(mini.uri, **FAST)
        begun, gate = asyncio.Event(), asyncio.Event()

        @agent.action
        async def slow() -> None:
            begun.set()
            await gate.wait()

        async with agent:
            session = await connected(mini)
            while not session.descriptors:
                await agent.invoke("weather.current", city="Ulm")
            call = asyncio.ensure_future(session.call("slow", {}, {4: "k"}))
            await begun.wait()
            assert agent._session is not None
            entry = agent._session.keys._entries["k"]
            assert not entry.over
            await session.send(wire.INTERRUPT, session.next_stream - 2, b"\0")
            await call
            assert entry.over and entry.result is not None


@pytest.mark.parametrize("began", [False, True])
async def test_subscriptions_that_failed_while_there_was_no_connection_are_told_with_the_next(began: bool) -> None:
    async with server() as mini:
        added: asyncio.Queue[Any] = asyncio.Queue()
        states: asyncio.Queue[str] = asyncio.Queue()
        failed = asyncio.Event()

        async def subscribe(call: Incoming) -> None:
            added.put_nowait(call.arguments["add"])
            if began and mini.invoked.count("as.subscribe") == 1:
                await call.error(8, 1)
            else:
                await call.data({"events": []}, end=True)

        mini.actions["as.subscribe"] = subscribe
        agent: Agent = connect(mini.uri, max_wait=0.05, on_state=lambda state, text: states.put_nowait(state), **FAST)
        tell = agent._events._subscribe

        async def telling(*arguments: Any) -> None:
            try:
                await tell(*arguments)
            finally:
                failed.set()

        agent._events._subscribe = telling
        if not began:
            mini.handler = _refuse
        agent.start()
        try:
            while began and await states.get() != "connected":
                pass
            agent.on("news")(lambda event: None)
            await failed.wait()
            if began:
                await mini.cut()
            mini.handler = mini.serve
            await added.get()
            if began:
                await added.get()
            assert agent._events.names == ["news"]
        finally:
            await agent.aclose()


@pytest.mark.parametrize("repeat", [False, True])
async def test_each_new_session_is_told_subscriptions_whose_call_a_reset_has_ended(repeat: bool) -> None:
    async with server() as mini:
        told: asyncio.Queue[Any] = asyncio.Queue()
        refuse = asyncio.Event()

        async def subscribe(call: Incoming) -> None:
            told.put_nowait(call.arguments)
            await refuse.wait()
            await call.error(ErrorCode.SESSION_RESET)

        mini.actions["as.subscribe"] = subscribe
        async with connect(mini.uri, repeat_idempotent=repeat, **FAST) as agent:
            agent.on("news")(lambda event: None)
            assert await told.get() == {"add": ["news"]}
            for _ in range(6):  # more of them than a call is made again
                mini.sessions.clear()
                await mini.cut()
                assert await told.get() == {"add": ["news"]}
            refuse.set()
            if repeat:
                await told.get()  # once more: the call is older than this session
            for _ in range(3):
                await agent.invoke("weather.current", city="Ulm")
            assert told.empty()
