"""Outgoing webhooks call the very address that was checked, under the name that was asked for, and check it anew."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agents.io.catalogue import Webhook
from graphs.runtime.dependencies import Dependencies
from tests.agents.io.test_web_address import Names
from tests.agents.tools.vendor import on_loopback
from tests.graphs.outbox.test_webhooks import SECRET, Receiver, alerted, emptied, tell, write

NAME = "hook.example"
HERE = ip_network("127.0.0.1/32")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)


def hook(scheme: str, port: int) -> Webhook:
    return Webhook(url=f"{scheme}://{NAME}:{port}/hook", secret="env:HOOK_SECRET", allow=[HERE])


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


async def one_event(deps: Dependencies) -> None:
    alerted(deps)
    await emptied(deps)


async def two_events(deps: Dependencies) -> None:
    write(deps, alerted(deps), "closed")
    for _ in range(40):
        await deps.clock.sleep(timedelta(seconds=1))


def test_the_address_that_was_checked_is_called_and_the_name_is_not_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receiver, names = Receiver(), Names(["127.0.0.1"], ["10.0.0.7"])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with on_loopback(receiver) as url:
        assert tell(one_event, hook("http", port_of(url))) == 0
    assert names.asked == [NAME]
    assert [asked.headers["host"] for asked in receiver.taken] == [f"{NAME}:{port_of(url)}"]


@pytest.mark.parametrize("later", ["10.0.0.7", "169.254.169.254", "::ffff:10.0.0.7", "64:ff9b::a00:7", "fec0::1"])
def test_a_name_that_leads_elsewhere_the_next_time_is_not_followed(monkeypatch: pytest.MonkeyPatch, later: str) -> None:
    receiver, names = Receiver(), Names(["127.0.0.1"], *[[later]] * 9)
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with on_loopback(receiver) as url:
        assert tell(two_events, hook("http", port_of(url))) == 1
    assert len(names.asked) > 1
    assert receiver.types == ["run.alerted"]


class Stranger:
    """Serves TLS once, with a certificate for the name that nobody trusts."""

    def __init__(self, folder: Path) -> None:
        self.asked_for: list[str | None] = []
        self.trusted = False
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(_certificate(folder))
        self._context.sni_callback = lambda _, name, __: self.asked_for.append(name)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(5)
        self.port: int = self._listening.getsockname()[1]

    def serve(self) -> None:
        with self._listening, suppress(OSError):
            asking, _ = self._listening.accept()
            with asking, self._context.wrap_socket(asking, server_side=True):
                self.trusted = True


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime(2026, 3, 2, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=9999)).sign(key, hashes.SHA256())
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "own.pem"
    file.write_bytes(written + signed.public_bytes(serialization.Encoding.PEM))
    return file


def test_over_tls_the_name_is_asked_for_and_a_certificate_that_nobody_trusts_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stranger = Stranger(tmp_path)
    monkeypatch.setattr(socket, "getaddrinfo", Names(["127.0.0.1"], *[["10.0.0.7"]] * 9))
    serving = threading.Thread(target=stranger.serve)
    serving.start()

    async def part(deps: Dependencies) -> None:
        alerted(deps)
        await deps.clock.sleep(timedelta(seconds=10))

    assert tell(part, hook("https", stranger.port)) == 1
    serving.join(5)
    assert (stranger.asked_for, stranger.trusted) == ([NAME], False)
