"""Alerts and planned silence at the terminal."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app

CLI = CliRunner()


def explained(tmp_path: Path, body: object, *options: str) -> str:
    file = tmp_path / "body.json"
    file.write_text(body if isinstance(body, str) else json.dumps(body))
    told = CLI.invoke(app, ["alert", "explain", str(file), *options])
    return told.output


def test_a_body_is_explained_field_by_field_with_its_place(tmp_path: Path) -> None:
    body = {"incident": {"id": "l1", "name": "Payments API errors", "impact": "critical", "status": "resolved"}}
    lines = [" ".join(line.split()) for line in explained(tmp_path, body).splitlines()]
    assert lines[0].startswith("alert 0 would end the alert with this key")
    assert "title Payments API errors <- incident.name" in lines
    assert "status resolved <- incident.status" in lines
    assert "dedup_key l1 <- incident.id" in lines


@pytest.mark.parametrize(
    ("sender", "body", "would"),
    [
        ("alertmanager", {"alerts": [{"labels": {"alertname": "Watchdog"}, "status": "firing"}]}, "held as a control"),
        ("github", {"workflow_run": {"name": "Deploy", "conclusion": "failure"}}, "kept as a change"),
        (
            "pagerduty",
            {"messages": [{"event": "incident.acknowledge", "incident": {"id": "1", "title": "x"}}]},
            "noted",
        ),
        ("generic", {"title": "x"}, "start a run"),
    ],
)
def test_what_would_become_of_it_is_said(tmp_path: Path, sender: str, body: object, would: str) -> None:
    assert would in explained(tmp_path, body, "--sender", sender)


def test_each_alert_of_a_list_is_explained_from_its_own_place(tmp_path: Path) -> None:
    told = json.loads(explained(tmp_path, [{"title": "same", "service": "a"}, "x", {"title": "same"}], "--json"))
    titles = [one["fields"][0]["place"] for one in told["alerts"]]
    assert (titles, [one["alert"] for one in told["refused"]]) == (["0.title", "2.title"], [1])


def test_a_mapping_of_one_s_own_is_tried_out(tmp_path: Path) -> None:
    (tmp_path / "senders.yaml").write_text("ours: {mapping: {title: what.name}}\n")
    options = ("--sender", "ours", "--senders", str(tmp_path / "senders.yaml"))
    assert "Disk" in explained(tmp_path, {"what": {"name": "Disk"}, "title": "other"}, *options)


@pytest.mark.parametrize(
    ("body", "options", "said"),
    [("{", (), "JSON"), ({}, (), "no title"), ({"title": "x"}, ("--sender", "nobody"), "generic")],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, body: object, options: tuple[str, ...], said: str) -> None:
    assert said in explained(tmp_path, body, *options)
