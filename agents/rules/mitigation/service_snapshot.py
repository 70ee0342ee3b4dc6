"""A service snapshot: what is seen of a service just before a change of it is proposed."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from agents.readings.production import DatabaseHealth, InfrastructureState
from agents.rules.diagnosis import health
from agents.rules.diagnosis.component import Changes
from agents.rules.diagnosis.log_classes import CLASSES, class_of, meaning
from agents.rules.diagnosis.part_evidence import UNWANTED
from agents.rules.diagnosis.signals import is_felt
from agents.rules.diagnosis.suspect_evidence import is_of_the_machine

MORE_FROM = 1.1
"""Times the usual traffic: from there on more room answers what is at its limit."""
EXPLAINED_FROM = 0.5
"""Of a resource: what its usual use comes to under the present traffic, from where on that can be what fills it. Where
it comes to less, each request keeps it for longer than usual, and that is what fills it."""
CROWDED_FROM = 1.2
"""Times the usual traffic: less than what is unusual, and enough that a restart would take room from it."""

NO_SPACE = next(known.words for known in CLASSES if known.name == "disk")
PAGES = re.compile(r"checksum|\bpages?\b|corrupt|uncorrectable|bad (?:block|sector)|i/o error", re.IGNORECASE)
"""Data that its disk has damaged, which a standby has in order. Wrong values are written to the standby as well."""

STARTED_AGAIN = re.compile(r"restarting|crash ?loop|back-?off", re.IGNORECASE)


def is_crowded(changes: Changes) -> bool:
    """Whether a service has more traffic than usual to carry."""
    surge = changes.get("surge")
    return surge is not None and (surge.abnormal or (surge.ratio or 0) >= CROWDED_FROM)


class ServiceSnapshot(NamedTuple):
    """What is seen of the service just before the proposal."""

    service: str
    state: InfrastructureState
    cites: list[str]
    """The events that hold what is seen, that of its replicas and machines first."""
    changes: Changes
    resources: Changes
    database: DatabaseHealth | None
    told: Sequence[str]
    """The evidence of the hypothesis, claim by claim."""
    is_stateful: bool = False
    """It keeps data, and others depend on it: nothing is done to it on suspicion."""
    is_queue: bool = False
    """A new replica of a queue takes new messages at once; one of a database first takes the same data."""
    standby_has_room: bool = False
    """Its standby's volume is seen, and not full: one that is not seen has the same data on it."""
    replicas_in_hand: int = 0
    """How many a proposal that is not carried out yet asks for; 0: there is none."""
    new_setting: str = ""
    """The record of a setting that was changed just before, in its words."""
    instances: Sequence[str] = ()
    """The few of its instances that ail by the evidence of the hypothesis, where a restart of all is not the answer."""

    @property
    def surges(self) -> bool:
        return is_crowded(self.changes)

    @property
    def is_well_again(self) -> bool:
        """What was out of its range is back, and nothing else is out of it."""
        felt = [c for name in ("error rate", "latency", "saturation") if (c := self.changes.get(name)) is not None]
        calm = all(change.known and not change.abnormal for change in felt) and any(change.ended for change in felt)
        short = any(change.abnormal for change in self.resources.values())
        whole = self.state.replicas_ready >= self.state.replicas_wanted and all(m.ready for m in self.state.machines)
        return calm and not short and whole and not self.exhausted and not self.is_damaged

    @property
    def is_down(self) -> bool:
        """Whether nothing of it runs."""
        return health.is_down(self.state)

    @property
    def exhausted(self) -> list[str]:
        """What it has run out of or waits for, where it is a database itself."""
        own = self.database if self.database and self.database.database == self.service else None
        return health.exhausted(own) if own else []

    @property
    def strain(self) -> list[str]:
        """What a restart would answer: it does not run, its memory has been climbing, or it is used up."""
        down = health.not_ready(self.state)[:1] if self.is_down else []
        memory = [str(self.resources["memory"])] if self.is_short_of("memory") else []
        return [*down, *memory, *([] if self.lags else self.exhausted)]

    @property
    def waits_for_locks(self) -> bool:
        """Whether sessions of it, a database, wait for one that holds a lock for long: what is asked of a standby waits
        there, too."""
        return self.database is not None and bool(self.exhausted) and health.is_blocked(self.database)

    @property
    def may_be_restarted(self) -> bool:
        """Whether a restart answers what is seen; of what keeps data only what it has used up, and never a lock."""
        if self.has_no_place:
            return False
        answers = bool(self.strain) and not self.waits_for_locks and not self.restarts_by_itself
        return not self.is_stateful or answers

    @property
    def restarts_by_itself(self) -> bool:
        """Whether a part of it is already being started again: by hand one would only take the others away, too."""
        return not self.is_down and any(not m.ready and STARTED_AGAIN.search(m.reason) for m in self.state.machines)

    @property
    def is_short_of_room(self) -> bool:
        """More is asked of it than usual, and it is at its limit by that: a restart would only take room away."""
        surge = self.changes.get("surge")
        more = surge.ratio or 0 if surge is not None else 0
        full = [c for c in (self.changes.get("saturation"), self.resources.get("CPU")) if c is not None and c.abnormal]
        is_by_crowd = any(c.usual is None or c.usual * more >= EXPLAINED_FROM for c in full)
        return more >= MORE_FROM and is_by_crowd and not self.is_short_of("memory")

    @property
    def ails(self) -> list[str]:
        """What is wrong with it at this moment. Where nothing is, a change would mend nothing."""
        read = [*(self.changes.get(name) for name in ("error rate", "latency", "saturation")), *self.resources.values()]
        not_ready = [] if self.is_down else health.not_ready(self.state)
        return [
            *self.strain,
            *not_ready,
            *health.ailing(self.state),
            *(str(change) for change in read if change is not None and change.abnormal and is_felt(change)),
        ]

    def is_short_of(self, resource: str) -> bool:
        return resource in self.resources and self.resources[resource].abnormal

    @property
    def is_full(self) -> bool:
        """Whether there is no space left to write to, by its disk or by its own error lines."""
        return self.is_short_of("disk") or self._is_told(NO_SPACE)

    @property
    def runs_by_new_setting(self) -> bool:
        """Whether a setting was changed just before, and nothing is used up: a new process would read it again."""
        return bool(self.new_setting) and not (self.is_down or self.is_short_of("memory") or self.exhausted)

    @property
    def is_ill_in_part(self) -> bool:
        """Whether a few of its instances ail, and a restart of all leaves these as they are."""
        if self.instances:
            return True
        ill = [m for m in self.state.machines if m.reason]
        few = 0 < 2 * len(ill) < self.state.replicas_wanted
        return few and all(m.ready and is_of_the_machine(m.reason) for m in ill)

    @property
    def is_flooded(self) -> bool:
        """Whether its own lines say that what crowds it is traffic that nobody wants."""
        return self.surges and self._is_told(UNWANTED)

    @property
    def is_damaged_on_disk(self) -> bool:
        return self._is_told(PAGES) or any(is_of_the_machine(m.reason) for m in self.state.machines)

    @property
    def has_lost_machines(self) -> bool:
        """Machines are gone, rather than what runs on them."""
        return any(m.reason and is_of_the_machine(m.reason) for m in self.state.machines)

    @property
    def lags(self) -> bool:
        """Whether its replication lags: a restart does not hurry it, and a standby that lags has not got the newest."""
        return self.database is not None and (self.database.replication_lag_seconds or 0) >= health.LAGS_FROM

    @property
    def has_no_place(self) -> bool:
        """Whether its missing replicas find no machine: neither a restart nor more of them would."""
        return any(not m.ready and class_of(m.reason).name == "scheduling" for m in self.state.machines)

    @property
    def is_damaged(self) -> bool:
        is_told = any(meaning(text) == "damage" for text in self.told)
        return is_told or bool(self.database and self.database.integrity_errors)

    def _is_told(self, words: re.Pattern[str]) -> bool:
        return any(words.search(text) for text in self.told)
