"""Options of calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .metadata import KEY_LIMIT
from .wire import COUNTER


@dataclass(frozen=True)
class Progress:
    """Report of a running action."""

    done: float
    total: float | None
    text: str | None


@dataclass(frozen=True)
class CallOptions:
    """How a call is made. Times are in seconds.

    Attributes:
        timeout: deadline; it travels with the call and covers the wait for a connection.
        key: idempotency key, 1 to 64 bytes.
        idempotent: whether the call may run twice; None asks for the hints of the server.
        prefetch: items that the other side may send ahead of the consumer.
        on_progress: receives reports of the running action.
        traceparent: W3C trace context.
        on_ask: answers questions of this call, in place of the function of the agent; it is given a ``Question``.
        on_approve: the same for requests for approval; it is given an ``ApprovalRequest``.
    """

    timeout: float | None = None
    key: str | None = None
    idempotent: bool | None = None
    prefetch: int = 32
    on_progress: Callable[[Progress], None] | None = None
    traceparent: str | None = None
    on_ask: Callable[[Any], Any] | None = None
    on_approve: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        wrong = []
        if self.timeout is not None and not self.timeout >= 0:  # NaN neither
            wrong.append("timeout must not be negative")
        if self.key is not None and not 1 <= len(self.key.encode()) <= KEY_LIMIT:
            wrong.append("key must have 1 to 64 bytes")
        if not 1 <= self.prefetch <= COUNTER:
            wrong.append("prefetch must be at least 1 and below 2**53")
        if wrong:
            raise ValueError("; ".join(wrong))

    def but(self, **changes: Any) -> CallOptions:
        """Copies the options with changes."""
        return replace(self, **changes)
