"""`warroom doctor`, as one sees it in the terminal."""

import json
from pathlib import Path

from typer.testing import CliRunner

from api.cli.main import app
from graphs.store.store import Store


def test_a_healthy_directory_is_well_and_ends_with_0(tmp_path: Path) -> None:
    Store(tmp_path / "warroom.sqlite").close()
    said = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path), "--json"])
    findings = {finding["name"]: finding["state"] for finding in json.loads(said.stdout)["findings"]}
    assert findings.pop("space") in ("ok", "warning")
    assert set(findings.values()) == {"ok"}
    assert said.exit_code == 0


def test_a_fault_ends_with_1_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "warroom.sqlite").write_text("no database at all, but a long enough text" * 100)
    said = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert said.exit_code == 1
    assert "fault    store" in said.stdout
    assert "damaged: stop Warroom, keep a copy, and put a backup in its place" in said.stdout
    assert "-> do what this says" in said.stdout
