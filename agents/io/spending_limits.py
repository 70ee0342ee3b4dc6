"""Limits: what the model path may spend on one duty, in one run and on one day, and what it has spent."""

from typing import Annotated

from pydantic import BaseModel, Field

WORDS = {
    "model_calls": "model calls",
    "tool_calls": "tool calls",
    "tokens": "tokens",
    "money": "of money",
    "seconds": "seconds",
}


class Spent(BaseModel):
    """What was spent."""

    model_calls: int = 0
    tool_calls: int = 0
    """Asked for by the model and not refused; what the rules ask costs no tokens and is not counted."""
    tokens: int = 0
    tokens_estimated: int = 0
    """So many of the tokens are our own estimate: the endpoint told nothing that can be believed."""
    tokens_cached: int = 0
    """So many of the tokens an endpoint says that it had kept from an earlier call; many charge less for those."""
    money: float = 0.0
    """In the currency of the prices."""
    seconds: float = 0.0
    """Waited for the model."""

    def __add__(self, other: "Spent") -> "Spent":
        return Spent.model_validate({name: getattr(self, name) + getattr(other, name) for name in Spent.model_fields})


Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Limits(BaseModel, extra="forbid"):
    """What may be spent; None: without a limit."""

    model_calls: Count | None = None
    tool_calls: Count | None = None
    tokens: Count | None = None
    money: Amount | None = None
    seconds: Amount | None = None

    def reached(self, spent: Spent) -> str:
        """Say which limit is reached, the first of them; empty where none is."""
        for name, words in WORDS.items():
            limit, so_far = getattr(self, name), getattr(spent, name)
            if limit is not None and so_far >= limit:
                return f"{so_far:.10g} {words} of {limit:.10g}"
        return ""

    def ends(self, spent: Spent) -> str:
        """Say which limit is reached that ends all asking; where it is that of tool calls, a report may still come."""
        return self.model_copy(update={"tool_calls": None}).reached(spent)

    def left_of(self, spent: Spent) -> tuple[int | None, str]:
        """How many tool calls may still be done, and by which limit; None: as many as one likes."""
        if reached := self.ends(spent):
            return 0, reached
        if self.tool_calls is None:
            return None, ""
        return max(0, self.tool_calls - spent.tool_calls), f"{self.tool_calls} tool calls of {self.tool_calls}"


class DutyLimits(Limits):
    """Of one duty."""

    model_calls: Count | None = 12
    tool_calls: Count | None = 40
    tokens: Count | None = 400_000
    seconds: Amount | None = 300


class RunLimits(Limits):
    """Of one run."""

    model_calls: Count | None = 600
    tokens: Count | None = 8_000_000


class DayLimits(Limits):
    """Of one process, from midnight to midnight UTC."""

    tokens: Count | None = 100_000_000


class Price(BaseModel, extra="forbid"):
    """Of one model, for a million tokens."""

    input: Amount
    output: Amount
    cached: Amount | None = None
    """Of tokens that the endpoint had kept from an earlier call; None: as any other."""

    def of(self, tokens_in: int, tokens_out: int, cached: int = 0) -> float:
        """What so many tokens cost; `cached` are among those in."""
        kept = cached * (self.input if self.cached is None else self.cached)
        return ((tokens_in - cached) * self.input + kept + tokens_out * self.output) / 1_000_000
