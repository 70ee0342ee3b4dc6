"""The catalogue: which services there are, how to observe them and how to act on them."""

import re
from fnmatch import fnmatchcase
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator

from agents.io.act_kinds import ACT_KINDS
from agents.io.credentials import Credential
from agents.io.link_templates import LinkKind, LinkTemplate
from agents.io.mcp_server import McpServer
from agents.io.misspelt_keys import in_words
from agents.io.outside_text import sanitize_json
from agents.io.policy_rules import Name, PolicyEntry, demand_known_names, is_pattern
from agents.io.web_address import WebAddress
from prompts.notation import Unreadable, read_yaml, text_of

Kind = Literal["web", "api", "worker", "database", "cache", "queue", "provider"]
SERVES_CALLERS: tuple[Kind, ...] = ("database", "cache", "queue")
"""Kinds that nobody but their callers use and that keep what these write: a crowd there comes from a caller."""

NO_PUBLIC_NAME = "One of our services"
"""What customers read of a service that they have no name for."""
FIT_FOR_CUSTOMERS = re.compile(r"(?=.*[^\W\d_])[^\W_](?:(?:[^\W_]|[ '&,+-])*[^\W_])?")
"""A name of words: no address, no path and no sign of a program."""
LASTS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*")


class DriverSettings(BaseModel, extra="allow"):
    """Which driver answers, and that driver's own settings."""

    driver: str


SPLIT_BY = frozenset({"metrics", "split_signals"})
"""What observes requests by endpoint."""


class ActSettings(DriverSettings):
    """Which driver acts. One of the kinds of agents/io/act_kinds.py also says what people have to know to decide."""

    risk: str = ""
    undo: str = ""
    check: str = ""
    """What shows that it worked, for people; what can be measured is measured in any case."""
    targets: list[str] = []
    """The flags, jobs, tenants and so on that it may be done to, with * and ? for what may vary; any, unless named."""
    takes_effect_in_minutes: int = Field(default=10, ge=0, le=10_080)
    """After how long a change for the better should show."""

    def allows(self, target: str) -> bool:
        """Whether it may be done to this target."""
        return not self.targets or any(fnmatchcase(target, pattern) for pattern in self.targets)


DECLARES = frozenset(ActSettings.model_fields) - {"driver"}
"""The settings of an act that are no settings of its driver."""


class Objectives(BaseModel, extra="forbid"):
    """What a service is to do for its users. Where one is given, it decides whether they are hurt, not the usual."""

    availability: float | None = Field(default=None, gt=0, lt=100)
    """Percent of requests that are to succeed, such as 99.9."""
    latency_p95: float | None = Field(default=None, gt=0)
    """Seconds, or a text such as 300ms or 0.3s."""

    @field_validator("latency_p95", mode="before")
    @classmethod
    def in_seconds(cls, written: Any) -> Any:
        """Read a text with its unit."""
        found = LASTS.fullmatch(written) if isinstance(written, str) else None
        return float(found[1]) / (1000 if found[2] == "ms" else 1) if found else written

    @property
    def budget(self) -> float | None:
        """The share of requests that may fail."""
        return None if self.availability is None else 1 - self.availability / 100


