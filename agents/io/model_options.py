"""Model options: how one model is asked, beyond its name: what its endpoint needs and what its users want."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Api = Literal["chat", "responses"]
ToolChoice = Literal["required", "auto"]
ALL_MODELS = "*"
"""The name under which stands what holds for every model; what is set for one model by its name counts before it."""
OURS = frozenset({"messages", "input", "model", "stream", "tools", "tool_choice"})
"""Parameters that are not free to be set: the conversation itself."""
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$", max_length=8000)]


class ModelOptions(BaseModel):
    """How a model is asked. What is left out is up to the endpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api: Api | None = None
    """chat: OpenAI's chat completions; responses: its Responses API. Unset: chat, unless the endpoint asks for more."""
    reasoning_effort: str | None = Field(default=None, min_length=1, max_length=50)
    """Such as none, minimal, low, medium or high: which of them a model knows, its endpoint says."""
    output_limit: int | None = Field(default=None, gt=0, le=10_000_000)
    """Tokens that one answer may have, what the model thinks before it included."""
    tool_choice: ToolChoice | None = None
    """required: every answer calls a tool; auto: it may also be words alone. Unset: required, if the endpoint can."""
    cache_key: bool | None = None
    """Whether calls of one run carry a common `prompt_cache_key`. Unset: at OpenAI itself."""
    parameters: dict[str, Any] = {}
    """Further parameters of the request's body, such as {"temperature": 0.2}."""
    headers: dict[HeaderName, HeaderValue] = {}
    """Further headers. A secret stands elsewhere and is named: env:AZURE_KEY, or file:/run/secrets/key."""
    query: dict[str, str] = {}
    """Further parameters of the address, such as {"api-version": "2025-04-01-preview"}."""

    @field_validator("parameters")
    @classmethod
    def leave_the_conversation_alone(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """What Warroom itself sends is not set here."""
        if taken := sorted(OURS & parameters.keys()):
            raise ValueError(f"{', '.join(taken)}: Warroom sets this itself")
        return parameters


def options_for(name: str, options: Mapping[str, ModelOptions]) -> ModelOptions:
    """The options of one model: its own, and where they are silent those of all models."""
    general, own = options.get(ALL_MODELS, ModelOptions()), options.get(name, ModelOptions())
    return general.model_copy(update={field: getattr(own, field) for field in own.model_fields_set})
