"""An exercise's own Python: what is loaded of the public and of the hidden half, and what of it is refused."""

from __future__ import annotations

import re
import shutil
import sys

import numpy as np
import pytest

from grader.course import CourseError, load_course
from grader.material import load_hidden, load_public


@pytest.fixture
def copy(course, tmp_path):
    """A copy of the small course, to be spoilt."""
    shutil.copytree(course.path, tmp_path / "course")
    return tmp_path / "course"


def by_name(alternatives):
    return {each.name: each for each in alternatives}


# --- what is loaded ---------------------------------------------------------------------------------------------------


def test_the_public_checks_come_in_their_order(course):
    assert [check.name for check in load_public(course.exercise("scale"))] == ["doubles", "triples"]


def test_loading_the_public_half_reads_nothing_of_the_hidden_one(copy):
    for path in (copy / "reference").rglob("*.py"):
        path.write_text("raise SystemExit('this ran')\n")
    assert load_public(load_course(copy).exercise("scale"))


def test_the_hidden_checks_have_their_sentences_points_and_order(course):
    checks = load_hidden(course.exercise("scale")).checks
    assert [(check.name, check.points) for check in checks] == [
        ("multiplies", 2),
        ("doubles_by_default", 1),
        ("leaves_x_alone", 1),
    ]
    assert checks[0].title == "The result is the factor times x"
    assert checks[1].after == ("multiplies",)


def test_a_mistake_has_its_title_and_the_rest_of_its_docstring_as_one_hint(course):
    mistake = by_name(load_hidden(course.exercise("scale")).mistakes)["in_place"]
    assert mistake.title == "You overwrite x"
    assert mistake.hint == "The caller still needs it. Compute a new array."


def test_an_alternative_has_all_functions_the_others_being_the_solutions(course):
    hidden = load_hidden(course.exercise("layer"))
    functions = by_name(hidden.mistakes)["one_sided"].load()
    assert functions.layer_forward is hidden.solution.layer_forward
    assert functions.descend is not hidden.solution.descend


def test_an_alternative_may_call_the_solution_it_replaces(course):
    functions = by_name(load_hidden(course.exercise("layer")).mistakes)["swapped_gradients"].load()
    _, cache = functions.layer_forward(np.ones((3, 2)), np.ones((2, 4)))
    first, second = functions.layer_backward(np.ones((3, 4)), cache)
    assert (first.shape, second.shape) == ((2, 4), (3, 2))


def test_an_alternatives_state_is_fresh_each_time_it_is_loaded(course):
    variant = by_name(load_hidden(course.exercise("scale")).variants)["counts_its_calls"]
    first, second = variant.load(), variant.load()
    first.scale(1.0)
    assert first.scale.__globals__["counts_its_calls"].calls == 1
    assert second.scale.__globals__["counts_its_calls"].calls == 0


def test_an_alternative_brings_along_what_it_refers_to_and_nothing_else(copy):
    path = copy / "reference/sound/scale/mistakes.py"
    path.write_text(
        "FACTOR = 3.0\n\n\n"
        "class _Base:\n    def scale(x, factor=2.0):\n        return FACTOR * x\n\n\n"
        "class heir(_Base):\n    'Heir'\n\n\n"
        "class caller:\n    'Caller'\n\n    def scale(x, factor=2.0):\n        return heir.scale(x)\n\n\n"
        "class other:\n    'Other'\n\n    def scale(x, factor=2.0):\n        return _tripled(x)\n\n\n"
        "def _tripled(x):\n    return _Base.scale(x)\n"
    )
    mistakes = by_name(load_hidden(load_course(copy).exercise("scale")).mistakes)
    assert {name: each.load().scale(2.0) for name, each in mistakes.items()} == {
        "heir": 6.0,
        "caller": 6.0,
        "other": 6.0,
    }
    made = mistakes["caller"].load().scale.__globals__
    assert {"FACTOR", "_Base", "heir", "caller", "_tripled"} <= made.keys()
    assert "other" not in made


def test_an_alternative_that_cannot_be_made_alone_is_told_with_its_name(copy):
    path = copy / "reference/sound/scale/mistakes.py"
    path.write_text(
        "class first:\n    'First'\n\n    def scale(x, factor=2.0):\n        return x\n\n\n"
        "class second:\n    'Second'\n\n    scale = globals()['first'].scale\n"
    )
    sentence = re.escape(f"{path}: class second needs what it does not refer to by name: KeyError: 'first'")
    with pytest.raises(CourseError, match=sentence):
        load_hidden(load_course(copy).exercise("scale"))


def test_an_error_in_an_alternative_is_told_with_its_line_in_the_file(copy):
    path = copy / "reference/sound/scale/mistakes.py"
    path.write_text(
        "class first:\n    'First'\n\n    def scale(x):\n        return x\n\n\n"
        "class second:\n    'Second'\n\n    def scale(x):\n        raise KeyError\n"
    )
    mistake = by_name(load_hidden(load_course(copy).exercise("scale")).mistakes)["second"]
    with pytest.raises(KeyError) as caught:
        mistake.load().scale(1.0)
    assert (caught.traceback[-1].path, caught.traceback[-1].lineno + 1) == (path, 12)


