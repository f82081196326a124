"""The stream of a call, as the application sees it."""

from __future__ import annotations

import asyncio
from typing import Any

from .calls import MIXED, Call
from .errors import CallError, ErrorCode
from .options import Progress
from .wire import DATA


class Stream:
    """Items of a running action, and what may be sent to it.

    ``async for`` over it ends the call when the loop is left: the action is interrupted. To take some items and go on
    later, use ``anext(stream)``. All methods belong to the task of the event loop; one task takes the items.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    async def __aenter__(self) -> Stream:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._call.cancel()

    def __aiter__(self) -> _Cursor:
        return _Cursor(self._call)

    async def __anext__(self) -> Any:
        """Gives the next item; raises StopAsyncIteration at the end and CallError when the action fails."""
        return await self._call.next()

    @property
    def progress(self) -> Progress | None:
        """Last report of the action."""
        return self._call.progress

    async def send(self, item: Any, *, as_data: bool = False) -> None:
        """Sends an item to the action: text as TEXT, bytes as BYTES, everything else in the codec.

        Waits while the action does not take more. After the end of the call it does nothing. ``as_data``: text and
        bytes go in the codec, too.
        """
        await self._call.send(item, as_data=as_data)

    def end(self) -> None:
        """Says that no item follows."""
        self._call.end()

    def finish(self) -> None:
        """Asks the action to finish its current step and to end with what there is."""
        self._call.stop()

    def cancel(self) -> None:
        """Ends the call at once and interrupts the action."""
        self._call.cancel()

    async def value(self) -> Any:
        """Waits for the end and gives the value, as ``invoke`` does: text or bytes joined, else the last item."""
        items = await self._taken(last=True)
        if self._call.kind == DATA or len(items) < 2:
            return items[-1] if items else None
        return b"".join(items) if isinstance(items[0], bytes) else "".join(items)

    async def collect(self) -> list[Any]:
        """Takes all items that are left. Raises CallError, too, when they are more than ``buffer`` holds."""
        return await self._taken(last=False)

    async def _taken(self, *, last: bool) -> list[Any]:
        """Takes all items that are left; of those in the codec only the last one, if so wanted."""
        items: list[Any] = []
        call, most = self._call, self._call.session.buffer_limit + self._call.taken_bytes
        async for item in self:
            if last and call.mixed:
                call.reject(ErrorCode.INTERNAL, MIXED)
                call.cancel()
                raise CallError(ErrorCode.INTERNAL, MIXED, may_have_run=True)
            if last and call.kind == DATA:
                items = [item]
                continue
            items.append(item)
            if call.taken_bytes > most:
                call.cancel()
                raise CallError(ErrorCode.TOO_LARGE, "there are too many items to collect; take them one by one")
        return items


class _Cursor:
    """Iterator of an ``async for``; it cancels the call when the loop lets go of it."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> _Cursor:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._call.next()
        except asyncio.CancelledError:
            self._call.cancel()
            raise

    def __del__(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._call.cancel)
