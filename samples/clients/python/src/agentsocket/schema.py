"""A check of values against JSON Schema: the part that describes arguments and answers.

Keywords that it does not know are no constraints, as JSON Schema says. ``$ref`` inside of the same schema is followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from .errors import Violation
from .values import whole

_MOST = 32
"""Violations that are collected; more do not help anybody."""
_REFERENCES = 32
"""References that are followed one after the other, so that a circle ends."""

_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, (str, bytes)),
    "integer": whole,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, (list, tuple)),
    "object": lambda value: isinstance(value, Mapping),
}


def violations(schema: Mapping[str, Any] | bool, value: Any) -> list[Violation]:
    """Names everything that does not fit, with JSON Pointers into the value."""
    check = _Check(schema)
    check.value(schema, value, "", 0)
    return check.found


class _Check:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.found: list[Violation] = []

    def add(self, pointer: str, rule: str, message: str) -> None:
        if len(self.found) < _MOST:
            self.found.append(Violation(pointer, rule, message))

    def fits(self, schema: Any, value: Any, depth: int) -> bool:
        inner = _Check(self.root)
        inner.value(schema, value, "", depth)
        return not inner.found

    def value(self, schema: Any, value: Any, pointer: str, depth: int) -> None:
        if schema is False:
            self.add(pointer, "false", "nothing is allowed here")
        if not isinstance(schema, Mapping) or depth > _REFERENCES:
            return
        target = schema.get("$ref")
        if isinstance(target, str) and target.startswith("#"):
            self.value(self.resolve(target), value, pointer, depth + 1)
        kinds = schema.get("type")
        names = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
        if names and not any(name in _TYPES and _TYPES[name](value) for name in names):
            self.add(pointer, "type", f"must be {' or '.join(map(str, names))}")
            return
        self.choice(schema, value, pointer, depth)
        if isinstance(value, str):
            self.text(schema, value, pointer)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self.number(schema, value, pointer)
        elif isinstance(value, (list, tuple)):
            self.array(schema, value, pointer, depth)
        elif isinstance(value, Mapping):
            self.map(schema, value, pointer, depth)

    def resolve(self, target: str) -> Any:
        at = self.root
        for part in target[1:].strip("/").split("/"):
            if part:
                key = part.replace("~1", "/").replace("~0", "~")
                at = at.get(key) if isinstance(at, Mapping) else None
        return at

    def choice(self, schema: Mapping[str, Any], value: Any, pointer: str, depth: int) -> None:
        allowed = schema.get("enum")
        if isinstance(allowed, list) and not any(_same(value, one) for one in allowed):
            self.add(pointer, "enum", f"must be one of {', '.join(map(repr, allowed[:16]))}")
        if "const" in schema and not _same(value, schema["const"]):
            self.add(pointer, "const", f"must be {schema['const']!r}")
        for one in schema.get("allOf", ()):
            self.value(one, value, pointer, depth + 1)
        some = schema.get("anyOf")
        if isinstance(some, list) and not any(self.fits(one, value, depth + 1) for one in some):
            self.add(pointer, "anyOf", "fits none of the forms that are allowed")
        exactly = schema.get("oneOf")
        if isinstance(exactly, list) and sum(self.fits(one, value, depth + 1) for one in exactly) != 1:
            self.add(pointer, "oneOf", "must fit exactly one of the forms that are allowed")
        if "not" in schema and self.fits(schema["not"], value, depth + 1):
            self.add(pointer, "not", "must not have this form")

    def text(self, schema: Mapping[str, Any], value: str, pointer: str) -> None:
        least, most = schema.get("minLength"), schema.get("maxLength")
        if isinstance(least, int) and len(value) < least:
            self.add(pointer, "minLength", f"must have at least {least} characters")
        if isinstance(most, int) and len(value) > most:
            self.add(pointer, "maxLength", f"must have at most {most} characters")
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            try:
                fits = re.search(pattern, value) is not None
            except re.error:
                fits = True
            if not fits:
                self.add(pointer, "pattern", f"must match {pattern}")

    def number(self, schema: Mapping[str, Any], value: float, pointer: str) -> None:
        rules: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
            ("minimum", lambda bound: value >= bound, "at least"),
            ("maximum", lambda bound: value <= bound, "at most"),
            ("exclusiveMinimum", lambda bound: value > bound, "more than"),
            ("exclusiveMaximum", lambda bound: value < bound, "less than"),
        )
        for rule, holds, words in rules:
            bound = schema.get(rule)
            if _TYPES["number"](bound) and not holds(bound):
                self.add(pointer, rule, f"must be {words} {bound}")
        step = schema.get("multipleOf")
        if _TYPES["number"](step) and step and not _multiple(value, step):
            self.add(pointer, "multipleOf", f"must be a multiple of {step}")

    def array(self, schema: Mapping[str, Any], value: Any, pointer: str, depth: int) -> None:
        least, most = schema.get("minItems"), schema.get("maxItems")
        if isinstance(least, int) and len(value) < least:
            self.add(pointer, "minItems", f"must have at least {least} items")
        if isinstance(most, int) and len(value) > most:
            self.add(pointer, "maxItems", f"must have at most {most} items")
        if schema.get("uniqueItems") is True and any(_same(a, b) for i, a in enumerate(value) for b in value[:i]):
            self.add(pointer, "uniqueItems", "must not have an item twice")
        first = schema.get("prefixItems")
        first = first if isinstance(first, list) else []
        for index, member in enumerate(value):
            rule = first[index] if index < len(first) else schema.get("items")
            self.value(rule, member, f"{pointer}/{index}", depth)

    def map(self, schema: Mapping[str, Any], value: Mapping[str, Any], pointer: str, depth: int) -> None:
        known = schema.get("properties")
        known = known if isinstance(known, Mapping) else {}
        for name in schema.get("required", ()):
            if name not in value:
                self.add(f"{pointer}/{_escape(name)}", "required", "is missing")
        rest = schema.get("additionalProperties")
        for name, member in value.items():
            at = f"{pointer}/{_escape(name)}"
            if name in known:
                self.value(known[name], member, at, depth)
            elif rest is False:
                self.add(at, "additionalProperties", "is not known")
            elif isinstance(rest, Mapping):
                self.value(rest, member, at, depth)


def _multiple(value: float, step: float) -> bool:
    try:
        return float(value / step).is_integer()
    except OverflowError:  # an integer that no float has room for
        return Fraction(value) % Fraction(step) == 0


def _escape(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _same(left: Any, right: Any) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)
