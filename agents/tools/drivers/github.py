"""The GitHub drivers: deployments and how to roll back, the code and its changes, and the backlog as issues."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.redaction import beginning
from agents.io.web_address import WebAddress
from agents.readings.code import ChangeDiff, ChangeQuestion, SourceLines, SourceQuestion
from agents.readings.history import Deployment, DeploymentHistory, PipelineStatus
from agents.readings.production import ActionResult, Refusal
from agents.tools.github_code import GitHubCode
from agents.tools.http_client import HttpApi, look_again
from agents.tools.port import Unanswered

VERSION = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
STATES: dict[str, Literal["succeeded", "failed", "running"]] = {
    "success": "succeeded",
    "inactive": "succeeded",
    "failure": "failed",
    "error": "failed",
}
"""GitHub's state of a deployment -> ours; any other is under way. An inactive one ran, and was followed by another."""
EVERY = timedelta(seconds=5)
MOST = 30
"""Deployments that are looked at, newest first: each is a request of its own."""


class GitHubDeploymentsSettings(BaseModel, extra="forbid"):
    """A `driver: github_deployments` entry of the catalogue."""

    driver: str = "github_deployments"
    token: Credential
    """Fine-grained, with deployments: read; write for acting; actions: read for the pipeline; contents and pull
    requests: read for the code."""
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    environment: str = Field(default="production", min_length=1)
    branch: str = "main"
    """Whose workflow runs are the pipeline."""
    within_seconds: float = Field(default=600, gt=0)
    """How long a deployment may take that was asked for."""
    url: WebAddress = "https://api.github.com"
    seconds: float = 15


