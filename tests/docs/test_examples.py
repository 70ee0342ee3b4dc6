"""Examples in the documentation: what they show is what Warroom reads."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema_rs import Draft202012Validator

from agents.io import catalogue
from agents.io.clock import RealClock
from agents.tools.connections import CatalogueConnections
from api.app import create_app
from api.intake import senders
from graphs.intake.incident_service import IncidentService
from graphs.outbox.webhooks import Webhooks
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from prompts.notation import read_yaml
from tests.docs.pages import Block, blocks, lines, read

Schema = dict[str, Any]
YAML = blocks("yaml")
ADDRESS = re.compile(r"`([A-Z]+ /[^`]+)`")
RUN = "http://127.0.0.1:8321/v1/runs/ID"
CURLS = [(block.page, words) for block in blocks("sh") for words in lines(block.text) if words[0] == "curl"]


def of_kind(kind: str) -> list[Block]:
    return [block for block in YAML if block.kind == kind]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "example.yaml"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for block in YAML:
        for name in re.findall(r"env:(\w+)", block.text):
            monkeypatch.setenv(name, "a secret of an example")


@pytest.mark.parametrize("block", YAML, ids=str)
def test_every_block_of_yaml_can_be_read(block: Block) -> None:
    assert read_yaml(block.text, block.page).content


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("block", of_kind("catalogue"), ids=str)
def test_every_catalogue_is_valid_with_its_drivers(block: Block, file: Path, incidents: IncidentService) -> None:
    file.write_text(block.text)
    listed = catalogue.load(file)
    CatalogueConnections(listed, RealClock())
    Webhooks(incidents.deps, listed.webhooks)
    assert listed.doubts() == []


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("block", of_kind("senders"), ids=str)
def test_every_file_of_senders_is_valid(block: Block, file: Path) -> None:
    file.write_text(block.text)
    senders.load(file)


def test_there_are_examples_to_try() -> None:
    assert len(of_kind("catalogue")) > 8
    assert len(of_kind("senders")) == 1
    assert len(CURLS) > 8


@pytest.fixture
def incidents() -> Iterator[IncidentService]:
    nothing = catalogue.Catalogue()
    clock, store = RealClock(), Store()
    service = IncidentService(Dependencies(store, clock, CatalogueConnections(nothing, clock), nothing))
    yield service
    service.close()


@pytest.fixture
def described(incidents: IncidentService) -> Schema:
    return create_app(incidents).openapi()


def operation(described: Schema, method: str, path: str) -> Schema:
    for template, methods in described["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method in methods:
            return methods[method]
    raise AssertionError(f"nothing answers {method} {path}")


def after(words: list[str], option: str) -> str | None:
    return words[words.index(option) + 1] if option in words else None


@pytest.mark.parametrize(("page", "words"), CURLS)
def test_every_request_is_one_that_is_described(page: str, words: list[str], described: Schema) -> None:
    address = next(word for word in words if word.startswith(("http://", "$run"))).replace("$run", RUN)
    body = after(words, "-d")
    told = operation(described, "post" if body else "get", urlsplit(address).path)
    if body:
        schema = told["requestBody"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": described["components"]}
        Draft202012Validator(whole).validate(json.loads(body))


@pytest.mark.parametrize("block", of_kind("alertmanager"), ids=str)
def test_alertmanager_is_told_an_address_that_is_there(block: Block, described: Schema) -> None:
    addresses: list[str] = re.findall(r"http://[^\s\"]+", block.text)
    for address in addresses:
        assert operation(described, "post", urlsplit(address).path)


def test_the_page_on_the_api_lists_every_address_that_is_described_and_no_other(described: Schema) -> None:
    listed = {
        found
        for row in re.findall(r"^\| (`.*?) \|", read("docs/http-api.md"), re.MULTILINE)
        for found in ADDRESS.findall(row)
    }
    told = {f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods}
    assert listed == told