def test_classes_with_a_leading_underscore_and_imported_ones_are_no_mistakes(copy):
    path = copy / "reference/sound/scale/mistakes.py"
    path.write_text(
        "from collections import OrderedDict\n\n\nclass _Helper:\n    'x'\n\n\n"
        "class wrong:\n    'Wrong'\n\n    def scale(x, factor=2.0):\n        return x\n"
    )
    assert list(by_name(load_hidden(load_course(copy).exercise("scale")).mistakes)) == ["wrong"]


def test_hidden_material_is_loaded_once_for_each_version(course, copy):
    exercise = load_course(copy).exercise("scale")
    first = load_hidden(exercise)
    assert load_hidden(load_course(copy).exercise("scale")) is first
    (copy / "reference/sound/scale/solution.py").write_text("def scale(x, factor=2.0):\n    return 0 * x\n")
    second = load_hidden(load_course(copy).exercise("scale"))
    assert (first.solution.scale(1.0), second.solution.scale(1.0)) == (2.0, 0.0)


def test_loading_writes_no_bytecode_beside_the_course(copy):
    load_hidden(load_course(copy).exercise("layer"))
    load_public(load_course(copy).exercise("layer"))
    assert not list(copy.rglob("__pycache__"))


def test_loading_leaves_the_import_path_alone(course):
    before = list(sys.path)
    load_hidden(course.exercise("layer"))
    assert sys.path == before


# --- what is refused --------------------------------------------------------------------------------------------------

HIDDEN = "reference/sound/scale"


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("solution.py", "import nowhere_to_be_found\n", r"solution.py: cannot be imported: ModuleNotFoundError"),
        ("solution.py", "def scale(:\n", r"solution.py: cannot be imported: SyntaxError"),
        ("solution.py", "other = 1\n", r"solution.py: defines no function 'scale'"),
        ("checks.py", "x = 1\n", r"checks.py: defines no check; decorate a function"),
        ("checks.py", "1 / 0\n", r"checks.py: cannot be imported: ZeroDivisionError"),
        ("mistakes.py", "1 / 0\n", r"mistakes.py: cannot be imported: ZeroDivisionError"),
        ("variants.py", "import nowhere_to_be_found\n", r"variants.py: cannot be imported: ModuleNotFoundError"),
        ("mistakes.py", "class wrong:\n    def scale(x):\n        return x\n", r"class wrong has no docstring"),
        ("mistakes.py", "class wrong:\n    'x'\n", r"class wrong defines none of the functions scale"),
    ],
)
def test_a_hidden_file_that_cannot_be_used_is_told_with_its_name(copy, file, text, sentence):
    (copy / HIDDEN / file).write_text(text)
    with pytest.raises(CourseError) as caught:
        load_hidden(load_course(copy).exercise("scale"))
    assert re.search(sentence, str(caught.value)), caught.value


@pytest.mark.parametrize("file", ["mistakes.py", "variants.py"])
def test_alternatives_that_are_no_python_are_told_with_their_name(copy, file):
    (copy / HIDDEN / file).write_text("class wrong(:\n")
    with pytest.raises(CourseError, match=rf"{file}: cannot be imported: SyntaxError"):
        load_hidden(load_course(copy).exercise("scale"))


@pytest.mark.parametrize("file", ["solution.py", "checks.py", "mistakes.py", "variants.py"])
def test_a_hidden_file_that_is_missing_is_named(copy, file):
    exercise = load_course(copy).exercise("scale")
    (copy / HIDDEN / file).unlink()
    with pytest.raises(CourseError, match=rf"{file} is missing"):
        load_hidden(exercise)


def test_points_that_do_not_add_up_are_told_with_both_sums(copy):
    path = copy / "exercises/sound/scale/exercise.toml"
    path.write_text(path.read_text().replace("points = 4", "points = 5"))
    with pytest.raises(CourseError, match=r"points is 5, but the checks .* add up to 4"):
        load_hidden(load_course(copy).exercise("scale"))


def test_a_check_that_comes_after_one_below_it_is_refused(copy):
    path = copy / "exercises/sound/scale/examples.py"
    path.write_text(
        "from grader.checks import Check, check\n\n\n"
        "@check(after=Check('later', 't', 0, (), print))\n"
        "def first(student, reference, rng):\n    'The first'\n\n\n"
        "@check()\ndef later(student, reference, rng):\n    'The second'\n"
    )
    with pytest.raises(CourseError, match="check first comes after 'later', which does not stand before it"):
        load_public(load_course(copy).exercise("scale"))


def test_without_the_hidden_half_grading_is_told_what_it_needs(copy):
    shutil.rmtree(copy / "reference")
    with pytest.raises(
        CourseError, match="the hidden checks of 'scale' are not here: there is no folder reference/sound"
    ):
        load_hidden(load_course(copy).exercise("scale"))