class Service(BaseModel, extra="forbid"):
    """One service, database, cache, queue or external provider."""

    tier: Literal[1, 2, 3] = 3
    """1: the business stands still without it; 2: a major feature; 3: the rest."""
    kind: Kind = "api"
    public_name: str = ""
    """What customers call it. Internal names never leave the building."""
    features: dict[str, str] = {}
    """An endpoint, as its metrics name it, with * and ? for what may vary -> what customers call it, such as Checkout:
    said where that fails and the rest of the service does not."""
    owner: str = ""
    depends_on: list[str] = []
    revenue_per_minute: float = Field(default=0, ge=0)
    currency: str = "USD"
    holds_user_data: bool = False
    objectives: Objectives = Objectives()
    observe: dict[str, DriverSettings] = {}
    """Port or system name -> driver."""
    act: dict[str, ActSettings] = {}
    """Acting port or system name -> driver."""
    links: dict[LinkKind, LinkTemplate] = {}
    """Where people look further, such as the address of its dashboard."""

    @field_validator("features")
    @classmethod
    def features_have_names_that_customers_may_read(cls, features: dict[str, str]) -> dict[str, str]:
        for endpoint, name in features.items():
            if not endpoint.strip():
                raise ValueError(f"{name!r} has no endpoint")
            if not FIT_FOR_CUSTOMERS.fullmatch(name):
                raise ValueError(f"{name!r} of {endpoint} is no name that customers may read")
        return features

    @field_validator("act")
    @classmethod
    def acts_say_what_they_must(cls, act: dict[str, ActSettings]) -> dict[str, ActSettings]:
        for name, entry in act.items():
            kind, given = ACT_KINDS.get(name), sorted(entry.model_fields_set & DECLARES)
            if kind is None and given:
                raise ValueError(f"{name} takes no {given[0]}: that belongs to {', '.join(ACT_KINDS)}")
            needed = ["risk", "undo", "check", *(["targets"] if kind and kind.is_listed else [])]
            if kind and (missing := [field for field in needed if not getattr(entry, field)]):
                raise ValueError(f"{name} has to say its {' and its '.join(missing)}")
        return act

    def feature(self, endpoint: str) -> str:
        """What customers call what an endpoint does; empty where that is not declared."""
        fitting = (name for pattern, name in self.features.items() if fnmatchcase(endpoint, pattern))
        return self.features.get(endpoint) or next(fitting, "")

    def declared(self, action: str) -> ActSettings | None:
        """The declaration of an act of the kinds that have to be declared one by one; None where there is none."""
        return self.act.get(action) if action in ACT_KINDS else None


class Knowledge(BaseModel, extra="forbid"):
    """The team's own runbooks and notes."""

    folder: Path
    """Of Markdown files; counted from the catalogue's own folder, unless it begins with /."""


RunEventType = Literal[
    "run.alerted",
    "run.classified",
    "run.team_activated",
    "run.status_changed",
    "run.concluded",
    "run.change_proposed",
    "run.change_decided",
    "run.change_made",
    "run.question_asked",
    "run.question_answered",
    "run.question_withdrawn",
    "run.escalated",
    "run.resolved",
    "run.post_mortem_written",
    "run.post_mortem_published",
    "run.closed",
    "run.cancelled",
]


class Webhook(BaseModel, extra="forbid"):
    """An address that is told what happens in the runs, signed after Standard Webhooks."""

    url: WebAddress
    secret: Credential
    """whsec_ and base64, or any other text."""
    events: list[RunEventType] = []
    """Which types of events, such as run.resolved; all, unless named."""
    allow: list[IPv4Network | IPv6Network] = []
    """Networks that are not public and may be called all the same."""


class Inhibition(BaseModel, extra="forbid"):
    """While one alert fires, another says nothing new: it joins the first one's incident and starts none."""

    source: str = Field(min_length=1)
    """The title of the alert that explains the others, with * and ? for what may vary."""
    target: str = Field(min_length=1)
    """The titles that it explains."""
    sender: str = ""
    """Who must have sent the alert that explains the others: the sender that is proved by its signature or by a key
    that is for that sender, or else the name of its key; while there are no keys, the source that it gives."""
    equal: list[str] = []
    """Labels, or service, environment, region, that must be the same on both."""

    @property
    def is_complete(self) -> bool:
        """Whether it says whose alert explains the others, and what they have in common."""
        return bool(self.sender and self.equal)


