"""The GitHub issues driver, against a repository on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.github import GitHubIssues
from agents.tools.port import Unanswered
from tests.agents.tools.vendor import HANG_UP, Answer, Asked, on_loopback

KEY = "20260302-120000-abc123/main/s5_add_prevention_tasks#1/add_to_backlog.1"
TASK = {"title": "Alert sooner", "owner": "team-payments", "deadline": "2026-03-09", "why": "12 minutes were lost"}


class Repository:
    """Issues as GitHub's REST API documents them."""

    def __init__(self) -> None:
        self.issues: list[dict[str, Any]] = []
        self.lose_answers = 0

    def __call__(self, asked: Asked) -> Answer:
        assert asked.headers["x-github-api-version"] == "2022-11-28"
        if asked.headers.get("authorization") != "Bearer github_pat_1":
            return Answer(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})
        if asked.path != "/repos/shop/checkout/issues":
            return Answer(404, {"message": "Not Found"})
        if asked.method == "GET":
            assert asked.query["state"] == "all"
            return Answer(200, [one for one in self.issues if asked.query["labels"] in one["labels"]][::-1])
        number = len(self.issues) + 1
        made = {**asked.json, "number": number, "html_url": f"https://github.com/shop/checkout/issues/{number}"}
        self.issues.append(made)
        if self.lose_answers:
            self.lose_answers -= 1
            return HANG_UP
        return Answer(201, made)


@pytest.fixture
def repository() -> Repository:
    return Repository()


@pytest.fixture
def settings(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    monkeypatch.setenv("GITHUB_TOKEN", "github_pat_1")
    with on_loopback(repository) as url:
        yield {"token": "env:GITHUB_TOKEN", "repository": "shop/checkout", "url": url}


async def test_a_task_becomes_an_issue(settings: dict[str, Any], repository: Repository, clock: VirtualClock) -> None:
    driver = GitHubIssues({**settings, "assignees": {"team-payments": "ada"}}, clock)
    done = await driver.add_to_backlog(**TASK, idempotency_key=KEY)
    (issue,) = repository.issues
    assert done.reference == "https://github.com/shop/checkout/issues/1"
    assert (issue["title"], issue["labels"], issue["assignees"]) == ("Alert sooner", ["incident"], ["ada"])
    assert issue["body"].startswith("12 minutes were lost\n\nOwner: team-payments\nDeadline: 2026-03-09\n")


async def test_an_owner_without_a_login_is_nobody_s_assignee(
    settings: dict[str, Any], repository: Repository, clock: VirtualClock
) -> None:
    await GitHubIssues(settings, clock).add_to_backlog(**TASK, idempotency_key=KEY)
    assert "assignees" not in repository.issues[0]


async def test_an_issue_is_found_again_by_its_key(settings: dict[str, Any], clock: VirtualClock) -> None:
    driver = GitHubIssues(settings, clock)
    assert await driver.lookup(KEY) is None
    done = await driver.add_to_backlog(**TASK, idempotency_key=KEY)
    await driver.add_to_backlog(**TASK, idempotency_key=f"{KEY}2")
    assert await driver.lookup(KEY) == done
    assert await driver.lookup(f"{KEY}3") is None


async def test_an_issue_whose_answer_got_lost_is_opened_once(
    settings: dict[str, Any], repository: Repository, clock: VirtualClock
) -> None:
    repository.lose_answers = 1
    assert (await GitHubIssues(settings, clock).add_to_backlog(**TASK, idempotency_key=KEY)).done
    assert len(repository.issues) == 1


async def test_a_refusal_says_what_was_asked(
    settings: dict[str, Any], clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "wrong")
    with pytest.raises(Unanswered, match=r"asked POST .*/repos/shop/checkout/issues; answered: HTTP 401: .*Bad cred"):
        await GitHubIssues(settings, clock).add_to_backlog(**TASK, idempotency_key=KEY)
