"""The model's endpoint: found with what the environment says, or a plain sentence on why it cannot be asked."""

from typing import Any

import pytest
from pydantic import SecretStr

from agents.io.settings import Settings
from agents.llm.endpoint import OPENAI, Answered, dialect_of, endpoint_of, hindrance, knock
from tests.agents.surroundings import emptied
from tests.agents.tools.vendor import Answer, Asked, on_loopback

OUTSIDE = "https://model.example/v1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return emptied(monkeypatch)


def settings(url: str | None = OUTSIDE, key: str = "k") -> Settings:
    return Settings.model_validate({"openai_base_url": url, "openai_api_key": SecretStr(key)})


def test_without_an_address_it_is_openai_s_whatever_other_libraries_would_read(
    environment: pytest.MonkeyPatch,
) -> None:
    for name in ("OPENAI_API_BASE", "OPENAI_PROXY", "LANGSMITH_GATEWAY", "LANGSMITH_GATEWAY_URL"):
        environment.setenv(name, "http://elsewhere.example")
    assert endpoint_of(settings(None)).url == OPENAI
    assert endpoint_of(settings(None)).way.told == "directly"


@pytest.mark.parametrize(
    ("named", "key", "said"),
    [
        ({"SSL_CERT_FILE": "/nowhere.pem"}, "k", "SSL_CERT_FILE names /nowhere.pem, which is not there"),
        ({"ALL_PROXY": "nonsense://x"}, "k", "ALL_PROXY is not the address of a proxy that can be used"),
        ({}, "one\ntwo", "OPENAI_API_KEY cannot be sent: its character number 4 is a blank or a line break"),
        ({}, "schlüssel", "OPENAI_API_KEY cannot be sent: its character number 5 is none of ASCII"),
        (
            {"OPENAI_ORG_ID": "o\n"},
            "k",
            "OPENAI_ORG_ID cannot be sent: its character number 2 is a blank or a line break",
        ),
        (
            {"OPENAI_PROJECT_ID": "\x01"},
            "k",
            "OPENAI_PROJECT_ID cannot be sent: its character number 1 is a control character",
        ),
        ({}, "k\n", ""),
        ({}, "", ""),
    ],
)
def test_what_keeps_it_from_being_asked_is_a_plain_sentence(
    environment: pytest.MonkeyPatch, named: dict[str, str], key: str, said: str
) -> None:
    for name, text in named.items():
        environment.setenv(name, text)
    assert hindrance(settings(key=key)) == said


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "ALL_PROXY"])
def test_neither_certificates_nor_proxies_keep_this_machine_s_own_from_being_asked(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    environment.setenv(name, "nonsense://nowhere")
    assert hindrance(settings("http://127.0.0.1:11434/v1")) == ""


def test_who_knocks_asks_for_the_models_with_the_key_and_directly(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ALL_PROXY", "http://127.0.0.1:1")
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        return Answer(200, {"data": []})

    with on_loopback(answer) as url:
        assert knock(endpoint_of(settings(f"{url}/v1/"))) == Answered(200)
    assert [(one.method, one.path, one.headers["authorization"]) for one in asked] == [
        ("GET", "/v1/models", "Bearer k")
    ]


def test_who_knocks_where_nobody_is_hears_why() -> None:
    answered = knock(endpoint_of(settings("http://127.0.0.1:1/v1")))
    assert answered.status is None
    assert "ConnectError" in answered.fault


def test_a_proxy_that_nobody_answers_at_is_asked_all_the_same(environment: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def proxy(request: Asked) -> Answer:
        seen.append(request.headers["host"])
        return Answer(502, {})

    with on_loopback(proxy) as url:
        environment.setenv("HTTP_PROXY", url)
        assert knock(endpoint_of(settings("http://model.example/v1"))) == Answered(502)
    assert seen == ["model.example"]


@pytest.mark.parametrize(
    ("base_url", "is_sent"),
    [(None, True), ("https://api.openai.com/v1", True), ("https://api.groq.com/openai/v1", False)],
)
def test_only_openai_itself_is_sent_a_key_for_its_cache_unless_it_is_set(base_url: str | None, is_sent: bool) -> None:
    known = {"openai_api_key": SecretStr("none"), "openai_base_url": base_url}
    assert dialect_of(Settings.model_validate(known), "gpt-5").takes_cache_key == is_sent
    chosen = Settings.model_validate({**known, "model_options": {"*": {"cache_key": not is_sent}}})
    assert dialect_of(chosen, "gpt-5").takes_cache_key != is_sent
