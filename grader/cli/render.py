"""Results for people: tables and sentences on the terminal, from the same data that --json prints."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Column, Table
from rich.text import Text

from grader.cli.common import clean as clean
from grader.course import Course, Unit
from grader.report import CheckResult, Report

if TYPE_CHECKING:
    from grader.client import Document
    from grader.doctor import Finding
    from grader.gate import Proof

_MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("–", "dim"), "missing": ("!", "yellow")}
_LEAST_WIDTH, _USUAL_WIDTH = 20, 80
_PLAIN_MARKS = str.maketrans("✓✗–", "+x-")
"""The same for an output that has no Unicode."""
_HEADLINES = {
    "passed": "[green]Right.[/]",
    "failed": "[red]Not yet right.[/]",
    "error": "[red]The file raises when it is imported.[/]",
    "timeout": "[red]Out of time.[/]",
    "memory": "[red]Out of memory.[/]",
    "output": "[red]Too much output.[/]",
    "forbidden": "[red]Not allowed.[/]",
    "crashed": "[red]The interpreter stopped.[/]",
    "invalid": "[red]Not a file that can be graded.[/]",
    "platform_error": "[magenta]Our fault, not yours.[/]",
}


def _console() -> Console:
    """Standard output, at a width that one can print to; where it is told to be 0 nobody knows it."""
    console = Console()
    if console.width < _LEAST_WIDTH:
        console.width = _LEAST_WIDTH if console.width else _USUAL_WIDTH
    return console


def _has_room(console: Console, *tables: Table) -> bool:
    """Whether these tables can be printed without cutting a word, or what must not be broken."""
    return all(sum(_needed(console, table, each) for each in table.columns) <= console.width for table in tables)


def _needed(console: Console, table: Table, column: Column) -> int:
    """The least width of a column: of its longest word, or of its longest line where that must not be broken."""
    endless = console.options.update_width(1000)
    measured = [Measurement.get(console, endless, each) for each in (column.header, *column.cells)]
    widths = [each.maximum if column.no_wrap else each.minimum for each in measured]
    return max(*widths, column.min_width or 0) + table.padding[1] + table.padding[3]


def show_course(course: Course) -> None:
    """The exercises, unit by unit."""
    console = _console()
    console.print(f"[bold]{escape(course.title)}[/]")
    tables = [_table_of_unit(unit) for unit in course.units]
    roomy = _has_room(console, *tables)
    for unit, table in zip(course.units, tables, strict=True):
        console.print(f"\n[italic]{escape(unit.title)}[/]")
        if roomy:
            console.print(table)
            continue
        for exercise in unit.exercises:
            console.print(f"[cyan]{exercise.name}[/]  {exercise.points:g} points", soft_wrap=True)
            console.print(_indented(_plain(exercise.summary)))
    console.print("\nStart with [bold]chainrule new NAME[/].")


def _table_of_unit(unit: Unit) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(min_width=20, no_wrap=True)
    table.add_column(min_width=24, ratio=1)
    table.add_column(justify="right", min_width=10, no_wrap=True)
    for exercise in unit.exercises:
        table.add_row(f"[cyan]{exercise.name}[/]", _plain(exercise.summary), f"{exercise.points:g} points")
    return table


def _indented(content: RenderableType, by: int = 4) -> Padding:
    return Padding(content, (0, 0, 0, by))


def show_report(report: Report, title: str, notes: list[str] | None = None, *, public: bool = False) -> None:
    """A report: the headline, a table of checks, and for each failed one what was got, expected and how to see it."""
    console = _console()
    console.print(_headline(report, title, public))
    if report.message:
        console.print(_plain(report.message))
    if report.diagnosis:
        console.print(f"[bold]{escape(clean(report.diagnosis.title))}.[/] {escape(clean(report.diagnosis.hint))}")
    if not report.message:
        console.print(_table_of(report, public, console))
        for check in report.checks:
            if not check.passed and not check.skipped:
                console.print(_details(check, console))
    for note in notes or ():
        console.print(f"[yellow]Note:[/] {escape(clean(note))}.")
    if public and report.status == "passed":
        console.print("The public checks pass. The hidden ones draw other inputs and look closer.")


def show_line(report: Report, file: Path) -> None:
    """A report in one line, for many files."""
    points = f"{report.score:g}/{report.max_score:g}"
    cause = report.diagnosis.title if report.diagnosis else report.message
    _console().print(f"{escape(clean(str(file)))}  {report.status}  {points}  {escape(clean(cause))}", soft_wrap=True)


def show_submissions(submissions: list[Document]) -> None:
    """The submissions at the server, a line each."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in ("id", "exercise", "verdict"):
        table.add_column(name, no_wrap=name != "verdict")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("received", no_wrap=True)
    for each in submissions:
        table.add_row(
            _plain(str(each["id"])),
            _plain(each["exercise"]),
            _verdict(each),
            _plain(_points(each)),
            _plain(_received(each)),
        )
    console = _console()
    if _has_room(console, table):
        console.print(table)
        return
    for each in submissions:
        console.print(_plain(str(each["id"])), soft_wrap=True)
        console.print(_indented(Text.assemble(_plain(each["exercise"]), ": ", _verdict(each))))
        console.print(_indented(_plain("  ".join(filter(None, [_points(each), _received(each)])))))


