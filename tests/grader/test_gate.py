"""The publishing gate: a sound exercise passes it, and every hole is told by kind, name and seed."""

from __future__ import annotations

import json
import shutil

import pytest

from grader.course import CourseError, load_course
from grader.gate import Proof, Tally, prove

SEEDS = range(3)


def proof_of(exercise, seeds=SEEDS):
    *_, proof = prove(exercise, seeds)
    return proof


@pytest.fixture(scope="module")
def leaky(course):
    """What the gate finds in an exercise with every kind of hole."""
    return proof_of(course.exercise("leaky"))


@pytest.fixture
def spoilt(course, tmp_path):
    """The exercise scale with one file replaced or changed."""

    def spoil(file, old, new):
        shutil.copytree(course.path, tmp_path / "course")
        (path,) = (tmp_path / "course").glob(f"*/sound/scale/{file}")
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return load_course(tmp_path / "course").exercise("scale")

    return spoil


def found(proof):
    """The kind, name and seed of every run that went otherwise."""
    return {(each["kind"], each["name"], each["seed"]) for each in proof.exceptions}


def what(proof, kind, name):
    return next(each["what"] for each in proof.exceptions if (each["kind"], each["name"]) == (kind, name))


# --- sound exercises --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["scale", "layer"])
def test_a_sound_exercise_passes(course, name):
    proof = proof_of(course.exercise(name), range(10))
    assert proof.passed
    assert proof.exceptions == []


def test_every_run_is_counted(course):
    proof = proof_of(course.exercise("scale"))
    assert proof.seeds == 3
    assert proof.solution == Tally(3, 3)
    assert proof.variants == Tally(6, 6)
    assert proof.starter == Tally(3, 3)
    assert proof.mistakes_caught == proof.mistakes_named == Tally(9, 9)
    assert proof.examples == Tally(12, 12)  # two examples, with the solution and with the starter


def test_the_proof_grows_seed_by_seed(course):
    assert [proof.seeds for proof in prove(course.exercise("scale"), SEEDS)] == [1, 2, 3]


def test_the_proof_is_plain_data(leaky):
    data = leaky.as_dict()
    assert json.loads(json.dumps(data)) == data
    assert (data["passed"], data["exercise"], data["seeds"]) == (False, "leaky", 3)
    assert data["mistakes_caught"] == {"runs": 9, "good": 6}


# --- holes ------------------------------------------------------------------------------------------------------------


def test_an_exercise_with_a_hole_does_not_pass(leaky):
    assert not leaky.passed


@pytest.mark.parametrize(
    ("kind", "name", "sentence"),
    [
        ("mistake", "keeps_the_sign", "is not caught: it gets full marks"),
        ("mistake", "cubes_again", "is named cubes"),
        ("variant", "in_float32", "fails squares: out at ["),
        ("starter", "starter", "passes keeps_the_shape"),
        ("example", "is_wrong_itself", "fails with the solution: "),
        ("example", "asks_for_nothing", "passes with the starter"),
    ],
)
def test_each_hole_is_told_by_name_on_every_seed(leaky, kind, name, sentence):
    assert {(kind, name, seed) for seed in SEEDS} <= found(leaky)
    assert what(leaky, kind, name).startswith(sentence)


def test_nothing_else_is_told(leaky):
    assert len(found(leaky)) == 6 * len(SEEDS)
    assert leaky.solution == Tally(3, 3)
    assert (leaky.variants, leaky.starter, leaky.mistakes_caught) == (Tally(6, 3), Tally(3, 0), Tally(9, 6))
    assert (leaky.mistakes_named, leaky.examples) == (Tally(9, 3), Tally(12, 6))


def test_a_wrong_solution_is_told(spoilt):
    proof = proof_of(spoilt("solution.py", "factor * x", "factor * x + 1e-6"))
    assert not proof.passed
    assert ("example", "doubles", 0) in found(proof)


@pytest.mark.parametrize("name", ["broken", "undecided"])
def test_a_check_that_fails_with_the_solution_itself_is_told_not_raised(course, name):
    proof = proof_of(course.exercise(name))
    assert not proof.passed
    assert proof.seeds == 3
    assert ("solution", "solution", 2) in found(proof)
    assert "is broken" in what(proof, "solution", "solution")


def test_right_answers_must_have_room_to_the_tolerance(spoilt):
    proof = proof_of(spoilt("variants.py", "return x * factor", "return x * factor * (1 + 5e-8)"))
    assert ("variant", "counts_its_calls", 0) in found(proof)


def test_a_mistake_that_loses_only_worthless_checks_is_not_caught(spoilt):
    exercise = spoilt("checks.py", "@check(points=1)\ndef leaves", "@check(points=0)\ndef leaves")
    path = exercise.public / "exercise.toml"
    path.write_text(path.read_text().replace("points = 4", "points = 3"))
    proof = proof_of(load_course(exercise.public.parents[2]).exercise("scale"))
    assert what(proof, "mistake", "in_place") == "is not caught: it gets full marks"


def test_a_starter_that_cannot_be_imported_is_the_authors_to_mend(spoilt):
    with pytest.raises(CourseError, match=r"starter\.py: cannot be imported: ModuleNotFoundError: .*nowhere"):
        proof_of(spoilt("starter.py", "def scale", "import nowhere\n\n\ndef scale"))


# --- the count --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("named", "passed"), [(100, True), (95, True), (94, False)])
def test_nearly_all_mistakes_must_be_named_as_themselves(named, passed):
    proof = Proof("scale", 1, mistakes_caught=Tally(100, 100), mistakes_named=Tally(100, named))
    assert proof.passed == passed


@pytest.mark.parametrize("kind", ["solution", "variants", "starter", "mistakes_caught", "examples"])
def test_of_everything_else_one_failure_is_too_many(kind):
    assert not Proof("scale", 1, **{kind: Tally(1000, 999)}).passed


def test_proofs_of_other_seeds_add_up(course):
    whole = proof_of(course.exercise("leaky"), range(4))
    first, second = (proof_of(course.exercise("leaky"), seeds) for seeds in (range(2), range(2, 4)))
    second.add(first)
    assert (second.as_dict(), second.seeds) == (whole.as_dict(), 4)
