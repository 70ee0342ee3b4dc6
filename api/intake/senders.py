"""Senders: what is known of those who send alerts: their secrets, and how their own shapes are to be read."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from agents.io.credentials import Credential, reveal
from agents.io.outside_text import sanitize_json
from api.intake.adapters import registry as adapters
from api.intake.mapping import BadMapping, mapped
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Adapter, Inbox
from graphs.model.identity import OUR_OWN_SHAPE, OURS, plain, spelled
from prompts.notation import Unreadable, read_yaml, text_of


class SendersUnreadable(ValueError):
    """The file of senders cannot be read."""


class Sender(BaseModel, extra="forbid"):
    """One sender, as the file says it."""

    secrets: list[Credential] = []
    """Where its secrets stand: the old and the new one while a secret is changed."""
    topics: list[str] = []
    """Of Amazon SNS: whose envelopes are taken, and whose subscriptions are confirmed."""
    heartbeat_minutes: float = Field(default=0, ge=0)
    """It is expected to send something at least this often; when it does not, that is an alert. 0: it is not."""
    changes_are_alerts: bool = False
    """What its pipelines say is taken as alerts; otherwise it is kept as changes."""
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
        """A sender's name as we write it, and who reads it: the file's mapping before our own. Raises UnknownSource.

        A sender of the file that has neither posts our own shape. Whatever a body says, its alerts get the name of
        the address, which is the one that has to be proved; at the address of our own shape they name their source.
        """
        name = spelled(source)
        if name == OUR_OWN_SHAPE:
            return name, adapters.ADAPTERS[name]
        changes = name in self._told and self._told[name].changes_are_alerts
        if name in self._mapped:
            return name, _in_the_name_of(name, self._mapped[name], changes)
        shape = OUR_OWN_SHAPE if name in self._told and name not in adapters.ADAPTERS else adapters.named(source)
        return name, _in_the_name_of(name, adapters.ADAPTERS[shape], changes)

    def heartbeat(self, source: str) -> timedelta | None:
        """How often a sender is expected to report in; None where it is not."""
        minutes = self._told[source].heartbeat_minutes if source in self._told else 0
        return timedelta(minutes=minutes) if minutes else None

    @property
    def expected(self) -> dict[str, timedelta]:
        """The senders that are expected to report in, and how often."""
        return {name: every for name in self._told if (every := self.heartbeat(name))}

    def secrets(self, source: str) -> list[str]:
        """A sender's secrets that count now. Raises OSError where one is gone."""
        return [reveal(secret) for secret in self._told[source].secrets] if source in self._told else []

    def topics(self, source: str) -> list[str]:
        """The SNS topics that are wanted."""
        return self._told[source].topics if source in self._told else []

    def must_prove(self, source: str) -> bool:
        """Whether the file says how a sender proves itself: then nothing unproven is taken in its name."""
        proving = (name for name, sender in self._told.items() if sender.secrets or sender.topics)
        return plain(source) in map(plain, proving)


def _in_the_name_of(name: str, adapter: Adapter, changes_are_alerts: bool) -> Adapter:
    def read(delivery: Delivery) -> Inbox:
        inbox = adapter(delivery)
        update: dict[str, object] = {"source": name, **({"is_change": False} if changes_are_alerts else {})}
        if not changes_are_alerts and all(alert.source == name for alert in inbox.alerts):
            return inbox
        return inbox._replace(alerts=[alert.model_copy(update=update) for alert in inbox.alerts])

    return read


FILE = TypeAdapter(dict[str, Sender])
"""Name -> sender, as the file says it."""


def load(path: Path) -> Senders:
    """Read the file of senders. Raises SendersUnreadable with every fault found in it."""
    try:
        document = read_yaml(text_of(path), str(path))
    except Unreadable as error:
        raise SendersUnreadable(str(error)) from error
    try:
        written = {} if document.content is None else FILE.validate_python(sanitize_json(document.content))
    except ValidationError as error:
        said = "; ".join(f"{document.at(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise SendersUnreadable(said) from error
    told: dict[str, Sender] = {}
    for name, sender in written.items():
        known_as = spelled(name)
        if plain(known_as) in OURS:
            raise SendersUnreadable(f"{path}: Warroom uses the name {known_as} itself; a sender needs another")
        if known_as in told:
            raise SendersUnreadable(f"{document.at([name])}: expected once, is there twice, as {known_as}")
        told[known_as] = sender
    try:
        return Senders(told)
    except BadMapping as error:
        raise SendersUnreadable(f"{path}: {error}") from error
