"""The example at the top of the README runs as it stands there, but for the address."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from mini import Incoming, MiniServer

ROOT = Path(__file__).resolve().parents[1]


async def test_the_first_example_runs() -> None:
    async with MiniServer() as mini:

        async def weather(call: Incoming) -> None:
            state = await call.call("as.ask", {"prompt": "Which Springfield?"})
            await call.data({"city": call.arguments["city"], "state": state["value"]}, end=True)

        async def tokens(call: Incoming) -> None:
            for number in range(call.arguments["n"]):
                await call.text(f"{number} ")
            await call.end(10)

        mini.actions |= {"weather.current": weather, "llm.tokens": tokens}
        readme = (ROOT / "README.md").read_text()
        code = readme.split("```python\n", 1)[1].split("```", 1)[0]
        assert len(code.strip().splitlines()) <= 15
        code = code.replace("ws://localhost:8080/agentsocket", mini.uri)
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=60,
            env={"PYTHONPATH": str(ROOT / "src")},
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == "{'city': 'Springfield', 'state': 'ILLINOIS'}\n0 1 2 3 4 "
