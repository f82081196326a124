"""Memory of connections that nothing is sent on."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import tracemalloc
from pathlib import Path

from agentsocket import connect

_FOLDERS = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "src")]
_SERVER = f"""
import asyncio, sys
sys.path[:0] = {_FOLDERS!r}
from mini import MiniServer

async def main():
    async with MiniServer() as mini:
        print(mini.uri, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""
_MOST = 26_000
"""Bytes of an idle connection; half of them belong to the WebSocket and to asyncio."""


async def test_an_idle_connection_holds_little() -> None:
    # The server is another process: its memory would count.
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", _SERVER, stdin=pipe, stdout=pipe)
    assert server.stdin is not None and server.stdout is not None
    uri = (await server.stdout.readline()).decode().strip()
    async with contextlib.AsyncExitStack() as agents:
        for _ in range(3):  # what is made once for all of them
            await agents.enter_async_context(connect(uri))
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(50):
            await agents.enter_async_context(connect(uri))
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (after - before) / 50 < _MOST
    server.stdin.close()
    await server.wait()
