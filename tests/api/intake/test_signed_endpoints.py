"""The signed doors: whatever is rightly signed is taken in or clearly refused, and it is never a fault of ours."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agents.io.catalogue import Catalogue
from api.app import create_app
from api.intake.senders import Sender, Senders
from graphs.intake.incident_service import IncidentService
from graphs.store.api_keys import ApiKeys
from tests.agents.tools.slack_workspace import Workspace
from tests.agents.tools.vendor import on_loopback
from tests.any_json import any_json
from tests.api.conftest import NIGHT

SECRET = "the secret"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
NOW = str(int(NIGHT.timestamp()))
REFUSED = {400, 401, 404, 415, 422}
Headers = dict[str, str]
QUICK = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HEADER = st.text(st.characters(codec="latin-1"), max_size=30)
"""Any header that a server hands on."""
STAMP = HEADER | st.text("0123456789²³¹_+-. e", max_size=14) | st.integers().map(str)
ODD_STAMPS = ["²", "³¹²", "9" * 5000, "1" * 400, "1_772_506_800", "1e400", "nan", "-1", f" {NOW}", f"{NOW}.0", "+1"]
PRESS = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "channel": {"id": "C1"},
    "message": {"ts": "1", "text": "Roll back?"},
    "actions": [{"value": "run|q-1|approve|signature"}],
}
ODD: tuple[Any, ...] = (None, [], {}, 7, "x")
FIELDS = ("type", "user", "channel", "message", "actions", "value", "id", "ts", "text", "thread_ts")


def digest(signed: bytes) -> bytes:
    return hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()


def as_slack(body: bytes, at: str = NOW) -> Headers:
    signature = digest(f"v0:{at}:".encode() + body).hex()
    return {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={signature}"}


def as_grafana(body: bytes, at: str = NOW) -> Headers:
    signature = digest((f"{at}:".encode() if at else b"") + body).hex()
    return {"x-grafana-alerting-timestamp": at, "x-grafana-alerting-signature": signature}


def as_standard(body: bytes, at: str = NOW, message: str = "msg_1") -> Headers:
    signature = base64.b64encode(digest(f"{message}.{at}.".encode() + body)).decode()
    return {"webhook-id": message, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}


SIGNS: dict[str, Callable[[bytes], Headers]] = {
    "checkly": lambda body: {"x-checkly-signature": digest(body).hex()},
    "grafana": as_grafana,
    "honeycomb": lambda _: {"x-honeycomb-webhook-token": SECRET},
    "pagerduty": lambda body: {"x-pagerduty-signature": f"v1={digest(body).hex()}"},
    "sentry": lambda body: {"sentry-hook-signature": digest(body).hex()},
    "splunk": lambda body: {"x-sfx-signature": base64.b64encode(digest(body)).decode()},
    "generic": as_standard,
}
SIGNATURES = [
    *("x-checkly-signature", "x-grafana-alerting-signature", "x-honeycomb-webhook-token", "x-pagerduty-signature"),
    *("sentry-hook-signature", "x-sfx-signature", "webhook-signature", "authorization"),
]


@pytest.fixture(scope="module")
def workspace() -> Iterator[str]:
    """A Slack that can be told of an answer."""
    with on_loopback(Workspace(SECRET)) as url:
        yield url


@pytest.fixture
def app(incidents: IncidentService, workspace: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The doors, with a secret for every sender that signs, a topic of SNS, and Slack; a key is needed elsewhere."""
    monkeypatch.setenv("SIGNING_SECRET", SECRET)
    entry = {"driver": "slack", "channel": "C1", "url": workspace, "token": "env:SIGNING_SECRET"}
    entry["signing_secret"] = "env:SIGNING_SECRET"
    incidents.deps.catalogue = Catalogue.model_validate({"outgoing": {"channel": entry}})
    ApiKeys(incidents.deps.store.keys, incidents.deps.clock).create("monitoring", ["alerts"])
    told = {name: Sender(secrets=["env:SIGNING_SECRET"]) for name in SIGNS}
    return create_app(incidents, senders=Senders({**told, "cloudwatch": Sender(topics=[TOPIC])}))


def post(app: FastAPI, path: str, body: bytes, headers: Headers) -> httpx2.Response:
    """Post as a server would hand it on: headers are bytes, read as Latin-1."""
    sent = [(name.encode(), said.encode("latin-1")) for name, said in headers.items()]

    async def one() -> httpx2.Response:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post(path, content=body, headers=sent)

    return asyncio.run(one())


def is_refused(answer: httpx2.Response) -> bool:
    """It is a problem that says what was wrong."""
    return answer.status_code in REFUSED and bool(answer.json()["detail"])


def press(told: Any) -> bytes:
    return urlencode({"payload": json.dumps(told)}).encode()


