"""A model's health: whether it answers, why not, what its endpoint wanted otherwise, and who does the duties."""

from collections import Counter
from urllib.parse import urlsplit

from pydantic import BaseModel

from agents.io.redaction import beginning
from agents.io.settings import Settings
from agents.llm.endpoint import OPENAI, hindrance
from agents.llm.faults import Fault

LONGEST_REASON = 300
"""Characters of what an endpoint said, in a line."""
BY_RULES = "Duties are done by the rules"


class DutyShare(BaseModel):
    """How often one duty was done by a model and by the rules since the process started."""

    role: str
    duty: str
    by_model: int
    by_rules: int


class Health(BaseModel):
    """How a process's model is."""

    models: list[str]
    """The strong and the quick one."""
    place: str
    """The endpoint's address."""
    calls: int = 0
    """That were made since the process started."""
    faults: dict[str, int] = {}
    """Those of them that brought no answer, by kind."""
    fault: str = ""
    """Why the last call brought no answer; empty where it brought one, or none was made."""
    resting: str = ""
    """Why the model is not asked at present; empty where it is."""
    changes: list[str] = []
    """How it is asked otherwise than set up, because its endpoint wanted it so."""
    duties: list[DutyShare] = []

    @property
    def line(self) -> str:
        """All of it in one plain line."""
        who = f"{named(self.models)} at {self.place}"
        asked = f" (asked {', '.join(self.changes)})" if self.changes else ""
        if self.resting:
            return f"{who}: {self.resting}. Last: {self.fault}"
        if self.fault:
            return f"{who}: the last call failed: {self.fault}"
        return f"{who} answers{asked}" if self.calls else f"{who} has not been asked yet"


class HealthRecord:
    """What a process has seen of its model."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._calls = 0
        self._faults: Counter[str] = Counter()
        self._fault = ""
        self._changes: dict[str, list[str]] = {}
        self._duties: Counter[tuple[str, str, bool]] = Counter()

    def count_call(self, fault: Fault | None, strength: str, changes: list[str]) -> None:
        """Count a call that was made, and how it went."""
        self._calls += 1
        self._fault = reason(fault) if fault else ""
        if fault:
            self._faults[fault.kind] += 1
        elif changes:
            self._changes[self._settings.model_named(strength)] = changes

    def count_duty(self, role: str, duty: str, is_by_model: bool) -> None:
        """Count a duty that was done."""
        self._duties[role, duty, is_by_model] += 1

    def told(self, resting: str) -> Health:
        """All of it, with why the model is not asked at present."""
        changes = [f"{name}: {', '.join(changes)}" for name, changes in sorted(self._changes.items())]
        duties = sorted({(role, duty) for role, duty, _ in self._duties})
        return Health(
            models=models_of(self._settings),
            place=place_of(self._settings),
            calls=self._calls,
            faults=dict(self._faults),
            fault=self._fault,
            resting=resting,
            changes=changes,
            duties=[
                DutyShare(
                    role=role,
                    duty=duty,
                    by_model=self._duties[role, duty, True],
                    by_rules=self._duties[role, duty, False],
                )
                for role, duty in duties
            ],
        )


def reason(fault: Fault) -> str:
    """A fault in a few words."""
    return f"{fault.kind}: {beginning(' '.join(fault.said.split()), LONGEST_REASON)}"


def named(models: list[str]) -> str:
    """The strong and the quick model, once where they are the same."""
    return " and ".join(dict.fromkeys(models))


def models_of(settings: Settings) -> list[str]:
    """The strong and the quick model."""
    return [settings.strong_model, settings.quick_model]


def place_of(settings: Settings) -> str:
    """The endpoint's address, without a password in it."""
    parts = urlsplit(settings.openai_base_url or OPENAI)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def who_does_the_duties(settings: Settings | None, how_to_use_one: str = "") -> str:
    """Say in one line who does the duties, as far as can be told before anybody is asked."""
    if settings is None:
        return f"{BY_RULES}{f'; {how_to_use_one}' if how_to_use_one else ''}."
    models = named(models_of(settings))
    if hindered := hindrance(settings):
        return f"{BY_RULES}, for {models} cannot be asked: {hindered}."
    return f"Duties are done by {models} at {place_of(settings)}, and by the rules where that fails."
