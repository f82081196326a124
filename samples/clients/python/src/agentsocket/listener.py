"""The side of the session that looks to the agent."""

from __future__ import annotations

from typing import Any, Protocol

from .errors import CallError
from .greeting import Welcome
from .runs import Run


class Listener(Protocol):
    """The agent above the session."""

    def on_event(self, name: str, payload: bytes, traceparent: str | None) -> None:
        """An event has arrived."""

    def on_define(self, name: str, descriptor: dict[str, Any] | None, catalog: str | None, size: int) -> None:
        """The server has announced an action whose descriptor takes so many bytes, or withdrawn it (no descriptor)."""

    def on_welcome(self, welcome: Welcome) -> None:
        """A connection is there; called before anything is sent on it."""

    def on_reset(self) -> None:
        """A new log has begun: what is state of the session has to be said again."""

    def on_goaway(self, code: int, drain: float, spread: float) -> None:
        """The server leaves; the times are in seconds."""

    def unavailable(self) -> CallError:
        """Error of a call that has waited too long for a connection."""

    def known_catalog(self) -> str | None:
        """Hash of the server's catalog as this side knows it."""

    def own_name(self, alias: int) -> str | None:
        """Name that this side has bound to an alias."""

    def admit(self, run: Run, name: str) -> None:
        """Looks up what the server invokes and starts it, or raises CallError."""

    async def idempotent(self, name: str) -> bool:
        """Asks the server whether an action may run twice."""
