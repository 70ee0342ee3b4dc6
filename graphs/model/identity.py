"""Identity: who proved to send an alert, and what makes two alerts the same one."""

import json
from functools import lru_cache
from typing import Literal, NamedTuple
from unicodedata import normalize

from agents.runtime.briefing import Alert

OURS = frozenset({"warroom", "patrol", "storm", "alertstorm", "userreport", "report", "simulation"})
"""Names that Warroom uses itself, written plain: nobody outside may use one."""
OUR_OWN_SHAPE = "warroom"
"""In an address: the body says itself who sends it."""
LONGEST_NAME = 100
"""Characters of a name whose plain spelling is remembered."""
USER_REPORT = "user report"
BY_KEY = "the key of "
IN_ADDRESS = ", in the address"


class Proof(NamedTuple):
    """Who a sender proved to be. Two deliveries are from the same sender when kind and name are the same."""

    kind: Literal["local", "key", "sender", "warroom"]
    """local: somebody at this machine, while no key was ever made and so nobody has to prove anything.
    key: whoever holds a key that is for no one sender; `name` is the key's, so that a new key of the same name goes on.
    sender: that sender itself, by its signature or by a key that is for it; `name` is the sender's, whatever the key's.
    warroom: Warroom itself, such as its patrol."""
    name: str = ""
    how: str = ""
    """The signature's scheme or the key; empty where nothing had to be proved."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind

    @property
    def is_by_key(self) -> bool:
        """Whether a key was shown, and no signature."""
        return self.how.startswith(BY_KEY)


LOCAL, WARROOM = Proof("local"), Proof("warroom")


def by_key(name: str, sender: str = "", in_address: bool = False) -> Proof:
    """What a key proves: the sender for which it was made; without one, only who holds it."""
    how = f"{BY_KEY}{name}{IN_ADDRESS if in_address else ''}"
    return Proof("sender", sender, how) if sender else Proof("key", name, how)


def told(sender: str, how: str) -> Proof:
    """A proof as it was written down. Raises ValueError where it is none."""
    kind, _, name = sender.partition(" ")
    if kind not in ("local", "key", "sender", "warroom"):
        raise ValueError(f"{sender!r} names nobody")
    return Proof(kind, name, how)


def told_before(scheme: str, source: str) -> Proof:
    """The proof of what was written down before proofs had names, when only the way of proving was kept."""
    if source == USER_REPORT or scheme in ("", "our own patrol"):
        return WARROOM._replace(how=scheme)
    if scheme == "none":
        return LOCAL
    if scheme.startswith(BY_KEY):
        return Proof("key", scheme.removeprefix(BY_KEY).removesuffix(IN_ADDRESS), scheme)
    return Proof("sender", source, scheme)


def proof_of(alert: Alert) -> Proof:
    """Who proved to send an alert. One without a sender comes from inside, or was written down before."""
    return told(alert.sender, alert.scheme) if alert.sender else told_before(alert.scheme, alert.source)


def known_as(alert: Alert) -> str:
    """The name by which its sender is known: the proved one; where nothing had to be proved, the one it gave."""
    return proof_of(alert).name or alert.source


def sent_by(alert: Alert) -> str:
    """The source as it is shown: where all that was proved is a key of another name, with that name beside it."""
    proof = proof_of(alert)
    is_only_claimed = proof.kind == "key" and plain(proof.name) != plain(alert.source)
    return f"{alert.source} (by the key of {proof.name})" if is_only_claimed else alert.source


def is_same_sender(one: Alert, other: Alert) -> bool:
    """Whether two alerts are from the same sender, and of the same source."""
    return (str(proof_of(one)), one.source) == (str(proof_of(other)), other.source)


def identity(alert: Alert) -> str:
    """What makes two alerts the same one: who proved to send it, its source, its environment and the sender's key.

    As a JSON list, so that no text in one part can be taken for another part.
    """
    return json.dumps([str(proof_of(alert)), alert.source, _environment(alert), key_of(alert)])


def key_of(alert: Alert) -> str:
    """The sender's own key of an alert, else what it is about."""
    return alert.dedup_key or f"{alert.service}/{alert.title}"


def keys_before(alert: Alert) -> tuple[str, str]:
    """How the same alert was kept before proofs were part of its identity: under its source, or under none."""
    return f"{alert.source}:{key_of(alert)}", f"{OUR_OWN_SHAPE}:{key_of(alert)}"


def may_go_on(alert: Alert, kept: Alert) -> bool:
    """Whether an alert is the same as one that was kept before proofs were part of its identity.

    The way of proving was kept then, and it must lead to the same sender. What is so old that not even that was kept
    goes on with whoever may use the name of its source now; the endpoints check that.
    """
    unknown = not kept.scheme and plain(kept.source) not in OURS
    same_sender = unknown or str(proof_of(kept)) == str(proof_of(alert))
    return same_sender and (alert.key_is_unique or kept.environment == alert.environment)


def spelled(name: str) -> str:
    """A sender's name as we write it."""
    return name.strip().lower().replace("-", "_")


def plain(name: str) -> str:
    """A name without case, spaces and marks: how names are compared, so that no spelling makes another one of it."""
    return _short_plain(name) if len(name) <= LONGEST_NAME else _plain(name)


def _plain(name: str) -> str:
    return "".join(letter for letter in normalize("NFKC", name).casefold() if letter.isalnum())


_short_plain = lru_cache(maxsize=1_000)(_plain)
"""The names of senders come with every alert."""


def _environment(alert: Alert) -> str:
    return "" if alert.key_is_unique else alert.environment
