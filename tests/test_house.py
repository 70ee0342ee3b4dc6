"""The house rules that no linter knows."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import grimp
import pytest

import prompts
from agents.roster import DUTIES, ROLES, ROSTER
from agents.runtime.duty import Duty

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "api", "evals", "graphs", "prompts")
CLOCK = Path("agents/io/clock.py")
SETTINGS = Path("agents/io/settings.py")
HEAVY = ("fastapi", "langchain_core", "langchain_openai", "langgraph", "openai", "starlette", "uvicorn")
WALL_CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
NOTATION = Path("prompts/notation.py")
YAML = {f"yaml.{name}" for name in ("load", "load_all", "safe_load", "safe_load_all", "compose", "parse", "SafeLoader")}
ENVIRONMENT = {"os.environ", "os.getenv", "os.environb", "os.putenv"}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def modules(*folders: str) -> list[Path]:
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def dotted_names(path: Path) -> frozenset[str]:
    """Every `a.b` that a module writes, and every `from a import b`, as `a.b`."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute):
            names.add(f"{ast.unparse(node.value).rpartition('.')[2]}.{node.attr}")
        if isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{name.name}" for name in node.names)
    return frozenset(names)


PUT_TOGETHER = {Path("api/cli/nodes.py"), Path("api/cli/serve.py"), Path("evals/playing/play.py")}
"""Where an incident service is put together from its store, clock and connections."""
STORE = {"deps", "store", "transcripts", "database", "connection"}


def test_nothing_outside_graphs_reaches_behind_the_incident_service() -> None:
    reached = {
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for path in modules("api", "evals")
        if path not in PUT_TOGETHER and path.parts[1] != "defects"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in STORE
    }
    assert reached == set()


def test_there_are_fourteen_roles() -> None:
    assert len(set(ROSTER)) == 14


def test_every_page_belongs_to_a_role_of_the_roster() -> None:
    pages = {path.stem for path in (ROOT / "prompts/roles").glob("*.md")} - {"_everyone", "_looking", "_objecting"}
    assert pages == set(ROSTER)


def test_every_role_of_the_roster_has_a_module_with_duties() -> None:
    assert set(DUTIES) == set(ROSTER)
    assert [role for role in ROSTER if not (ROOT / f"agents/roles/{role}.py").is_file()] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.ROLE)
def test_a_role_declares_its_duties_under_their_names_and_nothing_else(role: ModuleType) -> None:
    assert role.__name__ == f"agents.roles.{role.ROLE}"
    declared: dict[str, Duty[Any]] = {name: value for name, value in vars(role).items() if isinstance(value, Duty)}
    assert {name: (duty.role, duty.name) for name, duty in declared.items()} == {
        name: (role.ROLE, name) for name in declared
    }
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assert [node for node in parsed(Path(f"agents/roles/{role.ROLE}.py")).body if isinstance(node, defined)] == []


@pytest.mark.parametrize("role", sorted(ROSTER))
def test_a_role_has_a_heading_for_each_duty_and_no_other(role: str) -> None:
    assert {duty.name for duty in DUTIES[role].values()} == set(prompts.page(role).duties)


@pytest.mark.parametrize("role", sorted(ROSTER))
def test_a_role_s_page_says_who_it_is(role: str) -> None:
    page = prompts.page(role)
    assert page.title.lower().replace(" ", "_") == role
    assert page.summary
    assert page.introduction
    assert all(page.duties.values())


@pytest.mark.parametrize("room", ROOMS)
def test_our_packages_load_from_this_repository(room: str) -> None:
    assert Path(str(importlib.import_module(room).__file__)).is_relative_to(ROOT)


def test_no_test_folder_is_a_package() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def without(*files: Path) -> list[Path]:
    """The modules of the rooms, but those that may do what no other may."""
    return [path for path in modules(*ROOMS) if path not in files]


def test_every_module_says_first_what_it_is() -> None:
    assert [str(path) for path in modules(*ROOMS, "tests") if not ast.get_docstring(parsed(path))] == []


def test_files_and_functions_stay_short() -> None:
    long = [str(path) for path in modules(*ROOMS, "tests") if lines(path) > 400]
    long += [
        f"{path}:{node.lineno} {node.name}"
        for path in modules(*ROOMS, "tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 40
    ]
    assert long == []


def lines(path: Path) -> int:
    return (ROOT / path).read_text(encoding="utf-8").count("\n")


@pytest.mark.parametrize(
    ("forbidden", "may"), [(WALL_CLOCK, CLOCK), (ENVIRONMENT, SETTINGS), (YAML, NOTATION)], ids=["time", "env", "yaml"]
)
def test_only_one_module_asks_for_the_time_reads_the_environment_or_reads_yaml(forbidden: set[str], may: Path) -> None:
    found = {str(path): sorted(forbidden & dotted_names(path)) for path in without(may)}
    assert {path: names for path, names in found.items() if names} == {}


MAKING = ("Client", "AsyncClient", "HTTPTransport", "AsyncHTTPTransport", "get", "post", "request", "stream")
HTTP = {f"httpx2.{name}" for name in MAKING}


def http_calls(path: Path) -> Iterator[ast.Call]:
    """Every call of httpx2 that would read proxies and certificates from the environment by itself."""
    calls = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
    return (call for call in calls if ast.unparse(call.func) in HTTP)


def is_told_all(call: ast.Call) -> bool:
    """It is told to trust nothing of the environment, or the way that was found for its address."""
    told = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    return told.get("trust_env") == "False" or told.get(None, "").endswith("way.options()")


def test_no_client_takes_a_proxy_or_certificates_from_the_environment_by_itself() -> None:
    told_too_little = [
        f"{path}:{call.lineno} {ast.unparse(call)}"
        for path in modules(*ROOMS)
        for call in http_calls(path)
        if not is_told_all(call)
    ]
    assert told_too_little == []


def test_the_rules_on_time_environment_and_yaml_see_what_they_forbid() -> None:
    assert "datetime.now" in dotted_names(CLOCK)
    assert "pydantic_settings.BaseSettings" in dotted_names(SETTINGS)
    assert "yaml.SafeLoader" in dotted_names(NOTATION)
    assert list(http_calls(Path("agents/tools/http_client.py")))


def test_no_two_modules_reach_one_another() -> None:
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    knots = {
        module: graph.find_upstream_modules(module) & graph.find_downstream_modules(module) for module in graph.modules
    }
    assert {module: sorted(knot - {module}) for module, knot in knots.items() if knot - {module}} == {}


def test_help_loads_none_of_the_heavy_libraries() -> None:
    ask_for_help = (
        "import sys; sys.argv = ['warroom', '--help']\n"
        "from api.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        f"print('loaded:', sorted(set({HEAVY}) & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", ask_for_help], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "demo" in said.stdout
    assert said.stdout.splitlines()[-1] == "loaded: []"
