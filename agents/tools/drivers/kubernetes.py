"""The Kubernetes driver: deployments, pods and events; rollout undo, scale and restart. By its HTTP API alone."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.redaction import beginning
from agents.io.settings import settings as surroundings
from agents.io.web_address import WebAddress
from agents.readings.code import Configuration
from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import ActionResult, InfrastructureState, Machine, Refusal
from agents.readings.searches import LogLines, LogSearch
from agents.readings.workload import Workload
from agents.tools.http_client import HttpApi, HttpRefusal, look_again
from agents.tools.log_search import LOOKED_THROUGH, FoundLine, lines_of
from agents.tools.pod_template import configuration_of
from agents.tools.pods import MOST_PODS, conditions_of, ill_first, pod_states
from agents.tools.port import Unanswered

REVISION = "deployment.kubernetes.io/revision"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
ACT = "warroom/act"
"""The annotation that carries the key of our last act."""
MERGE = {"Content-Type": "application/merge-patch+json"}
REPLACE = {"Content-Type": "application/json-patch+json"}
EVERY = timedelta(seconds=3)
MOST_LOGS = 10
"""Pods whose logs are read for one question."""
MOST_OF_A_LOG = LOOKED_THROUGH // MOST_LOGS
"""Lines of a container."""


class KubernetesSettings(BaseModel, extra="forbid"):
    """A `driver: kubernetes` entry of the catalogue."""

    driver: str = "kubernetes"
    url: WebAddress = "https://kubernetes.default.svc"
    token: Credential = "file:/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - where it stands
    """Needs get and list on deployments, replicasets, pods and events, get on pods/log; patch on deployments for
    acting."""
    authority: Path | None = None
    """The certificate authority of the API server; in a pod it is beside the token."""
    namespace: str = Field(default="default", pattern=r"^[a-z0-9-]+$")
    deployment: str = Field(pattern=r"^[a-z0-9.-]+$")
    container: str = ""
    """Whose image is the version; the first one, unless named."""
    most_replicas: int = Field(default=10, ge=1)
    """Nobody scales above this."""
    within_seconds: float = Field(default=300, gt=0)
    """How long a rollout may take."""
    seconds: float = 10


class Kubernetes:
    """One deployment. An act writes its key beside the change, in the same patch: both happen, or neither."""

    also_answers = ("configuration", "describe_workload", "search_logs")
    """Ports that it answers where the catalogue names nothing else for them."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = entry = KubernetesSettings.model_validate(settings)
        self._clock = clock
        verify = ssl.create_default_context(cafile=str(entry.authority)) if entry.authority else True
        self._cluster = HttpApi(entry.url, clock, entry.seconds, verify=verify)
        self._cluster.with_credential("Bearer", entry.token)
        self._apps = f"/apis/apps/v1/namespaces/{entry.namespace}"
        self._named = f"{self._apps}/deployments/{entry.deployment}"

    async def infrastructure_state(self, service: str) -> InfrastructureState:
        deployment = await self._cluster.get(self._named)
        pods = await self._pods(deployment)
        return InfrastructureState(
            service=service,
            replicas_wanted=deployment["spec"].get("replicas", 1),
            replicas_ready=deployment.get("status", {}).get("readyReplicas", 0),
            replicas_limit=self._settings.most_replicas,
            restarts_last_hour=sum(self._restarts(pod) for pod in pods),
            standby=None,
            machines=[machine for pod in pods if not (machine := _machine(pod)).ready],
            events=await self._events({pod["metadata"]["name"] for pod in pods} | {self._settings.deployment}),
        )

    async def describe_workload(self, service: str) -> Workload:
        deployment = await self._cluster.get(self._named)
        pods = await self._pods(deployment)
        names = {pod["metadata"]["name"] for pod in pods} | {self._settings.deployment}
        return Workload(
            service=service,
            conditions=conditions_of(deployment),
            pods=pod_states(pods),
            left_out=max(0, len(pods) - MOST_PODS),
            events=await self._events(names, only_warnings=False),
        )

    async def search_logs(self, **asked: Any) -> LogLines:
        """The logs of the pods that there are, those of a container's life before this one included."""
        search = LogSearch.model_validate(asked)
        since, until = window = search.window(self._clock.now(), surroundings().minute_seconds)
        pods = await self._pods(await self._cluster.get(self._named))
        wanted = [pod for pod in ill_first(pods) if search.instance in ("", pod["metadata"]["name"])]
        names = [pod["metadata"]["name"] for pod in wanted[:MOST_LOGS]]
        logs = await asyncio.gather(*(self._log(pod, since) for pod in wanted[:MOST_LOGS]))
        refused = {name: log for name, log in zip(names, logs, strict=True) if isinstance(log, HttpRefusal)}
        if refused and len(refused) == len(logs):
            raise next(iter(refused.values()))
        read = [log for log in logs if not isinstance(log, HttpRefusal)]
        unread = [f"no log of {', '.join(refused)}"] if refused else []
        if any(len(log) >= MOST_OF_A_LOG for log in read):
            unread.append(f"of each pod only the newest {MOST_OF_A_LOG} lines until now were read")
        if len(wanted) > MOST_LOGS:
            unread.append(f"pods not asked: {len(wanted) - MOST_LOGS}; name an instance")
        lines = [line for log in read for line in log]
        in_window = (line for line in lines if since <= line.at <= until)
        return lines_of(search, window, in_window, unread="; ".join(unread))

    async def _log(self, pod: Mapping[str, Any], since: datetime) -> list[FoundLine] | HttpRefusal:
        """The newest lines of a pod's container since a time, and of the one before where it was started again.

        A pod that has not started yet, or is gone, refuses.
        """
        name = pod["metadata"]["name"]
        statuses = {one["name"]: one for one in pod.get("status", {}).get("containerStatuses", [])}
        containers = [one["name"] for one in pod.get("spec", {}).get("containers", [])]
        container = self._settings.container or next(iter(containers), None)
        has_restarted = bool(statuses.get(container or "", {}).get("restartCount"))
        asked = {"container": container, "timestamps": "true", "tailLines": MOST_OF_A_LOG}
        asked |= {"sinceTime": f"{since:%Y-%m-%dT%H:%M:%SZ}"}
        path = f"/api/v1/namespaces/{self._settings.namespace}/pods/{name}/log"
        try:
            texts = [await self._cluster.text(path, **asked)]
        except HttpRefusal as refused:
            return refused
        if has_restarted:
            with suppress(HttpRefusal):  # it may be gone
                texts.insert(0, await self._cluster.text(path, **asked, previous="true"))
        lines = (line.partition(" ") for text in texts for line in text.splitlines())
        return [FoundLine(datetime.fromisoformat(at), said, {"pod": name}) for at, _, said in lines if said]

    async def configuration(self, service: str) -> Configuration:
        """The containers' settings in the revision that is wanted now, and in the one before it."""
        deployment = await self._cluster.get(self._named)
        revisions = await self._revisions(deployment)
        pods, at = [one["spec"]["template"]["spec"] for one in (deployment, *revisions)], None
        if revisions:
            made = [datetime.fromisoformat(one["metadata"]["creationTimestamp"]) for one in revisions]
            was_put_back = len(made) > 1 and made[-1] < made[-2]
            at = _rolled_out_at(deployment) if was_put_back else made[-1]
        return configuration_of(service, pods[0], pods[-2] if len(revisions) > 1 else None, at)

    async def deployment_history(self, service: str, hours: int = 24) -> DeploymentHistory:
        deployment = await self._cluster.get(self._named)
        since = self._clock.now() - timedelta(hours=hours)
        deployments: list[Deployment] = []
        for revision in await self._revisions(deployment):
            at = datetime.fromisoformat(revision["metadata"]["creationTimestamp"])
            if deployments and at < deployments[-1].at:
                at = _rolled_out_at(deployment) or at  # an earlier template was put back: its replica set is an old one
            version, previous = self._version(revision), deployments[-1].version if deployments else None
            note = f"revision {_revision(revision)}"
            deployments.append(
                Deployment(service=service, version=version, previous=previous, at=at, status="succeeded", note=note)
            )
        running = self._version(deployment)
        if deployments and _progress(deployment):
            failed = "failed" if _progress(deployment) == "failed" else "running"
            deployments[-1] = deployments[-1].model_copy(update={"status": failed})
        return DeploymentHistory(
            service=service, running=running, deployments=[d for d in deployments if d.at >= since]
        )

    async def rollback(self, service: str, version: str, idempotency_key: str) -> ActionResult:
        return await look_again(self._undo(version, idempotency_key), self.lookup, idempotency_key)

    async def scale(self, service: str, replicas: int, idempotency_key: str) -> ActionResult:
        if not 0 < replicas <= self._settings.most_replicas:
            said = f"{replicas} replicas: the catalogue allows 1 to {self._settings.most_replicas}"
            return ActionResult(done=False, detail=said)
        change = {"spec": {"replicas": replicas}}
        return await look_again(self._merge(change, idempotency_key), self.lookup, idempotency_key)

    async def restart(self, service: str, idempotency_key: str) -> ActionResult:
        noted = {"annotations": {RESTARTED: self._clock.now().isoformat()}}
        change = {"spec": {"template": {"metadata": noted}}}
        return await look_again(self._merge(change, idempotency_key), self.lookup, idempotency_key)

    async def lookup(self, idempotency_key: str) -> ActionResult | None:
        """Whether the deployment's last act of ours was this one; if so, how its rollout ends."""
        deployment = await self._cluster.get(self._named)
        known = deployment["metadata"].get("annotations", {}).get(ACT)
        return await self._rolled_out(deployment) if known == idempotency_key else None

    async def _undo(self, version: str, key: str) -> ActionResult:
        """Put an earlier revision's pod template back, as `kubectl rollout undo` does."""
        deployment = await self._cluster.get(self._named)
        earlier = [one for one in await self._revisions(deployment) if self._version(one) == version]
        if not earlier:
            said = f"no revision of {self._settings.deployment} that is still kept runs {version}"
            return ActionResult(done=False, detail=said)
        template = earlier[-1]["spec"]["template"]
        labels = {k: v for k, v in template["metadata"]["labels"].items() if k != "pod-template-hash"}
        put_back = {**template, "metadata": {**template["metadata"], "labels": labels}}
        noted = {**deployment["metadata"].get("annotations", {}), ACT: key}
        patch = [
            {"op": "test", "path": "/metadata/resourceVersion", "value": deployment["metadata"]["resourceVersion"]},
            {"op": "replace", "path": "/spec/template", "value": put_back},
            {"op": "add", "path": "/metadata/annotations", "value": noted},
        ]
        return await self._rolled_out(await self._cluster.ask("PATCH", self._named, json=patch, headers=REPLACE))

    async def _merge(self, change: dict[str, Any], key: str) -> ActionResult:
        patch = {"metadata": {"annotations": {ACT: key}}, **change}
        return await self._rolled_out(await self._cluster.ask("PATCH", self._named, json=patch, headers=MERGE))

    async def _rolled_out(self, deployment: Mapping[str, Any]) -> ActionResult:
        """Wait until the rollout has ended, no longer than it may take."""
        until = self._clock.now() + timedelta(seconds=self._settings.within_seconds)
        while (progress := _progress(deployment)) == "running" and self._clock.now() < until:
            await self._clock.sleep(EVERY)
            deployment = await self._cluster.get(self._named)
        status = deployment.get("status", {})
        said = (
            f"{self._settings.deployment}: {status.get('updatedReplicas', 0)} updated and "
            f"{status.get('availableReplicas', 0)} available of {deployment['spec'].get('replicas', 1)}, "
            f"image {self._version(deployment)}"
        )
        ending = {"": "", "running": "; the rollout is not over in its time", "failed": "; the rollout has failed"}
        reference = f"generation {deployment['metadata'].get('generation', '')}"
        return ActionResult(done=not progress, detail=said + ending[progress], reference=reference)

    async def _revisions(self, deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The replica sets that belong to a deployment, oldest revision first."""
        listed = await self._listed(f"{self._apps}/replicasets", deployment)
        mine = deployment["metadata"]["uid"]
        owned = [one for one in listed if any(o["uid"] == mine for o in one["metadata"].get("ownerReferences", []))]
        return sorted(owned, key=_revision)

    async def _listed(self, path: str, deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
        labels = deployment["spec"]["selector"].get("matchLabels", {})
        if not labels:
            said = f"{self._settings.deployment} is not selected by plain labels"
            raise Unanswered(Refusal(error="failed", said=said))
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        return (await self._cluster.get(path, labelSelector=selector, limit=500))["items"]

    async def _pods(self, deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
        return await self._listed(f"/api/v1/namespaces/{self._settings.namespace}/pods", deployment)

    async def _events(self, names: set[str], only_warnings: bool = True) -> list[str]:
        """Events, or warnings only, about the deployment and its pods in the last hour, newest last."""
        path = f"/api/v1/namespaces/{self._settings.namespace}/events"
        of_type = "type=Warning" if only_warnings else None
        warnings = (await self._cluster.get(path, fieldSelector=of_type, limit=500))["items"]
        about = [w for w in warnings if w["involvedObject"].get("name") in names and self._recent(_seen(w))]
        told = [f"{_seen(w)} {w['involvedObject']['name']}: {w['reason']}: {w.get('message', '')}" for w in about]
        return [beginning(line, 300) for line in sorted(told)][-20:]

    def _recent(self, at: str) -> bool:
        return bool(at) and datetime.fromisoformat(at) >= self._clock.now() - timedelta(hours=1)

    def _restarts(self, pod: Mapping[str, Any]) -> int:
        """Restarts of a pod's containers, where the last one was within the hour."""
        return sum(
            one.get("restartCount", 0)
            for one in pod.get("status", {}).get("containerStatuses", [])
            if self._recent(one.get("lastState", {}).get("terminated", {}).get("finishedAt", ""))
        )

    def _version(self, of: Mapping[str, Any]) -> str:
        """The tag or digest of the image in a template."""
        containers = of["spec"]["template"]["spec"]["containers"]
        named = [one for one in containers if one["name"] == self._settings.container] or containers
        image = named[0]["image"].rpartition("/")[2]
        return image.partition("@")[2] or image.partition(":")[2] or "latest"


def _progress(deployment: Mapping[str, Any]) -> str:
    """Whether a rollout is "running" or "failed"; empty where it is over. By the rules of `kubectl rollout status`."""
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return "running"
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    if conditions.get("Progressing", {}).get("reason") == "ProgressDeadlineExceeded":
        return "failed"
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    return "" if updated == available == status.get("replicas", 0) == wanted else "running"


def _rolled_out_at(deployment: Mapping[str, Any]) -> datetime | None:
    """When the last rollout went on or ended."""
    conditions = {one["type"]: one for one in deployment.get("status", {}).get("conditions", [])}
    at = conditions.get("Progressing", {}).get("lastUpdateTime")
    return datetime.fromisoformat(at) if at else None


def _machine(pod: Mapping[str, Any]) -> Machine:
    conditions = {one["type"]: one for one in pod.get("status", {}).get("conditions", [])}
    states = [one.get("state", {}) for one in pod.get("status", {}).get("containerStatuses", [])]
    waiting = [state["waiting"].get("reason", "") for state in states if "waiting" in state]
    ready = conditions.get("Ready", {}).get("status") == "True"
    reason = ", ".join(waiting) or conditions.get("Ready", {}).get("reason", "") or pod["status"].get("phase", "")
    return Machine(name=pod["metadata"]["name"], ready=ready, reason="" if ready else reason)


def _revision(replica_set: Mapping[str, Any]) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get(REVISION, 0))


def _seen(event: Mapping[str, Any]) -> str:
    return event.get("lastTimestamp") or event.get("eventTime") or ""
