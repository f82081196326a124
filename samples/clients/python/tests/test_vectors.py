"""The golden vectors of the protocol (docs/vectors)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import vectors

VECTORS = Path(__file__).resolve().parents[4] / "docs" / "vectors"


def read(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())


@pytest.mark.parametrize("vector", read("varints.json")["valid"], ids=lambda v: v["hex"])
def test_numbers(vector: dict[str, Any]) -> None:
    vectors.check_number(vector)


@pytest.mark.parametrize("vector", read("varints.json")["invalid"], ids=lambda v: v["hex"] or "empty")
def test_bad_numbers(vector: dict[str, Any]) -> None:
    vectors.check_bad_number(vector)


@pytest.mark.parametrize("vector", read("frames.json")["frames"], ids=lambda v: v["id"])
def test_frames(vector: dict[str, Any]) -> None:
    for codec in vectors.codecs(vector):
        vectors.check_frame(vector, codec)


@pytest.mark.parametrize("vector", read("messages.json")["messages"], ids=lambda v: v["id"])
def test_messages(vector: dict[str, Any]) -> None:
    for codec in vectors.codecs(vector):
        vectors.check_message(vector, codec)


@pytest.mark.parametrize("script", read("transcripts.json")["transcripts"], ids=lambda v: v["id"])
def test_transcripts(script: dict[str, Any]) -> None:
    assert vectors.check_transcript(script) > 1
