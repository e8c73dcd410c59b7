"""The OpenAPI document, and the page that shows it to people."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from grader.report import CheckResult, Report
from webapp.api.operations import operation_of


@pytest.fixture
def document(app):
    """The document, as everybody gets it."""
    return app.test_client().get("/api/v1/openapi.json").json


@pytest.fixture
def page(app):
    """The page, as everybody gets it."""
    answer = app.test_client().get("/api")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def operations(document):
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_it_holds_every_address_of_the_api(app, document):
    routes = [route for route in app.url_map.iter_rules() if route.rule.startswith("/api/v1")]
    assert all(operation_of(app.view_functions[route.endpoint]) for route in routes)
    assert len(routes) == len(operations(document))


def test_every_operation_says_what_it_is(document):
    for operation in operations(document):
        assert operation["summary"]
        assert operation["description"]
        assert all(parameter["description"] for parameter in operation["parameters"])
        assert "curl" in operation["x-codeSamples"][0]["source"]


def test_all_that_need_a_token_tell_what_happens_without_one(document):
    needing = [operation["operationId"] for operation in operations(document) if "401" in operation["responses"]]
    free = [operation["operationId"] for operation in operations(document) if operation.get("security") == []]
    assert free == ["openapi"]
    assert sorted([*needing, *free]) == sorted(operation["operationId"] for operation in operations(document))


def test_handing_in_tells_all_that_can_happen(document):
    submit = document["paths"]["/api/v1/exercises/{name}/submissions"]["post"]
    assert list(submit["responses"]) == [
        "201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "503"
    ]  # fmt: skip
    assert list(submit["requestBody"]["content"]) == ["application/json", "multipart/form-data"]


def test_problems_are_all_of_one_form(document):
    for operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"]


def test_the_report_has_every_field_of_the_engines(document):
    schemas = document["components"]["schemas"]
    for kind in (Report, CheckResult):
        names = [field.name for field in fields(kind)]
        assert list(schemas[kind.__name__]["properties"]) == names
        assert schemas[kind.__name__]["required"] == names


def test_every_reference_leads_somewhere(document):
    names = re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(document))
    assert set(names) <= set(document["components"]["schemas"])
    assert {"Report", "Problem"} <= set(names)


def test_the_page_shows_every_operation_schema_and_example(page, document):
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"<code>{method.upper()} {address}</code>" in page
            assert f'id="{operation["operationId"]}-sample"' in page
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in page


def test_every_link_within_the_page_leads_somewhere(page):
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r' id="([^"]+)"', page))


def test_the_page_is_within_our_policy(page):
    assert "style=" not in page
    assert re.search(r"<script(?![^>]* src=)", page) is None
