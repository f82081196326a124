"""Memory and time that a server can make this side use (protocol section 23)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mini import MiniServer, message_of
from test_agent import server
from test_repeats import Peer, begun
from test_resume import FAST
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from agentsocket import CallError, CodecError, ErrorCode, cbor, connect, fastcbor, wire
from agentsocket.actions import Offered
from agentsocket.codec import CODECS
from agentsocket.discovery import Discovery
from agentsocket.errors import Breach, CloseCode
from agentsocket.events import Event, Events, EventStream
from agentsocket.greeting import Limits
from agentsocket.options import CallOptions
from agentsocket.session import Session
from agentsocket.values import charge

CODEC = CODECS["cbor"]
DENSE: Any = [{}] * 5_000
"""Takes much more memory than bytes on the wire."""


def bignum(size: int) -> bytes:
    return b"\xc2\x59" + size.to_bytes(2, "big") + b"\xff" * size


@pytest.mark.parametrize("head", [b"", b"\xc4\x82\x00", b"\xa1\x61x", b"\xc6"], ids=bytes.hex)
def test_a_number_has_at_most_a_thousand_bytes(head: bytes) -> None:
    with pytest.raises(CodecError, match="longer"):
        CODEC.loads(head + bignum(1_001))
    if b"\xc4" not in head:
        CODEC.loads(head + bignum(1_000))


SHARED = b"\x98\x1e\xd8\x1c\x81\x01" + b"".join(
    b"\xd8\x1c\x84" + (b"\xd8\x1d\x18" + bytes([n])) * 4 for n in range(29)
)
"""Lists of four, each of which is four times the list before: to look at all takes more than a life."""


@pytest.mark.parametrize(
    "costly",
    [b"\xc4\x82\x00" + bignum(10_000), b"\xd8\x1e\x82" + bignum(10_000) + b"\x03", SHARED],
    ids=["decimal fraction", "fraction", "shared values"],
)
def test_cbor2_makes_nothing_of_tags(costly: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(fastcbor, "_plain", lambda value, depth: made.append(value))
    assert fastcbor.loads(costly) is fastcbor.UNSURE and not made


def test_values_of_all_kinds_without_tags_are_read_by_cbor2() -> None:
    pytest.importorskip("cbor2")
    text = "".join(map(chr, [*range(0x20, 0xD800, 7), *range(0xE000, 0x110000, 997)]))
    value = {"text": text, "numbers": [*range(0, 70_000, 7), 2.5, None], "bytes": bytes(range(256))}
    assert fastcbor.loads(cbor.dumps(value)) == value


@pytest.mark.parametrize(
    "arguments", [{"query": "x" * 1_025}, {"tags": ["t"] * 33}, {"cursor": "1" * 513}], ids=lambda one: next(iter(one))
)
async def test_a_search_is_bounded(arguments: dict[str, Any]) -> None:
    with pytest.raises(CallError) as caught:
        await Offered().as_find(**arguments)
    assert caught.value.code == ErrorCode.INVALID_ARGUMENT and "at most" in str(caught.value)
    assert await Offered().as_find(query="x" * 1_024, tags=["t"] * 32) == {"actions": [], "total": 0}


async def test_a_server_that_asks_and_acknowledges_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    import agentsocket.session as session

    monkeypatch.setattr(session, "_PROMPTS", 500)
    codes: asyncio.Queue[int | None] = asyncio.Queue()
    hellos: list[Any] = []

    async def script(socket: ServerConnection) -> None:
        (frame,) = wire.split(await message_of(socket), 16_384)
        first = not hellos
        hellos.append(CODEC.loads(frame.body))
        greeting = {"status": "new", "session": "s", "token": "t", "log": "l"}
        await socket.send(wire.outgoing(wire.WELCOME, body=CODEC.dumps(greeting)).encode(last=True))

        async def read() -> None:
            with contextlib.suppress(ConnectionClosed):
                while wire.GOAWAY not in [frame.type for frame in wire.split(await message_of(socket), 1 << 20)]:
                    pass
                await socket.close(1000)

        reader = asyncio.create_task(read())
        stream = 2
        while first and socket.close_code is None:
            asked = [wire.outgoing(wire.INVOKE, stream + 2 * n, b"\x03q", end=True) for n in range(500)]
            stream += 1_000
            with contextlib.suppress(ConnectionClosed):
                await socket.send(wire.join(asked))
            await asyncio.sleep(0)  # the client is in the same loop
        await reader
        codes.put_nowait(socket.close_code)

    async with MiniServer() as mini:
        mini.handler = script
        async with connect(mini.uri, open_timeout=60.0, max_wait=60.0, **FAST) as agent:
            assert await codes.get() == CloseCode.SLOW_CONSUMER
            while len(hellos) < 2:
                await asyncio.sleep(0)
            await agent.connected()
            # A session whose answers were dropped is not resumed.
            assert len(hellos) == 2 and "resume" not in hellos[1]
            assert agent._session is not None and agent._session.outbox.prompts == 0


async def test_answers_that_wait_are_dropped_with_the_connection() -> None:
    peer = begun()
    call = peer.call("any")
    peer.sent()
    peer.session.outbox.peer = Limits(window=32_768)
    stream = 2
    with pytest.raises(Breach) as caught:
        while stream < 60_000:
            asked = [wire.outgoing(wire.INVOKE, stream + 2 * n, b"\x40", end=True) for n in range(1_000)]
            stream += 2_000
            peer.session.receive(wire.join(asked))
            peer.sent()
    assert caught.value.code == CloseCode.SLOW_CONSUMER and stream > 20_000
    peer.session.detach()
    assert peer.session.outbox.prompts == 0 and peer.session.welcome is None
    call.cancel()


async def test_items_are_charged_with_the_memory_that_they_take() -> None:
    peer = begun()
    peer.session.buffer_limit = 500_000
    stream = peer.call("any", collect=False)
    peer.sent()
    peer.item(1, DENSE)
    assert 300_000 < peer.session.buffered < 400_000  # 64 for each map
    peer.item(1, DENSE)
    with pytest.raises(CallError) as caught:
        await stream.result()
    assert caught.value.code == ErrorCode.RESOURCE_EXHAUSTED
    assert await stream.next() == DENSE and peer.session.buffered == 0


TABLES = {
    "rows": [{f"column {m}": n * m for m in range(20)} for n in range(1_000)],
    "texts": [{f"column {m}": "text" for m in range(20)} for n in range(1_000)],
    "numbers": [n / 7 for n in range(40_000)],
}


@pytest.mark.parametrize("table", list(TABLES))
async def test_a_stream_of_large_tables_has_room_for_all_items_that_it_grants(table: str) -> None:
    peer = begun()
    stream = peer.call("any", collect=False)
    peer.sent()
    payload = CODEC.dumps(TABLES[table])
    for _ in range(CallOptions().prefetch):
        stream.on_item(wire.DATA, payload, False, None)
    for _ in range(CallOptions().prefetch):
        assert await stream.next() == TABLES[table]
    assert peer.session.buffered == 0


async def test_items_that_are_made_to_take_memory_are_refused_at_the_same_settings() -> None:
    peer = begun()
    stream = peer.call("any", collect=False)
    peer.sent()
    payload = CODEC.dumps([{}] * 40_000)
    for _ in range(CallOptions().prefetch):
        stream.on_item(wire.DATA, payload, False, None)
    with pytest.raises(CallError) as caught:
        await stream.result()
    assert caught.value.code == ErrorCode.RESOURCE_EXHAUSTED and len(stream._inbox) < CallOptions().prefetch
    stream.cancel()


def test_what_is_in_a_value_is_charged_by_its_kind() -> None:
    assert charge({"a key counts nothing": [1, None, True, 2.5], "b": "text", "c": b""}) == 64 + 64 + 4 * 8 + 2 * 32
    assert [charge(one) for one in ({}, [], "", 1, [[[]]])] == [64, 64, 32, 8, 3 * 64]


async def test_the_only_item_that_waits_is_not_too_large_for_what_is_in_it() -> None:
    peer = begun()
    peer.session.buffer_limit = 10_000
    stream = peer.call("any", collect=False)
    peer.sent()
    peer.item(1, DENSE)
    assert peer.session.buffered == 10_000 and await stream.next() == DENSE and peer.session.buffered == 0
    stream.cancel()


async def test_items_that_are_left_in_a_stream_that_has_ended_are_charged_no_longer() -> None:
    peer = begun()
    stream = peer.call("any", collect=False)
    peer.sent()
    peer.item(1, DENSE)
    peer.session.receive(wire.outgoing(wire.DATA, 1, end=True).encode(last=True))
    stream.cancel()
    assert peer.session.buffered == 0


async def test_arguments_and_items_of_runs_are_charged_with_the_memory_that_they_take() -> None:
    async with server() as mini:
        agent = connect(mini.uri, buffer=500_000, **FAST)

        @agent.action("agent.wait")
        async def wait(pad: list[Any], items: AsyncIterator[Any]) -> None:
            await asyncio.get_running_loop().create_future()

        async with agent:
            session = await mini.connected.get()
            while "agent.wait" not in session.defined:
                await agent.invoke("weather.current", city="Ulm")
            head, results = wire.reference(0, "agent.wait"), []
            for stream, pad in ((2, DENSE), (4, DENSE), (6, [])):
                results.append(session.calls.setdefault(stream, asyncio.get_running_loop().create_future()))
                await session.payload(wire.INVOKE, stream, head, CODEC.dumps({"pad": pad}))
            refused = await results[1]
            assert (refused.code, refused.flags) == (ErrorCode.RESOURCE_EXHAUSTED, 1)
            await session.payload(wire.DATA, 6, b"", CODEC.dumps(DENSE))
            assert (await results[2]).code == ErrorCode.RESOURCE_EXHAUSTED
            await session.send(wire.INTERRUPT, 2, wire.uvarint(0))
            assert (await results[0]).code == ErrorCode.CANCELLED
            await agent.invoke("weather.current", city="Ulm")
            assert agent._session is not None
            while agent._session.run_tasks:
                await asyncio.sleep(0)
            assert agent._session.buffered == 0


async def test_events_are_charged_with_the_memory_that_they_take() -> None:
    agent = connect("ws://nowhere.invalid/")
    agent._session = Session(agent, Limits())
    events = agent.events("flood", subscribe=False)
    events._begin()
    for _ in range(20):
        agent.on_event("flood", CODEC.dumps(DENSE), None)
    assert 10 < len(events._queue) < 15 and events.missed + len(events._queue) == 20


async def test_an_event_that_is_larger_than_all_that_may_wait_comes_where_none_waits() -> None:
    async def subscribe(add: list[str], remove: list[str]) -> None: ...

    stream = EventStream(Events(subscribe), ("flood",))
    for _ in range(2):
        stream.offer(Event("flood", 1), 1 << 26)
    assert len(stream._queue) == stream.missed == 1


@pytest.mark.parametrize("same", [True, False])
async def test_the_list_of_actions_is_bounded(same: bool) -> None:
    pages = 0

    async def find(name: str, arguments: dict[str, Any]) -> Any:
        nonlocal pages
        pages += 1
        assert pages < 100
        called = "same" if same else f"action.{pages}"
        return {"actions": [{"name": called, "description": "x" * 900_000}], "total": 1, "next": "more"}

    found = await Discovery(find).actions()
    assert (pages, len(found)) == ((2, 1) if same else (19, 18))


async def test_all_of_ten_thousand_ordinary_actions_are_listed() -> None:
    def summary(number: int) -> dict[str, Any]:
        schema = {"type": "object", "properties": {"x": {"type": "string"}}} | {f"key {n}": n for n in range(20)}
        return {
            "name": f"group.action.{number}",
            "title": "Title of an action",
            "description": "An ordinary description, which says what the action does and for whom. " * 5,
            "tags": ["orders", "reports", "billing"],
            "hints": {"readOnly": True, "idempotent": True, "destructive": False},
            "input": schema,
        }

    async def find(name: str, arguments: dict[str, Any]) -> Any:
        begin = int(arguments.get("cursor", 0))
        found = [summary(n) for n in range(begin, begin + 100)]
        return {"actions": found, "total": 10_000, **({"next": str(begin + 100)} if begin < 9_900 else {})}

    found = await Discovery(find).actions()
    assert len(found) == 10_000 and found[0].hints["readOnly"] and not found[0].input


async def test_a_frame_that_is_larger_than_the_server_takes_now_is_sent_again_alone() -> None:
    peer = begun()
    peer.session.enqueue(_large(peer))
    peer.call("small")
    assert peer.sent() == [(wire.INVOKE, 1), (wire.INVOKE, 3)]
    peer.session.detach()
    peer.session.begin(CODEC, auth=None, client={}, catalog=None)
    body = {"status": "resumed", "session": "s", "token": "t", "log": "l", "message": 8_192, "frame": 1_024}
    peer.session.receive(wire.outgoing(wire.WELCOME, body=CODEC.dumps(body)).encode(last=True))
    first, second = peer.session.take(), peer.session.take()
    assert first is not None and [frame.stream for frame in wire.split(first, 1 << 20)] == [1]
    assert second is not None and [frame.stream for frame in wire.split(second, 1 << 20) if frame.numbered] == [3]
    assert not peer.session.outbox.replaying


async def test_metadata_that_is_larger_than_a_frame_makes_no_pieces_without_bytes() -> None:
    peer = begun()
    peer.session.outbox.peer = Limits(frame=1_024)
    peer.call("any", traceparent="x" * 3_500)
    assert peer.sent() == [(wire.PART, 1), (wire.INVOKE, 1)]


def _large(peer: Peer) -> Any:
    from agentsocket.calls import Call
    from agentsocket.options import CallOptions

    return Call(peer.session, "large", {"text": "x" * 12_000}, CallOptions(), collect=True)


async def test_a_cancelled_call_lets_its_arguments_go_before_the_server_ends_it() -> None:
    peer = begun()
    call = _large(peer)
    peer.session.enqueue(call)
    peer.sent()
    call.cancel()
    assert peer.session.calls and not call.arguments


def test_a_server_does_not_set_how_many_calls_are_open() -> None:
    assert Limits(streams=2**31 - 1).bounded().streams == 10_000
