"""The msgpack codec: Python values to bytes and back, strict and bounded in both directions."""

from __future__ import annotations

import functools
import struct
from math import prod
from typing import Any, Final, NamedTuple

import numpy as np

MAX_DEPTH: Final = 16
MAX_ITEMS: Final = 200_000
MAX_DIMENSIONS: Final = 8
MAX_BYTES: Final = 32 * 2**20
"""One frame's bytes, at most, in either direction."""

ARRAY_DTYPES: Final = tuple(
    np.dtype(name) for name in ("bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
)
"""The dtypes that may cross; a dtype's code on the wire is its place in this table (little-endian)."""

_ARRAY_HEAD: Final = struct.Struct(">BIBBB")
_SHAPES: Final = tuple(struct.Struct(f"<{dimensions}Q") for dimensions in range(MAX_DIMENSIONS + 1))
_FLOAT: Final = struct.Struct(">Bd")
_TWO_U32: Final = struct.Struct(">II")
_U8, _U32, _U64, _I64, _F64 = (struct.Struct(form) for form in (">B", ">I", ">Q", ">q", ">d"))
_CODE_OF: Final = {dtype: code for code, dtype in enumerate(ARRAY_DTYPES)}
_ARRAY, _HANDLE, _SEED, _CALLBACK, _OPAQUE, _UNSUPPORTED = range(1, 7)


class WireError(ValueError):
    """Bytes that are no frame of ours, or a value that may not cross."""


class TooLarge(WireError):
    """A value or a frame of more than `MAX_BYTES` bytes; `nbytes` says how many."""

    def __init__(self, nbytes: int) -> None:
        super().__init__(f"{nbytes} bytes are more than the {MAX_BYTES} that may cross")
        self.nbytes = nbytes


class Handle(NamedTuple):
    """Names value `position` of what call number `call` returned; it stays on the far side."""

    call: int
    position: int


class Opaque(NamedTuple):
    """Stands for a returned value that stays on the far side; `kind` is its type's name there."""

    kind: str


class Seed(NamedTuple):
    """Becomes `numpy.random.default_rng(value)` on the far side."""

    value: int


class Callback(NamedTuple):
    """Becomes a function on the far side that calls back function `number` on this side."""

    number: int


class Unsupported(NamedTuple):
    """Stands for a value that may not cross; `kind` says what it was."""

    kind: str


class Encoded(NamedTuple):
    """A value that was encoded before; it is written as it is."""

    data: bytes


# --- encoding -------------------------------------------------------------------------------------------------------


def encode(value: Any) -> bytes:
    """Bytes of one value.

    What may not cross (an object, an array subclass, a dtype outside the table) is replaced by
    `Unsupported`. Raises WireError when the value nests deeper than `MAX_DEPTH` (a list that holds itself does),
    TooLarge when an array has more than `MAX_BYTES` bytes.
    """
    parts: list[bytes] = []
    _ENCODERS.get(type(value), _encode_other)(value, parts, 0)
    return b"".join(parts)


def _encode_other(value: Any, parts: list[bytes], depth: int) -> None:
    kind = type(value)
    if issubclass(kind, np.generic):
        _encode_array(np.asarray(value), parts, depth)
    elif issubclass(kind, (list, tuple)):
        _encode_sequence(value, parts, depth)
    elif issubclass(kind, dict):
        _encode_dict(value, parts, depth)
    else:
        _encode_unsupported(Unsupported(kind.__name__), parts, depth)


def _encode_none(value: None, parts: list[bytes], depth: int) -> None:
    parts.append(b"\xc0")


def _encode_bool(value: bool, parts: list[bytes], depth: int) -> None:
    parts.append(b"\xc3" if value else b"\xc2")


def _encode_int(value: int, parts: list[bytes], depth: int) -> None:
    if 0 <= value < 128:
        parts.append(bytes((value,)))
    elif -(2**63) <= value < 2**63:
        parts.append(struct.pack(">Bq", 0xD3, value))
    elif value < 2**64 and value > 0:
        parts.append(struct.pack(">BQ", 0xCF, value))
    else:
        _encode_unsupported(Unsupported("int beyond 64 bits"), parts, depth)


def _encode_float(value: float, parts: list[bytes], depth: int) -> None:
    parts.append(_FLOAT.pack(0xCB, value))


def _encode_str(value: str, parts: list[bytes], depth: int) -> None:
    parts.append(_name(value) if len(value) <= _LONGEST_NAME else _text(value))


def _text(value: str) -> bytes:
    data = value.encode("utf-8", "replace")
    return (bytes((0xA0 | len(data),)) if len(data) < 32 else struct.pack(">BI", 0xDB, len(data))) + data


_LONGEST_NAME: Final = 24
_name: Final = functools.lru_cache(maxsize=1024)(_text)  # the same few come again and again


def _encode_bytes(value: bytes, parts: list[bytes], depth: int) -> None:
    parts.append(struct.pack(">BI", 0xC6, len(value)))
    parts.append(value)


def _encode_sequence(value: list[Any] | tuple[Any, ...], parts: list[bytes], depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise WireError(f"the value nests deeper than {MAX_DEPTH} levels")
    parts.append(bytes((0x90 | len(value),)) if len(value) < 16 else struct.pack(">BI", 0xDD, len(value)))
    for item in value:
        _ENCODERS.get(type(item), _encode_other)(item, parts, depth + 1)


def _encode_dict(value: dict[Any, Any], parts: list[bytes], depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise WireError(f"the value nests deeper than {MAX_DEPTH} levels")
    if not all(type(key) is str for key in value):
        _encode_unsupported(Unsupported("dict whose keys are not all strings"), parts, depth)
        return
    parts.append(bytes((0x80 | len(value),)) if len(value) < 16 else struct.pack(">BI", 0xDF, len(value)))
    for key, item in value.items():
        _encode_str(key, parts, depth)
        _ENCODERS.get(type(item), _encode_other)(item, parts, depth + 1)


def _encode_array(value: np.ndarray, parts: list[bytes], depth: int) -> None:
    code = _CODE_OF.get(value.dtype)
    if code is None or value.ndim > MAX_DIMENSIONS:
        what = f"array of dtype {value.dtype}" if code is None else f"array of {value.ndim} dimensions"
        _encode_unsupported(Unsupported(what), parts, depth)
        return
    if value.nbytes > MAX_BYTES:
        raise TooLarge(value.nbytes)
    size = 2 + 8 * value.ndim + value.nbytes
    parts.append(_ARRAY_HEAD.pack(0xC9, size, _ARRAY, code, value.ndim))
    parts.append(_SHAPES[value.ndim].pack(*value.shape))
    parts.append(value.tobytes())


def _encode_handle(value: Handle, parts: list[bytes], depth: int) -> None:
    parts.append(struct.pack(">BBBII", 0xC7, 8, _HANDLE, value.call, value.position))


def _encode_seed(value: Seed, parts: list[bytes], depth: int) -> None:
    parts.append(struct.pack(">BBBQ", 0xC7, 8, _SEED, value.value))


def _encode_callback(value: Callback, parts: list[bytes], depth: int) -> None:
    parts.append(struct.pack(">BBBI", 0xC7, 4, _CALLBACK, value.number))


def _encode_named(code: int, name: str, parts: list[bytes]) -> None:
    data = name[:80].encode("utf-8", "replace")[:255]
    parts.append(struct.pack(">BBB", 0xC7, len(data), code))
    parts.append(data)


def _encode_opaque(value: Opaque, parts: list[bytes], depth: int) -> None:
    _encode_named(_OPAQUE, value.kind, parts)


def _encode_unsupported(value: Unsupported, parts: list[bytes], depth: int) -> None:
    _encode_named(_UNSUPPORTED, value.kind, parts)


_ENCODERS: Final[dict[type, Any]] = {
    type(None): _encode_none,
    bool: _encode_bool,
    int: _encode_int,
    float: _encode_float,
    str: _encode_str,
    bytes: _encode_bytes,
    list: _encode_sequence,
    tuple: _encode_sequence,
    dict: _encode_dict,
    np.ndarray: _encode_array,
    Handle: _encode_handle,
    Seed: _encode_seed,
    Callback: _encode_callback,
    Opaque: _encode_opaque,
    Unsupported: _encode_unsupported,
    Encoded: lambda value, parts, depth: parts.append(value.data),
}


# --- decoding -------------------------------------------------------------------------------------------------------


def decode(data: bytes, *, writable: bool = False) -> Any:
    """The one value that `data` holds.

    Arrays are read-only views of `data`, or copies that may be written to when `writable`. Raises WireError for
    anything out of form: truncated, left-over bytes, too deep, too many items, an unknown type, dtype or extension, a
    shape that does not fit its bytes, a text that is not UTF-8.
    """
    decoder = _Decoder(data, writable)
    try:
        (value,) = decoder.values(1, 0)
    except (IndexError, struct.error):
        raise WireError("the frame is truncated") from None
    if decoder.at != len(data):
        raise WireError(f"{len(data) - decoder.at} bytes are left over")
    return value


class _Decoder:
    """A cursor over one frame. Reading beyond its end raises IndexError or struct.error."""

    __slots__ = ("at", "data", "items", "size", "writable")

    def __init__(self, data: bytes, writable: bool) -> None:
        self.data, self.size, self.writable = data, len(data), writable
        self.at = 0
        self.items = 0

    def values(self, count: int, depth: int) -> list[Any]:
        """The next `count` values, `depth` levels down; the forms that frames are full of are read right here."""
        data, at, size = self.data, self.at, self.size
        self.items += count
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise WireError(f"more than {MAX_DEPTH} levels or {MAX_ITEMS} values")
        if count > size - at:
            raise WireError("a list or dict is longer than its frame")
        result: list[Any] = []
        for _ in range(count):
            tag = data[at]
            at += 1
            if tag < 0x80:
                result.append(tag)
            elif 0xA0 <= tag < 0xC0:
                end = at + (tag & 0x1F)
                result.append(self.text(at, end))
                at = end
            elif tag == 0xC9 and data[at + 4] == _ARRAY:
                end = at + 5 + _U32.unpack_from(data, at)[0]
                result.append(self.array(at + 5, end))
                at = end
            elif 0x90 <= tag < 0xA0:
                self.at = at
                result.append(self.values(tag & 0x0F, depth + 1))
                at = self.at
            elif tag == 0xC0:
                result.append(None)
            else:
                self.at = at
                result.append(self.other(tag, depth))
                at = self.at
        self.at = at
        return result

    def other(self, tag: int, depth: int) -> Any:
        """A value of a rarer form."""
        if tag < 0x90:
            return self.mapping(tag & 0x0F, depth)
        if tag == 0xCB:
            return self.number(_F64)
        if tag in (0xC2, 0xC3):
            return tag == 0xC3
        if tag == 0xC7:
            return self.extension(self.number(_U8))
        if tag == 0xC9:
            return self.extension(self.number(_U32))
        if tag == 0xD3:
            return self.number(_I64)
        if tag == 0xCF:
            return self.number(_U64)
        if tag == 0xDB:
            size = self.number(_U32)
            self.at += size
            return self.text(self.at - size, self.at)
        if tag == 0xC6:
            return self.take(self.number(_U32))
        if tag == 0xDD:
            return self.values(self.number(_U32), depth + 1)
        if tag == 0xDF:
            return self.mapping(self.number(_U32), depth)
        raise WireError(f"type byte {tag:#04x} is not one of ours")

    def number(self, form: struct.Struct) -> Any:
        (result,) = form.unpack_from(self.data, self.at)
        self.at += form.size
        return result

    def take(self, size: int) -> bytes:
        end = self.at + size
        if end > self.size:
            raise WireError("the frame is truncated")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def text(self, at: int, end: int) -> str:
        if end > self.size:
            raise WireError("the frame is truncated")
        try:
            return str(self.data[at:end], "utf-8")
        except UnicodeDecodeError as error:
            raise WireError("a text is not UTF-8") from error

    def mapping(self, size: int, depth: int) -> dict[str, Any]:
        flat = self.values(2 * size, depth + 1)
        keys = flat[::2]
        for key in keys:
            if type(key) is not str:
                raise WireError("a key is not a string")
        return dict(zip(keys, flat[1::2], strict=True))

    def extension(self, size: int) -> Any:
        code = self.data[self.at]
        self.at += 1
        if code == _ARRAY:
            self.at += size
            return self.array(self.at - size, self.at)
        body = self.take(size)
        if code == _HANDLE and size == 8:
            return Handle(*_TWO_U32.unpack(body))
        if code == _SEED and size == 8:
            return Seed(*_U64.unpack(body))
        if code == _CALLBACK and size == 4:
            return Callback(*_U32.unpack(body))
        if code in (_OPAQUE, _UNSUPPORTED):
            kind = body[:80].decode("utf-8", "replace").replace("\0", "")  # it is told, and no database keeps a NUL
            return Opaque(kind) if code == _OPAQUE else Unsupported(kind)
        raise WireError(f"extension {code} of {size} bytes is not one of ours")

    def array(self, at: int, end: int) -> np.ndarray:
        """The array whose dtype, shape and bytes lie from `at` to `end`."""
        data = self.data
        if end > self.size:
            raise WireError("an array is longer than its frame")
        code, dimensions = data[at], data[at + 1]
        start = at + 2 + 8 * dimensions
        if code >= len(ARRAY_DTYPES) or dimensions > MAX_DIMENSIONS or start > end:
            raise WireError("an array's head is out of form")
        shape = _SHAPES[dimensions].unpack_from(data, at + 2)
        dtype, count = ARRAY_DTYPES[code], prod(shape)
        if count * dtype.itemsize != end - start or (not count and prod(each or 1 for each in shape) >= 2**59):
            raise WireError(f"an array of shape {shape} does not fit its {end - start} bytes")
        result: np.ndarray = np.ndarray(shape, dtype, data, start)
        return result.copy() if self.writable else result
