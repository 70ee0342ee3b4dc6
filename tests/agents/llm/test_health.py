"""A model's health in one plain line: before it is asked, while it answers, and when it does not."""

import pytest
from pydantic import SecretStr

from agents.io.settings import Settings
from agents.llm.client import ModelAnswer, ModelRequest
from agents.llm.gateway import REFUSALS_BEFORE_REST, ModelGateway
from agents.llm.health import who_does_the_duties
from tests.agents.conftest import NOW
from tests.agents.scripted import Jumping, Scripted, fails
from tests.agents.surroundings import emptied

QUESTION = ModelRequest(strength="strong", messages=[], tools=[])
PLACE = "gpt-5 and gpt-5-mini at https://api.openai.com/v1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return emptied(monkeypatch)


def gateway(*lines: ModelAnswer | Exception) -> ModelGateway:
    return ModelGateway(Scripted(*lines), Jumping(NOW))  # pyright: ignore[reportArgumentType]


async def test_before_it_is_asked_nothing_is_known() -> None:
    assert gateway().health.line == f"{PLACE} has not been asked yet"


async def test_while_it_answers_that_is_said_with_what_its_endpoint_wanted() -> None:
    asked = gateway(ModelAnswer(text="Yes.", changes=["by the Responses API"]))
    await asked.ask(QUESTION)
    assert asked.health.line == f"{PLACE} answers (asked gpt-5: by the Responses API)"


async def test_when_it_fails_and_when_it_rests_the_reason_is_said() -> None:
    asked = gateway(fails("bad request"))
    await asked.ask(QUESTION)
    assert asked.health.line == f"{PLACE}: the last call failed: bad request: as scripted"
    for _ in range(REFUSALS_BEFORE_REST - 1):
        await asked.ask(QUESTION)
    assert asked.health.line.startswith(f"{PLACE}: the model failed 3 times in a row and rests until ")
    assert asked.health.line.endswith(" UTC. Last: bad request: as scripted")
    assert asked.health.faults == {"bad request": REFUSALS_BEFORE_REST}


async def test_duties_are_counted_by_who_did_them() -> None:
    counting = gateway()
    for is_by_model in (True, False, False):
        counting.count_duty("api_tester", "classify", is_by_model)
    (share,) = counting.health.duties
    assert (share.role, share.duty, share.by_model, share.by_rules) == ("api_tester", "classify", 1, 2)


def settings(**more: object) -> Settings:
    return Settings.model_validate({"openai_api_key": SecretStr("k"), **more})


def test_who_does_the_duties_is_said_before_anybody_is_asked(environment: pytest.MonkeyPatch) -> None:
    assert who_does_the_duties(None) == "Duties are done by the rules."
    assert who_does_the_duties(None, "--model") == "Duties are done by the rules; --model."
    assert who_does_the_duties(settings()) == f"Duties are done by {PLACE}, and by the rules where that fails."
    same = settings(strong_model="m", quick_model="m", openai_base_url="http://u:secret@127.0.0.1:1/v1")
    assert who_does_the_duties(same).startswith("Duties are done by m at http://127.0.0.1:1/v1, ")
    environment.setenv("ALL_PROXY", "nonsense://x")
    assert who_does_the_duties(settings()).startswith(
        "Duties are done by the rules, for gpt-5 and gpt-5-mini cannot be asked: ALL_PROXY is not "
    )
