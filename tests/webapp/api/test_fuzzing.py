"""Every operation, asked with all kinds of values by schemathesis: answers are as the document says, and never a 5xx."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from webapp.factory import create_app
from webapp.settings import Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 25
KNOWN = {"name": ["scale", "layer"], "id": ["graded", "queued"], "course": ["small"], "exercise": ["scale"]}


def described():
    """The document, with the names of what is there: other texts, which it finds by itself, would all be unknown."""
    app = create_app(Settings(home=Path(), secret="s" * 32, database_url="sqlite:///nowhere.db"))
    document = app.test_client().get("/api/v1/openapi.json").json
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["name"] in KNOWN:
                    parameter["schema"] = {"type": "string", "enum": KNOWN[parameter["name"]]}
    config = SchemathesisConfig(seed=1)
    config.projects.default.generation = GenerationConfig(max_examples=EXAMPLES, deterministic=True)
    return schemathesis.openapi.from_dict(document, config=config)


api = described()


@pytest.fixture
def open_app(with_settings):
    """An application that takes any number of submissions; with its one thread the long poll answers at once."""
    app = create_app(with_settings(web_threads=1, rate_submit="1000000 per minute"))
    yield app
    app.extensions["chainrule"].database.close()


@pytest.fixture
def known(open_app, token, bench):
    """A submission with a verdict and one without, by the names in KNOWN."""
    ids = []
    for source in ("def scale(x, factor=2.0):\n    return x + factor\n", "def scale(x): ...\n"):
        path = "/api/v1/exercises/scale/submissions"
        ids.append(open_app.test_client().post(path, json={"source": source}, headers=token).json["id"])
        if len(ids) == 1:
            bench.grade(ids[0])
    return dict(zip(KNOWN["id"], ids, strict=True))


@pytest.fixture
def token(bearer):
    """The headers with a token of Ana's; a new one takes its place when it was revoked."""
    return bearer("ana")


@pytest.mark.slow
@api.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_document_says(case, open_app, known, token, bearer):
    if "id" in case.path_parameters:
        case.path_parameters["id"] = known.get(case.path_parameters["id"], case.path_parameters["id"])
    response = case.call_and_validate(app=open_app, headers=token, checks=CHECKS)
    if response.status_code == 204:
        token.update(bearer("ana"))
