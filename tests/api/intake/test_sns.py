"""Amazon SNS: envelopes that Amazon signed, and subscriptions that open no way to anybody else."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from api.intake.parsing.delivery import Delivery
from api.intake.signatures import WrongSignature
from api.intake.sns import Envelopes, ForeignAddress, Unanswering, amazons, fetch, signed_text

NOW = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
SUBSCRIBE = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DIGESTS: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # SNS signs with either


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    dated = made.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    return dated.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


PEM = certificate()


class Amazon:
    """Answers like Amazon, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, address: str) -> bytes:
        self.asked.append(address)
        return PEM if address.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"


def envelope(kind: str = "Notification", version: str = "2", **changed: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "Type": kind,
        "MessageId": "22b80b92",
        "TopicArn": TOPIC,
        "Message": "hello",
        "Timestamp": "2026-03-03T02:59:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **({} if kind == "Notification" else {"Token": "t", "SubscribeURL": SUBSCRIBE}),
        **changed,
    }
    signature = KEY.sign(signed_text(told), padding.PKCS1v15(), DIGESTS[version])
    return {**told, "Signature": base64.b64encode(signature).decode()}


def delivered(told: dict[str, Any]) -> Delivery:
    return Delivery(json.dumps(told).encode(), {"content-type": "text/plain; charset=UTF-8"})


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.mark.parametrize("version", ["1", "2"])
async def test_an_envelope_that_amazon_signed_proves_itself(amazon: Amazon, version: str) -> None:
    sent = delivered(envelope(version=version, Subject="ALARM"))
    assert await Envelopes(amazon).check(sent, [TOPIC], NOW) == f"SNS v{version}"


@pytest.mark.parametrize("field", ["Message", "MessageId", "Timestamp"])
async def test_an_envelope_that_was_changed_is_refused(amazon: Amazon, field: str) -> None:
    sent = delivered({**envelope(), field: "2026-03-03T02:59:01.000Z"})
    with pytest.raises(WrongSignature):
        await Envelopes(amazon).check(sent, [TOPIC], NOW)


async def test_a_topic_that_nobody_named_is_refused_and_amazon_is_not_asked(amazon: Amazon) -> None:
    with pytest.raises(WrongSignature, match="topic"):
        await Envelopes(amazon).check(delivered(envelope(TopicArn="arn:aws:sns:x:666:theirs")), [TOPIC], NOW)
    assert amazon.asked == []


async def test_an_envelope_of_yesterday_is_refused(amazon: Amazon) -> None:
    with pytest.raises(WrongSignature, match="time"):
        await Envelopes(amazon).check(delivered(envelope(Timestamp="2026-03-02T02:59:00Z")), [TOPIC], NOW)


async def test_the_certificate_is_fetched_once(amazon: Amazon) -> None:
    envelopes = Envelopes(amazon)
    for _ in range(3):
        await envelopes.check(delivered(envelope()), [TOPIC], NOW)
    assert amazon.asked == [CERTIFICATE]


async def test_a_certificate_from_elsewhere_is_not_fetched(amazon: Amazon) -> None:
    sent = delivered(envelope(SigningCertURL="https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"))
    with pytest.raises(ForeignAddress):
        await Envelopes(amazon).check(sent, [TOPIC], NOW)
    assert amazon.asked == []


async def test_a_subscription_is_confirmed_at_amazon(amazon: Amazon) -> None:
    assert await Envelopes(amazon).confirm(delivered(envelope("SubscriptionConfirmation")))
    assert amazon.asked == [SUBSCRIBE]


async def test_a_notification_confirms_nothing(amazon: Amazon) -> None:
    assert not await Envelopes(amazon).confirm(delivered(envelope()))
    assert amazon.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-west-1.amazonaws.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://sns.eu-west-1.amazonaws.com@evil.example/",
        "https://evil.example/sns.eu-west-1.amazonaws.com",
        "https://evil.example\\@sns.eu-west-1.amazonaws.com/",
        "https://sns.eu-west-1.amazonaws.com:8443/",
        "https://sns.eu-west-1.amazonaws.com.evil.example/",
        "https://s3.amazonaws.com/sns.pem",
        "https://sns.eu-west-1.amazonaws.com/\r\nHost: evil",
        "https://snsXeu-west-1.amazonaws.com/",
        "https://[::1]/",
        "https://[",
        "",
    ],
)
def test_an_address_of_anybody_else_is_refused(address: str) -> None:
    with pytest.raises(ForeignAddress):
        amazons(address)


@pytest.mark.parametrize("host", ["sns.eu-west-1.amazonaws.com", "sns.cn-north-1.amazonaws.com.cn"])
def test_amazon_s_own_addresses_are_taken(host: str) -> None:
    assert amazons(f"https://{host}/x.pem")


class Elsewhere(BaseHTTPRequestHandler):
    """Leads on to another place, or says too much."""

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/on" else 200)
        self.send_header("Location", "/secret")
        self.end_headers()
        if self.path == "/much":
            self.wfile.write(b"x" * 100_000)

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class calls it so


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("path", "said"), [("/on", "302"), ("/much", "more than")])
async def test_fetching_follows_nowhere_and_reads_no_more_than_a_certificate(
    address: str, path: str, said: str
) -> None:
    with pytest.raises(Unanswering, match=said):
        await fetch(address + path)


async def test_who_cannot_be_reached_is_named() -> None:
    with pytest.raises(Unanswering, match="cannot be reached"):
        await fetch("http://127.0.0.1:1/x.pem")


async def test_what_is_signed_is_checked_as_it_was_sent(amazon: Amazon) -> None:
    """Letters that are made harmless before an alert is read are signed all the same."""
    told = envelope(Message="a\r\nb\u200b caf\u0065\u0301", Subject="\u202edisk")
    assert await Envelopes(amazon).check(delivered(told), [TOPIC], NOW) == "SNS v2"
