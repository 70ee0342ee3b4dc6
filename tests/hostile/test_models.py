"""Bad models: a few of them here; `make hostile` plays every mode."""

import pytest

from tests.hostile.models import harm, through
from tests.hostile.modes import MODES

FEW = ("an ESC",)
MORE = ("unknown tools for ever", "600 calls in an answer", "arguments of another schema")
PRICES = {name: {"input": 1.0, "output": 10.0} for name in ("gpt-5", "gpt-5-mini")}
CENTS = {"model_prices": PRICES, "limits_per_run": {"money": 0.10}}


def test_there_are_enough_modes() -> None:
    assert len(MODES) >= 29
    assert {*FEW, *MORE} < set(MODES)


@pytest.mark.parametrize("mode", [*FEW, *(pytest.param(mode, marks=pytest.mark.long) for mode in MORE)])
def test_a_p0_through_a_bad_model_ends_and_nothing_is_done_that_nobody_saw(mode: str) -> None:
    outcome = through(mode)
    assert harm(outcome) == []
    assert outcome.facts.status == "closed"
    duties = sum(outcome.facts.duties_by.values())
    assert outcome.answers <= 3 * duties, "after two answers in vain the book takes over"
    assert outcome.facts.spent.tool_calls <= 40 * duties


@pytest.mark.long
@pytest.mark.parametrize("mode", ["no usage", "negative usage"])
def test_a_limit_of_money_holds_whatever_the_endpoint_says_that_it_took(mode: str) -> None:
    outcome = through(mode, **CENTS)
    assert harm(outcome) == []
    spent = outcome.facts.spent
    assert 0.10 <= spent.money < 0.2
    assert spent.tokens == spent.tokens_estimated > 0
    assert set(outcome.facts.duties_by) == {"book", "model"}
