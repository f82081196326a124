"""The binary envelope: numbers, frames and messages (protocol sections 4 and 5).

Functions only, without state. Every check comes before what it bounds is copied. A breach of a rule
raises :class:`~agentsocket.errors.Breach` with the close code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .errors import Breach, CloseCode
from .names import valid

HELLO, WELCOME, ACK, GOAWAY, DEFINE, EVENT = 0, 1, 2, 3, 4, 5
INVOKE, DATA, TEXT, BYTES, ERROR, INTERRUPT, CREDIT, PART = 8, 9, 10, 11, 12, 13, 14, 15
FIRST_NUMBERED = 4
FIRST_EXTENSION = 24

NUMBER = 2**31 - 1
"""Largest value of stream ids, lengths, references, aliases, codes, flags, modes and milliseconds."""
COUNTER = 2**53 - 1
"""Largest value of counters."""

GREETING_LIMIT = 8192
"""Bytes of HELLO or WELCOME, header to body."""
METADATA_LIMIT = 4096
NAME_LIMIT = 128
ASSEMBLY_LIMIT = 4 * 1024 * 1024
RESERVE = 4096
"""Bytes beyond the window that INTERRUPT, ERROR and CREDIT may use."""

FLAG_E, FLAG_L, FLAG_M = 1, 2, 4

_PLAIN, _E, _M, _EM = 0, FLAG_E, FLAG_M, FLAG_E | FLAG_M
_ALLOWED = {
    HELLO: _PLAIN, WELCOME: _PLAIN, GOAWAY: _PLAIN, ACK: _E, DEFINE: _M, EVENT: _M,
    INVOKE: _EM, DATA: _EM, TEXT: _EM, BYTES: _EM, ERROR: _M, INTERRUPT: _M, CREDIT: _PLAIN, PART: _PLAIN,
    **dict.fromkeys(range(FIRST_EXTENSION, 32), _M),
}  # fmt: skip


_SHORT = tuple(bytes((value,)) for value in range(0x80))


def uvarint(value: int) -> bytes:
    """Writes an unsigned number in its shortest form (protocol section 4.2)."""
    if value < 0x80:
        return _SHORT[value]
    if value < 0x4000:
        return bytes((value & 0x7F | 0x80, value >> 7))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_uvarint(data: bytes, pos: int, end: int, most: int = NUMBER) -> tuple[int, int]:
    """Reads a number at ``pos``; returns it and the position behind it."""
    if pos < end and data[pos] < 0x80:
        return data[pos], pos + 1
    value = shift = 0
    longest = 28 if most == NUMBER else 49
    while pos < end:
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if byte == 0:
                raise Breach(CloseCode.PROTOCOL, "a number is not in its shortest form")
            if value > most:
                break
            return value, pos
        shift += 7
        if shift > longest:
            break
    else:
        raise Breach(CloseCode.PROTOCOL, "a number is truncated")
    raise Breach(CloseCode.PROTOCOL, "a number is out of range")


@dataclass(slots=True)
class Frame:
    """A frame as it was received. ``body`` is everything behind the metadata."""

    type: int
    end: bool
    stream: int
    length: int | None
    meta: bytes | None
    body: bytes
    size: int

    @property
    def numbered(self) -> bool:
        """Whether the frame has a number, is acknowledged and is replayed."""
        return self.type >= FIRST_NUMBERED


def split(message: bytes, frame_limit: int) -> Iterator[Frame]:
    """Reads the frames of a message one after the other (protocol sections 4.1 and 4.3).

    Frames ahead of a bad one are given before the breach is raised, as the protocol demands.
    """
    total = len(message)
    if not total:
        raise Breach(CloseCode.PROTOCOL, "a message is empty")
    start = 0
    while start < total:
        frame, start = _frame(message, start, total, frame_limit)
        yield frame


def _frame(data: bytes, start: int, total: int, frame_limit: int) -> tuple[Frame, int]:
    header = data[start]
    kind = header >> 3
    allowed = _ALLOWED.get(kind)
    if allowed is None:
        raise Breach(CloseCode.PROTOCOL, f"frame type {kind} is reserved")
    if header & (FLAG_E | FLAG_M) & ~allowed:
        raise Breach(CloseCode.PROTOCOL, f"frame type {kind} does not allow its flags")
    pos = start + 1
    stream = 0
    if kind >= INVOKE:
        stream, pos = read_uvarint(data, pos, total)
        if stream == 0 and kind < PART:
            raise Breach(CloseCode.PROTOCOL, f"frame type {kind} has stream id 0")
    end = total
    length: int | None = None
    if header & FLAG_L:
        length, pos = read_uvarint(data, pos, total)
        end = pos + length
    greeting = kind in (HELLO, WELCOME)
    if end - start > (GREETING_LIMIT if greeting else frame_limit):
        raise Breach(CloseCode.TOO_LARGE, "a frame is larger than its limit")
    if end > total:
        raise Breach(CloseCode.PROTOCOL, "the length of a frame reaches beyond its message")
    meta: bytes | None = None
    if header & FLAG_M:
        size, pos = read_uvarint(data, pos, end)
        if size > METADATA_LIMIT:
            raise Breach(CloseCode.TOO_LARGE, "metadata is larger than 4 KiB")
        if pos + size > end:
            raise Breach(CloseCode.PROTOCOL, "metadata reaches beyond its frame")
        meta = data[pos : pos + size]
        pos += size
    return Frame(kind, bool(header & FLAG_E), stream, length, meta, data[pos:end], end - start), end


class Reference(NamedTuple):
    """Target of INVOKE or EVENT: an alias, or, if it is 0, an inline name."""

    alias: int
    name: bytes
    payload: bytes


class Definition(NamedTuple):
    """Head fields of DEFINE; an alias of 0 means no alias."""

    alias: int
    name: str
    descriptor: bytes


class Failure(NamedTuple):
    """Body of ERROR."""

    code: int
    flags: int
    text: str


class Leave(NamedTuple):
    """Body of GOAWAY; the times are in milliseconds."""

    code: int
    drain: int
    spread: int
    text: str


def read_ack(body: bytes) -> tuple[int, int | None]:
    """Reads rx and, if it is there, tx."""
    rx, pos = read_uvarint(body, 0, len(body), COUNTER)
    tx: int | None = None
    if pos < len(body):
        tx, pos = read_uvarint(body, pos, len(body), COUNTER)
    if pos < len(body):
        raise Breach(CloseCode.PROTOCOL, "ACK has bytes left")
    return rx, tx


def read_goaway(body: bytes) -> Leave:
    """Reads the body of GOAWAY."""
    end = len(body)
    code, pos = read_uvarint(body, 0, end)
    drain, pos = read_uvarint(body, pos, end)
    spread, pos = read_uvarint(body, pos, end)
    return Leave(code, drain, spread, body[pos:].decode("utf-8", "replace"))


def read_reference(body: bytes) -> Reference:
    """Reads the reference of INVOKE or EVENT (protocol section 8.2)."""
    reference, pos = read_uvarint(body, 0, len(body))
    if reference < 2:
        raise Breach(CloseCode.PROTOCOL, "a reference is empty")
    if not reference & 1:
        return Reference(reference >> 1, b"", body[pos:])
    name, pos = _name(body, pos, reference >> 1)
    return Reference(0, name, body[pos:])


def read_define(body: bytes) -> Definition:
    """Reads the head fields of DEFINE (protocol section 5.5)."""
    alias, pos = read_uvarint(body, 0, len(body))
    size, pos = read_uvarint(body, pos, len(body))
    name, pos = _name(body, pos, size)
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raise Breach(CloseCode.PROTOCOL, "DEFINE has a name that is not UTF-8") from None
    if text and not valid(text):
        raise Breach(CloseCode.PROTOCOL, "DEFINE has a name that is none")
    if not text and (not alias or pos < len(body)):
        raise Breach(CloseCode.PROTOCOL, "DEFINE has no name")
    return Definition(alias, text, body[pos:])


def _name(body: bytes, pos: int, size: int) -> tuple[bytes, int]:
    if size > NAME_LIMIT:
        raise Breach(CloseCode.TOO_LARGE, "a name is longer than 128 bytes")
    if pos + size > len(body):
        raise Breach(CloseCode.PROTOCOL, "a name reaches beyond its frame")
    return body[pos : pos + size], pos + size


def read_error(body: bytes) -> Failure:
    """Reads the body of ERROR."""
    code, pos = read_uvarint(body, 0, len(body))
    flags, pos = read_uvarint(body, pos, len(body))
    if code == 0:
        raise Breach(CloseCode.PROTOCOL, "ERROR has code 0")
    return Failure(code, flags, body[pos:].decode("utf-8", "replace"))


def read_interrupt(body: bytes) -> tuple[int, str]:
    """Reads mode and reason of INTERRUPT."""
    mode, pos = read_uvarint(body, 0, len(body))
    if mode > 1:
        raise Breach(CloseCode.PROTOCOL, "INTERRUPT has an unknown mode")
    return mode, body[pos:].decode("utf-8", "replace")


def read_credit(body: bytes) -> int:
    """Reads the items of CREDIT."""
    items, pos = read_uvarint(body, 0, len(body), COUNTER)
    if items == 0 or pos < len(body):
        raise Breach(CloseCode.PROTOCOL, "CREDIT is 0 or has bytes left")
    return items


@dataclass(slots=True)
class Outgoing:
    """A frame to send. Its length field is written only where another frame follows in the message."""

    header: int
    stream: bytes
    rest: bytes
    size: int
    """Bytes with the length field; the window is charged with them, which is never too little."""

    def encode(self, last: bool) -> bytes:
        """Writes the frame; the last one of a message has no length field."""
        if last:
            return bytes((self.header,)) + self.stream + self.rest
        return bytes((self.header | FLAG_L,)) + self.stream + uvarint(len(self.rest)) + self.rest


def outgoing(
    kind: int, stream: int = 0, body: bytes = b"", *, end: bool = False, meta: bytes | None = None
) -> Outgoing:
    """Makes a frame to send."""
    header = kind << 3 | (FLAG_E if end else 0) | (FLAG_M if meta is not None else 0)
    rest = body if meta is None else uvarint(len(meta)) + meta + body
    number = uvarint(stream) if kind >= INVOKE else b""
    length = len(rest)
    return Outgoing(header, number, rest, 1 + len(number) + len(uvarint(length)) + length)


def join(frames: Iterable[Outgoing]) -> bytes:
    """Puts frames into one message."""
    parts: list[bytes] = []
    every = list(frames)
    last = every.pop()
    for frame in every:
        parts += (bytes((frame.header | FLAG_L,)), frame.stream, uvarint(len(frame.rest)), frame.rest)
    return b"".join((*parts, bytes((last.header,)), last.stream, last.rest))


def reference(alias: int, name: str) -> bytes:
    """Writes a reference: the alias, or the name if the alias is 0."""
    if alias:
        return uvarint(alias << 1)
    raw = name.encode()
    return uvarint(len(raw) << 1 | 1) + raw
