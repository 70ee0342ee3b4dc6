"""The GitHub deployments driver, against a repository on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.github import GitHubDeployments
from agents.tools.port import Unanswered
from tests.agents.tools.vendor import HANG_UP, Answer, Asked, on_loopback

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = "20260302-120000-abc123/main/s3_recent_deployment_roll_back_carry_out#1/rollback.1"
AT = "/repos/shop/checkout"


class Repository:
    """Deployments, their statuses and workflow runs, newest first, as GitHub's REST API documents them."""

    def __init__(self) -> None:
        self.deployments: list[dict[str, Any]] = []
        self.statuses: dict[int, list[str]] = {}
        self.runs: list[dict[str, Any]] = []
        self.endings: list[str] = ["queued", "in_progress", "success"]
        """What a deployment that was asked for is, each time somebody looks."""
        self.lose_answers = 0
        self.merges = False

    def had(self, ref: str, hours_ago: float, *states: str) -> None:
        number = len(self.deployments) + 1
        at = f"{NOON - timedelta(hours=hours_ago):%Y-%m-%dT%H:%M:%SZ}"
        self.deployments.insert(0, self._made(number, {"ref": ref, "payload": "", "description": ""}, at))
        self.statuses[number] = list(states)

    def _made(self, number: int, said: dict[str, Any], at: str) -> dict[str, Any]:
        return {**said, "id": number, "created_at": at, "url": f"https://api.github.com{AT}/deployments/{number}"}

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Bearer github_pat_1":
            return Answer(401, {"message": "Bad credentials"})
        if asked.path == f"{AT}/actions/runs":
            return Answer(200, {"total_count": len(self.runs), "workflow_runs": self.runs})
        if asked.path == f"{AT}/deployments":
            return self._deploy(asked.json) if asked.method == "POST" else self._list(asked.query)
        number = int(asked.path.removeprefix(f"{AT}/deployments/").removesuffix("/statuses"))
        states = self.statuses[number]
        state = states.pop(0) if len(states) > 1 else next(iter(states), None)
        told = [{"state": state, "description": f"it is {state}", "log_url": f"https://ci/{number}"}]
        return Answer(200, told if state else [])

    def _list(self, query: dict[str, str]) -> Answer:
        shown = [one for one in self.deployments if one.get("environment", "production") == query["environment"]]
        return Answer(200, shown[: int(query["per_page"])])

    def _deploy(self, said: dict[str, Any]) -> Answer:
        if self.merges:
            return Answer(202, {"message": "Auto-merged main into v1 on deployment."})
        if said["ref"] == "v0":
            return Answer(422, {"message": "No ref found for: v0"})
        number = len(self.deployments) + 1
        self.deployments.insert(0, self._made(number, said, "2026-03-02T12:00:00Z"))
        self.statuses[number] = list(self.endings)
        if self.lose_answers:
            self.lose_answers -= 1
            return HANG_UP
        return Answer(201, self.deployments[0])


@pytest.fixture
def repository() -> Repository:
    repository = Repository()
    repository.had("v1", 30, "inactive")
    repository.had("v2", 5, "inactive")
    repository.had("v3", 2, "failure")
    repository.had("v4", 1, "success")
    return repository


@pytest.fixture
def driver(repository: Repository, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubDeployments]:
    monkeypatch.setenv("GITHUB_TOKEN", "github_pat_1")
    with on_loopback(repository) as url:
        entry = {"token": "env:GITHUB_TOKEN", "repository": "shop/checkout", "url": url, "within_seconds": 60}
        yield GitHubDeployments(entry, clock)


async def test_the_history_is_told_oldest_first_with_what_ran_before(driver: GitHubDeployments) -> None:
    history = await driver.deployment_history("checkout", hours=24)
    told = [(d.version, d.previous, d.status) for d in history.deployments]
    assert told == [("v2", "v1", "succeeded"), ("v3", "v2", "failed"), ("v4", "v2", "succeeded")]
    assert history.running == "v4"
    assert history.deployments[-1].at == NOON - timedelta(hours=1)


