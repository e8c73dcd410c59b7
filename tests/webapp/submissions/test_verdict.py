"""A report in words."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from grader.checks import Wrong, matches
from grader.report import CheckResult, Diagnosis, Status, StudentLine
from webapp.submissions.verdict import (
    HEADLINES,
    announcement,
    got_and_expected,
    headline,
    hint_of_exception,
    hints,
    outcome,
    short,
    source_lines,
)


@pytest.mark.parametrize("status", get_args(Status))
def test_every_status_has_a_headline_and_an_outcome(report, status):
    ended = replace(report, status=status)
    assert HEADLINES[status].endswith(".")
    assert headline(ended).endswith(".")
    assert not headline(ended).endswith("!")
    assert outcome(ended) == {"passed": "right", "platform_error": "ours"}.get(status, "wrong")


def test_a_known_mistake_is_the_headline_and_its_way_out_the_hint(report):
    named = replace(report, diagnosis=Diagnosis("adds", "You add the factor to x", "Multiply by it."))
    assert headline(named) == "You add the factor to x."
    assert hints(named) == ["Multiply by it."]
    assert announcement(named) == "1 of 4. You add the factor to x."
    assert short(named) == "You add the factor to x"


def test_a_limit_comes_before_a_mistake(report):
    named = replace(report, status="timeout", diagnosis=Diagnosis("adds", "You add the factor to x", "Multiply by it."))
    assert headline(named) == "Your code ran out of time."
    assert hints(named) == ["You add the factor to x.", "Multiply by it."]


def test_without_a_name_the_failed_checks_are_counted_and_not_the_skipped(report, marked):
    assert headline(report) == "1 of 3 checks does not pass yet."
    assert headline(marked(report, pure=False)) == "2 of 3 checks do not pass yet."


def test_one_exception_in_all_failed_checks_is_the_headline(report):
    trace = [StudentLine(2, "scale", "return x[9]")]
    checks = [replace(report.checks[0], message="scale raised IndexError in line 2", trace=trace)]
    assert headline(replace(report, checks=checks)) == "scale raised IndexError in line 2."


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("adam raised KeyError in line 5: 'm'", "d.get(key, default)"),
        ("scale raised ValueError: operands could not be broadcast together with shapes (3,) (4,)", "shapes"),
        ("Importing the file raised NameError in line 1: name 'nb' is not defined.", "a missing import"),
        ("scale raised NotImplementedError in line 2: scale", "yours to write"),
    ],
)
def test_an_exception_says_where_to_look(message, hint):
    assert hint in hint_of_exception(message)


@pytest.mark.parametrize("message", ["", "It is 3, expected 4.", "f raised ValueError: no", "f raised OwnError: no"])
def test_what_is_not_known_has_no_hint(message):
    assert hint_of_exception(message) == ""


@pytest.mark.parametrize(
    ("got", "expected", "values"),
    [
        (np.array(3.5), np.array(4.25), ("3.5", "4.25")),
        (np.array([1.0, -2e-30]), np.array([1.0, 7.0]), ("-2e-30", "7")),
        (np.zeros(32), np.zeros((64, 32)), ("shape (32,)", "shape (64, 32)")),
        (np.array([1]), np.array([1.5]), ("dtype int64", "dtype float64")),
        (np.array([np.nan]), np.array([1.5]), ("nan", "1.5")),
    ],
)
def test_what_was_got_and_expected_is_read_from_the_sentences_of_the_engine(got, expected, values):
    with pytest.raises(Wrong) as wrong:
        matches(got, expected, name="out")
    assert got_and_expected(CheckResult("c", "c", False, 0, 1, message=wrong.value.message)) == values


@pytest.mark.parametrize("message", ["", "Not run.", "scale raised KeyError in line 3: 'm'", "x" * 2000])
def test_a_sentence_that_compares_nothing_has_no_two_values(message):
    assert got_and_expected(CheckResult("c", "c", False, 0, 1, message=message)) is None


def test_the_lines_of_an_exception_are_marked(report):
    trace = [StudentLine(2, "scale", "return x[9]")]
    checks = [replace(check, message="It raised.", trace=trace) for check in report.checks]
    lines = source_lines("def scale(x):\n    return x[9]", replace(report, checks=checks))
    assert [(line.number, line.notes) for line in lines] == [(1, ()), (2, ("It raised.",))]


def test_the_line_that_is_no_python_is_marked(report):
    broken = replace(report, status="invalid", message="The file is not Python: invalid syntax in line 2: 'def'.")
    assert source_lines("x = 1\ndef", broken)[1].notes == (broken.message,)
