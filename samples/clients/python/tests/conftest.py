"""Runs asynchronous tests, each in a loop of its own with a limit of time."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

LIMIT = 120.0
"""Seconds after which a test that hangs fails."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: Any) -> bool | None:
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    names = pyfuncitem._fixtureinfo.argnames

    async def limited() -> None:
        await asyncio.wait_for(function(**{name: pyfuncitem.funcargs[name] for name in names}), LIMIT)

    asyncio.run(limited())
    return True
