"""GitHub code: diffs of commits, pull requests and comparisons, and the lines to which an error points."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from agents.io.redaction import beginning, redacted, without_keys
from agents.readings.code import ChangeDiff, ChangeQuestion, FileDiff, SourceFile, SourceLines, SourceQuestion
from agents.readings.production import Refusal
from agents.tools.http_client import HttpApi
from agents.tools.port import Unanswered

MOST_FILES = 20
MOST_OF_A_PATCH = 1_500
MOST_OF_ALL = 9_000
"""Characters of all patches: so much fits into what a model is shown of a tool's answer."""
MOST_COMMITS = 20
STATUSES: dict[str, Literal["added", "removed", "changed", "renamed"]] = {
    "added": "added",
    "removed": "removed",
    "renamed": "renamed",
}
PLACE = re.compile(
    r"(?P<path>[\w@+-][\w./@+-]*\.[a-z][a-z0-9]{0,5})(?:\"?,? line |\(|:)?(?P<line>\d{1,6})?", re.IGNORECASE
)
"""handlers/pay.py:17; File "handlers/pay.py", line 17; Pay.java(17)."""
AROUND = 15
"""Lines before and after the one that is named."""
MOST_LINES = 80
MOST_SOURCES = 3


class Place(NamedTuple):
    """A place that a signature names."""

    path: str
    line: int | None


class GitHubCode:
    """One repository. Everything raises Unanswered."""

    def __init__(self, github: HttpApi, repository: str, branch: str) -> None:
        self._github = github
        self._repository = repository
        self._branch = branch

    async def change_diff(self, question: ChangeQuestion) -> ChangeDiff:
        """The diff of a commit, a pull request or a comparison."""
        name = question.change
        if re.fullmatch(r"#\d{1,9}", name):
            return await self._pull_request(question, name[1:])
        path = "/".join(("compare" if "..." in name else "commits", quote(name, safe="")))
        answer = await self._github.get(f"{self._repository}/{path}")
        commits: list[Mapping[str, Any]] = answer["commits"] if "..." in name else [answer]
        told = [_first_line(one["commit"]["message"]) for one in commits[-MOST_COMMITS:]]
        last: Mapping[str, Any] = commits[-1]["commit"]["author"] if commits else {}
        about = {"says": "\n".join(told), "by": last.get("name", ""), "at": last.get("date")}
        return _diff(question, answer.get("files", []), about)

    async def _pull_request(self, question: ChangeQuestion, number: str) -> ChangeDiff:
        path = f"{self._repository}/pulls/{number}"
        answer = await self._github.get(path)
        files = await self._github.get(f"{path}/files", per_page=100)
        says = f"{answer['title']}\n{answer.get('body') or ''}"
        about = {"says": says, "by": answer["user"]["login"], "at": answer.get("merged_at")}
        return _diff(question, files, about)

    async def source_lines(self, question: SourceQuestion) -> SourceLines:
        """The lines around each place that a signature names, and the last changes of its file."""
        ref = question.version or self._branch
        places = list(_places(question.signature))
        if not places:
            raise _no_data(f"{question.signature}: it names no file")
        tree = await self._github.get(f"{self._repository}/git/trees/{quote(ref, safe='')}", recursive=1)
        known = [one["path"] for one in tree["tree"] if one["type"] == "blob"]
        meant = {place._replace(path=path): None for place in places if (path := _meant(place.path, known))}
        if not meant:
            raise _no_data(f"{', '.join(place.path for place in places)}: there is no such file in {ref}")
        files = [await self._file(place, ref) for place in list(meant)[:MOST_SOURCES]]
        return SourceLines(service=question.service, version=ref, files=files)

    async def _file(self, place: Place, ref: str) -> SourceFile:
        content = await self._github.get(f"{self._repository}/contents/{quote(place.path)}", ref=ref)
        of_file = {"path": place.path, "sha": ref, "per_page": 3}
        commits: list[Any] = await self._github.ask("GET", f"{self._repository}/commits", params=of_file)
        lines = without_keys(_text(content).splitlines())  # some lines of a key are not known for a part of one
        first = max(1, place.line - AROUND) if place.line else 1
        last = place.line + AROUND if place.line else MOST_LINES
        return SourceFile(
            path=place.path,
            first_line=first,
            text=beginning("\n".join(lines[first - 1 : last]), MOST_OF_ALL // MOST_SOURCES),
            last_changes=[_in_short(one) for one in commits],
        )


def _diff(question: ChangeQuestion, files: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> ChangeDiff:
    largest = sorted(files, key=lambda one: -int(one.get("changes", 0)))
    left, listed = MOST_OF_ALL, list[FileDiff]()
    for one in largest[:MOST_FILES]:
        patch = beginning(str(one.get("patch") or ""), max(0, min(MOST_OF_A_PATCH, left)))
        left -= len(patch)
        listed.append(
            FileDiff(
                path=beginning(str(one["filename"]), 300),
                status=STATUSES.get(str(one.get("status")), "changed"),
                added=int(one.get("additions", 0)),
                removed=int(one.get("deletions", 0)),
                patch=patch,
            )
        )
    return ChangeDiff(
        service=question.service,
        change=question.change,
        says=beginning(str(about["says"]), 1_000),
        by=beginning(str(about["by"]), 100),
        at=datetime.fromisoformat(about["at"]) if about["at"] else None,
        files=listed,
        left_out=max(0, len(files) - MOST_FILES),
    )


def _places(signature: str) -> Iterator[Place]:
    """The files that a line names; an address or a version has no ending of a file's name."""
    for found in PLACE.finditer(signature):
        yield Place(found["path"], int(found["line"]) if found["line"] else None)


def _meant(named: str, known: Sequence[str]) -> str:
    """The file of the repository that is meant: a process names it from its own folder, or by its last name alone."""
    parts = PurePosixPath(named).parts
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        fits = [path for path in known if path == tail or path.endswith(f"/{tail}")]
        if fits:
            return min(fits, key=len)
    return ""


def _text(content: Mapping[str, Any]) -> str:
    try:
        return b64decode(str(content.get("content") or "")).decode(errors="replace")
    except (Error, ValueError):
        return ""


def _in_short(commit: Mapping[str, Any]) -> str:
    said, about = _first_line(commit["commit"]["message"]), commit["commit"]["author"]
    return redacted(f"{commit['sha'][:12]} {about['date']} {said}")


def _first_line(message: str) -> str:
    return beginning(message.partition("\n")[0], 200)


def _no_data(said: str) -> Unanswered:
    return Unanswered(Refusal(error="no data", said=said))
