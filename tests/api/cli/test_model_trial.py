"""The doctor's trial of the models: a round trip with a tool call, and a plain sentence on what came of it."""

import json
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from agents.io import settings as module
from agents.io.settings import Settings
from api.cli.main import app
from api.cli.model_trial import NUMBER, try_models
from tests.agents.surroundings import emptied
from tests.model_server import Reply, Request, calls, refuses, says, serving
from tests.profiles.dialects import Model, Profile, serving_as
from tests.profiles.openai import UNSET
from tests.profiles.table import PROFILES
from tests.profiles.table import settings as settings_for


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    module.settings.cache_clear()
    yield emptied(monkeypatch)
    module.settings.cache_clear()


def settings(url: str) -> Settings:
    return Settings.model_validate({"openai_base_url": url, "openai_api_key": SecretStr("k")})


def obedient(request: Request) -> Reply:
    """A model that does what it is told."""
    last = request["messages"][-1]
    return calls(("hand_in", json.loads(last["content"]))) if last["role"] == "tool" else calls(("read_number", {}))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_on_every_endpoint_an_obedient_model_passes(profile: Profile) -> None:
    with serving_as(profile, obedient) as (url, _):
        findings = try_models(settings_for(profile, url))
    assert [finding.state for finding in findings] == ["ok", "ok"]
    assert [finding.says.split(" at ")[0] for finding in findings] == list(profile.models)


def test_what_the_endpoint_wants_otherwise_is_told() -> None:
    with serving_as(UNSET, obedient) as (url, _):
        strong, _ = try_models(settings_for(UNSET, url))
    assert "used a tool and handed in a report (2 calls, " in strong.says
    assert strong.says.endswith("; asked by the Responses API, as the endpoint wants)")


FAILING: dict[str, tuple[Model, str, str]] = {
    "talks": (lambda _: says("The number is large."), "does not hand in what its tool answered", "name a model that"),
    "invents": (lambda _: calls(("hand_in", {"number": NUMBER + 1})), "does not hand in what", "name a model that"),
    "key": (lambda _: refuses(401, "Incorrect API key"), "fails: unauthorized: ", "put the right key into"),
    "model": (lambda _: refuses(404, "no such model"), "fails: unknown model: ", "name models that the endpoint has"),
    "refuses": (lambda _: refuses(400, "bad schema"), "fails: bad request: ", "see docs/models.md for what"),
}


@pytest.mark.parametrize("name", FAILING)
def test_why_a_model_fails_is_told_with_what_to_do(name: str) -> None:
    model, said, do = FAILING[name]
    with serving(model) as url:
        strong, quick = try_models(settings(url))
    assert (strong.state, quick.state) == ("warning", "warning")
    assert said in strong.says
    assert strong.do.startswith(do)


def test_one_model_for_both_is_tried_once() -> None:
    with serving(obedient) as url:
        one = settings(url).model_copy(update={"quick_model": "gpt-5"})
        assert len(try_models(one)) == 1


def test_without_a_model_there_is_nothing_to_try() -> None:
    (finding,) = try_models(Settings())
    assert (finding.state, finding.says) == ("warning", "no model is set up")


def test_the_command_tries_the_models_where_it_is_asked_to(environment: pytest.MonkeyPatch, tmp_path: object) -> None:
    with serving(obedient) as url:
        environment.setenv("OPENAI_BASE_URL", url)
        asked, not_asked = (
            CliRunner().invoke(app, ["doctor", *words, "--data", str(tmp_path), "--json"])
            for words in (["--model"], [])
        )
    told = [[finding["name"] for finding in json.loads(said.stdout)["findings"]] for said in (asked, not_asked)]
    assert [names.count("trial") for names in told] == [2, 0]
