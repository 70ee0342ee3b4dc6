"""Whole incidents through a model on loopback: well, unsteady, and switched off in the middle. `make model` shows it.

The model answers as the book did. What it shows is not how clever a model is but that every duty goes through one,
and what happens to a run when the model does not answer as it should."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from pydantic import SecretStr

from agents.io.settings import Settings
from agents.llm.client import OpenAIChatModel
from evals.playing.play import PATIENCE, Played, play
from evals.scenarios.loading import load
from evals.scenarios.scenario import Scenario
from tests.faults import FAULTS
from tests.model_server import Reply, Request, refuses, serving
from tests.model_tape import Tape, Unsteady

LEVELS = {"P0": "first_light", "P1": "red_kite", "P2": "dry_well", "P3": "north_wind"}
SEED = 7
HURRIED = 1.0
"""Seconds: where calls hang, they are not waited for longer."""
Model = Callable[[Request], Reply]
Condition = Callable[[Model, int, str], Model]
"""A model, how many calls the run takes, and the run's name, to roll other dice for each."""


class Share(NamedTuple):
    """How one duty was done, over all plays of a condition."""

    duty: str
    done: int
    by_book: int


def as_it_is(model: Model, calls: int, name: str) -> Model:
    """A model that always answers."""
    return model


def unsteady(model: Model, calls: int, name: str) -> Model:
    """A model that fails in 30 % of its calls, in every way there is."""
    return Unsteady(model, [wrong.reply for wrong in FAULTS.values()], share=0.3, seed=f"{SEED} {name}")


def switched_off(model: Model, calls: int, name: str) -> Model:
    """A model that is gone after half of the calls that the run takes."""
    asked = Counter[str]()

    def answer(request: Request) -> Reply:
        asked["calls"] += 1
        return model(request) if asked["calls"] <= calls // 2 else refuses(503, "switched off")

    return answer


CONDITIONS: dict[str, Condition] = {"well": as_it_is, "30 % faults": unsteady, "switched off": switched_off}


def through(scenario: Scenario, answer: Model, patience: timedelta = PATIENCE, **settings: Any) -> Played:
    """Play a scenario with the model that answers so."""
    with serving(answer) as base_url:
        known = {"openai_api_key": SecretStr("none"), "openai_base_url": base_url}
        return play(scenario, model=OpenAIChatModel(Settings.model_validate({**known, **settings})), patience=patience)


def model_calls(played: Played) -> int:
    """How often the model was asked."""
    return sum(event.kind == "model_call" for event in played.events)


def shares(plays: list[Played]) -> Iterator[Share]:
    """The book's share of each duty."""
    done = Counter((e.duty, e.payload["by"]) for played in plays for e in played.events if e.kind == "duty_finished")
    for duty in sorted({duty for duty, _ in done}):
        book = done[duty, "book"]
        yield Share(duty, book + done[duty, "model"], book)


def faults(played: Played) -> Counter[str]:
    """What was wrong with the model's answers, by name."""
    said = (event.payload["fault"] for event in played.events if event.kind == "model_answer")
    return Counter(fault["kind"] for fault in said if fault)


def main() -> None:
    """Play every level under every condition and print a table."""
    wanted = dict.fromkeys(sys.argv[1:]) or LEVELS
    results: dict[str, list[Played]] = {condition: [] for condition in CONDITIONS}
    for level in wanted:
        scenario = load(LEVELS.get(level, level))
        by_the_book = play(scenario)
        calls = 0
        for condition, spoil in CONDITIONS.items():
            spoilt = spoil(Tape(by_the_book.events), calls, level)
            played = through(scenario, spoilt, model_seconds=HURRIED if spoil is unsteady else 60)
            calls = calls or model_calls(played)
            results[condition].append(played)
            print(_line(level, condition, played))
    print("\nThe book's share per duty:\n")
    print(f"{'duty':34}" + "".join(f"{condition:>20}" for condition in CONDITIONS))
    tables = [{share.duty: share for share in shares(plays)} for plays in results.values()]
    for duty in sorted({duty for table in tables for duty in table}):
        print(f"{duty:34}" + "".join(f"{_cell(table.get(duty)):>20}" for table in tables))


def _line(level: str, condition: str, played: Played) -> str:
    facts = played.facts
    by = ", ".join(f"{n} by {who}" for who, n in sorted(facts.duties_by.items()))
    spent = f"{facts.spent.model_calls} calls, {facts.tokens_in:,} tokens in, {facts.tokens_out:,} out"
    wrong = ", ".join(f"{kind} {n}" for kind, n in faults(played).most_common())
    return f"{level:4}{condition:14}{facts.status:8}{by}; {spent}{'; ' + wrong if wrong else ''}"


def _cell(share: Share | None) -> str:
    return "" if share is None else f"{share.by_book} of {share.done} {share.by_book / share.done:5.0%}"


if __name__ == "__main__":
    main()
