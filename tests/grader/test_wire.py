"""The wire: what goes through comes out the same, and whatever is out of form raises WireError and nothing else."""

from __future__ import annotations

import struct
import tracemalloc

import msgpack
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

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

ARRAY = 1  # the extension type of an array

arrays = st.sampled_from(ARRAY_DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0))
)
small = st.integers(0, 2**32 - 1)
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)  # NUL is left out
ours = st.one_of(
    st.builds(Handle, small, small),
    st.builds(Seed, st.integers(0, 2**64 - 1)),
    st.builds(Callback, small),
    st.builds(Opaque, names),
    st.builds(Unsupported, names),
)
plain_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=50),
    st.binary(max_size=50),
)


def nested(leaves, keys, longest):
    """Lists and dicts of these leaves, with at most `longest` items each."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=longest) | st.dictionaries(keys, inner, max_size=longest),
        max_leaves=12,
    )


values = nested(plain_leaves | arrays | ours, st.text(max_size=40), 20)


def same(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if type(a) is not type(b):
        return False
    if type(a) is float:
        return struct.pack(">d", a) == struct.pack(">d", b)
    if type(a) is list:
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is dict:
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b


def decoded_or_refused(data):
    try:
        return decode(data)
    except WireError:
        return WireError


# --- round trip -------------------------------------------------------------------------------------------------------


@given(values)
def test_what_is_encoded_is_decoded_to_the_same(value):
    assert same(value, decode(encode(value)))


@given(arrays)
def test_an_array_that_may_be_written_to_is_a_copy_of_its_own(array):
    got = decode(encode(array), writable=True)
    assert same(array, got)
    assert got.flags.writeable
    assert got.flags.owndata or got.size == 0


def test_an_array_is_read_only_unless_asked_otherwise():
    assert not decode(encode(np.ones(3))).flags.writeable


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3).T, np.arange(10)[::-2], np.broadcast_to(1.5, (2, 2))])
def test_an_array_that_is_not_contiguous_goes_through(array):
    np.testing.assert_array_equal(decode(encode([array]))[0], array)


def test_a_tuple_and_a_subclass_of_list_arrive_as_lists():
    class Mine(list):
        pass

    assert decode(encode(((1, 2), Mine([3])))) == [[1, 2], [3]]


def test_a_numpy_scalar_arrives_as_an_array_without_axes():
    got = decode(encode(np.float32(1.5)))
    assert (got.dtype, got.shape, got.item()) == (np.float32, (), 1.5)


def test_a_text_with_a_lone_surrogate_still_crosses():
    assert decode(encode("a\ud800b")) == "a?b"


# --- what may not cross -----------------------------------------------------------------------------------------------


class Custom:
    """An object of a class that the wire does not know."""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Custom(), "Custom"),
        (np.ma.array([1.0]), "MaskedArray"),
        (np.array([None]), "array of dtype object"),
        (np.array(["a"]), "array of dtype <U1"),
        (np.ones(2, ">f8"), "array of dtype >f8"),
        (np.ones((1,) * 9), "array of 9 dimensions"),
        (2**64, "int beyond 64 bits"),
        (-(2**63) - 1, "int beyond 64 bits"),
        ({1: 2}, "dict whose keys are not all strings"),
        (1j, "complex"),
        (len, "builtin_function_or_method"),
    ],
)
def test_what_may_not_cross_is_replaced_by_its_description(value, kind):
    assert decode(encode([value, 1])) == [Unsupported(kind), 1]


def test_a_class_with_a_very_long_name_is_cut_short():
    value = type("x" * 10_000, (), {})()
    assert decode(encode(value)) == Unsupported("x" * 80)


def test_a_list_that_holds_itself_is_refused():
    value = []
    value.append(value)
    with pytest.raises(WireError, match="deeper than 16"):
        encode(value)


def test_a_dict_that_holds_itself_is_refused():
    value = {}
    value["self"] = value
    with pytest.raises(WireError, match="deeper than 16"):
        encode(value)


def test_what_is_encoded_at_the_deepest_level_is_decoded_too():
    value = 7
    for _ in range(16):
        value = [value]
    assert decode(encode(value)) == value


# --- strangers that speak msgpack -------------------------------------------------------------------------------------


@given(nested(plain_leaves, st.text(max_size=40), 20))
@example([0.5] * 40)
@example({"x" * 300: b"y" * 70_000})
def test_the_msgpack_library_reads_what_we_write(value):
    assert same(value, msgpack.unpackb(encode(value)))


@given(arrays)
def test_the_msgpack_library_reads_our_arrays_as_dtype_shape_and_bytes(array):
    def rebuilt(code, data):
        assert code == ARRAY
        dtype, dimensions = ARRAY_DTYPES[data[0]], data[1]
        shape = struct.unpack_from(f"<{dimensions}Q", data, 2)
        return np.frombuffer(data[2 + 8 * dimensions :], dtype).reshape(shape)

    assert same(array, msgpack.unpackb(encode(array), ext_hook=rebuilt))


# The codec writes and reads one form of each type: the library's shorter forms of numbers and lengths are not ours.
short_texts = st.text(st.characters(max_codepoint=127), max_size=31)
in_our_forms = nested(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(0, 127) | st.integers(2**32, 2**64 - 1) | st.integers(-(2**63), -(2**31) - 1),
        st.floats(),
        short_texts,
    ),
    short_texts,
    15,
)


@given(in_our_forms)
def test_we_read_what_the_msgpack_library_writes_in_our_forms(value):
    assert same(value, decode(msgpack.packb(value)))


@pytest.mark.parametrize("shape", [(), (2,), (3, 1), (0, 4), (1, 2, 1)])
def test_we_read_an_array_that_the_msgpack_library_packed(shape):
    array = np.random.default_rng(1).normal(size=shape)
    head = struct.pack(f"<BB{array.ndim}Q", ARRAY_DTYPES.index(array.dtype), array.ndim, *shape)
    assert same(array, decode(msgpack.packb(msgpack.ExtType(ARRAY, head + array.tobytes()))))


@pytest.mark.parametrize("value", [200, -1, 70_000, b"abc", "x" * 100, [0] * 20, msgpack.Timestamp(1)])
def test_a_form_that_is_not_ours_is_refused(value):
    data = msgpack.packb(value)
    got = decoded_or_refused(data)
    assert got is WireError


# --- malformed --------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=200))
@example(b"\xc1")
@example(b"")
def test_random_bytes_raise_nothing_but_a_wire_error(data):
    got = decoded_or_refused(data)
    assert got is WireError or same(got, decode(encode(got)))


@given(values, st.data())
def test_a_frame_with_a_damaged_byte_raises_nothing_but_a_wire_error(value, data):
    damaged = bytearray(encode(value))
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] = data.draw(st.integers(0, 255))
    decoded_or_refused(bytes(damaged))


@given(values, st.data())
def test_a_frame_that_is_truncated_is_refused(value, data):
    whole = encode(value)
    with pytest.raises(WireError):
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(values, st.binary(min_size=1, max_size=5))
def test_bytes_that_are_left_over_are_refused(value, rest):
    with pytest.raises(WireError, match="left over"):
        decode(encode(value) + rest)


def array_frame(code, shape, body, dimensions=None):
    head = struct.pack(f"<BB{len(shape)}Q", code, len(shape) if dimensions is None else dimensions, *shape)
    return struct.pack(">BIB", 0xC9, len(head) + len(body), ARRAY) + head + body


F8 = ARRAY_DTYPES.index(np.dtype("f8"))


@pytest.mark.parametrize(
    "data",
    [
        array_frame(99, (1,), bytes(8)),
        array_frame(F8, (2,), bytes(8)),
        array_frame(F8, (2**63, 2), b""),
        array_frame(F8, (0, 2**63), b""),
        array_frame(F8, (0, 2**62, 2**62), b""),
        array_frame(F8, (2**32, 2**32), b""),
        array_frame(F8, (1,) * 9, bytes(8)),
        array_frame(F8, (1,), bytes(8), dimensions=200),
        struct.pack(">BIB", 0xC9, 0, ARRAY),
        struct.pack(">BIB", 0xC9, 2**32 - 1, ARRAY),
        struct.pack(">BBBII", 0xC7, 9, 2, 1, 1) + b"\0",
        struct.pack(">BBB", 0xC7, 0, 77),
        b"\xa2\xff\xfe",
        b"\x81\x01\x01",
        b"\x81\xc0\x01",
        b"\x91" * 40 + b"\xc0",
    ],
)
def test_a_value_that_is_out_of_form_is_refused(data):
    with pytest.raises(WireError):
        decode(data)


def test_the_name_of_a_type_holds_nothing_that_no_database_keeps():
    assert decode(encode(Opaque("a\0b"))) == Opaque("ab")


def test_a_boolean_array_holds_nothing_but_true_and_false():
    got = decode(array_frame(ARRAY_DTYPES.index(np.dtype("bool")), (3,), b"\x00\x01\x02"))
    assert got.astype(int).tolist() == [0, 1, 1]


# --- caps ------------------------------------------------------------------------------------------------------------


def peak_of(action):
    """The most memory that was taken while an action is refused, in bytes."""
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("tag", [b"\xdd", b"\xdf", b"\xdb", b"\xc6", b"\xc9"])
def test_an_announced_length_is_refused_before_memory_is_taken(tag):
    data = tag + b"\xff\xff\xff\xff" + b"\x01" * 100
    assert peak_of(lambda: decode(data)) < 100_000


def test_more_values_than_may_cross_are_refused_early():
    data = b"\xdd" + struct.pack(">I", 2**22) + b"\xc0" * 2**22
    assert peak_of(lambda: decode(data)) < 10_000_000


def test_an_array_that_is_too_large_is_refused_before_memory_is_taken():
    huge = np.broadcast_to(0.0, (2**17, 2**17))
    assert peak_of(lambda: encode([huge])) < 100_000


def test_a_frame_that_is_too_large_is_refused_as_soon_as_its_length_is_known():
    reader = FrameReader()
    reader.feed(struct.pack(">I", MAX_BYTES + 1))
    with pytest.raises(TooLarge) as caught:
        reader.next()
    assert caught.value.nbytes == MAX_BYTES + 1


def test_a_payload_that_is_too_large_is_not_framed():
    with pytest.raises(TooLarge):
        frame(bytes(MAX_BYTES + 1))


# --- frames ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 40))
def test_payloads_are_cut_out_of_a_stream_however_it_is_chopped(payloads, piece):
    stream = b"".join(map(frame, payloads))
    reader, got = FrameReader(), []
    for start in range(0, len(stream), piece):
        reader.feed(stream[start : start + piece])
        while (payload := reader.next()) is not None:
            got.append(payload)
    assert got == payloads


def test_a_frame_is_its_length_and_its_payload():
    assert frame(b"abc") == b"\0\0\0\x03abc"
