"""What the lab asks of Warroom, through its public doors only."""

from typing import Any

import httpx2

Event = dict[str, Any]


class WarroomClient:
    """A person on call, with an HTTP client."""

    def __init__(self, port: int) -> None:
        self._http = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False)

    def is_ready(self) -> bool:
        try:
            return self._http.get("/health/live").is_success
        except httpx2.TransportError:
            return False

    def runs(self) -> list[dict[str, Any]]:
        """All runs as they stand, newest first."""
        return self._get("/v1/runs").json()["runs"]

    def first_run(self) -> str | None:
        """The run that the alert started, once there is one."""
        runs = self.runs()
        return runs[0]["id"] if runs else None

    def question(self, run: str) -> dict[str, Any] | None:
        """The change that waits for a person's yes."""
        return next((q for q in self.facts(run)["questions"] if q["kind"] == "approval"), None)

    def approve(self, run: str, question: str) -> None:
        answer = {"answer": "approve", "by": "lab", "comment": "v1 was fine"}
        self.post(f"/v1/runs/{run}/answers/{question}", answer)

    def closed(self, run: str) -> dict[str, Any] | None:
        """The run as it stands at its end."""
        facts = self.facts(run)
        return facts if facts["status"] == "closed" else None

    def transcript(self, run: str) -> list[Event]:
        return self._get(f"/v1/runs/{run}/transcript").json()["events"]

    def post_mortem(self, run: str) -> str:
        return self._get(f"/v1/runs/{run}/post-mortem").text

    def post(self, path: str, body: dict[str, Any]) -> None:
        """Say something to Warroom. Raises httpx2.HTTPStatusError where it is refused."""
        self._http.post(path, json=body).raise_for_status()

    def facts(self, run: str) -> dict[str, Any]:
        """The run as it stands."""
        return self._get(f"/v1/runs/{run}").json()

    def _get(self, path: str) -> httpx2.Response:
        return self._http.get(path).raise_for_status()


def rolled_back_at(events: list[Event]) -> int:
    """The place of the rollback's result in the transcript; -1 where there is none."""
    done = [e["seq"] for e in events if e["kind"] == "result" and e["payload"]["port"] == "rollback"]
    return done[-1] if done else -1


def normal_looks(events: list[Event]) -> list[Event]:
    """The metrics verifications after the rollback that saw the signals, and found everything normal."""
    looks = [e for e in events if e["kind"] == "duty_finished" and e["duty"] == "verify_metrics"]
    seen = [e for e in looks if "not known" not in e["payload"]["report"]["metrics"]["text"]]
    return [e for e in seen if e["seq"] > rolled_back_at(events) and e["payload"]["report"]["normal"]]


def pictures(events: list[Event]) -> list[Event]:
    """The browser's real pictures of a healthy page after the rollback."""
    taken = [e for e in events if e["kind"] == "tool_result" and e["payload"]["tool"] == "screenshot"]
    seen = [e for e in taken if e["seq"] > rolled_back_at(events) and "value" in e["payload"]]
    return [e for e in seen if e["payload"]["value"]["is_picture"] and e["payload"]["value"]["looks_healthy"]]
