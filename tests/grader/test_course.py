"""A course as data: what is read of it, and errors that name the file, the key and the way out."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import pytest

from grader.course import CourseError, Limits, default_course, load_course


@pytest.fixture
def copy(course, tmp_path):
    """A copy of the small course, to be spoilt."""
    shutil.copytree(course.path, tmp_path / "course")
    return tmp_path / "course"


def spoil(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def refusal(path):
    with pytest.raises(CourseError) as caught:
        load_course(path)
    return str(caught.value)


# --- what is read -----------------------------------------------------------------------------------------------------


def test_units_and_exercises_stand_in_their_order(course):
    assert course.title == "A course for the tests"
    assert [(unit.name, [each.name for each in unit.exercises]) for unit in course.units] == [
        ("sound", ["scale", "layer"]),
        ("faulty", ["leaky", "broken", "undecided"]),
    ]
    assert list(course.exercises) == ["scale", "layer", "leaky", "broken", "undecided"]


def test_an_exercise_has_its_data_and_its_texts(course):
    scale = course.exercise("scale")
    assert (scale.title, scale.points, scale.difficulty, scale.unit) == ("Scale", 4, 1, "sound")
    assert scale.limits == Limits(cpu_s=0.3, wall_s=1.0, memory_mb=256)
    assert scale.starter.startswith('"""Exercise scale')
    assert scale.statement.startswith("# Scale")


def test_an_exercise_without_a_budget_has_the_default_one(course):
    assert course.exercise("layer").limits == Limits()


def test_the_guide_names_the_default_budget():
    text = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text()
    for name, value in dataclasses.asdict(Limits()).items():
        assert f"\n{name} = {value} " in text or f"\n{name} = {value}\n" in text


def test_a_function_has_the_starters_signature_and_the_tables_returns(course):
    functions = course.exercise("layer").functions
    draw, forward = functions["draw"], functions["layer_forward"]
    assert (draw.positional, draw.keyword_only, draw.defaulted) == (("n",), ("rng",), ())
    assert (forward.returns, forward.opaque, forward.mappings) == (("out", "cache"), {1}, frozenset())
    assert functions["descend"].mappings == {1}
    assert course.exercise("scale").functions["scale"].defaulted == ("factor",)


def test_what_the_sandbox_is_told_of_a_function_is_plain_data(course):
    assert course.exercise("layer").functions["layer_forward"].on_the_wire == {
        "positional": ["x", "w"],
        "defaulted": [],
        "keyword_only": [],
        "returns": 2,
        "opaque": [1],
    }


def test_defaults_of_both_kinds_of_arguments_are_found(copy):
    spoil(copy / "exercises/sound/scale/starter.py", "def scale(x, factor=2.0)", "def scale(x, a=1, *, b, factor=2.0)")
    spec = load_course(copy).exercise("scale").functions["scale"]
    assert (spec.positional, spec.keyword_only, spec.defaulted) == (("x", "a"), ("b", "factor"), ("a", "factor"))


def test_a_course_without_its_hidden_half_loads_all_the_same(copy):
    shutil.rmtree(copy / "reference")
    assert all(exercise.hidden is None for exercise in load_course(copy).exercises.values())


def test_loading_runs_none_of_the_files(copy):
    for path in copy.rglob("*.py"):
        if path.name != "starter.py":
            path.write_text("raise SystemExit('this ran')\n")
    assert len(load_course(copy).exercises) == 5


def test_the_version_changes_with_every_file_of_the_exercise_and_with_no_other(copy):
    def versions():
        return {name: exercise.version for name, exercise in load_course(copy).exercises.items()}

    before = versions()
    (copy / "exercises/sound/layer/statement.md").write_text("another text")
    (copy / "reference/faulty/leaky/checks.py").write_text("another text")
    after = versions()
    assert [name for name in before if before[name] != after[name]] == ["layer", "leaky"]


def test_the_version_does_not_depend_on_where_the_course_lies(course, copy):
    assert load_course(copy).exercise("layer").version == course.exercise("layer").version


def test_an_unknown_exercise_is_answered_with_what_there_is(course):
    with pytest.raises(CourseError, match=r"no exercise 'adam'.*there are: scale, layer, leaky, broken, undecided"):
        course.exercise("adam")


def test_the_default_course_can_be_named_in_the_environment(monkeypatch, course):
    monkeypatch.setenv("CHAINRULE_COURSE", str(course.path))
    assert default_course() == course.path
    assert load_course().title == course.title