def _received(submission: Document) -> str:
    return local_time(submission.get("received_at"), "%Y-%m-%d %H:%M")


def _verdict(submission: Document) -> Text:
    status = submission.get("status")
    if submission["state"] != "graded" or status is None:
        return Text(clean(place_of(submission)), "yellow")
    return Text.from_markup(_HEADLINES[status]) if status in _HEADLINES else _plain(str(status))


def _points(submission: Document) -> str:
    score, most = submission.get("score"), submission.get("max_score")
    return "" if score is None or most is None else f"{_number(score)}/{_number(most)}"


def place_of(submission: Document) -> str:
    """Where a submission stands that has no verdict yet, as in `Queued, place 3, about 4 s.`."""
    if submission["state"] != "queued":
        return {"grading": "Being graded.", "graded": "Graded."}.get(submission["state"], str(submission["state"]))
    position, estimate = submission.get("position"), submission.get("estimate_s")
    place = "" if position is None else f", place {position}"
    time = f", about {max(1, round(estimate))} s" if isinstance(estimate, (int, float)) else ""
    return f"Queued{place}{time}."


def show_grades(document: Document) -> None:
    """The grade, or the range that is still possible, and the tree of what it is made of."""
    console = _console()
    grade, scale = document["grade"], document["scale"]
    course = document.get("course")
    if course:
        console.print(Text(clean(course["title"] if isinstance(course, dict) else str(course)), "bold"))
    within = f"on a scale of {_number(scale['lowest'])} to {_number(scale['highest'])}"
    if grade.get("value") is None:
        line = f"Still open: between {_number(grade['low'])} and {_number(grade['high'])}, {within}."
    else:
        mark = f" ({grade['mark']})" if grade.get("mark") not in (None, grade["value"]) else ""
        line = f"Grade: {_number(grade['value'])}{mark}, {within}."
    console.print(_plain(line))
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("component")
    for name in ("weight", "score", "still possible"):
        table.add_column(name, justify="right", no_wrap=True)
    for depth, each in _branches(document["components"]):
        title = Text("  " * depth + clean(each["title"]), "" if depth else "bold")
        table.add_row(title, _plain(_percent(each["weight"])), _score(each), _plain(_possible(each)))
    console.print()
    if _has_room(console, table):
        console.print(table)
        return
    for depth, each in _branches(document["components"]):
        title = Text(clean(each["title"]), "" if depth else "bold")
        console.print(_indented(Text.assemble(title, ": ", _score(each)), 2 * depth))
        possible = f", still possible {_possible(each)}" if _possible(each) else ""
        console.print(_indented(_plain(f"weight {_percent(each['weight'])}{possible}"), 2 * depth + 4))


def _branches(components: list[Document], depth: int = 0) -> Iterator[tuple[int, Document]]:
    for each in components:
        yield depth, each
        yield from _branches(each.get("components") or [], depth + 1)


def _score(component: Document) -> Text:
    """The score in per cent; what is missing says so, and is never shown as a zero."""
    state, score = component["state"], component.get("score")
    if score is None or state in ("missing", "excused"):
        return Text(clean(state), "yellow" if state == "missing" else "dim")
    return Text(_percent(score) + (" so far" if state == "partial" else ""))


def _possible(component: Document) -> str:
    low, high = component.get("low"), component.get("high")
    if component["state"] == "excused" or low is None or high is None or low == high:
        return ""
    return f"{_percent(low)} to {_percent(high)}"


