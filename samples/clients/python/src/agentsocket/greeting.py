"""HELLO and WELCOME: limits, resume, and what the server says of itself (protocol section 6)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from .codec import Codec
from .errors import Breach, CloseCode, CodecError
from .wire import ASSEMBLY_LIMIT, COUNTER, GREETING_LIMIT, NUMBER

_WINDOW_LEAST = 32_768
_MESSAGE_LEAST = 8_192
_UNIT_LEAST = 1_024
_KEEPALIVE_LEAST = 1_000
_HELD = 1 << 20
"""Bytes that are held until they are acknowledged, at most: four windows of a usual server."""
_MESSAGE_MOST = 65_536
"""Largest message, and frame, that this side sends: with the usual limits of a server, none is larger."""
_STREAMS_MOST = 10_000
"""Calls of this side that are open at once, at most: each of them takes memory until the server ends it."""


@dataclass(frozen=True)
class Limits:
    """Limits that a side declares for what its peer may send. Sizes are in bytes.

    Raises ValueError, which names all mistakes at once, when values do not fit each other.
    """

    window: int = 262_144
    """Bytes in flight without acknowledgement."""
    message: int = 65_536
    """Largest message."""
    frame: int = 16_384
    """Largest frame."""
    item: int = 1_048_576
    """Largest payload."""
    items: int = 32
    """Items of a caller on each stream before it needs credit."""
    streams: int = 1_024
    """Open invocations of the peer."""

    def __post_init__(self) -> None:
        wrong = self.mistakes()
        if wrong:
            raise ValueError("limits do not fit: " + "; ".join(wrong))

    def mistakes(self) -> list[str]:
        """Names every value that is out of range, and its range."""
        least = {
            "window": max(_WINDOW_LEAST, 2 * self.frame),
            "message": max(_MESSAGE_LEAST, self.frame),
            "frame": _UNIT_LEAST,
            "item": _UNIT_LEAST,
            "items": 0,
            "streams": 0,
        }
        return [
            f"{name} must be from {low} to {COUNTER if name == 'items' else NUMBER}"
            for name, low in least.items()
            if not low <= getattr(self, name) <= (COUNTER if name == "items" else NUMBER)
        ]

    def bounded(self) -> Limits:
        """What this side uses of the peer's limits: whatever the peer takes, this side holds no more for a replay."""
        return Limits(
            window=min(self.window, _HELD),
            message=min(self.message, _MESSAGE_MOST),
            frame=min(self.frame, _MESSAGE_MOST),
            item=min(self.item, ASSEMBLY_LIMIT),
            items=self.items,
            streams=min(self.streams, _STREAMS_MOST),
        )


DEFAULTS = Limits()


@dataclass(frozen=True)
class Resume:
    """State of a session that HELLO presents (protocol section 6.1)."""

    session: str
    token: str
    log: str
    rx: int
    tx: int
    first: int
    attempt: int


def hello(
    codec: Codec,
    limits: Limits,
    *,
    auth: str | None = None,
    resume: Resume | None = None,
    catalog: str | None = None,
    client: dict[str, str] | None = None,
) -> bytes:
    """Writes the body of HELLO. Limits that have their default are left out."""
    body: dict[str, Any] = {
        field.name: getattr(limits, field.name)
        for field in fields(limits)
        if getattr(limits, field.name) != getattr(DEFAULTS, field.name)
    }
    if auth is not None:
        body["auth"] = auth
    if resume is not None:
        body["resume"] = {field.name: getattr(resume, field.name) for field in fields(resume)}
    if catalog is not None:
        body["catalog"] = catalog
    if client:
        body["client"] = client
    raw = codec.dumps(body)
    if 1 + len(raw) > GREETING_LIMIT:  # the header is one byte
        raise CodecError("HELLO is larger than 8 KiB: the token is too long")
    return raw


@dataclass(frozen=True)
class Welcome:
    """Body of WELCOME (protocol section 6.2). Times are in milliseconds."""

    status: str
    session: str
    token: str
    log: str
    rx: int
    next: int
    ttl: int
    keepalive: int
    aliases: int
    limits: Limits
    catalog_hash: str | None
    catalog_size: int | None
    server: dict[str, Any]
    expires: int
    """Time until the token expires, or 0 when it does not."""


def read_welcome(codec: Codec, data: bytes) -> Welcome:
    """Reads and checks the body of WELCOME; each mistake is a breach (protocol section 25, row 17)."""
    try:
        body = codec.load_strict(data)
    except CodecError as error:
        raise Breach(CloseCode.PROTOCOL, f"WELCOME is undecodable: {error}") from None
    if not isinstance(body, dict):
        raise _wrong("WELCOME is no map")
    status = _text(body, "status", required=True)
    if status not in ("new", "resumed", "reset"):
        raise _wrong("WELCOME has an unknown status")
    catalog = _map(body, "catalog")
    server = _map(body, "server")
    for key in ("name", "version"):
        _text(server, key)
    return Welcome(
        status=status,
        session=_text(body, "session", 64, required=True),
        token=_text(body, "token", 128, required=True),
        log=_text(body, "log", 64, required=True),
        rx=_int(body, "rx", 0, COUNTER, 0),
        next=_int(body, "next", 1, COUNTER, 1),
        ttl=_int(body, "ttl", 0, NUMBER, 120_000),
        keepalive=_int(body, "keepalive", _KEEPALIVE_LEAST, NUMBER, 25_000),
        aliases=_int(body, "aliases", 0, NUMBER, 1_024),
        limits=_limits(body),
        catalog_hash=_text(catalog, "hash", 32) if "hash" in catalog else None,
        catalog_size=_int(catalog, "size", 0, NUMBER, 0) if "size" in catalog else None,
        server=server,
        expires=_int(body, "expires", 0, NUMBER, 0),
    )


def _limits(body: dict[str, Any]) -> Limits:
    values = {
        field.name: _int(body, field.name, 0, COUNTER if field.name == "items" else NUMBER, field.default)
        for field in fields(Limits)
        if isinstance(field.default, int)
    }
    try:
        return Limits(**values)
    except ValueError as error:
        raise _wrong(f"WELCOME: {error}") from None


def _wrong(rule: str) -> Breach:
    return Breach(CloseCode.PROTOCOL, rule)


def _int(body: dict[str, Any], key: str, low: int, high: int, default: int) -> int:
    if key not in body:
        return default
    value = body[key]
    if type(value) is not int or not low <= value <= high:
        raise _wrong(f"{key} is no integer from {low} to {high}")
    return value


def _text(body: dict[str, Any], key: str, most: int | None = None, *, required: bool = False) -> str:
    if key not in body and not required:
        return ""
    value = body.get(key)
    if not isinstance(value, str) or (most is not None and len(value.encode()) > most):
        raise _wrong(f"{key} is no text of at most {most} bytes" if most else f"{key} is no text")
    return value


def _map(body: dict[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key, {})
    if not isinstance(value, dict):
        raise _wrong(f"{key} is no map")
    return value
