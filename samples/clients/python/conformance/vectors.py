"""The golden vectors of the protocol (docs/vectors), read and compared with the decoder of the client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentsocket import wire
from agentsocket.codec import CODECS, Codec
from agentsocket.errors import Breach
from agentsocket.greeting import Limits, read_welcome
from agentsocket.inbox import Assembly
from agentsocket.metadata import read_metadata

FRAME_LIMIT = 16_384


def codecs(vector: dict[str, Any]) -> list[Codec]:
    return list(CODECS.values()) if vector["codec"] == "any" else [CODECS[vector["codec"]]]


def plain(value: Any) -> Any:
    """Turns the ``$bytes`` of the vectors into bytes."""
    if isinstance(value, dict):
        if set(value) == {"$bytes"}:
            return bytes.fromhex(value["$bytes"])
        return {key: plain(member) for key, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


def heads(frame: wire.Frame) -> tuple[dict[str, Any], bytes]:
    """Head fields of a frame by the names of the vectors, and its payload."""
    kind, body = frame.type, frame.body
    if kind == wire.ACK:
        rx, tx = wire.read_ack(body)
        return ({"rx": rx} if tx is None else {"rx": rx, "tx": tx}), b""
    if kind == wire.GOAWAY:
        return wire.read_goaway(body)._asdict(), b""
    if kind == wire.DEFINE:
        definition = wire.read_define(body)
        return {"alias": definition.alias, "name": definition.name}, definition.descriptor
    if kind in (wire.EVENT, wire.INVOKE):
        reference = wire.read_reference(body)
        ref = {"alias": reference.alias} if reference.alias else {"name": reference.name.decode()}
        return {"ref": ref}, reference.payload
    if kind == wire.ERROR:
        return wire.read_error(body)._asdict(), b""
    if kind == wire.INTERRUPT:
        mode, reason = wire.read_interrupt(body)
        return {"mode": mode, "reason": reason}, b""
    if kind == wire.CREDIT:
        return {"items": wire.read_credit(body)}, b""
    if kind == wire.PART and not body:
        raise Breach(4500, "PART without bytes")
    return {}, body


PAYLOADS = {
    wire.DEFINE: "descriptor",
    wire.EVENT: "payload",
    wire.INVOKE: "arguments",
    wire.DATA: "item",
    wire.TEXT: "text",
    wire.BYTES: "bytes",
    wire.PART: "bytes",
}


def payload_value(kind: int, payload: bytes, codec: Codec) -> Any:
    if kind == wire.TEXT:
        return payload.decode()
    if kind in (wire.BYTES, wire.PART):
        return payload.hex()
    return codec.loads(payload)


def compare(frame: wire.Frame, expected: dict[str, Any], codec: Codec, *, part_of_payload: bool) -> None:
    assert frame.type == expected["typeCode"]
    assert frame.end == expected["end"]
    assert frame.length == expected.get("length")
    assert frame.stream == expected.get("stream", 0)
    assert frame.body.hex() == expected["body"]
    if frame.type >= wire.FIRST_EXTENSION:
        return
    if frame.meta is not None:
        expected_meta = plain(expected["metadata"])
        known = {str(key): value for key, value in codec.load_metadata(frame.meta).items()}
        assert known == {key: value for key, value in expected_meta.items() if key.isdigit()}
    if frame.meta is not None:
        read_metadata(codec, frame.meta)
    if frame.type in (wire.HELLO, wire.WELCOME):
        assert codec.load_strict(frame.body) == plain(expected["map"])
        if frame.type == wire.WELCOME:
            read_welcome(codec, frame.body)
        return
    found, payload = heads(frame)
    for name, value in found.items():
        if name == "name" and not value:
            assert not expected.get("name")
        else:
            assert value == expected.get(name, value), name
    member = PAYLOADS.get(frame.type)
    if member and not part_of_payload:
        if payload:
            assert payload_value(frame.type, payload, codec) == plain(expected[member])
        else:
            assert expected.get(member) in (None, "", {})


def check_number(vector: dict[str, Any]) -> None:
    """Reads and writes a valid number."""
    data = bytes.fromhex(vector["hex"])
    assert wire.uvarint(vector["value"]) == data
    assert wire.read_uvarint(data, 0, len(data), wire.COUNTER) == (vector["value"], len(data))
    if vector["kind"] == "counter":
        assert refused(lambda: wire.read_uvarint(data, 0, len(data))) == 4500
    else:
        assert wire.read_uvarint(data, 0, len(data)) == (vector["value"], len(data))


def check_bad_number(vector: dict[str, Any]) -> None:
    """Refuses a number that is none."""
    data = bytes.fromhex(vector["hex"])
    kinds = {"counter": [wire.COUNTER], "number": [wire.NUMBER], "any": [wire.COUNTER, wire.NUMBER]}
    for most in kinds[vector["kind"]]:
        assert refused(lambda most=most: wire.read_uvarint(data, 0, len(data), most)) == 4500


def refused(reading: Any) -> int | None:
    """Close code with which something is refused, or None."""
    try:
        reading()
    except Breach as breach:
        return breach.code
    return None


def check_frame(vector: dict[str, Any], codec: Codec) -> None:
    """Reads a frame, compares its members, and writes it again."""
    data = bytes.fromhex(vector["hex"])
    (frame,) = wire.split(data, FRAME_LIMIT)
    compare(frame, vector["frame"], codec, part_of_payload=False)
    built = wire.outgoing(frame.type, frame.stream, frame.body, end=frame.end, meta=frame.meta)
    assert built.encode(last=frame.length is None) == data
    _, payload = heads(frame)
    if payload and PAYLOADS.get(frame.type) in ("descriptor", "payload", "arguments", "item"):
        value = codec.loads(payload)
        assert codec.loads(codec.dumps(value)) == value


def check_message(vector: dict[str, Any], codec: Codec) -> None:
    """Reads a message of several frames and puts its payloads together."""
    frames = list(wire.split(bytes.fromhex(vector["hex"]), FRAME_LIMIT))
    assert len(frames) == len(vector["frames"])
    assembled = {entry["frame"]: entry for entry in vector.get("assembled", ())}
    assembly = Assembly(1 << 20)
    for index, (frame, expected) in enumerate(zip(frames, vector["frames"], strict=True)):
        compare(frame, expected, codec, part_of_payload=index in assembled)
        if frame.type == wire.PART:
            assembly.add(frame.stream, frame.body)
        elif index in assembled:
            payload = assembly.take(frame.stream, heads(frame)[1])
            member = PAYLOADS[frame.type]
            assert payload_value(frame.type, payload, codec) == plain(assembled[index][member])


def check_transcript(script: dict[str, Any]) -> int:
    """Reads every message of a conversation; gives their number."""
    codec = CODECS[script["codec"]]
    count = 0
    for step in script["steps"]:
        if "hex" not in step:
            continue
        frames = list(wire.split(bytes.fromhex(step["hex"]), FRAME_LIMIT))
        split_payloads = any(frame.type == wire.PART for frame in frames)
        for frame, expected in zip(frames, step["frames"], strict=True):
            member = PAYLOADS.get(frame.type, "")
            part = split_payloads or bool(member and frame.body and member not in expected)
            compare(frame, expected, codec, part_of_payload=part and frame.type != wire.PART)
        count += 1
    return count


def messages(vector: dict[str, Any]) -> list[bytes | str]:
    """Messages of an invalid vector."""
    out: list[bytes | str] = []
    for message in vector["messages"]:
        if "text" in message:
            out.append(message["text"])
        elif "hex" in message:
            out.append(bytes.fromhex(message["hex"]))
        else:
            one = b"".join(bytes.fromhex(part["hex"]) * part["times"] for part in message["parts"])
            out += [one] * message.get("times", 1)
    return out


METADATA_ROWS = (22, 23)
"""Rows of defects of metadata, which need the codec, and no state either."""


def judged(vector: dict[str, Any]) -> bool:
    """Tells whether an invalid vector is visible without state."""
    return (vector["level"] == "envelope" or vector["row"] in METADATA_ROWS) and "waitMs" not in vector


def check_invalid(vector: dict[str, Any], codec: Codec) -> None:
    """Refuses bad input that is visible without state; such defects are the same in both directions."""

    def reading() -> None:
        for message in messages(vector):
            assert isinstance(message, bytes)
            if len(message) > Limits().message:
                raise Breach(4505, "too large")
            for frame in wire.split(message, FRAME_LIMIT):
                heads(frame)
                if frame.meta is not None and vector["row"] in METADATA_ROWS:
                    read_metadata(codec, frame.meta)

    assert refused(reading) == vector["outcome"]["code"], vector["what"]


def check(directory: Path, file: str, codec: str) -> int:
    """Checks a file in a codec; gives the number of vectors. Raises AssertionError."""
    data = json.loads((directory / f"{file}.json").read_text())
    if file == "varints":
        for vector in data["valid"]:
            check_number(vector)
        for vector in data["invalid"]:
            check_bad_number(vector)
        return len(data["valid"]) + len(data["invalid"])
    if file == "transcripts":
        return sum(check_transcript(script) for script in data["transcripts"] if script["codec"] == codec)
    chosen = [one for one in data["vectors" if file == "invalid" else file] if CODECS[codec] in codecs(one)]
    if file == "invalid":
        chosen = [one for one in chosen if judged(one)]
    for vector in chosen:
        if file == "frames":
            check_frame(vector, CODECS[codec])
        elif file == "messages":
            check_message(vector, CODECS[codec])
        else:
            check_invalid(vector, CODECS[codec])
    return len(chosen)
