"""A world: what a simulated production consists of and what befalls it, as a person writes it down."""

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, field_validator, model_validator

from agents.io.act_kinds import DeclaredAction
from agents.io.catalogue import Kind
from agents.readings.splits import Dimension
from evals.simulation.disturbance import Disturbance, Minutes, Share

USUAL_WEIGHT = 0.6
"""Share of a dependency's failures that reach its caller."""


PositiveShare = Annotated[float, Field(gt=0, le=1)]


class Release(BaseModel, extra="forbid"):
    """A version of a service going into production."""

    version: str
    at: Minutes
    note: str = ""
    status: Literal["succeeded", "failed"] = "succeeded"
    artefact_kept: bool = True


class CodeChangeSpec(BaseModel, extra="forbid"):
    """A change in a service's code, or a switch in it."""

    change: str
    at: Minutes
    summary: str
    files: list[str] = []
    remedy: Literal["revert", "switch off"] = "revert"
    touches: list[str] = []
    """Pieces of error signatures that lead to this code."""


class Operation(BaseModel, extra="forbid"):
    """Something done to a running service that is no release: told among its events, a provider's on its own page."""

    kind: Literal[
        "configuration", "flag", "migration", "certificate", "secret", "scaling", "maintenance", "operator", "notice"
    ]
    at: Minutes
    says: str
    """As the record of it reads."""


class DeclaredAct(BaseModel, extra="forbid"):
    """An act that the catalogue declares for a service, as in agents/io/catalogue.py."""

    risk: str = Field(default="What it is done to stops working for a while.", min_length=1)
    undo: str = Field(default="The same command with --undo.", min_length=1)
    check: str = Field(default="the service answers as usual", min_length=1)
    targets: list[str] = []
    takes_effect_in_minutes: int = 10


class SimulatedService(BaseModel, extra="forbid"):
    """A service, database, cache, queue or provider, as it is on a good day."""

    tier: Literal[1, 2, 3] = 3
    kind: Kind = "api"
    public_name: str = ""
    owner: str = ""
    depends_on: dict[str, Share] = {}
    """Name -> share of its failures that become failures of this service. A plain list means 0.6 each."""
    revenue_per_minute: float = Field(default=0, ge=0)
    holds_user_data: bool = False
    users: int = Field(default=0, ge=0)
    traffic: float = Field(default=80, ge=0)
    """Requests per second."""
    error_rate: Share = 0.002
    counts_requests: bool = False
    """Each minute's error rate is a share of whole requests: where there are few of them it jumps."""
    latency: float = Field(default=0.15, gt=0)
    """95th percentile, seconds."""
    cpu: Share = 0.34
    memory: Share = 0.52
    network: Share = 0.22
    disk: Share = 0.41
    saturation: Share = 0.36
    script_errors: Share = 0.004
    page_load: float = Field(default=1.4, gt=0)
    replicas: int = Field(default=4, ge=1)
    replicas_limit: int = Field(default=12, ge=1)
    standby: str | None = None
    fallbacks: dict[str, Literal["fallback", "cache"]] = {}
    """Dependency -> what can stand in for it."""
    releases: list[Release] = []
    """Oldest first. Empty: two old ones are made up."""
    changes: list[CodeChangeSpec] = []
    operations: list[Operation] = []
    endpoints: list[str] = ["/health", "/v1/status"]
    connections_limit: int = 200
    connections: Share = 0.38
    slow_queries: float = 4
    shows_locks: bool = False
    """Whether its monitoring counts lock waits and long transactions."""
    splits: dict[Dimension, dict[str, PositiveShare]] = {}
    """By what its requests are split -> name -> its share of them. Empty: its metrics have no such labels."""
    features: dict[str, str] = {}
    """Endpoint -> what customers call it, as in agents/io/catalogue.py."""
    acts: dict[DeclaredAction, DeclaredAct] = {}
    """What else can be done to it, beside releases, restarts and scaling. Nothing, unless it is declared."""
    pipeline: Literal["passing", "failing", "running", "unknown"] = "passing"

    @field_validator("splits")
    @classmethod
    def shares_are_of_one(cls, splits: dict[Dimension, dict[str, float]]) -> dict[Dimension, dict[str, float]]:
        for by, spread in splits.items():
            if abs(sum(spread.values()) - 1) > 0.01:
                raise ValueError(f"expected the shares by {by} to be 1 together, found {sum(spread.values()):g}")
        return splits

    @model_validator(mode="before")
    @classmethod
    def plain_dependencies(cls, written: Any) -> Any:
        given = cast(dict[str, Any], written) if isinstance(written, dict) else {}
        named = given.get("depends_on")
        if not isinstance(named, list):
            return cast(Any, written)
        return {**given, "depends_on": {str(name): USUAL_WEIGHT for name in cast(list[Any], named)}}


class Gap(BaseModel, extra="forbid"):
    """Telemetry that cannot be had, or an act that does not answer."""

    port: str
    service: str = ""
    """Empty: every service."""
    answer: Literal["not connected", "no data", "timeout", "failed", "no samples"] = "no data"
    """no samples: the series are there, with a hole from `since` to `until`."""
    since: Minutes = -1e9
    until: Minutes = 1e9


class World(BaseModel, extra="forbid"):
    """A whole small production and what befalls it."""

    services: dict[str, SimulatedService]
    faults: list[Disturbance] = []
    oddities: list[Disturbance] = []
    """Adjacent and harmless."""
    gaps: list[Gap] = []
    team_notes: dict[str, str] = {}
    """What the team has written down: file -> Markdown. Empty: it has no notes."""
    observed: dict[str, list[str]] = {}
    """Service -> the reading ports that have anything to say of it; empty: all of all. Of a captured world."""
    minutes: dict[str, float] = {}
    """Port -> how many minutes it takes here."""
    currency: str = "USD"

    @property
    def disturbances(self) -> list[Disturbance]:
        return [*self.faults, *self.oddities]

    @model_validator(mode="after")
    def names_are_known(self) -> "World":
        for name, service in self.services.items():
            for dependency in [*service.depends_on, *service.fallbacks]:
                self._expect(dependency, f"services.{name}")
        for disturbance in self.disturbances:
            self._expect(disturbance.component, "a disturbance")
            splits = self.services[disturbance.component].splits
            effect = disturbance.effect
            parts = [("only", *part) for part in effect.only.items()]
            parts += [("crowd_from", *part) for part in effect.crowd_from.items()]
            for field, by, names in parts:
                if unknown := set(names) - set(splits.get(by, {})):
                    known = ", ".join(splits.get(by, {})) or "no split by it"
                    raise ValueError(f"{field}.{by} names {sorted(unknown)[0]}; {disturbance.component} has {known}")
            versions = [release.version for release in self.services[disturbance.component].releases]
            if disturbance.version and disturbance.version not in versions:
                raise ValueError(f"expected {disturbance.version} among the releases of {disturbance.component}")
        return self

    def _expect(self, name: str, where: str) -> None:
        if name not in self.services:
            raise ValueError(f"{where} names {name}; expected one of {', '.join(self.services)}")
