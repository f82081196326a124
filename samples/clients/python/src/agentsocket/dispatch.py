"""Routes the frames of the server to calls, runs and the agent (protocol sections 9 and 25)."""

from __future__ import annotations

from typing import Any, Protocol

from .errors import Breach, CallError, CloseCode, CodecError, ErrorCode
from .failures import failure_frame
from .listener import Listener
from .metadata import CATALOG_HASH, DEPTH, DETAILS, PARENT, PROGRESS, TRACEPARENT, read_metadata
from .names import valid
from .runs import Run, RunHost, no_room
from .values import charge
from .wire import (
    ACK,
    BYTES,
    CREDIT,
    DEFINE,
    ERROR,
    EVENT,
    FIRST_EXTENSION,
    GOAWAY,
    INTERRUPT,
    INVOKE,
    PART,
    TEXT,
    Frame,
    read_ack,
    read_credit,
    read_define,
    read_error,
    read_goaway,
    read_interrupt,
    read_reference,
)

DEPTH_LIMIT = 8
"""Nested invocations above each other."""


class DispatchHost(RunHost, Protocol):
    """What the routes of frames need of the session."""

    listener: Listener
    next_stream: int

    def on_ack(self, rx: int, tx: int | None, ping: bool) -> None:
        """Takes ACK."""


