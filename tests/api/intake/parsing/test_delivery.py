"""What a sender posted: read without its secrets, before anything is cut from it; kept as it came but for these."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from agents.io.outside_text import NotJson, sanitize
from agents.io.redaction import GONE, LONGEST
from agents.runtime.briefing import Alert
from api.intake.adapters.registry import ADAPTERS, read
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import LONGEST_LABELS, MOST_FAULTS, MOST_LINKS, MOST_UNREAD, UnusableAlert, usable

KEY = ["-----BEGIN PRIVATE KEY-----", *(f"{letter}Z9+" * 16 for letter in "abcdef"), "-----END PRIVATE KEY-----"]
FORM = {"content-type": "application/x-www-form-urlencoded"}


def left_of_the_key(alerts: Any) -> list[str]:
    told = json.dumps([alert.model_dump(mode="json") for alert in alerts])
    return [line for line in KEY[1:-1] if line in told]


FORMS: dict[str, Callable[[str], Any]] = {
    "a title": lambda text: {"title": text},
    "a description": lambda text: {"title": "x", "description": text},
    "no title": lambda text: {"zeta": text},
    "a title and the rest": lambda text: {"title": text.partition("\n")[0], "description": text.partition("\n")[2]},
    "labels in a text": lambda text: {"title": "x", "labels": f"a:{text},b:c"},
    "labels": lambda text: {"title": "x", "labels": dict(enumerate(text.splitlines()))},
    "a list of texts": lambda text: {"title": "x", "details": text.splitlines()},
    "behind a long text": lambda text: {"title": "x", "description": f"{'.' * 19_900}\n{text}"},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_taken_out_before_an_alert_is_made_of_its_lines(form: str) -> None:
    body = json.dumps(FORMS[form]("\n".join(KEY))).encode()
    assert left_of_the_key(read("generic", Delivery(body)).alerts) == []
    assert not any(line in Delivery(body).shown.decode() for line in KEY[1:-1])


@pytest.mark.parametrize("source", ADAPTERS)
def test_every_sender_is_read_without_its_secrets(source: str) -> None:
    told = dict.fromkeys(("title", "summary", "message", "AlarmName"), "password=hunter22, 4111 1111 1111 1111")
    body = json.dumps({**told, "alerts": [told], "data": told, "payload": told, "event": {"data": told}}).encode()
    try:
        said = " ".join(alert.model_dump_json() for alert in read(source, Delivery(body)).alerts)
    except UnusableAlert as refused:
        said = str(refused)
    assert "hunter22" not in said
    assert "4111" not in said


def test_what_comes_in_base64_is_read_without_its_secrets() -> None:
    inner = base64.b64encode(json.dumps({"incident": {"summary": "\n".join(KEY)}}).encode()).decode()
    assert (
        left_of_the_key(read("google_cloud", Delivery(json.dumps({"message": {"data": inner}}).encode())).alerts) == []
    )


def test_an_event_in_headers_is_read_without_its_secrets() -> None:
    headers = {"ce-type": "x", "ce-id": "1", "ce-subject": "api_key=hunter22", "content-type": "text/plain"}
    said = read("cloudevents", Delivery(b"token=correcthorse is wrong", headers)).alerts[0].model_dump_json()
    assert "hunter22" not in said
    assert "correct" not in said


def test_a_body_without_secrets_is_kept_as_it_came() -> None:
    for body in (
        b' {"a":  1.10,\n"b": [1e3, "\\u00e9"]}',
        b'{"a": [' + b"[]," * 30_000 + b"[]]}",
        b"no JSON",
        b"\xff\xfe",
    ):
        assert Delivery(body).shown == body


def test_a_body_is_kept_with_its_spaces_but_without_its_secrets() -> None:
    body = b' {"a":  1.10,\n"password": "hunter22"}'
    assert Delivery(body).shown == body.replace(b"hunter22", GONE.encode())
    large = body.replace(b"1.10", b'"' + b"x " * LONGEST + b'"')
    assert Delivery(large).shown == large.replace(b"hunter22", GONE.encode())


@pytest.mark.parametrize(
    "body",
    [
        rb'{"api\u005fkey": "hunter22"}',
        rb'{"text": "api_ke\u0079=hunter22"}',
        rb'{"text": "password:\thunter22"}',
        rb'{"text": "https:\/\/app:hunter22@db\/x"}',
        b'{"text": "api_key=hunter22", "text": "x"}',
        b'{"secret": ["hunter22", 22222222]}',
        rb'{"text": "api\u200b_key=hunter\u200b22"}',
        '{"api\u200b_key": "hunter\u2060\u00ad22"}'.encode(),
        '{"no\u200bte": "api_key=hunter22", "note": "x"}'.encode(),
    ],
)
def test_no_way_of_writing_keeps_a_secret(body: bytes) -> None:
    shown = Delivery(body).shown
    assert "hunter22" not in sanitize(shown.decode())
    assert "hunter22" not in str(Delivery(body).told)
    assert json.loads(shown) == Delivery(body).told


@pytest.mark.parametrize(
    "body",
    [
        urlencode({"title": "x", "text": "api\u200b_key=hunter\u200b22"}).encode(),
        urlencode({"api\u200b_key": "hunter22"}).encode(),
        b"text=api_key%3Dhunter22&text=x",
        b"te%E2%80%8Bxt=api_key%3Dhunter22&text=x",
        urlencode({"payload": r'{"title": "x", "api\u005fkey": "hunter22"}'}).encode(),
        urlencode({"payload": r'{"text": "api_key=hunter22", "text": "x"}', "title": "y"}).encode(),
    ],
)
def test_no_way_of_writing_a_form_keeps_a_secret(body: bytes) -> None:
    delivery = Delivery(body, FORM)
    assert "hunter22" not in str(delivery.told)
    assert "hunter22" not in sanitize(str(parse_qsl(delivery.shown.decode())))
    assert "hunter22" not in delivery.shown.decode()
    assert Delivery(delivery.shown, FORM).told == delivery.told


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_body_that_is_no_json_is_kept_without_what_hides_a_secret(encoding: str) -> None:
    body = "it is \u00e9: pass\u00adword=hunter\u00ad22, see \x07 there".encode(encoding)
    assert Delivery(body).shown == f"it is \u00e9: password={GONE}, see  there".encode(encoding)
    plain = "it is \u00e9\u00ad, see \x07 there".encode(encoding)
    assert Delivery(plain).shown == plain


def test_what_nobody_sees_is_not_in_what_is_read_and_stays_in_what_is_signed() -> None:
    delivery = Delivery(rb'{"title": "do\u200bwn", "routing_key": "R0UT1NG\u200b"}')
    assert delivery.told == {"title": "down", "routing_key": GONE}
    assert delivery.with_secrets == {"title": "down", "routing_key": "R0UT1NG"}
    assert delivery.sent == {"title": "do\u200bwn", "routing_key": "R0UT1NG\u200b"}
    assert delivery.shown == rb'{"title": "do\u200bwn", "routing_key": "' + GONE.encode() + b'"}'


def test_a_body_that_holds_numbers_stays_json() -> None:
    body = b'{"token": 12345678, "card": 4111111111111111, "n": 4111}'
    assert json.loads(Delivery(body).shown) == {"token": GONE, "card": GONE, "n": 4111}


def test_a_form_is_read_and_kept_without_its_secrets() -> None:
    fields = {"title": "down", "key": "\n".join(KEY), "pan": "4111 1111 1111 1111"}
    delivery = Delivery(urlencode(fields).encode(), FORM)
    assert delivery.told == {"title": "down", "key": GONE, "pan": GONE}
    assert Delivery(delivery.shown, FORM).told == delivery.told
    with pytest.raises(NotJson, match="fields"):
        _ = Delivery(b"a=1&" * 20_000, FORM).told


def test_signatures_and_keys_are_looked_at_as_they_were_sent() -> None:
    assert Delivery(b'{"routing_key": "R0UT1NG"}').sent == {"routing_key": "R0UT1NG"}


def test_an_endless_text_is_cut_where_it_is_read_and_whole_where_it_is_kept() -> None:
    body = json.dumps({"title": "x", "description": "word " * 20_000}).encode()
    delivery = Delivery(body)
    assert "characters left out" in delivery.told["description"]
    assert delivery.shown == body


def test_an_alert_has_no_more_labels_and_links_than_can_be_looked_at() -> None:
    links = [f"https://example.test/{number}" for number in range(MOST_LINKS + 5)]
    alert = usable(Alert(title="x", labels={f"k{n}": "v" * 900 for n in range(300)}, links=links, unread=["title"]))
    assert sum(map(len, alert.labels.values())) <= LONGEST_LABELS
    assert len(alert.links) == MOST_LINKS
    assert alert.unread == ["title", f"{300 - len(alert.labels)} labels too many", "5 links too many"]
    with_unread = usable(Alert(title="x", unread=[f"field {number}" for number in range(MOST_UNREAD + 5)]))
    assert len(with_unread.unread) == MOST_UNREAD


def test_some_faults_of_an_alert_with_thousands_are_told() -> None:
    body = json.dumps({"title": "x", "links": [1] * 5000}).encode()
    with pytest.raises(UnusableAlert) as refused:
        read("warroom", Delivery(body))
    assert str(refused.value).count("links") == MOST_FAULTS


def test_what_has_more_parts_than_can_be_looked_at_is_refused_by_name() -> None:
    with pytest.raises(NotJson, match="more than 100,000 lists and objects"):
        _ = Delivery(b'{"a": [' + b"[]," * 100_000 + b"[]]}").told
