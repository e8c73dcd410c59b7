"""A thousand submissions in a row, and what they leave behind: `python -m benchmarks.soak`.

Right, wrong, raising, looping and crashing submissions take turns in one sandbox. After each the resident memory, the
descriptors and the processes are counted, of this process (the worker) and of the warm process; what counts is how
much more there is during the last hundred submissions than during the first hundred.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any, Final

import click

from grader.cli.common import PLATFORM, Failure, json_option, progress_bar
from grader.course import Exercise, Limits, load_course
from grader.grading import Submission, final_report, grade
from grader.sandbox import Sandbox

EXERCISE: Final = "adam"
LIMITS: Final = Limits(cpu_s=0.1, wall_s=2.0)
"""Short, so that a loop costs a tenth of a second; a right answer needs a hundredth."""
WINDOW: Final = 100
CHILD_S: Final = 10.0
"""How long the warm process may take to make a child."""
_HEAD: Final = "def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):\n    "
SUBMISSIONS: Final = {
    "failed": _HEAD + "return w - lr * dw, {}\n",
    "raising": _HEAD + "return w @ dw @ state['m'], {}\n",
    "timeout": _HEAD + "while True: pass\n",
    "crashed": "import os\n\n\n" + _HEAD + "os.abort()\n",
}
STATUS: Final = {"raising": "failed"}
GROWTH: Final = {"memory_mb": 8.0, "descriptors": 0, "processes": 0}
"""What may be there more after a thousand submissions."""


@dataclasses.dataclass(frozen=True)
class Footprint:
    """What a process holds: resident memory, open descriptors, and the processes below it."""

    memory_mb: float
    descriptors: int
    processes: int


def footprint(pid: int) -> Footprint:
    """The footprint of a process, as /proc tells it."""
    process = Path(f"/proc/{pid}")
    pages = int((process / "statm").read_text().split()[1])
    memory_mb = pages * os.sysconf("SC_PAGESIZE") / 2**20
    return Footprint(memory_mb, len(list((process / "fd").iterdir())), len(descendants(pid)))


def descendants(pid: int) -> list[int]:
    """The processes below a process, parents first."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(parent, []).append(int(path.parent.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def growth(footprints: list[Footprint], window: int) -> dict[str, dict[str, float]]:
    """By quantity: the median of the first and of the last `window` footprints, and the difference."""
    result = {}
    for name in GROWTH:
        values = [getattr(each, name) for each in footprints]
        first, last = median(values[:window]), median(values[-window:])
        result[name] = {"first": round(first, 2), "last": round(last, 2), "growth": round(last - first, 2)}
    return result


@click.command()
@click.option("--runs", default=1000, show_default=True, type=click.IntRange(min=10), help="How many submissions.")
@json_option
def main(runs: int, as_json: bool) -> None:
    """Grade a thousand submissions and see whether anything piles up.

    Example: python -m benchmarks.soak --runs 1000
    """
    document = soak(runs)
    if as_json:
        click.echo(json.dumps(document, allow_nan=False))
    else:
        _show(document)


def soak(runs: int) -> dict[str, Any]:
    """Grades `runs` submissions in one sandbox. Raises Failure for a status that should not be."""
    exercise = dataclasses.replace(load_course().exercise(EXERCISE), limits=LIMITS)
    assert exercise.hidden is not None
    sources = {"passed": (exercise.hidden / "solution.py").read_text(encoding="utf-8"), **SUBMISSIONS}
    statuses: Counter[str] = Counter()
    footprints: dict[str, list[Footprint]] = {"worker": [], "warm": []}
    started = time.monotonic()
    with Sandbox() as sandbox, progress_bar("grading", runs) as advance:
        warm = _warm_process()
        for number, (kind, source) in enumerate(itertools.islice(itertools.cycle(sources.items()), runs)):
            statuses[_status(kind, source, exercise, number, sandbox)] += 1
            _wait_for_the_next_child(warm)
            footprints["worker"].append(footprint(os.getpid()))
            footprints["warm"].append(footprint(warm))
            advance()
        same = _warm_process() == warm
    window = min(WINDOW, runs // 2)
    grown = {name: growth(each, window) for name, each in footprints.items()}
    return {
        "runs": runs,
        "wall_s": round(time.monotonic() - started, 1),
        "statuses": dict(statuses),
        "same_warm_process": same,
        **grown,
        "targets": [
            {
                "name": f"{process}: growth of {quantity}",
                "target": most,
                "measured": grown[process][quantity]["growth"],
                "reached": grown[process][quantity]["growth"] <= most,
            }
            for process in grown
            for quantity, most in GROWTH.items()
        ],
    }


def _status(kind: str, source: str, exercise: Exercise, number: int, sandbox: Sandbox) -> str:
    report = final_report(grade(Submission(source.encode(), exercise, "submission.py", number), sandbox))
    if report.status != STATUS.get(kind, kind):
        said = report.message or [check.message for check in report.checks]
        raise Failure(f"submission {number} ({kind}) ended with {report.status}: {said}", PLATFORM)
    return report.status


def _wait_for_the_next_child(warm: int) -> None:
    """Waits until the warm process has made it, or it would be counted after some submissions and not after others."""
    deadline = time.monotonic() + CHILD_S
    while not descendants(warm):
        if time.monotonic() > deadline:
            raise Failure(f"the warm process made no child within {CHILD_S:g} s", PLATFORM)
        time.sleep(0.001)


def _warm_process() -> int:
    """The warm process among those below this one: the first whose command it is, behind bubblewrap's own."""
    for pid in descendants(os.getpid()):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"grader.inside.zygote" in words and b"--args" not in words:
            return pid
    raise Failure("the warm process is not to be found", PLATFORM)


def _show(document: dict[str, Any]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    statuses = ", ".join(f"{count} {status}" for status, count in document["statuses"].items())
    table = Table(title=f"{document['runs']} submissions in {document['wall_s']} s", title_justify="left", box=SIMPLE)
    table.caption = statuses
    for heading in ("", "first", "last", "growth", "at most", ""):
        table.add_column(heading, justify="right" if heading else "left")
    targets = {each["name"]: each for each in document["targets"]}
    for process in ("worker", "warm"):
        for quantity, each in document[process].items():
            target = targets[f"{process}: growth of {quantity}"]
            reached = "[green]reached[/]" if target["reached"] else "[red]missed[/]"
            numbers = [f"{number:g}" for number in (*each.values(), target["target"])]
            table.add_row(f"{process}: {quantity}", *numbers, reached)
    Console().print(table)


if __name__ == "__main__":
    main()
