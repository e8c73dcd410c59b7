"""The commands of a student: list, new, check. They need NumPy, click and rich, and never touch reference/."""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.common import (
    FAILED,
    PASSED,
    WRONG_CALL,
    Failure,
    as_argument,
    course_of,
    course_option,
    exercise_names,
    exercise_of,
    exercise_option,
    finish,
    json_option,
    notes_on_lines,
    print_json,
    progress_bar,
    read_bytes,
)


@click.command("list")
@course_option
@json_option
@click.pass_context
def list_exercises(context: click.Context, as_json: bool) -> None:
    """Show the course's exercises.

    Example: chainrule list
    """
    course = course_of(context)
    if as_json:
        exercises = [
            {"name": each.name, "unit": each.unit, "title": each.title, "points": each.points, "summary": each.summary}
            for each in course.exercises.values()
        ]
        print_json({"course": course.title, "exercises": exercises})
        return
    from grader.cli.render import show_course

    show_course(course)


@click.command()
@click.argument("name", metavar="EXERCISE", shell_complete=exercise_names)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Default: EXERCISE.py here.")
@course_option
@json_option
@click.pass_context
def new(context: click.Context, name: str, output: Path | None, as_json: bool) -> None:
    """Write the starter file of an exercise.

    Never overwrites a file. Example: chainrule new adam
    """
    exercise = course_of(context).exercise(name)
    target = output or Path(f"{name}.py")
    try:
        with target.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(exercise.starter)
    except FileExistsError:
        raise Failure(
            f"{target} is there already; nothing was written. Choose another with --output.", WRONG_CALL
        ) from None
    except OSError as error:
        raise Failure(f"{target}: {error.strerror}", WRONG_CALL) from error
    statement = exercise.public / "statement.md"
    if as_json:
        print_json({"file": str(target), "exercise": name, "statement": str(statement)})
    else:
        click.echo(f"Wrote {target}.\nThe exercise: {statement}\nCheck it with: chainrule check {as_argument(target)}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@exercise_option
@click.option("--seed", type=click.IntRange(min=0), help="Draw these inputs again. Default: fresh ones.")
@course_option
@json_option
@click.pass_context
def check(context: click.Context, file: Path, name: str | None, seed: int | None, as_json: bool) -> None:
    """Check a Python file or a notebook on this machine: public examples and gradient checks.

    The same harness as the grader's, in a subprocess with the same limits; no server, no points, no attempt.

    Example: chainrule check adam.py
    """
    data = read_bytes(file)
    course = course_of(context)
    exercise = exercise_of(course, name, file, data)
    import secrets

    from grader.local import check_file, differences, fingerprint, foreign_modules
    from grader.material import load_public
    from grader.report import Report

    chosen = secrets.randbits(53) if seed is None else seed
    with progress_bar("checking", len(load_public(exercise)), quiet=as_json) as advance:
        for each in check_file(exercise, data, file.name, chosen):
            if isinstance(each, Report):
                report = each
            else:
                advance(each.title)
    differing, notes = differences(course), notes_on_lines(report, file, data)
    if foreign := foreign_modules(data, file.name):
        notes.append(f"the grader has Python's standard library, NumPy and your file alone, not {', '.join(foreign)}")
    if as_json:
        here = {**fingerprint(), "differences": differing}
        print_json({**report.as_dict(), "fingerprint": here, "differences": differing, "notes": notes})
    else:
        from grader.cli.render import show_report

        show_report(report, exercise.title, [*notes, *differing], public=True)
    finish(PASSED if report.status == "passed" else FAILED)
