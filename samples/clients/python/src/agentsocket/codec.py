"""The two codecs of structured bodies: CBOR and JSON (protocol section 24)."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Protocol

from . import cbor, fastcbor
from .errors import CodecError
from .values import NESTING, depth_over, key_text, plain

_KEY = re.compile(r"0|[1-9][0-9]{0,18}")


class Codec(Protocol):
    """Writes and reads values. Both directions raise CodecError, and nothing else, for what they refuse."""

    name: str
    """Name in the sub-protocol: ``cbor`` or ``json``."""

    def dumps(self, value: Any) -> bytes:
        """Writes one value."""

    def loads(self, data: bytes) -> Any:
        """Reads one value that fills ``data``."""

    def load_strict(self, data: bytes) -> Any:
        """Reads a body of the protocol itself, whose integers are integers in the codec."""

    def dump_metadata(self, metadata: Mapping[int, Any]) -> bytes:
        """Writes metadata, whose keys are integers."""

    def load_metadata(self, data: bytes) -> dict[int, Any]:
        """Reads metadata; unknown kinds of keys are left out."""


class CborCodec:
    """CBOR, the compact one. Byte strings stay byte strings."""

    name = "cbor"

    def dumps(self, value: Any) -> bytes:
        """See :class:`Codec`."""
        return cbor.dumps(value)

    def loads(self, data: bytes) -> Any:
        """See :class:`Codec`."""
        value = fastcbor.loads(data)
        return cbor.loads(data) if value is fastcbor.UNSURE else value

    def load_strict(self, data: bytes) -> Any:
        """See :class:`Codec`."""
        return cbor.loads(data, numbers=False)

    def dump_metadata(self, metadata: Mapping[int, Any]) -> bytes:
        """See :class:`Codec`."""
        return cbor.dumps(metadata, keyed=True)

    def load_metadata(self, data: bytes) -> dict[int, Any]:
        """See :class:`Codec`."""
        return cbor.load_keyed(data)


class JsonCodec:
    """JSON, the fast one in Python. Bytes inside of structures are base64 text."""

    name = "json"

    def dumps(self, value: Any) -> bytes:
        """See :class:`Codec`."""
        try:
            text = _encode(value)
            raw = text.encode()
        except CodecError:
            raise
        except TypeError:
            return self.dumps(_with_text_keys(value, 0))
        except UnicodeEncodeError:
            raise CodecError("text has half of a surrogate pair") from None
        except (ValueError, RecursionError):
            raise CodecError("a value has a number that is not finite, or contains itself") from None
        if raw.count(b"[") + raw.count(b"{") > NESTING and depth_over(json.loads(raw), NESTING):
            raise CodecError(f"a value is nested deeper than {NESTING}")
        return raw

    def loads(self, data: bytes) -> Any:
        """See :class:`Codec`."""
        try:
            value = _decode(data.decode())
        except (ValueError, RecursionError):
            raise CodecError("a value is no JSON") from None
        if data.count(b"[") + data.count(b"{") > NESTING and depth_over(value, NESTING):
            raise CodecError(f"a value is nested deeper than {NESTING}")
        if b"\\u" in data:
            _whole_text(value)
        return value

    def load_strict(self, data: bytes) -> Any:
        """See :class:`Codec`."""
        return self.loads(data)

    def dump_metadata(self, metadata: Mapping[int, Any]) -> bytes:
        """See :class:`Codec`."""
        return self.dumps({str(key): value for key, value in metadata.items()})

    def load_metadata(self, data: bytes) -> dict[int, Any]:
        """See :class:`Codec`."""
        value = self.loads(data)
        if not isinstance(value, dict):
            raise CodecError("metadata is no map")
        return {int(key): member for key, member in value.items() if _KEY.fullmatch(key)}


def _default(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    return plain(value)


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default).encode


def _with_text_keys(value: Any, depth: int) -> Any:
    """Copies a value that has keys of a kind that ``json`` refuses."""
    if depth > NESTING:
        raise CodecError(f"a value is nested deeper than {NESTING}")
    if isinstance(value, Mapping):
        return {key_text(key): _with_text_keys(member, depth + 1) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_text_keys(member, depth + 1) for member in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    return _with_text_keys(_default(value), depth + 1)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


_decode = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse).decode


def _whole_text(value: Any) -> None:
    """Refuses half of a surrogate pair anywhere in a decoded value."""
    stack = [value]
    while stack:
        outer = stack.pop()
        if isinstance(outer, str):
            try:
                outer.encode()
            except UnicodeEncodeError:
                raise CodecError("text has half of a surrogate pair") from None
        elif isinstance(outer, list):
            stack += outer
        elif isinstance(outer, dict):
            stack += outer
            stack += outer.values()


CODECS: dict[str, Codec] = {"cbor": CborCodec(), "json": JsonCodec()}
PREFIX = "agentsocket.v1."
"""Beginning of the sub-protocol's name; the codec follows (protocol section 3.2)."""