class Catalogue(BaseModel, extra="forbid"):
    """All services by name, and the drivers for what leaves the building."""

    services: dict[str, Service] = {}
    outgoing: dict[str, DriverSettings] = {}
    """Port or system name (channel, status_page, stakeholders, backlog) -> driver."""
    knowledge: Knowledge | None = None
    mcp: dict[Name, McpServer] = {}
    """Servers whose tools the roles may use, as far as these are listed for them."""
    webhooks: list[Webhook] = []
    inhibitions: list[Inhibition] = []
    people: list[Name] = []
    """Who may be named as an approver, by the name on their API key or among Slack's people."""
    groups: dict[Name, list[Name]] = {}
    """Groups of these people, for the policy."""
    policy: list[PolicyEntry] = []
    """Which changes are made at once, asked about, or never made; the first rule that fits decides."""

    @field_validator("services")  # of the field: what is checked once is not checked in every briefing that holds it
    @classmethod
    def dependencies_are_listed(cls, services: dict[str, Service]) -> dict[str, Service]:
        for name, service in services.items():
            unknown = set(service.depends_on) - set(services)
            if unknown:
                raise ValueError(f"{name} depends on {', '.join(sorted(unknown))}, which the catalogue does not list")
        return services

    @field_validator("services")
    @classmethod
    def features_are_called_as_no_service_is(cls, services: dict[str, Service]) -> dict[str, Service]:
        public = {service.public_name.lower(): name for name, service in services.items()}
        for name, service in services.items():
            if taken := [feature for feature in service.features.values() if feature.lower() in public]:
                raise ValueError(
                    f"{name} has the feature {taken[0]}, as {public[taken[0].lower()]} is called in public"
                )
        return services

    @field_validator("people")
    @classmethod
    def people_are_single(cls, people: list[str]) -> list[str]:
        if several := [name for name in people if is_pattern(name)]:
            raise ValueError(f"{several[0]} is no name of one person")
        return people

    @field_validator("groups")
    @classmethod
    def members_are_listed(cls, groups: dict[str, list[str]], info: ValidationInfo) -> dict[str, list[str]]:
        people: set[str] = set(info.data.get("people", []))
        for name, members in groups.items():
            if name in people:
                raise ValueError(f"{name} is the name of a person, too")
            if unknown := set(members) - people:
                raise ValueError(f"{name} names {', '.join(sorted(unknown))}, not listed among the people")
        return groups

    @field_validator("policy")
    @classmethod
    def names_in_rules_are_listed(cls, policy: list[PolicyEntry], info: ValidationInfo) -> list[PolicyEntry]:
        if {"services", "people", "groups"} <= set(info.data):  # else what is wrong with them is told already
            demand_known_names(policy, set(info.data["services"]), set(info.data["people"]), info.data["groups"])
        return policy

    @cached_property
    def plain(self) -> dict[str, Any]:
        """As plain values; a catalogue is read once and does not change."""
        return self.model_dump(mode="json")

    def doubts(self) -> list[str]:
        """What in it does less than one may think, a sentence each."""
        unread = [name for name, one in self.services.items() if one.features and not {*one.observe} & SPLIT_BY]
        return [
            *(f"the features of {name} are never told: nothing observes its requests by endpoint" for name in unread),
            *self._doubts_of_inhibitions(),
        ]

    def _doubts_of_inhibitions(self) -> list[str]:
        return [
            f"the inhibition of {one.target!r} by {one.source!r} counts between alerts of the same sender only:"
            f" it does not say {' and '.join(missing)}"
            for one in self.inhibitions
            if (missing := [*(["its sender"] if not one.sender else []), *(["what is equal"] if not one.equal else [])])
        ]

    def objectives_of(self, name: str) -> Objectives:
        """What a service is to do; nothing is asked of one that is not listed."""
        return self.services[name].objectives if name in self.services else Objectives()

    def downstream(self, name: str) -> list[str]:
        """The service and everything it depends on, nearest first."""
        found, queue = [name], [name]
        while queue:
            for dependency in self.services[queue[0]].depends_on if queue[0] in self.services else []:
                if dependency not in found:
                    found.append(dependency)
                    queue.append(dependency)
            queue.pop(0)
        return found

    def callers(self, name: str) -> list[str]:
        """The services that depend on this one directly."""
        return [other for other, service in self.services.items() if name in service.depends_on]

    def public_name(self, name: str) -> str:
        """What customers may read; never an internal name."""
        service = self.services.get(name)
        return service.public_name if service and service.public_name else NO_PUBLIC_NAME


class CatalogueError(ValueError):
    """The catalogue cannot be read."""


def load(path: Path) -> Catalogue:
    """Read and validate a catalogue file; raises CatalogueError with every fault found in it."""
    try:
        document = read_yaml(text_of(path), str(path))
    except Unreadable as error:
        raise CatalogueError(str(error)) from error
    try:
        listed = Catalogue() if document.content is None else Catalogue.model_validate(sanitize_json(document.content))
    except ValidationError as error:
        faults = "; ".join(f"{document.at(fault['loc'])}: {in_words(fault, Catalogue)}" for fault in error.errors())
        raise CatalogueError(faults) from error
    if listed.knowledge is None:
        return listed
    return listed.model_copy(update={"knowledge": Knowledge(folder=path.parent / listed.knowledge.folder)})
