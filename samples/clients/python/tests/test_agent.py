"""Calls, streams, questions, events and discovery over a real WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mini import Incoming, MiniServer

from agentsocket import Agent, CallError, CallOptions, ConnectError, Declined, ErrorCode, Event, connect

codecs = pytest.mark.parametrize("codec", ["cbor", "json"])


async def weather(call: Incoming) -> None:
    await call.data({"city": call.arguments["city"], "temp": 21.5}, end=True)


async def numbers(call: Incoming) -> None:
    for number in range(call.arguments["n"]):
        await call.data(number)
    await call.end()


async def tokens(call: Incoming) -> None:
    for word in ("agents ", "talk"):
        await call.text(word)
    await call.end(10)


async def forever(call: Incoming) -> None:
    await call.data("begun")
    await asyncio.get_running_loop().create_future()


async def echo(call: Incoming) -> None:
    while (item := await call.items.get()) is not None:
        await call.data(item)
    await call.end()


async def trip(call: Incoming) -> None:
    answer = await call.call("as.ask", {"prompt": "Which day?", "schema": {"type": "string"}})
    await call.data(answer, end=True)


def server() -> MiniServer:
    made = MiniServer()
    made.actions |= {
        "weather.current": weather,
        "numbers": numbers,
        "llm.tokens": tokens,
        "forever": forever,
        "echo": echo,
        "trip": trip,
    }
    return made


async def refused(agent: Agent, text: str = "") -> ConnectError:
    """Waits until a client says why it is not connected; a first attempt may end otherwise, or late."""
    agent.start()
    try:
        while True:
            with pytest.raises(ConnectError) as caught:
                await agent.connected()
            if text in str(caught.value) and "not connected yet" not in str(caught.value):
                return caught.value
    finally:
        await agent.aclose()


@codecs
async def test_gives_the_value_of_a_call(codec: str) -> None:
    async with server() as mini, connect(mini.uri, codec=codec) as agent:
        assert await agent.invoke("weather.current", city="Ulm") == {"city": "Ulm", "temp": 21.5}
        assert await agent.invoke("weather.current", {"city": "Bonn"}) == {"city": "Bonn", "temp": 21.5}
        assert await agent.invoke("llm.tokens") == "agents talk"
    assert len(mini.ended) == 1


@codecs
async def test_streams_within_credit(codec: str) -> None:
    async with server() as mini, connect(mini.uri, codec=codec) as agent:
        got = [item async for item in agent.options(prefetch=4).stream("numbers", n=50)]
        assert got == list(range(50))
        stream = agent.options(prefetch=2).stream("numbers", n=10)
        assert await anext(stream) == 0
        await agent.invoke("weather.current", city="Ulm")
        assert mini.last is not None
        assert mini.last.incoming[stream._call.stream].credit == 0
        assert await stream.collect() == list(range(1, 10))


async def test_leaving_the_loop_interrupts() -> None:
    async with server() as mini, connect(mini.uri) as agent:
        async for item in agent.stream("forever"):
            assert item == "begun"
            break
        await mini.heard.wait()
        assert mini.interrupts == [(1, 0)]


async def test_cancelling_the_task_interrupts() -> None:
    async with server() as mini, connect(mini.uri) as agent:
        task = asyncio.create_task(agent.invoke("forever"))
        while not mini.invoked:
            await agent.invoke("weather.current", city="Ulm")
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        await mini.heard.wait()
        assert [mode for _, mode in mini.interrupts] == [0]


async def test_deadline_travels_and_ends_the_call() -> None:
    async with server() as mini, connect(mini.uri) as agent:
        with pytest.raises(CallError) as caught:
            await agent.options(timeout=0.2).invoke("forever")
        assert caught.value.code == ErrorCode.DEADLINE_EXCEEDED and caught.value.may_have_run
        await mini.heard.wait()
        assert mini.last is not None and 0 < mini.last.incoming[1].meta[2] <= 200


async def test_sends_items() -> None:
    async with server() as mini, connect(mini.uri) as agent:
        stream = agent.duplex("echo")
        await stream.send({"a": 1})
        await stream.send("text")
        assert await anext(stream) == {"a": 1}
        assert await anext(stream) == "text"
        stream.end()
        assert await stream.collect() == []


async def test_large_payloads_go_in_pieces() -> None:
    async with server() as mini, connect(mini.uri) as agent:
        city = "x" * 300_000
        assert (await agent.invoke("weather.current", city=city))["city"] == city


async def test_answers_questions() -> None:
    async with server() as mini:
        agent = connect(mini.uri)

        @agent.on_ask
        async def answer(question: Any) -> str:
            if question.prompt != "Which day?":
                raise Declined
            return "2027-03-01"

        async with agent:
            assert await agent.invoke("trip") == {"outcome": "answer", "value": "2027-03-01"}


async def test_a_question_without_function_is_not_found() -> None:
    async with server() as mini:

        async def ask(call: Incoming) -> None:
            failure = await call.call("as.ask", {"prompt": "?"})
            await call.data(failure.code, end=True)

        mini.actions["ask"] = ask
        async with connect(mini.uri) as agent:
            assert await agent.invoke("ask") == ErrorCode.NOT_FOUND


async def test_offers_actions() -> None:
    async with server() as mini:
        agent = connect(mini.uri)

        @agent.action("math.add", read_only=True)
        async def add(a: int, b: int = 2) -> int:
            """Adds two numbers."""
            return a + b

        @agent.action
        async def count(n: int) -> AsyncIterator[int]:
            for number in range(n):
                yield number

        @agent.action
        def blocking(text: str) -> str:
            return text.upper()

        async with agent:
            await agent.invoke("weather.current", city="Ulm")
            session = mini.last
            assert session is not None
            assert session.descriptors["math.add"]["input"]["required"] == ["a"]
            assert session.descriptors["count"]["result"] == "items"
            assert await session.call("math.add", {"a": 40}) == 42
            assert await session.call("count", {"n": 3}) == [0, 1, 2]
            assert await session.call("blocking", {"text": "loud"}) == "LOUD"
            wrong = await session.call("math.add", {"a": "x"})
            assert wrong.code == ErrorCode.INVALID_ARGUMENT and not wrong.flags
            found = await session.call("as.find", {"query": "add", "unknown": 1})
            assert [one["name"] for one in found["actions"]] == ["math.add"]
            described = await session.call("as.describe", {"names": ["count", "none"]})
            assert described["unknown"] == ["none"]


async def test_a_failing_action_tells_nothing() -> None:
    async with server() as mini:
        agent = connect(mini.uri)

        @agent.action
        async def broken() -> None:
            raise RuntimeError("secret")

        async with agent:
            await agent.invoke("weather.current", city="Ulm")
            assert mini.last is not None
            failure = await mini.last.call("broken", {})
            assert failure.code == ErrorCode.INTERNAL and failure.flags == 2 and "secret" not in failure.text


async def test_events_both_ways() -> None:
    async with server() as mini:

        async def subscribe(call: Incoming) -> None:
            await call.data({"events": call.arguments.get("add", [])}, end=True)
            await call.session.event("news", {"n": 1})

        mini.actions["as.subscribe"] = subscribe
        agent = connect(mini.uri)
        heard: asyncio.Queue[Event] = asyncio.Queue()

        @agent.on("news")
        async def listen(event: Event) -> None:
            heard.put_nowait(event)

        async with agent:
            assert (await heard.get()).payload == {"n": 1}
            await agent.emit("typing", {"on": True})
            await mini.heard.wait()
            assert mini.last is not None and mini.last.events == [("typing", {"on": True})]
            async for event in agent.events("news", "more"):
                assert event == Event("news", {"n": 1})
                break


async def test_more_names_of_events_than_a_session_has_wait_for_room(caplog: pytest.LogCaptureFixture) -> None:
    names = [f"e{i}" for i in range(300)]
    calls: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    async with server() as mini:

        async def subscribe(call: Incoming) -> None:
            calls.put_nowait(call.arguments)
            await call.data({"events": []}, end=True)

        mini.actions["as.subscribe"] = subscribe
        async with connect(mini.uri) as agent, agent.events(*names[200:]) as second:
            assert await calls.get() == {"add": names[200:]}
            async with agent.events(*names[:200]), agent.events("last"):
                assert await calls.get() == {"add": names[:156]}
                assert calls.empty()
                assert [record.args for record in caplog.records if "do not come" in record.msg] == [(44, 256)]
                second.close()
                assert await calls.get() == {"add": [*names[156:200], "last"], "remove": sorted(names[200:])}


async def test_follows_the_catalog() -> None:
    async with server() as mini:

        async def describe(call: Incoming) -> None:
            actions = [{"name": name, "input": {"type": "object"}} for name in call.arguments["names"]]
            await call.data({"actions": actions, "unknown": []}, end=True)

        mini.actions["as.describe"] = describe
        mini.welcome = {"catalog": {"hash": "c1", "size": 3}}
        async with connect(mini.uri) as agent:
            assert agent.catalog.hash == "c1" and agent.catalog.size == 3
            await agent.describe("one")
            await agent.describe("one")
            assert mini.invoked.count("as.describe") == 1
            changes = agent.catalog.changes()
            assert mini.last is not None
            await mini.last.define(0, "two", {"description": "new", "input": {"type": "object"}}, "c2")
            change = await anext(changes)
            assert change.name == "two" and change.action is not None and change.action.description == "new"
            assert agent.catalog.hash == "c2"
            await mini.last.define(0, "two")
            assert (await anext(changes)).action is None


async def test_closing_ends_open_calls_from_any_task() -> None:
    async with server() as mini:
        agent = connect(mini.uri)
        await agent.open()
        task = asyncio.create_task(agent.invoke("forever"))
        await agent.invoke("weather.current", city="Ulm")
        await asyncio.gather(*(asyncio.create_task(agent.aclose()) for _ in range(3)))
        with pytest.raises(CallError) as caught:
            await task
        assert caught.value.code == ErrorCode.CANCELLED and caught.value.may_have_run
        with pytest.raises(CallError):
            await agent.invoke("weather.current", city="Ulm")


@codecs
async def test_options_at_the_bounds_of_the_wire(codec: str) -> None:
    async with server() as mini:
        seen: list[dict[int, Any]] = []

        async def meta(call: Incoming) -> None:
            seen.append(call.meta)
            await call.end()

        mini.actions["meta"] = meta
        async with connect(mini.uri, codec=codec) as agent:
            for timeout in (3e6, 1e300, float("inf")):
                await agent.options(timeout=timeout, prefetch=2**53 - 1).invoke("meta")
        assert [(one[2], one[7]) for one in seen] == [(2**31 - 1, 2**53 - 1)] * 3
        for wrong in ({"prefetch": 2**53}, {"prefetch": 0}, {"timeout": float("nan")}, {"timeout": -1}):
            with pytest.raises(ValueError):
                CallOptions(**wrong)  # type: ignore[arg-type]


async def test_events_that_wait_to_be_sent_end_with_the_agent() -> None:
    async with server() as mini:
        agent = connect(mini.uri)
        await agent.open()
    while agent.state == "connected":  # the server is gone
        await asyncio.sleep(0.01)
    events = [asyncio.create_task(agent.emit("mood", "good")) for _ in range(20)]
    await asyncio.sleep(0)
    await agent.aclose()
    for ended in await asyncio.gather(*events, return_exceptions=True):
        assert ended is None or (isinstance(ended, CallError) and ended.code == ErrorCode.CANCELLED)
    assert any(event.exception() for event in events)
