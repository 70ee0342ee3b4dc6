"""What a pipeline's result says of the change that it made."""

from typing import Any

import pytest

from tests.api.intake.adapters.cases import read

SHA = "0f4c2b7a91d35e6f8890aabbccddeeff00112233"
RUN: dict[str, Any] = {
    "name": "Deploy",
    "status": "completed",
    "conclusion": "success",
    "head_sha": SHA,
    "updated_at": "2026-03-03T02:58:00Z",
    "actor": {"login": "grace"},
}
REPOSITORY = {"name": "checkout", "full_name": "acme/checkout"}
AT = "2026-03-03T02:58:00+00:00"


def workflow(**told: Any) -> dict[str, Any]:
    return {"action": "completed", "workflow_run": {**RUN, **told}, "repository": REPOSITORY}


def test_a_workflow_of_github_says_the_commit_who_started_it_and_when_it_ended() -> None:
    assert read("github", workflow()).labels == {
        "change_kind": "release",
        "change_status": "succeeded",
        "changed_at": AT,
        "changed_by": "grace",
        "changed_to": SHA,
        "repository": "acme/checkout",
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Deploy to production", "release"), ("Rollout", "release"), ("CI", "pipeline"), ("", "pipeline")],
)
def test_a_workflow_that_is_not_called_a_release_is_only_a_pipeline(name: str, kind: str) -> None:
    assert read("github", workflow(name=name)).labels["change_kind"] == kind


def test_what_failed_is_a_change_that_failed_and_what_still_runs_is_none() -> None:
    assert read("github", workflow(conclusion="failure")).labels["change_status"] == "failed"
    assert read("github", workflow(conclusion=None, status="in_progress")).labels == {}
    assert read("github", workflow(conclusion="cancelled")).labels == {}


def test_a_deployment_of_github_says_its_ref_as_the_driver_does() -> None:
    body = {
        "deployment_status": {"state": "success", "environment": "production", "created_at": "2026-03-03T02:58:00Z"},
        "deployment": {"ref": "v8.5.0", "sha": SHA, "task": "deploy", "creator": {"login": "grace"}},
        "repository": REPOSITORY,
    }
    alert = read("github", body)
    labels = alert.labels
    assert (labels["change_kind"], labels["changed_to"], labels["changed_by"]) == ("release", "v8.5.0", "grace")
    assert (labels["changed_at"], alert.environment) == (AT, "production")


def test_a_pipeline_of_gitlab_is_read_likewise() -> None:
    attributes = {"ref": "main", "sha": SHA, "status": "success", "detailed_status": "passed", "name": "Deploy"}
    body = {
        "object_kind": "pipeline",
        "object_attributes": {**attributes, "finished_at": "2026-03-03 02:58:00 UTC"},
        "user": {"username": "grace"},
        "project": {"name": "checkout", "path_with_namespace": "acme/checkout"},
    }
    labels = read("gitlab", body).labels
    assert (labels["change_kind"], labels["changed_to"], labels["changed_by"]) == ("release", SHA, "grace")
    assert (labels["changed_at"], labels["repository"]) == (AT, "acme/checkout")


def test_an_application_of_argo_cd_tells_of_its_health_and_of_its_synchronisation() -> None:
    operation = {
        "phase": "Succeeded",
        "finishedAt": "2026-03-03T02:58:00Z",
        "syncResult": {"revision": SHA},
        "operation": {"initiatedBy": {"username": "grace"}},
    }
    status = {"health": {"status": "Degraded"}, "operationState": operation}
    alert = read("argocd", {"app": {"metadata": {"name": "checkout"}, "status": status}})
    assert (alert.status, alert.is_change) == ("firing", False)
    labels = alert.labels
    assert (labels["change_kind"], labels["change_status"], labels["changed_to"]) == ("release", "succeeded", SHA)
    assert (labels["changed_by"], labels["changed_at"]) == ("grace", AT)
