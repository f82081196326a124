"""The JSON data model of the codecs, and values of Python that become a part of it (protocol section 24)."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import pathlib
import uuid
from collections.abc import Collection, Mapping, Set
from decimal import Decimal
from typing import Any

from .errors import CodecError

NESTING = 32
"""Largest depth of a value (protocol section 23). A scalar has depth 0."""


_HOLD = (dict, list)
_OUTER, _TEXT, _SCALAR = 64, 32, 8
"""Bytes that a map or array, a text, and each other value take beside those on the wire, where a map may be one byte.

They are less than the memory of all: honest tables are large, and an attacker uses what is worst.
"""


def charge(value: Any) -> int:
    """Bytes that a decoded value is charged with beside its own on the wire, for itself and for each value in it."""
    total = 0
    level: list[Collection[Any]] = [[value]]
    while level:
        members = level.pop()
        kinds = list(map(type, members))  # to count them so takes a tenth of the time of a loop
        outer, text = kinds.count(dict) + kinds.count(list), kinds.count(str) + kinds.count(bytes)
        total += outer * _OUTER + text * _TEXT + (len(kinds) - outer - text) * _SCALAR
        if outer:
            level += [one.values() if isinstance(one, dict) else one for one in members if one and type(one) in _HOLD]
    return total


def charged(size: int, value: Any, most: int) -> int:
    """Bytes that a decoded value counts as while it waits, when it had ``size`` on the wire.

    What is in it never makes it larger than ``most``, all that may wait: it may be the only one that does.
    """
    return max(size, min(size + charge(value), most))


def heft(value: Any) -> int:
    """Bytes that a decoded value takes about, when those on the wire are not known."""
    total, level = charge(value), [value]
    while level:
        inner = level.pop()
        if isinstance(inner, dict):
            level += inner
            level += inner.values()
        elif isinstance(inner, list):
            level += inner
        elif isinstance(inner, (str, bytes)):
            total += len(inner)
    return total


def plain(value: Any) -> Any:
    """Turns a value that is no part of the data model into one that is, or raises CodecError.

    Takes dataclasses, models of pydantic, enums, sets, dates, UUIDs, paths and decimal numbers.
    """
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return list(value)
    raise CodecError(f"a value of type {type(value).__name__} cannot be sent")


def key_text(key: Any) -> str:
    """Text of the key of a map: keys are text whatever they are in the program."""
    if isinstance(key, str):
        return key
    if isinstance(key, enum.Enum):
        return key_text(key.value)
    if key is None:
        return "null"
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, (int, float)):
        return repr(key)
    raise CodecError(f"a key of type {type(key).__name__} cannot be sent")


def depth_over(value: Any, limit: int) -> bool:
    """Tells whether a decoded value is nested deeper than ``limit``."""
    level = [value]
    for _ in range(limit + 1):
        level = [outer for outer in level if isinstance(outer, (dict, list))]
        if not level:
            return False
        level = [member for outer in level for member in (outer.values() if isinstance(outer, dict) else outer)]
    return True


def whole(value: Any) -> bool:
    """Tells whether a decoded value is an integer: a number is the same with a fraction of zero and without."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())
