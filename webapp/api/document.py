"""The OpenAPI 3.1 document: made from the addresses, the rules, and the signatures of the API's views."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from flask import Flask
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema
from werkzeug.routing import Rule as Route

from grader import __version__
from webapp.api.operations import FILE_FIELD, FORM, JSON, Model, Operation, operation_of
from webapp.api.schemas import Problem
from webapp.authorisation import InNamedCourse, OfSubmission, Public, rule_of
from webapp.security import rate_of

Document = dict[str, Any]
Mode = Literal["validation", "serialization"]

PROBLEM: Final = "application/problem+json"
_REFERENCE: Final = "#/components/schemas/{model}"
_PART: Final = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")

MEANINGS: Final = {
    200: "As asked for.",
    201: "Accepted.",
    204: "Done.",
    400: "The body cannot be read: it is not JSON.",
    401: "No token, or one that is not known, was revoked, or has run out.",
    403: "You may not do this in this course.",
    404: "There is no such course, exercise or submission, or none that you may know of.",
    409: "Not now: the exercise is not open or is closed, no attempts are left, or the key belongs to another submission.",
    413: "The request is too large.",
    415: "The body is of a kind that is not understood.",
    422: "Something that was sent cannot be used as it is; the answer says what, and the way out.",
    429: "Too many in too short a time; try again later.",
    503: "We are too busy, or broken for a moment; try again later.",
}
_DESCRIPTION: Final = """\
Everything that a student can do with exercises, for programs. Make a personal token on your account's page and send it
with each request as `Authorization: Bearer TOKEN`. Cookies are neither read nor set. Moments are in UTC (ISO 8601).
What goes wrong is told as `application/problem+json` (RFC 9457), in a sentence that can be shown to people."""
_SECONDS: Final = {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer", "minimum": 1}}
_HEADERS: Final[Mapping[int, Document]] = {
    201: {
        "Location": {
            "description": "The submission's address in the API.",
            "required": True,
            "schema": {"type": "string", "format": "uri-reference"},
        }
    },
    401: {
        "WWW-Authenticate": {
            "description": "How to say who you are.",
            "required": True,
            "schema": {"type": "string", "const": "Bearer"},
        }
    },
    429: {"Retry-After": _SECONDS},
    503: {"Retry-After": _SECONDS},
}


def describe(app: Flask) -> Document:
    """The document of an application's API."""
    routes = list(_routes(app))
    schemas = _schemas([operation for _, _, operation in routes])
    paths: dict[str, Document] = {}
    for route, method, operation in routes:
        address = _PART.sub(r"{\1}", route.rule)
        paths.setdefault(address, {})[method] = _describe_operation(app, route, method, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chainrule", "version": __version__, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A personal token, made on your account's page.",
                }
            },
            "schemas": schemas,
        },
    }


def _routes(app: Flask) -> Iterator[tuple[Route, str, Operation]]:
    for route in app.url_map.iter_rules():
        operation = operation_of(app.view_functions[route.endpoint])
        if operation is not None:
            (method,) = (route.methods or set()) - {"HEAD", "OPTIONS"}
            yield route, method.lower(), operation


def _describe_operation(app: Flask, route: Route, method: str, operation: Operation) -> Document:
    described: Document = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": list(_parameters(operation)),
        "responses": {str(status): _response(operation, status) for status in _statuses(app, route, operation)},
    }
    if isinstance(rule_of(app, route.endpoint), Public):
        described["security"] = []
    if operation.has_body:
        described["requestBody"] = {"required": True, "content": _content(operation)}
    described["x-codeSamples"] = [
        {"lang": "Shell", "label": "curl", "source": _curl(route, method, operation, described)}
    ]
    return described


def _statuses(app: Flask, route: Route, operation: Operation) -> list[int]:
    """All that an operation may answer: as its view says, and by its rule, its rate and what it reads."""
    rule = rule_of(app, route.endpoint)
    statuses = {operation.status, 503, *operation.problems}
    if not isinstance(rule, Public):
        statuses.add(401)
    if isinstance(rule, InNamedCourse | OfSubmission):
        statuses |= {403, 404}
    if operation.query or operation.headers:
        statuses.add(422)
    if operation.has_body:
        statuses |= {400, 413, 415, 422}
    if rate_of(app.view_functions[route.endpoint]):
        statuses.add(429)
    return sorted(statuses)


