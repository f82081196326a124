"""Actions that this side offers, and the catalog in which the server finds them (protocol section 17)."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .codec import CODECS
from .context import ActionContext
from .errors import CallError, ErrorCode
from .names import FIRST_ALIAS, valid
from .schema import violations
from .signature import Misfit, Signature, signature
from .wire import BYTES, DATA, TEXT

_RESULTS = ("value", "items", "text", "bytes", "none")
_END = {"text": TEXT, "bytes": BYTES}
_WORDS = 32
"""Different words of a query that count."""
_QUERY, _TAGS, _CURSOR = 1_024, 32, 512
"""Most characters of a query, tags, and characters of a cursor."""

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Action:
    """An offered action: a function, and what the server learns of it."""

    name: str
    handler: Handler
    signature: Signature
    result: str
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    hints: Mapping[str, Any] = field(default_factory=dict)
    input: Mapping[str, Any] = field(default_factory=dict)

    @property
    def items(self) -> Mapping[str, Any] | None:
        """Schema of the items that the caller may send, or None if the action takes none."""
        return self.signature.items

    @property
    def approval(self) -> bool:
        """Whether the caller is asked for permission first."""
        return bool(self.hints.get("approval"))

    @property
    def twice(self) -> bool:
        """Whether the action may run twice."""
        return bool(self.hints.get("idempotent") or self.hints.get("readOnly")) and not self.approval

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Checks and converts arguments, or raises CallError with INVALID_ARGUMENT and the violations."""
        found = violations(self.input, arguments)
        if not found:
            try:
                return self.signature.bind(arguments)
            except Misfit as misfit:
                found = misfit.found
        raise CallError(ErrorCode.INVALID_ARGUMENT, "the arguments do not fit", violations=tuple(found))

    async def run(self, context: ActionContext, values: dict[str, Any]) -> None:
        """Runs the function with checked values and sends its result. A plain function runs in a thread."""
        if self.signature.context:
            values[self.signature.context] = context
        if self.signature.items_parameter:
            values[self.signature.items_parameter] = context.items()
        if inspect.isasyncgenfunction(self.handler):
            await context.send_all(self.handler(**values), text=self.result in _END, end=_END.get(self.result, DATA))
            return
        if inspect.iscoroutinefunction(self.handler):
            value = await self.handler(**values)
        else:
            value = await asyncio.to_thread(self.handler, **values)
        if hasattr(value, "__aiter__"):
            await context.send_all(value, text=self.result in _END, end=_END.get(self.result, DATA))
        elif self.result == "items" and isinstance(value, Iterable):
            await context.send_all(_each(value), text=False, end=DATA)
        else:
            await context.answer(value, text=self.result in _END)

    def summary(self) -> dict[str, Any]:
        """Gives the answer of as.find about it."""
        found = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "tags": list(self.tags),
            "hints": dict(self.hints),
        }
        return {key: value for key, value in found.items() if value}

    def descriptor(self) -> dict[str, Any]:
        """Gives the answer of as.describe about it."""
        found = {**self.summary(), "input": self.input, "result": self.result}
        if self.signature.output is not None:
            found["output"] = self.signature.output
        if self.items is not None:
            found["items"] = self.items
        return found


async def _each(values: Iterable[Any]) -> Any:
    for value in values:
        yield value


def make_action(
    handler: Handler,
    name: str | None = None,
    *,
    title: str | None = None,
    description: str | None = None,
    tags: Iterable[str] = (),
    result: str | None = None,
    input: Mapping[str, Any] | None = None,
    built_in: bool = False,
    **hints: Any,
) -> Action:
    """Makes an action of a function; mistakes raise ValueError, which says what to change.

    ``hints`` are those of protocol section 17.3 in Python's spelling: ``read_only``, ``destructive``, ``idempotent``,
    ``open_world``, ``approval`` and ``timeout`` (seconds).
    """
    name = name or handler.__name__
    if not valid(name) or (name.startswith("as.") and not built_in):
        raise ValueError(f"{name!r} is no name of an action: letters, digits, _ . - / and at most 128 of them")
    shape = signature(handler, ActionContext)
    result = result or shape.result
    if result not in _RESULTS:
        raise ValueError(f"result must be one of {', '.join(_RESULTS)}")
    text = description or inspect.getdoc(handler)
    schema = dict(input) if input is not None else shape.input
    if built_in:  # unknown keys of the protocol's own actions are ignored (section 26)
        schema = {key: value for key, value in schema.items() if key != "additionalProperties"}
    return Action(name, handler, shape, result, title, text, tuple(tags), _hints(hints, result), schema)


_HINTS = {
    "read_only": "readOnly",
    "destructive": "destructive",
    "idempotent": "idempotent",
    "open_world": "openWorld",
    "approval": "approval",
}


