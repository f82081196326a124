"""The catalog of the server: search, schemas, and changes as they come (protocol section 17)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import CallError
from .values import heft

_CACHED = 1_024
"""Descriptors that are kept while the catalog stays the same."""
_LARGEST = 32_768
"""Bytes that a descriptor takes which is kept without being asked for; a larger one is described on demand."""
_QUEUED = 1_024
"""Changes that wait for a listener; the oldest are left out beyond."""
_QUEUED_BYTES = 4 << 20
"""The same in bytes that their descriptors take: one may have a mebibyte on the wire, and much more in memory."""
_MOST_ACTIONS = 10_000
"""Actions that :meth:`Discovery.actions` reads at most."""
_MOST_BYTES = 16 << 20
"""Bytes that they take at most."""
_PAGE = 100
_DESCRIBED = 50
_RESULTS = ("value", "items", "text", "bytes", "none")

Invoke = Callable[[str, dict[str, Any]], Awaitable[Any]]


def _typed(found: Mapping[str, Any], key: str, kind: type, default: Any = None) -> Any:
    """Value of a key, if it has the type that the protocol says; others are treated as absent."""
    value = found.get(key)
    return value if isinstance(value, kind) else default


@dataclass(frozen=True)
class ActionInfo:
    """An action of the server. All texts come from the server: treat them as untrusted.

    Attributes:
        input: JSON Schema of the arguments; empty in the results of a search.
        output: JSON Schema of the value, or of each item.
        result: ``value``, ``items``, ``text``, ``bytes`` or ``none``.
        items: JSON Schema of the items that the caller may send, or None.
        hints: claims of the server, such as ``readOnly`` or ``destructive``.
    """

    name: str
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    hints: Mapping[str, Any] = field(default_factory=dict)
    input: Mapping[str, Any] = field(default_factory=dict)
    output: Mapping[str, Any] | None = None
    result: str = "value"
    items: Mapping[str, Any] | None = None

    @property
    def twice(self) -> bool:
        """Whether the server says that the action may run twice."""
        return (self.hints.get("idempotent") is True or self.hints.get("readOnly") is True) and self.hints.get(
            "approval"
        ) is not True

    @classmethod
    def of(cls, found: Mapping[str, Any], name: str | None = None) -> ActionInfo:
        """Reads a summary or descriptor."""
        tags = _typed(found, "tags", list, [])
        result = _typed(found, "result", str, "value")
        return cls(
            name=name or _typed(found, "name", str, ""),
            title=_typed(found, "title", str),
            description=_typed(found, "description", str),
            tags=tuple(tag for tag in tags if isinstance(tag, str)),
            hints=_typed(found, "hints", dict, {}),
            input=_typed(found, "input", dict, {}),
            output=_typed(found, "output", dict),
            result=result if result in _RESULTS else "value",
            items=_typed(found, "items", dict),
        )


@dataclass(frozen=True)
class Page:
    """Page of a search. ``next`` is the cursor of the following page, or None."""

    actions: list[ActionInfo]
    total: int
    next: str | None


@dataclass(frozen=True)
class Change:
    """An action that has appeared or changed, or, without ``action``, gone."""

    name: str
    action: ActionInfo | None


class Changes:
    """Changes of the catalog from now on: an asynchronous iterator. Close it, or leave its ``async with``."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._queue: deque[tuple[Change, int]] = deque()
        self._bytes = 0
        self._waiter: asyncio.Future[None] | None = None
        self._over = False

    async def __aenter__(self) -> Changes:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __aiter__(self) -> Changes:
        return self

    async def __anext__(self) -> Change:
        while not self._queue:
            if self._over:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._next()

    def _next(self) -> Change:
        change, size = self._queue.popleft()
        self._bytes -= size
        return change

    def offer(self, change: Change, size: int) -> None:
        """Takes a change, with the bytes that its descriptor takes; a single one is never too large."""
        self._queue.append((change, size))
        self._bytes += size
        while len(self._queue) > _QUEUED or (len(self._queue) > 1 and self._bytes > _QUEUED_BYTES):
            self._next()
        self._wake()

    def close(self) -> None:
        """Ends the iteration."""
        self._over = True
        self._discovery.listeners.discard(self)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Discovery:
    """Searches the server's catalog; keeps what it knows as long as the catalog's hash stays the same."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke
        self.hash: str | None = None
        """Hash of the server's catalog, None if the server has not said it."""
        self.size: int | None = None
        self.listeners: set[Changes] = set()
        self._known: OrderedDict[str, ActionInfo] = OrderedDict()

    async def find(
        self, query: str = "", *, tags: Iterable[str] = (), limit: int = 20, cursor: str | None = None
    ) -> Page:
        """Searches in names, titles, tags and descriptions."""
        arguments: dict[str, Any] = {"query": query, "tags": list(tags), "limit": limit}
        if cursor is not None:
            arguments["cursor"] = cursor
        found = _map(await self._invoke("as.find", arguments))
        actions = [ActionInfo.of(one) for one in _typed(found, "actions", list, []) if isinstance(one, dict)]
        return Page(actions, int(_typed(found, "total", int, len(actions))), _typed(found, "next", str))

    async def actions(self) -> list[ActionInfo]:
        """Reads all actions without their schemas, at most 10,000 of them and 16 MiB."""
        found: dict[str, ActionInfo] = {}
        size = 0
        cursor: str | None = None
        while True:
            page = await self.find(limit=_PAGE, cursor=cursor)
            before = len(found)
            for action in page.actions:
                if action.name not in found:
                    size += heft([action.name, action.title, action.description, [*action.tags], action.hints])
                    if size > _MOST_BYTES or len(found) == _MOST_ACTIONS:
                        return list(found.values())
                    found[action.name] = replace(action, input={}, output=None, items=None)  # not weighed
            cursor = page.next
            # A server that gives the same page again and again has no end.
            if cursor is None or len(found) == before:
                return list(found.values())

    async def describe(self, *names: str) -> list[ActionInfo]:
        """Reads the schemas of actions, from what is known where the catalog has not changed.

        Unknown names are left out.
        """
        wanted = list(dict.fromkeys(names))
        got = {name: self._known[name] for name in wanted if name in self._known}
        missing = [name for name in wanted if name not in got]
        for begin in range(0, len(missing), _DESCRIBED):
            before = self.hash
            found = _map(await self._invoke("as.describe", {"names": missing[begin : begin + _DESCRIBED]}))
            for one in _typed(found, "actions", list, []):
                if isinstance(one, dict):
                    info = ActionInfo.of(one)
                    got[info.name] = info
                    if self.hash is not None and self.hash == before:
                        self._keep(info)
        return [got[name] for name in wanted if name in got]

    async def idempotent(self, name: str) -> bool:
        """Asks whether an action may run twice."""
        try:
            found = await self.describe(name)
        except CallError:
            return False
        return bool(found) and found[0].twice

    def changes(self) -> Changes:
        """Gives the changes from now on."""
        listener = Changes(self)
        self.listeners.add(listener)
        return listener

    def on_welcome(self, catalog: str | None, size: int | None) -> None:
        """Drops what is known if the catalog is another one."""
        if catalog is None or catalog != self.hash:
            self._known.clear()
        self.hash, self.size = catalog, size

    def on_define(self, name: str, descriptor: Mapping[str, Any] | None, catalog: str | None, size: int) -> None:
        """Takes a change that the server has announced, with the bytes that the descriptor takes."""
        if catalog is not None:
            self.hash = catalog
        info = None if descriptor is None else ActionInfo.of(descriptor, name)
        if info is not None and info.input and size <= _LARGEST:
            self._keep(info)
        else:
            self._known.pop(name, None)
        for listener in list(self.listeners):
            listener.offer(Change(name, info), size)

    def close(self) -> None:
        """Ends all iterations."""
        for listener in list(self.listeners):
            listener.close()

    def _keep(self, info: ActionInfo) -> None:
        self._known[info.name] = info
        while len(self._known) > _CACHED:
            self._known.popitem(last=False)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
