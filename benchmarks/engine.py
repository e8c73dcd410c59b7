"""The engine against other ways to grade, side by side in one run: `python -m benchmarks.engine`.

The same hidden checks of the same exercises on the same right submission, by graders that take turns round by round:

    floor        in one warm process, no wall at all: what the checks cost
    chainrule    our engine, warm
    start        the yardstick, no grader: a fresh bubblewrap and Python that imports NumPy and ends
    bubblewrap   a fresh bubblewrap and Python a submission
    pytest       a fresh pytest a submission
    otter        a fresh `otter run` a submission (otter-grader, in an environment of its own that is made on first use)

Each is measured one at a time and with as many at once as there are processors, always with one BLAS thread. A machine
that is shared may be twice as fast in one minute as in the next: read the ratios. How many gradings a second there are
says little without the starts beside them; the targets hold the rate as it is, and as it would be where they were set.
What `--json` prints:

    {"machine": {"cores", "jobs", "machine", "system", "python", "numpy"},
     "exercises": {NAME: {GRADER: {"p50_ms", "p95_ms", "per_second",      one at a time
                                   "per_second_parallel", "runs"},        `jobs` at once; runs one at a time
                          "ratios": {GRADER: {"latency", "throughput"}}}}, chainrule's in multiples of that grader's
     "targets": [{"name", "target", "measured", "reached"}]}
"""

from __future__ import annotations

import json
import platform
import tempfile
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from benchmarks import figures, folders, otter
from benchmarks.contenders import CONTENDERS, environment_of
from benchmarks.figures import Measured
from benchmarks.workers import WorkerFailed, Workers
from grader.cli.common import PLATFORM, Failure, json_option, progress_bar
from grader.course import load_course
from grader.crew import cores

EXERCISES: Final = ("adam", "batch_norm")
ROUNDS: Final = 5
TRIES: Final = {"otter": 3}
"""How often a grader is tried that sometimes fails by itself: of two Jupyter kernels that start at once one may hang."""


@click.command()
@click.option("--seconds", default=140.0, show_default=True, type=click.FloatRange(min=0), help="Time for measuring.")
@click.option("--runs", type=click.IntRange(min=1), help="Instead: this many rounds of a single grading by each.")
@click.option("--only", multiple=True, type=click.Choice(list(CONTENDERS)), help="These graders; may be given again.")
@click.option("--exercise", "names", multiple=True, default=EXERCISES, show_default=True, help="May be given again.")
@click.option("--jobs", default=cores(), show_default=True, type=click.IntRange(min=1), help="How many at once.")
@json_option
def main(
    seconds: float, runs: int | None, only: tuple[str, ...], names: tuple[str, ...], jobs: int, as_json: bool
) -> None:
    """Measure what one grading costs, and what it costs elsewhere.

    Slow graders run at least once a round, so a run takes about a minute more than --seconds; the first one also
    installs otter-grader.

    Example: python -m benchmarks.engine --only floor --only chainrule --seconds 20
    """
    contenders = [name for name in CONTENDERS if not only or name in only]
    rounds = runs or ROUNDS
    share = 0.0 if runs else seconds / (rounds * len(names) * len(contenders) * 2)
    try:
        measured = measure(contenders, list(names), rounds, share, jobs)
    except WorkerFailed as error:
        raise Failure(str(error), PLATFORM) from error
    except otter.NotInstalled as error:
        raise Failure(f"{error}\nLeave otter-grader out by naming the others with --only.", PLATFORM) from error
    document = evaluate(measured, jobs)
    if as_json:
        click.echo(json.dumps(document, allow_nan=False))
    else:
        _show(document)


def measure(
    contenders: list[str], names: list[str], rounds: int, seconds: float, jobs: int
) -> dict[str, dict[str, Measured]]:
    """Measures, by exercise and contender; each has `seconds` in every round alone, and as much together with others."""
    course = load_course()
    if "otter" in contenders:
        otter.install()
    measured = {name: {contender: Measured() for contender in contenders} for name in names}
    with tempfile.TemporaryDirectory(prefix="chainrule-benchmark-") as folder:
        tasks = [folders.write(course.exercise(name), Path(folder) / name) for name in names]
        if "otter" in contenders:
            for task in tasks:
                otter.prepare(task, environment_of(task))
        with Workers(tasks, jobs) as workers, progress_bar("measuring", rounds * len(names)) as advance:
            for name in names:
                for contender in contenders:
                    _tried(workers, contender, name, 0, together=True)  # to warm up
            for number in range(rounds):
                first = number % len(contenders)  # another one begins in each round
                for name in names:
                    for contender in contenders[first:] + contenders[:first]:
                        _measure_one(workers, contender, name, seconds, measured[name][contender])
                    advance()
    return measured


def _measure_one(workers: Workers, contender: str, name: str, seconds: float, into: Measured) -> None:
    into.alone.append(_tried(workers, contender, name, seconds, together=False)[0])
    into.together.append(figures.rate(_tried(workers, contender, name, seconds, together=True)))


def _tried(workers: Workers, contender: str, name: str, seconds: float, *, together: bool) -> list[list[float]]:
    """What `Workers.measure` gives, which may fail as often as `TRIES` has it."""
    for _ in range(TRIES.get(contender, 1) - 1):
        try:
            return workers.measure(contender, name, seconds, together=together)
        except WorkerFailed as error:
            click.echo(f"{str(error).splitlines()[0]} ... Once more.", err=True)
    return workers.measure(contender, name, seconds, together=together)


def evaluate(measured: dict[str, dict[str, Measured]], jobs: int) -> dict[str, Any]:
    """The document that `--json` prints."""
    machine = {
        "cores": cores(),
        "jobs": jobs,
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    exercises = {name: figures.of_exercise(each) for name, each in measured.items()}
    targets = [target for name, each in exercises.items() for target in figures.targets(name, each)]
    return {"machine": machine, "exercises": exercises, "targets": targets}


def _show(document: dict[str, Any]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    console = Console()
    jobs = document["machine"]["jobs"]
    for name, graders in document["exercises"].items():
        table = Table(title=name, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
        table.caption = "x: chainrule's figure as a multiple of that on its left"
        table.add_column("", no_wrap=True)
        for heading in ("runs", "p50 ms", "x", "p95 ms", "/s", f"/s\n{jobs} at once", "x"):
            table.add_column(heading, justify="right", no_wrap=True)
        for grader, each in graders.items():
            if grader != "ratios":
                table.add_row(grader, *_cells(each, graders["ratios"].get(grader)))
        console.print(table)
    table = Table("target", "", "measured", "", title="targets", title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for each in document["targets"]:
        reached = "[green]reached[/]" if each["reached"] else "[red]missed[/]"
        table.add_row(each["name"], f"{each['target']:g}", f"{each['measured']:.4g}", reached)
    console.print(table)


def _cells(grader: dict[str, Any], ratio: dict[str, float] | None) -> list[str]:
    latency, throughput = (f"{ratio['latency']:.2g}", f"{ratio['throughput']:.3g}") if ratio else ("", "")
    numbers = [f"{grader[key]:,.1f}" for key in ("p50_ms", "p95_ms", "per_second", "per_second_parallel")]
    return [str(grader["runs"]), numbers[0], latency, *numbers[1:], throughput]


if __name__ == "__main__":
    main()
