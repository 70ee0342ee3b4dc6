"""The distribution: what the wheel carries, what the lock pins, and that the papers say what the project needs."""

import importlib
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from agents.io import catalogue
from agents.io.settings import Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "api", "evals", "graphs", "prompts")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]


def written(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def canonical(requirement: str) -> str:
    """The distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~ ;]", requirement)[0]).lower()


def settings_names() -> list[str]:
    prefix = Settings.model_config.get("env_prefix", "")
    return [str(field.validation_alias or f"{prefix}{name}").upper() for name, field in Settings.model_fields.items()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("warroom-*.whl")))


def test_the_wheel_carries_every_file_of_our_packages(wheel: zipfile.ZipFile) -> None:
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file())
    ours = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert ours - set(wheel.namelist()) == set()


def test_the_wheel_carries_nothing_but_our_packages(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {*ROOMS, f"warroom-{PROJECT['version']}.dist-info"}


def test_the_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    entry_points = wheel.read(f"warroom-{PROJECT['version']}.dist-info/entry_points.txt").decode()
    assert "warroom = api.cli.main:main" in entry_points


def test_the_lock_pins_every_package_and_names_no_address() -> None:
    assert [line for line in LOCK if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def test_the_lock_holds_every_package_the_project_names() -> None:
    named = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    assert {canonical(requirement) for requirement in named} - {canonical(line) for line in LOCK} == set()


def test_there_are_at_most_fifteen_dependencies_at_run_time() -> None:
    assert len(PROJECT["dependencies"]) <= 15


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_contributing_says_why_a_dependency_is_there(requirement: str) -> None:
    name = re.split(r"[\[<>=]", requirement)[0]
    assert re.search(rf"^- `{re.escape(name)}`: .{{10,}}", written("CONTRIBUTING.md"), re.MULTILINE)


@pytest.mark.parametrize("name", settings_names())
def test_every_setting_is_in_the_documentation_and_the_example(name: str) -> None:
    assert f"`{name}`" in written("docs/operating.md")
    assert f"{name}=" in written(".env.example")


def test_the_example_names_no_setting_that_is_not_read() -> None:
    assert set(re.findall(r"^#?([A-Z_]+)=", written(".env.example"), re.MULTILINE)) == set(settings_names())


def test_the_example_catalogue_is_valid() -> None:
    assert catalogue.load(ROOT / "catalogue.example.yaml").services


@pytest.mark.parametrize("address", json.loads(written("langgraph.json"))["graphs"].values())
def test_langgraph_json_names_graphs_that_exist(address: str) -> None:
    path, _, name = address.partition(":")
    assert (ROOT / path).is_file()
    assert hasattr(importlib.import_module(path.removeprefix("./").removesuffix(".py").replace("/", ".")), name)


def test_make_help_lists_every_target() -> None:
    said = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = re.search(r"^\.PHONY: (.*)$", written("Makefile"), re.MULTILINE)
    assert phony
    assert re.findall(r"^  make (\w+)", said, re.MULTILINE) == phony[1].split()
    assert [line for line in said.splitlines() if len(line.split()) < 3] == []


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## {PROJECT['version']}" in written("CHANGELOG.md")
