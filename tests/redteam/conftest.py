"""The course under attack, a warm sandbox, canaries where attackers look, and what an attack may not leave behind."""

from __future__ import annotations

import os
import secrets
import shutil
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.connection import ChildDied, LimitReached
from grader.course import Course, Exercise, load_course
from grader.grading import Submission, final_report, grade
from grader.remote import Remote
from grader.report import Report
from grader.sandbox import Sandbox, filters, layout
from grader.student import Call

HERE = Path(__file__).parent
HONEST = b"def scale(x):\n    return 3 * x + 1\n"


@pytest.fixture(scope="session")
def course() -> Course:
    """A small course whose reference files hold canaries."""
    return load_course(HERE / "course")


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Secrets in this process's memory, in its environment, and in a file that everybody may read."""
    words = [f"RT-CANARY-{secrets.token_hex(8)}" for _ in range(3)]
    folder = tmp_path_factory.mktemp("rt-canary")
    (folder / "rt-canary.txt").write_text(words[1])
    for each in (folder, folder / "rt-canary.txt"):
        each.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RT_CANARY", words[0])
        yield words


@pytest.fixture(scope="module")
def warm(canaries: list[str]) -> Iterator[Sandbox]:
    """One sandbox for a module's tests, started with the canaries all around it."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def judged(course: Course) -> Callable[..., Report]:
    """Grades a source and gives the report."""

    def judge(source: bytes | str, sandbox: Sandbox, exercise: str = "scale", seed: int = 11) -> Report:
        data = source.encode() if isinstance(source, str) else source
        return final_report(grade(Submission(data, course.exercise(exercise), "scale.py", seed), sandbox))

    return judge


@pytest.fixture(scope="session")
def honest(judged: Callable[..., Report]) -> Callable[[Sandbox], Report]:
    """Grades the right answer."""
    return lambda sandbox: judged(HONEST, sandbox)


@pytest.fixture(scope="session")
def exercise(course: Course) -> Exercise:
    """The exercise under attack."""
    return course.exercise("scale")


@pytest.fixture(scope="session")
def processes() -> Callable[[Sandbox], list[int]]:
    """Waits at most a second until only the warm process and the prepared child are left, and gives who is there."""

    def those(sandbox: Sandbox) -> list[int]:
        deadline = time.monotonic() + 1
        while len(there := _walled_in(sandbox.facts["uid"])) != 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        return there

    return those


def _walled_in(uid: int) -> list[int]:
    """This user's processes behind a filter, besides bubblewrap's, that this process or nobody any more has started."""
    facts = dict(_status())
    return [
        pid
        for pid, each in facts.items()
        if int(each["Uid"].split()[0]) == uid
        and (each["Seccomp"], each["Name"] == "bwrap") == ("2", False)
        and pid != os.getpid()
        and _root(pid, facts) in (os.getpid(), 1)
    ]


def _status() -> Iterator[tuple[int, dict[str, str]]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            lines = (entry / "status").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue  # it has just ended
        yield int(entry.name), dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def _root(pid: int, facts: dict[int, dict[str, str]]) -> int:
    """The nearest ancestor that is this process, or else the one at the top."""
    while pid in facts and pid not in (os.getpid(), 1):
        pid = int(facts[pid]["PPid"])
    return pid


@pytest.fixture(scope="session")
def attack_source() -> Callable[[str, int], bytes]:
    """The bytes that an attack hands in: its file after the kit, or the upload that the file makes."""
    kit = (HERE / "attacks" / "_kit.py").read_text(encoding="utf-8")

    def source(name: str, variant: int) -> bytes:
        text = (HERE / "attacks" / f"{name}.py").read_text(encoding="utf-8")
        if "UPLOADS = " in text:
            made: dict[str, Any] = {}
            exec(compile(text, name, "exec"), made)
            return made["UPLOADS"][variant]
        return (kit.replace("VARIANT = 0", f"VARIANT = {variant}", 1) + "\n\n" + text).encode()

    return source


@pytest.fixture(scope="session")
def visit(exercise: Exercise) -> Callable[[Sandbox, str], AbstractContextManager[str]]:
    """Knocks on a door of attacks/_doors.py in a fresh child, which lives as long as the block: "open: ..." or "shut: ..."."""
    source = (HERE / "attacks" / "_doors.py").read_text(encoding="utf-8")

    @contextmanager
    def visitor(sandbox: Sandbox, door: str) -> Iterator[str]:
        remote = Remote(exercise, source, "doors.py", sandbox.take, limited=True)
        try:
            remote.load()
            remote.begin()
            returned, raised = remote.run(0, [Call(0, "scale", (door,), {})])
            answer = f"open: {returned[0].value}" if raised is None else f"shut: {raised.type}: {raised.message}"
        except (ChildDied, LimitReached) as end:
            answer = f"shut: {end}"
        try:
            yield answer
        finally:
            remote.end()

    return visitor


@pytest.fixture(scope="session")
def knock(visit: Callable[[Sandbox, str], AbstractContextManager[str]]) -> Callable[[Sandbox, str], str]:
    """The same for a child that is gone at once."""

    def ask(sandbox: Sandbox, door: str) -> str:
        with visit(sandbox, door) as answer:
            return answer

    return ask


class Rebuilt:
    """Takes walls away, through the seams that the engine has, before a sandbox is started."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.patch, self.folder = patch, folder
        self.inside = folder / "inside"
        shutil.copytree(Path(grader.__file__).parent / "inside", self.inside)
        for each in (folder, *self.inside.rglob("*")):
            each.chmod(0o755)
        self.inside.chmod(0o755)
        binds = layout._binds()
        moved = tuple((str(self.inside) if target.endswith("/inside") else source, target) for source, target in binds)
        patch.setattr(layout, "_binds", lambda: moved)

    def append(self, module: str, code: str) -> None:
        """Adds code at the end of a module that runs inside, where it replaces what stands above."""
        path = self.inside / f"{module}.py"
        main = "\n\nif __name__"
        text, guard, rest = path.read_text(encoding="utf-8").partition(main)
        path.write_text(f"{text}\n\n{code}\n{guard}{rest}", encoding="utf-8")

    def replace(self, module: str, old: str, new: str) -> None:
        """Replaces code of a module that runs inside."""
        path = self.inside / f"{module}.py"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{module} has changed: {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def arguments(self, change: Callable[[list[str]], list[str]]) -> None:
        """Changes the arguments of bubblewrap."""
        arguments = layout.arguments
        self.patch.setattr(layout, "arguments", lambda **settings: change(arguments(**settings)))

    def without_seccomp(self) -> None:
        """Takes both filters away, and the small third one."""
        self.patch.setattr(filters, "start_up_program", lambda: ALLOW_ALL)
        self.append("walls", "def filter_system_calls(program):\n    pass")

    def without_landlock(self) -> None:
        """Takes Landlock away."""
        self.append("walls", "def confine_files(readable):\n    return 0")

    def without_limits(self) -> None:
        """Takes the resource limits away."""
        self.append("walls", "def limit_resources(memory_bytes, cpu_s):\n    pass")

    def without_namespaces(self, *names: str) -> None:
        """Leaves these namespaces shared, of bubblewrap and of each child."""
        for name in names:
            self.append("walls", f"CLONE_NEW{name.upper()} = 0")
        self.arguments(lambda given: [each for each in given if each not in {f"--unshare-{name}" for name in names}])


ALLOW_ALL = struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)


@pytest.fixture(scope="session")
def rebuilding() -> type[Rebuilt]:
    """The class, for fixtures that live longer than a test."""
    return Rebuilt


@pytest.fixture
def rebuilt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Rebuilt:
    """The walls, to be taken down one by one."""
    return Rebuilt(monkeypatch, tmp_path)