class Dispatch:
    """Knows which streams the server has opened, and what each frame is for."""

    def __init__(self, session: DispatchHost) -> None:
        self._session = session
        self._highest = 0
        self._pending: set[int] = set()
        """Streams that were opened with PART and wait for their INVOKE."""
        self._refused: set[int] = set()
        """Streams that were refused before their INVOKE has come."""

    def frame(self, frame: Frame) -> None:
        """Takes a frame; breaches of the protocol are raised, errors of a stream end that stream."""
        kind = frame.type
        if kind < DEFINE:
            self._unnumbered(kind, frame)
            return
        if kind >= FIRST_EXTENSION:
            return
        if kind == DEFINE:
            self._define(frame)
        elif kind == EVENT:
            self._event(frame)
        elif kind == PART:
            self._part(frame.stream, frame.body)
        elif kind == INVOKE:
            self._invoke(frame)
        elif frame.stream & 1:
            self._own(frame)
        else:
            self._peers(frame)

    def _unnumbered(self, kind: int, frame: Frame) -> None:
        if kind == ACK:
            rx, tx = read_ack(frame.body)
            self._session.on_ack(rx, tx, frame.end)
        elif kind == GOAWAY:
            leave = read_goaway(frame.body)
            self._session.listener.on_goaway(leave.code, leave.drain / 1000, leave.spread / 1000)
        else:
            raise Breach(CloseCode.PROTOCOL, "a second WELCOME, or HELLO from the server")

    def _meta(self, frame: Frame) -> dict[int, Any]:
        return read_metadata(self._session.codec, frame.meta) if frame.meta is not None else {}

    # -- streams of this side

    def _own(self, frame: Frame) -> None:
        session, kind, stream = self._session, frame.type, frame.stream
        if kind == INTERRUPT:
            raise Breach(CloseCode.PROTOCOL, "INTERRUPT from the callee")
        if stream >= session.next_stream:
            raise Breach(CloseCode.PROTOCOL, "a frame for a stream that was never opened")
        call = session.calls.get(stream)
        if kind == ERROR:
            failure, meta = read_error(frame.body), self._meta(frame)
            session.assembly.drop(stream)
            if call is not None:
                call.on_error(failure, meta.get(DETAILS))
        elif kind == CREDIT:
            items = read_credit(frame.body)
            if call is not None:
                session.outbox.credit(call.channel, items)
                session.wake()
        else:
            meta = self._meta(frame)
            if call is None:
                return
            try:
                payload = session.assembly.take(stream, frame.body)
            except CallError as error:
                call.reject(error.code, error.text)
                return
            _payload_present(frame, payload)
            call.on_item(kind, payload, frame.end, meta.get(PROGRESS))

    # -- streams of the server

    def _peers(self, frame: Frame) -> None:
        session, kind, stream = self._session, frame.type, frame.stream
        if stream > self._highest:
            raise Breach(CloseCode.PROTOCOL, "a frame for a stream that was never opened")
        failure = read_error(frame.body) if kind == ERROR else None
        mode = read_interrupt(frame.body) if kind == INTERRUPT else None
        items = read_credit(frame.body) if kind == CREDIT else 0
        self._meta(frame)
        if stream in self._refused:
            if failure:
                self._refused.discard(stream)
            return
        if stream in self._pending:
            if not failure:
                raise Breach(CloseCode.PROTOCOL, "a new stream goes on without its INVOKE")
            self._pending.discard(stream)
            session.assembly.drop(stream)
            return
        run = session.runs.get(stream)
        if run is None:
            return
        if failure:
            session.assembly.drop(stream)
            run.abandon()
        elif mode:
            run.interrupt(mode[0])
        elif items:
            session.outbox.credit(run.channel, items)
            session.wake()
        else:
            self._item(run, frame)

    def _item(self, run: Run, frame: Frame) -> None:
        try:
            payload = self._session.assembly.take(frame.stream, frame.body)
        except CallError as error:
            run.fail(error)
            return
        _payload_present(frame, payload)
        run.on_item(frame.type, payload, frame.end)

    def _part(self, stream: int, piece: bytes) -> None:
        session = self._session
        if not piece:
            raise Breach(CloseCode.PROTOCOL, "PART without bytes")
        if stream == 0:
            try:
                session.assembly.add(0, piece)
            except CallError as error:
                raise Breach(CloseCode.TOO_LARGE, error.text) from None
        elif stream & 1:
            if stream >= session.next_stream:
                raise Breach(CloseCode.PROTOCOL, "a frame for a stream that was never opened")
            call = session.calls.get(stream)
            if call is not None:
                try:
                    session.assembly.add(stream, piece)
                except CallError as error:
                    call.reject(error.code, error.text)
        else:
            self._peers_part(stream, piece)

    def _peers_part(self, stream: int, piece: bytes) -> None:
        session = self._session
        run = session.runs.get(stream)
        try:
            if stream > self._highest:
                self._highest = stream
                self._admit()
                self._pending.add(stream)
            if stream in self._pending or run is not None:
                session.assembly.add(stream, piece)
        except CallError as error:
            if run is not None:
                run.fail(error)
                return
            self._pending.discard(stream)
            self._refuse(stream, error)
            self._refused.add(stream)
            if len(self._refused) > session.limits.streams:
                raise Breach(CloseCode.TOO_LARGE, "too many refused streams") from None

    def _admit(self) -> None:
        open_streams = len(self._session.runs) + len(self._pending) + len(self._refused)
        if open_streams >= self._session.limits.streams or len(self._session.run_tasks) > self._session.limits.streams:
            raise CallError(ErrorCode.RESOURCE_EXHAUSTED, "too many open streams", retryable=True)

    def _refuse(self, stream: int, error: CallError) -> None:
        session = self._session
        session.assembly.drop(stream)
        session.prompt(failure_frame(session.codec, session.peer, stream, error))

    def _invoke(self, frame: Frame) -> None:
        session, stream = self._session, frame.stream
        alias, raw, payload = read_reference(frame.body)
        meta = self._meta(frame)
        if stream & 1:
            raise Breach(CloseCode.PROTOCOL, "INVOKE with an id of this side")
        if stream <= self._highest and stream not in self._pending and stream not in self._refused:
            raise Breach(CloseCode.PROTOCOL, "INVOKE with an id that is not higher than all before")
        if stream in self._refused:
            self._refused.discard(stream)
            return
        try:
            if stream in self._pending:
                self._pending.discard(stream)
            else:
                self._highest = stream
                self._admit()
            arguments = session.assembly.take(stream, payload)
            if session.full(len(arguments)):
                raise no_room()
            name = self._target(alias, raw)
            self._check_parent(meta)
            session.listener.admit(Run(session, stream, arguments, meta, frame.end), name)
        except CallError as error:
            self._refuse(stream, error)

    def _target(self, alias: int, raw: bytes) -> str:
        """Name that an INVOKE means. Aliases in INVOKE are those of this side."""
        name = self._session.listener.own_name(alias) if alias else _text(raw)
        if name is None and alias:
            raise CallError(ErrorCode.UNKNOWN_ALIAS, "the alias is not bound", retryable=True)
        if name is None or not valid(name):
            raise CallError(ErrorCode.NOT_FOUND, "there is no such action")
        return name

    def _check_parent(self, meta: dict[int, Any]) -> None:
        parent = meta.get(PARENT, 0)
        call = self._session.calls.get(parent)
        if parent and (call is None or call.unsent):
            raise CallError(ErrorCode.FAILED_PRECONDITION, "the parent is not open")
        if meta.get(DEPTH, 0) > DEPTH_LIMIT:
            raise CallError(ErrorCode.FAILED_PRECONDITION, "invocations are nested too deeply")

    # -- stream 0

    def _define(self, frame: Frame) -> None:
        session = self._session
        alias, name, rest = read_define(frame.body)
        meta = self._meta(frame)
        payload = self._assembled(rest)
        descriptor: dict[str, Any] | None = None
        if payload:
            if not name:
                raise Breach(CloseCode.PROTOCOL, "DEFINE has a descriptor and no name")
            descriptor = self._descriptor(payload)
        if alias and name:
            session.names.bind(alias, name)
            if descriptor is None:
                return
        elif descriptor is None:
            name = session.names.withdraw(alias, name) or ""
        if name and not name.startswith("as."):
            session.listener.on_define(name, descriptor, meta.get(CATALOG_HASH), len(payload) + charge(descriptor))

    def _descriptor(self, payload: bytes) -> dict[str, Any]:
        try:
            found = self._session.codec.loads(payload)
        except CodecError as error:
            raise Breach(CloseCode.PROTOCOL, f"a descriptor is undecodable: {error}") from None
        if not isinstance(found, dict):
            raise Breach(CloseCode.PROTOCOL, "a descriptor is no map")
        return found

    def _event(self, frame: Frame) -> None:
        alias, raw, rest = read_reference(frame.body)
        meta = self._meta(frame)
        payload = self._assembled(rest)
        name = self._session.names.name_of(alias) if alias else _text(raw)
        if alias and name is None:
            raise Breach(CloseCode.PROTOCOL, "EVENT with an alias that is not bound")
        if name is not None and valid(name):
            self._session.listener.on_event(name, payload, meta.get(TRACEPARENT))

    def _assembled(self, rest: bytes) -> bytes:
        try:
            return self._session.assembly.take(0, rest)
        except CallError as error:
            raise Breach(CloseCode.TOO_LARGE, error.text) from None


def _payload_present(frame: Frame, payload: bytes) -> None:
    if not payload and not frame.end and (frame.meta is None or frame.type in (TEXT, BYTES)):
        raise Breach(CloseCode.PROTOCOL, "an item without payload")


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
