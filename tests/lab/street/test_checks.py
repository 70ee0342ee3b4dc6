"""The street's checks can fail: a sound record holds them all, and each way to spoil it is seen by one of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.lab.street.checks import CHECKS, marks, uncertainty
from tests.lab.street.controls import Act
from tests.lab.street.faults import ALWAYS_PLAYED, FAULTS
from tests.lab.street.person import Said
from tests.lab.street.record import Event, PlayedRun, Record
from tests.lab.street.truth import Visit

MINUTE = 2.0
BROKE = 1_000_000.0
HEALED = BROKE + 24
"""The restart ends the damage, after twelve minutes of the runbook."""
RESOLVED = BROKE + 100
ENDED = BROKE + 104
WORDS = "the process of seats hangs"


def visits(*hurt: tuple[float, float]) -> list[Visit]:
    """Ten users a second; half of those within the stretches meet an error."""
    times = [BROKE - 10 + number / 10 for number in range(int((ENDED + 10 - BROKE) * 10))]
    return [
        Visit(at, "/book", 500 if number % 2 and any(a <= at < b for a, b in hurt) else 200, 0.1)
        for number, at in enumerate(times)
    ]


def event(at: float, kind: str, **payload: Any) -> Event:
    return {"at": datetime.fromtimestamp(at, UTC).isoformat(), "kind": kind, "payload": payload}


def published(at: float, status: str, impact: str, action: str = "We are at work.") -> Event:
    fields = {"status": status, "impact": impact, "current_action": action}
    text = f"{status}. {impact} {action}"
    return event(at, "outbound", port="publish_status", fields=fields, arguments={"text": text})


UPDATES = [
    published(BROKE + 8, "Investigating", "Ticket office is not available."),
    published(BROKE + 30, "Monitoring", "Ticket office works again; single requests may still be slow while we watch."),
    published(RESOLVED, "Resolved", "Ticket office works as usual."),
]
POST_MORTEM = f"""# Post-mortem: front

- Outcome of the investigation: cause found
- Total user impact: 12.0 minutes

## 2. Root cause