def _percent(share: Any) -> str:
    try:
        return f"{round(Decimal(str(share)) * 100, 1).normalize():f}%"
    except InvalidOperation:
        return clean(str(share))


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def local_time(moment: Any, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """An ISO moment of the server on this machine's clock; as it came where it is no moment."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime(form)
    except (TypeError, ValueError):
        return "" if moment is None else clean(str(moment))


def _headline(report: Report, title: str, public: bool) -> str:
    points = "" if public else f"  {report.score:g} of {report.max_score:g} points."
    return f"[bold]{escape(clean(title))}[/]  {_HEADLINES[report.status]}{points}"


def _mark(name: str, console: Console) -> Text:
    """The mark of that name, as far as the output can show it."""
    sign, style = _MARKS[name]
    try:
        sign.encode(console.encoding)
    except UnicodeEncodeError:
        sign = sign.translate(_PLAIN_MARKS)
    return Text(sign, style)


def _table_of(report: Report, public: bool, console: Console) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(ratio=1)
    table.add_column(justify="right", min_width=6)
    for check in report.checks:
        state = "skipped" if check.skipped else "passed" if check.passed else "failed"
        style = "dim" if check.skipped else ""
        points = "" if public else f"{check.points:g}/{check.max_points:g}"
        table.add_row(_mark(state, console), Text(clean(check.title), style=style), points)
    return table


def _details(check: CheckResult, console: Console) -> RenderableType:
    title = Text.assemble("\n", _mark("failed", console), " ", (clean(check.title), "bold"))
    parts: list[RenderableType] = [title]
    parts.append(Padding(_plain(check.message), (0, 0, 0, 2)))
    if check.error:
        place = f" at {check.error.at}" if check.error.at else ""
        parts.append(
            Padding(Text(f"Largest error{place}: {check.error.max_relative:.3g} of the scale.", "dim"), (0, 0, 0, 2))
        )
    for step in check.trace:
        line = f"line {step.line}, in {clean(step.function)}:  {clean(step.text)}"
        parts.append(Padding(Text(line, "yellow"), (0, 0, 0, 4)))
    if check.reproducer:
        parts.append(Padding(Text("To see it yourself:", "dim"), (0, 0, 0, 2)))
        code = Syntax(_shortened(check.reproducer), "python", background_color="default", word_wrap=True)
        parts.append(Padding(code, (0, 0, 0, 4)))
    return Group(*parts)


def _shortened(code: str, lines: int = 24) -> str:
    every = clean(code).rstrip().split("\n")
    if len(every) <= lines:
        return "\n".join(every)
    rest = len(every) - lines
    return "\n".join([*every[:lines], f"# ... {rest} more lines: --json gives them all"])


def _plain(text: str) -> Text:
    return Text(clean(text))


def show_proofs(proofs: list[Proof]) -> None:
    """The gate's counts (of runs that went as they must; out of how many where some did not), and the exceptions."""
    console = _console()
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("exercise", no_wrap=True)
    table.add_column("", no_wrap=True)
    for name in ("seeds", "solution", "variants", "starter", "caught", "named", "public"):
        table.add_column(name, justify="right", no_wrap=True)
    for proof in proofs:
        tallies = (
            proof.solution, proof.variants, proof.starter, proof.mistakes_caught, proof.mistakes_named, proof.examples,
        )  # fmt: skip
        counts = [
            str(tally.good) if tally.good == tally.runs else f"[red]{tally.good}/{tally.runs}[/]" for tally in tallies
        ]
        verdict = "[green]fit[/]" if proof.passed else "[red]not fit[/]"
        table.add_row(proof.exercise, verdict, str(proof.seeds), *counts)
    console.print(table)
    for proof in proofs:
        for each in proof.exceptions[:20]:
            line = f"{proof.exercise}: {each['kind']} {each['name']}, seed {each['seed']}: {each['what']}"
            console.print(Text(clean(line)), soft_wrap=True)
        if len(proof.exceptions) > 20:
            console.print(f"{proof.exercise}: and {len(proof.exceptions) - 20} more; --json lists them all")


def show_findings(findings: list[Finding]) -> None:
    """What the doctor found."""
    console = _console()
    marks = {"stands": "passed", "missing": "missing", "broken": "failed"}
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(min_width=24)
    table.add_column(ratio=1)
    for finding in findings:
        table.add_row(_mark(marks[finding.status], console), escape(finding.name), Text(clean(finding.text)))
    console.print(table)
    broken = [finding for finding in findings if finding.status == "broken"]
    console.print("[red]This machine must not grade.[/]" if broken else "[green]This machine can grade.[/]")
