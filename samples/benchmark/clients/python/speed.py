"""Client of one protocol, for the benchmark: ``python speed.py PROTOCOL PORT PROTO``.

Obeys the lines of its input and answers each with a line that starts with ``#``, as ``Child.java`` does.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

CALL = {"city": "Berlin", "unit": "celsius"}
TOKENS = 256


class AgentSocket:
    """The client of this repository, with one codec."""

    def __init__(self, port: str, codec: str) -> None:
        from agentsocket import connect

        self.agent = connect(f"ws://127.0.0.1:{port}/agentsocket", codec=codec)

    async def open(self) -> None:
        await self.agent.open()

    async def call(self) -> Any:
        return await self.agent.invoke("weather.current", CALL)

    async def tokens(self) -> AsyncIterator[str]:
        async for token in self.agent.options(prefetch=TOKENS).stream("llm.tokens", n=TOKENS):
            yield token


class Grpc:
    """grpc.aio with generated messages. Each client has a connection of its own."""

    def __init__(self, port: str, proto: str) -> None:
        import grpc

        path = Path(proto)
        sys.path.append(str(path.parent))
        self.messages, services = grpc.protos_and_services(path.name)
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.stub = services.WorkStub(grpc.aio.insecure_channel(f"127.0.0.1:{port}", options))

    async def open(self) -> None:
        pass

    async def call(self) -> Any:
        reply = await self.stub.Current(self.messages.WeatherRequest(**CALL))
        return {"city": reply.city, "temperature": reply.temperature, "conditions": reply.conditions}

    async def tokens(self) -> AsyncIterator[str]:
        async for token in self.stub.Tokens(self.messages.TokensRequest(n=TOKENS)):
            yield token.text


class Mcp:
    """The official client over streamable HTTP."""

    def __init__(self, port: str) -> None:
        from mcp import Client

        self.client = Client(f"http://127.0.0.1:{port}/mcp")

    async def open(self) -> None:
        await self.client.__aenter__()

    async def call(self) -> Any:
        return json.loads(self.text(await self.client.call_tool("weather.current", CALL)))

    @staticmethod
    def text(result: Any) -> str:
        if result.is_error:
            raise RuntimeError(str(result))
        return result.content[0].text

    async def tokens(self) -> AsyncIterator[str]:
        tokens: list[str] = []

        async def progress(_: float, total: float | None, message: str | None) -> None:
            tokens.append(message or "")

        self.text(await self.client.call_tool("llm.tokens", {"n": TOKENS}, progress_callback=progress))
        for token in tokens:
            yield token


async def call(connection: Any) -> int:
    """Makes a call and checks its answer."""
    weather = await connection.call()
    if weather["temperature"] != 21.5 or len(weather["city"]) != 6:
        raise RuntimeError(f"The answer is wrong: {weather}")
    return 1


async def tokens(connection: Any) -> int:
    """Reads a stream of tokens and checks it."""
    count = length = 0
    async for token in connection.tokens():
        count += 1
        length += len(token)
    if count != TOKENS or length < 4 * TOKENS:
        raise RuntimeError(f"{count} tokens arrived")
    return count


class Child:
    """What the parent asks for."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.connections: list[Any] = []

    async def connect(self, count: str) -> str:
        while len(self.connections) < int(count):
            connection = self.make()
            await connection.open()
            await call(connection)
            self.connections.append(connection)
        return str(len(self.connections))

    async def run(self, scenario: str, ms: str) -> str:
        _, count, in_flight, streams, *_ = scenario.split(",")
        await self.connect(count)
        work = tokens if streams == "true" else call
        begin = time.monotonic_ns()
        end = begin + int(ms) * 1_000_000

        async def one(connection: Any) -> int:
            done = 0
            while time.monotonic_ns() < end:
                done += await work(connection)
            return done

        connections = self.connections[: int(count)]
        each = await asyncio.gather(*(one(connection) for connection in connections for _ in range(int(in_flight))))
        return f"{sum(each)},{time.monotonic_ns() - begin},0,0"

    async def memory(self) -> str:
        gc.collect()
        status = Path("/proc/self/status").read_text()
        return f"0,{int(status.split('VmRSS:')[1].split()[0]) * 1024}"


async def main(protocol: str, port: str, proto: str) -> None:
    """Obeys until the input ends."""
    make: dict[str, Callable[[], Any]] = {
        "agentsocket-cbor": lambda: AgentSocket(port, "cbor"),
        "agentsocket-json": lambda: AgentSocket(port, "json"),
        "grpc": lambda: Grpc(port, proto),
        "mcp": lambda: Mcp(port),
    }
    child = Child(make[protocol])
    commands: dict[str, Callable[..., Awaitable[str]]] = {
        "run": child.run,
        "connect": child.connect,
        "memory": child.memory,
    }
    print("#ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        command, *words = line.split()
        try:
            print(f"#{await commands[command](*words)}", flush=True)
        except Exception as error:
            traceback.print_exc()
            print(f"#failed {error!r}".replace("\n", " "), flush=True)
    os._exit(0)  # connections end with the process


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3] / "clients/python/src"))
    asyncio.run(main(*sys.argv[1:4]))
