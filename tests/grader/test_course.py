"""A course as data: what is read of it, and errors that name the file, the key and the way out."""

from __future__ import annotations

import dataclasses
import re
import shutil
import zoneinfo
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from grader.course import CourseError, Limits, Timetable, default_course, load_course
from grader.grade_scheme import LateRule, Mark, Minimum, Scale


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
        ("cpu_s = 0.3", "cpu_s = 61", "budget.cpu_s"),
        ("wall_s = 100", "wall_s = 121", "budget.wall_s is 121, more than the 120 s"),
        ("memory_mb = 256", "memory_mb = 4096", "budget.memory_mb"),
        ("memory_mb = 256", "memory_mb = 64", "budget.memory_mb"),
    ],
)
def test_a_budget_that_no_sandbox_can_give_is_refused(copy, old, new, key):
    toml = copy / "exercises" / "sound" / "scale" / "exercise.toml"
    toml.write_text(re.sub(r"wall_s = .*", "wall_s = 100", toml.read_text()))
    spoil(toml, old, new)
    with pytest.raises(CourseError, match=re.escape(key)):
        load_course(copy)


# --- dates ------------------------------------------------------------------------------------------------------------


def with_dates(copy, text, head='timezone = "Europe/Madrid"\nedition = "2026"\n'):
    """The small course with such lines in its first unit, and in its head."""
    spoil(copy / "course.toml", 'name = "sound"\n', f'name = "sound"\n{text}\n')
    spoil(copy / "course.toml", "[[units]]", f"{head}\n[[units]]")


def utc(*moment):
    return datetime(*moment, tzinfo=UTC)


def test_a_course_without_dates_is_open_without_limits(course):
    assert course.timetable("scale") == Timetable(opens=None, due=None, closes=None, attempts=None)
    assert (course.edition, course.zone) == ("", UTC)


def test_dates_are_local_and_kept_in_utc(copy):
    with_dates(
        copy, "opens = 2026-06-01T09:00:00\ndue = 2026-12-01T23:59:00\ncloses = 2026-12-08T12:00:00-05:00\nattempts = 5"
    )
    course = load_course(copy)
    assert course.edition == "2026"
    assert course.timetable("scale") == course.timetable("layer")
    assert course.timetable("scale") == Timetable(
        utc(2026, 6, 1, 7), utc(2026, 12, 1, 22, 59), utc(2026, 12, 8, 17), attempts=5
    )
    assert course.timetable("leaky") == Timetable()


def test_an_exercise_overrides_the_dates_of_its_unit(copy):
    with_dates(copy, "due = 2026-12-01T23:59:00\nattempts = 5")
    with (copy / "course.toml").open("a") as file:
        file.write("[exercise.layer]\ndue = 2026-12-03T23:59:00\n")
    course = load_course(copy)
    assert course.timetable("layer") == Timetable(due=utc(2026, 12, 3, 22, 59), attempts=5)
    assert course.timetable("scale").due == utc(2026, 12, 1, 22, 59)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("due = 2026-12-01", r"units\[0\].due is .*, expected a date and a time, such as 2026-12-01T23:59:00"),
        ('due = "tomorrow"', r"units\[0\].due is 'tomorrow', expected a date and a time"),
        ("opens = 2026-12-02T00:00:00\ndue = 2026-12-01T00:00:00", r"due is out of order: opens \(2026-12-02 00:00"),
        ("due = 2026-12-02T00:00:00\ncloses = 2026-12-01T00:00:00", r"closes is out of order: due .* is after closes"),
        ("opens = 2026-12-02T00:00:00\ncloses = 2026-12-01T00:00:00", "closes is out of order: opens"),
        ("due = 2027-03-28T02:30:00", "due is 2027-03-28T02:30:00, which Europe/Madrid skips: the clocks go forward"),
        ("attempts = 0", r"units\[0\].attempts is 0, expected a whole number from 1"),
        ("attempts = 1.5", r"units\[0\].attempts is 1.5, expected a whole number"),
    ],
)
def test_a_wrong_date_is_told_with_its_key(copy, text, sentence):
    with_dates(copy, text)
    assert re.search(sentence, refusal(copy))


