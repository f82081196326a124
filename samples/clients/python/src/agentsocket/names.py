"""Names and aliases of a session (protocol section 8)."""

from __future__ import annotations

import re

from .errors import Breach, CloseCode

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-/]*")
RESERVED = {
    1: "as.ask",
    2: "as.find",
    3: "as.describe",
    4: "as.approve",
    5: "as.subscribe",
    6: "as.authenticate",
}
FIRST_ALIAS = 16
ALIASES = 1_024
"""Aliases of the server that a client has to accept."""


def valid(name: str) -> bool:
    """Tells whether a text is a name of an action or event."""
    return len(name.encode("utf-8", "replace")) <= 128 and NAME.fullmatch(name) is not None


class PeerNames:
    """Aliases that the peer has bound."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._aliases: dict[str, int] = {}

    def clear(self) -> None:
        """Forgets all of them."""
        self._names.clear()
        self._aliases.clear()

    def name_of(self, alias: int) -> str | None:
        """Name that an alias stands for, or None."""
        return RESERVED.get(alias) or self._names.get(alias)

    def alias_of(self, name: str) -> int:
        """Alias of a name, or 0."""
        return _RESERVED_ALIASES.get(name) or self._aliases.get(name, 0)

    def bind(self, alias: int, name: str) -> None:
        """Binds an alias, or closes the connection when it stands for another name or there are too many."""
        if alias < FIRST_ALIAS:
            if RESERVED.get(alias) != name:
                raise Breach(CloseCode.PROTOCOL, "DEFINE binds a reserved alias")
            return
        bound = self._names.get(alias)
        if bound == name:
            return
        if bound is not None:
            raise Breach(CloseCode.PROTOCOL, "DEFINE binds a bound alias to another name")
        if len(self._names) >= ALIASES:
            raise Breach(CloseCode.TOO_LARGE, "too many aliases")
        self._names[alias] = name
        self._aliases[name] = alias

    def withdraw(self, alias: int, name: str) -> str | None:
        """Withdraws a name with all its aliases; returns the name, or None if it is not known by alias."""
        gone = name or self._names.get(alias)
        if gone:
            self._aliases.pop(gone, None)
            for bound in [bound for bound, what in self._names.items() if what == gone]:
                del self._names[bound]
        return gone or None


_RESERVED_ALIASES = {name: alias for alias, name in RESERVED.items()}
