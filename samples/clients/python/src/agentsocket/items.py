"""Items of streams: values to frames and back (protocol sections 5.8 to 5.10)."""

from __future__ import annotations

from typing import Any, Protocol

from .codec import Codec
from .errors import CallError, CodecError, ErrorCode
from .greeting import Limits
from .wire import ASSEMBLY_LIMIT, BYTES, DATA, TEXT


class ItemHost(Protocol):
    """What items need of the host."""

    codec: Codec
    peer: Limits


def encode_item(host: ItemHost, value: Any, as_data: bool = False) -> tuple[int, bytes]:
    """Writes an item: text as TEXT, bytes as BYTES, everything else as DATA. Empty text and bytes are no items."""
    if as_data:
        payload, kind = host.codec.dumps(value), DATA
    elif isinstance(value, str):
        try:
            payload, kind = value.encode(), TEXT
        except UnicodeEncodeError:
            raise CodecError("text has half of a surrogate pair") from None
    elif isinstance(value, (bytes, bytearray, memoryview)):
        payload, kind = bytes(value), BYTES
    else:
        payload, kind = host.codec.dumps(value), DATA
    if len(payload) > min(host.peer.item, ASSEMBLY_LIMIT):
        raise CallError(ErrorCode.TOO_LARGE, "an item is larger than the server accepts")
    return kind, payload


def decode_item(host: ItemHost, kind: int, payload: bytes) -> Any:
    """Reads an item, or raises CodecError."""
    if kind == DATA:
        return host.codec.loads(payload)
    if kind == BYTES:
        return payload
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise CodecError("text is not UTF-8") from None
