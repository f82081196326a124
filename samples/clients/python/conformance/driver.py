"""Plays the conformance cases with the Python client (docs/conformance.md).

``python conformance/driver.py --control URL --cases FILE`` prints a line of JSON for each case and codec.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "src"), str(Path(__file__).resolve().parent)]

from control import Control, ControlError  # noqa: E402
from offered import StepFailed  # noqa: E402
from player import Player  # noqa: E402

_STEP = 90.0


class Driver:
    """Plays cases one after another."""

    def __init__(self, control: Control, vectors: Path) -> None:
        self._control = control
        self._vectors = vectors
        self._stray: list[str] = []

    async def case(self, case: dict[str, Any], codec: str) -> dict[str, str]:
        """Plays all rounds of a case in a codec; gives the report."""
        details: list[str] = []
        try:
            outcome = await self._rounds(case, codec, details)
        except ControlError as error:
            outcome, details = "failed", [f"control: {error}"]
        return {"case": case["id"], "codec": codec, "outcome": outcome, "detail": "; ".join(filter(None, details))}

    async def _rounds(self, case: dict[str, Any], codec: str, details: list[str]) -> str:
        number = 0
        while True:
            asked = {"case": case["id"], "codec": codec, "round": number, "client": "python"}
            run = await self._control.post("/runs", asked)
            if "skip" in run:
                details[:] = [run["skip"]]
                return "skipped"
            failure = await self._round(case, codec, run, number, details)
            ending: dict[str, Any] = {"passed": failure is None}
            if failure is not None:
                ending["detail"] = failure
            end = await self._control.post(f"/runs/{run['run']}/end", ending)
            if failure is not None or not end.get("passed"):
                details[:] = [f"round {number}" if number else "", failure or "", end.get("detail", "")]
                return "failed"
            details += [end["detail"]] if end.get("detail") and end["detail"] not in details else []
            number += 1
            if not end.get("more"):
                return "passed"

    async def _round(
        self, case: dict[str, Any], codec: str, run: dict[str, Any], number: int, details: list[str]
    ) -> str | None:
        text = json.dumps(case["steps"]).replace("${run}", str(run["run"])).replace("${round}", str(number))
        self._stray.clear()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self._stray.append(context["message"]))
        try:
            player = Player(self._control, str(run["run"]), run["uri"], codec, case.get("client", {}), self._vectors)
        except StepFailed as failed:
            return str(failed)
        failure: str | None = None
        for index, step in enumerate(json.loads(text), 1):
            try:
                report = await asyncio.wait_for(player.play(step), _STEP)
                details += [report] if report else []
            except (asyncio.TimeoutError, TimeoutError):
                failure = f"no end within {_STEP:.0f} s"
            except Exception as error:
                failure = f"{'' if isinstance(error, StepFailed) else type(error).__name__ + ' '}{error}"
            if failure is not None:
                failure = f"step {index} {step['step']}: {failure}"
                break
        try:
            await asyncio.wait_for(player.close(), _STEP)
        except (asyncio.TimeoutError, TimeoutError):
            failure = failure or "the client does not close"
        return failure or (f"an error that nobody waited for: {self._stray[0]}" if self._stray else None)


async def main() -> int:
    """Plays the cases of the command line; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--control", required=True)
    parser.add_argument("--cases", required=True, type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--codec", choices=["cbor", "json"])
    parser.add_argument("--only")
    parser.add_argument("--uri")
    given = parser.parse_args()
    cases = json.loads(given.cases.read_text())["cases"]
    vectors = given.vectors or given.cases.resolve().parents[1] / "vectors"
    driver = Driver(Control(given.control), vectors)
    failed = False
    for case in cases:
        if given.only and not (
            case["id"].startswith(given.only[:-1]) if given.only.endswith("*") else case["id"] == given.only
        ):
            continue
        for codec in case.get("codecs", ["cbor", "json"]):
            if given.codec in (None, codec):
                report = await driver.case(case, codec)
                failed |= report["outcome"] == "failed"
                print(json.dumps(report, ensure_ascii=False), flush=True)
    return int(failed)


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL, stream=sys.stderr)
    sys.exit(asyncio.run(main()))
