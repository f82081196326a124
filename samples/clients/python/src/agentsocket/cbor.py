"""CBOR for the JSON data model (RFC 8949; protocol section 24.1).

Own code, since the protocol is stricter than general decoders are: it bounds the depth, refuses numbers that
are not finite, and ignores tags. No count of the peer leads to an allocation: members are taken one by one.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation, Overflow
from typing import Any

from .errors import CodecError
from .values import NESTING, key_text, plain

_MAJOR_UINT, _MAJOR_NINT, _MAJOR_BYTES, _MAJOR_TEXT, _MAJOR_ARRAY, _MAJOR_MAP, _MAJOR_TAG = range(7)
_BREAK = 0xFF
_INDEFINITE = 31
_SIMPLE: dict[int, Any] = {20: False, 21: True, 22: None, 23: None}
_LARGEST_EXPONENT = 400
"""Beyond it a decimal fraction has no place in a float of 64 bits."""
_LONGEST_NUMBER = 1_000
"""Bytes of a bignum (protocol section 23): what is longer takes the square of its length to become a decimal number."""


class _Reader:
    __slots__ = ("data", "numbers", "pos")

    def __init__(self, data: bytes, numbers: bool) -> None:
        self.data = data
        self.pos = 0
        self.numbers = numbers

    def take(self, size: int) -> bytes:
        end = self.pos + size
        if end > len(self.data):
            raise CodecError("CBOR ends in the middle of a value")
        taken = self.data[self.pos : end]
        self.pos = end
        return taken

    def argument(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise CodecError("CBOR has a reserved or misplaced length")
        return int.from_bytes(self.take(1 << (info - 24)), "big")

    def value(self, depth: int) -> Any:
        data, pos = self.data, self.pos
        if pos >= len(data):
            raise CodecError("CBOR ends in the middle of a value")
        first = data[pos]
        self.pos = pos + 1
        if 0x60 <= first < 0x78:  # a text of less than 24 bytes, as most keys are
            end = pos + first - 0x5F
            if end > len(data):
                raise CodecError("CBOR ends in the middle of a value")
            self.pos = end
            return _utf8(data[pos + 1 : end])
        major, info = first >> 5, first & 31
        tag = -1
        while major == _MAJOR_TAG:
            tag = self.argument(info)
            first = self.take(1)[0]
            major, info = first >> 5, first & 31
        if major == _MAJOR_UINT:
            return self.argument(info)
        if major == _MAJOR_TEXT:
            return self.text(info)
        if major == _MAJOR_MAP:
            return self.map(info, depth + 1, text=True)
        if major == _MAJOR_ARRAY:
            array = self.array(info, depth + 1)
            return _fraction(array) if tag == 4 and self.numbers else array
        if major == _MAJOR_NINT:
            return -1 - self.argument(info)
        if major == _MAJOR_BYTES:
            raw = self.chunks(info, _MAJOR_BYTES)
            if self.numbers and tag in (2, 3):
                if len(raw) > _LONGEST_NUMBER:
                    raise CodecError(f"a number is longer than {_LONGEST_NUMBER} bytes")
                number = int.from_bytes(raw, "big")
                return number if tag == 2 else -1 - number
            return raw
        return self.special(info)

    def special(self, info: int) -> Any:
        if info in _SIMPLE:
            return _SIMPLE[info]
        if 25 <= info <= 27:
            form, size = ((">e", 2), (">f", 4), (">d", 8))[info - 25]
            number = struct.unpack(form, self.take(size))[0]
            if not math.isfinite(number):
                raise CodecError("a number is not finite")
            return number
        raise CodecError("CBOR has a simple value that is not allowed")

    def chunks(self, info: int, major: int) -> bytes:
        if info != _INDEFINITE:
            return self.take(self.argument(info))
        parts = []
        while (first := self.take(1)[0]) != _BREAK:
            if first >> 5 != major or first & 31 == _INDEFINITE:
                raise CodecError("CBOR has a string with a piece of another kind")
            part = self.take(self.argument(first & 31))
            if major == _MAJOR_TEXT:
                _utf8(part)
            parts.append(part)
        return b"".join(parts)

    def text(self, info: int) -> str:
        return _utf8(self.chunks(info, _MAJOR_TEXT))

    def count(self, info: int, depth: int) -> int:
        """Number of members; -1 for an indefinite one."""
        if depth > NESTING:
            raise CodecError(f"a value is nested deeper than {NESTING}")
        if info == _INDEFINITE:
            return -1
        count = self.argument(info)
        if count > len(self.data) - self.pos:
            raise CodecError("CBOR has more members than bytes")
        return count

    def more(self, left: int) -> bool:
        if left >= 0:
            return left > 0
        if self.pos < len(self.data) and self.data[self.pos] == _BREAK:
            self.pos += 1
            return False
        return True

    def array(self, info: int, depth: int) -> list[Any]:
        left = self.count(info, depth)
        out = []
        while self.more(left):
            out.append(self.value(depth))
            left -= left > 0
        return out

    def map(self, info: int, depth: int, text: bool) -> dict[Any, Any]:
        left = self.count(info, depth)
        out: dict[Any, Any] = {}
        if left >= 0 and text:
            value = self.value
            for _ in range(left):
                key = value(NESTING)
                if type(key) is not str:
                    raise CodecError("a map has a key that is no text")
                out[key] = value(depth)
            return out
        while self.more(left):
            key = self.value(NESTING)
            if text and not isinstance(key, str):
                raise CodecError("a map has a key that is no text")
            if type(key) is not int and type(key) is not str:
                raise CodecError("metadata has a key that is neither an integer nor a text")
            member = self.value(depth)
            if text or type(key) is int:
                out[key] = member
            left -= left > 0
        return out


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise CodecError("text is not UTF-8") from None


def _fraction(array: list[Any]) -> int | float:
    if len(array) != 2 or not all(type(part) is int for part in array) or abs(array[0]) > _LARGEST_EXPONENT:
        raise CodecError("a decimal fraction is malformed")
    try:
        number = float(Decimal(array[1]).scaleb(array[0]))
    except (InvalidOperation, Overflow, OverflowError):
        number = math.inf
    if not math.isfinite(number):
        raise CodecError("a number is not finite")
    return number


def loads(data: bytes, *, numbers: bool = True) -> Any:
    """Reads one value that fills ``data``.

    ``numbers``: whether the tags 2, 3 and 4 become numbers; otherwise they are ignored like all others.
    """
    reader = _Reader(data, numbers)
    value = reader.value(0)
    if reader.pos != len(data):
        raise CodecError("CBOR has bytes behind its value")
    return value


def load_keyed(data: bytes) -> dict[Any, Any]:
    """Reads a map of metadata: its keys are integers, and texts are unknown ones."""
    reader = _Reader(data, numbers=False)
    first = reader.take(1)[0]
    while first >> 5 == _MAJOR_TAG:
        reader.argument(first & 31)
        first = reader.take(1)[0]
    if first >> 5 != _MAJOR_MAP:
        raise CodecError("metadata is no map")
    value = reader.map(first & 31, 1, text=False)
    if reader.pos != len(data):
        raise CodecError("CBOR has bytes behind its value")
    return value


def dumps(value: Any, *, keyed: bool = False) -> bytes:
    """Writes a value. ``keyed``: the keys of the outermost map are integers (metadata)."""
    out = bytearray()
    _write(out, value, 0, keyed)
    return bytes(out)


def _head(out: bytearray, major: int, argument: int) -> None:
    if argument < 24:
        out.append(major << 5 | argument)
    elif argument < 0x100:
        out += bytes((major << 5 | 24, argument))
    elif argument < 0x10000:
        out.append(major << 5 | 25)
        out += argument.to_bytes(2, "big")
    elif argument < 0x100000000:
        out.append(major << 5 | 26)
        out += argument.to_bytes(4, "big")
    else:
        out.append(major << 5 | 27)
        out += argument.to_bytes(8, "big")


def _write(out: bytearray, value: Any, depth: int, keyed: bool = False) -> None:
    if isinstance(value, str):
        try:
            raw = value.encode()
        except UnicodeEncodeError:
            raise CodecError("text has half of a surrogate pair") from None
        if len(raw) < 24:
            out.append(0x60 | len(raw))
        else:
            _head(out, _MAJOR_TEXT, len(raw))
        out += raw
    elif value is None:
        out.append(0xF6)
    elif isinstance(value, bool):
        out.append(0xF5 if value else 0xF4)
    elif isinstance(value, int):
        _integer(out, int(value))
    elif isinstance(value, float):
        _float(out, value)
    elif isinstance(value, (dict, Mapping)):
        _deeper(depth)
        _head(out, _MAJOR_MAP, len(value))
        for key, member in value.items():
            _write(out, key if keyed else key_text(key), depth + 1)
            _write(out, member, depth + 1)
    elif isinstance(value, (list, tuple)):
        _deeper(depth)
        _head(out, _MAJOR_ARRAY, len(value))
        for member in value:
            _write(out, member, depth + 1)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        raw = bytes(value)
        _head(out, _MAJOR_BYTES, len(raw))
        out += raw
    else:
        _deeper(depth)
        _write(out, plain(value), depth)


def _deeper(depth: int) -> None:
    if depth >= NESTING:
        raise CodecError(f"a value is nested deeper than {NESTING}")


def _integer(out: bytearray, value: int) -> None:
    major, argument = (_MAJOR_UINT, value) if value >= 0 else (_MAJOR_NINT, -1 - value)
    if argument < 1 << 64:
        _head(out, major, argument)
        return
    out.append(_MAJOR_TAG << 5 | (2 if major == _MAJOR_UINT else 3))
    raw = argument.to_bytes((argument.bit_length() + 7) // 8, "big")
    _head(out, _MAJOR_BYTES, len(raw))
    out += raw


def _float(out: bytearray, value: float) -> None:
    if not math.isfinite(value):
        raise CodecError("a number is not finite")
    for first, form in ((0xF9, ">e"), (0xFA, ">f")):
        try:
            raw = struct.pack(form, value)
        except OverflowError:
            continue
        if struct.unpack(form, raw)[0] == value:
            out.append(first)
            out += raw
            return
    out.append(0xFB)
    out += struct.pack(">d", value)