def test_an_hour_that_happens_twice_is_the_first(copy):
    with_dates(copy, "due = 2026-10-25T02:30:00")
    assert load_course(copy).timetable("scale").due == utc(2026, 10, 25, 0, 30)


def test_dates_that_an_exercise_brings_out_of_order_are_told_there(copy):
    with_dates(copy, "closes = 2026-12-01T23:59:00")
    with (copy / "course.toml").open("a") as file:
        file.write("[exercise.layer]\ndue = 2026-12-03T23:59:00\n")
    assert "exercise.layer.due is out of order: due (2026-12-03 23:59+01:00) is after closes" in refusal(copy)


def test_dates_of_an_exercise_that_is_not_there_are_refused(copy):
    with (copy / "course.toml").open("a") as file:
        file.write("[exercise.adam]\nattempts = 3\n")
    assert "exercise.adam is no exercise of this course; there are: scale, layer" in refusal(copy)


@pytest.mark.parametrize("name", ["Europe/Madird", "../etc/passwd", ""])
def test_an_unknown_time_zone_is_refused(copy, name):
    with_dates(copy, "", head=f'timezone = "{name}"')
    assert f"timezone is {name!r}; expected a name of the time zone database, such as Europe/Madrid" in refusal(copy)


def test_a_computer_without_time_zones_can_do_everything_but_tell_dates(copy, monkeypatch):
    def unknown(name):
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", unknown)
    with_dates(copy, "due = 2026-12-01T23:59:00\nattempts = 2")
    course = load_course(copy)
    assert course.exercise("scale").title == "Scale"
    with pytest.raises(CourseError, match="no time zone database; `pip install tzdata` brings one"):
        course.timetable("scale")


def test_dates_can_only_be_asked_of_an_exercise_that_is_there(course):
    with pytest.raises(CourseError, match="there is no exercise 'adam'"):
        course.timetable("adam")


# --- the grade --------------------------------------------------------------------------------------------------------

LABS = """
[grade]
scale = 10
decimals = 2
rounding = "half-even"
policy = "last"
marks = [{ from = 0, name = "fail" }, { from = 5, name = "pass" }]

[[grade.components]]
key = "labs"
title = "Labs"
weight = 0.1
late = { per_day = 0.1, cap = 0.5, grace_days = 3 }
drop_lowest = 1
unit = "faulty"

[[grade.components]]
exercise = "scale"
weight = 0.2

[[grade.components]]
key = "theory"
title = "Theory"
components = [{ key = "exam", title = "Exam", max = 10, minimum = { least = 4 } }]
"""


def graded(copy, text):
    with (copy / "course.toml").open("a") as file:
        file.write(text)
    return copy


def test_a_course_without_a_grade_counts_its_exercises_equally(course):
    root = course.grade.root
    assert [(leaf.key, leaf.weight, leaf.max_score) for leaf in root.components][:2] == [
        ("scale", 1, 4),
        ("layer", 1, 5),
    ]
    assert (len(root.components), root.policy, course.grade.scale) == (5, "best", Scale())


def test_the_tree_of_the_grade_is_read_with_exact_numbers(copy):
    scheme = load_course(graded(copy, LABS)).grade
    labs, scale, theory = scheme.root.components
    assert scheme.scale == Scale(Decimal(10), 2, "half-even", (Mark(Decimal(0), "fail"), Mark(Decimal(5), "pass")))
    assert (scheme.root.policy, labs.weight, scale.weight) == ("last", Decimal("0.1"), Decimal("0.2"))
    assert [leaf.key for leaf in labs.components] == ["leaky", "broken", "undecided"]
    assert (labs.late, labs.drop_lowest) == (LateRule(Decimal("0.1"), Decimal("0.5"), 3), 1)
    assert (scale.kind, scale.title, scale.max_score) == ("exercise", "Scale", 4)
    assert theory.components[0].minimum == Minimum(least=Decimal(4), cap=Decimal(4))


