"""The e-mail driver, against a small SMTP server on loopback."""

import socketserver
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.tools.drivers.email import Email
from agents.tools.port import Unanswered

KEY = "20260302-120000-abc123/communication/s3_6_brief_stakeholders#1/send_brief.1"
BRIEF = "INCIDENT BRIEF — 2026-03-02 12:00 UTC\n\nSITUATION: Checkout is down — für alle.\n.\nNEXT UPDATE: 12:15"


class Mailbox(NamedTuple):
    """A mail server's port, what it took, and whom it knows nothing of."""

    port: int
    taken: list[tuple[list[str], EmailMessage]]
    unknown: set[str]


class Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs."""

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        box: Any = self.server
        to: list[str] = []
        self.say("220 loopback ESMTP")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                is_known = address not in box.unknown
                to += [address] if is_known else []
                self.say("250 OK" if is_known else "550 5.1.1 no such user")
            elif verb == "DATA":
                self.say("354 go on")
                box.taken.append((to, self.message()))
                self.say("250 queued")
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 loopback")

    def message(self) -> EmailMessage:
        body = bytearray()
        while (line := self.rfile.readline()) != b".\r\n":
            body += line.removeprefix(b".") if line.startswith(b"..") else line
        read: Any = message_from_bytes(bytes(body), policy=policy.default)
        return read


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], EmailMessage]] = []
        self.unknown: set[str] = set()
        super().__init__(("127.0.0.1", 0), Conversation)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with MailServer() as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield Mailbox(server.server_address[1], server.taken, server.unknown)
        server.shutdown()


def driver(mailbox: Mailbox, clock: VirtualClock, **more: Any) -> Email:
    entry = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "sender": "warroom@example.com"}
    return Email({**entry, "to": ["all@example.com"], **more}, clock)


async def test_a_brief_goes_to_its_audience_in_plain_text(mailbox: Mailbox, clock: VirtualClock) -> None:
    audiences = {"executives": ["ceo@example.com", "cto@example.com"]}
    done = await driver(mailbox, clock, audiences=audiences).send_brief("executives", BRIEF, idempotency_key=KEY)
    ((to, message),) = mailbox.taken
    assert done.done
    assert to == ["ceo@example.com", "cto@example.com"]
    assert message["Subject"] == "[20260302-120000-abc123] INCIDENT BRIEF — 2026-03-02 12:00 UTC"
    assert message.get_content().split("\r\n") == [*BRIEF.split("\n"), ""]
    assert message["Auto-Submitted"] == "auto-generated"


async def test_an_audience_that_is_not_named_is_everybody(mailbox: Mailbox, clock: VirtualClock) -> None:
    await driver(mailbox, clock).notify("Legal", "Assess it.", idempotency_key=KEY)
    assert mailbox.taken[0][0] == ["all@example.com"]


async def test_the_same_act_is_the_same_message(mailbox: Mailbox, clock: VirtualClock) -> None:
    sender = driver(mailbox, clock)
    for key in (KEY, KEY, f"{KEY}2"):
        await sender.send_brief("executives", BRIEF, idempotency_key=key)
    first, again, other = (message["Message-ID"] for _, message in mailbox.taken)
    assert first == again
    assert first != other
    assert len({message["References"] for _, message in mailbox.taken}) == 1


async def test_a_subject_cannot_bring_a_header_of_its_own(mailbox: Mailbox, clock: VirtualClock) -> None:
    await driver(mailbox, clock).notify("users", "Down\rBcc: other@example.com\n\nhello", idempotency_key=KEY)
    assert mailbox.taken[0][1]["Bcc"] is None


async def test_addresses_that_are_refused_are_named(mailbox: Mailbox, clock: VirtualClock) -> None:
    mailbox.unknown.add("gone@example.com")
    to = ["all@example.com", "gone@example.com"]
    done = await driver(mailbox, clock, to=to).notify("users", "Down", idempotency_key=KEY)
    assert (done.done, done.detail) == (False, "not taken for gone@example.com")


async def test_a_server_that_offers_no_encryption_is_refused(mailbox: Mailbox, clock: VirtualClock) -> None:
    with pytest.raises(Unanswered, match="STARTTLS"):
        await driver(mailbox, clock, security="starttls").notify("users", "Down", idempotency_key=KEY)
    assert mailbox.taken == []


async def test_a_server_that_is_not_there_is_a_failure(mailbox: Mailbox, clock: VirtualClock) -> None:
    with pytest.raises(Unanswered, match=r"asked 127\.0\.0\.1:9 to send to all@example\.com; answered: Connection"):
        await driver(mailbox, clock, port=9).notify("users", "Down", idempotency_key=KEY)


def test_a_sender_is_one_address(mailbox: Mailbox, clock: VirtualClock) -> None:
    with pytest.raises(ValidationError):
        driver(mailbox, clock, sender="Warroom")


def test_nothing_tells_what_became_of_a_message(mailbox: Mailbox, clock: VirtualClock) -> None:
    assert not hasattr(driver(mailbox, clock), "lookup")