def test_the_default_course_is_that_of_the_repository(monkeypatch):
    monkeypatch.delenv("CHAINRULE_COURSE", raising=False)
    assert (default_course() / "course.toml").is_file()


def test_an_exercise_cannot_be_changed_by_mistake(course):
    with pytest.raises(dataclasses.FrozenInstanceError):
        course.exercise("scale").points = 10


# --- what is wrong, and where -----------------------------------------------------------------------------------------

COURSE, SCALE, LAYER = "course.toml", "exercises/sound/scale/exercise.toml", "exercises/sound/layer/exercise.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (COURSE, 'title = "A', 'titel = "A', "title is missing; expected a string"),
        (COURSE, 'name = "sound"\n', 'name = "sound"\ncolour = 1\n', r"units\[0\].colour is not a key that is known"),
        (COURSE, '["scale", "layer"]', '"scale"', r"units\[0\].exercises is 'scale', expected a list"),
        (COURSE, '["scale", "layer"]', "[1]", r"units\[0\].exercises is \[1\], expected a list of strings"),
        (COURSE, '"layer"', '"scale"', "units exercise 'scale' stands in it twice"),
        (COURSE, '"layer"', '"no-name"', "'no-name' is no exercise name"),
        (COURSE, '"layer"', '"missing"', "missing/exercise.toml is missing"),
        (COURSE, "[[units]]", "[[units", "is not TOML"),
        (SCALE, 'title = "Scale"\n', "", "title is missing; expected a string"),
        (SCALE, 'title = "Scale"', "title = 3", "title is 3, expected a string"),
        (SCALE, "points = 4", "points = 0", "points is 0, expected a number above 0"),
        (SCALE, "points = 4", "points = true", "points is True, expected a number"),
        (SCALE, "points = 4", 'points = "4"', "points is '4', expected a number above 0"),
        (SCALE, "difficulty = 1", "difficulty = 1.5", "difficulty is 1.5, expected a whole number"),
        (SCALE, "difficulty = 1", "dificulty = 1", "dificulty is not a key that is known here; known: "),
        (SCALE, "cpu_s = 0.3", "cpu = 0.3", "budget.cpu is not a key that is known here"),
        (SCALE, "cpu_s = 0.3", "cpu_s = 2.0", "budget.wall_s is shorter than budget.cpu_s"),
        (SCALE, "[budget]", "[[budget]]", "budget is .*, expected a table"),
        (SCALE, "[functions.scale]", "[functions.stretch]", "starter.py: defines no function 'stretch'"),
        (SCALE, 'returns = ["out"]', "", "functions.scale.returns is missing; expected a list"),
        (SCALE, '[functions.scale]\nreturns = ["out"]', "[functions]", "functions is empty"),
        (
            LAYER,
            'opaque = ["cache"]',
            'opaque = ["cash"]',
            "functions.layer_forward.opaque names 'cash', which is not in",
        ),
        (LAYER, 'opaque = ["cache"]', 'hidden = ["cache"]', "functions.layer_forward.hidden is not a key"),
        ("exercises/sound/scale/starter.py", "def scale(", "def scale((", "starter.py: is not Python"),
    ],
)
def test_what_is_wrong_is_told_with_the_file_and_the_key(copy, file, old, new, sentence):
    spoil(copy / file, old, new)
    message = refusal(copy)
    assert re.search(sentence, message), message
    assert str(copy) in message


@pytest.mark.parametrize("file", ["exercise.toml", "statement.md", "starter.py", "examples.py"])
def test_a_public_file_that_is_missing_is_named(copy, file):
    path = copy / "exercises/sound/scale" / file
    path.unlink()
    assert f"{path} is missing" in refusal(copy)


def test_a_folder_that_is_no_course_is_told_so(tmp_path):
    assert refusal(tmp_path) == f"{tmp_path / 'course.toml'} is missing; `--course DIR` names a folder with a course"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("cpu_s = 0.3", "cpu_s = 301", "budget.cpu_s"),
        ("memory_mb = 256", "memory_mb = 4096", "budget.memory_mb"),
        ("memory_mb = 256", "memory_mb = 64", "budget.memory_mb"),
    ],
)
def test_a_budget_that_no_sandbox_can_give_is_refused(copy, old, new, key):
    toml = copy / "exercises" / "sound" / "scale" / "exercise.toml"
    spoil(toml, old, new)
    toml.write_text(re.sub(r"wall_s = .*", "wall_s = 500", toml.read_text()))
    with pytest.raises(CourseError, match=re.escape(key)):
        load_course(copy)
