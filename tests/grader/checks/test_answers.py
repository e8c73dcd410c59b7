"""How a check ends: with a sentence for the student, or with inputs that prove nothing."""

from __future__ import annotations

import pytest

from grader.checks import Undecidable, Wrong, require, undecidable


def said_of(condition):
    """The sentence with which a check ends that requires this, None where it goes on."""
    try:
        require(condition, "Your sum is negative.")
    except Wrong as wrong:
        return wrong.message
    return None


@pytest.mark.parametrize("condition", [True, 1, "x"])
def test_a_condition_that_holds_says_nothing(condition):
    assert said_of(condition) is None


@pytest.mark.parametrize("condition", [False, 0, None])
def test_a_condition_that_does_not_hold_fails_with_its_sentence(condition):
    assert said_of(condition) == "Your sum is negative."


def test_a_wrong_answers_text_is_its_sentence():
    assert str(Wrong("Your sum is negative.")) == Wrong("Your sum is negative.").message == "Your sum is negative."


def test_a_wrong_answer_is_an_assertion_so_that_both_words_are_one():
    assert issubclass(Wrong, AssertionError)


def test_inputs_that_prove_nothing_are_neither_right_nor_wrong():
    with pytest.raises(Undecidable, match="a tie"):
        undecidable("a tie")
    assert not issubclass(Undecidable, AssertionError)
