"""Kinds of acts that the catalogue may declare for a service, beside releases, restarts and scaling. One table.

An act of these kinds is proposed only where the service declares it and a mechanism in evidence calls for it: what that
is, `called_for` says here, and agents/rules/diagnosis/act_mechanisms.py reads.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Literal, NamedTuple

DeclaredAction = Literal[
    "restart_instance",
    "drain_instance",
    "replace_instance",
    "limit_tenant",
    "limit_route",
    "block_addresses",
    "switch_flag",
    "revert_setting",
    "rotate_credential",
    "end_session",
    "pause_job",
    "free_disk",
    "reroute_region",
    "restore_backup",
]
NAME = re.compile(r"[\w/*({:][\w .:/@#+,*(){}<>=-]{0,199}")
"""What may name a target: one line, and nothing that a program reads as an option."""
WIDEST = {4: 16, 6: 32}
"""The shortest prefix of an address range that may be blocked, by version: a wider one blocks a whole country."""
INTERNAL: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
        "::ffff:0:0/96",
    )
)
"""Addresses of one's own: what comes from there is not kept out. In IPv6 form an IPv4 address may be any of them."""


class ActKind(NamedTuple):
    """One kind of declared act."""

    target: str
    """The parameter that names what is acted on."""
    called_for: str
    """The mechanism in evidence that calls for it."""
    does: str
    """What it does, for people: after "to"."""
    noun: str
    """The same as a noun, for the record."""
    in_public: str
    """The same for customers, who know no instances and no sessions."""
    afterwards: str
    """What is left to do once it has helped; `{service}` and the target are filled in."""
    is_listed: bool = False
    """The declaration has to list the targets: no reading gives a name that could be acted on."""
    by_a_person: bool = False
    """A person approves it, whatever the policy says."""


