"""The student's functions as a check sees them: the same behind the walls as in this process."""

from __future__ import annotations

import contextlib
import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.checks import Wrong
from grader.course import FunctionSpec
from grader.remote import Remote
from grader.student import InProcess, Raised, Student, plain
from grader.wire import Handle, Seed, decode, encode


def spec(name, positional, returns, opaque=(), mappings=(), keyword_only=()):
    return FunctionSpec(
        name, positional, keyword_only, keyword_only, returns, frozenset(opaque), frozenset(mappings)
    )  # fmt: skip


SPECS = {
    "one": spec("one", ("x",), ("out",)),
    "two": spec("two", ("x",), ("a", "b")),
    "make": spec("make", ("x",), ("out", "cache"), opaque={1}),
    "use": spec("use", ("caches",), ("out",)),
    "table": spec("table", ("x",), ("grads",), mappings={0}),
    "draw": spec("draw", ("n",), ("samples",), keyword_only=("rng",)),
    "call": spec("call", ("f", "x"), ("out",)),
    "step": spec("step", ("w", "dw", "state"), ("next_w", "next_state"), opaque={1}),
}
RIGHT = """
import numpy as np

calls = 0

def one(x):
    global calls
    calls += 1
    return x + calls

def two(x):
    return x, 2 * x

def make(x):
    return 2 * x, {"secret": x}

def use(caches):
    return sum(cache["secret"] for cache in (caches if isinstance(caches, list) else [caches]))

def table(x):
    return {"w": x, "b": 1.0}

def draw(n, *, rng=None):
    return rng.random(n)

def call(f, x):
    return f(x) + f(2 * x)

def step(w, dw, state):
    return w - dw, {"t": state.get("t", 0) + 1}
"""


@pytest.fixture(params=["in this process", "behind the walls"])
def backend_of(request, course, sandbox):
    """Makes a backend of a student's file, in this process or behind the walls."""
    made = []

    def load(source):
        namespace = {}
        exec(source, namespace)
        return SimpleNamespace(**namespace)

    def make(source=""):
        if request.param == "in this process":
            return InProcess(SPECS, lambda: load(RIGHT + source))
        exercise = dataclasses.replace(course.exercise("layer"), functions=SPECS)
        made.append(Remote(exercise, RIGHT + source, "answer.py", sandbox.take, limited=True))
        return made[-1]

    yield make
    for remote in made:
        remote.end()


@pytest.fixture
def student_of(backend_of):
    """Makes a student of a file, whose functions replace the right ones."""
    return lambda source="": Student(SPECS, backend_of(source))


def complaint(action, *args, **kwargs):
    with pytest.raises(Wrong) as caught:
        action(*args, **kwargs)
    return caught.value.message


# --- values -----------------------------------------------------------------------------------------------------------


def test_an_array_comes_back_as_an_array(student_of):
    np.testing.assert_array_equal(student_of().one(np.array([1.0, 2.0])), [2.0, 3.0])


@pytest.mark.parametrize("value", ["3.5", "7", "True", "np.float64(3.5)", "np.int64(7)", "np.array(2.0)"])
def test_a_plain_number_is_an_array_without_axes(student_of, value):
    got = student_of(f"def one(x): return {value}").one(1)
    assert isinstance(got, np.ndarray)
    assert got.shape == ()


def test_several_values_come_back_in_their_order(student_of):
    a, b = student_of().two(np.ones(2))
    np.testing.assert_array_equal([a, b], [[1, 1], [2, 2]])


def test_several_values_in_a_list_are_as_good_as_in_a_tuple(student_of):
    _, b = student_of("def two(x): return [x, 3 * x]").two(np.ones(1))
    assert b == 3


def test_a_mapping_comes_back_as_a_dict_of_arrays(student_of):
    grads = student_of().table(np.ones(3))
    assert {key: value.shape for key, value in grads.items()} == {"w": (3,), "b": ()}


def test_an_opaque_value_stays_there_and_can_be_passed_on(student_of):
    student = student_of()
    out, cache = student.make(np.array([3.0]))
    assert isinstance(cache, Handle)
    assert (out, student.use(cache)) == (6, 3)


def test_opaque_values_can_be_passed_on_inside_lists(student_of):
    student = student_of()
    caches = [student.make(np.array([value]))[1] for value in (1.0, 2.0, 4.0)]
    assert student.use(caches) == 7
    assert student.use(caches[:2]) == 3


