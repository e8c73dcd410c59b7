"""The commands of an author: exercise new, exercise test."""

from __future__ import annotations

import contextlib

import click

from grader.cli.common import (
    FAILED,
    PASSED,
    WRONG_CALL,
    Failure,
    course_of,
    course_option,
    exercise_names,
    finish,
    json_option,
    print_json,
    progress_bar,
)


@click.group()
@course_option
def exercise() -> None:
    """Write and prove exercises (docs/authoring.md)."""


@exercise.command("test")
@click.argument("names", nargs=-1, metavar="[EXERCISE]...", shell_complete=exercise_names)
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True, help="Draw this many inputs.")
@click.option("--jobs", type=click.IntRange(min=1), help="Exercises proven side by side. Default: one a processor.")
@course_option
@json_option
@click.pass_context
def test(context: click.Context, names: tuple[str, ...], seeds: int, jobs: int | None, as_json: bool) -> None:
    """Prove exercises: the publishing gate.

    On every seed the solution and the variants get full marks, the starter none, and every mistake is caught; at least
    95% of the mistakes are named as themselves. Without names: all exercises.

    Example: chainrule exercise test adam --seeds 200
    """
    course = course_of(context)
    exercises = [course.exercise(name) for name in names] or list(course.exercises.values())
    from grader.crew import cores, pieces_of, prove_all
    from grader.gate import Proof

    proofs = {each.name: Proof(each.name) for each in exercises}
    pieces = prove_all(exercises, seeds, jobs or cores())
    steps = len(exercises) * len(pieces_of(seeds))
    with progress_bar("proving", steps, quiet=as_json) as advance, contextlib.closing(pieces):
        for piece in pieces:
            proofs[piece.exercise].add(piece)
            advance(f"proving {piece.exercise}")
    ordered = list(proofs.values())
    if as_json:
        print_json({"passed": all(proof.passed for proof in ordered), "exercises": [p.as_dict() for p in ordered]})
    else:
        from grader.cli.render import show_proofs

        show_proofs(ordered)
    finish(PASSED if all(proof.passed for proof in ordered) else FAILED)


@exercise.command("new")
@click.argument("name", metavar="EXERCISE")
@click.option(
    "--unit", help="The unit it belongs to, as in course.toml; a new name makes a new unit. Default: the last."
)
@course_option
@json_option
@click.pass_context
def new(context: click.Context, name: str, unit: str | None, as_json: bool) -> None:
    """Write the skeleton of a new exercise, and list it in course.toml.

    It passes its own gate from the start; make it yours piece by piece.

    Example: chainrule exercise new relu --unit activations
    """
    course = course_of(context)
    from grader.skeleton import write_skeleton

    if unit is None:
        if not course.units:
            raise Failure("the course has no unit yet; name its first with --unit NAME", WRONG_CALL)
        unit = course.units[-1].name
    written = write_skeleton(course, unit, name)
    if as_json:
        print_json({"exercise": name, "unit": unit, "files": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"Wrote {path}")
    click.echo(f"Listed {name!r} in the unit {unit!r} of {course.path / 'course.toml'}. Prove it with:")
    click.echo(f"    chainrule exercise test {name}")
