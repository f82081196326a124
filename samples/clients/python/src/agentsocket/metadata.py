"""Metadata of frames: keys, and the check of their types and ranges (protocol section 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .codec import Codec
from .errors import Breach, CloseCode, CodecError
from .wire import COUNTER, METADATA_LIMIT, NUMBER

PARENT, DEADLINE, KEY, TRACEPARENT = 1, 2, 4, 5
INITIAL_CREDIT, PROGRESS, DETAILS, CATALOG_HASH, DEPTH = 7, 8, 9, 10, 11
KEY_LIMIT = 64
HASH_LIMIT = 32


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _within(most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and 0 <= value <= most


def _text(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and least <= len(value.encode()) <= most


def _progress(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and _number(value[0])
        and (value[1] is None or _number(value[1]))
        and (value[2] is None or isinstance(value[2], str))
    )


_CHECKS: dict[int, Callable[[Any], bool]] = {
    PARENT: _within(NUMBER),
    DEADLINE: _within(COUNTER),
    KEY: _text(1, KEY_LIMIT),
    TRACEPARENT: _text(0, METADATA_LIMIT),
    INITIAL_CREDIT: _within(COUNTER),
    PROGRESS: _progress,
    DETAILS: lambda value: isinstance(value, dict),
    CATALOG_HASH: _text(0, HASH_LIMIT),
    DEPTH: _within(NUMBER),
}


def read_metadata(codec: Codec, data: bytes) -> dict[int, Any]:
    """Reads metadata; a breach of a type or range closes the connection, wherever the key stands."""
    try:
        found = codec.load_metadata(data)
    except (CodecError, IndexError) as error:
        raise Breach(CloseCode.PROTOCOL, f"metadata is undecodable: {error}") from None
    for key, check in _CHECKS.items():
        if key in found and not check(found[key]):
            raise Breach(CloseCode.PROTOCOL, f"metadata key {key} has a wrong value")
    return found


def write_metadata(codec: Codec, metadata: dict[int, Any]) -> bytes:
    """Writes metadata, or raises CodecError when it is larger than 4 KiB."""
    raw = codec.dump_metadata(metadata)
    if len(raw) > METADATA_LIMIT:
        raise CodecError("metadata is larger than 4 KiB")
    return raw
