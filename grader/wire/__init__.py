"""The wire between the trusted side and the sandbox: typed values in length-prefixed msgpack frames.

Theory of operation. Two processes that do not trust each other exchange frames over a pair of descriptors. A frame is
a 4-byte big-endian length and one msgpack value; arrays travel as (dtype, shape, bytes) in an extension type. Nothing
here ever evaluates, imports or unpickles what it reads: a frame can only become None, a bool, a number, a string,
bytes, a list, a dict, a plain array, or one of the four small tuples below. Every length is checked against what is
really there before memory is taken, and whatever is out of form raises `WireError`.

The format is plain msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md); the codec is our own because the
student's installation has NumPy, click and rich alone, because the sandbox must hold as little as possible, and because
the limits belong into the parser itself.
"""

from grader.wire.codec import (
    ARRAY_DTYPES,
    MAX_BYTES,
    MAX_DIMENSIONS,
    Callback,
    Encoded,
    Handle,
    Opaque,
    Seed,
    TooLarge,
    Unsupported,
    WireError,
    decode,
    encode,
)
from grader.wire.frames import FrameReader, frame

__all__ = [
    "ARRAY_DTYPES",
    "MAX_BYTES",
    "MAX_DIMENSIONS",
    "Callback",
    "Encoded",
    "FrameReader",
    "Handle",
    "Opaque",
    "Seed",
    "TooLarge",
    "Unsupported",
    "WireError",
    "decode",
    "encode",
    "frame",
]
