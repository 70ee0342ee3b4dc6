"""Model options: how one model is asked, read from the environment and checked."""

import json
from typing import Any

import pytest

from agents.io.model_options import ModelOptions, options_for
from agents.io.settings import Settings, WrongSetting, read
from agents.llm.endpoint import endpoint_of, hindrance
from tests.agents.surroundings import emptied


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return emptied(monkeypatch)


def test_what_is_set_for_one_model_counts_before_what_is_set_for_all() -> None:
    options = {"*": ModelOptions(api="chat", reasoning_effort="low"), "m": ModelOptions(reasoning_effort="high")}
    assert options_for("m", options) == ModelOptions(api="chat", reasoning_effort="high")
    assert options_for("other", options) == options["*"]
    assert options_for("m", {}) == ModelOptions()


def test_they_are_read_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    written = {"gpt-5": {"api": "responses", "reasoning_effort": "low", "output_limit": 9000}}
    environment.setenv("WARROOM_MODEL_OPTIONS", json.dumps(written))
    assert read().options_of("gpt-5") == ModelOptions(api="responses", reasoning_effort="low", output_limit=9000)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"apis": "chat"}, "m.apis: Extra inputs are not permitted"),
        ({"api": "completions"}, "m.api: Input should be 'chat' or 'responses'"),
        ({"output_limit": 0}, "m.output_limit: Input should be greater than 0"),
        ({"parameters": {"messages": []}}, "m.parameters: messages: Warroom sets this itself"),
        ({"headers": {"a b": "c"}}, "m.headers"),
        ({"headers": {"a": "two\nlines"}}, "m.headers"),
    ],
)
def test_what_cannot_be_meant_is_refused(environment: pytest.MonkeyPatch, options: dict[str, Any], said: str) -> None:
    environment.setenv("WARROOM_MODEL_OPTIONS", json.dumps({"m": options}))
    with pytest.raises(WrongSetting, match="WARROOM_MODEL_OPTIONS: ") as wrong:
        read()
    assert said in str(wrong.value)


def settings(value: str) -> Settings:
    return Settings.model_validate({"model_options": {"*": {"headers": {"api-key": value}, "query": {"v": "1"}}}})


def test_a_header_s_secret_stands_in_a_variable_of_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AZURE_KEY", "secret\n")
    endpoint = endpoint_of(settings("env:AZURE_KEY"))
    assert (endpoint.headers, endpoint.query) == ({"api-key": "secret"}, {"v": "1"})
    assert endpoint_of(settings("plain")).headers == {"api-key": "plain"}


def test_a_header_s_secret_that_is_not_there_keeps_the_model_from_being_asked() -> None:
    assert hindrance(settings("env:AZURE_KEY")) == (
        "the header api-key cannot be sent: there is no secret at env:AZURE_KEY"
    )
