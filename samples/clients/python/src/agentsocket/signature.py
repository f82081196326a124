"""Schemas of functions, and arguments that fit them: types of Python to JSON Schema and values back."""

from __future__ import annotations

import base64
import collections.abc
import dataclasses
import datetime
import enum
import inspect
import types
import typing
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from .errors import Violation

_SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.date: {"type": "string", "format": "date"},
    uuid.UUID: {"type": "string", "format": "uuid"},
}
_LISTS = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Set)
_MAPS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_STREAMS = (
    collections.abc.AsyncIterator,
    collections.abc.AsyncIterable,
    collections.abc.AsyncGenerator,
    collections.abc.Generator,
    collections.abc.Iterator,
)


class Misfit(Exception):
    """A value does not fit the type of its parameter."""

    def __init__(self, found: list[Violation]) -> None:
        super().__init__(found[0].message if found else "")
        self.found = found


@dataclasses.dataclass(frozen=True)
class Signature:
    """Shape of an action's function."""

    input: dict[str, Any]
    output: dict[str, Any] | None
    result: str
    items: dict[str, Any] | None
    types: dict[str, Any]
    """Type of each argument, by its name."""
    context: str | None
    """Name of the parameter that takes the context of the run."""
    items_parameter: str | None
    """Name of the parameter that takes the items of the caller."""
    everything: bool
    """Whether the function takes arguments of any name."""

    def bind(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Turns arguments into values of the parameters' types, or raises Misfit."""
        bound: dict[str, Any] = {}
        for name, value in arguments.items():
            if name in self.types:
                bound[name] = convert(self.types[name], value, f"/{name}")
            elif self.everything:
                bound[name] = value
        return bound


def signature(function: Callable[..., Any], context_type: type) -> Signature:
    """Reads the parameters and the result of a function."""
    hints = typing.get_type_hints(function, include_extras=True)
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    kinds: dict[str, Any] = {}
    context = items_parameter = None
    items: dict[str, Any] | None = None
    everything = False
    for name, parameter in inspect.signature(function).parameters.items():
        kind = hints.get(name, Any)
        if kind is context_type:
            context = name
        elif typing.get_origin(kind) in (collections.abc.AsyncIterator, collections.abc.AsyncIterable):
            items_parameter, items = name, schema_of((typing.get_args(kind) or (Any,))[0], definitions)
        elif parameter.kind is parameter.VAR_KEYWORD:
            everything = True
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            raise TypeError(f"the parameter {name} of {function.__name__} cannot be given by name")
        else:
            kinds[name] = kind
            properties[name] = schema_of(kind, definitions)
            if parameter.default is parameter.empty:
                required.append(name)
            elif isinstance(parameter.default, (str, int, float, bool)):
                properties[name] = {**properties[name], "default": parameter.default}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if not everything:
        schema["additionalProperties"] = False
    output, result = _result(hints.get("return", Any), function)
    if definitions:
        schema["$defs"] = definitions
    return Signature(schema, output, result, items, kinds, context, items_parameter, everything)


def _result(kind: Any, function: Callable[..., Any]) -> tuple[dict[str, Any] | None, str]:
    definitions: dict[str, Any] = {}
    stream = inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function)
    if typing.get_origin(kind) in _STREAMS or stream:
        item = (typing.get_args(kind) or (Any,))[0]
        if item is str:
            return None, "text"
        if item is bytes:
            return None, "bytes"
        output, result = schema_of(item, definitions), "items"
    elif kind is None or kind is type(None):
        return None, "none"
    else:
        output, result = schema_of(kind, definitions), "value"
    if definitions:
        output = {**output, "$defs": definitions}
    return output or None, result


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and hasattr(kind, "model_json_schema") and hasattr(kind, "model_validate")


def schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Writes the JSON Schema of a type; named parts go to ``definitions``."""
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _annotated(schema_of(members[0], definitions), members[1:])
    if kind in _SIMPLE:
        return dict(_SIMPLE[kind])
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [schema_of(member, definitions) for member in members]}
    if origin is typing.Literal:
        return {"enum": list(members)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if (origin or kind) in _LISTS:
        return {"type": "array", "items": schema_of(members[0], definitions)} if members else {"type": "array"}
    if (origin or kind) in _MAPS:
        rest = schema_of(members[1], definitions) if len(members) == 2 else {}
        return {"type": "object", "additionalProperties": rest} if rest else {"type": "object"}
    if _is_model(kind):
        schema = kind.model_json_schema()
        definitions.update(schema.pop("$defs", {}))
        return dict(schema)
    fields = _fields(kind)
    if fields is None:
        return {}
    return {
        "type": "object",
        "properties": {name: schema_of(member, definitions) for name, (member, _) in fields.items()},
        "required": [name for name, (_, needed) in fields.items() if needed],
        "additionalProperties": False,
    }


def _annotated(schema: dict[str, Any], extras: tuple[Any, ...]) -> dict[str, Any]:
    for extra in extras:
        if isinstance(extra, str):
            schema["description"] = extra
        elif isinstance(extra, Mapping):
            schema.update(extra)
        elif isinstance(getattr(extra, "description", None), str):
            schema["description"] = extra.description
    return schema


def _fields(kind: Any) -> dict[str, tuple[Any, bool]] | None:
    """Fields of a dataclass or TypedDict: type, and whether it is needed."""
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        missing = dataclasses.MISSING
        return {
            field.name: (hints[field.name], field.default is missing and field.default_factory is missing)
            for field in dataclasses.fields(kind)
            if field.init
        }
    if typing.is_typeddict(kind):
        needed: frozenset[str] = getattr(kind, "__required_keys__", frozenset())
        return {name: (member, name in needed) for name, member in typing.get_type_hints(kind).items()}
    return None


def convert(kind: Any, value: Any, pointer: str) -> Any:
    """Makes a value of a type from a value of the data model, or raises Misfit."""
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return convert(members[0], value, pointer)
    if kind in (Any, inspect.Parameter.empty) or origin is typing.Literal:
        return value
    if origin in (typing.Union, types.UnionType):
        return _first_that_fits(members, value, pointer)
    try:
        return _converted(kind, origin or kind, members, value, pointer)
    except Misfit:
        raise
    except Exception:  # types of the application may raise anything
        raise Misfit([Violation(pointer, "type", f"is no {getattr(kind, '__name__', kind)}")]) from None


def _first_that_fits(members: tuple[Any, ...], value: Any, pointer: str) -> Any:
    found: list[Violation] = []
    for member in members:
        try:
            return convert(member, value, pointer)
        except Misfit as misfit:
            found = found or misfit.found
    raise Misfit(found)


def _converted(kind: Any, shape: Any, members: tuple[Any, ...], value: Any, pointer: str) -> Any:
    if kind in (str, int, float, bool, type(None)):
        return _scalar(kind, value)
    if kind is bytes:
        return value if isinstance(value, bytes) else base64.b64decode(value, validate=True)
    if kind in (datetime.datetime, datetime.date):
        return kind.fromisoformat(value.replace("Z", "+00:00"))
    if kind is uuid.UUID or (isinstance(kind, type) and issubclass(kind, enum.Enum)):
        return kind(value)
    if shape in _LISTS:
        member = members[0] if members else Any
        made = [convert(member, one, f"{pointer}/{index}") for index, one in enumerate(_is(list, value))]
        return made if shape not in (tuple, set, frozenset) else shape(made)
    if shape in _MAPS:
        member = members[1] if len(members) == 2 else Any
        return {key: convert(member, one, f"{pointer}/{key}") for key, one in _is(dict, value).items()}
    if _is_model(kind):
        return _model(kind, value, pointer)
    fields = _fields(kind)
    if fields is None:
        return value
    given = {key: one for key, one in _is(dict, value).items() if key in fields}
    return kind(**{key: convert(fields[key][0], one, f"{pointer}/{key}") for key, one in given.items()})


def _is(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError
    return value


def _scalar(kind: Any, value: Any) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError
    return value


def _model(kind: Any, value: Any, pointer: str) -> Any:
    try:
        return kind.model_validate(value)
    except ValueError as error:
        listed = getattr(error, "errors", None)
        if not callable(listed):
            raise
        raise Misfit(
            [
                Violation("/".join([pointer, *map(str, one["loc"])]), str(one["type"]), str(one["msg"]))
                for one in listed(include_url=False, include_context=False, include_input=False)
            ]
        ) from None
