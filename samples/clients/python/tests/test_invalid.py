"""Bad input: the vectors of docs/vectors/invalid.json that a client can meet (protocol section 25)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import vectors
from test_vectors import VECTORS
from vectors import messages

from agentsocket import ActionContext, connect, wire
from agentsocket.calls import Call
from agentsocket.codec import CODECS, Codec
from agentsocket.errors import Breach, CallError, ErrorCode
from agentsocket.greeting import Limits
from agentsocket.options import CallOptions
from agentsocket.session import Session

DATA = json.loads((VECTORS / "invalid.json").read_text())
CLIENT = [vector for vector in DATA["vectors"] if vector["context"].startswith("client")]
JUDGED = [
    (vector, codec)
    for vector in DATA["vectors"]
    if vectors.judged(vector) and not vector["id"].startswith("define")
    for codec in vectors.codecs(vector)
]


class Silent:
    """A listener that offers nothing and counts what it is told."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.defined: list[str] = []

    def on_event(self, name: str, payload: bytes, traceparent: str | None) -> None:
        self.events.append(name)

    def on_define(self, name: str, descriptor: Any, catalog: str | None, size: int) -> None:
        self.defined.append(name)

    def on_welcome(self, welcome: Any) -> None: ...

    def on_reset(self) -> None: ...

    def on_goaway(self, code: int, drain: float, spread: float) -> None: ...

    def unavailable(self) -> CallError:
        return CallError(ErrorCode.UNAVAILABLE)

    def known_catalog(self) -> str | None:
        return None

    def own_name(self, alias: int) -> str | None:
        return None

    def admit(self, run: Any, name: str) -> None:
        raise CallError(ErrorCode.NOT_FOUND)

    async def idempotent(self, name: str) -> bool:
        return False


def codecs(vector: dict[str, Any]) -> list[str]:
    return ["cbor", "json"] if vector["codec"] == "any" else [vector["codec"]]


CASES = [(vector, codec) for vector in CLIENT for codec in codecs(vector)]


@pytest.mark.parametrize(("vector", "codec"), CASES, ids=lambda v: v if isinstance(v, str) else v["id"])
async def test_client(vector: dict[str, Any], codec: str) -> None:
    session = Session(Silent(), Limits())
    session.begin(CODECS[codec], auth=None, client={}, catalog=None)
    call: Call | None = None
    for step in DATA["contexts"][vector["context"]]["setup"][codec]:
        if "hex" in step:
            session.receive(bytes.fromhex(step["hex"]))
        elif "INVOKE" in step["expect"]:
            options = CallOptions(prefetch=1)
            call = Call(session, "test.items", {}, options, collect=False, sends_items=True)
            session.enqueue(call)
            assert session.take() is not None
    outcome, code = vector["outcome"], None
    sent: list[bytes] = []
    try:
        for message in messages(vector):
            session.receive(message)
            while (answer := session.take()) is not None:
                sent.append(answer)
    except Breach as breach:
        code = breach.code
    frames = [frame for message in sent for frame in wire.split(message, 1 << 20)]
    errors = {frame.stream: wire.read_error(frame.body).code for frame in frames if frame.type == wire.ERROR}
    if outcome["kind"] == "close":
        assert code == outcome["code"], vector["what"]
    elif outcome["kind"] == "error":
        assert code is None and errors == {outcome["stream"]: outcome["code"]}
        if call is not None and outcome["stream"] == 1:
            with pytest.raises(CallError) as caught:
                while True:
                    await call.next()
            assert caught.value.code == outcome["code"]
    else:
        assert outcome["kind"] == "ignored" and code is None and not errors
    await asyncio.sleep(0)


def mirrored(stream: int) -> int:
    """Id of the other parity: the vectors for a server become vectors for a client."""
    return stream + 1 if stream & 1 else stream - 1 if stream else 0


