"""Another token before the present one expires (protocol section 17.5)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

from .wire import NUMBER

log = logging.getLogger("agentsocket")

LEAST = 1.0
"""Seconds between two renewals at least, whatever time the server says."""


class Renewal:
    """Shows the server another token while the connection lives. Belongs to the event loop's thread.

    Where that does not work out, the server closes the connection in time, and the next one has another token.
    """

    def __init__(
        self, token: Callable[[], Awaitable[str | None]], authenticate: Callable[[str], Awaitable[Any]]
    ) -> None:
        self._token = token
        self._authenticate = authenticate
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def known(self, expires: int) -> None:
        """Notes when the token expires that the server knows, in milliseconds; 0: it does not."""
        self.stop()
        if expires:
            # Between 70 and 90 % of its time: agents that began together do not come together.
            wait = max(LEAST, expires / 1000 * random.uniform(0.7, 0.9))
            self._timer = asyncio.get_running_loop().call_later(wait, self._begin)

    def stop(self) -> None:
        """Ends the wait, or the call: the connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        self._timer = self._task = None

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._renew(), name="agentsocket renewal")

    async def _renew(self) -> None:
        try:
            token = await self._token()
            if token is None:
                return
            answer = await self._authenticate(token)
        except Exception as error:
            log.debug("The server did not take another token: %s", error)
            return
        self._task = None  # this one has ended
        expires = answer.get("expires") if isinstance(answer, dict) else None
        self.known(expires if type(expires) is int and 0 < expires <= NUMBER else 0)
