"""Senders: what is known of those who send alerts: their secrets, and how their own shapes are to be read."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from agents.io.credentials import Credential, reveal
from api.intake.adapters import registry as adapters
from api.intake.mapping import BadMapping, mapped
from api.intake.parsing.inbox import Adapter
from prompts.notation import Unreadable, read_yaml, text_of


class SendersUnreadable(ValueError):
    """The file of senders cannot be read."""


class Sender(BaseModel, extra="forbid"):
    """One sender, as the file says it."""

    secrets: list[Credential] = []
    """Where its secrets stand: the old and the new one while a secret is changed."""
    topics: list[str] = []
    """Of Amazon SNS: whose envelopes are taken, and whose subscriptions are confirmed."""
    mapping: dict[str, str] = Field(default={})
    """Field of an alert -> where a body of the sender's own shape says it, as JMESPath."""


class Senders:
    """The senders of a file, by name; those that it does not name are known by their adapters."""

    def __init__(self, told: Mapping[str, Sender] | None = None) -> None:
        self._told = told or {}
        self._mapped: dict[str, Adapter] = {
            name: mapped(name, sender.mapping) for name, sender in self._told.items() if sender.mapping
        }

    def adapter(self, source: str) -> tuple[str, Adapter]:
        """A sender's name as we write it, and who reads it: the file's mapping before our own. Raises UnknownSource."""
        name = source.lower().replace("-", "_")
        if name in self._mapped:
            return name, self._mapped[name]
        return adapters.named(source), adapters.ADAPTERS[adapters.named(source)]

    def secrets(self, source: str) -> list[str]:
        """A sender's secrets that count now. Raises OSError where one is gone."""
        return [reveal(secret) for secret in self._told[source].secrets] if source in self._told else []

    def topics(self, source: str) -> list[str]:
        """The SNS topics that are wanted."""
        return self._told[source].topics if source in self._told else []

    def must_prove(self, source: str) -> bool:
        """Whether the file says how a sender proves itself: then nothing unproven is taken in its name."""
        return source in self._told and bool(self._told[source].secrets or self._told[source].topics)


FILE = TypeAdapter(dict[str, Sender])
"""Name -> sender, as the file says it."""


def load(path: Path) -> Senders:
    """Read the file of senders. Raises SendersUnreadable with every fault found in it."""
    try:
        document = read_yaml(text_of(path), str(path))
    except Unreadable as error:
        raise SendersUnreadable(str(error)) from error
    try:
        written = {} if document.content is None else FILE.validate_python(document.content)
    except ValidationError as error:
        said = "; ".join(f"{document.at(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise SendersUnreadable(said) from error
    told: dict[str, Sender] = {}
    for name, sender in written.items():
        plain = name.lower().replace("-", "_")
        if plain in told:
            raise SendersUnreadable(f"{document.at([name])}: expected once, is there twice, as {plain}")
        told[plain] = sender
    try:
        return Senders(told)
    except BadMapping as error:
        raise SendersUnreadable(f"{path}: {error}") from error
