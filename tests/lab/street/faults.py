"""The faults of the ticket office: how each is broken and repaired, what is right to say, and what a person knows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tests.lab.street.services import FAULTY_FRONT
from tests.lab.street.ticket_office import FIRST_VERSIONS, TicketOffice


class Finding(NamedTuple):
    """What the person on call has found out, so many minutes of the runbook after the page."""

    minutes: float
    cause: str
    """As Warroom's API names it; empty: nothing is wrong."""
    component: str
    words: str


class Repair(NamedTuple):
    """What the person does by hand, so many minutes after the page, unless it was put right before."""

    minutes: float
    words: str


class RightAct(NamedTuple):
    """A change that puts the fault right: the person approves it, and no other."""

    action: str
    service: str
    version: str = ""


@dataclass(frozen=True)
class Fault:
    """One fault, and what is true of it."""

    title: str
    break_office: Callable[[TicketOffice], None]
    repair_office: Callable[[TicketOffice], None]
    severities: tuple[str, ...]
    """One of these is the highest severity of the incident."""
    causes: tuple[str, ...]
    """One of these is the cause at the end, or the verdict where there is none."""
    components: tuple[str, ...]
    right: tuple[RightAct, ...]
    finding: Finding
    repair: Repair
    known_failing: str = ""
    """What Warroom does wrong here today; such a fault is played on demand only."""

    @property
    def hurts(self) -> bool:
        """Whether something is really wrong."""
        return "nothing wrong" not in self.causes


BOOKINGS_RULE = """
groups:
  - name: new
    rules:
      - alert: BookingsFail
        expr: sum by (job) (rate(http_requests_total{job="booking"}[8s])) > 0.5
        for: 2s
        labels: {severity: critical}
        annotations:
          summary: Bookings fail
          description: "{{ $value | humanize }} failed bookings a second."
"""
"""It means the failed ones, and counts all."""
LETTERS_RULE = """
groups:
  - name: new
    rules:
      - alert: LettersAreLost
        expr: sum by (job) (increase(letters_sent_total[10s])) > 2
        for: 2s
        labels: {severity: critical}
        annotations:
          summary: Letters are lost
          description: "{{ $value | humanize }} letters have left the queue within ten seconds."
"""
"""They have left it because they were sent."""
NOTHING_FOUND = Finding(0, "", "", "")


def _release_on_one(office: TicketOffice) -> None:
    office.release("front", FAULTY_FRONT, ("front_2",))


FAULTS: dict[str, Fault] = {
    "seats_hangs": Fault(
        title="the process of seats hangs: it lives, and answers nothing",
        break_office=lambda office: office.hang("seats"),
        repair_office=lambda office: office.restart("seats"),
        severities=("P0", "P1"),
        causes=("infrastructure",),
        components=("seats",),
        right=(RightAct("restart", "seats"),),
        finding=Finding(
            10, "infrastructure", "seats", "the process of seats hangs, it does not even answer its health page"
        ),
        repair=Repair(18, "I restarted seats, whose process hung"),
        known_failing=(
            "sometimes front's alert is not joined to the run of seats; once the restart in front's run has helped, "
            "the run of seats drops the cause that it had found and closes as recovered by itself"
        ),
    ),
    "one_front_fails": Fault(
        title="front 2.4.1 goes to one of two instances, and that one cannot book",
        break_office=_release_on_one,
        repair_office=lambda office: office.release("front", FIRST_VERSIONS["front"]),
        severities=("P0", "P1"),
        causes=("recent deployment",),
        components=("front",),
        right=(RightAct("rollback", "front", FIRST_VERSIONS["front"]),),
        finding=Finding(
            12, "recent deployment", "front", "the instance of front with 2.4.1 answers every booking with an error"
        ),
        repair=Repair(20, "I put front 2.4.0 back on the instance that had 2.4.1"),
    ),
    "small_pool": Fault(
        title="a change of settings, which is no deployment, leaves seats a pool of one connection",
        break_office=lambda office: office.configure("seats", connections=1),
        repair_office=lambda office: office.configure("seats", connections=8),
        severities=("P0", "P1"),
        causes=("infrastructure",),
        components=("seats",),
        right=(),
        finding=Finding(10, "infrastructure", "seats", "a change of settings left seats a pool of one connection"),
        repair=Repair(16, "I set the pool of seats back to eight connections"),
    ),
    "slow_cards": Fault(
        title="the card company takes three seconds for what took a twentieth",
        break_office=lambda office: office.configure("cards", seconds=3),
        repair_office=lambda office: office.configure("cards", seconds=0.05),
        severities=("P0", "P1", "P2"),
        causes=("external dependency",),
        components=("cards",),
        right=(),
        finding=Finding(10, "external dependency", "cards", "the card company takes three seconds for each charge"),
        repair=Repair(18, "the card company says that it has repaired its slow charging"),
    ),
    "false_alert_on_bookings": Fault(
        title="a new alert rule counts all bookings where it means the failed ones; all is well",
        break_office=lambda office: office.set_rule("new", BOOKINGS_RULE),
        repair_office=lambda office: office.set_rule("new", None),
        severities=("P1", "P2", "P3"),
        causes=("nothing wrong",),
        components=(),
        right=(),
        finding=NOTHING_FOUND,
        repair=Repair(
            14, "the new alert rule counts all bookings, not the failed ones; I removed it, nothing was wrong"
        ),
    ),
    "false_alert_on_letters": Fault(
        title="a new alert rule calls every sent letter a lost one; of letters only the queue is measured, all is well",
        break_office=lambda office: office.set_rule("new", LETTERS_RULE),
        repair_office=lambda office: office.set_rule("new", None),
        severities=("P1", "P2", "P3"),
        causes=("nothing wrong", "insufficient evidence"),
        components=(),
        right=(),
        finding=NOTHING_FOUND,
        repair=Repair(
            14, "the new alert rule counts letters that were sent, not lost ones; I removed it, nothing was wrong"
        ),
    ),
}
ALWAYS_PLAYED = ("one_front_fails", "slow_cards")
"""What `make street` and `.ci/run` play, side by side."""