def test_any_returned_value_may_be_changed_here_without_harm_there(student_of):
    student = student_of("kept = np.ones(2)\ndef one(x): return kept")
    with contextlib.suppress(ValueError):  # what came from behind the walls is read-only
        student.one(1)[:] = 9
    np.testing.assert_array_equal(student.one(1), [1, 1])


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("None", "one is None, expected an array. Is the return missing?"),
        ("[1.0, 2.0]", "one is a list, expected an array. Wrap it in np.array(...)."),
        ("(1.0, 2.0)", "one is a list, expected an array. Wrap it in np.array(...)."),
        ("'abc'", "one is a string, expected an array."),
        ("b'abc'", "one is bytes, expected an array."),
        ("{'w': 1}", "one is a dict, expected an array."),
        ("1 + 2j", "one is a value of type complex, expected an array."),
        ("np.matrix([[1.0]])", "one is a value of type matrix, expected an array. Return a plain array"),
        ("np.ma.array([1.0])", "one is a value of type MaskedArray, expected an array. Return a plain array"),
        ("np.array(['a'])", "one is an array of dtype <U1, expected an array."),
        ("np.array([None])", "one is an array of dtype object, expected an array."),
        ("2**70", "one is an int beyond 64 bits, expected an array."),
        ("{1: 2.0}", "one is a dict whose keys are not all strings, expected an array."),
        ("object()", "one is a value of type object, expected an array."),
        ("one", "one is a value of type function, expected an array."),
    ],
)
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_what_is_no_array_fails_with_what_it_is(student_of, value, sentence):
    assert complaint(student_of(f"def one(x): return {value}").one, 1).startswith(sentence)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("x", "an array of shape (3,)"),
        ("(x, x, x)", "3 values"),
        ("(x,)", "1 values"),
        ("None", "None"),
        ("{'a': x, 'b': x}", "a dict"),
        ("1.5", "a single float"),
        ("iter([x, x])", "a value of type list_iterator"),
    ],
)
def test_another_number_of_values_fails_with_the_names_of_all(student_of, value, got):
    message = complaint(student_of(f"def two(x): return {value}").two, np.ones(3))
    assert message.startswith(f"two returned {got}, expected 2 values: a, b.")
    assert message.endswith("Is the return missing?") == (got == "None")


def test_one_of_several_values_is_named(student_of):
    assert complaint(student_of("def two(x): return x, None").two, 1).startswith("two's b is None, expected an array.")


def test_a_mapping_that_is_none_fails_with_what_it_is(student_of):
    message = complaint(student_of("def table(x): return x").table, np.ones(2))
    assert message == "table is an array of shape (2,), expected a dict of arrays."
    message = complaint(student_of("def table(x): return {'w': x, 'b': [1]}").table, np.ones(2))
    assert message.startswith("table['b'] is a list, expected an array.")


def test_a_function_that_the_exercise_does_not_have_is_the_authors_mistake(student_of):
    with pytest.raises(AttributeError, match=r"no function 'three'; exercise.toml lists \['one', 'two'"):
        _ = student_of().three


# --- arguments --------------------------------------------------------------------------------------------------------


def test_arguments_are_copies_so_that_neither_side_changes_the_others(student_of):
    x = np.ones(2)
    student = student_of("def one(x):\n    x[:] = 5\n    return x")
    student.one(x)
    x[:] = 7
    np.testing.assert_array_equal(student.transcript[0].args[0], [1, 1])


@pytest.mark.parametrize("argument", [np.arange(3), 2.5, -4, True, None, "text", [1, [2.0]], {"a": np.ones(2)}])
def test_every_plain_argument_arrives_as_it_is(student_of, argument):
    student = student_of("def one(x): return np.frombuffer(repr(x).encode(), np.uint8)")
    assert student.one(argument).tobytes().decode() == repr(argument)


def test_a_tuple_arrives_as_a_list(student_of):
    assert student_of("def one(x): return float(isinstance(x, list))").one((1, 2)) == 1


def test_a_generator_gives_the_student_a_new_one_each_time(student_of):
    student = student_of()
    rng = np.random.default_rng(5)
    first, second = student.draw(4, rng=rng), student.draw(4, rng=rng)
    assert not np.array_equal(first, second)
    seed = student.transcript[0].kwargs["rng"]
    assert isinstance(seed, Seed)
    np.testing.assert_array_equal(first, np.random.default_rng(seed.value).random(4))


