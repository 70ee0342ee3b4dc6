"""Settings: the environment, read once."""

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agents.io.spending_limits import DayLimits, DutyLimits, Price, RunLimits


class Settings(BaseSettings):
    """What can be set from outside. WARROOM_* unless named otherwise."""

    model_config = SettingsConfigDict(env_prefix="WARROOM_", extra="ignore", populate_by_name=True)

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    strong_model: str = "gpt-5"
    """For the duties that weigh evidence."""
    quick_model: str = "gpt-5-mini"
    """For the duties that put known facts into words."""
    model_seconds: float = 60
    """How long one model call may take."""
    model_prices: dict[str, Price] = {}
    """Model name -> what a million tokens cost, in one currency. A model without a price counts as free."""
    limits_per_duty: DutyLimits = DutyLimits()
    limits_per_run: RunLimits = RunLimits()
    limits_per_day: DayLimits = DayLimits()
    """For the model path. Where one is reached the duty is done by the book."""
    revenue_limit: float | None = None
    """The amount X of ESC-5; unset: asked for in the run."""
    public_url: str = "http://127.0.0.1:8321"
    """Where people reach Warroom's pages; the questions it sends link there."""
    senders: Path | None = None
    """The file that names alert senders: their secrets, and how shapes of their own are read."""
    patrol_minutes: float | None = Field(default=None, gt=0)
    """How often the golden signals of every service are looked at; unset: only alerts start runs."""
    storm_from: int = Field(default=50, gt=0)
    """More incidents than these within a minute are a storm: they wait in a queue under one parent."""
    investigations_at_once: int = Field(default=3, gt=0)
    """Of a storm's incidents."""
    hosts: str = ""
    """By which other names it may be asked for, between commas. Addresses and `public_url` need not be named."""
    connections_per_address: int = Field(default=200, gt=0)
    """Open at once; more where a proxy on another machine stands for everybody."""
    key: SecretStr | None = None
    """The key that the terminal shows to a server."""
    log: Literal["text", "json"] = "text"
    """How the server's log is written."""
    log_level: Literal["info", "warning", "error"] = "warning"
    """info: also a line for every request."""
    minute_seconds: float = Field(default=60, gt=0)
    """How many seconds a minute of the runbook lasts. 60 but in a lab."""

    @model_validator(mode="after")
    def money_needs_prices(self) -> "Settings":
        """A limit of money that nothing counts against would be none."""
        limits = (self.limits_per_duty, self.limits_per_run, self.limits_per_day)
        missing = {self.strong_model, self.quick_model} - set(self.model_prices)
        if missing and any(limit.money is not None for limit in limits):
            raise ValueError(f"a limit of money needs WARROOM_MODEL_PRICES for {', '.join(sorted(missing))}")
        return self

    def model_named(self, strength: str) -> str:
        """The name that the endpoint knows a strength by."""
        return self.strong_model if strength == "strong" else self.quick_model

    keep_days: float | None = Field(default=None, gt=0)
    """After so many days closed runs are forgotten; unset: never."""

    @property
    def has_model(self) -> bool:
        return bool(self.openai_api_key or self.openai_base_url)


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()


HARMLESS = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
"""What a child process is told of the environment without being named: where things are, and how to write."""


def variable(name: str) -> str | None:
    """One variable of the environment by its name: the catalogue refers to secrets that way."""
    return os.environ.get(name)


def childs_environment(also: Iterable[str] = ()) -> dict[str, str]:
    """The environment of a child process: nothing secret, but what is named."""
    return {name: value for name in (*HARMLESS, *also) if (value := variable(name)) is not None}


@lru_cache
def known_secrets() -> tuple[str, ...]:
    """Values of the environment whose names say that they are secret, the longest first."""
    named = re.compile(r"(?i)(key|token|secret|password|passwd|credential)s?$")
    found = {value for name, value in os.environ.items() if named.search(name) and len(value) >= SHORTEST_SECRET}
    return tuple(sorted(found, key=len, reverse=True))


SHORTEST_SECRET = 12
"""Of a value that is searched for everywhere; a shorter one would be found where it is none."""
