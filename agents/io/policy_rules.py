"""The policy's rules as the catalogue holds them: which changes are made at once, asked about, or never made."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any, Literal, cast, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, StrictInt, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from agents.io.act_kinds import DeclaredAction

Severity = Literal["P0", "P1", "P2", "P3"]
Action = Literal["rollback", "scale", "restart", "failover", "fallback", "build_hotfix", "deploy", DeclaredAction]
"""Names of acting ports that change production or prepare it; a proposal's parameters are the port's arguments."""
Verdict = Literal["auto", "ask", "never"]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL_DAY = 24 * 60
HOURS = re.compile(r"(?:(?P<days>[a-z,-]+) )?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?: (?P<zone>\S+))?")
SHAPE = 'expected hours such as "mon-fri 09:00-18:00 Europe/Berlin"'


@dataclass(frozen=True)
class Hours:
    """A window that opens on some days of the week, by the clocks of a time zone."""

    days: frozenset[int]
    """On which days it opens: 0 is Monday."""
    start: int
    """Minutes after midnight; so is the end, which lies on the next day where it is not after the start."""
    end: int
    zone: tzinfo

    def are_open(self, at: datetime) -> bool:
        """Whether a moment lies in the window. The start belongs to it, the end does not."""
        local = at.astimezone(self.zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        since_yesterday = (day - 1) % 7 in self.days and minute < self.end
        return since_yesterday or (day in self.days and minute >= self.start)


@lru_cache
def hours_of(text: str) -> Hours:
    """Read hours such as `mon-fri 09:00-18:00 Europe/Berlin`; every day and UTC where these are left out.

    Raises ValueError, which says what was expected.
    """
    found = HOURS.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{SHAPE}, found {text[:60]!r}")
    start, end = _minute(found["start"]), _minute(found["end"])
    if start in (ALL_DAY, end):
        raise ValueError("these hours are never open; the whole day is 00:00-24:00")
    return Hours(frozenset(_days(found["days"] or "mon-sun")), start, end, _zone(found["zone"] or "UTC"))


def _minute(text: str) -> int:
    hours, minutes = map(int, text.split(":"))
    if minutes > 59 or hours * 60 + minutes > ALL_DAY:
        raise ValueError(f"expected a time between 00:00 and 24:00, found {text}")
    return hours * 60 + minutes


def _days(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"expected days such as mon-fri or sat,sun, found {part!r}; there is {', '.join(DAYS)}")
        begin = DAYS.index(first)
        for offset in range((DAYS.index(last or first) - begin) % 7 + 1):
            yield (begin + offset) % 7


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC  # is known where no time zones are installed, too
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError(
            f"there is no time zone {name[:60]!r}; expected a name such as Europe/Berlin or UTC"
        ) from error


def _as_list(value: Any) -> Any:
    """One name may stand where a list of names may stand."""
    return [value] if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Name], BeforeValidator(_as_list), Field(min_length=1)]


class PolicyEntry(BaseModel, extra="forbid"):
    """A rule of the policy. A condition that is left out fits everything; the first rule that fits decides."""

    severity: Annotated[list[Severity], BeforeValidator(_as_list), Field(min_length=1)] | None = None
    action: Names | None = None
    """Names of actions, with * and ? for what may vary; so are the services and environments."""
    service: Names | None = None
    environment: Names | None = None
    """Of the alert that started the incident. What names no environment fits only where this is left out or is *."""
    hours: Annotated[list[str], BeforeValidator(_as_list)] | None = None
    """When the change is proposed: one window or several."""
    verdict: Verdict
    ask: Annotated[list[Name], BeforeValidator(_as_list)] | None = None
    """Who may approve: people and groups of the catalogue. Everybody, where it is left out."""
    approvals: StrictInt = Field(default=1, ge=1, le=9)
    """How many different people have to approve."""
    why: str = Field(default="", max_length=400)
    """The reason, which is shown with every decision that the rule makes."""

    @field_validator("action")
    @classmethod
    def actions_exist(cls, action: list[str] | None) -> list[str] | None:
        for name in action or ():
            if not matching([name], get_args(Action)):
                raise ValueError(f"there is no action {name}; there is {', '.join(get_args(Action))}")
        return action

    @field_validator("hours")
    @classmethod
    def hours_can_be_read(cls, hours: list[str] | None) -> list[str] | None:
        for text in hours or ():
            hours_of(text)
        return hours

    @model_validator(mode="before")
    @classmethod
    def naming_approvers_means_ask(cls, entry: Any) -> Any:
        if not isinstance(entry, dict):
            return entry
        fields = cast(dict[str, Any], entry)
        return {"verdict": "ask", **fields} if "ask" in fields else fields

    @model_validator(mode="after")
    def only_asking_has_approvers(self) -> "PolicyEntry":
        if self.verdict != "ask" and (self.ask is not None or self.approvals != 1):
            raise ValueError(f"ask and approvals belong to the verdict ask, and the verdict is {self.verdict}")
        return self


def matching(patterns: Sequence[str], names: Sequence[str] | AbstractSet[str]) -> list[str]:
    """The names that fit one of the patterns, upper and lower case told apart."""
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def is_pattern(name: str) -> bool:
    """Whether a name stands for several."""
    return any(sign in name for sign in "*?[")


def demand_known_names(
    rules: Sequence[PolicyEntry], services: AbstractSet[str], people: AbstractSet[str], groups: Mapping[str, Any]
) -> None:
    """Raise ValidationError with the place of every service, person and group in the rules that is not listed."""
    faults = [
        InitErrorDetails(type=PydanticCustomError("unknown_name", "{fault}", {"fault": fault}), loc=place, input=None)
        for number, rule in enumerate(rules)
        for place, fault in _unknown(number, rule, services, people | set(groups))
    ]
    if faults:
        raise ValidationError.from_exception_data("policy", faults)


def _unknown(
    number: int, rule: PolicyEntry, services: AbstractSet[str], approvers: AbstractSet[str]
) -> Iterator[tuple[tuple[int, str, int], str]]:
    for place, name in enumerate(rule.service or ()):
        if not is_pattern(name) and name not in services:
            yield (number, "service", place), f"there is no service {name} in the catalogue"
    for place, name in enumerate(rule.ask or ()):
        if name not in approvers:
            yield (number, "ask", place), f"{name} is neither among the people of the catalogue nor one of its groups"
