"""The same duties through ChatOpenAI and our own tool loop, against a server on loopback."""

from collections import Counter

import pytest
from pydantic import SecretStr

from agents.model import OpenAIModel
from agents.settings import Settings
from evals.play import Played, play
from evals.scenarios import load
from tests.model_server import Reply, Tape, calls, completion, serving


def model_at(base_url: str) -> OpenAIModel:
    return OpenAIModel(Settings(openai_api_key=SecretStr("none"), openai_base_url=base_url))


@pytest.fixture(scope="module")
def by_the_book() -> Played:
    return play(load("first_light"))


def test_a_p0_plays_with_every_duty_done_by_the_model(by_the_book: Played) -> None:
    with serving(Tape(by_the_book.events)) as base_url:
        played = play(load("first_light"), model=model_at(base_url))
    done = Counter((event.payload["by"]) for event in played.events if event.kind == "duty_finished")
    assert done["book"] == 0, [event.payload for event in played.events if event.kind == "degraded"]
    assert played.facts.status == "closed"
    assert played.facts.conclusion is not None
    assert by_the_book.facts.conclusion is not None
    assert played.facts.conclusion.cause == by_the_book.facts.conclusion.cause
    rows = {row for event in played.events for row in event.rows}
    assert rows == {row for event in by_the_book.events for row in event.rows}
    assert played.facts.tokens_in > 0


def test_with_the_model_down_the_whole_run_goes_by_the_book(by_the_book: Played) -> None:
    with serving(lambda _: Reply(503, {"error": {"message": "overloaded"}})) as base_url:
        played = play(load("first_light"), model=model_at(base_url))
    assert played.facts.status == "closed"
    assert played.facts.duties_by == {"book": sum(by_the_book.facts.duties_by.values())}
    assert played.facts.degraded == played.facts.duties_by["book"]


@pytest.mark.parametrize(
    "reply",
    [
        calls(("hand_in", {"nonsense": True})),
        calls(("no_such_tool", {})),
        completion({"role": "assistant", "content": "I would rather talk about the weather."}),
        completion({"role": "assistant", "content": None}),
    ],
    ids=["invalid report", "unknown tool", "only words", "nothing"],
)
def test_a_model_that_hands_in_nothing_usable_is_replaced_by_the_book(reply: Reply) -> None:
    with serving(lambda _: reply) as base_url:
        played = play(load("north_wind"), model=model_at(base_url))
    assert played.facts.status == "closed"
    assert set(played.facts.duties_by) == {"book"}
