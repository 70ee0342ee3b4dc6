"""Duties by model and by rules on every endpoint profile, under every condition. `make profiles` prints the table.

A well-behaved model answers. What it shows is whether our side speaks each endpoint's dialect: every duty that the
rules did was lost between an answer and us.
"""

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from pydantic import SecretStr

from agents.io.settings import Settings
from agents.llm.chat import WordListener
from agents.llm.client import ModelAnswer, ModelRequest, OpenAIChatModel
from evals.playing.play import Played, play
from evals.scenarios.loading import load
from tests.model_server import Reply, Request
from tests.profiles.answerer import Answerer, opened_by, preparing, tool_results
from tests.profiles.azure import AZURE
from tests.profiles.bedrock import BEDROCK
from tests.profiles.deepseek import DEEPSEEK
from tests.profiles.dialects import Model, Profile, serving_as
from tests.profiles.gemini import GEMINI
from tests.profiles.groq import GROQ
from tests.profiles.litellm import LITELLM
from tests.profiles.llama_cpp import LLAMA_CPP
from tests.profiles.mistral import MISTRAL
from tests.profiles.ollama import OLLAMA
from tests.profiles.openai import CHAT, RESPONSES, UNSET
from tests.profiles.sglang import SGLANG
from tests.profiles.vllm import VLLM

PROFILES = (
    *(UNSET, RESPONSES, CHAT, AZURE, OLLAMA, VLLM, LLAMA_CPP, SGLANG),
    *(LITELLM, GEMINI, DEEPSEEK, MISTRAL, GROQ, BEDROCK),
)
SCENARIO = "first_light"
LEAST = 0.95
"""The share of duties that a well-behaved model must get done."""
EVERY = 5
"""Of the requests, so many apart, one meets the limit or is cut off."""
LONG_ENOUGH = 2_000
"""Letters of tools' answers in a conversation that the endpoint finds too long the first time."""
Condition = Callable[[Profile, Model], Model]


def as_it_is(profile: Profile, model: Model) -> Model:
    """Nothing special."""
    return model


def overlong(profile: Profile, model: Model) -> Model:
    """A conversation with much in it is too long until it is shorter than it first was."""
    first: dict[str, int] = {}

    def answer(request: Request) -> Reply:
        size = tool_results(request)
        if size > LONG_ENOUGH and size > 0.75 * first.setdefault(opened_by(request["messages"]), size):
            return profile.overflow()
        return model(request)

    return answer


def limited(profile: Profile, model: Model) -> Model:
    """Every so many requests the endpoint is asked too often."""
    asked = Counter[str]()

    def answer(request: Request) -> Reply:
        asked["all"] += 1
        return profile.rate_limit() if asked["all"] % EVERY == 0 else model(request)

    return answer


def refusing(profile: Profile, model: Model) -> Model:
    """The endpoint does not know a parameter that the settings add."""

    def answer(request: Request) -> Reply:
        return profile.refuses_parameter() if "top_k" in request else model(request)

    return answer


def cut(profile: Profile, model: Model) -> Model:
    """Every so many answers end in their middle."""
    asked = Counter[str]()

    def answer(request: Request) -> Reply:
        asked["all"] += 1
        return model(request)._replace(cut=asked["all"] % EVERY == 0)

    return answer


class Way(NamedTuple):
    """A condition, whether it is streamed, and what the settings add to the request."""

    condition: Condition
    streamed: bool = False
    parameters: dict[str, Any] = {}


WAYS = {
    "plain": Way(as_it_is),
    "streamed": Way(as_it_is, streamed=True),
    "overflow": Way(overlong),
    "rate limit": Way(limited),
    "refused parameter": Way(refusing, parameters={"top_k": 5}),
    "cut off": Way(cut, streamed=True),
}


class Streamed(OpenAIChatModel):
    """A model that is always listened to."""

    async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer:
        return await super().answer(question, hear or (lambda _: None))


class Result(NamedTuple):
    """What came of a play."""

    by_model: int
    by_rules: int
    changes: list[str]
    lost: list[str]
    """Why duties were done by the rules."""
    duties: Counter[tuple[str, str]]

    @property
    def share(self) -> float:
        return self.by_model / max(1, self.by_model + self.by_rules)


def settings(profile: Profile, url: str, **parameters: Any) -> Settings:
    """The settings that the documentation names for a profile."""
    strong, quick = profile.models
    options = {**profile.options, **({"parameters": parameters} if parameters else {})}
    known = {"strong_model": strong, "quick_model": quick, "model_options": {"*": options}}
    return Settings.model_validate({"openai_api_key": SecretStr("key"), "openai_base_url": url, **known})


def played(profile: Profile, way: Way, scenario: str = SCENARIO) -> Result:
    """Play a scenario on a profile's endpoint."""
    answerer = Answerer()
    with preparing(answerer), serving_as(profile, way.condition(profile, answerer)) as (url, _):
        model = (Streamed if way.streamed else OpenAIChatModel)(settings(profile, url, **way.parameters))
        return _result(play(load(scenario), model=model))


def _result(run: Played) -> Result:
    asked = {event.key.partition("/model/")[0] for event in run.events if event.kind == "model_answer"}
    finished = [e for e in run.events if e.kind == "duty_finished" and e.key.removesuffix("/finished") in asked]
    done = Counter((event.duty, str(event.payload["by"])) for event in finished)
    answers = [e.payload["answer"] for e in run.events if e.kind == "model_answer" and e.payload["answer"]]
    changes = list(dict.fromkeys(change for answer in answers for change in answer["changes"]))
    lost = [str(e.payload["why"]) for e in run.events if e.kind == "degraded"]
    by = Counter[str]()
    for (_, who), times in done.items():
        by[who] += times
    return Result(by["model"], by["book"], changes, lost, done)


def _row(profile: Profile, ways: list[str], scenario: str, duties: Counter[tuple[str, str]]) -> bool:
    """Play and print one line; whether every condition left enough to the model."""
    print(f"{profile.name:22}", end="", flush=True)
    changes: dict[str, None] = {}
    shares: list[float] = []
    reasons: list[str] = []
    for way in ways:
        result = played(profile, WAYS[way], scenario)
        print(f"{f'{result.by_model} / {result.by_rules}':>19}", end="", flush=True)
        changes.update(dict.fromkeys(result.changes))
        shares.append(result.share)
        reasons += [f"{way}: {why}" for why in result.lost]
        duties.update(result.duties)
    print(f"   {'; '.join(changes)}")
    for why in list(dict.fromkeys(reasons))[:5] if min(shares) < LEAST else []:
        print(f"    {why[:300]}")
    return min(shares) >= LEAST


def main() -> int:
    """Print the table: a line for each profile that is named, or for all. 1 where a model got too little done."""
    named = sys.argv[1:]
    scenario = next((word.removeprefix("scenario=") for word in named if word.startswith("scenario=")), SCENARIO)
    ways = [way for way in WAYS if way in named] or list(WAYS)
    wanted = [profile for profile in PROFILES if profile.name in named] or list(PROFILES)
    print("Duties by model / by rules\n")
    print(f"{'':22}" + "".join(f"{way:>19}" for way in ways) + "   asked otherwise, as the endpoint wanted")
    duties = Counter[tuple[str, str]]()
    enough = [_row(profile, ways, scenario, duties) for profile in wanted]
    print(f"\n{'duty, all of these together':34}{'by model / by rules':>24}")
    for duty in sorted({duty for duty, _ in duties}):
        model, rules = duties[duty, "model"], duties[duty, "book"]
        print(f"{duty:34}{f'{model} / {rules}':>24}")
    return 0 if all(enough) else 1


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
