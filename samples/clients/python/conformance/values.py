"""Values of the cases: short forms, and the comparison with what is expected (docs/conformance.md, section Values)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PATTERN = 251


def pattern(size: int) -> bytes:
    """Bytes whose i-th is i mod 251."""
    return bytes(index % PATTERN for index in range(size))


def expand(value: Any) -> Any:
    """Replaces the short forms of a value that is sent."""
    if isinstance(value, list):
        return [expand(member) for member in value]
    if not isinstance(value, dict):
        return value
    keys = set(value)
    if keys == {"$repeat", "times"}:
        return value["$repeat"] * value["times"]
    if len(keys) == 1:
        (key,) = keys
        if key == "$list":
            return list(range(1, value[key] + 1))
        if key == "$range":
            first, last = value[key]
            return list(range(first, last + 1))
        if key == "$nest":
            nested: Any = []
            for _ in range(value[key]):
                nested = [nested]
            return nested
        if key == "$bytes":
            return bytes.fromhex(value[key])
        if key == "$pattern":
            return pattern(value[key])
    return {key: expand(member) for key, member in value.items()}


def matches(expected: Any, actual: Any) -> bool:
    """Compares exactly, but for $any, $has and $in."""
    if isinstance(expected, dict) and len(expected) == 1:
        if "$any" in expected:
            return True
        if "$has" in expected:
            return has(expected["$has"], actual)
        if "$in" in expected:
            return any(matches(one, actual) for one in expected["$in"])
    expected = expand(expected) if isinstance(expected, dict) else expected
    if isinstance(expected, dict):
        return (
            isinstance(actual, Mapping)
            and expected.keys() == actual.keys()
            and all(matches(member, actual[key]) for key, member in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, (list, tuple))
            and len(expected) == len(actual)
            and all(matches(one, other) for one, other in zip(expected, actual, strict=True))
        )
    return bool(expected == actual) and isinstance(expected, bool) == isinstance(actual, bool)


def has(expected: Mapping[str, Any], actual: Any) -> bool:
    """Whether a map has at least these members."""
    return isinstance(actual, Mapping) and all(
        key in actual and matches(member, actual[key]) for key, member in expected.items()
    )
