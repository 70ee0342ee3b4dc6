"""Settings: the environment, read once."""

from functools import lru_cache

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    model_calls_per_duty: int = 12
    revenue_limit: float | None = None
    """The amount X of ESC-5; unset: asked for in the run."""
    public_url: str = "http://127.0.0.1:8321"
    """Where people reach Warroom's pages; the questions it sends link there."""
    minute_seconds: float = Field(default=60, gt=0)
    """How many seconds a minute of the runbook lasts. 60 but in a lab."""

    @property
    def has_model(self) -> bool:
        return bool(self.openai_api_key or self.openai_base_url)


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
