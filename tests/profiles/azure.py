"""Azure OpenAI: a deployment in the path, the key in a header of its own, the version of the API in the address."""

from dataclasses import dataclass, field
from typing import Any

from tests.model_server import Reply, chunks
from tests.profiles.dialects import Asked, Profile, refusal

VERSION = "2025-04-01-preview"


@dataclass(frozen=True)
class Azure(Profile):
    """Answers to its own address, version and header only."""

    base: str = "/openai/deployments/operations"
    options: dict[str, Any] = field(
        default_factory=lambda: {"api": "chat", "headers": {"api-key": "azure-key"}, "query": {"api-version": VERSION}}
    )

    def refuses(self, asked: Asked) -> Reply | None:
        if asked.headers.get("api-key") != "azure-key":
            return Reply(401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}})
        if asked.query.get("api-version") != VERSION or asked.path != f"{self.base}/chat/completions":
            return Reply(404, {"error": {"code": "404", "message": "Resource not found"}})
        return None

    def rate_limit(self) -> Reply:
        said = "Requests to the ChatCompletions_Create Operation have exceeded the token rate limit of your tier."
        return refusal(429, f"{said} Please retry after 1 second.", "429")._replace(headers={"Retry-After": "1"})

    def pieces(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The first piece tells of the filter for the prompt, and has no choices."""
        filtered: dict[str, Any] = {"prompt_index": 0, "content_filter_results": {}}
        first: dict[str, Any] = {
            "id": "",
            "object": "",
            "created": 0,
            "model": "",
            "choices": [],
            "prompt_filter_results": [filtered],
        }
        return [first, *chunks(body)]


AZURE = Azure("Azure OpenAI")
