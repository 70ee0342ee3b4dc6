"""A dialect: how a model wants to be asked, by its settings and by what its endpoint itself asked to change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents.io.model_options import Api, ModelOptions, ToolChoice

LIMIT_NAMES = ("max_completion_tokens", "max_tokens")
"""What the longest answer is called: by OpenAI now, and as it was called before and is by many others."""
ON_RESPONSES: dict[str, Any] = {"store": False, "include": ["reasoning.encrypted_content"]}
"""Nothing is kept at the endpoint: what the model thought comes to us, encrypted, and is sent back with the rest."""
SENT_BACK = ("reasoning_content", "reasoning_details", "thinking_blocks", "provider_specific_fields", "extra_content")
"""Fields of a model's message, beside words and calls, that endpoints demand back with the conversation."""
CACHE_KEY = "prompt_cache_key"
OUTPUT_ITEMS = "output_items"
"""Where a message keeps what the Responses API demands back: the items of its output, in their order."""


@dataclass(frozen=True)
class Dialect:
    """How a model is asked."""

    api: Api = "chat"
    reasoning_effort: str = ""
    output_limit: int | None = None
    limit_name: str = LIMIT_NAMES[0]
    tool_choice: ToolChoice | None = "required"
    """None: nothing is said of it."""
    streams: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    left_out: frozenset[str] = frozenset()
    """Parameters, and fields of messages, that are not sent."""
    cache_key: bool = False
    """Whether it is told which calls belong together."""
    changes: tuple[str, ...] = ()
    """What the endpoint asked to change, in words."""

    @classmethod
    def of(cls, options: ModelOptions) -> "Dialect":
        """How a model is asked before its endpoint has said anything."""
        return cls(
            api=options.api or "chat",
            reasoning_effort=options.reasoning_effort or "",
            output_limit=options.output_limit,
            tool_choice=options.tool_choice or "required",
            parameters=options.parameters,
            cache_key=bool(options.cache_key),
        )

    @property
    def takes_cache_key(self) -> bool:
        """Whether calls are sent with the key under which an endpoint keeps what they have in common."""
        return self.cache_key and CACHE_KEY not in self.left_out

    def without(self, name: str) -> bool:
        """Whether something is not sent."""
        return name in self.left_out

    def but(self, why: str, **changes: Any) -> "Dialect":
        """The same with a change, and what it is in words."""
        return replace(self, changes=(*self.changes, why), **changes)

    def shaped(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """A request's parameters as this model takes them."""
        shaped = {self.limit_name if name == LIMIT_NAMES[0] else name: value for name, value in payload.items()}
        if self.api == "responses":  # where a schema is strict unless it says that it is not
            shaped["tools"] = [{**tool, "strict": False} for tool in payload.get("tools", [])]
        return {name: value for name, value in shaped.items() if name not in self.left_out}