seats does not answer. robin at 03:31 UTC: “{WORDS}”.
"""


def run(post_mortem: str = POST_MORTEM, updates: list[Event] = UPDATES, **view: Any) -> PlayedRun:
    stands: dict[str, Any] = {"id": "r1", "severity": "P0", "verdict": "cause found", "cause": "infrastructure"}
    stands |= {"component": "seats", "status": "closed", "step": 5, **view}
    classified = event(BROKE + 6, "classification", severity=stands["severity"])
    closed = event(ENDED, "closed")
    return PlayedRun(view=stands, events=[classified, *updates, closed], post_mortem=post_mortem)


RESTART = Act(HEALED - 1, "restart", "seats", "", "k1")
SOUND = Record(
    fault="seats_hangs",
    minute_seconds=MINUTE,
    broke_at=BROKE,
    repaired_at=None,
    ended_at=ENDED,
    visits=visits((BROKE, HEALED)),
    runs=[run()],
    acts=[RESTART],
    said=[Said(BROKE + 22, "r1", WORDS)],
)


def but(record: Record = SOUND, **changes: Any) -> Record:
    """The record with something else in it: a new one, which works its truth out again."""
    fields = {name: getattr(record, name) for name in Record.model_fields}
    return Record(**{**fields, **changes})


HEALTHY = but(
    fault="false_alert_on_bookings",
    visits=visits(),
    acts=[],
    said=[],
    runs=[
        run(
            POST_MORTEM.replace("12.0", "0.0").replace("cause found", "nothing wrong"),
            [published(BROKE + 8, "Investigating", "We are checking whether Letters is affected.")],
            severity="P2",
            verdict="nothing wrong",
            cause=None,
            component=None,
        )
    ],
)


def failed(record: Record) -> list[str]:
    return [mark.check for mark in marks(record) if not mark.held]


@pytest.mark.parametrize("record", [SOUND, HEALTHY], ids=["broken and repaired", "never broken"])
def test_a_sound_record_holds_every_check(record: Record) -> None:
    assert failed(record) == []


UPDATED = UPDATES[:1]
SPOILT: list[tuple[str, str, Callable[[], Record]]] = [
    (
        "the fault hurt users as planned, and is over",
        "nobody was hurt",
        lambda: but(visits=visits(), runs=[run(POST_MORTEM.replace("12.0", "0.0"), [])]),
    ),
    (
        "the fault hurt users as planned, and is over",
        "users are still hurt",
        lambda: but(visits=visits((BROKE, HEALED), (ENDED - 6, ENDED)), runs=[run(updates=UPDATED)]),
    ),
    ("the severity was reached", "P2 with everybody hurt", lambda: but(runs=[run(severity="P2")])),
    ("cause and component are right at the end", "another cause", lambda: but(runs=[run(cause="code bug")])),
    ("cause and component are right at the end", "another component", lambda: but(runs=[run(component="front")])),
    (
        "cause and component are right at the end",
        "the cause was found and is forgotten",
        lambda: but(runs=[run(verdict="recovered by itself", cause="infrastructure")]),
    ),
    (
        "cause and component are right at the end",
        "one of two runs is wrong",
        lambda: but(runs=[run(), run(updates=[], id="r2", verdict="insufficient evidence")]),
    ),
    (
        "no wrong act was done",
        "a rollback of front",
        lambda: but(acts=[Act(BROKE + 12, "rollback", "front", "2.3.9", "k0"), RESTART]),
    ),
    (
        "no alarm in public while all was well",
        "said to be down long after it was over",
        lambda: but(runs=[run(updates=[published(HEALED + 20, "Identified", "Ticket office is not available.")])]),
    ),
    (
        "no alarm in public while all was well",
        "not taken back for more than 15 minutes",
        lambda: but(runs=[run(updates=UPDATES[:1])]),
    ),
    (
        "no alarm in public while all was well",
        "a false alert believed",
        lambda: but(
            HEALTHY, runs=[run(updates=[published(BROKE + 8, "Investigating", "Letters is slower than usual.")])]
        ),
    ),
    (
        "no all-clear in public while users were hurt",
        "works again, too early",
        lambda: but(runs=[run(updates=[published(BROKE + 12, "Monitoring", "Ticket office works again.")])]),
    ),
    (
        "no all-clear in public while users were hurt",
        "resolved in the status alone",
        lambda: but(runs=[run(updates=[published(BROKE + 12, "Resolved", "It was disturbed.")])]),
    ),
    (
        "no all-clear in public while users were hurt",
        "it stands although it broke again",
        lambda: but(
            visits=visits((BROKE, HEALED), (BROKE + 50, BROKE + 90)),
            runs=[run(updates=UPDATES[:2], post_mortem=POST_MORTEM.replace("12.0", "32.0"))],
        ),
    ),
    (
        "nothing is said not to have helped that was not done, or that helped",
        "a rollback that nobody made",
        lambda: but(
            runs=[
                run(
                    updates=[
                        published(
                            BROKE + 12, "Identified", "About half fail.", "Undoing a recent change did not help."
                        ),
                        *UPDATES[1:],
                    ]
                )
            ]
        ),
    ),
    (
        "nothing is said not to have helped that was not done, or that helped",
        "the restart after which users were well",
        lambda: but(runs=[run(POST_MORTEM + "\nThe restart of seats did not help.\n")]),
    ),
    ("the post-mortem denies nothing", "there is none", lambda: but(runs=[run("")], said=[])),
    (
        "the post-mortem denies nothing",
        "nobody was affected",
        lambda: but(runs=[run(POST_MORTEM + "\nNo user was affected, as far as the signals show.\n")]),
    ),
    (
        "the post-mortem denies nothing",
        "it went away by itself",
        lambda: but(runs=[run(POST_MORTEM + "\nNo cause was found (recovered by itself).\n")]),
    ),
    (
        "the post-mortem's impact is the true one",
        "it counts until the verification",
        lambda: but(runs=[run(POST_MORTEM.replace("12.0", "18.5"))]),
    ),
    (
        "the post-mortem's impact is the true one",
        "it is said to be unknown",
        lambda: but(runs=[run(POST_MORTEM.replace("12.0 minutes", "not known"))]),
    ),
    (
        "the post-mortem's impact is the true one",
        "impact where there was none",
        lambda: but(HEALTHY, runs=[run(updates=[], severity="P2")]),
    ),
    (
        "what a person said stands in the post-mortem",
        "the words are gone",
        lambda: but(runs=[run(POST_MORTEM.replace(WORDS, "the process hangs"))]),
    ),
    ("every run is closed", "it waits", lambda: but(runs=[run(status="waiting", step=3)])),
]


@pytest.mark.parametrize(("check", "spoil"), [(c, s) for c, _, s in SPOILT], ids=[what for _, what, _ in SPOILT])
def test_what_is_wrong_is_seen_by_its_check(check: str, spoil: Callable[[], Record]) -> None:
    assert check in failed(spoil())


def test_every_check_can_fail() -> None:
    assert {check for check, _, _ in SPOILT} == CHECKS.keys()


def test_a_fault_that_starts_no_run_is_not_passed() -> None:
    assert failed(but(runs=[])) == ["a run was started"]


@pytest.mark.parametrize(("off", "holds"), [(0.9, True), (-0.9, True), (1.1, False), (-1.1, False)])
def test_the_impact_may_be_off_by_what_scrapes_windows_and_looks_leave_open(off: float, holds: bool) -> None:
    said = 12 + off * uncertainty(MINUTE) / MINUTE
    record = but(runs=[run(POST_MORTEM.replace("12.0", f"{said:.1f}"))])
    assert (failed(record) == []) == holds


def test_that_it_did_not_work_as_usual_is_no_all_clear() -> None:
    words = "Ticket office did not work as usual when we last looked; we are checking it again."
    record = but(runs=[run(updates=[UPDATES[0], published(BROKE + 15, "Identified", words), *UPDATES[1:]])])
    assert failed(record) == []


def test_words_that_a_person_used_are_no_denial() -> None:
    words = "it looked as if nothing was wrong, but seats hung"
    quoted = run(POST_MORTEM + f"\nrobin: “{words}”.\n")
    assert failed(but(runs=[quoted], said=[Said(BROKE + 22, "r1", words)])) == []


def test_what_is_always_played_is_not_known_to_fail_and_some_faults_more_are_played_on_demand() -> None:
    assert [name for name in ALWAYS_PLAYED if FAULTS[name].known_failing] == []
    assert len(FAULTS) >= len(ALWAYS_PLAYED) + 2


def test_a_fault_that_hurts_names_the_component_and_every_right_act_repairs_it() -> None:
    for name, fault in FAULTS.items():
        assert bool(fault.components) == fault.hurts, name
        assert {act.service for act in fault.right} <= {*fault.components}, name
