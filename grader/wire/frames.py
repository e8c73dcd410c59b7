"""Frames: one encoded value with its length before it, cut out of a stream of bytes."""

from __future__ import annotations

import struct

from grader.wire.codec import MAX_BYTES, TooLarge


def frame(payload: bytes) -> bytes:
    """The payload with its length before it; raises TooLarge beyond `MAX_BYTES`."""
    if len(payload) > MAX_BYTES:
        raise TooLarge(len(payload))
    return struct.pack(">I", len(payload)) + payload


class FrameReader:
    """Cuts a stream of bytes into payloads; holds at most one frame's worth and what was read with it."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Takes what was read from the stream."""
        self._buffer += data

    @property
    def pending(self) -> bool:
        """Whether bytes are there that no payload has been cut from yet."""
        return bool(self._buffer)

    def next(self) -> bytes | None:
        """The next whole payload, or None while it is incomplete. Raises TooLarge as soon as its length is known."""
        if len(self._buffer) < 4:
            return None
        (size,) = struct.unpack_from(">I", self._buffer)
        if size > MAX_BYTES:
            raise TooLarge(size)
        if len(self._buffer) < 4 + size:
            return None
        payload = bytes(memoryview(self._buffer)[4 : 4 + size])
        del self._buffer[: 4 + size]
        return payload
