"""What this side cannot handle ends a call or a connection, and never the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from mini import Incoming
from test_agent import server
from test_repeats import Peer, begun
from test_resume import FAST

from agentsocket import CallError, CallLost, CodecError, ErrorCode, connect, wire
from agentsocket.actions import make_action
from agentsocket.calls import Call
from agentsocket.options import CallOptions
from agentsocket.schema import violations
from agentsocket.stream import Stream


async def test_an_unexpected_failure_closes_the_connection_and_not_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await mini.connected.get()
        socket = session.socket
        assert socket is not None

        def fail(*arguments: Any) -> None:
            raise RuntimeError("not expected")

        monkeypatch.setattr(agent.catalog, "on_define", fail)
        await session.define(0, "any", {})
        await socket.wait_closed()
        assert socket.close_code == 4005
        assert (await agent.invoke("weather.current", city="Ulm"))["city"] == "Ulm"
        # The message that was not handled is counted: the session is not the same on both sides.
        assert await mini.connected.get() is not session and len(mini.sessions) == 2


async def test_a_call_whose_answer_could_not_be_handled_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:

        async def answer(incoming: Incoming) -> None:
            await incoming.data(1, end=True)

        def fail(*arguments: Any) -> None:
            raise RuntimeError("not expected")

        mini.actions["once"] = answer
        monkeypatch.setattr(Call, "on_item", fail)
        with pytest.raises(CallLost) as caught:
            await agent.options(idempotent=False).invoke("once")
        assert caught.value.code == ErrorCode.SESSION_RESET and caught.value.may_have_run


class Torn(Mapping[str, Any]):
    """Arguments that raise when they are read."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("torn")

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("torn")

    def __len__(self) -> int:
        return 1


async def test_arguments_that_cannot_be_read_end_their_call_only() -> None:
    peer = begun()
    first, torn, last = (
        Call(peer.session, "any", arguments, CallOptions(), collect=True) for arguments in ({}, Torn(), {})
    )
    for call in (first, torn, last):
        peer.session.enqueue(call)
    assert peer.sent() == [(wire.INVOKE, 1), (wire.INVOKE, 3)] and last.stream == 3
    with pytest.raises(CodecError, match="torn"):
        await torn.result()
    assert not peer.session.waiting


async def test_a_call_that_finds_no_stream_id_left_ends() -> None:
    peer = begun()
    peer.session.next_stream = 2**31 + 1
    call = peer.call("any")
    assert peer.sent() == []
    with pytest.raises(CallError) as caught:
        await call.result()
    assert caught.value.code == ErrorCode.RESOURCE_EXHAUSTED and not caught.value.may_have_run


KINDS = {
    "bytes and text": [(wire.BYTES, b"ab"), (wire.TEXT, b"cd")],
    "text and a value": [(wire.TEXT, b"ab"), (wire.DATA, b"\x01")],
    "a value and text": [(wire.DATA, b"\x01"), (wire.TEXT, b"cd")],
    "text in the middle": [(wire.DATA, b"\x01"), (wire.TEXT, b"cd"), (wire.DATA, b"\x02")],
}


def answered(peer: Peer, items: list[tuple[int, bytes]], *, collect: bool) -> Call:
    call = peer.call("any", collect=collect)
    peer.sent()
    for kind, payload in items:
        peer.session.receive(wire.outgoing(kind, 1, payload).encode(last=True))
    peer.session.receive(wire.outgoing(wire.DATA, 1, end=True).encode(last=True))
    return call


@pytest.mark.parametrize("kinds", list(KINDS))
@pytest.mark.parametrize("collect", [True, False])
async def test_an_answer_of_several_kinds_has_no_value(kinds: str, collect: bool) -> None:
    peer = begun()
    call = answered(peer, KINDS[kinds], collect=collect)
    with pytest.raises(CallError) as caught:
        await (call.result() if collect else Stream(call).value())
    assert caught.value.code == ErrorCode.INTERNAL and caught.value.may_have_run
    assert peer.session.buffered == 0 and not peer.session.calls


async def test_a_stream_gives_items_of_several_kinds() -> None:
    call = answered(begun(), KINDS["bytes and text"], collect=False)
    assert await Stream(call).collect() == [b"ab", "cd"]


@dataclass
class Picky:
    """A type of the application that refuses in its own way."""

    number: int

    def __post_init__(self) -> None:
        raise RuntimeError("no such number")


async def scale(by: float) -> float:
    return by


async def pick(one: Picky) -> None: ...


@pytest.mark.parametrize(
    ("function", "arguments"), [(scale, {"by": 10**400}), (pick, {"one": {"number": 1}})], ids=["float", "type"]
)
async def test_a_value_that_its_type_has_no_room_for_is_a_misfit(function: Any, arguments: dict[str, Any]) -> None:
    with pytest.raises(CallError) as caught:
        make_action(function).check(arguments)
    assert caught.value.code == ErrorCode.INVALID_ARGUMENT and caught.value.violations
    await asyncio.sleep(0)


@pytest.mark.parametrize(("step", "fits"), [(0.5, True), (3, False), (10, True)])
def test_multiples_beyond_the_range_of_a_float_are_known(step: float, fits: bool) -> None:
    assert (not violations({"type": "number", "multipleOf": step}, 10**400)) is fits
