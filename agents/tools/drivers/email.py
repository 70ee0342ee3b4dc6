"""The e-mail driver: messages by SMTP. A mail server does not tell what became of one, so there is no lookup."""

import asyncio
import hashlib
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from agents.io.clock import Clock, outside
from agents.io.credentials import Credential, reveal
from agents.io.redaction import beginning
from agents.readings.production import ActionResult, Refusal
from agents.tools.port import Unanswered


class EmailSettings(BaseModel, extra="forbid"):
    """A `driver: email` entry of the catalogue."""

    driver: str = "email"
    host: str = Field(min_length=1)
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """none: only for a mail server on this machine or behind a tunnel."""
    user: str = ""
    password: Credential | None = None
    sender: str
    to: list[str] = Field(min_length=1)
    """Whoever the audiences do not name."""
    audiences: dict[str, list[str]] = {}
    """Audience, such as executives or Studio Producer -> addresses."""
    seconds: float = 20

    @field_validator("sender")
    @classmethod
    def is_an_address(cls, text: str) -> str:
        Address(addr_spec=text)  # raises ValueError
        return text


class Email:
    """Sends plain text. The Message-ID is made of the act's key: what is sent twice is recognised as one message."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = EmailSettings.model_validate(settings)
        self._clock = clock

    async def send_brief(self, audience: str, text: str, idempotency_key: str) -> ActionResult:
        return await self._send(audience, text, idempotency_key)

    async def notify(
        self, audience: str, text: str, idempotency_key: str, question: str = "", answers: Sequence[str] = ()
    ) -> ActionResult:
        return await self._send(audience, text, idempotency_key)

    async def _send(self, audience: str, text: str, key: str) -> ActionResult:
        entry = self._settings
        to = entry.audiences.get(audience, entry.to)
        try:
            message = self._message(to, text, key)
            refused = await outside(self._clock, asyncio.to_thread(self._deliver, message))
        except (OSError, smtplib.SMTPException) as error:
            said = f"asked {entry.host}:{entry.port} to send to {', '.join(to)}; answered: {_words(error)}"
            raise Unanswered(Refusal(error="failed", said=beginning(said, 2000))) from error
        if refused:
            return ActionResult(
                done=False, detail=f"not taken for {', '.join(refused)}", reference=message["Message-ID"]
            )
        return ActionResult(done=True, detail=f"sent to {', '.join(to)}", reference=message["Message-ID"])

    def _message(self, to: Sequence[str], text: str, key: str) -> EmailMessage:
        message = EmailMessage()
        run = key.partition("/")[0]
        first = " ".join(next((line for line in text.splitlines() if line.strip()), "").split())
        message["From"], message["To"] = self._settings.sender, ", ".join(to)
        message["Subject"] = f"[{run}] {first}"[:200]
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{_digest(key)}@{self._settings.sender.rpartition('@')[2]}>"
        thread = f"<{_digest(run)}@{self._settings.sender.rpartition('@')[2]}>"
        message["References"] = thread
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message

    def _deliver(self, message: EmailMessage) -> list[str]:
        """Hand the message to the server; gives the addresses that it refused."""
        entry = self._settings
        with self._connected() as server:
            if entry.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if entry.user and entry.password:
                server.login(entry.user, reveal(entry.password))
            return list(server.send_message(message))

    def _connected(self) -> smtplib.SMTP:
        entry = self._settings
        if entry.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(entry.host, entry.port, timeout=entry.seconds, context=context)
        return smtplib.SMTP(entry.host, entry.port, timeout=entry.seconds)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
