"""A disturbance: something that is not as usual, what it does, what it writes, and what ends it."""

import re
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from agents.readings.splits import Dimension
from evals.simulation.kinds import KINDS, FaultKind

MINUTES_PER_UNIT = {"m": 1, "h": 60, "d": 1440}


def _minutes(written: Any) -> Any:
    """Read `-14`, `-14m`, `+2h` or `-3d` as minutes."""
    if not isinstance(written, str):
        return written
    read = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*([mhd]?)\s*", written)
    if read is None:
        raise ValueError("expected minutes such as -14, -14m, +2h or -3d, counted from the alert")
    return float(read.group(1)) * MINUTES_PER_UNIT[read.group(2) or "m"]


Minutes = Annotated[float, BeforeValidator(_minutes)]
"""Minutes from the alert: negative before it."""
Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel, extra="forbid"):
    """A part of a world; unknown words in it are mistakes."""


class DisturbanceEffect(Part):
    """What a disturbance does at full strength."""

    error_rate: Share = 0
    """Share of requests that fail on top of the usual ones."""
    latency: float = 1
    """Times the usual."""
    traffic: float = 1
    """Times the usual."""
    cpu: float = 0
    """Added, as memory, network, disk and saturation are."""
    memory: float = 0
    network: float = 0
    disk: float = 0
    saturation: float = 0
    connections: float = 0
    """Added share of the connection limit."""
    slow_queries: float = 1
    """Times the usual."""
    replication_lag: float = 0
    """Seconds."""
    lock_waits: int = 0
    """Sessions that wait for a lock."""
    blocking_session: str = ""
    """The one that holds it, where the monitoring names it."""
    longest_transaction: float = 0
    """Seconds."""
    integrity_errors: int = 0
    records_lost: int = 0
    user_records_exposed: int = 0
    suspicious_access: list[str] = []
    script_errors: Share = 0
    page_load: float = 1
    """Times the usual."""
    users_share: Share = 0
    """At least this share of the users notices."""
    replicas_down: int = 0
    restarts: int = 0
    machine_reason: str = ""
    ailing_instances: list[str] = []
    """What is odd about instances that still answer, each in the words of whoever watches them."""
    events: list[str] = []
    endpoints: list[str] = []
    """The endpoints that suffer; empty: all."""
    only: dict[Dimension, list[str]] = {}
    """The instances, versions, endpoints, regions or tenants of the component that suffer, where its requests are split
    by these; the others do not. Not given: all alike."""
    crowd_from: dict[Dimension, list[str]] = {}
    """The tenants, endpoints or regions that its additional traffic comes from; not given: from all alike."""
    refusal: str = ""
    """What a request meets where there is no answer with a status at all: a refused connection, a bad certificate."""


class LogLine(Part):
    """A line that a disturbance writes; `<...>` are its changing parts."""

    signature: str
    sample: str = ""
    level: Literal["warning", "error", "fatal"] = "error"
    per_minute: float = 30
    service: str = ""
    """Who writes it; empty: the component."""
    client: bool = False
    """Written by browsers and apps, not by the service."""
    versions: list[str] = []
    """The releases that write it; empty: whichever runs."""


class Remedy(Part):
    """An act that ends a disturbance, after some minutes, for good or for a while."""

    action: str
    service: str = ""
    """On whom; empty: the component."""
    minutes: float = 4
    holds_for: float | None = None
    """After how many minutes the disturbance is back."""
    replicas: int = 0
    """For scale: at least so many."""
    change: str = ""
    """For deploy: a build made for this change."""
    target: str = ""
    """For a declared act: what it has to be done to."""


class Aggravation(Part):
    """An act that makes a disturbance worse."""

    action: str
    service: str = ""
    times: float = 1.5


class Disturbance(Part):
    """Something that is not as usual: harmful, or merely odd."""

    kind: FaultKind = "oddity"
    component: str
    onset: Minutes | None = None
    """Not needed where a version brings it."""
    jitter: float | None = None
    """By how many minutes the onset may move with the seed; unset: up to 2."""
    ramp: float = 1
    """Minutes to full strength."""
    bites_at: Share = 0
    """From this strength on requests suffer; before, only the machines show it."""
    version: str = ""
    """The release that brings it."""
    effect: DisturbanceEffect = DisturbanceEffect()
    logs: list[LogLine] = []
    cured_by: list[Remedy] = []
    worsened_by: list[Aggravation] = []
    heals_at: Minutes | None = None
    spreads: bool = True
    """Callers feel it."""
    says_after: float = 12
    """A provider's own page tells it so many minutes after the onset; below 0: never."""
    says: str = ""

    @model_validator(mode="before")
    @classmethod
    def with_the_usual_of_its_kind(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        given = cast(dict[str, Any], written)
        usual = KINDS.get(given.get("kind", "oddity"), {})
        return {**usual, **given, "effect": {**usual.get("effect", {}), **given.get("effect", {})}}

    @model_validator(mode="after")
    def begins_somewhere(self) -> "Disturbance":
        if self.onset is None and not self.version:
            raise ValueError("expected `onset` (minutes from the alert) or `version` (the release that brings it)")
        return self
