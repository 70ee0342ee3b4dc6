"""Claims: which source name an alert may have. Every endpoint asks here, whatever it lets senders say of themselves."""

from collections.abc import Mapping

from agents.runtime.briefing import Alert
from api.auth.access import NotAllowed, Unidentified
from api.intake.parsing.inbox import Inbox
from api.intake.senders import Senders
from graphs.model.identity import OURS, Proof, plain
from graphs.store.api_keys import ApiKeys

NOTHING_SETTLED: Mapping[str, str] = {}


class Unproven(Unidentified):
    """The delivery does not prove that it is from whom it says."""


class NameOfOurs(ValueError):
    """A sender calls itself by a name that Warroom uses itself."""


class Claims:
    """Knows which names belong to somebody: to Warroom, to senders that sign, to senders for which keys were made."""

    def __init__(self, senders: Senders, keys: ApiKeys) -> None:
        self._senders = senders
        self._keys = keys

    def settle(self, inbox: Inbox, proof: Proof, settled: Mapping[str, str] = NOTHING_SETTLED) -> Inbox:
        """Give every alert the source that its sender may use; of some names it is settled already.

        Raises NameOfOurs, Unproven and NotAllowed.
        """
        said = {alert.source for alert in inbox.alerts}
        allowed = {source: settled.get(source) or self.name(source, proof) for source in said}
        return inbox._replace(alerts=[_renamed(alert, allowed[alert.source]) for alert in inbox.alerts])

    def name(self, said: str, proof: Proof) -> str:
        """The source that a sender may use; one that names none gets its proved name.

        Raises NameOfOurs, Unproven and NotAllowed.
        """
        if proof.kind == "warroom":
            return said
        source = said.strip() or proof.name or proof.kind
        if plain(source) in OURS:
            raise NameOfOurs(f"source: Warroom uses the name {source[:100]} itself; a sender needs another")
        if proof.kind == "sender":
            return self._of_sender(source, proof)
        if self._senders.must_prove(source):
            raise Unproven(f"{source[:100]} signs what it sends, and this is not signed")
        if plain(source) in map(plain, self._keys.senders()):
            raise NotAllowed(f"There are keys for the sender {source[:100]}, and this was not sent with one")
        return source

    def _of_sender(self, source: str, proof: Proof) -> str:
        """A sender's own name; a key that is for it is not enough where it signs."""
        if plain(source) != plain(proof.name):
            raise NotAllowed(f"This comes with {proof.how}, for the sender {proof.name}, and names {source[:100]}")
        if proof.is_by_key and self._senders.must_prove(source):
            raise Unproven(f"{proof.name} signs what it sends, and this is not signed")
        return proof.name


def _renamed(alert: Alert, source: str) -> Alert:
    return alert if alert.source == source else alert.model_copy(update={"source": source})
