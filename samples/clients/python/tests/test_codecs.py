"""The codecs: equal values by both readers, and the same refusals."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from agentsocket import CodecError, cbor, fastcbor
from agentsocket.codec import CODECS
from agentsocket.errors import Breach, CloseCode
from agentsocket.greeting import DEFAULTS, hello
from agentsocket.wire import WELCOME, split


def made(random_: random.Random, depth: int) -> Any:
    kind = random_.randrange(8 if depth else 6)
    if kind == 6:
        return [made(random_, depth - 1) for _ in range(random_.randrange(6))]
    if kind == 7:
        return {f"k{n}ä": made(random_, depth - 1) for n in range(random_.randrange(6))}
    scalars: list[Any] = [
        None,
        random_.random() < 0.5,
        random_.randrange(-(2**64), 2**64),
        random_.uniform(-1e9, 1e9),
        "x" * random_.randrange(300),
        random_.randrange(300),
    ]
    return scalars[kind]


@pytest.mark.parametrize("codec", ["cbor", "json"])
def test_values_come_back(codec: str) -> None:
    seed = random.randrange(1 << 30)
    random_ = random.Random(seed)
    for _ in range(300):
        value = made(random_, 5)
        raw = CODECS[codec].dumps(value)
        assert CODECS[codec].loads(raw) == value, seed
        if codec == "cbor":
            assert cbor.loads(raw) == value, seed


def test_both_readers_of_cbor_agree_on_any_bytes() -> None:
    pytest.importorskip("cbor2")
    seed = random.randrange(1 << 30)
    random_ = random.Random(seed)
    for _ in range(3_000):
        raw = bytearray(cbor.dumps([made(random_, 4), "y" * 80]))
        for _ in range(random_.randrange(4)):
            raw[random_.randrange(len(raw))] = random_.randrange(256)
        fast = fastcbor.loads(bytes(raw))
        try:
            strict: Any = cbor.loads(bytes(raw))
        except CodecError:
            strict = fastcbor.UNSURE
        if fast is not fastcbor.UNSURE:
            assert fast == strict, (seed, raw.hex())


@pytest.mark.parametrize("codec", ["cbor", "json"])
@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800", {"a": object()}, {("a",): 1}], ids=repr)
def test_values_that_cannot_be_sent(codec: str, value: Any) -> None:
    with pytest.raises(CodecError):
        CODECS[codec].dumps(value)


@pytest.mark.parametrize("codec", ["cbor", "json"])
def test_depth(codec: str) -> None:
    deep: Any = 1
    for _ in range(32):
        deep = [deep]
    raw = CODECS[codec].dumps(deep)
    assert CODECS[codec].loads(raw) == deep
    with pytest.raises(CodecError):
        CODECS[codec].dumps([deep])
    deeper = b"\x81" + raw if codec == "cbor" else b"[" + raw + b"]"
    with pytest.raises(CodecError):
        CODECS[codec].loads(deeper)


@pytest.mark.parametrize("codec", ["cbor", "json"])
def test_keys_are_text(codec: str) -> None:
    value = {7: 1, True: 2, None: 3, 1.5: 4}
    assert CODECS[codec].loads(CODECS[codec].dumps(value)) == {"7": 1, "true": 2, "null": 3, "1.5": 4}


@pytest.mark.parametrize("codec", ["cbor", "json"])
def test_any_bytes_are_a_value_or_one_error(codec: str) -> None:
    seed = random.randrange(1 << 30)
    random_ = random.Random(seed)
    for _ in range(3_000):
        raw = random_.randbytes(random_.randrange(1, 60))
        try:
            CODECS[codec].loads(raw)
        except CodecError:
            pass
        except BaseException as error:
            raise AssertionError((seed, raw.hex())) from error


def test_the_header_of_a_greeting_counts() -> None:
    cbor_codec = CODECS["cbor"]
    room = 8_192 - 1 - len(hello(cbor_codec, DEFAULTS, auth="x" * 8_000))
    largest = hello(cbor_codec, DEFAULTS, auth="x" * (8_000 + room))
    assert len(largest) == 8_191
    with pytest.raises(CodecError, match="8 KiB"):
        hello(cbor_codec, DEFAULTS, auth="x" * (8_001 + room))
    welcome = bytes([WELCOME << 3])
    assert [frame.type for frame in split(welcome + bytes(8_191), 1_024)] == [WELCOME]
    with pytest.raises(Breach) as breach:
        list(split(welcome + bytes(8_192), 1_024))
    assert breach.value.code == CloseCode.TOO_LARGE
