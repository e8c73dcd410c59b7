"""The files that students of the demo class hand in, made from an exercise's starter and its hidden material.

A mistake stands in reference/ as a class with the functions that go wrong in it. Here it becomes the file of a student
who has made it: the imports, the helpers that its functions need, these functions, and what it leaves to the solution.
Nothing of the course is run for it: the files are read as trees and written anew.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from grader.course import CourseError, Exercise

Kind = Literal["right", "mistake", "broken"]
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign

SOLUTION: Final = "solution"


@dataclass(frozen=True)
class File:
    """A whole Python file. `name` is the mistake's or the variant's; that of a broken file says how it is broken."""

    exercise: str
    kind: Kind
    name: str
    source: bytes


@dataclass(frozen=True)
class Files:
    """Everything that students hand in for one exercise."""

    right: tuple[File, ...]
    mistakes: tuple[File, ...]
    broken: tuple[File, ...]


def files_of(exercise: Exercise) -> Files:
    """The files for one exercise, which has its hidden half; the same at every call.

    Raises CourseError where the course's own files are no Python.
    """
    assert exercise.hidden is not None
    solution = Material(exercise.hidden / "solution.py")
    starter = Material(exercise.public / "starter.py")

    def written(stem: str) -> Iterator[tuple[str, str]]:
        material = Material(exercise.hidden / f"{stem}.py") if exercise.hidden else solution
        for alternative in material.alternatives(exercise):
            # Every other student leaves the starter's docstrings in the file.
            with_docstrings = starter if len(alternative.name) % 2 else None
            yield alternative.name, Writer(exercise, solution, material, alternative, with_docstrings).text()

    def as_files(kind: Kind, texts: Iterator[tuple[str, str]]) -> tuple[File, ...]:
        return tuple(File(exercise.name, kind, name, text.encode()) for name, text in texts)

    plain = Writer(exercise, solution, solution, None, None).text()
    documented = Writer(exercise, solution, solution, None, starter).text()
    return Files(
        right=(
            File(exercise.name, "right", "solution", documented.encode()),
            File(exercise.name, "right", "solution, in short", plain.encode()),
            *as_files("right", written("variants")),
        ),
        mistakes=as_files("mistake", written("mistakes")),
        broken=as_files("broken", _broken(exercise, documented)),
    )


class Material:
    """A file of the course as a tree: what it defines and imports, by name."""

    def __init__(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
            self.tree = ast.parse(text, str(path))
        except (SyntaxError, OSError) as error:
            raise CourseError(f"{path}: cannot be read as Python: {error}") from error
        self._lines = text.splitlines()
        self.definitions: dict[str, Definition] = {}
        self.imports: dict[str, ast.Import | ast.ImportFrom] = {}
        self.of_solution: dict[str, str] = {}
        """Names that stand for functions of the solution, and what these are called there."""
        for statement in self.tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.level:
                self.of_solution |= {each.asname or each.name: each.name for each in statement.names}
            elif isinstance(statement, ast.Import | ast.ImportFrom):
                self.imports |= {(each.asname or each.name).split(".")[0]: statement for each in statement.names}
            elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
                self.definitions[statement.name] = statement
            elif isinstance(statement, ast.Assign):
                names = (each for target in statement.targets for each in ast.walk(target))
                self.definitions |= {each.id: statement for each in names if isinstance(each, ast.Name)}

    def alternatives(self, exercise: Exercise) -> Iterator[ast.ClassDef]:
        """The classes that stand for mistakes or variants."""
        for name, each in self.definitions.items():
            if not isinstance(each, ast.ClassDef) or name.startswith("_"):
                continue
            if exercise.functions.keys() & members(each).keys():
                yield each

    def copy(self, statement: Definition) -> Definition:
        """A copy of one of its statements, to be changed: parsed again, which is faster than to copy a tree."""
        lines = self._lines[statement.lineno - 1 : statement.end_lineno]
        (copied,) = ast.parse(textwrap.dedent("\n".join(lines))).body
        assert isinstance(copied, Definition)
        return copied

    def docstring(self, function: str) -> str | None:
        """The docstring of one of its functions."""
        found = self.definitions.get(function)
        return ast.get_docstring(found) if isinstance(found, ast.FunctionDef) else None


def members(of: ast.ClassDef) -> dict[str, ast.FunctionDef | ast.Assign]:
    """What a class defines, by name."""
    found: dict[str, ast.FunctionDef | ast.Assign] = {}
    for statement in of.body:
        if isinstance(statement, ast.FunctionDef):
            found[statement.name] = statement
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            found[statement.targets[0].id] = statement
    return found


class Writer:
    """Writes one file: an alternative's functions, the solution's for the others, and all that these need.

    A function of the solution that the alternative replaces and yet calls stands in the file as a helper of its own.
    """

    def __init__(
        self,
        exercise: Exercise,
        solution: Material,
        material: Material,
        alternative: ast.ClassDef | None,
        starter: Material | None,
    ) -> None:
        self._functions, self._solution, self._material = exercise.functions, solution, material
        self._alternative, self._starter = alternative, starter
        self._members = members(alternative) if alternative is not None else {}
        self._imports: list[str] = []
        self._parts: list[str] = []
        self._names: dict[tuple[int, str], str] = {}
        """What a definition (the statement, and which of its names) is called in the file."""

    def text(self) -> str:
        """The whole file."""
        for name in self._functions:
            if self._is_replaced(name):
                self._define(self._members[name], self._material, name, name)
            else:
                self._define(self._solution.definitions[name], self._solution, name, name)
        head = ast.get_docstring(self._starter.tree) if self._starter is not None else None
        docstring = f'"""{head}"""\n\n' if head else ""
        imports = "\n".join(self._imports)
        return f"{docstring}{imports}\n\n\n".lstrip() + "\n\n\n".join(self._parts) + "\n"

    def _is_replaced(self, function: str) -> bool:
        """Whether the alternative writes this function otherwise, and does not only name the solution's."""
        found = self._members.get(function)
        if isinstance(found, ast.Assign) and isinstance(found.value, ast.Name):
            return self._material.of_solution.get(found.value.id) != function
        return found is not None

    def _define(self, statement: Definition, material: Material, old: str, new: str) -> str:
        """Puts a definition into the file, after all that it needs; gives the name that it has there."""
        key = (id(statement), old)
        if key in self._names:
            return self._names[key]
        self._names[key] = new
        written = material.copy(statement)
        renaming = _Renaming(lambda name: self._resolve(name, material), self._member_of(material))
        if isinstance(written, ast.FunctionDef | ast.ClassDef):
            renaming.visit(written)
            written.name = new
            _set_docstrings(written, self._starter.docstring(new) if self._starter is not None else None)
        else:  # `adam = _with(adam)` in a class: the second one is the solution's
            written.value = renaming.visit(written.value)
            of_targets = _Renaming(lambda name: new if name == old else self._resolve(name, material), lambda _: None)
            written.targets = [of_targets.visit(target) for target in written.targets]
        text = ast.unparse(ast.fix_missing_locations(written))
        if text not in self._parts:  # a, b = ... defines two
            self._parts.append(text)
        return new

    def _resolve(self, name: str, material: Material) -> str:
        """What a name of a file of the course is called in ours; what it stands for is put in if it is missing."""
        if name in material.of_solution:
            return self._resolve(material.of_solution[name], self._solution)
        if name in material.imports:
            line = ast.unparse(material.imports[name])
            if line not in self._imports:
                self._imports.append(line)
            return name
        statement = material.definitions.get(name)
        if statement is None:
            return name
        if name in self._functions and material is self._solution and not self._is_replaced(name):
            return self._define(statement, material, name, name)
        return self._define(statement, material, name, self._free(name, id(statement)))

    def _member_of(self, material: Material) -> Callable[[ast.Attribute], str | None]:
        """Finds what stands in the alternative's class beside its functions: `mistake._rng` becomes a global."""

        def find(attribute: ast.Attribute) -> str | None:
            of = attribute.value
            if self._alternative is None or not isinstance(of, ast.Name) or of.id != self._alternative.name:
                return None
            found = self._members[attribute.attr]
            if attribute.attr in self._functions:
                return self._define(found, material, attribute.attr, attribute.attr)
            return self._define(found, material, attribute.attr, self._free(attribute.attr, id(found)))

        return find

    def _free(self, name: str, statement: int) -> str:
        """A name that nothing else in the file has."""
        taken = {*self._functions, *(new for (key, old), new in self._names.items() if (key, old) != (statement, name))}
        while name in taken:
            name = f"_{name}"
        return name