def test_the_same_generator_gives_the_same_draws(student_of):
    draws = [student_of().draw(4, rng=np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(*draws)


def test_a_function_is_called_back_here_with_plain_arrays(student_of):
    seen = []

    def f(x):
        seen.append(x)
        return x**2

    assert student_of().call(f, np.array(3.0)) == 9 + 36
    assert [float(x) for x in seen] == [3, 6]
    assert all(type(x) is np.ndarray for x in seen if not isinstance(x, np.generic))


def test_what_the_student_changes_is_observed_and_nothing_else_is_sent(student_of):
    student = student_of("def one(x):\n    x[0] = 9\n    return x[1]")
    seen = []
    assert student.observed("one", (np.zeros(2),), {}, lambda *after: seen.append(after)) == 0
    ((args, kwargs),) = seen
    np.testing.assert_array_equal(args[0], [9, 0])
    assert kwargs == {}
    student.one(np.zeros(2))
    assert student.transcript[1].seen is None


# --- state ------------------------------------------------------------------------------------------------------------


def test_a_students_globals_live_for_one_check(backend_of):
    backend = backend_of()
    for _ in range(2):
        student = Student(SPECS, backend)
        assert [float(student.one(0)) for _ in range(3)] == [1, 2, 3]


# --- batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_gives_its_values_after_the_block(student_of):
    student = student_of()
    with student.batch():
        first = student.one(np.zeros(1))
        a, b = student.two(np.ones(1))
    assert (first.value, a.value, b.value) == (1, 1, 2)


def test_inside_the_block_values_can_be_passed_on_but_not_looked_at(student_of):
    student = student_of()
    with student.batch():
        _, cache = student.make(np.array([3.0]))
        doubled, _ = student.make(np.array([5.0]))
        total, plain_one = student.use([cache, cache]), student.one(doubled)
        with pytest.raises(RuntimeError, match="after its `with` block"):
            _ = total.value
    assert (total.value, plain_one.value) == (6, 11)


def test_values_of_a_batch_can_be_passed_on_after_it(student_of):
    student = student_of()
    with student.batch():
        _, cache = student.make(np.array([3.0]))
    assert student.use(cache) == 3
    assert student.use(cache.value) == 3


def test_batches_do_not_nest(student_of):
    student = student_of()
    with student.batch(), pytest.raises(RuntimeError, match="do not nest"), student.batch():
        pass


def test_an_empty_batch_does_nothing(student_of):
    student = student_of()
    with student.batch():
        pass
    assert student.transcript == []


def test_walks_and_observed_calls_travel_in_a_batch_too(student_of):
    student, seen = student_of(), []
    with student.batch():
        walk = student.walk("step", [np.zeros(2)], [np.ones((3, 2))])
        _, cache = student.observed("make", (np.ones(2),), {}, lambda *after: seen.append(after))
        used = student.use(cache)
        assert (student.transcript, seen) == ([], [])
    np.testing.assert_array_equal(walk.value, [[[-1, -1], [-2, -2], [-3, -3]]])
    np.testing.assert_array_equal(used.value, [1, 1])
    (((x,), kwargs),) = seen
    np.testing.assert_array_equal(x, [1, 1])
    assert kwargs == {}
    assert [call.mode for call in student.transcript] == ["walk", "observe", "call"]


def test_a_walk_cannot_be_passed_on_to_a_call(student_of):
    student = student_of()
    with pytest.raises(RuntimeError, match="a walk cannot be passed on"), student.batch():
        student.use(student.walk("step", [np.zeros(2)], [np.ones((3, 2))]))


def test_a_walk_in_a_batch_fails_as_one_by_itself(student_of):
    student = student_of("def step(w, dw, state): return w - dw")
    with pytest.raises(Wrong, match="step returned an array"), student.batch():
        student.walk("step", [np.zeros(2)], [np.ones((3, 2))])


def test_after_an_error_inside_the_block_calls_are_calls_again(student_of):
    student = student_of()
    with contextlib.suppress(ZeroDivisionError), student.batch():
        student.one(1)
        _ = 1 / 0
    assert student.one(0) == 1


def test_a_batch_fails_by_its_first_call_that_raises(student_of):
    student = student_of("def one(x):\n    if x > 1: raise ValueError(f'too large: {x}')\n    return x")

    def run():
        with student.batch():
            for x in range(4):
                student.one(x)

    assert "one raised ValueError" in complaint(run)
    assert [call.args for call in student.transcript] == [(0,), (1,), (2,)]


def test_a_batch_fails_by_its_first_call_with_too_few_values(student_of):
    student = student_of("def two(x): return x")

    def run():
        with student.batch():
            a, b = student.two(np.ones(3))
            student.one(a)
            student.one(b)

    assert complaint(run) == "two returned an array of shape (3,), expected 2 values: a, b."
    assert len(student.transcript) == 1


def test_a_batch_fails_by_its_first_value_that_is_no_array(student_of):
    student = student_of("def one(x): return None if x else 1.0")

    def run():
        with student.batch():
            for x in range(3):
                student.one(x)

    assert complaint(run).startswith("one is None, expected an array.")


# --- exceptions -------------------------------------------------------------------------------------------------------


def test_a_function_that_raises_fails_with_what_it_raised(student_of):
    student = student_of("def one(x): return x @ np.ones(5)")
    message = complaint(student.one, np.ones(3))
    assert message.startswith("one raised ValueError")
    assert "matmul" in message


def test_a_function_that_is_not_written_yet_is_told_as_such(student_of):
    assert complaint(student_of("def one(x): raise NotImplementedError('one')").one, 1) == "one is not written yet."


@pytest.mark.parametrize("error", ["KeyboardInterrupt()", "SystemExit(3)", "GeneratorExit()", "StopIteration()"])
def test_every_way_of_raising_is_an_answer_behind_the_walls(course, sandbox, error):
    exercise = dataclasses.replace(course.exercise("layer"), functions=SPECS)
    remote = Remote(exercise, RIGHT + f"def one(x): raise {error}", "answer.py", sandbox.take, limited=True)
    assert complaint(Student(SPECS, remote).one, 1).startswith(f"one raised {error.partition('(')[0]} in line ")
    remote.end()


def test_the_students_own_line_is_told_behind_the_walls(course, sandbox):
    source = "def helper(x):\n    return x.nothing\n\n\ndef one(x):\n    return helper(x)\n" + RIGHT.replace(
        "def one", "def _"
    )
    exercise = dataclasses.replace(course.exercise("layer"), functions=SPECS)
    remote = Remote(exercise, source, "answer.py", sandbox.take, limited=True)
    with pytest.raises(Wrong) as caught:
        Student(SPECS, remote).one(np.ones(2))
    remote.end()
    assert caught.value.message.startswith("one raised AttributeError in line 2: ")
    assert [(step.line, step.function, step.text) for step in caught.value.trace] == [
        (6, "one", "return helper(x)"),
        (2, "helper", "return x.nothing"),
    ]


class Raising:
    """A backend whose every call raises the same."""

    def __init__(self, raised):
        self.raised = raised

    def begin(self):
        pass

    def run(self, first, calls):
        return [], self.raised

    def clock(self):
        return 0.0


@pytest.mark.parametrize(
    ("raised", "sentence", "exhausted"),
    [
        (Raised("MemoryError", "", 7), "one used up the memory it may have in line 7.", "memory"),
        (Raised("TooLarge", "", nbytes=40 * 2**20), "one returned 40 MiB, far more than this exercise needs", "output"),
        (Raised("KeyError", "'m'", 3), "one raised KeyError in line 3: 'm'", None),
        (Raised("KeyError", ""), "one raised KeyError", None),
    ],
)
def test_a_limit_that_was_hit_is_named(raised, sentence, exhausted):
    with pytest.raises(Wrong) as caught:
        Student(SPECS, Raising(raised)).one(1)
    assert caught.value.message.startswith(sentence)
    assert caught.value.exhausted == exhausted


# --- the transcript ---------------------------------------------------------------------------------------------------


def test_the_transcript_tells_every_call_with_what_it_gave(student_of):
    student = student_of()
    student.one(2.0)
    with student.batch():
        _, cache = student.make(np.ones(1))
        student.use(cache)
    assert [(call.number, call.function) for call in student.transcript] == [(0, "one"), (1, "make"), (2, "use")]
    assert student.transcript[0].value == (3,)
    assert student.transcript[1].value[1] == student.transcript[2].args[0] == Handle(1, 1)


def test_the_clock_goes_forward_while_the_student_computes(student_of):
    student = student_of("def one(x): return sum(i * i for i in range(300_000))")
    before = student.clock()
    student.one(1)
    assert student.clock() > before


# --- in this process as over the wire ---------------------------------------------------------------------------------


class Custom:
    """An object of a class that the wire does not know."""


dtypes = ["bool", "i4", "i8", "u1", "f2", "f4", "f8", ">f8", "c16", "U3", "O", "M8[s]", "longdouble"]
odd_arrays = st.sampled_from(dtypes).map(lambda name: np.zeros(2, name)) | st.just(np.ones((1,) * 10))
scalars = st.sampled_from([np.float32(1.5), np.int8(3), np.bool_(True), np.str_("a"), np.complex128(1j)])
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.sampled_from(["a\ud800b", b"bytes", 1 + 2j, {1, 2}, range(3), len, Custom(), type("x" * 100, (), {})(), Custom]),
    st.sampled_from([np.ma.array([1.0]), {1: 2.0}, {"a": 1, 2: 3}]),
    hnp.arrays(st.sampled_from(["f8", "i8", "f4"]), hnp.array_shapes(min_dims=0, min_side=0, max_side=3)),
    odd_arrays,
    scalars,
)
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)


def same(a, b):
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if type(a) is list:
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is dict:
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b


@given(anything)
def test_a_value_is_in_this_process_what_the_wire_would_deliver(value):
    assert same(plain(value), decode(encode(value)))


def test_a_value_in_this_process_is_a_copy():
    x = np.ones(2)
    got = plain([x, {"a": x}])
    x[:] = 7
    np.testing.assert_array_equal(got[0], [1, 1])
    np.testing.assert_array_equal(got[1]["a"], [1, 1])
