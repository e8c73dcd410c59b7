"""The decorator: a function becomes a check with its sentence, its points and what it comes after."""

from __future__ import annotations

import pytest

from grader.checks import check


@check(points=2)
def first(student, reference, rng):
    """The sentence that the student reads

    A remark for the author.
    """


@check(after=first)
def second(student, reference, rng):
    """Another"""


@check(points=0.5, after=(first, second))
def third(student, reference, rng):
    """A third"""


def test_the_first_line_of_the_docstring_is_the_sentence():
    assert (first.name, first.title, first.points) == ("first", "The sentence that the student reads", 2)


def test_a_check_is_worth_nothing_unless_told():
    assert second.points == 0


def test_what_a_check_comes_after_is_known_by_name():
    assert (first.after, second.after, third.after) == ((), ("first",), ("first", "second"))


def test_the_function_stays_callable():
    assert first.function(None, None, None) is None


def test_a_check_without_a_sentence_is_refused():
    with pytest.raises(ValueError, match="check mute has no docstring; its first line is what the student reads"):

        @check(points=1)
        def mute(student, reference, rng):
            pass


def test_negative_points_are_refused():
    with pytest.raises(ValueError, match="check costly has -1 points; give 0 or more"):

        @check(points=-1)
        def costly(student, reference, rng):
            """A sentence"""