async def test_a_deployment_under_way_is_not_what_runs(driver: GitHubDeployments, repository: Repository) -> None:
    repository.had("v5", 0, "in_progress")
    history = await driver.deployment_history("checkout")
    assert history.running == "v4"
    assert history.deployments[-1].status == "running"


async def test_nothing_deployed_is_an_empty_history(driver: GitHubDeployments, repository: Repository) -> None:
    repository.deployments.clear()
    history = await driver.deployment_history("checkout")
    assert (history.running, history.deployments) == (None, [])


@pytest.mark.parametrize(
    ("status", "conclusion", "told"),
    [
        ("completed", "success", "passing"),
        ("completed", "timed_out", "failing"),
        ("in_progress", None, "running"),
        ("completed", "cancelled", "unknown"),
    ],
)
async def test_the_pipeline_says_how_it_is_and_where_a_rollback_would_go(
    driver: GitHubDeployments, repository: Repository, status: str, conclusion: str | None, told: str
) -> None:
    repository.runs = [{"name": "CI", "status": status, "conclusion": conclusion, "html_url": "https://ci/1"}]
    pipeline = await driver.pipeline_status("checkout")
    assert (pipeline.status, pipeline.rollback_target) == (told, "v2")


async def test_without_runs_and_deployments_nothing_is_claimed(
    driver: GitHubDeployments, repository: Repository
) -> None:
    repository.deployments.clear()
    pipeline = await driver.pipeline_status("checkout")
    assert (pipeline.status, pipeline.rollback_target) == ("unknown", None)


def test_a_rollback_is_a_deployment_and_is_waited_for(
    driver: GitHubDeployments, repository: Repository, clock: VirtualClock
) -> None:
    done = clock.run(lambda: driver.rollback("checkout", "v2", idempotency_key=KEY))
    made = repository.deployments[0]
    assert (done.done, done.reference) == (True, "https://ci/5")
    assert (made["ref"], made["environment"], made["auto_merge"]) == ("v2", "production", False)
    assert made["payload"] == {"warroom": KEY}
    assert clock.now() - NOON == timedelta(seconds=10)


def test_a_deployment_that_fails_is_not_done(
    driver: GitHubDeployments, repository: Repository, clock: VirtualClock
) -> None:
    repository.endings = ["in_progress", "failure"]
    done = clock.run(lambda: driver.deploy("checkout", "v5", idempotency_key=KEY))
    assert (done.done, done.detail) == (False, "deployment 5 of v5 failed: it is failure")


def test_a_deployment_that_does_not_end_is_not_called_done(
    driver: GitHubDeployments, repository: Repository, clock: VirtualClock
) -> None:
    repository.endings = ["in_progress"]
    done = clock.run(lambda: driver.deploy("checkout", "v5", idempotency_key=KEY))
    assert (done.done, done.detail) == (False, "deployment 5 is in_progress, and its time is over")
    assert clock.now() - NOON == timedelta(seconds=60)


def test_a_deployment_is_found_again_by_its_key(
    driver: GitHubDeployments, repository: Repository, clock: VirtualClock
) -> None:
    repository.lose_answers = 1

    async def story() -> None:
        assert await driver.lookup(KEY) is None
        done = await driver.rollback("checkout", "v2", idempotency_key=KEY)
        assert done.done
        assert await driver.lookup(KEY) == done

    clock.run(story)
    assert len(repository.deployments) == 5


async def test_a_version_that_is_not_there_is_a_failure(driver: GitHubDeployments) -> None:
    with pytest.raises(Unanswered, match=r"asked POST .*/deployments; answered: HTTP 422: .*No ref found for: v0"):
        await driver.rollback("checkout", "v0", idempotency_key=KEY)


async def test_an_answer_without_a_deployment_is_a_failure(driver: GitHubDeployments, repository: Repository) -> None:
    repository.merges = True
    with pytest.raises(Unanswered, match="Auto-merged main"):
        await driver.rollback("checkout", "v2", idempotency_key=KEY)
