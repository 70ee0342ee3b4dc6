"""Signatures: whether a delivery is from whom it says, over the bytes as they came."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from api.intake.parsing.delivery import Delivery
from api.intake.parsing.reading import moment

TOLERANCE = timedelta(minutes=5)
"""How far a signed time may be from now."""
STAMP = re.compile(r"[0-9]{1,19}")
"""How a header says the time: seconds since 1970, or finer."""
Check = Callable[[Delivery, Sequence[str], datetime], str]
"""A delivery, the secrets that count now, the time -> the scheme by which it proved itself; empty: it is not signed."""


class WrongSignature(ValueError):
    """The signature does not fit the body, or its time has passed."""


def _mac(secret: str | bytes, signed: bytes) -> bytes:
    return hmac.new(secret if isinstance(secret, bytes) else secret.encode(), signed, hashlib.sha256).digest()


def _fits(sent: Iterable[str], made: Iterable[str]) -> bool:
    """Whether one of the signatures sent is one of those made."""
    others = [one.encode() for one in made]
    return any(hmac.compare_digest(one.strip().encode(), other) for one in sent for other in others)


def _demand(scheme: str, fits: bool) -> str:
    if not fits:
        raise WrongSignature(f"the signature ({scheme}) does not fit the body")
    return scheme


def demand_recent(scheme: str, said: str, now: datetime) -> None:
    """Demand that a signed time is near now; what is not written in plain digits is no time. Raises WrongSignature."""
    at = moment(said) if STAMP.fullmatch(said) else None
    if at is None or abs(now - at) > TOLERANCE:
        raise WrongSignature(f"the signature's time ({scheme}) is not within {TOLERANCE} of now")


def pagerduty(delivery: Delivery, secrets: Sequence[str], _: datetime) -> str:
    """v1=HEX, several between commas while a secret is changed."""
    sent = delivery.headers.get("x-pagerduty-signature", "")
    made = [f"v1={_mac(secret, delivery.body).hex()}" for secret in secrets]
    return _demand("PagerDuty v1", _fits(sent.split(","), made)) if sent else ""


def grafana(delivery: Delivery, secrets: Sequence[str], now: datetime) -> str:
    """Hex over the body; over time:body where Grafana is set up to send a header with the time."""
    sent = delivery.headers.get("x-grafana-alerting-signature", "")
    if not sent:
        return ""
    at = next((said for name, said in delivery.headers.items() if name.endswith("timestamp")), "")
    signed = f"{at}:".encode() + delivery.body if at else delivery.body
    scheme = _demand("Grafana HMAC", _fits([sent], [_mac(secret, signed).hex() for secret in secrets]))
    if at:
        demand_recent(scheme, at, now)
    return scheme


def splunk(delivery: Delivery, secrets: Sequence[str], _: datetime) -> str:
    """Base64 over the body."""
    sent = delivery.headers.get("x-sfx-signature", "")
    made = [base64.b64encode(_mac(secret, delivery.body)).decode() for secret in secrets]
    return _demand("Splunk HMAC", _fits([sent], made)) if sent else ""


def honeycomb(delivery: Delivery, secrets: Sequence[str], _: datetime) -> str:
    """The shared secret itself."""
    sent = delivery.headers.get("x-honeycomb-webhook-token", "")
    return _demand("Honeycomb token", _fits([sent], secrets)) if sent else ""


def hexadecimal(header: str, scheme: str) -> Check:
    """Make the check of a sender that signs the body alone, in hexadecimal digits."""

    def check(delivery: Delivery, secrets: Sequence[str], _: datetime) -> str:
        sent = delivery.headers.get(header, "")
        return _demand(scheme, _fits([sent], [_mac(secret, delivery.body).hex() for secret in secrets])) if sent else ""

    return check


def standard(delivery: Delivery, secrets: Sequence[str], now: datetime) -> str:
    """Standard Webhooks: base64 over id.time.body, several between spaces while a secret is changed."""
    sent, headers = delivery.headers.get("webhook-signature", ""), delivery.headers
    if not sent:
        return ""
    at = headers.get("webhook-timestamp", "")
    signed = f"{headers.get('webhook-id', '')}.{at}.".encode() + delivery.body
    made = [f"v1,{base64.b64encode(_mac(_key(secret), signed)).decode()}" for secret in secrets]
    scheme = _demand("Standard Webhooks v1", _fits(sent.split(), made))
    demand_recent(scheme, at, now)
    return scheme


def _key(secret: str) -> bytes:
    """A secret's bytes; Standard Webhooks writes them in base64 behind whsec_."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()


CHECKS: dict[str, Check] = {
    "checkly": hexadecimal("x-checkly-signature", "Checkly HMAC"),
    "grafana": grafana,
    "honeycomb": honeycomb,
    "pagerduty": pagerduty,
    "sentry": hexadecimal("sentry-hook-signature", "Sentry HMAC"),
    "splunk": splunk,
}
"""Sender -> how it signs. Whoever else signs does it after Standard Webhooks; SNS is in sns.py."""


def check(source: str, delivery: Delivery, secrets: Sequence[str], now: datetime) -> str:
    """Give the scheme by which a delivery proved itself; empty where it is not signed. Raises WrongSignature."""
    own = CHECKS.get(source, standard)
    return own(delivery, secrets, now) or standard(delivery, secrets, now)