def test_a_grade_without_components_counts_all_exercises(copy):
    scheme = load_course(graded(copy, "[grade]\nscale = 20\n")).grade
    assert (len(scheme.root.components), scheme.scale.top) == (5, 20)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("weight = 0.1", "weight = 0", r"grade.components\[0\].weight is 0; expected a number above 0"),
        ("weight = 0.1", "weight = -1", r"grade.components\[0\].weight is -1, expected a number from 0 up"),
        ("weight = 0.1", "weight = nan", r"grade.components\[0\].weight is NaN, expected a number"),
        ("weight = 0.1", 'weight = "0.1"', r"weight is '0.1', expected a number"),
        ('unit = "faulty"', "", "needs exactly one of components, exercises, unit, exercise, max; there is: none"),
        ('unit = "faulty"', 'unit = "faulty"\nmax = 3', "needs exactly one of .*; there is: unit, max"),
        ('unit = "faulty"', 'unit = "labs"', "unit is 'labs', which is no unit; there are: sound, faulty"),
        ('unit = "faulty"', 'exercises = "some"', "exercises is 'some', expected a list"),
        ('unit = "faulty"', 'exercises = ["adam"]', "exercises names 'adam', which is no exercise; there are: scale"),
        ('unit = "faulty"', "exercises = []", r"components\[0\].exercises is empty"),
        ('unit = "faulty"', 'exercises = "all"', "holds 'scale' twice; an exercise counts once, and keys are unique"),
        ('exercise = "scale"', 'exercise = "adam"', r"components\[1\].exercise names 'adam'"),
        ("drop_lowest = 1", "drop_lowest = 3", "drop_lowest is 3, expected a whole number from 0 to 2"),
        ("per_day = 0.1", "per_day = 10", "late.per_day is 10, expected a number from 0 to 1"),
        ("grace_days = 3", "grace_days = 31", "late.grace_days is 31, expected a whole number from 0 to 30"),
        ("grace_days = 3", "grace = 3", "late.grace is not a key that is known here"),
        (
            'policy = "last"',
            'policy = "first"',
            "policy is 'first', expected one of: best, last, latest_before_deadline",
        ),
        ('"half-even"', '"up"', "rounding is 'up', expected one of: half-up, half-even, down"),
        ("decimals = 2", "decimals = 4", "decimals is 4, expected a whole number from 0 to 3"),  # roll-ups keep so many
        ("from = 0", "from = 1", "marks must begin with `from = 0` and go up"),
        ("scale = 10", "scale = 0", "scale is 0; expected the best grade, such as 10"),
        ("max = 10", "max = 0", "max is 0; expected the most that can be scored"),
        ("least = 4", "least = 11", "minimum.least is 11, expected a number from 0 to 10"),
        ('key = "labs"', 'key = "my labs"', "key is 'my labs'; expected letters, digits, - and _"),
        ('key = "labs"', 'key = "theory"', "holds 'theory' twice"),
    ],
)
def test_what_is_wrong_in_the_grade_is_told_with_its_key(copy, old, new, sentence):
    assert old in LABS
    message = refusal(graded(copy, LABS.replace(old, new, 1)))
    assert re.search(sentence, message), message


def test_dropping_needs_equal_weights(copy):
    text = """
[[grade.components]]
key = "labs"
title = "Labs"
drop_lowest = 1
components = [{ exercise = "scale", weight = 2 }, { exercise = "layer" }]
"""
    assert "drop_lowest needs components of equal weight" in refusal(graded(copy, text))


def test_a_minimum_has_grace_days_of_its_own(copy):
    text = """
[grade]
late = { per_day = 0.1, grace_days = 2 }
[[grade.components]]
key = "labs"
title = "Labs"
exercises = "all"
minimum = { least = 4 }
"""
    assert "lets 'labs', which has a minimum, share the grace days of 'grade'" in refusal(graded(copy, text))
    spoil(copy / "course.toml", "minimum =", "late = { per_day = 0.2 }\nminimum =")
    assert load_course(copy).grade.root.components[0].late == LateRule(Decimal("0.2"))


def test_the_course_of_this_repository_is_three_quarters_labs_and_accepts_everything():
    course = load_course(Path(__file__).parents[2])
    weights = {component.key: component.weight for component in course.grade.root.components}
    assert weights == {"labs": 75, "theory": 25}
    assert {component.weight for component in course.grade.root.components[0].components} == {1}
    assert [mark.name for mark in course.grade.scale.marks] == ["suspenso", "aprobado", "notable", "sobresaliente"]
    for name in course.exercises:
        dates = course.timetable(name)
        assert (dates.opens, dates.closes, dates.attempts) == (None, None, None)
