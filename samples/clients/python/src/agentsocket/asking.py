"""Answers to questions and approvals of the server (protocol section 18)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .actions import Action, make_action
from .context import ActionContext


@dataclass(frozen=True)
class Question:
    """The server asks for something that a running action lacks. The texts come from the server: do not trust them."""

    prompt: str
    schema: dict[str, Any]
    """JSON Schema of the value that is wanted."""
    time_left: float | None
    """Seconds until nobody waits for the answer any more, or None."""


@dataclass(frozen=True)
class ApprovalRequest:
    """The server asks for permission to run an action."""

    action: str
    arguments: dict[str, Any]
    prompt: str
    time_left: float | None


class Declined(Exception):
    """Raised by the function that answers: the user refuses. The text is the reason."""


class Dismissed(Exception):
    """Raised by the function that answers: the user has closed the question without an answer."""


def ask_action(function: Callable[[Question], Any]) -> Action:
    """Makes as.ask of a function that returns the value, or raises Declined or Dismissed."""

    async def ask(context: ActionContext, prompt: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
        question = Question(prompt, schema or {"type": "string"}, context.time_left)
        answer = context.options_of_caller.on_ask or function
        return await _outcome(answer, question, lambda value: {"outcome": "answer", "value": value})

    return make_action(ask, "as.ask", built_in=True)


def approve_action(function: Callable[[ApprovalRequest], Any]) -> Action:
    """Makes as.approve of a function that returns a truth value, or raises Declined or Dismissed."""

    async def approve(context: ActionContext, action: str, arguments: dict[str, Any], prompt: str) -> dict[str, Any]:
        request = ApprovalRequest(action, arguments, prompt, context.time_left)
        decide = context.options_of_caller.on_approve or function
        return await _outcome(
            decide, request, lambda value: {"outcome": "approve"} if value is True else {"outcome": "decline"}
        )

    return make_action(approve, "as.approve", built_in=True)


async def _outcome(
    function: Callable[[Any], Any], asked: Any, answered: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    try:
        value = function(asked)
        if inspect.isawaitable(value):
            value = await value
    except Declined as declined:
        reason = str(declined)
        return {"outcome": "decline", **({"reason": reason} if reason else {})}
    except Dismissed:
        return {"outcome": "cancel"}
    return answered(value)
