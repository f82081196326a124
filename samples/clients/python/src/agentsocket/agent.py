"""The agent: what applications use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, overload

from .actions import Action, Handler, Offered, make_action
from .asking import ApprovalRequest, Question, approve_action, ask_action
from .calls import Call
from .discovery import ActionInfo, Discovery, Page
from .errors import AgentSocketError, CallError, CodecError, ConnectError, ErrorCode
from .events import Event, Events, EventStream, names_of
from .greeting import Limits, Welcome
from .metadata import CATALOG_HASH, write_metadata
from .names import RESERVED, valid
from .options import CallOptions
from .outbox import Item
from .renewal import Renewal
from .runs import Run
from .session import Session
from .stream import Stream
from .supervisor import Plan, Supervisor
from .values import charge
from .views import Calls
from .wire import DEFINE, EVENT, reference, uvarint

_F = TypeVar("_F", bound=Callable[..., Any])


class Agent:
    """A session with one server. Make it with :func:`connect`, use it as an asynchronous context manager.

    It belongs to the event loop in which it is opened; its methods are not for other threads.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        limits: Limits,
        max_wait: float,
        repeat: bool,
        buffer: int,
        on_state: Callable[[str, str], None] | None,
    ) -> None:
        self._plan = plan
        self._limits = limits
        self._max_wait = max_wait
        self._repeat = repeat
        self._buffer = buffer
        self._observer = on_state
        self._offered = Offered()
        self._answers: dict[str, Callable[[Any], Any]] = {}  # to questions and requests of the server
        self._session: Session | None = None
        self._supervisor: Supervisor | None = None
        self._renewal: Renewal | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiters: set[asyncio.Future[None]] = set()
        self._listeners: list[tuple[tuple[str, ...], Callable[[Event], Any]]] = []
        self._events = Events(self._subscribe)
        self._had_session = False
        self.catalog = Discovery(self._discover)
        """Catalog of the server; :meth:`find` and :meth:`describe` read it, its ``changes()`` follow it."""
        self.state = "idle"
        """``idle``, ``connecting``, ``connected``, ``lost``, ``refused`` or ``closed``."""

    # -- life

    async def __aenter__(self) -> Agent:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Connects; raises ConnectError when the server refuses, or when there is no connection in time."""
        self.start()
        try:
            await self.connected()
        except BaseException:
            await self.aclose()
            raise

    def start(self) -> None:
        """Begins to connect and does not wait: calls wait for the connection."""
        if self._task is not None:
            raise RuntimeError("an agent is opened once")
        loop = asyncio.get_running_loop()
        self._session = Session(
            self, self._limits, repeat=self._repeat, buffer_limit=self._buffer, max_wait=self._max_wait
        )
        self._supervisor = Supervisor(self._session, self._plan, self._on_state)
        if callable(self._plan.token):
            self._renewal = Renewal(self._supervisor.token, self._authenticate)
        self.state = "connecting"
        self._task = loop.create_task(self._supervise(), name="agentsocket supervisor")
        for names, function in self._listeners:
            self._listen(names, function)

    async def connected(self) -> None:
        """Waits for a connection; raises ConnectError when there is none in time, or never will be."""
        assert self._supervisor is not None
        if self.state in ("refused", "closed"):
            raise self._supervisor.failure
        if self.state != "connected":
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await asyncio.wait_for(waiter, self._max_wait)
            except (asyncio.TimeoutError, TimeoutError):
                raise self._supervisor.failure from None
            finally:
                self._waiters.discard(waiter)

    async def aclose(self) -> None:
        """Ends the session on both sides; open calls fail with CANCELLED. Any task may call it, and more than once."""
        task = self._task
        if task is None:
            return
        assert self._supervisor is not None
        if not task.done() and self._supervisor.stop():
            task.cancel()
        if task is not asyncio.current_task():
            await asyncio.wait({task})

    async def _supervise(self) -> None:
        assert self._supervisor is not None and self._session is not None
        refused: AgentSocketError | None = None
        try:
            await self._supervisor.run()
            if self.state == "refused":
                refused = self._supervisor.failure
        finally:
            code = ErrorCode.UNAVAILABLE if refused else ErrorCode.CANCELLED
            if self._renewal is not None:
                self._renewal.stop()
            self._session.shut(CallError(code, str(refused) if refused else "the client was closed"))
            self._events.close()
            self.catalog.close()
            if not refused:
                self.state = "closed"
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_exception(refused or ConnectError("the client was closed"))

    def _on_state(self, state: str, text: str) -> None:
        self.state = state
        session = self._running()
        if self._renewal is not None:
            self._renewal.known(session.welcome.expires if state == "connected" and session.welcome else 0)
        if state == "connected":
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
        if self._observer is not None:
            session.guard(self._observer, state, text)

    async def _authenticate(self, token: str) -> Any:
        """Shows the server another token; it is not kept for a repetition."""
        options = CallOptions(idempotent=False)
        return await self._call("as.authenticate", {"token": token}, {}, options, collect=True).result()

    def unavailable(self) -> CallError:
        """Error of a call that has waited too long for a connection."""
        assert self._supervisor is not None
        why = "the server leaves" if self._running().draining else f"no connection: {self._supervisor.failure}"
        return CallError(ErrorCode.UNAVAILABLE, why, retryable=True)

    def _running(self) -> Session:
        if self._session is None:
            raise RuntimeError("the agent is not open: use it in 'async with'")
        return self._session

    # -- calls

    async def invoke(self, action: str, arguments: Any = None, /, **named: Any) -> Any:
        """Invokes an action and returns its value; text and bytes are joined, of items the last one counts.

        An answer of several kinds is an error: its items are for :meth:`stream`. Cancelling the task interrupts
        the action. Raises CallError.
        """
        return await self._call(action, arguments, named, CallOptions(), collect=True).result()

    def stream(self, action: str, arguments: Any = None, /, **named: Any) -> Stream:
        """Invokes an action and gives its items as they come; see :class:`Stream`."""
        return Stream(self._call(action, arguments, named, CallOptions()))

    def duplex(self, action: str, arguments: Any = None, /, **named: Any) -> Stream:
        """Like :meth:`stream` for an action that takes items: send them with ``send`` and ``end``."""
        return Stream(self._call(action, arguments, named, CallOptions(), sends_items=True))

    def options(self, **changes: Any) -> Calls:
        """Gives the three methods above with other options: those of :class:`CallOptions`."""
        return Calls(self._call, CallOptions().but(**changes))

    def _call(
        self,
        action: str,
        arguments: Any,
        named: Mapping[str, Any],
        options: CallOptions,
        *,
        collect: bool = False,
        sends_items: bool = False,
    ) -> Call:
        session = self._running()
        if not valid(action):
            raise CallError(ErrorCode.NOT_FOUND, f"{action!r} is no name of an action")
        given: Any = (
            named if arguments is None else {**arguments, **named} if isinstance(arguments, Mapping) else arguments
        )
        call = Call(session, action, given, options, collect=collect, sends_items=sends_items)
        session.enqueue(call, alone=not (session.calls or session.waiting))
        return call

    # -- discovery

    async def find(
        self, query: str = "", *, tags: Iterable[str] = (), limit: int = 20, cursor: str | None = None
    ) -> Page:
        """Searches the server's actions: names, titles, tags and descriptions."""
        return await self.catalog.find(query, tags=tags, limit=limit, cursor=cursor)

    async def describe(self, *names: str) -> list[ActionInfo]:
        """Reads the schemas of actions; unknown names are left out."""
        return await self.catalog.describe(*names)

    async def _discover(self, name: str, arguments: dict[str, Any]) -> Any:
        return await self._call(name, arguments, {}, CallOptions(idempotent=True), collect=True).result()

    # -- what this side offers

    @overload
    def action(self, function: _F, /) -> _F: ...
    @overload
    def action(self, name: str | None = None, /, **settings: Any) -> Callable[[_F], _F]: ...

    def action(self, function: Any = None, /, **settings: Any) -> Any:
        """Offers a function to the server; a decorator with or without settings (see :func:`make_action`)."""
        if callable(function):
            self.offer(make_action(function, **settings))
            return function

        def decorate(decorated: Handler) -> Handler:
            self.offer(make_action(decorated, function, **settings))
            return decorated

        return decorate

    def offer(self, action: Action) -> None:
        """Offers an action, or replaces the one with its name; the server learns of it."""
        self._offered.actions[action.name] = action
        if self._session is not None and self._session.connected:
            self._announce(action)

    def withdraw(self, name: str) -> None:
        """Offers an action no longer. Its runs go on."""
        if name in self._offered.actions:
            self._offered.withdraw(name)
            if self._session is not None and self._session.connected:
                self._define(0, name, b"")

    def on_ask(self, function: Callable[[Question], Any]) -> Callable[[Question], Any]:
        """Lets a function answer questions: it returns the value, or raises Declined or Dismissed."""
        self._offered.built_in["as.ask"] = ask_action(function)
        self._answers["as.ask"] = function
        return function

    def on_approve(self, function: Callable[[ApprovalRequest], Any]) -> Callable[[ApprovalRequest], Any]:
        """Lets a function decide about actions that need approval: it returns True, or something else."""
        self._offered.built_in["as.approve"] = approve_action(function)
        self._answers["as.approve"] = function
        return function

    def answers(self, name: str) -> Callable[[Any], Any] | None:
        """Gives the function that is set for ``as.ask`` or ``as.approve``, or None."""
        return self._answers.get(name)

    def _announce(self, action: Action) -> None:
        session = self._running()
        assert session.welcome is not None
        alias = self._offered.alias_for(action.name, session.welcome.aliases)
        self._define(alias, action.name, session.codec.dumps(action.descriptor()))

    def _define(self, alias: int, name: str, descriptor: bytes) -> None:
        session = self._running()
        raw = name.encode()
        meta = write_metadata(session.codec, {CATALOG_HASH: self._offered.hash()})
        session.outbox.define(Item(DEFINE, descriptor, uvarint(alias) + uvarint(len(raw)) + raw, meta=meta))
        session.wake()

    # -- events

    def events(self, *names: str, subscribe: bool = True) -> EventStream:
        """Gives the events of some names: ``async for event in agent.events("orders.paid")``.

        ``subscribe``: whether the server is asked for them; otherwise only those come that it sends by itself.
        """
        return EventStream(self._events, names_of(names), subscribe)

    def on(self, *names: str) -> Callable[[_F], _F]:
        """Calls a function, plain or ``async``, for each event of some names, one after the other."""
        checked = names_of(names)

        def decorate(function: _F) -> _F:
            if self._session is None:
                self._listeners.append((checked, function))
            else:
                self._listen(checked, function)
            return function

        return decorate

    def _listen(self, names: tuple[str, ...], function: Callable[[Event], Any]) -> None:
        stream = EventStream(self._events, names)
        self._events.later(self._events.consume(stream, function))

    async def emit(self, name: str, payload: Any = None) -> None:
        """Sends an event; waits while too many are queued. Raises CallError for what cannot be sent."""
        session = self._running()
        if not valid(name) or name.startswith("as."):
            raise ValueError(f"{name!r} is no name of an event")
        if session.closed is not None:
            raise session.closed
        if not self._had_session:  # the codec is not known yet
            await self.connected()
        raw = b"" if payload is None else session.codec.dumps(payload)
        if len(raw) > session.peer.item:
            raise CallError(ErrorCode.TOO_LARGE, "the event is larger than the server accepts")
        await session.outbox.events.room()
        if session.closed is not None:
            raise session.closed
        session.outbox.put(session.outbox.events, Item(EVENT, raw, reference(0, name)))
        session.wake()

    async def _subscribe(self, add: list[str], remove: list[str]) -> Any:
        arguments = {key: value for key, value in (("add", add), ("remove", remove)) if value}
        return await self._discover("as.subscribe", arguments)

    # -- Listener of the session

    def on_event(self, name: str, payload: bytes, traceparent: str | None) -> None:
        """Takes an event of the server; payloads that cannot be read are ignored, as the protocol says."""
        if self._events.listens(name):
            try:
                value = self._running().codec.loads(payload) if payload else None
            except CodecError:
                return
            self._events.publish(Event(name, value, traceparent), len(payload) + charge(value))

    def on_define(self, name: str, descriptor: dict[str, Any] | None, catalog: str | None, size: int) -> None:
        """Takes a change of the server's catalog."""
        self.catalog.on_define(name, descriptor, catalog, size)

    def on_welcome(self, welcome: Welcome) -> None:
        """Notes the server's catalog, and tells the server of subscriptions that it lacks."""
        self.catalog.on_welcome(welcome.catalog_hash, welcome.catalog_size)
        self._events.connected()

    def on_reset(self) -> None:
        """Says again what is state of the session: offered actions and subscriptions."""
        self._offered.restart()
        for action in list(self._offered.actions.values()):
            self._announce(action)
        self._events.renewed()
        self._had_session = True

    def on_goaway(self, code: int, drain: float, spread: float) -> None:
        """Lets the supervisor leave."""
        if self._supervisor is not None:
            self._supervisor.on_goaway(code, drain, spread)

    def known_catalog(self) -> str | None:
        """Hash for HELLO."""
        return self.catalog.hash

    def own_name(self, alias: int) -> str | None:
        """Name that an alias of this side stands for."""
        return RESERVED.get(alias) or self._offered.name_of(alias)

    def admit(self, run: Run, name: str) -> None:
        """Starts what the server invokes, in the order of checks of protocol section 9.7."""
        action = self._offered.find(name)
        if action is None:
            raise CallError(ErrorCode.NOT_FOUND, "there is no such action")
        arguments: Any = {}
        if run.payload:
            try:
                arguments = run.session.codec.loads(run.payload)
            except CodecError as error:
                raise CallError(ErrorCode.INVALID_ARGUMENT, f"the arguments are undecodable: {error}") from None
        if not isinstance(arguments, dict):
            raise CallError(ErrorCode.INVALID_ARGUMENT, "the arguments are no map")
        run.start(action, arguments)

    async def idempotent(self, name: str) -> bool:
        """Asks the server whether an action may run twice."""
        return await self.catalog.idempotent(name)
