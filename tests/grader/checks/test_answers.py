"""How a check ends: with a sentence for the student, or with inputs that prove nothing."""

from __future__ import annotations

import pytest

from grader.checks import Undecidable, Wrong, require, undecidable


@pytest.mark.parametrize("condition", [True, 1, "x"])
def test_a_condition_that_holds_says_nothing(condition):
    require(condition, "no")


@pytest.mark.parametrize("condition", [False, 0, None])
def test_a_condition_that_does_not_hold_fails_with_its_sentence(condition):
    with pytest.raises(Wrong) as caught:
        require(condition, "Your sum is negative.")
    assert caught.value.message == str(caught.value) == "Your sum is negative."


def test_a_wrong_answer_is_an_assertion_so_that_both_words_are_one():
    assert issubclass(Wrong, AssertionError)


def test_inputs_that_prove_nothing_are_neither_right_nor_wrong():
    with pytest.raises(Undecidable, match="a tie"):
        undecidable("a tie")
    assert not issubclass(Undecidable, AssertionError)
