"""The doctor says whether the model can be asked from here, and why not, in one plain sentence."""

import json
from collections.abc import Callable

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from agents.io import settings as module
from agents.io.settings import Settings
from api.cli.main import app
from api.cli.model_checkup import examine_model
from graphs.maintenance.doctor import Finding
from tests.agents.surroundings import emptied
from tests.agents.tools.vendor import HANG_UP, Answer, Asked, on_loopback


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return emptied(monkeypatch)


def examined(url: str | None, key: str = "k") -> Finding:
    return examine_model(Settings.model_validate({"openai_base_url": url, "openai_api_key": SecretStr(key)}))


def answering(answer: Answer) -> Callable[[Asked], Answer]:
    return lambda _: answer


def test_without_a_model_all_is_well() -> None:
    assert examined(None, "") == Finding("model", "ok", "none is set up: every duty is done by the rules")


@pytest.mark.parametrize(
    ("answer", "state", "said", "do"),
    [
        (Answer(200, {"data": []}), "ok", "answers", ""),
        (Answer(404, b"not found"), "ok", "answers", ""),
        (Answer(401, {}), "warning", "refuses the key (HTTP 401)", "put the right key into OPENAI_API_KEY"),
        (Answer(500, {}), "warning", "answers HTTP 500", "see what its own log says"),
        (Answer(407, {}), "warning", "the proxy wants to know who we are", "write the proxy's user and password"),
        (HANG_UP, "warning", "does not answer: RemoteProtocolError", "see whether it runs there"),
    ],
)
def test_what_the_endpoint_answers_is_told(answer: Answer, state: str, said: str, do: str) -> None:
    with on_loopback(answering(answer)) as url:
        finding = examined(f"{url}/v1")
    assert (finding.name, finding.state) == ("model", state)
    assert finding.says.startswith(f"{url}/v1, asked directly, ")
    assert said in finding.says
    assert finding.do.startswith(do)
    assert bool(finding.do) == (state != "ok")


@pytest.mark.parametrize(
    ("named", "url", "key", "said"),
    [
        ({"SSL_CERT_FILE": "/nowhere.pem"}, "https://127.0.0.1:1/v1", "k", "SSL_CERT_FILE names /nowhere.pem, which"),
        ({"ALL_PROXY": "nonsense://x"}, "http://model.example/v1", "k", "ALL_PROXY is not the address of a proxy"),
        ({}, "http://127.0.0.1:1/v1", "two\nlines", "OPENAI_API_KEY cannot be sent: its character number 4 is a blank"),
        (
            {"HTTP_PROXY": "http://127.0.0.1:1"},
            "http://model.example/v1",
            "k",
            "asked through the proxy http://127.0.0.1",
        ),
        ({"HTTP_PROXY": "http://127.0.0.1:1"}, "http://127.0.0.1:1/v1", "k", "asked directly, does not answer"),
    ],
)
def test_why_it_cannot_be_asked_is_told_with_what_to_do(
    environment: pytest.MonkeyPatch, named: dict[str, str], url: str, key: str, said: str
) -> None:
    for name, text in named.items():
        environment.setenv(name, text)
    finding = examined(url, key)
    assert (finding.state, said in finding.says) == ("warning", True)
    assert finding.do.endswith("until then every duty is done by the rules")
    assert "\n" not in finding.says


def test_neither_key_nor_password_is_told() -> None:
    with on_loopback(answering(Answer(401, {}))) as url:
        finding = examined(url.replace("//", "//ada:hunter2@"), "sk-secret")
    assert "hunter2" not in finding.says
    assert "sk-secret" not in finding.says


def test_the_command_tells_it_and_a_model_that_fails_is_no_fault(
    environment: pytest.MonkeyPatch, tmp_path: object
) -> None:
    environment.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    module.settings.cache_clear()
    try:
        said = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path), "--json"])
    finally:
        module.settings.cache_clear()
    found = {finding["name"]: finding for finding in json.loads(said.stdout)["findings"]}
    assert (said.exit_code, found["model"]["state"]) == (0, "warning")
    assert found["model"]["says"].startswith("http://127.0.0.1:1/v1, asked directly, does not answer: ConnectError")
