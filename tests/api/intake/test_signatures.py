"""Signatures over the bytes as they came, with several secrets, and times that pass."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from api.intake.parsing.delivery import Delivery
from api.intake.signatures import TOLERANCE, WrongSignature, check

NOW = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
BODY = b'{"title":  "two spaces, as they came"}'
OLD, NEW = "the old secret", "the new secret"


def mac(secret: str | bytes, signed: bytes = BODY) -> bytes:
    return hmac.new(secret if isinstance(secret, bytes) else secret.encode(), signed, hashlib.sha256).digest()


def signed(source: str, secret: str) -> dict[str, str]:
    """Headers as a sender would send them."""
    digits, letters = mac(secret).hex(), base64.b64encode(mac(secret)).decode()
    return {
        "pagerduty": {"x-pagerduty-signature": f"v1={digits}"},
        "grafana": {"x-grafana-alerting-signature": digits},
        "sentry": {"sentry-hook-signature": digits},
        "checkly": {"x-checkly-signature": digits},
        "splunk": {"x-sfx-signature": letters},
        "honeycomb": {"x-honeycomb-webhook-token": secret},
        "generic": standard(secret, NOW),
    }[source]


def standard(secret: str, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    made = base64.b64encode(mac(key, f"msg_1.{stamp}.".encode() + BODY)).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{made}"}


SENDERS = ["pagerduty", "grafana", "sentry", "checkly", "splunk", "honeycomb", "generic"]


@pytest.mark.parametrize("source", SENDERS)
def test_a_right_signature_proves_the_sender(source: str) -> None:
    assert check(source, Delivery(BODY, signed(source, OLD)), [OLD], NOW)


@pytest.mark.parametrize("source", SENDERS)
def test_while_a_secret_is_changed_both_count(source: str) -> None:
    for secret in (OLD, NEW):
        assert check(source, Delivery(BODY, signed(source, secret)), [NEW, OLD], NOW)


@pytest.mark.parametrize("source", SENDERS)
def test_a_wrong_secret_is_refused(source: str) -> None:
    with pytest.raises(WrongSignature):
        check(source, Delivery(BODY, signed(source, "guessed")), [NEW, OLD], NOW)


@pytest.mark.parametrize("source", [source for source in SENDERS if source != "honeycomb"])
def test_another_body_is_refused_even_where_only_a_space_differs(source: str) -> None:
    with pytest.raises(WrongSignature):
        check(source, Delivery(BODY.replace(b"  ", b" "), signed(source, OLD)), [OLD], NOW)


@pytest.mark.parametrize("source", SENDERS)
def test_what_is_not_signed_proves_nothing(source: str) -> None:
    assert check(source, Delivery(BODY), [OLD], NOW) == ""


@pytest.mark.parametrize("source", SENDERS)
def test_without_a_secret_no_signature_fits(source: str) -> None:
    with pytest.raises(WrongSignature):
        check(source, Delivery(BODY, signed(source, "guessed")), [], NOW)


def test_one_of_pagerduty_s_signatures_is_enough() -> None:
    sent = f"v1={mac('another').hex()}, v1={mac(OLD).hex()}"
    assert check("pagerduty", Delivery(BODY, {"x-pagerduty-signature": sent}), [OLD], NOW) == "PagerDuty v1"


def test_a_signature_of_another_version_is_none() -> None:
    with pytest.raises(WrongSignature):
        check("pagerduty", Delivery(BODY, {"x-pagerduty-signature": f"v0={mac(OLD).hex()}"}), [OLD], NOW)


@pytest.mark.parametrize(("minutes", "fits"), [(0, True), (4, True), (-4, True), (6, False), (-6, False)])
def test_grafana_s_time_is_signed_too_and_passes(minutes: int, fits: bool) -> None:
    stamp = str(int((NOW - timedelta(minutes=minutes)).timestamp()))
    made = mac(OLD, f"{stamp}:".encode() + BODY).hex()
    sent = Delivery(BODY, {"x-grafana-alerting-signature": made, "x-grafana-alerting-timestamp": stamp})
    if fits:
        assert check("grafana", sent, [OLD], NOW)
    else:
        with pytest.raises(WrongSignature, match="time"):
            check("grafana", sent, [OLD], NOW)


def test_grafana_s_signature_with_a_time_does_not_fit_without_it() -> None:
    stamp = str(int(NOW.timestamp()))
    made = mac(OLD, f"{stamp}:".encode() + BODY).hex()
    with pytest.raises(WrongSignature):
        check("grafana", Delivery(BODY, {"x-grafana-alerting-signature": made}), [OLD], NOW)


def test_a_standard_webhook_that_is_too_old_is_refused() -> None:
    sent = Delivery(BODY, standard(OLD, NOW - TOLERANCE - timedelta(seconds=1)))
    with pytest.raises(WrongSignature, match="time"):
        check("generic", sent, [OLD], NOW)


def test_a_standard_secret_is_base64_behind_its_prefix() -> None:
    secret = "whsec_" + base64.b64encode(b"24 bytes of a real secret").decode()
    assert check("new_relic", Delivery(BODY, standard(secret, NOW)), [secret], NOW) == "Standard Webhooks v1"


@pytest.mark.parametrize("sent", ["", "v1=", "ü", "v1,", "\x00", "v1=" + "0" * 64])
def test_an_odd_signature_is_refused_and_breaks_nothing(sent: str) -> None:
    headers = {"x-pagerduty-signature": sent, "webhook-signature": sent, "webhook-timestamp": "soon"}
    if sent:
        with pytest.raises(WrongSignature):
            check("pagerduty", Delivery(BODY, headers), [OLD], NOW)
