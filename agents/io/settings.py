"""Settings: the environment, read once."""

import os
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from agents.io.model_options import ModelOptions, options_for
from agents.io.outside_text import sanitize
from agents.io.spending_limits import DayLimits, DutyLimits, Price, RunLimits
from agents.io.web_address import WebAddress
from prompts.notation import strict_json


class WrongSetting(ValueError):
    """A variable of the environment cannot be used as a setting: its name, and what was expected."""


class _Environment(EnvSettingsSource):
    """Reads what is written as JSON strictly: nothing may stand twice in it."""

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        return strict_json(value)


Key = Annotated[SecretStr, AfterValidator(lambda key: SecretStr(key.get_secret_value().strip()))]
"""Files and commands that hold a key often end it with a line break, which is not part of it."""


class Settings(BaseSettings):
    """What can be set from outside. WARROOM_* unless named otherwise; an empty variable sets nothing."""

    model_config = SettingsConfigDict(
        env_prefix="WARROOM_", env_ignore_empty=True, extra="ignore", populate_by_name=True, allow_inf_nan=False
    )

    openai_api_key: Key | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: WebAddress | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    strong_model: str = "gpt-5"
    """For the duties that weigh evidence."""
    quick_model: str = "gpt-5-mini"
    """For the duties that put known facts into words."""
    model_seconds: float = Field(default=60, gt=0, le=86_400)
    """How long one model call may take."""
    model_options: dict[str, ModelOptions] = {}
    """Model name -> how it is asked; * stands for all models."""
    model_prices: dict[str, Price] = {}
    """Model name -> what a million tokens cost, in one currency. A model without a price counts as free."""
    limits_per_duty: DutyLimits = DutyLimits()
    limits_per_run: RunLimits = RunLimits()
    limits_per_day: DayLimits = DayLimits()
    """For the model path. Where one is reached the duty is done by the rules."""
    revenue_limit: float | None = Field(default=None, ge=0)
    """The amount X of ESC-5; unset: asked for in the run."""
    public_url: WebAddress = "http://127.0.0.1:8321"
    """Where people reach Warroom's pages; the questions it sends link there."""
    senders: Path | None = None
    """The file that names alert senders: their secrets, and how shapes of their own are read."""
    patrol_minutes: float | None = Field(default=None, ge=0.01, le=525_600)
    """How often the golden signals of every service are looked at; unset: only alerts start runs."""
    storm_from: int = Field(default=50, gt=0, le=1_000_000)
    """More incidents than these within a minute are a storm: they wait in a queue under one parent."""
    investigations_at_once: int = Field(default=3, gt=0, le=10_000)
    """Of a storm's incidents."""
    hosts: str = ""
    """By which other names it may be asked for, between commas. Addresses and `public_url` need not be named."""
    connections_per_address: int = Field(default=200, gt=0)
    """Open at once; more where a proxy on another machine stands for everybody."""
    database_url: SecretStr | None = Field(default=None, validation_alias="WARROOM_DATABASE")
    """The address of a PostgreSQL database; unset: everything is kept in the data directory, by one process."""
    key: SecretStr | None = None
    """The key that the terminal shows to a server."""
    log: Literal["text", "json"] = "text"
    """How the server's log is written."""
    log_level: Literal["info", "warning", "error"] = "warning"
    """info: also a line for every request."""
    keep_days: float | None = Field(default=None, gt=0, le=36_500)
    """After so many days closed runs are forgotten; unset: never."""
    minute_seconds: float = Field(default=60, ge=0.001, le=86_400)
    """How many seconds a minute of the runbook lasts. 60 but in a lab."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _Environment(settings_cls)

    @field_validator("database_url")
    @classmethod
    def is_postgres(cls, address: SecretStr | None) -> SecretStr | None:
        """Nothing else is spoken to."""
        if address and not address.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("expected postgresql://USER:PASSWORD@HOST/DATABASE")
        return address

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

    def options_of(self, name: str) -> ModelOptions:
        """How the model of this name is asked."""
        return options_for(name, self.model_options)

    @property
    def has_model(self) -> bool:
        return bool(self.api_key or self.openai_base_url)

    @property
    def api_key(self) -> str:
        """The key of the model's endpoint; empty where there is none."""
        return self.openai_api_key.get_secret_value() if self.openai_api_key else ""


def read(**given: Any) -> Settings:
    """Read the environment; what is given counts before it. Raises WrongSetting."""
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = [(_variable(fault["loc"]), fault["msg"].removeprefix("Value error, ")) for fault in error.errors()]
        raise WrongSetting(_line("; ".join(f"{variable}{said}" for variable, said in faults))) from error
    except SettingsError as error:
        field = re.findall(r'"(\w+)"', str(error))[:1]
        raise WrongSetting(_line(f"{_variable(field)}expected JSON ({error.__cause__})")) from error


@lru_cache
def settings() -> Settings:
    """The settings of this process. Raises WrongSetting."""
    return read()


def _line(said: str) -> str:
    return " ".join(said.split())


def _variable(place: Sequence[str | int]) -> str:
    """The variable that a field is read from, and the place in what it says; empty where it is about several."""
    if not place:
        return ""
    field, *inside = place
    known = Settings.model_fields.get(str(field))
    name = known.validation_alias if known and known.validation_alias else field
    variable = str(name) if str(name).isupper() else f"WARROOM_{name}".upper()
    return "".join(f"{part}: " for part in (variable, ".".join(map(str, inside))) if part)


HARMLESS = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
"""What a child process is told of the environment without being named: where things are, and how to write."""


def variable(name: str) -> str | None:
    """One variable of the environment by its name: the catalogue refers to secrets that way."""
    return os.environ.get(name)


def proxy_for(url: str) -> tuple[str, str] | None:
    """The proxy that the environment names for an address, as the variable and what it says; None: none is named."""
    from urllib.request import getproxies, proxy_bypass  # takes its time, and few commands call anybody

    parts, proxies = urlsplit(url), getproxies()
    host = parts.hostname or ""
    if proxy_bypass(host if ":" in host else parts.netloc.rpartition("@")[2]):
        return None
    named = next((kind for kind in (parts.scheme, "all") if proxies.get(kind)), None)
    return (f"{named.upper()}_PROXY", proxies[named]) if named else None


def childs_environment(also: Iterable[str] = ()) -> dict[str, str]:
    """The environment of a child process: nothing secret, but what is named."""
    return {name: value for name in (*HARMLESS, *also) if (value := variable(name)) is not None}


@lru_cache
def known_secrets() -> tuple[str, ...]:
    """Values of the environment whose names say that they are secret, the longest first."""
    named = re.compile(r"(?i)(key|token|secret|password|passwd|credential)s?$")
    values = (sanitize(value).strip() for name, value in os.environ.items() if named.search(name))
    found = {value for value in values if len(value) >= SHORTEST_SECRET}
    return tuple(sorted(found, key=len, reverse=True))


SHORTEST_SECRET = 12
"""Of a value that is searched for everywhere; a shorter one would be found where it is none."""
