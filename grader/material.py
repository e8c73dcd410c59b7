"""An exercise's own Python, loaded: the public checks for everyone, the hidden material for the trusted side alone.

Nothing under reference/ is imported unless `load_hidden` is called, which a student's commands never do.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

from grader.checks import Check
from grader.course import HIDDEN_FILES, CourseError, Exercise


@dataclass(frozen=True)
class Alternative:
    """A mistake or a variant: some of the exercise's functions, written otherwise.

    `title` is the first line of its docstring, `hint` the rest. `load` gives all functions of the exercise, the others
    being the solution's, with fresh state.
    """

    name: str
    title: str
    hint: str
    load: Callable[[], Any]


@dataclass(frozen=True)
class Hidden:
    """What a student never sees of an exercise."""

    solution: ModuleType
    checks: tuple[Check, ...]
    mistakes: tuple[Alternative, ...]
    variants: tuple[Alternative, ...]


def load_public(exercise: Exercise) -> tuple[Check, ...]:
    """The public checks of examples.py, in order, loaded once for each version of the exercise.

    Raises CourseError for a file that cannot be used.
    """
    key = (exercise.public, exercise.version)
    if key not in _public:
        _public[key] = _load_public(exercise)
    return _public[key]


_public: dict[tuple[Path, str], tuple[Check, ...]] = {}


def _load_public(exercise: Exercise) -> tuple[Check, ...]:
    module = types.ModuleType(f"chainrule_public_{exercise.name}")
    path = exercise.public / "examples.py"
    _execute(path, module)
    return _checks_of(module, path)


def load_starter(exercise: Exercise) -> ModuleType:
    """The starter file as a module. Raises CourseError when it cannot be imported."""
    module = types.ModuleType(f"chainrule_starter_{exercise.name}")
    _execute(exercise.public / "starter.py", module)
    return module


_loaded: dict[tuple[Path, str], Hidden] = {}


def load_hidden(exercise: Exercise) -> Hidden:
    """Solution, checks, mistakes and variants, loaded once for each version of the exercise.

    Raises CourseError for files that are missing or cannot be used.
    """
    key = (exercise.public, exercise.version)
    if key not in _loaded:
        _loaded[key] = _load_hidden(exercise)
    return _loaded[key]


def _load_hidden(exercise: Exercise) -> Hidden:
    if exercise.hidden is None:
        raise CourseError(
            f"the hidden checks of {exercise.name!r} are not here: there is no folder reference/{exercise.unit}/"
            f"{exercise.name}. `chainrule check` runs the public ones; grading needs the course's whole repository"
        )
    for file in HIDDEN_FILES:
        if not (exercise.hidden / file).is_file():
            raise CourseError(f"{exercise.hidden / file} is missing; docs/authoring.md says what an exercise has")
    package = _package(exercise.hidden, exercise.version)
    solution = _submodule(package, exercise.hidden, "solution")
    for function in exercise.functions:
        if not callable(getattr(solution, function, None)):
            raise CourseError(f"{exercise.hidden / 'solution.py'}: defines no function {function!r}")
    checks = _checks_of(_submodule(package, exercise.hidden, "checks"), exercise.hidden / "checks.py")
    total = sum(check.points for check in checks)
    if total != exercise.points:
        raise CourseError(
            f"{exercise.public / 'exercise.toml'}: points is {exercise.points:g}, "
            f"but the checks in {exercise.hidden / 'checks.py'} add up to {total:g}"
        )
    mistakes, variants = (_alternatives(package, exercise, solution, file) for file in ("mistakes", "variants"))
    return Hidden(solution, checks, mistakes, variants)


def _package(folder: Path, version: str) -> str:
    name = f"chainrule_hidden_{folder.name}_{version}_{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    return name


def _submodule(package: str, folder: Path, stem: str) -> ModuleType:
    module = types.ModuleType(f"{package}.{stem}")
    module.__package__ = package
    sys.modules[module.__name__] = module
    _execute(folder / f"{stem}.py", module)
    return module


def _execute(path: Path, module: ModuleType) -> None:
    module.__file__ = str(path)
    try:
        exec(_compiled(path.read_text(encoding="utf-8"), path), module.__dict__)
    except Exception as error:  # whatever the author's file raises is told with its path
        raise CourseError(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error


def _compiled(source: str | ast.Module, path: Path) -> CodeType:
    # Assertions and docstrings are what checks are made of: they stay, however this Python was started.
    return compile(source, str(path), "exec", dont_inherit=True, optimize=0)


def _checks_of(module: ModuleType, path: Path) -> tuple[Check, ...]:
    checks = [value for value in vars(module).values() if isinstance(value, Check)]
    if not checks:
        raise CourseError(f"{path}: defines no check; decorate a function with @check(points=...)")
    seen: set[str] = set()
    for check in checks:
        missing = [name for name in check.after if name not in seen]
        if missing:
            raise CourseError(f"{path}: check {check.name} comes after {missing[0]!r}, which does not stand before it")
        seen.add(check.name)
    return tuple(checks)


def _alternatives(package: str, exercise: Exercise, solution: ModuleType, stem: str) -> tuple[Alternative, ...]:
    assert exercise.hidden is not None
    path = exercise.hidden / f"{stem}.py"

    def fresh(code: CodeType) -> ModuleType:
        module = types.ModuleType(f"{package}.{stem}")
        module.__package__, module.__file__ = package, str(path)
        exec(code, module.__dict__)
        return module

    def loader(name: str, code: CodeType) -> Callable[[], Any]:
        def load() -> Any:
            written = vars(fresh(code))[name]
            return SimpleNamespace(
                **{key: getattr(written, key, None) or getattr(solution, key) for key in exercise.functions}
            )

        return load

    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        module = fresh(_compiled(tree, path))
    except Exception as error:  # whatever the author's file raises is told with its path
        raise CourseError(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    result = []
    for name, value in vars(module).items():
        if not inspect.isclass(value) or value.__module__ != module.__name__ or name.startswith("_"):
            continue
        title, _, hint = (inspect.getdoc(value) or "").partition("\n")
        if not title:
            raise CourseError(f"{path}: class {name} has no docstring; its first line is the title, the rest the hint")
        if not any(callable(getattr(value, key, None)) for key in exercise.functions):
            raise CourseError(f"{path}: class {name} defines none of the functions {', '.join(exercise.functions)}")
        load = loader(name, _compiled(alone(tree, name), path))
        try:
            load()
        except Exception as error:  # better now than when a submission is held against it
            told = f"{type(error).__name__}: {error}"
            raise CourseError(f"{path}: class {name} needs what it does not refer to by name: {told}") from error
        result.append(Alternative(name, title.strip(), " ".join(hint.split()), load))
    return tuple(result)


def alone(tree: ast.Module, name: str) -> ast.Module:
    """The file without the classes that this one does not refer to: it is made anew for each check, they need not be."""
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    wanted, needed = set[str](), {name}
    while wanted != needed:
        wanted = needed
        kept = [node for node in tree.body if not isinstance(node, ast.ClassDef) or node.name in wanted]
        used = {each.id for node in kept for each in ast.walk(node) if isinstance(each, ast.Name)}
        needed = {name} | (used & classes)
    return ast.Module(kept, type_ignores=[])
