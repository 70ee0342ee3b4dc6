"""New: a scenario to begin with. It plays as it is; the rest is put in by hand."""

from importlib.resources import files
from pathlib import Path

from evals.scenarios.yaml_source import ScenarioError


def new(folder: Path) -> list[Path]:
    """Write a scenario's folder to begin with and give its files; raises ScenarioError where there is one already."""
    if folder.exists() and any(folder.iterdir()):
        raise ScenarioError(f"{folder}: expected a folder that is empty or does not exist")
    folder.mkdir(parents=True, exist_ok=True)
    template = files("evals.scenarios") / "easy" / "_new"
    return [_copy(name, (template / name).read_text(encoding="utf-8"), folder) for name in _FILES]


_FILES = ("alert.json", "world.yaml", "expected.yaml")


def _copy(name: str, text: str, folder: Path) -> Path:
    file = folder / name
    file.write_text(text.replace("SCENARIO", folder.name.replace("_", "-")), encoding="utf-8")
    return file
