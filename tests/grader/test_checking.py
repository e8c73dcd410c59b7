"""Running one check: the draw, the redraw, and every way in which a check can end."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from grader.checking import DRAWS, bounded_memory, run_check
from grader.checks import Undecidable, Wrong, check, matches, undecidable
from grader.student import InProcess


@pytest.fixture
def outcome_of(course):
    """Runs the body of a check against a student's `scale`."""

    def run(body, scale=lambda x, factor=2.0: factor * x, seed=1, **options):
        @check(points=1)
        def the_check(student, reference, rng):
            """A sentence"""
            body(student, reference, rng)

        exercise, reference = course.exercise("scale"), SimpleNamespace(scale=lambda x, factor=2.0: factor * x)
        backend = InProcess(exercise.functions, lambda: SimpleNamespace(scale=scale))
        return run_check(the_check, exercise, reference, backend, seed, **options)

    return run


def draw(student, reference, rng):
    """The body of a check that tells its inputs."""
    raise Wrong(str(rng.random()))


def drawn(outcome_of, seed, draws=1):
    """The first number of each of so many draws."""
    seen = []

    def body(student, reference, rng):
        seen.append(rng.random())
        if len(seen) < draws:
            raise Undecidable

    outcome_of(body, seed=seed)
    return seen


# --- how a check ends -------------------------------------------------------------------------------------------------


def test_a_check_that_raises_nothing_has_passed(outcome_of):
    outcome = outcome_of(lambda student, reference, rng: matches(student.scale(3.0), reference.scale(3.0)))
    assert outcome.wrong is None
    assert [call.function for call in outcome.transcript] == ["scale"]
    assert outcome.draw == 0


def test_a_wrong_answer_keeps_what_the_vocabulary_found(outcome_of):
    outcome = outcome_of(lambda student, reference, rng: matches(student.scale(np.ones(2)), np.ones(2), "out"))
    assert outcome.wrong.label == "out"
    np.testing.assert_array_equal(outcome.wrong.got, [2, 2])
    assert outcome.wrong.__cause__ is None


def test_a_plain_assert_fails_with_its_sentence(outcome_of):
    names = {}
    exec("def body(student, reference, rng): assert student.scale(1.0) < 0, 'Your result is not negative.'", names)
    assert outcome_of(names["body"]).wrong.message == "Your result is not negative."


def test_a_plain_assert_without_a_sentence_still_says_something(outcome_of):
    def body(student, reference, rng):
        raise AssertionError

    assert outcome_of(body).wrong.message == "This does not hold for your code."


@pytest.mark.parametrize(
    "slip",
    [
        lambda out: out[3, 3],
        lambda out: out @ np.ones(7),
        lambda out: out.nothing,
        lambda out: {}["x"],
        lambda out: len(out[0]),
        lambda out: 1 / int(out[0] * 0),
        lambda out: np.concatenate([out, np.ones((2, 2))]),
    ],
)
def test_what_a_check_raises_on_an_odd_value_is_an_answer_with_its_cause(outcome_of, slip):
    outcome = outcome_of(lambda student, reference, rng: slip(student.scale(np.ones(2))))
    assert outcome.wrong.message.startswith("Your result could not be compared (")
    assert outcome.wrong.message.endswith("Look at its shape.")
    assert isinstance(outcome.wrong.__cause__, Exception)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_what_has_nothing_to_do_with_the_student_is_not_caught(outcome_of, error):
    def body(student, reference, rng):
        raise error

    with pytest.raises(error):
        outcome_of(body)


def test_an_exception_in_the_students_code_is_a_wrong_answer(outcome_of):
    outcome = outcome_of(lambda student, reference, rng: student.scale(1.0), scale=lambda x, factor=2.0: x.nothing)
    assert outcome.wrong.message.startswith("scale raised AttributeError")
    assert outcome.transcript[0].raised.type == "AttributeError"


def test_overflow_inside_a_check_is_no_warning(outcome_of):
    def body(student, reference, rng):
        matches(np.exp(student.scale(np.array([1e3]))), np.array([np.inf]))

    assert outcome_of(body).wrong is None


