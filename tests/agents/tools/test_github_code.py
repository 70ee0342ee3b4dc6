"""Code by GitHub's API: diffs of commits, pull requests and comparisons, and the lines to which an error points."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.readings.code import ChangeQuestion, SourceQuestion
from agents.tools.drivers.github import GitHubDeployments
from agents.tools.github_code import MOST_FILES, MOST_OF_ALL
from agents.tools.port import Unanswered
from tests.agents.tools.vendor import Answer, Asked, on_loopback

AT = "/repos/shop/checkout"
SOURCE = "\n".join(f"line {number}" for number in range(1, 101))


def commit(sha: str, message: str) -> dict[str, Any]:
    author = {"name": "ada", "date": "2026-03-02T11:40:00Z"}
    return {"sha": sha, "commit": {"message": message, "author": author}}


def file(name: str, changes: int = 2, patch: str | None = "@@ -1 +1 @@\n-a\n+b", **more: Any) -> dict[str, Any]:
    counts = {"additions": changes - 1, "deletions": 1, "changes": changes}
    return {"filename": name, "status": "modified", **counts, **({"patch": patch} if patch else {}), **more}


class Repository:
    """Commits, comparisons, a pull request, a tree and its files, as GitHub's REST API documents them."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.source = SOURCE
        self.files = [file("app/pay.py", 9), file("README.md")]
        self.answers: dict[str, Any] = {
            f"{AT}/commits/v4": lambda: {**commit("abc", "Pay in one step\n\nlong"), "files": self.files},
            f"{AT}/compare/v3...v4": lambda: {
                "commits": [commit("a", "first"), commit("b", "second")],
                "files": self.files,
            },
            f"{AT}/pulls/12": lambda: {
                "title": "One step",
                "body": "password=correcthorsebatterystaple",
                "user": {"login": "ada"},
                "merged_at": None,
            },
            f"{AT}/pulls/12/files": lambda: self.files,
            f"{AT}/git/trees/main": lambda: {
                "tree": [{"path": path, "type": "blob"} for path in ("app/pay.py", "lib/app/pay.py", "app/cart.py")]
            },
            f"{AT}/contents/app/pay.py": lambda: {"content": b64encode(self.source.encode()).decode()},
            f"{AT}/commits": lambda: [commit("0123456789abcdef", "Pay in one step")],
        }

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        known = self.answers.get(asked.path.replace("%2E", "."))
        return Answer(200, known()) if known else Answer(404, {"message": "Not Found"})


@pytest.fixture
def repository() -> Repository:
    return Repository()


@pytest.fixture
def driver(repository: Repository, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubDeployments]:
    monkeypatch.setenv("GITHUB_TOKEN", "github_pat_1")
    with on_loopback(repository) as url:
        yield GitHubDeployments({"token": "env:GITHUB_TOKEN", "repository": "shop/checkout", "url": url}, clock)


@pytest.mark.parametrize(
    ("change", "says"),
    [("v4", "Pay in one step"), ("v3...v4", "first\nsecond"), ("#12", "One step\npassword=[redacted]")],
)
async def test_a_version_a_comparison_and_a_pull_request_show_their_files(
    driver: GitHubDeployments, change: str, says: str
) -> None:
    diff = await driver.change_diff(service="checkout", change=change)
    assert (diff.says, diff.by) == (says, "ada")
    assert [(one.path, one.added, one.removed) for one in diff.files] == [("app/pay.py", 8, 1), ("README.md", 1, 1)]
    assert diff.files[0].patch == "@@ -1 +1 @@\n-a\n+b"


async def test_a_large_change_is_cut_to_its_largest_files(driver: GitHubDeployments, repository: Repository) -> None:
    repository.files = [file(f"f{number}", number + 2, "x" * 5000) for number in range(30)]
    diff = await driver.change_diff(service="checkout", change="v4")
    assert (len(diff.files), diff.left_out) == (MOST_FILES, 30 - MOST_FILES)
    assert diff.files[0].path == "f29"
    assert sum(len(one.patch) for one in diff.files) <= MOST_OF_ALL


async def test_a_secret_in_a_patch_is_taken_out(driver: GitHubDeployments, repository: Repository) -> None:
    repository.files = [file("a.env", patch="+API_TOKEN=correcthorsebatterystaple")]
    diff = await driver.change_diff(service="checkout", change="v4")
    assert "correct" not in diff.model_dump_json()


@pytest.mark.parametrize(
    ("signature", "first", "lines"),
    [
        ("TypeError at app/pay.py:40", 25, 31),
        ('File "/srv/app/pay.py", line 5, in total', 1, 20),
        ("TypeError at app/pay.py:*", 1, 80),
    ],
)
async def test_the_lines_around_the_one_that_is_named_are_shown(
    driver: GitHubDeployments, signature: str, first: int, lines: int
) -> None:
    found = await driver.source_lines(service="checkout", signature=signature)
    (source,) = found.files
    assert (source.path, source.first_line, len(source.text.splitlines())) == ("app/pay.py", first, lines)
    assert source.text.splitlines()[0] == f"line {first}"
    assert source.last_changes == ["0123456789ab 2026-03-02T11:40:00Z Pay in one step"]
    assert found.version == "main"


async def test_lines_from_the_middle_of_a_private_key_are_not_shown(
    driver: GitHubDeployments, repository: Repository
) -> None:
    body = [f"{number:02}AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdEfGhIjKlMnOpQrSt" for number in range(60)]
    key = ["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----"]
    repository.source = "\n".join(key)
    found = await driver.source_lines(service="checkout", signature="cannot load app/pay.py:30")
    assert "AbCdEf" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("signature", "said"),
    [("connection refused by 10.0.0.7:5432", "it names no file"), ("at other/x.py:3", "no such file in main")],
)
async def test_a_signature_without_a_file_of_the_repository_is_told(
    driver: GitHubDeployments, signature: str, said: str
) -> None:
    with pytest.raises(Unanswered, match=said):
        await driver.source_lines(service="checkout", signature=signature)


@pytest.mark.parametrize(
    "change", ["../../user", "v1/../..", "a...b...c", "v1?x=1", "", "/user", "a b", "v1...", "%2e"]
)
def test_a_name_that_leads_elsewhere_is_refused(change: str) -> None:
    with pytest.raises(ValidationError):
        ChangeQuestion(service="checkout", change=change)


def test_a_version_of_source_that_leads_elsewhere_is_refused() -> None:
    with pytest.raises(ValidationError):
        SourceQuestion(service="checkout", signature="a.py:1", version="../x?y")


async def test_a_branch_with_a_slash_stays_one_part_of_the_address(
    driver: GitHubDeployments, repository: Repository
) -> None:
    with pytest.raises(Unanswered):
        await driver.change_diff(service="checkout", change="fix/pay")
    assert repository.asked[-1].path == f"{AT}/commits/fix%2Fpay"
