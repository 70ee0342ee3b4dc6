"""Amazon SNS: envelopes are signed with a certificate of Amazon's, and a subscription wants to be confirmed."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import httpx2

from agents.io.outbound import Unroutable, way_to
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.reading import moment, text
from api.intake.signatures import WrongSignature

HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
ADDRESS = re.compile(r"https://[\x21-\x7e]+")
TOLERANCE = timedelta(hours=2)
"""SNS tries again for an hour."""
SECONDS = 5
MOST_BYTES = 64 * 1024
LONGEST_ENVELOPE = 1024 * 1024
"""Bytes; SNS itself takes messages of 256 KB."""
MOST_CERTIFICATES = 8
"""Kept at once; a region has one."""
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": NOTIFICATION,
    "SubscriptionConfirmation": CONFIRMATION,
    "UnsubscribeConfirmation": CONFIRMATION,
}
"""Kind of envelope -> the fields that are signed, in this order."""


class ForeignAddress(ValueError):
    """The address is not one of Amazon SNS; nothing was asked of it."""


class Unanswering(Exception):
    """Amazon SNS does not answer as it should."""


class Fetch(Protocol):
    """Gets what stands at an address of Amazon's. Raises Unanswering."""

    async def __call__(self, address: str) -> bytes: ...


async def fetch(address: str) -> bytes:
    """Get what stands at an address, in a few seconds, and follow it nowhere else. Raises Unanswering."""
    try:
        way = way_to(address)
        async with (
            httpx2.AsyncClient(**way.options(), timeout=SECONDS, follow_redirects=False) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code != 200:
                raise Unanswering(f"{urlsplit(address).hostname} answered {answer.status_code}")
            content = b""
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > MOST_BYTES:
                    raise Unanswering(f"{urlsplit(address).hostname} answered with more than {MOST_BYTES} bytes")
            return content
    except (httpx2.HTTPError, Unroutable) as error:
        raise Unanswering(f"{urlsplit(address).hostname} cannot be reached: {error}") from error


def amazons(address: str) -> str:
    """Give the address back if it is one of Amazon SNS. Raises ForeignAddress."""
    try:
        parts = urlsplit(address) if ADDRESS.fullmatch(address) and "\\" not in address else None
        ours = parts and parts.netloc == parts.hostname and HOST.fullmatch(parts.hostname or "")
    except ValueError:
        ours = None
    if not ours:
        raise ForeignAddress(f"{address[:200]!r} is not an address of Amazon SNS")
    return address


@dataclass
class Envelopes:
    """Checks envelopes, and confirms the subscriptions of the topics that are wanted."""

    fetch: Fetch = fetch
    _certificates: dict[str, bytes] = field(default_factory=dict[str, bytes])

    async def check(self, delivery: Delivery, topics: Sequence[str], now: datetime) -> str:
        """Give the scheme by which an envelope proved itself; empty where there is none.

        Raises WrongSignature, ForeignAddress and Unanswering.
        """
        envelope = envelope_of(delivery)
        if not envelope:
            return ""
        topic, at = text(envelope.get("TopicArn")), moment(envelope.get("Timestamp"))
        if topic not in topics:
            raise WrongSignature(f"the topic {topic[:200]!r} is not one of those that are wanted")
        if at is None or abs(now - at) > TOLERANCE:
            raise WrongSignature(f"the envelope's time is not within {TOLERANCE} of now")
        version = text(envelope.get("SignatureVersion"))
        verify(envelope, await self._certificate(text(envelope.get("SigningCertURL"))))
        return f"SNS v{version}"

    async def confirm(self, delivery: Delivery) -> bool:
        """Confirm a subscription; the envelope was checked before. Raises ForeignAddress and Unanswering."""
        envelope = envelope_of(delivery)
        if text(envelope.get("Type")) != "SubscriptionConfirmation":
            return False
        await self.fetch(amazons(text(envelope.get("SubscribeURL"))))
        return True

    async def _certificate(self, address: str) -> bytes:
        if address not in self._certificates:
            fetched = await self.fetch(amazons(address))
            if len(self._certificates) >= MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[address] = fetched
        return self._certificates[address]


def envelope_of(delivery: Delivery) -> Mapping[str, Any]:
    """SNS's envelope as it was sent, for that is what is signed; empty where the body is none. Raises NotJson."""
    told = delivery.sent if len(delivery.body) <= LONGEST_ENVELOPE else None
    fields = cast(dict[str, Any], told) if isinstance(told, dict) else {}
    return fields if text(fields.get("Type")) in SIGNED and "Signature" in fields else {}


def signed_text(envelope: Mapping[str, Any]) -> bytes:
    """What Amazon signs: names and contents, each on a line of its own; an absent subject is left out."""
    names = SIGNED[text(envelope.get("Type"))]
    return "".join(f"{name}\n{envelope[name]}\n" for name in names if envelope.get(name) is not None).encode()


def verify(envelope: Mapping[str, Any], certificate: bytes) -> None:
    """Check an envelope's RSA signature against a certificate in PEM. Raises WrongSignature and Unanswering."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256
        from cryptography.x509 import load_pem_x509_certificate
    except ModuleNotFoundError as missing:
        raise Unanswering("SNS signatures need another package: pip install 'warroom[sns]'") from missing
    digest = {"1": SHA1, "2": SHA256}.get(text(envelope.get("SignatureVersion")))
    try:
        key = load_pem_x509_certificate(certificate).public_key()
        signature = base64.b64decode(text(envelope.get("Signature")), validate=True)
        if digest is None or not isinstance(key, RSAPublicKey):
            raise WrongSignature("the envelope is signed in a way that SNS does not sign")
        key.verify(signature, signed_text(envelope), PKCS1v15(), digest())
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise WrongSignature("the signature (SNS) does not fit the envelope") from error