def _response(operation: Operation, status: int) -> Document:
    response: Document = {"description": MEANINGS[status]}
    if status in _HEADERS:
        response["headers"] = _HEADERS[status]
    model = Problem if status >= 400 else operation.answer
    if model is not None:
        response["content"] = {PROBLEM if status >= 400 else JSON: {"schema": _reference(model)}}
    return response


def _parameters(operation: Operation) -> Iterator[Document]:
    for name, hint in operation.path.items():
        yield _parameter(name, "path", TypeAdapter(hint).json_schema(schema_generator=_Schemas), required=True)
    for model, place in ((operation.query, "query"), (operation.headers, "header")):
        if model is not None:
            schema = model.model_json_schema(schema_generator=_Schemas)
            for name, each in schema["properties"].items():
                yield _parameter(name, place, each, required=name in schema.get("required", ()))


def _parameter(name: str, place: str, schema: Document, *, required: bool) -> Document:
    """A parameter; that one may be left out is told by `required`, so null is not among its values."""
    own = {key: value for key, value in schema.items() if key not in ("description", "anyOf")}
    if own.get("default", ...) is None:
        del own["default"]
    for choice in schema.get("anyOf", ()):
        own |= choice if choice != {"type": "null"} else {}
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": schema.get("description", ""),
        "schema": own,
    }


def _content(operation: Operation) -> Document:
    content: Document = {}
    if operation.json is not None:
        content[JSON] = {"schema": _reference(operation.json)}
    if operation.takes_file:
        file = {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "description": "a .py or an .ipynb file",
        }
        content[FORM] = {"schema": {"type": "object", "properties": {FILE_FIELD: file}, "required": [FILE_FIELD]}}
    return content


def _reference(model: Model) -> Document:
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def _schemas(operations: list[Operation]) -> Document:
    """The schemas of all models, by name."""
    answers = {each.answer for each in operations if each.answer is not None}
    bodies = {each.json for each in operations if each.json is not None}
    models: list[tuple[Model, Mode]] = [(Problem, "validation")]
    models += [(model, "serialization") for model in sorted(answers, key=_name)]
    models += [(model, "validation") for model in sorted(bodies, key=_name)]
    _, schemas = models_json_schema(models, ref_template=_REFERENCE, schema_generator=_Schemas)
    return dict(sorted(schemas["$defs"].items()))


def _name(model: type[BaseModel]) -> str:
    return model.__name__


class _Schemas(GenerateJsonSchema):
    """Pydantic's schemas, without titles that repeat the fields' names; what we answer is always whole."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if self.mode == "serialization":
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def _curl(route: Route, method: str, operation: Operation, described: Document) -> str:
    """The operation on a command line. $CHAINRULE_URL and $CHAINRULE_TOKEN are the command line's own variables."""
    parameters = described["parameters"]
    address = _PART.sub(lambda part: _example(parameters, part[1]), route.rule)
    asked = [f"{each['name']}={_example(parameters, each['name'])}" for each in _with_example(parameters, "query")]
    lines = ["-X DELETE"] if method == "delete" else []  # a form is sent with POST anyway
    if "security" not in described:
        lines.append('-H "Authorization: Bearer $CHAINRULE_TOKEN"')
    lines += [
        f"-H {shlex.quote(each['name'] + ': ' + _example(parameters, each['name']))}"
        for each in _with_example(parameters, "header")
    ]
    if operation.takes_file:
        lines.append(f"-F {FILE_FIELD}=@adam.py")
    lines.append(f'"$CHAINRULE_URL{address}{"?" if asked else ""}{"&".join(asked)}"')
    return "curl " + " \\\n  ".join(lines)


def _with_example(parameters: list[Document], place: str) -> list[Document]:
    return [each for each in parameters if each["in"] == place and "examples" in each["schema"]]


def _example(parameters: list[Document], name: str) -> str:
    (found,) = (each for each in parameters if each["name"] == name)
    return str(found["schema"]["examples"][0])
