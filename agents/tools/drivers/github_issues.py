"""The GitHub issues driver: the backlog as issues of a repository."""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.web_address import WebAddress
from agents.readings.outcomes import ActionResult
from agents.tools.http_client import HttpApi, look_again

VERSION = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class GitHubIssuesSettings(BaseModel, extra="forbid"):
    """A `driver: github_issues` entry of the catalogue."""

    driver: str = "github_issues"
    token: Credential
    """Fine-grained, with issues: write."""
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    label: str = Field(default="incident", min_length=1)
    """Every issue of ours has it; they are looked for under it."""
    assignees: dict[str, str] = {}
    """Owner -> login."""
    url: WebAddress = "https://api.github.com"
    seconds: float = 15


class GitHubIssues:
    """Speaks GitHub's REST API. Each issue carries the key of its act in a comment that nobody sees."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = GitHubIssuesSettings.model_validate(settings)
        self._github = HttpApi(self._settings.url, clock, self._settings.seconds).with_headers(VERSION)
        self._github.with_credential("Bearer", self._settings.token)
        self._issues = f"/repos/{self._settings.repository}/issues"

    async def add_to_backlog(
        self, title: str, owner: str, deadline: str, why: str, idempotency_key: str
    ) -> ActionResult:
        issue: dict[str, Any] = {
            "title": title[:250],
            "body": f"{why}\n\nOwner: {owner}\nDeadline: {deadline}\n\n{_marker(idempotency_key)}",
            "labels": [self._settings.label],
        }
        if owner in self._settings.assignees:
            issue["assignees"] = [self._settings.assignees[owner]]
        return await look_again(self._open(issue), self.lookup, idempotency_key)

    async def lookup(self, idempotency_key: str) -> ActionResult | None:
        """Find the issue that carries a key among the newest hundred of ours, open or closed."""
        newest = await self._github.get(
            self._issues, labels=self._settings.label, state="all", sort="created", direction="desc", per_page=100
        )
        marked = _marker(idempotency_key)
        return next((_opened(issue) for issue in newest if marked in (issue.get("body") or "")), None)

    async def _open(self, issue: dict[str, Any]) -> ActionResult:
        return _opened(await self._github.ask("POST", self._issues, json=issue))


def _marker(key: str) -> str:
    return f"<!-- warroom {hashlib.sha256(key.encode()).hexdigest()[:32]} -->"


def _opened(issue: Mapping[str, Any]) -> ActionResult:
    return ActionResult(done=True, detail=f"issue #{issue['number']}", reference=issue["html_url"])
