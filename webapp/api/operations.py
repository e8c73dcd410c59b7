"""Operations of the API: by a view's signature, requests are read and answers written; the document reads it too.

    @bp.post("/api/v1/exercises/<name>/submissions")
    @allow(InNamedCourse(Action.HAND_IN))
    @operation(409)
    def submit(name: ExerciseName, query: CourseQuery, headers: SubmitHeaders, body: Source | File) -> Created[Accepted]:
        "The docstring's first line is the summary, what follows is the description."

`query` and `headers` are models. `body` is a model that JSON is read by, or a File in a form, or either. All other
arguments are parts of the address. A model is answered with 200, Created with 201, None with 204; the numbers are the
problems that the view raises besides those that its signature and its rule tell of.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Final, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

from flask import Response, current_app, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from webapp.problems import Problem

Model = type[BaseModel]
_M = TypeVar("_M", bound=BaseModel)

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
FILE_FIELD: Final = "file"


@dataclass(frozen=True)
class File:
    """A file, sent as the field `file` of a form."""

    data: bytes
    filename: str


@dataclass(frozen=True)
class Created(Generic[_M]):
    """The answer of an operation that has made something; `location` is its address in the API."""

    model: _M
    location: str


class Misfit(Problem):
    """A request with values that do not fit; `errors` names each as (field, what is wrong)."""

    def __init__(self, errors: list[tuple[str, str]], status: int = 422) -> None:
        told = "; ".join(f"{field}: {detail}" for field, detail in errors)
        super().__init__(status, "That request cannot be used", f"{told}. /api says what is expected.")
        self.errors = errors


@dataclass(frozen=True)
class Operation:
    """What a view's signature says. `bodies` are the kinds of content that it reads, `answer` is None for none."""

    name: str
    summary: str
    description: str
    path: Mapping[str, Any]
    query: Model | None
    headers: Model | None
    json: Model | None
    takes_file: bool
    status: int
    answer: Model | None
    problems: tuple[int, ...]

    @classmethod
    def of(cls, view: Callable[..., object], problems: tuple[int, ...]) -> Operation:
        """The operation that a view is."""
        hints = get_type_hints(view, include_extras=True)
        answer = hints.pop("return")
        query, headers, body = (hints.pop(name, None) for name in ("query", "headers", "body"))
        bodies = get_args(body) if get_origin(body) is UnionType else (body,)
        summary, _, description = (inspect.getdoc(view) or "").partition("\n")
        status = 204 if answer is NoneType else 201 if get_origin(answer) is Created else 200
        return cls(
            name=view.__name__,
            summary=summary.strip(),
            description=description.strip(),
            path=hints,
            query=query,
            headers=headers,
            json=next((each for each in bodies if each is not None and each is not File), None),
            takes_file=File in bodies,
            status=status,
            answer=None if status == 204 else get_args(answer)[0] if status == 201 else answer,
            problems=problems,
        )

    @property
    def has_body(self) -> bool:
        """Whether it reads a body."""
        return self.json is not None or self.takes_file

    def arguments(self) -> dict[str, object]:
        """This request's values for the view. Raises Misfit, or UnsupportedMediaType."""
        found: dict[str, object] = {}
        if self.query is not None:
            found["query"] = _read(self.query, "query", request.args.to_dict())
        if self.headers is not None:
            found["headers"] = _read(self.headers, "header", _headers(self.headers))
        if self.has_body:
            found["body"] = self._body()
        return found

    def _body(self) -> object:
        if self.json is not None and request.mimetype == JSON:
            return _read(self.json, "body", request.get_data())
        if self.takes_file and request.mimetype == FORM:
            sent = request.files.get(FILE_FIELD)
            if sent is None:
                raise Misfit([(f"body.{FILE_FIELD}", "the form has no file of that name")])
            return File(sent.read(), sent.filename or "")
        raise UnsupportedMediaType


def operation(*problems: int) -> Callable[[Callable[..., object]], Callable[..., Response]]:
    """Makes a view an operation; stands below its rule."""

    def state(view: Callable[..., object]) -> Callable[..., Response]:
        described = Operation.of(view, problems)

        @functools.wraps(view)
        def run(**path: object) -> Response:
            return _response(view(**path, **described.arguments()), described.status)

        run.__chainrule_operation__ = described  # type: ignore[attr-defined]
        return run

    return state


def operation_of(view: Callable[..., object]) -> Operation | None:
    """The operation that a view is, or None."""
    return getattr(view, "__chainrule_operation__", None)


def _headers(model: Model) -> dict[str, str]:
    names = [field.alias or name for name, field in model.model_fields.items()]
    return {name: request.headers[name] for name in names if name in request.headers}


def _read(model: Model, place: str, sent: dict[str, str] | bytes) -> BaseModel:
    """The model of what was sent: bytes are JSON."""
    try:
        return model.model_validate_json(sent) if isinstance(sent, bytes) else model.model_validate(sent)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        if errors[0]["type"] == "json_invalid":
            raise Misfit([(place, errors[0]["msg"])], status=400) from None
        raise Misfit([(".".join([place, *map(str, each["loc"])]), each["msg"]) for each in errors]) from None


def _response(answer: object, status: int) -> Response:
    made = cast(Created[BaseModel], answer) if isinstance(answer, Created) else None
    model = made.model if made else answer
    response = current_app.response_class(status=status, mimetype=JSON)
    if isinstance(model, BaseModel):
        response.set_data(model.model_dump_json())
    else:
        del response.headers["Content-Type"]
    if made is not None:
        response.headers["Location"] = made.location
    return response
