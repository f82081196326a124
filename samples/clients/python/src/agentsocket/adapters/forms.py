"""Questions and approvals as forms of MCP, which are flat: an object of texts, numbers, truth values and choices."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agentsocket.adapters.functions import required
from agentsocket.asking import ApprovalRequest, Question

_FLAT = frozenset(("string", "number", "integer", "boolean"))


@dataclass(frozen=True)
class Form:
    """A form, and how its content becomes the answer."""

    message: str
    schema: dict[str, Any]
    read: Callable[[Mapping[str, Any]], Any]


def question_form(question: Question) -> Form:
    """Makes the form of a question."""
    schema = question.schema
    properties = schema.get("properties", {})
    is_map = schema.get("type") == "object" and isinstance(properties, dict)
    if is_map and all(_flat(member) for member in properties.values()):
        form = {"type": "object", "properties": properties, "required": [], **required(schema)}
        return Form(question.prompt, form, dict)
    if _flat(schema):
        return _single(question.prompt, {"type": "string", **schema}, lambda value: value)
    text = {"type": "string", "description": f"JSON that fits this schema: {json.dumps(schema)}"}
    return _single(question.prompt, text, _json)


def approval_form(request: ApprovalRequest) -> Form:
    """Makes the form of an approval: it has to be ticked."""
    message = f"{request.prompt}\n\n{request.action} {json.dumps(request.arguments, ensure_ascii=False, default=str)}"
    approve = {"type": "boolean", "title": "Approve", "default": False}
    schema = {"type": "object", "properties": {"approve": approve}, "required": ["approve"]}
    return Form(message, schema, lambda content: content.get("approve") is True)


def _flat(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    kind, choices = schema.get("type"), schema.get("enum")
    if kind is None:
        return isinstance(choices, list) and all(isinstance(one, str) for one in choices)
    return isinstance(kind, str) and kind in _FLAT


def _single(message: str, schema: dict[str, Any], read: Callable[[Any], Any]) -> Form:
    form = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    return Form(message, form, lambda content: read(content.get("value")))


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text  # the server checks it, and asks again
