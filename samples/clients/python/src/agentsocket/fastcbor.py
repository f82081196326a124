"""Faster reading of CBOR by the package ``cbor2``, if it is there (extra ``cbor2``).

``cbor2`` accepts more than the protocol does: tags with a meaning, keys of any type, numbers that are not finite. So
its result counts only if it is made of nothing but the JSON data model; everything else is read again by the strict
reader.
"""

from __future__ import annotations

import io
import math
from typing import Any

from .values import NESTING

try:
    import cbor2
except ImportError:
    cbor2 = None  # type: ignore[assignment]

_WORTH_IT = 64
"""Bytes from which ``cbor2`` and the check of its result take less time than the strict reader."""
_LEAVES = frozenset((str, int, bool, type(None), bytes))
_MEANINGS = (*range(6), 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
"""Tags that ``cbor2`` makes something of.

A long bignum in a fraction, or references to one value again and again, take time without a bound, here or where the
result is looked at.
"""


def _refuse(*_: Any) -> Any:
    raise ValueError("a tag")


_READERS: dict[int, Any] = dict.fromkeys(_MEANINGS, _refuse)

UNSURE = object()
"""Result that says: read it with the strict reader."""


def loads(data: bytes) -> Any:
    """Reads a value, or gives UNSURE."""
    if cbor2 is None or len(data) < _WORTH_IT:
        return UNSURE
    source = io.BytesIO(data)
    try:
        value = cbor2.CBORDecoder(source, max_depth=NESTING + 1, semantic_decoders=_READERS).decode()
    except Exception:
        return UNSURE
    return value if source.tell() == len(data) and _plain(value, NESTING) else UNSURE


def _plain(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind is dict or kind is list:
        if not depth or (kind is dict and not all(type(key) is str for key in value)):
            return False
        members = value.values() if kind is dict else value
        return all(type(member) in _LEAVES or _plain(member, depth - 1) for member in members)
    return kind in _LEAVES or (kind is float and math.isfinite(value))
