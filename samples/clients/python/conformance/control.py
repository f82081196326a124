"""The control interface of the conformance server."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

_TIMEOUT = 100.0
"""Seconds; the server's own waits end after 20."""


class ControlError(Exception):
    """The server could not do what was asked."""


class Control:
    """Sends requests, one after another or at once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """Posts JSON and gives the answer; raises ControlError."""
        return await asyncio.to_thread(self._post, path, body)

    def _post(self, path: str, body: Any) -> dict[str, Any]:
        request = urllib.request.Request(self._url + path, json.dumps(body).encode(), method="POST")
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                found = json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise ControlError(error.read().decode(errors="replace")) from None
        return found if isinstance(found, dict) else {}
