"""The publishing gate: an exercise is fit when its checks are proven against its own right and wrong answers.

On every seed the solution and all variants get full marks (with tolerances ten times tighter than a student's, so
that a right answer has room), the starter gets none, every mistake loses points, and nearly every mistake is named as
itself. The public examples pass with the solution and fail with the starter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from grader.checking import run_check
from grader.checks.compare import stricter
from grader.course import Exercise
from grader.diagnosis import Diagnostician, MistakeRuns
from grader.judging import CheckBroken, Judge
from grader.material import Hidden, load_hidden, load_public, load_starter
from grader.report import CheckResult
from grader.student import InProcess

NAMED: Final = 0.95
ROOM: Final = 10.0


@dataclass
class Tally:
    """How many runs there were of one kind, and how many went as they must."""

    runs: int = 0
    good: int = 0

    def count(self, good: bool) -> bool:
        """Counts one run, and gives whether it was good."""
        self.runs += 1
        self.good += good
        return good

    def add(self, other: Tally) -> None:
        """Counts another tally's runs too."""
        self.runs += other.runs
        self.good += other.good


@dataclass
class Proof:
    """What the gate found for one exercise; `exceptions` lists each run that went otherwise, by kind, name and seed."""

    exercise: str
    seeds: int = 0
    solution: Tally = field(default_factory=Tally)
    variants: Tally = field(default_factory=Tally)
    starter: Tally = field(default_factory=Tally)
    mistakes_caught: Tally = field(default_factory=Tally)
    mistakes_named: Tally = field(default_factory=Tally)
    examples: Tally = field(default_factory=Tally)
    exceptions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the exercise may be published."""
        all_good = (self.solution, self.variants, self.starter, self.mistakes_caught, self.examples)
        enough = self.mistakes_named.good >= NAMED * self.mistakes_named.runs
        return enough and all(tally.good == tally.runs for tally in all_good)

    def add(self, other: Proof) -> None:
        """Takes in what the gate found for other seeds of the same exercise."""
        self.seeds += other.seeds
        for name, mine in vars(self).items():
            if isinstance(mine, Tally):
                mine.add(getattr(other, name))
        self.exceptions = sorted([*self.exceptions, *other.exceptions], key=lambda each: int(each["seed"]))

    def except_for(self, kind: str, name: str, seed: int, what: str) -> None:
        self.exceptions.append({"kind": kind, "name": name, "seed": seed, "what": what})

    def as_dict(self) -> dict[str, Any]:
        """The proof as JSON types."""
        return {**asdict(self), "passed": self.passed}


def prove(exercise: Exercise, seeds: Iterable[int]) -> Iterator[Proof]:
    """Runs the gate seed by seed, giving the same growing proof after each. Raises CourseError."""
    hidden, starter = load_hidden(exercise), load_starter(exercise)
    proof = Proof(exercise.name)
    for seed in seeds:
        try:
            _prove_one(proof, MistakeRuns(exercise, hidden, seed, all_of_them=True), starter)
        except CheckBroken as error:
            proof.solution.count(False)
            proof.except_for("solution", "solution", seed, str(error))
        proof.seeds += 1
        yield proof


def _prove_one(proof: Proof, runs: MistakeRuns, starter: Any) -> None:
    hidden = runs.hidden
    with stricter(ROOM):
        _right(proof, runs, "solution", proof.solution, "solution", lambda: hidden.solution)
        for variant in hidden.variants:
            _right(proof, runs, "variant", proof.variants, variant.name, variant.load)
    _unwritten(proof, runs, starter)
    for mistake in hidden.mistakes:
        _mistaken(proof, runs, mistake.name, mistake.load)
    _examples(proof, runs.exercise, hidden, starter, runs.seed)


def _judged(runs: MistakeRuns, load: Callable[[], Any]) -> tuple[list[CheckResult], Diagnostician]:
    diagnostician = Diagnostician(runs.hidden, runs)
    backend = InProcess(runs.exercise.functions, load)
    judge = Judge(runs.exercise, runs.hidden.solution, backend, runs.seed, diagnostician=diagnostician)
    return [judge.judge(check) for check in runs.hidden.checks], diagnostician


def _right(proof: Proof, runs: MistakeRuns, kind: str, tally: Tally, name: str, load: Callable[[], Any]) -> None:
    results, _ = _judged(runs, load)
    for result in results:
        if not result.passed and not result.skipped:
            proof.except_for(kind, name, runs.seed, f"fails {result.name}: {result.message}")
    tally.count(all(result.passed for result in results))


def _unwritten(proof: Proof, runs: MistakeRuns, starter: Any) -> None:
    results, _ = _judged(runs, lambda: starter)
    for result in results:
        if result.passed:
            proof.except_for("starter", "starter", runs.seed, f"passes {result.name}")
    proof.starter.count(not any(result.passed for result in results))


def _mistaken(proof: Proof, runs: MistakeRuns, name: str, load: Callable[[], Any]) -> None:
    results, diagnostician = _judged(runs, load)
    lost = any(not result.passed and result.max_points > 0 for result in results)
    if not proof.mistakes_caught.count(lost):
        proof.except_for("mistake", name, runs.seed, "is not caught: it gets full marks")
    diagnosis = diagnostician.overall()
    if not proof.mistakes_named.count(diagnosis is not None and diagnosis.name == name) and lost:
        proof.except_for("mistake", name, runs.seed, f"is named {diagnosis.name if diagnosis else None}")


def _examples(proof: Proof, exercise: Exercise, hidden: Hidden, starter: Any, seed: int) -> None:
    checks = load_public(exercise)
    for check in checks:
        backend = InProcess(exercise.functions, lambda: hidden.solution)
        wrong = run_check(check, exercise, None, backend, seed).wrong
        if not proof.examples.count(wrong is None) and wrong is not None:
            proof.except_for("example", check.name, seed, f"fails with the solution: {wrong.message}")
        backend = InProcess(exercise.functions, lambda: starter)
        if not proof.examples.count(run_check(check, exercise, None, backend, seed).wrong is not None):
            proof.except_for("example", check.name, seed, "passes with the starter")