def _hints(given: Mapping[str, Any], result: str) -> dict[str, Any]:
    unknown = sorted(set(given) - {*_HINTS, "timeout"})
    if unknown:
        raise ValueError(f"unknown hints: {', '.join(unknown)}; there are {', '.join([*_HINTS, 'timeout'])}")
    found: dict[str, Any] = {
        _HINTS[name]: bool(value) for name, value in given.items() if name != "timeout" and value is not None
    }
    if given.get("timeout") is not None:
        found["timeout"] = int(given["timeout"] * 1000)
    if result in ("items", "text", "bytes"):
        found["streaming"] = True
    return found


class Offered:
    """The catalog of this side, and the aliases that it has bound in the session."""

    def __init__(self) -> None:
        self.actions: dict[str, Action] = {}
        self.built_in: dict[str, Action] = {}
        self._aliases: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._next = FIRST_ALIAS

    def find(self, name: str) -> Action | None:
        """Action of a name, the built-in ones included."""
        return self.actions.get(name) or self.built_in.get(name) or self._searching(name)

    def _searching(self, name: str) -> Action | None:
        """The actions that search, made when the server asks for them: an idle agent has none."""
        handlers: dict[str, Handler] = {"as.find": self.as_find, "as.describe": self.as_describe}
        if name not in handlers:
            return None
        action = self.built_in[name] = make_action(handlers[name], name, built_in=True)
        return action

    def name_of(self, alias: int) -> str | None:
        """Name that an alias of this side stands for."""
        return self._names.get(alias)

    def alias_for(self, name: str, most: int) -> int:
        """Alias to bind for a name; 0 if it has one, or if the server accepts no more."""
        if name in self._aliases or len(self._aliases) >= most:
            return 0
        alias = self._aliases[name] = self._next
        self._names[alias] = name
        self._next += 1
        return alias

    def withdraw(self, name: str) -> None:
        """Takes an action out; its alias is not used again."""
        self.actions.pop(name, None)
        alias = self._aliases.pop(name, None)
        if alias is not None:
            del self._names[alias]

    def restart(self) -> None:
        """Forgets the aliases: they are state of a session."""
        self._aliases.clear()
        self._names.clear()
        self._next = FIRST_ALIAS

    def hash(self) -> str:
        """Text that changes when the catalog changes."""
        catalog = [action.descriptor() for _, action in sorted(self.actions.items())]
        return hashlib.sha256(CODECS["json"].dumps(catalog)).hexdigest()[:16]

    async def as_find(
        self, query: str = "", tags: list[str] | None = None, limit: int = 20, cursor: str | None = None
    ) -> dict[str, Any]:
        """Searches the actions of this side."""
        if not 1 <= limit <= 100:
            raise CallError(ErrorCode.INVALID_ARGUMENT, "limit must be from 1 to 100")
        if len(query) > _QUERY or len(tags or ()) > _TAGS or len(cursor or "") > _CURSOR:
            most = f"{_QUERY} characters of a query, {_TAGS} tags and {_CURSOR} characters of a cursor"
            raise CallError(ErrorCode.INVALID_ARGUMENT, f"there may be at most {most}")
        ranked = self._ranked(query, set(tags or ()))
        begin = 0
        if cursor is not None:
            if not cursor.isascii() or not cursor.isdigit() or not 0 < int(cursor[:9]) < len(ranked):
                raise CallError(ErrorCode.INVALID_ARGUMENT, "the cursor is not valid")
            begin = int(cursor[:9])
        page: dict[str, Any] = {
            "actions": [action.summary() for action in ranked[begin : begin + limit]],
            "total": len(ranked),
        }
        if begin + limit < len(ranked):
            page["next"] = str(begin + limit)
        return page

    def _ranked(self, query: str, tags: set[str]) -> list[Action]:
        named = [action for _, action in sorted(self.actions.items()) if tags <= set(action.tags)]
        query = query.lower().strip()
        words = list(dict.fromkeys(query.split()))[:_WORDS]
        if not words:
            return named
        scores = {action.name: _score(action, query, words) for action in named}
        return sorted((one for one in named if scores[one.name]), key=lambda one: (-scores[one.name], one.name))

    async def as_describe(self, names: list[str]) -> dict[str, Any]:
        """Describes actions of this side."""
        if not 1 <= len(names) <= 50:
            raise CallError(ErrorCode.INVALID_ARGUMENT, "names must be 1 to 50 names")
        return {
            "actions": [self.actions[name].descriptor() for name in names if name in self.actions],
            "unknown": [name for name in names if name not in self.actions],
        }


def _score(action: Action, query: str, words: list[str]) -> int:
    name, title = action.name.lower(), (action.title or "").lower()
    text, tags = (action.description or "").lower(), [tag.lower() for tag in action.tags]
    return 8 * (query == name) + sum(
        4 * (word in name) + 3 * (word in title) + 2 * any(word in tag for tag in tags) + (word in text)
        for word in words
    )