ACT_KINDS: dict[str, ActKind] = {
    "restart_instance": ActKind(
        "instance",
        "one instance of several fails, is slow or is reported ill",
        "restart {instance}, one instance of {service}",
        "restart of {instance}, one instance of {service}",
        "restarting a part of our systems",
        "Find out what made {instance} of {service} ill, while the other instances were well.",
    ),
    "drain_instance": ActKind(
        "instance",
        "one instance of several fails, is slow or is reported ill",
        "take {instance} of {service} out of the traffic",
        "draining of {instance} of {service}",
        "taking a faulty part of our systems out of use",
        "Find out what made {instance} of {service} ill, and put it back or replace it.",
    ),
    "replace_instance": ActKind(
        "instance",
        "one instance of several fails, is slow or is reported ill",
        "replace {instance} of {service} by a new instance",
        "replacement of {instance} of {service}",
        "replacing a faulty part of our systems",
        "Find out what made {instance} of {service} ill.",
    ),
    "limit_tenant": ActKind(
        "tenant",
        "one tenant sends several times its usual requests and makes up most of a rise",
        "limit the requests of {tenant} to {service}",
        "limit on the requests of {tenant} to {service}",
        "limiting very heavy use of the service",
        "Talk to {tenant} about its requests to {service}, and lift the limit or make it the rule.",
    ),
    "limit_route": ActKind(
        "route",
        "one endpoint gets several times its usual requests and makes up most of a rise",
        "limit the requests to {route} of {service}",
        "limit on the requests to {route} of {service}",
        "limiting a part of the service that is used very heavily",
        "Find out who calls {route} of {service} so often, and lift the limit or make it the rule.",
    ),
    "block_addresses": ActKind(
        "addresses",
        "suspicious access that comes from one address range",
        "block requests from {addresses} to {service}",
        "block of {addresses} at {service}",
        "blocking unwanted requests",
        "Look into what {addresses} got at {service}, and lift the block or make it the rule.",
    ),
    "switch_flag": ActKind(
        "flag",
        "a flag was switched, and the errors point to it",
        "switch the flag {flag} of {service} to {value}",
        "switching of the flag {flag} of {service} to {value}",
        "undoing a recent change",
        "Repair what the flag {flag} of {service} brings before it is switched again.",
        is_listed=True,
    ),
    "revert_setting": ActKind(
        "setting",
        "a setting was changed, and the errors point to it",
        "put the setting {setting} of {service} back to {value}",
        "return of the setting {setting} of {service} to {value}",
        "undoing a recent change",
        "Find a value of {setting} of {service} that serves what it was changed for.",
        is_listed=True,
    ),
    "rotate_credential": ActKind(
        "credential",
        "a credential is refused as expired or revoked, or was used by somebody else",
        "issue the credential {credential} of {service} anew",
        "rotation of the credential {credential} of {service}",
        "renewing an access key",
        "Let the credential {credential} of {service} be renewed before it runs out, and alert on its age.",
        is_listed=True,
    ),
    "end_session": ActKind(
        "session",
        "sessions of a database wait for a lock that one session holds",
        "end the session {session} on {service}",
        "ending of the session {session} on {service}",
        "ending a task that held up others",
        "Find out what the session {session} on {service} did, and give such work a time limit.",
    ),
    "pause_job": ActKind(
        "job",
        "a job began shortly before, and what it runs on is used up",
        "pause the job {job} on {service}",
        "pause of the job {job} on {service}",
        "pausing a background task",
        "Let the job {job} on {service} run again where it hurts nobody: at another hour, or in smaller portions.",
        is_listed=True,
    ),
    "free_disk": ActKind(
        "volume",
        "a volume is full",
        "free space on {volume} of {service}",
        "freeing of space on {volume} of {service}",
        "making room on our systems",
        "Find out what filled {volume} of {service}, and alert earlier.",
        is_listed=True,
    ),
    "reroute_region": ActKind(
        "region",
        "one region of several fails",
        "send the traffic of {region} to the other regions of {service}",
        "rerouting of {region} at {service}",
        "moving traffic to other locations",
        "Find out what failed in {region} of {service}, and send its traffic back.",
    ),
    "restore_backup": ActKind(
        "backup",
        "data is lost or damaged, and since when is known",
        "restore {service} from {backup}, to its state before {before}",
        "restoring of {service} from {backup}, to its state before {before}",
        "restoring data from a backup",
        "Bring back what was written to {service} after {before}, and find out what damaged its data.",
        is_listed=True,
        by_a_person=True,
    ),
}
"""Action -> its kind."""


def in_words(words: str, service: str, parameters: Mapping[str, Any]) -> str:
    """The words of a kind, with the service and the parameters of one act."""
    return words.format_map({**parameters, "service": service})


def named(action: str, service: str, parameters: Mapping[str, Any]) -> str:
    """An act of any kind as a noun, such as "draining of shop-2 of shop" or "restart of shop"."""
    kind = ACT_KINDS.get(action)
    if kind is None or kind.target not in parameters:
        return f"{action.replace('_', ' ')} of {service}"
    return in_words(kind.noun, service, parameters)


def unfit_value(parameter: str, value: Any) -> str:
    """Why a value cannot be this parameter of a declared act; empty where it can."""
    check = CHECKS.get(parameter, _name)
    return check(value) if isinstance(value, str) else ""


def _name(value: str) -> str:
    return "" if NAME.fullmatch(value) else "it is no name that could be acted on"


def _range(value: str) -> str:
    try:
        network = ip_network(value)
    except ValueError:
        return "it is no address and no address range, such as 203.0.113.0/24"
    if network.prefixlen < WIDEST[network.version]:
        return f"it is wider than /{WIDEST[network.version]}"
    if any(network.version == own.version and network.overlaps(own) for own in INTERNAL):  # type: ignore[arg-type]
        return "it holds addresses of internal networks"
    return ""


def _time(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return "it is no time, such as 2026-03-03T02:40:00+00:00"
    return "" if moment.tzinfo else "it is a time without a zone"


CHECKS: dict[str, Callable[[str], str]] = {"addresses": _range, "before": _time}
"""Parameter -> what else it has to be than a name."""
