"""What happens when connections end: resume, reset, several addresses, refusals (protocol sections 3.5, 11, 15, 16)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from mini import Incoming, MiniServer, MiniSession
from test_agent import refused, server
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from agentsocket import Agent, CallError, CallLost, ConnectError, ErrorCode, connect, wire
from agentsocket.connection import End
from agentsocket.errors import CloseCode

FAST = {"backoff": (0.01, 0.01, 0.05)}
OFFERED: Any = {"subprotocols": [Subprotocol("agentsocket.v1.cbor")], "ping_interval": None}


async def connected(mini: MiniServer) -> MiniSession:
    return await mini.connected.get()


async def test_a_cut_connection_loses_and_repeats_nothing() -> None:
    async with server() as mini:
        gate = asyncio.Semaphore(0)

        async def tail(call: Incoming) -> None:
            for number in range(20):
                await gate.acquire()
                await call.data(number)
            await call.end()

        mini.actions["tail"] = tail
        async with connect(mini.uri, **FAST) as agent:
            await connected(mini)
            stream = agent.options(prefetch=3).stream("tail")
            got: list[Any] = []
            for number in range(20):
                if number % 4 == 1:
                    await mini.cut()
                gate.release()
                if number % 4 == 1:
                    assert (await connected(mini)).rx > 0
                got.append(await anext(stream))
            assert got == list(range(20)) and await stream.collect() == []
            assert len(mini.sessions) == 1


async def test_calls_made_while_disconnected_are_sent_later() -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        await connected(mini)
        await mini.cut()
        assert (await agent.invoke("weather.current", city="Ulm"))["city"] == "Ulm"


async def test_an_answer_of_this_side_survives_a_cut() -> None:
    async with server() as mini:
        agent = connect(mini.uri, **FAST)
        gate = asyncio.Event()

        @agent.action
        async def slow() -> str:
            await gate.wait()
            return "done"

        async with agent:
            await agent.invoke("weather.current", city="Ulm")
            session = await connected(mini)
            answer = asyncio.create_task(session.call("slow", {}))
            await agent.invoke("weather.current", city="Ulm")
            await mini.cut()
            gate.set()
            assert await answer == "done"


async def restarted(mini: MiniServer) -> None:
    """Lets the server forget all sessions and cuts the connection: the next answer is a reset."""
    mini.sessions.clear()
    await mini.cut()


async def test_a_reset_says_that_the_call_may_have_run() -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        await connected(mini)
        task = asyncio.create_task(agent.invoke("forever"))
        await agent.invoke("weather.current", city="Ulm")
        await restarted(mini)
        with pytest.raises(CallLost) as caught:
            await task
        assert caught.value.code == ErrorCode.SESSION_RESET and caught.value.may_have_run
        assert (await agent.invoke("weather.current", city="Ulm"))["city"] == "Ulm"


@pytest.mark.parametrize("said_by", ["caller", "server", "nobody"])
async def test_calls_that_may_run_twice_are_made_again_after_a_reset(said_by: str) -> None:
    async with server() as mini:
        begun, gate = asyncio.Event(), asyncio.Event()

        async def slow(call: Incoming) -> None:
            begun.set()
            await gate.wait()
            await call.data("done", end=True)

        async def describe(call: Incoming) -> None:
            hints = {"readOnly": True} if said_by == "server" else {}
            action = {"name": "slow", "input": {"type": "object"}, "hints": hints}
            await call.data({"actions": [action], "unknown": []}, end=True)

        mini.actions |= {"slow": slow, "as.describe": describe}
        async with connect(mini.uri, **FAST) as agent:
            await connected(mini)
            idempotent = True if said_by == "caller" else None
            task = asyncio.create_task(agent.options(idempotent=idempotent).invoke("slow"))
            await begun.wait()
            begun.clear()
            await restarted(mini)
            if said_by == "nobody":
                with pytest.raises(CallLost):
                    await task
                return
            await begun.wait()
            gate.set()
            assert await task == "done"
            assert mini.invoked.count("slow") == 2


async def test_subscriptions_and_actions_are_said_again_after_a_reset() -> None:
    async with server() as mini:

        async def subscribe(call: Incoming) -> None:
            await call.data({"events": []}, end=True)

        mini.actions["as.subscribe"] = subscribe
        agent = connect(mini.uri, **FAST)

        @agent.action
        async def offered() -> None: ...

        @agent.on("news")
        def listen(event: Any) -> None: ...

        async with agent:
            await connected(mini)
            while "as.subscribe" not in mini.invoked:
                await agent.invoke("weather.current", city="Ulm")
            await restarted(mini)
            session = await connected(mini)
            while mini.invoked.count("as.subscribe") < 2:
                await agent.invoke("weather.current", city="Ulm")
            assert "offered" in session.descriptors


async def test_goaway_moves_to_a_new_connection() -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await connected(mini)
        stream = agent.stream("echo")
        await session.write(wire.outgoing(wire.GOAWAY, body=wire.uvarint(4000) + b"\x10\x10"))
        assert await connected(mini) is session
        assert await stream.collect() == []


async def test_a_server_that_says_goaway_to_each_connection_is_not_met_without_a_pause() -> None:
    async with server() as mini, connect(mini.uri) as agent:
        supervisor = agent._supervisor
        assert supervisor is not None
        short = [supervisor._wait(End("", CloseCode.DRAIN, lasted=0.9, left=True)) for _ in range(50)]
        assert max(short) > 0.1
        assert supervisor._wait(End("", CloseCode.DRAIN, lasted=1.1, left=True)) == 0.0


async def test_the_wait_after_the_loss_of_a_connection_is_short() -> None:
    async with server() as mini, connect(mini.uri) as agent:
        supervisor = agent._supervisor
        assert supervisor is not None

        def longest(end: End, away: float = 0.0) -> float:
            def wait() -> float:
                supervisor._outage = supervisor._loop.time() - away
                return supervisor._wait(end)

            return max(wait() for _ in range(500))

        assert 0.2 < longest(End("", lasted=1.1)) <= 0.25
        assert 0.8 < longest(End("", lasted=0.9)) <= 1.0
        assert 0.8 < longest(End("")) <= 1.0
        assert min(supervisor._wait(End("", 4006, lasted=1.1)) for _ in range(50)) >= 2.0
        # A server that ends each connection after a while is met less and less often.
        assert 4.0 < longest(End("", lasted=1.1), away=20.0) <= 5.1


@pytest.mark.parametrize("upgraded", [True, False])
async def test_a_server_that_is_slower_than_the_time_of_an_attempt_is_reached_in_the_end(upgraded: bool) -> None:
    attempts = 0
    async with server() as mini:
        serve_at_once = mini.handler

        async def slowly(socket: ServerConnection) -> None:
            nonlocal attempts
            attempts += 1
            await asyncio.sleep(0.35)  # the server has much to do
            with contextlib.suppress(ConnectionClosed):
                await serve_at_once(socket)

        async def upgrade_slowly(connection: ServerConnection, request: object) -> None:
            nonlocal attempts
            attempts += 1
            await asyncio.sleep(0.35)

        late = serve(lambda socket: serve_at_once(socket), "127.0.0.1", 0, process_request=upgrade_slowly, **OFFERED)
        async with late as other:
            mini.handler = slowly
            port = next(iter(other.sockets)).getsockname()[1]
            uri = mini.uri if upgraded else f"ws://127.0.0.1:{port}/agentsocket"
            async with connect(uri, open_timeout=0.2, **FAST) as agent:
                assert (await agent.invoke("weather.current", city="Ulm"))["city"] == "Ulm"
                assert attempts >= 3
                supervisor = agent._supervisor
                assert supervisor is not None and supervisor._patience(uri) == 0.2


async def test_an_address_of_several_that_answers_nothing_does_not_delay_the_others() -> None:
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    uris = [f"ws://127.0.0.1:{port}/{path}" for path in "ab"]
    states: asyncio.Queue[str] = asyncio.Queue()
    agent = connect(uris, open_timeout=0.02, on_state=lambda state, text: states.put_nowait(state), **FAST)
    opening = asyncio.create_task(agent.__aenter__())
    for _ in range(8):
        while await states.get() != "connecting":
            pass
    supervisor = agent._supervisor
    assert supervisor is not None and [supervisor._patience(uri) for uri in uris] == [0.02, 0.02]
    opening.cancel()
    await asyncio.wait({opening})
    silent.close()


async def test_moves_to_another_address() -> None:
    async with server() as one, server() as two:
        two.sessions = one.sessions
        async with connect([one.uri, two.uri], **FAST) as agent:
            session = await connected(one)
            one._server.close()  # type: ignore[union-attr]
            assert (await agent.invoke("weather.current", city="Ulm"))["city"] == "Ulm"
            assert await connected(two) is session


async def test_a_token_supplier_is_asked_for_each_attempt() -> None:
    async with server() as mini:
        tokens = iter("abc")

        async def token() -> str:
            return next(tokens)

        async with connect(mini.uri, token=token, **FAST) as agent:
            await connected(mini)
            await mini.cut()
            await agent.invoke("weather.current", city="Ulm")
        assert mini.tokens == ["Bearer a", "Bearer b"]


async def refusing(statuses: list[int], headers: dict[str, str] | None = None) -> Any:
    from http import HTTPStatus

    def process(socket: ServerConnection, request: Any) -> Any:
        response = socket.respond(HTTPStatus(statuses.pop(0) if len(statuses) > 1 else statuses[0]), "no\n")
        for name, value in (headers or {}).items():
            response.headers[name] = value
        return response

    async def never(socket: ServerConnection) -> None: ...

    return await serve(never, "127.0.0.1", 0, process_request=process)


@pytest.mark.parametrize("status", [400, 401, 403, 426])
async def test_final_refusals_are_one_clear_error(status: int) -> None:
    refuser = await refusing([status])
    port = next(iter(refuser.sockets)).getsockname()[1]
    with pytest.raises(ConnectError) as caught:
        async with connect(f"ws://127.0.0.1:{port}", token="fixed", **FAST):
            pass
    assert caught.value.status == status and str(status) in str(caught.value)
    refuser.close()


async def test_temporary_refusals_are_tried_again_not_before_retry_after() -> None:
    statuses = [503, 503]
    refuser = await refusing(statuses, {"Retry-After": "3600"})
    port = next(iter(refuser.sockets)).getsockname()[1]
    error = await refused(connect(f"ws://127.0.0.1:{port}", max_wait=0.3, **FAST))
    assert error.status == 503 and len(statuses) == 1
    refuser.close()


async def test_closed_by_the_server_for_good() -> None:
    async with server() as mini, connect(mini.uri, **FAST) as agent:
        session = await connected(mini)
        task = asyncio.create_task(agent.invoke("forever"))
        await agent.invoke("weather.current", city="Ulm")
        assert session.socket is not None
        await session.socket.close(4503, "ended")
        with pytest.raises(CallError) as caught:
            await task
        assert caught.value.code == ErrorCode.UNAVAILABLE and "ended" in str(caught.value)
        assert agent.state == "refused"
        with pytest.raises(CallError):
            await agent.invoke("weather.current", city="Ulm")


async def test_the_session_ends_by_the_own_clock_when_its_time_is_over() -> None:
    async with server() as mini:
        mini.welcome = {"ttl": 50}
        async with connect(mini.uri, max_wait=60, **FAST) as agent:
            await connected(mini)
            task = asyncio.create_task(agent.options(idempotent=False).invoke("forever"))
            await agent.invoke("weather.current", city="Ulm")
            mini.handler = _refuse
            await mini.cut()
            with pytest.raises(CallLost):
                await task
            mini.handler = mini.serve
            assert (await agent.invoke("weather.current", city="Ulm"))["city"] == "Ulm"
            assert len(mini.sessions) == 2


async def _refuse(socket: ServerConnection) -> None:
    await socket.close(4005)


async def test_a_call_does_not_wait_for_ever_for_a_connection() -> None:
    async with server() as mini:
        states: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        agent: Agent = connect(mini.uri, max_wait=0.2, on_state=lambda *state: states.put_nowait(state), **FAST)
        agent.start()  # which waits for nothing: on a busy machine it may take longer than that
        try:
            await connected(mini)
            mini.handler = _refuse
            await mini.cut()
            while (await states.get())[0] != "lost":
                pass
            with pytest.raises(CallError) as caught:
                await agent.invoke("weather.current", city="Ulm")
            assert caught.value.code == ErrorCode.UNAVAILABLE and not caught.value.may_have_run
        finally:
            await agent.aclose()


async def test_closing_while_hello_waits_for_its_answer_ends_the_session() -> None:
    async with server() as mini:
        greeted, gate = asyncio.Event(), asyncio.Event()
        serve_after = mini.greet

        async def greet(*arguments: Any) -> MiniSession:
            greeted.set()
            await gate.wait()
            return await serve_after(*arguments)

        mini.greet = greet  # type: ignore[method-assign]
        agent = connect(mini.uri, **FAST)
        agent.start()
        await greeted.wait()
        closing = asyncio.create_task(agent.aclose())
        await asyncio.sleep(0)
        gate.set()
        await closing
        assert len(mini.ended) == 1 and agent.state == "closed"
