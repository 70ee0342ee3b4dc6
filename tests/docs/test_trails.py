"""The seven trails of docs/architecture.md: each within three files, and all that they name is there."""

import ast
import re

import pytest

from tests.docs.pages import ROOT, read

PAGE = "docs/architecture.md"
STATION = re.compile(r"^- `([\w/.]+)(?:: ([\w., ]+))?`", re.MULTILINE)
TRAIL = re.compile(r"^### (Where [^\n]+)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
TRAILS = {title: STATION.findall(text) for title, text in TRAIL.findall(read(PAGE))}
PATH = re.compile(r"`((?:agents|api|evals|graphs|prompts|tests)/[\w/.]+)")


def names(path: str) -> set[str]:
    """What a module defines at its top, and the methods of its classes."""
    found: set[str] = set()
    for node in ast.parse(read(path)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}.{method.name}" for method in methods}
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def test_there_are_seven_trails() -> None:
    assert len(TRAILS) == 7


@pytest.mark.parametrize("title", TRAILS)
def test_a_trail_has_at_most_three_files_and_each_names_something(title: str) -> None:
    assert 1 < len(TRAILS[title]) <= 3
    assert all(named for path, named in TRAILS[title] if path.endswith(".py"))


@pytest.mark.parametrize(("path", "named"), [station for trail in TRAILS.values() for station in trail])
def test_everything_on_a_trail_is_there(path: str, named: str) -> None:
    assert (ROOT / path).is_file()
    assert set(filter(None, named.split(", "))) - (names(path) if named else set()) == set()


@pytest.mark.parametrize("page", [PAGE, "docs/extending.md", "docs/evals.md", "CONTRIBUTING.md"])
def test_every_file_and_folder_that_is_named_is_there(page: str) -> None:
    assert [path for path in PATH.findall(read(page)) if not (ROOT / path).exists()] == []
