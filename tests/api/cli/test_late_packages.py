"""Packages whose `__init__` waits: their modules can be imported at once, and their own names are there when wanted."""

import importlib
import inspect
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from api.cli.late_packages import LateFinder

INIT = """\
\"\"\"A heavy package.\"\"\"
from late_here.parts import light
from late_here.parts.light import NAME as RENAMED
loaded = True
__version__ = "1.2"
def __getattr__(name):
    if name == "made_on_demand":
        return 7
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
"""


@pytest.fixture
def finder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LateFinder]:
    parts = tmp_path / "late_here" / "parts"
    parts.mkdir(parents=True)
    (tmp_path / "late_here" / "__init__.py").write_text(INIT)
    (parts / "__init__.py").write_text("")
    (parts / "light.py").write_text("NAME = 'light'\n")
    (tmp_path / "late_broken").mkdir()
    (tmp_path / "late_broken" / "__init__.py").write_text("import not_there_at_all\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    finder = LateFinder(frozenset({"late_here", "late_broken", "late_missing"}))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    yield finder
    for name in [name for name in sys.modules if name.startswith("late_")]:
        del sys.modules[name]


def has_run(package: ModuleType) -> bool:
    return "loaded" in vars(package)


def test_a_module_inside_is_imported_without_running_the_package(finder: LateFinder) -> None:
    light = importlib.import_module("late_here.parts.light")
    assert light.NAME == "light"
    assert not has_run(sys.modules["late_here"])


@pytest.mark.parametrize(
    ("name", "answer"),
    [("RENAMED", "light"), ("__version__", "1.2"), ("made_on_demand", 7), ("parts.light.NAME", "light")],
)
def test_its_own_names_are_there_when_one_is_asked_for(finder: LateFinder, name: str, answer: Any) -> None:
    package = importlib.import_module("late_here")
    assert not has_run(package)
    assert attrgetter(name)(package) == answer
    assert has_run(package)


def test_a_name_is_imported_from_it_as_from_any_package(finder: LateFinder) -> None:
    names: dict[str, Any] = {}
    exec("from late_here import RENAMED, parts", names)
    assert names["RENAMED"] == "light"
    with pytest.raises(ImportError, match="cannot import name 'nothing' from 'late_here'"):
        exec("from late_here import nothing")


def test_its_source_is_found(finder: LateFinder) -> None:
    assert inspect.getsource(importlib.import_module("late_here")) == INIT


def test_what_is_wrong_in_it_is_raised_where_it_is_needed(finder: LateFinder) -> None:
    package = importlib.import_module("late_broken")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
            _ = package.anything


def test_one_that_is_not_installed_is_missing_as_usual(finder: LateFinder) -> None:
    with pytest.raises(ModuleNotFoundError, match="late_missing"):
        importlib.import_module("late_missing")