def mirror(message: bytes) -> bytes | None:
    """Exchanges the parities of a message; None if it cannot be read, which is the envelope's business."""
    out = b""
    try:
        for frame in wire.split(message, 1 << 20):
            same = wire.outgoing(frame.type, mirrored(frame.stream), frame.body, end=frame.end, meta=frame.meta)
            out += same.encode(last=frame.length is None)
    except Breach:
        return None
    return out


MIRRORED = [
    (vector, codec)
    for vector in DATA["vectors"]
    for codec in codecs(vector)
    if vector["context"] in ("welcomed", "stream-1-open", "stream-1-half-closed", "stream-2-open")
    and "waitMs" not in vector
    and vector["level"] != "transport"
    and vector["row"] not in (3, 18, 67)  # sizes, greetings and GOAWAY are not the same in both directions
    and all(mirror(message) is not None for message in messages(vector) if isinstance(message, bytes))
]


def agent_with_actions() -> Any:
    agent = connect("ws://nowhere.invalid/")

    @agent.action("test.hold")
    async def hold(items: AsyncIterator[Any], **arguments: Any) -> None:
        await asyncio.get_running_loop().create_future()

    @agent.action("test.slow")
    async def slow(**arguments: Any) -> None:
        await asyncio.get_running_loop().create_future()

    @agent.action("test.ask")
    async def ask(context: ActionContext, **arguments: Any) -> None:
        await context.ask("?")

    return agent


@pytest.mark.parametrize(("vector", "codec"), MIRRORED, ids=lambda v: v if isinstance(v, str) else v["id"])
async def test_mirrored(vector: dict[str, Any], codec: str) -> None:
    """The vectors for a server, with the parities exchanged: the protocol is symmetric."""
    agent = agent_with_actions()
    session = agent._session = Session(agent, Limits())
    session.begin(CODECS[codec], auth=None, client={}, catalog=None)
    session.receive(bytes.fromhex(DATA["contexts"]["client-welcomed"]["setup"][codec][1]["hex"]))
    agent._offered.restart()
    session.outbox.clear()
    sent: list[bytes] = []

    async def settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
            while (answer := session.take()) is not None:
                sent.append(answer)
                total = session.outbox.log.sent
                if total > session.outbox.log.acked and "ack" not in vector["id"]:
                    session.outbox.log.acknowledge(total)

    for step in DATA["contexts"][vector["context"]]["setup"][codec][2:]:
        if "hex" in step:
            session.receive(mirror(bytes.fromhex(step["hex"])) or b"")
            await settle()
    sent.clear()
    outcome, code = vector["outcome"], None
    try:
        for message in messages(vector):
            session.receive((mirror(message) or b"") if isinstance(message, bytes) else message)
            await settle()
    except Breach as breach:
        code = breach.code
    frames = [frame for message in sent for frame in wire.split(message, 1 << 20)]
    errors = {frame.stream: wire.read_error(frame.body) for frame in frames if frame.type == wire.ERROR}
    if outcome["kind"] == "close":
        assert code == outcome["code"], vector["what"]
    elif outcome["kind"] == "error":
        assert code is None, vector["what"]
        failure = errors[mirrored(outcome["stream"])]
        assert failure.code == outcome["code"], vector["what"]
        assert failure.flags & outcome.get("flags", 0) == outcome.get("flags", 0)
    else:
        assert outcome["kind"] == "ignored" and code is None and not errors, vector["what"]
    session.shut(CallError(ErrorCode.CANCELLED))
    await asyncio.sleep(0)


@pytest.mark.parametrize(("vector", "codec"), JUDGED, ids=lambda v: v["id"] if isinstance(v, dict) else v.name)
def test_what_is_visible_without_state(vector: dict[str, Any], codec: Codec) -> None:
    vectors.check_invalid(vector, codec)


def test_there_are_vectors_of_both_kinds() -> None:
    assert len(CLIENT) > 15 and len(JUDGED) > 60 and len(MIRRORED) > 100 and Path(VECTORS).is_dir()
