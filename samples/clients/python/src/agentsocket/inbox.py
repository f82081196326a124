"""Counting, acknowledging and assembling what the peer sends (protocol sections 9.6, 10 and 14)."""

from __future__ import annotations

from .errors import Breach, CallError, CloseCode, ErrorCode
from .wire import ASSEMBLY_LIMIT, RESERVE, Frame

_FRAMES_UNTOLD = 32
_PART_OF_WINDOW = 4
_PING_BURST = 10
_PINGS_PER_SECOND = 2


class Received:
    """Numbers of the peer's frames, and when they have to be acknowledged."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.rx = 0
        self.told = 0
        self.bytes = 0
        """Bytes of numbered frames since the last acknowledgement."""

    def count(self, frame: Frame) -> None:
        """Counts a numbered frame, which is thereby accepted."""
        self.rx += 1
        self.bytes += frame.size
        if self.bytes > self.window + RESERVE:
            raise Breach(CloseCode.PROTOCOL, "the server sends more than the window allows")

    @property
    def owed(self) -> bool:
        """Whether there is something to acknowledge."""
        return self.rx > self.told

    @property
    def urgent(self) -> bool:
        """Whether the acknowledgement may not wait for its second."""
        return self.rx - self.told >= _FRAMES_UNTOLD or self.bytes * _PART_OF_WINDOW >= self.window

    def tell(self) -> None:
        """Notes that everything was acknowledged."""
        self.told = self.rx
        self.bytes = 0


class PingBucket:
    """Tokens that the peer's pings cost: 10, and 2 more each second."""

    def __init__(self, now: float) -> None:
        self._tokens = float(_PING_BURST)
        self._at = now

    def spend(self, now: float) -> None:
        """Takes a token, or closes with RATE."""
        self._tokens = min(_PING_BURST, self._tokens + (now - self._at) * _PINGS_PER_SECOND)
        self._at = now
        if self._tokens < 1:
            raise Breach(CloseCode.RATE, "the server pings too often")
        self._tokens -= 1


class Assembly:
    """Pieces of payloads that wait for their frame; bounded for each payload and over all streams."""

    def __init__(self, item_limit: int) -> None:
        self._item_limit = item_limit
        self._parts: dict[int, bytearray] = {}
        self._total = 0

    def add(self, stream: int, piece: bytes) -> None:
        """Keeps a piece, or raises CallError with TOO_LARGE or RESOURCE_EXHAUSTED, and drops the stream's pieces."""
        held = self._parts.setdefault(stream, bytearray())
        if len(held) + len(piece) > self._item_limit:
            self.drop(stream)
            raise CallError(ErrorCode.TOO_LARGE, "a payload is larger than this side accepts")
        if self._total + len(piece) > ASSEMBLY_LIMIT:
            self.drop(stream)
            raise CallError(ErrorCode.RESOURCE_EXHAUSTED, "too many bytes of incomplete payloads")
        held += piece
        self._total += len(piece)

    def take(self, stream: int, last: bytes) -> bytes:
        """Completes a payload with its last piece, or raises CallError with TOO_LARGE."""
        held = self._parts.pop(stream, b"")
        self._total -= len(held)
        if len(held) + len(last) > self._item_limit:
            raise CallError(ErrorCode.TOO_LARGE, "a payload is larger than this side accepts")
        if held:
            return bytes(held) + last
        return last

    def drop(self, stream: int) -> None:
        """Forgets the pieces of a stream."""
        held = self._parts.pop(stream, None)
        if held is not None:
            self._total -= len(held)

    def clear(self) -> None:
        """Forgets everything."""
        self._parts.clear()
        self._total = 0
