"""The entry: :func:`connect`."""

from __future__ import annotations

import importlib.metadata
import ssl as tls
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .agent import Agent
from .codec import CODECS
from .greeting import Limits
from .supervisor import Plan, TokenSupplier
from .transport import Dial

_BUFFER = 64 * 1024 * 1024


def _version() -> str:
    try:
        return importlib.metadata.version("agentsocket")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def connect(
    uri: str | Sequence[str],
    *,
    token: str | TokenSupplier | None = None,
    codec: str | Sequence[str] = "cbor",
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    name: str = "agentsocket-python",
    version: str | None = None,
    ssl: tls.SSLContext | None = None,
    open_timeout: float = 10.0,
    max_wait: float = 30.0,
    backoff: tuple[float, float, float] = (0.25, 1.0, 30.0),
    refusal_timeout: float = 120.0,
    repeat_idempotent: bool = True,
    buffer: int = _BUFFER,
    on_state: Callable[[str, str], None] | None = None,
    **websocket: Any,
) -> Agent:
    """Describes a session with a server; ``async with`` opens it. All times are in seconds.

    Args:
        uri: address, or addresses of several pods that serve the same sessions; they are tried in order.
        token: bearer token, or a function, plain or ``async``, that is asked before each attempt to connect, and before
            the token expires where the server says when.
        codec: ``cbor``, ``json``, or both in the order of preference.
        headers: headers of the upgrade request.
        limits: limits that this side declares for what the server may send.
        name, version: what the client says of itself.
        ssl: TLS settings.
        open_timeout: time of an attempt: token, TCP, TLS, upgrade and the answer to HELLO; up to four times that after
            attempts that were too late.
        max_wait: time that the opening, and each call that is not sent, waits for a connection.
        backoff: upper bounds of the random waits: after the loss of a connection that has lasted longer than the second time, of
            each other one, and of all. A quarter of the time without a connection takes the place of the first two when it is
            longer.
        refusal_timeout: time until an answer that may come from a proxy (404) or a too new token (401) is final.
        repeat_idempotent: whether calls that may run twice are made again after a reset.
        buffer: bytes of items that wait for the application over all streams, and of arguments of what runs: those on
            the wire, and 64 for each value in them; a stream that exceeds them fails.
        on_state: is called with a state and a text whenever the state of the connection changes.
        websocket: further arguments of ``websockets.connect``, such as ``proxy``.

    Raises ValueError, which names all mistakes.
    """
    uris = [uri] if isinstance(uri, str) else list(uri)
    codecs = [codec] if isinstance(codec, str) else list(codec)
    wrong = [f"{one!r} is no ws or wss address" for one in uris if urlsplit(one).scheme not in ("ws", "wss")]
    wrong += [f"{one!r} has credentials: use token" for one in uris if urlsplit(one).username is not None]
    wrong += [f"{one!r} is no codec: use cbor or json" for one in codecs if one not in CODECS]
    wrong += [text for text, bad in (("no uri", not uris), ("no codec", not codecs)) if bad]
    if not 0 < backoff[0] <= backoff[1] <= backoff[2]:
        wrong.append("backoff must be three times in ascending order")
    if wrong:
        raise ValueError("; ".join(wrong))
    plan = Plan(
        uris=uris,
        token=token,
        codecs=codecs,
        dial=Dial(headers or {}, ssl, websocket),
        client={"name": name, "version": version or _version()},
        open_timeout=open_timeout,
        first_wait=backoff[0],
        least_wait=backoff[1],
        most_wait=backoff[2],
        refusal_timeout=refusal_timeout,
    )
    return Agent(
        plan,
        limits=limits or Limits(),
        max_wait=max_wait,
        repeat=repeat_idempotent,
        buffer=buffer,
        on_state=on_state,
    )
