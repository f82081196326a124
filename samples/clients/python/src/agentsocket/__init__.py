"""Agent Socket for Python: calls, streams, questions and events over one WebSocket that survives its connections.

Begin with :func:`connect`. The protocol is described in ``docs/protocol.md`` of the project.
"""

from .agent import Agent
from .asking import ApprovalRequest, Declined, Dismissed, Question
from .client import connect
from .context import ActionContext
from .discovery import ActionInfo, Change, Page
from .errors import AgentSocketError, CallError, CallLost, CodecError, ConnectError, ErrorCode, Violation
from .events import Event, EventStream
from .greeting import Limits
from .options import CallOptions, Progress
from .stream import Stream

__all__ = [
    "ActionContext",
    "ActionInfo",
    "Agent",
    "AgentSocketError",
    "ApprovalRequest",
    "CallError",
    "CallLost",
    "CallOptions",
    "Change",
    "CodecError",
    "ConnectError",
    "Declined",
    "Dismissed",
    "ErrorCode",
    "Event",
    "EventStream",
    "Limits",
    "Page",
    "Progress",
    "Question",
    "Stream",
    "Violation",
    "connect",
]