class _Renaming(ast.NodeTransformer):
    """Names what a definition refers to as it is called in the file; local names hide what they are called like."""

    def __init__(self, resolve: Callable[[str], str], member: Callable[[ast.Attribute], str | None]) -> None:
        self._resolve, self._member = resolve, member
        self._local: list[set[str]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._within(node, node.args)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._within(node, node.args)

    def _within(self, node: ast.FunctionDef | ast.Lambda, arguments: ast.arguments) -> ast.AST:
        arguments.defaults = [self.visit(default) for default in arguments.defaults]
        arguments.kw_defaults = [default and self.visit(default) for default in arguments.kw_defaults]
        stored = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        self._local.append(stored | {each.arg for each in every if each is not None})
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = [self.visit(statement) for statement in node.body]
        self._local.pop()
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if not any(node.id in each for each in self._local):
            node.id = self._resolve(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        found = self._member(node)
        return ast.Name(found, node.ctx) if found is not None else self.generic_visit(node)


def _set_docstrings(definition: ast.FunctionDef | ast.ClassDef, text: str | None) -> None:
    """Takes away what the course's authors explain, and puts the starter's docstring where there is one."""
    for each in ast.walk(definition):
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(each) is not None:
            each.body = each.body[1:] or [ast.Pass()]
    if text is not None:
        indented = text.replace("\n", "\n    ").replace("    \n", "\n") + ("\n    " if "\n" in text else "")
        definition.body.insert(0, ast.Expr(ast.Constant(indented)))


def _broken(exercise: Exercise, right: str) -> Iterator[tuple[str, str]]:
    """Files with which something is wrong before any mathematics, as far as the exercise lends itself to them."""
    first = next(iter(exercise.functions))
    yield "starter", exercise.starter
    yield "syntax error", right.replace("):\n", ")\n", 1)
    yield "misnamed function", right.replace(f"def {first}(", f"def my_{first}(")
    yield "another library", f"import torch\n{right}"
    yield "endless loop", _changed(right, first, _never_ends)
    for name, text in (
        ("no import", right.replace("import numpy as np\n\n\n", "")),
        ("half done", _half_done(exercise, right)),
        ("prints and returns nothing", _changed(right, first, _prints)),
        ("returns the first value alone", _changed(right, first, _first_value_alone)),
    ):
        if text != right:
            yield name, text


def _half_done(exercise: Exercise, right: str) -> str:
    """The first function is written, the others are as in the starter."""
    for name in list(exercise.functions)[1:]:
        right = _changed(right, name, lambda body: ast.parse("raise NotImplementedError").body)
    return right


def _changed(text: str, name: str, change: Callable[[list[ast.stmt]], list[ast.stmt]]) -> str:
    """The text with another body in one of its functions; the same text where there is nothing to change."""
    tree = ast.parse(text)
    function = next(each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name)
    begin, end = function.lineno - 1, function.end_lineno
    before = ast.unparse(function)
    docstring = function.body[:1] if ast.get_docstring(function) is not None else []
    function.body = docstring + change(function.body[len(docstring) :])
    after = ast.unparse(function)
    lines = text.splitlines()
    return text if after == before else "\n".join([*lines[:begin], after, *lines[end:]]) + "\n"


def _never_ends(body: list[ast.stmt]) -> list[ast.stmt]:
    return [*ast.parse("i = 0\nwhile i < 10:\n    steps = i + 1").body, *body]


def _prints(body: list[ast.stmt]) -> list[ast.stmt]:
    """Prints what the last line returns."""
    *others, last = body
    if not isinstance(last, ast.Return) or last.value is None:
        return body
    return [*others, ast.Expr(ast.Call(ast.Name("print", ast.Load()), [last.value], []))]


def _first_value_alone(body: list[ast.stmt]) -> list[ast.stmt]:
    *others, last = body
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Tuple):
        return body
    return [*others, ast.Return(last.value.elts[0])]
