"""ERROR frames of this side (protocol section 5.11)."""

from __future__ import annotations

from typing import Any

from .codec import Codec
from .errors import MAY_HAVE_RUN, RETRYABLE, CallError
from .greeting import Limits
from .metadata import DETAILS
from .wire import ERROR, METADATA_LIMIT, Outgoing, outgoing, uvarint


def error_frame(stream: int, code: int) -> Outgoing:
    """Makes an ERROR frame without text."""
    return outgoing(ERROR, stream, uvarint(code) + b"\0")


def failure_body(codec: Codec, peer: Limits, error: CallError) -> tuple[bytes, bytes | None]:
    """Makes body and metadata of an ERROR frame. Text and details that do not fit a frame of the peer are cut."""
    flags = RETRYABLE * error.retryable | MAY_HAVE_RUN * error.may_have_run
    details: dict[str, Any] = {}
    if error.violations:
        details["violations"] = [vars(violation) for violation in error.violations]
    if error.correlation:
        details["correlation"] = error.correlation
    meta = codec.dump_metadata({DETAILS: details}) if details else None
    if meta is not None and len(meta) > min(METADATA_LIMIT, peer.frame // 2):
        meta = None
    text = error.text.encode("utf-8", "replace")[: peer.frame // 4].decode("utf-8", "ignore").encode()
    return uvarint(error.code) + uvarint(flags) + text, meta


def failure_frame(codec: Codec, peer: Limits, stream: int, error: CallError) -> Outgoing:
    """Makes the ERROR frame of an error."""
    body, meta = failure_body(codec, peer, error)
    return outgoing(ERROR, stream, body, meta=meta)