# --- the draw ---------------------------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_inputs_and_another_one_others(outcome_of):
    first, again, other = (outcome_of(draw, seed=seed).wrong.message for seed in (1, 1, 2))
    assert first == again != other


def test_the_inputs_are_the_same_today_as_ever(outcome_of):
    """A regrade must repeat them, also years later: these numbers must not change."""
    assert drawn(outcome_of, seed=17) == [
        0.7209659304610773
    ]  # worked out by hand of BLAKE2b("17 0 the_check") and PCG64


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**32, 2**53 - 1, 2**64 + 1])
def test_every_draw_has_inputs_of_its_own(outcome_of, seed):
    draws = drawn(outcome_of, seed=seed, draws=DRAWS)
    assert len(set(draws)) == DRAWS
    assert all(0 <= each < 1 for each in draws)
    assert drawn(outcome_of, seed=seed, draws=DRAWS) == draws
    assert drawn(outcome_of, seed=seed + 1) != draws[:1]


def test_a_negative_seed_is_refused(outcome_of):
    with pytest.raises(ValueError, match="the seed -1 is negative"):
        outcome_of(draw, seed=-1)


def test_two_checks_of_one_seed_draw_different_inputs(outcome_of, course):
    def body(student, reference, rng):
        """A sentence"""
        draw(student, reference, rng)

    exercise = course.exercise("scale")
    backend = InProcess(exercise.functions, lambda: SimpleNamespace())
    other = run_check(check(points=1)(body), exercise, None, backend, 1)
    assert other.wrong.message != outcome_of(draw, seed=1).wrong.message


def test_undecidable_inputs_are_drawn_again_until_they_decide(outcome_of):
    drawn = []

    def body(student, reference, rng):
        drawn.append(rng.random())
        student.scale(drawn[-1])
        if len(drawn) < 4:
            undecidable("a tie")

    outcome = outcome_of(body)
    assert outcome.wrong is None
    assert outcome.draw == 3
    assert len(set(drawn)) == 4
    assert [call.args for call in outcome.transcript] == [(drawn[-1],)]


def test_a_later_draw_can_be_repeated_without_those_before_it(outcome_of):
    drawn = []

    def body(student, reference, rng):
        drawn.append(rng.random())
        if len(drawn) < 3:
            undecidable("a tie")

    assert outcome_of(body).draw == 2
    assert outcome_of(body, first_draw=2).draw == 2
    assert drawn[3] == drawn[2]


def test_inputs_that_never_decide_fail_with_that_as_the_cause(outcome_of):
    drawn = []

    def body(student, reference, rng):
        drawn.append(rng.random())
        undecidable("a tie")

    outcome = outcome_of(body)
    assert len(drawn) == DRAWS
    assert "8 draws of the inputs proved nothing" in outcome.wrong.message
    assert isinstance(outcome.wrong.__cause__, Undecidable)


def test_each_draw_starts_from_a_fresh_module(course):
    exercise = course.exercise("scale")
    loaded = []
    backend = InProcess(exercise.functions, lambda: loaded.append(1) or SimpleNamespace())

    @check()
    def twice(student, reference, rng):
        """A sentence"""
        if len(loaded) < 2:
            undecidable("a tie")

    assert run_check(twice, exercise, None, backend, 1).draw == 1
    assert len(loaded) == 2


def test_a_follower_is_told_of_each_call_and_may_stop_it(outcome_of):
    class Stopped(Exception):
        pass

    seen = []

    def follow(call):
        seen.append(float(call.value[0]))
        if len(seen) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        outcome_of(lambda student, reference, rng: [student.scale(x) for x in (1.0, 2.0, 3.0)], follow=follow)
    assert seen == [2, 4]


# --- memory on our side -----------------------------------------------------------------------------------------------


def test_a_check_that_takes_too_much_memory_here_is_an_answer_not_the_end_of_the_grader(outcome_of):
    def body(student, reference, rng):
        matches(student.scale(np.ones((1, 50_000))) - np.ones((50_000, 1)), np.ones(2))

    with bounded_memory():
        outcome = outcome_of(body)
    assert isinstance(outcome.wrong.__cause__, MemoryError)


def test_after_a_check_memory_is_what_it_was():
    with bounded_memory():
        pass
    assert np.empty(2**28).size  # 2 GiB of address space, never touched
