"""The frame parser under fire: whatever comes, it is a value or a `WireError`, and costs no memory."""

from __future__ import annotations

import contextlib
import random
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wire import (
    ARRAY_DTYPES,
    MAX_BYTES,
    Callback,
    FrameReader,
    Handle,
    Opaque,
    Seed,
    TooLarge,
    Unsupported,
    WireError,
    decode,
    encode,
    frame,
)

PLAIN = (type(None), bool, int, float, str, bytes, list, dict, np.ndarray, Handle, Seed, Callback, Opaque, Unsupported)
SAMPLES = [
    encode(value)
    for value in (
        ["done", [[1, np.arange(12.0).reshape(3, 4), None]], None],
        ["problem", "import", {"type": "E", "message": "m", "line": 3, "trace": [[1, "f", "t"]]}],
        {"a": [1, -1, 2**63, 1.5, True, None, "ä" * 40, b"b" * 300]},
        [Handle(1, 2), Seed(7), Callback(0), Opaque("dict"), Unsupported("set"), np.zeros((0, 3), np.complex64)],
    )
]


def _only_plain(value: Any) -> None:
    assert type(value) in PLAIN
    if isinstance(value, np.ndarray):
        assert value.dtype in ARRAY_DTYPES
        assert not value.dtype.hasobject
    for item in value.values() if isinstance(value, dict) else value if type(value) is list else ():
        _only_plain(item)


def _tried(data: bytes) -> None:
    with contextlib.suppress(WireError):
        _only_plain(decode(data))


@settings(max_examples=1500, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_without_order_are_a_plain_value_or_an_error(data: bytes) -> None:
    _tried(data)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_a_frame_that_was_tampered_with_is_a_plain_value_or_an_error(sample: bytes, data: st.DataObject) -> None:
    tampered = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(tampered) - 1))
        tampered[at] = data.draw(st.integers(0, 255))
    _tried(bytes(tampered))


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_frame_that_is_cut_short_or_too_long_is_an_error(sample: bytes) -> None:
    for size in range(len(sample)):
        with pytest.raises(WireError):
            decode(sample[:size])
    with pytest.raises(WireError):
        decode(sample + b"\xc0")


@settings(max_examples=800, deadline=None)
@given(st.integers(0, 15), st.lists(st.integers(0, 2**64 - 1), max_size=8), st.binary(max_size=64))
def test_a_shape_that_lies_is_an_error_or_fits_its_bytes(code: int, shape: list[int], body: bytes) -> None:
    head = struct.pack(f"<BB{len(shape)}Q", code, len(shape), *shape)
    data = struct.pack(">BIB", 0xC9, len(head) + len(body), 1) + head + body
    try:
        array = decode(data)
    except WireError:
        return
    assert (list(array.shape), array.nbytes) == (shape, len(body))


def test_a_hundred_thousand_random_streams_give_nothing_but_errors() -> None:
    source = random.Random(5)
    starts = bytes((0x90, 0x91, 0x93, 0x81, 0xC6, 0xC7, 0xC9, 0xCB, 0xDB, 0xDD, 0xDF, 0xA4))
    for _ in range(100_000):
        _tried(bytes((source.choice(starts),)) + source.randbytes(source.randrange(24)))


@pytest.mark.parametrize(
    "head",
    [
        b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01", b"\xdd\x00\x0f\x00\x00" * 15, b"\x91" * 1_000_000,
        b"\xdd\x00\x1e\x84\x80" + b"\x90" * 2_000_000,
    ],
    ids=["list", "dict", "text", "bytes", "array", "lists in lists", "endless nesting", "two million lists"],
)  # fmt: skip
def test_a_length_that_lies_costs_no_memory(head: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(head + b"\x00" * 1000)
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(SAMPLES), min_size=1, max_size=5), st.lists(st.integers(1, 60), min_size=1, max_size=60)
)
def test_payloads_come_out_as_they_went_in_however_they_are_cut(payloads: list[bytes], cuts: list[int]) -> None:
    stream, reader, out = b"".join(map(frame, payloads)), FrameReader(), []
    while stream:
        for cut in cuts:
            reader.feed(stream[:cut])
            stream = stream[cut:]
            while (payload := reader.next()) is not None:
                out.append(payload)
    assert (out, reader.pending) == (payloads, False)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=10))
def test_a_stream_without_order_is_payloads_or_too_large(pieces: list[bytes]) -> None:
    reader = FrameReader()
    with contextlib.suppress(TooLarge):
        for piece in pieces:
            reader.feed(piece)
            while (payload := reader.next()) is not None:
                assert len(payload) <= MAX_BYTES
                _tried(payload)