class GitHubDeployments:
    """Speaks GitHub's REST API. A deployment's `ref` is the version; its payload carries the key of our act."""

    also_answers = ("change_diff", "source_lines")
    """Ports that it answers where the catalogue names nothing else for them."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = GitHubDeploymentsSettings.model_validate(settings)
        self._clock = clock
        self._github = HttpApi(self._settings.url, clock, self._settings.seconds).with_headers(VERSION)
        self._github.with_credential("Bearer", self._settings.token)
        self._repository = f"/repos/{self._settings.repository}"
        self._code = GitHubCode(self._github, self._repository, self._settings.branch)

    async def deployment_history(self, service: str, hours: int = 24) -> DeploymentHistory:
        listed = await self._listed()
        since = self._clock.now() - timedelta(hours=hours)
        told = await self._told(service, listed)
        ran = [one for one in told if one.status == "succeeded"]
        return DeploymentHistory(
            service=service, running=ran[-1].version if ran else None, deployments=[d for d in told if d.at >= since]
        )

    async def pipeline_status(self, service: str) -> PipelineStatus:
        path = f"{self._repository}/actions/runs"
        runs = await self._github.get(path, branch=self._settings.branch, per_page=1)
        ran = [d for d in await self._told(service, await self._listed()) if d.status == "succeeded"]
        earlier = [d.version for d in ran if d.version != ran[-1].version]
        newest = next(iter(runs["workflow_runs"]), None)
        return PipelineStatus(
            service=service,
            status=_pipeline(newest),
            rollback_target=earlier[-1] if earlier else None,
            note=f"{newest['name']}: {newest['html_url']}" if newest else "no workflow has run",
        )

    async def change_diff(self, **asked: Any) -> ChangeDiff:
        return await self._code.change_diff(ChangeQuestion.model_validate(asked))

    async def source_lines(self, **asked: Any) -> SourceLines:
        return await self._code.source_lines(SourceQuestion.model_validate(asked))

    async def rollback(self, service: str, version: str, idempotency_key: str) -> ActionResult:
        return await self._act(service, version, "Roll back", idempotency_key)

    async def deploy(self, service: str, version: str, idempotency_key: str) -> ActionResult:
        return await self._act(service, version, "Deploy", idempotency_key)

    async def lookup(self, idempotency_key: str) -> ActionResult | None:
        """Find the deployment that carries a key, and wait for its end."""
        ours = [d for d in await self._listed() if _payload(d).get("warroom") == idempotency_key]
        return await self._outcome(ours[0]) if ours else None

    async def _act(self, service: str, version: str, what: str, key: str) -> ActionResult:
        return await look_again(self._deploy(service, version, what, key), self.lookup, key)

    async def _deploy(self, service: str, version: str, what: str, key: str) -> ActionResult:
        wanted: dict[str, Any] = {
            "ref": version,
            "environment": self._settings.environment,
            "description": f"{what} {service} to {version}, decided in run {key.partition('/')[0]}"[:140],
            "auto_merge": False,
            "required_contexts": [],
            "payload": {"warroom": key},
        }
        made = await self._github.ask("POST", f"{self._repository}/deployments", json=wanted)
        if "id" not in made:
            said = f"asked GitHub to deploy {version} of {service}; answered: {made.get('message', made)}"
            raise Unanswered(Refusal(error="failed", said=beginning(said, 2000)))
        return await self._outcome(made)

    async def _outcome(self, deployment: Mapping[str, Any]) -> ActionResult:
        """Wait until a deployment has succeeded or failed, no longer than it may take."""
        until = self._clock.now() + timedelta(seconds=self._settings.within_seconds)
        while True:
            status = await self._status(deployment)
            state = STATES.get(status.get("state", ""), "running")
            reference = status.get("log_url") or deployment["url"]
            if state != "running":
                said = f"deployment {deployment['id']} of {deployment['ref']} {state}: {status.get('description', '')}"
                return ActionResult(done=state == "succeeded", detail=said.rstrip(": "), reference=reference)
            if self._clock.now() >= until:
                said = f"deployment {deployment['id']} is {status.get('state', 'not begun')}, and its time is over"
                return ActionResult(done=False, detail=said, reference=reference)
            await self._clock.sleep(EVERY)

    async def _listed(self) -> list[dict[str, Any]]:
        """The newest deployments, newest first."""
        path = f"{self._repository}/deployments"
        return await self._github.get(path, environment=self._settings.environment, per_page=MOST)

    async def _told(self, service: str, listed: list[dict[str, Any]]) -> list[Deployment]:
        """The same, oldest first, each with how it ended and what ran before it."""
        statuses = await asyncio.gather(*(self._status(deployment) for deployment in listed))
        told: list[Deployment] = []
        previous: str | None = None
        for deployment, status in reversed(list(zip(listed, statuses, strict=True))):
            state = STATES.get(status.get("state", ""), "running")
            at, note = datetime.fromisoformat(deployment["created_at"]), deployment.get("description") or ""
            told.append(
                Deployment(
                    service=service, version=deployment["ref"], previous=previous, at=at, status=state, note=note
                )
            )
            previous = deployment["ref"] if state == "succeeded" else previous
        return told

    async def _status(self, deployment: Mapping[str, Any]) -> dict[str, Any]:
        path = f"{self._repository}/deployments/{deployment['id']}/statuses"
        newest = await self._github.get(path, per_page=1)
        return newest[0] if newest else {}


def _payload(deployment: Mapping[str, Any]) -> dict[str, Any]:
    payload: Any = deployment.get("payload")
    return {} if isinstance(payload, str) else payload or {}  # GitHub gives text back where text was sent


def _pipeline(run: Mapping[str, Any] | None) -> Literal["passing", "failing", "running", "unknown"]:
    if run is None:
        return "unknown"
    if run["status"] != "completed":
        return "running"
    return {"success": "passing", "failure": "failing", "timed_out": "failing"}.get(run["conclusion"] or "", "unknown")  # type: ignore[return-value]


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
            "body": f"{why}\n\nOwner: {owner}\nDeadline: {deadline}\n\n{_issue_marker(idempotency_key)}",
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
        marked = _issue_marker(idempotency_key)
        return next((_opened(issue) for issue in newest if marked in (issue.get("body") or "")), None)

    async def _open(self, issue: dict[str, Any]) -> ActionResult:
        return _opened(await self._github.ask("POST", self._issues, json=issue))


def _issue_marker(key: str) -> str:
    return f"<!-- warroom {hashlib.sha256(key.encode()).hexdigest()[:32]} -->"


def _opened(issue: Mapping[str, Any]) -> ActionResult:
    return ActionResult(done=True, detail=f"issue #{issue['number']}", reference=issue["html_url"])
