"""Errors of the client: codes of the protocol, errors of calls, and breaches of the protocol.

Protocol sections 21 (error codes) and 22 (close codes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class ErrorCode(IntEnum):
    """Codes of ERROR frames (protocol section 21). Codes from 256 on belong to applications."""

    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16
    LOST = 32
    REFUSED = 33
    UNKNOWN_ALIAS = 34
    ASK_TIMEOUT = 35
    TOO_LARGE = 36
    SESSION_RESET = 37


class CloseCode(IntEnum):
    """Close codes of the WebSocket (protocol section 22)."""

    NORMAL = 1000
    DRAIN = 4000
    KEEPALIVE = 4001
    SLOW_CONSUMER = 4002
    SEQUENCE = 4003
    INTERNAL = 4005
    PROTOCOL = 4500
    TOO_LARGE = 4505
    RATE = 4507


RETRYABLE = 1
"""Bit of the flags of ERROR: the same call may succeed later."""

MAY_HAVE_RUN = 2
"""Bit of the flags of ERROR: the action, or a part of it, may have been carried out."""

VIOLATIONS_SHOWN = 3
"""Violations that the message of an error names; more would make a line that nobody reads."""


@dataclass(frozen=True)
class Violation:
    """Part of the arguments that does not satisfy the schema of an action."""

    pointer: str
    """JSON Pointer into the arguments."""
    rule: str
    """Keyword of JSON Schema, or the name of a constraint."""
    message: str
    """Text for humans and models."""


class AgentSocketError(Exception):
    """Root of all errors of this package."""


class CodecError(AgentSocketError):
    """A value that the codec cannot write, or bytes that are no value (protocol section 24)."""


class ConnectError(AgentSocketError):
    """There is no connection, and the reason why.

    Attributes:
        status: HTTP status of the refused upgrade, or None.
        close_code: close code of the WebSocket, or None.
    """

    def __init__(self, message: str, *, status: int | None = None, close_code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.close_code = close_code


class Breach(AgentSocketError):
    """The peer broke a rule of the protocol; the connection closes with ``code``."""

    def __init__(self, code: int, rule: str) -> None:
        super().__init__(rule)
        self.code = code
        self.rule = rule


class CallError(AgentSocketError):
    """A call ended with an error. An action raises it to choose code and text of its own failure.

    The text is safe to show to users and models. Nothing of it comes from exceptions.
    """

    def __init__(
        self,
        code: int,
        text: str = "",
        *,
        retryable: bool = False,
        may_have_run: bool = False,
        violations: tuple[Violation, ...] = (),
        correlation: str | None = None,
    ) -> None:
        self.code = int(code)
        self.text = text
        self.retryable = retryable
        self.may_have_run = may_have_run
        self.violations = violations
        self.correlation = correlation
        self.of_call = False
        """Whether it ended a call of this side; an action does not pass it on as its own failure."""
        super().__init__(self._line())

    @property
    def name(self) -> str:
        """Name of the code, or its number in decimal if this client does not know it."""
        try:
            return ErrorCode(self.code).name
        except ValueError:
            return str(self.code)

    def _line(self) -> str:
        parts = [f"{self.name}: {self.text}" if self.text else self.name]
        parts += [f"{v.pointer or '/'} {v.message}" for v in self.violations[:VIOLATIONS_SHOWN]]
        if self.may_have_run:
            parts.append("the action may have run")
        if self.correlation:
            parts.append(f"correlation {self.correlation}")
        return "; ".join(parts)


class CallLost(CallError):
    """The other side cannot say how the call ended: LOST (32) or SESSION_RESET (37).

    ``may_have_run`` tells whether the action may have been carried out. Where it is False, the call
    was not sent, and it is safe to make it again.
    """


def ran_before(error: CallError | CodecError) -> CallError:
    """Makes the error of a call that was made again: its first run may have done something (protocol section 11.3)."""
    if not isinstance(error, CallError):
        return CallError(ErrorCode.INVALID_ARGUMENT, str(error), may_have_run=True)
    if error.may_have_run:
        return error
    # A new one: several calls may end with this error.
    return type(error)(
        error.code,
        error.text,
        retryable=error.retryable,
        may_have_run=True,
        violations=error.violations,
        correlation=error.correlation,
    )


def call_error(code: int, flags: int, text: str, details: Mapping[str, Any] | None = None) -> CallError:
    """Makes the error of an ERROR frame. Details of another type than the protocol says are ignored."""
    details = details or {}
    found = details.get("violations")
    violations = tuple(
        Violation(
            *(str(entry[key]) if isinstance(entry.get(key), str) else "" for key in ("pointer", "rule", "message"))
        )
        for entry in (found if isinstance(found, list) else ())
        if isinstance(entry, dict)
    )
    correlation = details.get("correlation")
    kind = CallLost if code in (ErrorCode.LOST, ErrorCode.SESSION_RESET) else CallError
    return kind(
        code,
        text,
        retryable=bool(flags & RETRYABLE),
        may_have_run=bool(flags & MAY_HAVE_RUN),
        violations=violations,
        correlation=correlation if isinstance(correlation, str) else None,
    )
