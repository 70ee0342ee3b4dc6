"""What is in deploy/ fits what there is: commands, options, settings and paths."""

import tomllib
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from agents.io.settings import Settings
from api import health_and_metrics
from api.cli.main import app
from tests.test_house import ROOT

DEPLOY = ROOT / "deploy"


def manifest() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def pods() -> list[dict[str, Any]]:
    return [part["spec"]["template"]["spec"] for part in manifest() if "template" in part.get("spec", {})]


def containers() -> list[dict[str, Any]]:
    return [container for pod in pods() for container in pod["containers"]]


@pytest.mark.parametrize("container", containers(), ids=lambda container: container["name"])
def test_each_container_starts_a_command_that_there_is_with_settings_that_there_are(container: dict[str, Any]) -> None:
    command, *words = container["args"]
    told = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert told.exit_code == 0
    assert all(word in told.stdout for word in words if word.startswith("--"))
    known = {str(field.validation_alias or f"WARROOM_{name.upper()}") for name, field in Settings.model_fields.items()}
    assert {variable["name"] for variable in container["env"]} <= known


def test_what_asks_whether_a_node_is_well_asks_at_an_address_that_there_is() -> None:
    paths = {f"{health_and_metrics.router.prefix}/{state}" for state in ("live", "ready")}
    assert paths <= {getattr(route, "path", "") for route in health_and_metrics.router.routes}
    probes = [container[probe] for container in containers() for probe in container if probe.endswith("Probe")]
    assert {probe["httpGet"]["path"] for probe in probes} == paths


def test_the_image_starts_the_command_that_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    image = (DEPLOY / "Containerfile").read_text()
    (command,) = project["scripts"]
    assert f'ENTRYPOINT ["{command}"]' in image
    assert "postgres" in project["optional-dependencies"]
    assert "'.[postgres]'" in image


def test_every_pod_may_run_where_nothing_has_more_rights_than_it_needs() -> None:
    """Kubernetes' standard for pods, "restricted"."""
    user = next(line.split()[1] for line in (DEPLOY / "Containerfile").read_text().splitlines() if "USER" in line)
    for pod in pods():
        rights = pod["securityContext"]
        assert (rights["runAsNonRoot"], rights["runAsUser"]) == (True, int(user))
        assert rights["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
    for container in containers():
        held = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        assert container["securityContext"] == held


def test_what_the_manifest_s_parts_call_each_other_is_there() -> None:
    claims = {part["metadata"]["name"] for part in manifest() if part["kind"] == "PersistentVolumeClaim"}
    for pod in pods():
        volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
        assert {mount["name"] for one in pod["containers"] for mount in one.get("volumeMounts", [])} == set(volumes)
        asked = {
            one["persistentVolumeClaim"]["claimName"] for one in volumes.values() if "persistentVolumeClaim" in one
        }
        assert asked <= claims
    labels = [part["spec"]["template"]["metadata"]["labels"] for part in manifest() if part["kind"] == "Deployment"]
    for part in manifest():
        chosen = part["spec"].get("selector", {})
        wanted = chosen.get("matchLabels", chosen)
        assert not wanted or any(wanted.items() <= given.items() for given in labels)


def test_the_image_is_built_from_what_git_keeps() -> None:
    left_out = {line.strip("*/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] != "#"}
    kept_by_nobody = {line.strip("*/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    assert kept_by_nobody <= left_out
    assert ".git" in left_out
