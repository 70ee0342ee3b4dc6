"""A cluster with one deployment, as the Kubernetes API documents it; its rollouts take a few looks to end."""

import copy
from typing import Any

from tests.agents.tools.vendor import HANG_UP, Answer, Asked

APPS = "/apis/apps/v1/namespaces/shop"
DEPLOYMENT = f"{APPS}/deployments/checkout"
LABELS = {"app": "checkout"}


def template(image: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": LABELS},
        "spec": {"containers": [{"name": "proxy", "image": "proxy:1"}, {"name": "checkout", "image": image}]},
    }


class Cluster:
    """Keeps a deployment, its replica sets, pods and events; patches as RFC 6902 and RFC 7396 say."""

    def __init__(self) -> None:
        self.replica_sets: list[dict[str, Any]] = []
        self.pods: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.logs: dict[str, str] = {}
        """Pod -> its log; with "before": of the container before."""
        self.deployment: dict[str, Any] = {
            "metadata": {"name": "checkout", "uid": "u-1", "generation": 1, "resourceVersion": "100"},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": LABELS},
                "template": template("registry:5000/shop/checkout:v3"),
            },
            "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
        }
        self.deployment["status"]["readyReplicas"] = 2
        self.looks_until_rolled_out = 3
        self.fails_to_roll_out = False
        self.lose_answers = 0
        self.patches = 0
        self._looks = 0

    def released(self, revision: int, image: str, at: str, owner: str = "u-1") -> None:
        made = copy.deepcopy(template(image))
        made["metadata"]["labels"] = {**LABELS, "pod-template-hash": f"h{revision}"}
        self.replica_sets.append(
            {
                "metadata": {
                    "name": f"checkout-{revision}",
                    "creationTimestamp": at,
                    "annotations": {"deployment.kubernetes.io/revision": str(revision)},
                    "ownerReferences": [{"uid": owner, "kind": "Deployment"}],
                },
                "spec": {"template": made},
            }
        )

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Bearer sa-token":
            return Answer(401, {"kind": "Status", "status": "Failure", "reason": "Unauthorized", "code": 401})
        if asked.path == DEPLOYMENT:
            return self._patch(asked) if asked.method == "PATCH" else self._look()
        lists = {
            f"{APPS}/replicasets": self.replica_sets,
            "/api/v1/namespaces/shop/pods": self.pods,
            "/api/v1/namespaces/shop/events": self.events,
        }
        if asked.path.endswith("/log"):
            pod = asked.path.split("/")[-2]
            name = f"{pod} before" if asked.query.get("previous") else pod
            return Answer(200, self.logs[name].encode()) if name in self.logs else Answer(400, {"reason": "gone"})
        if asked.path not in lists:
            return Answer(404, {"kind": "Status", "reason": "NotFound", "code": 404})
        if not asked.path.endswith("/events"):
            assert asked.query["labelSelector"] == "app=checkout"
        return Answer(200, {"kind": "List", "items": lists[asked.path]})

    def _look(self) -> Answer:
        metadata, status = self.deployment["metadata"], self.deployment["status"]
        if status["observedGeneration"] < metadata["generation"]:
            self._looks += 1
        if self._looks >= self.looks_until_rolled_out and self.fails_to_roll_out:
            stuck = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
            status.update(observedGeneration=metadata["generation"], conditions=[stuck])
        elif self._looks >= self.looks_until_rolled_out:
            count = self.deployment["spec"]["replicas"]
            status.update(observedGeneration=metadata["generation"], replicas=count)
            status.update(updatedReplicas=count, availableReplicas=count, readyReplicas=count)
        return Answer(200, self.deployment)

    def _patch(self, asked: Asked) -> Answer:
        before = copy.deepcopy(self.deployment)
        if asked.headers["content-type"] == "application/json-patch+json":
            if not self._apply(asked.json):
                self.deployment = before
                return Answer(422, {"kind": "Status", "reason": "Invalid", "message": "testing value failed"})
        else:
            assert asked.headers["content-type"] == "application/merge-patch+json"
            merge(self.deployment, asked.json)
        self.patches += 1
        self._looks = 0
        self.deployment["metadata"]["generation"] += 1
        if self.lose_answers:
            self.lose_answers -= 1
            return HANG_UP
        return Answer(200, self.deployment)

    def _apply(self, operations: list[dict[str, Any]]) -> bool:
        for operation in operations:
            at, keys = self.deployment, operation["path"].strip("/").split("/")
            for key in keys[:-1]:
                at = at[key]
            if operation["op"] == "test" and at[keys[-1]] != operation["value"]:
                return False
            if operation["op"] == "replace":
                assert keys[-1] in at
            if operation["op"] in ("add", "replace"):
                at[keys[-1]] = operation["value"]
        return True


def merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if isinstance(value, dict):
            merge(into.setdefault(key, {}), value)  # pyright: ignore[reportUnknownArgumentType]
        else:
            into[key] = value
