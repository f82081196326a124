"""Metadata of INVOKE (protocol section 7)."""

from __future__ import annotations

from . import metadata as meta_keys
from .codec import Codec
from .metadata import write_metadata
from .options import CallOptions

_CREDIT_ONLY: dict[tuple[str, int], bytes] = {}
"""Metadata with nothing but the initial credit, by codec and credit."""
_MOST_CREDITS = 256


def invoke_metadata(codec: Codec, options: CallOptions, left: int | None, parent: int, depth: int) -> bytes:
    """Writes the metadata of a call that has so many milliseconds left.

    The bytes for the many calls that have nothing but credit are made once.
    """
    found: dict[int, object] = {meta_keys.INITIAL_CREDIT: options.prefetch}
    for key, value in (
        (meta_keys.DEADLINE, left),
        (meta_keys.PARENT, parent or None),
        (meta_keys.DEPTH, depth or None),
        (meta_keys.KEY, options.key),
        (meta_keys.TRACEPARENT, options.traceparent),
    ):
        if value is not None:
            found[key] = value
    if len(found) > 1:
        return write_metadata(codec, found)
    known = (codec.name, options.prefetch)
    written = _CREDIT_ONLY.get(known)
    if written is None:
        written = write_metadata(codec, found)
        if len(_CREDIT_ONLY) < _MOST_CREDITS:
            _CREDIT_ONLY[known] = written
    return written
