"""The lab: a real fault in a small real production, and Warroom on call. `make lab`; everything is on loopback."""

import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2

from tests.lab.children import Children, LabFault
from tests.lab.production import Production, missing_packages, start_warroom
from tests.lab.warroom_client import WarroomClient, normal_looks, pictures, rolled_back_at

MINUTE_SECONDS = 1.0
"""How long a minute of the runbook lasts here: its 30-minute watch takes half a minute."""
WARM_UP_SECONDS = 40
AT_MOST_SECONDS = 240


def main() -> int:
    """Run the lab; 0: all went as it should, 1: it did not, 2: programs are missing. --keep keeps its folder."""
    missing = missing_packages()
    if missing:
        print(f"The lab needs these Debian packages: {' '.join(missing)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, end)
    folder = Path(tempfile.mkdtemp(prefix="warroom-lab-"))
    children = Children(folder)
    try:
        summary = play(folder, children)
    except (LabFault, OSError, httpx2.HTTPError) as fault:
        print(f"The lab failed: {fault}\nIts logs are kept in {folder}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say(f"stopped; its logs are kept in {folder}")
        return 130
    finally:
        children.stop()
    if "--keep" in sys.argv:
        say(f"everything is kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(summary))
    return 0


def play(folder: Path, children: Children) -> dict[str, object]:
    """From a healthy v1 over a broken v2 to a closed run."""
    production = Production(folder, children)
    stopwatch = Stopwatch()
    production.start(AT_MOST_SECONDS)
    warroom = start_warroom(folder, children, production.ports["warroom"], MINUTE_SECONDS)
    say(f"v1 is deployed; {WARM_UP_SECONDS} s of usual traffic")
    time.sleep(WARM_UP_SECONDS)
    usual = production.error_rate()
    production.deploy("v2")
    stopwatch.start()
    say("v2 is deployed, and fails on most payments")
    run = children.wait_until("the alert reaches Warroom", warroom.first_run, 60)
    stopwatch.note("to_detect")
    say(f"Alertmanager's alert is run {run}")
    question = children.wait_until("Warroom asks for a decision", lambda: warroom.question(run), 90)
    worst = production.error_rate()
    check(question["proposal"]["action"] == "rollback", f"the proposal is a rollback: {question['proposal']}")
    say(f"asked: {question['text']}")
    warroom.approve(run, question["id"])
    children.wait_until("nginx serves v1 again", lambda: production.serves() == "v1", 30)
    stopwatch.note("to_mitigate")
    say("approved, and rolled back; now verification and the watch")
    closed = children.wait_until("the run is closed", lambda: warroom.closed(run), 150)
    stopwatch.note("to_close")
    error_rate = {"usual": usual, "worst": worst, "after": production.error_rate()}
    verify(production, warroom, closed, error_rate)
    summary = {
        name: closed[name] for name in ("id", "status", "severity", "cause", "verdict", "updates_sent", "events")
    }
    return {**summary, "error_rate": error_rate, "seconds": stopwatch.noted}


class Stopwatch:
    """How long each thing took since the fault was put into production."""

    def __init__(self) -> None:
        self.noted: dict[str, float] = {}
        self.start()

    def start(self) -> None:
        self._begun = time.monotonic()

    def note(self, what: str) -> None:
        self.noted[what] = round(time.monotonic() - self._begun, 1)


def verify(
    production: Production, warroom: WarroomClient, closed: dict[str, Any], error_rate: dict[str, float]
) -> None:
    """What must be true at the end, asked of nginx, of Prometheus and of Warroom."""
    check(production.serves() == "v1", "nginx serves v1")
    check(error_rate["worst"] > 0.2, f"v2 really failed: {error_rate}")
    check(error_rate["after"] <= error_rate["usual"] + 0.01, f"the error rate is at its baseline: {error_rate}")
    cause = closed["cause"]
    check(cause == "recent deployment", f"the cause is the recent deployment: {cause}")
    events = warroom.transcript(closed["id"])
    check(rolled_back_at(events) > 0, "Warroom's own record has the rollback's result")
    check(any(event["kind"] == "resolved" for event in events), "the run was resolved")
    check(len(normal_looks(events)) >= 2, "the metrics were found normal after the fix and during the watch")
    check(bool(pictures(events)), "the browser took a picture of the working state")
    check("why" in warroom.post_mortem(closed["id"]).lower(), "the post-mortem is served")


def check(holds: bool, what: str) -> None:
    """Raise LabFault unless it holds."""
    if not holds:
        raise LabFault(f"not so: {what}")


def end(*_: object) -> None:
    """Leave by the front door, so that the child processes are ended."""
    sys.exit(143)


def say(what: str) -> None:
    print(f"lab: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
