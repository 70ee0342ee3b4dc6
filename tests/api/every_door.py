"""Every door: where something can be said, and where something is shown."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2

from tests.any_text import harms, harms_of_json, sent

PROPOSAL = {"action": "rollback", "service": "checkout", "summary": "Roll back.", "parameters": {"version": "41"}}
SENDERS = ("generic", "alertmanager", "cloudwatch", "pagerduty", "sentry", "zabbix")
"""Senders for all of them: what each makes of any JSON is tried without HTTP, in intake/adapters/test_any_json.py."""
JSON_DOORS = (
    *(
        "/v1/alerts",
        "/v1/changes",
        "/v2/enqueue",
        "/v1/reports",
        "/v1/hold",
        "/v1/resume",
        *(f"/v1/alerts/{name}" for name in SENDERS),
    ),
    *(
        f"/v1/runs/{{run}}/{what}"
        for what in ("severity", "cause", "handled", "over", "not-over", "notes", "hold", "resume", "awareness")
    ),
    *(f"/v1/runs/{{run}}/{what}" for what in ("merge", "split", "answers/q-1", "cancel")),
)
TOLD_TO_A_RUN = ("notes", "hold", "resume")
SHOWN = ("", "/transcript", "/events", "/graph", "/post-mortem", "/alerts", "/severity", "/answers/q-1")
PAGES = ("", "?all=true", "/now", "/live", "/post-mortem", "/lanes/api_tester")


class Sent(NamedTuple):
    """A request as it goes out."""

    path: str
    body: bytes
    headers: list[tuple[bytes, bytes]]


def escaped(text: str) -> str:
    """A text as a form has it; half a character is bytes that are no UTF-8."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


class Door(NamedTuple):
    """A door with a text in every place that it has for one."""

    path: str
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = {}

    def request(self) -> Sent:
        """The request that says it."""
        form = "&".join(f"{escaped(name)}={escaped(said)}" for name, said in (self.form or {}).items())
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        headers = {"content-type": kind, **self.headers}
        raw = [(name.encode(), said.encode("latin-1")) for name, said in headers.items()]
        return Sent(self.path, form.encode() or sent(self.json), raw)


def doors(run: str, text: str) -> list[Door]:
    """Every door through which a person or a sender may say something."""
    said, of_run = {"by": f"Ann {text}", "comment": text}, f"/v1/runs/{run}"
    alert = {"title": f"checkout {text}", "service": text, "severity": text, "dedup_key": text, "labels": {text: text}}
    event = {"event_action": "trigger", "dedup_key": f"k{text}", "payload": {"summary": f"s{text}", "source": text}}
    latin = text.encode("latin-1", "ignore").decode("latin-1").translate(dict.fromkeys(map(ord, "\r\n\0")))
    cloud = {"ce-id": latin or "1", "ce-source": latin or "s", "ce-type": "t", "ce-specversion": "1.0"}
    return [
        Door("/v1/alerts", {**alert, "description": text, "environment": text, "links": [text], "group_key": text}),
        *(Door(f"/v1/alerts/{name}", {**alert, "status": text, "message": text}) for name in ("generic", "datadog")),
        Door(
            "/v1/alerts/alertmanager", {"alerts": [{"labels": {"alertname": f"x{text}"}, "annotations": {text: text}}]}
        ),
        Door("/v1/alerts/cloudevents", {"data": {"title": text}}, headers=cloud),
        Door(f"/v1/alerts/{quote(text.encode(errors='ignore'), safe='') or '-'}", alert),
        Door(
            "/v1/changes", {"kind": "flag", "service": f"c{text}", "what": text, "by": text, "from": text, "to": text}
        ),
        Door("/v2/enqueue", event),
        Door("/v1/reports", {"what": f"It does not work {text}", "service": text, "by": text, "link": text}),
        Door("/report", form={"what": f"It does not work {text}", "service": text, "by": text}),
        Door(f"{of_run}/severity", {**said, "severity": "P1"}),
        Door(f"{of_run}/cause", {**said, "cause": "code bug", "component": f"c{text}"}),
        *(Door(f"{of_run}/{what}", said) for what in ("handled", "over", "not-over")),
        *(
            Door(f"{of_run}/{what}", {"by": f"Ann {text}", "text": f"it {text}"})
            for what in ("notes", "hold", "resume")
        ),
        Door(f"{of_run}/awareness", {"by": f"A{text}", "text": text, "at": "2026-03-03T02:30:00Z"}),
        Door(f"{of_run}/merge", {**said, "into": f"r{text}"}),
        Door(f"{of_run}/split", {**said, "alerts": [f"a{text}"]}),
        Door(f"/runs/{run}/tell", form={"kind": "note", "by": f"Ann {text}", "text": f"it {text}"}),
        Door(f"/runs/{run}/answers/q-0", form={"answer": text, "by": text, "comment": text, f"parameter.{text}": text}),
        Door(f"{of_run}/answers/q-1", {"answer": "approve", "by": f"Ann {text}", "comment": text}),
        *(Door("/acting", form={"acting": what, "by": f"Ann {text}"}) for what in ("hold", "free")),
        Door("/login", form={"key": text, "next": f"/{text}"}),
        Door(f"{of_run}/cancel", said),
    ]


def asked(run: str, ref: str, text: str) -> list[str]:
    """Every address at which something is shown, and some with a text in them."""
    odd = quote(text.encode(errors="ignore"), safe="")
    return [
        *(f"/v1/runs/{run}{part}" for part in SHOWN),
        *(f"/runs/{run}{part}" for part in PAGES),
        *(
            "/",
            "/v1/runs",
            "/v1/hold",
            "/status",
            "/status.json",
            "/metrics",
            "/v1/changes",
            f"/runs/{run}/events/{ref}",
        ),
        *(
            f"/?q={odd}",
            f"/?before={odd}&severity={odd}",
            f"/v1/runs?before={odd}",
            f"/report?service={odd}",
            f"/v1/changes?service={odd}",
        ),
        *(f"/login?next={odd}", f"/v1/runs/r{odd}", f"/runs/r{odd}", f"/v1/runs/{run}/answers/q{odd}", f"/{odd}"),
    ]


def checked(answer: httpx2.Response, whence: str) -> httpx2.Response:
    """An answer is no fault of ours, and harmless in its body and its headers."""
    assert answer.status_code < 500, (whence, answer.text)
    said = answer.content.decode()
    assert not harms(said), whence
    assert not harms("".join(f"{name}{value}" for name, value in answer.headers.items())), whence
    if "json" in answer.headers.get("content-type", ""):
        assert not harms_of_json(json.loads(said)), whence
    return answer