@pytest.mark.parametrize(
    "told",
    [
        *(None, [], {}, 7, "press", True, [[]], {"type": None}, {"type": "block_actions"}),
        *({name: said for name, said in PRESS.items() if name != gone} for gone in PRESS),
        *({**PRESS, name: odd} for name in PRESS if name != "type" for odd in ODD),
        {**PRESS, "actions": [None]},
        {**PRESS, "actions": [{"value": 7}]},
    ],
    ids=repr,
)
def test_what_slack_signs_and_is_no_press_of_a_button_is_refused(app: FastAPI, told: Any) -> None:
    assert is_refused(post(app, "/v1/slack/interactions", press(told), as_slack(press(told))))


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"payload", b"payload=", b"payload={", b"{}", b"payload=" + b"[" * 100_000]
)
def test_what_slack_signs_and_is_no_form_with_json_is_refused(app: FastAPI, body: bytes) -> None:
    assert is_refused(post(app, "/v1/slack/interactions", body, as_slack(body)))


def test_what_slack_tells_of_something_else_is_taken_and_nothing_happens(app: FastAPI) -> None:
    body = press({"type": "view_closed"})
    assert post(app, "/v1/slack/interactions", body, as_slack(body)).status_code == 200


@QUICK
@given(told=any_json(*FIELDS) | st.fixed_dictionaries({name: any_json(*FIELDS) for name in PRESS}))
@example(told={**PRESS, "actions": [{"value": "run|q-1|approve|é"}]})
@example(told={**PRESS, "actions": [{"value": "\ud800|q-1|approve|x"}], "message": {"ts": "1", "text": "\ud800"}})
def test_any_json_that_slack_signs_is_taken_or_refused(app: FastAPI, told: Any) -> None:
    answer = post(app, "/v1/slack/interactions", press(told), as_slack(press(told)))
    assert answer.status_code == 200 or is_refused(answer)


@pytest.mark.parametrize("path", ["slack/interactions", "alerts/grafana", "alerts/generic"])
@pytest.mark.parametrize("at", ODD_STAMPS, ids=lambda at: repr(at[:20]))
def test_a_signed_time_that_is_no_plain_number_of_seconds_proves_nothing(app: FastAPI, path: str, at: str) -> None:
    sign = {"slack/interactions": as_slack, "alerts/grafana": as_grafana, "alerts/generic": as_standard}[path]
    body = press(PRESS) if sign is as_slack else b'{"title": "checkout answers 500"}'
    assert post(app, f"/v1/{path}", body, sign(body, at)).status_code == 401


@QUICK
@given(at=STAMP, message=HEADER)
def test_any_time_and_name_of_a_signed_delivery_is_taken_or_refused(app: FastAPI, at: str, message: str) -> None:
    body = b'{"title": "checkout answers 500"}'
    answer = post(app, "/v1/alerts/generic", body, as_standard(body, at, message))
    assert answer.status_code == 202 or is_refused(answer)
    assert is_refused(post(app, "/v1/slack/interactions", press(None), as_slack(press(None), at)))
    grafana = post(app, "/v1/alerts/grafana", body, as_grafana(body, at))
    assert grafana.status_code == 202 or is_refused(grafana)


@pytest.mark.parametrize("source", SIGNS)
def test_any_signed_json_is_taken_or_refused(app: FastAPI, source: str) -> None:
    @QUICK
    @given(told=any_json("title", "status", "event", "data", "alerts", "labels"))
    def whatever_comes(told: Any) -> None:
        body = json.dumps(told).encode()
        answer = post(app, f"/v1/alerts/{source}", body, SIGNS[source](body))
        assert answer.status_code == 202 or is_refused(answer)

    whatever_comes()


@pytest.mark.parametrize("source", [*SIGNS, "cloudwatch"])
def test_any_signature_at_all_that_does_not_fit_is_refused(app: FastAPI, source: str) -> None:
    @QUICK
    @given(headers=st.dictionaries(st.sampled_from(SIGNATURES), HEADER, min_size=1), at=STAMP)
    def whatever_comes(headers: Headers, at: str) -> None:
        stamps = {"webhook-timestamp": at, "x-grafana-alerting-timestamp": at, "x-slack-request-timestamp": at}
        assert post(app, f"/v1/alerts/{source}", b'{"title": "x"}', {**stamps, **headers}).status_code == 401

    whatever_comes()


ENVELOPE = {
    "Type": "Notification",
    "Message": "hello",
    "MessageId": "22b80b92",
    "TopicArn": TOPIC,
    "Timestamp": "2026-03-03T02:59:00.000Z",
    "SignatureVersion": "2",
    "SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
    "Signature": "AAAA",
}


@pytest.mark.parametrize("field", ENVELOPE)
@QUICK
@given(odd=any_json("Type"))
@example(odd="\ud800")
@example(odd=10**400)
def test_an_envelope_of_sns_with_anything_in_a_field_is_refused(app: FastAPI, field: str, odd: Any) -> None:
    body = json.dumps({**ENVELOPE, field: odd}).encode()
    assert is_refused(post(app, "/v1/alerts/cloudwatch", body, {"content-type": "text/plain"}))


@QUICK
@given(key=st.text() | any_json("key"))
@example(key="warroom_\ud800_x")
def test_any_routing_key_of_an_event_is_answered_and_opens_nothing(app: FastAPI, key: Any) -> None:
    event = {"event_action": "trigger", "routing_key": key, "payload": {"summary": "checkout answers 500"}}
    assert post(app, "/v2/enqueue", json.dumps(event).encode(), {}).status_code == 401
