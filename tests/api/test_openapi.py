"""The description of the doors is complete, and says what is so."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from jsonschema_rs import Draft202012Validator

from api.openapi import EXAMPLES
from api.problems import MEDIA_TYPE

Schema = dict[str, Any]


@pytest.fixture
async def told(client: httpx2.AsyncClient) -> Schema:
    return (await client.get("/openapi.json")).json()


def operations(told: Schema) -> Iterator[tuple[str, Schema]]:
    for path, methods in told["paths"].items():
        yield from ((f"{method} {path}", operation) for method, operation in methods.items())


async def test_every_operation_says_in_a_line_what_it_does(told: Schema) -> None:
    assert [name for name, operation in operations(told) if not operation.get("summary")] == []
    assert [name for name, operation in operations(told) if len(operation.get("description", "")) < 10] == []
    assert len(list(operations(told))) > 25


async def test_operations_have_names_of_their_own(told: Schema) -> None:
    names = [operation["operationId"] for _, operation in operations(told)]
    assert sorted(set(names)) == sorted(names)


async def test_every_error_is_a_problem(told: Schema) -> None:
    faults = {
        f"{name}: {status}"
        for name, operation in operations(told)
        for status, answer in operation["responses"].items()
        if status >= "400" and MEDIA_TYPE not in answer.get("content", {})
    }
    assert faults == set()


async def test_what_needs_a_key_says_so_and_for_what(told: Schema) -> None:
    open_to_all = {name for name, operation in operations(told) if "security" not in operation}
    assert open_to_all == {
        *("get /health/live", "get /health/ready", "get /status.json", "post /v1/slack/interactions")
    }
    for name, operation in operations(told):
        if name not in open_to_all:
            assert {"401", "403"} <= operation["responses"].keys(), name
            assert "Needs a key for **" in operation["description"], name


async def test_every_example_fits_its_own_schema(told: Schema) -> None:
    schemas = told["components"]["schemas"]
    shown = {name: example for name, schema in schemas.items() for example in schema.get("examples", [])}
    assert shown.keys() >= EXAMPLES.keys()
    for name, example in shown.items():
        whole = {"$ref": f"#/components/schemas/{name}", "components": told["components"]}
        faults = [fault.message for fault in Draft202012Validator(whole).iter_errors(example)]
        assert faults == [], name


async def test_every_body_that_is_sent_has_an_example(told: Schema) -> None:
    bare = {
        name
        for name, operation in operations(told)
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if (ref := content["schema"].get("$ref", "").rpartition("/")[2])
        and "examples" not in told["components"]["schemas"][ref]
    }
    assert bare == set()


async def test_a_sender_is_told_no_name_that_it_must_not_use(told: Schema) -> None:
    assert "default" not in told["components"]["schemas"]["Alert"]["properties"]["source"]
