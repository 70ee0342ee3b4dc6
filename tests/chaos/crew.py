"""The processes of the chaos on PostgreSQL: workers, doors, those who send alerts, and those on call."""
# pyright: reportMissingTypeStubs=false, reportPrivateUsage=false, reportPrivateImportUsage=false

import asyncio
import json
import logging
import os
import signal
import threading
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import psycopg
from lives import fork
from plan import Play, scenario_of
from setting import DOORS, PORT, SPEED, TURNS, WORKERS, Setting

from api.app import Reach
from api.cli.nodes import serve_node, work
from api.serving.listening import listen
from api.serving.server import WarroomServer
from evals.playing.play import PersonOnCall
from evals.scenarios.scenario import OnCall
from graphs.engine.runner import WokenElsewhere
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import HumanAnswer, Question
from graphs.runtime.questions import AlreadyAnswered, UnknownQuestion
from graphs.store.faults import StoreError
from graphs.store.opening import open_store


class Processes:
    """The workers and the doors; what dies is started again at once, as a supervisor does."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.pids: dict[str, int] = {}

    def start_all(self) -> None:
        for number in range(WORKERS):
            self.start(f"worker {number}")
        for number in range(DOORS):
            self.start(f"door {number}")

    def start(self, name: str) -> None:
        kind, _, number = name.partition(" ")
        self.pids[name] = fork(lambda: self._worker(name) if kind == "worker" else self._door(name, int(number)))

    def _worker(self, name: str) -> int:
        self._log(name)
        asyncio.run(work(self._setting.node(), TURNS))
        return 0

    def _door(self, name: str, number: int) -> int:
        self._log(name)
        node = self._setting.node()
        with listen(PORT + number) as listening:
            application = node.application(Reach(), f"http://127.0.0.1:{PORT + number}")
            asyncio.run(serve_node(node, WarroomServer(application), listening, 0))
        return 0

    def _log(self, name: str) -> None:
        file = self._setting.folder / f"{name.replace(' ', '-')}.log"
        logging.basicConfig(filename=file, level=logging.WARNING, force=True)
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 2)

    def kill(self, name: str) -> None:
        os.kill(self.pids[name], signal.SIGKILL)
        os.waitpid(self.pids[name], 0)
        self.start(name)

    def revive(self) -> int:
        """Start again what ended by itself; gives how many had."""
        ended = [name for name, pid in self.pids.items() if os.waitpid(pid, os.WNOHANG)[0]]
        for name in ended:
            self.start(name)
        return len(ended)

    def end_all(self) -> None:
        for pid in self.pids.values():
            os.kill(pid, signal.SIGTERM)
        for pid in self.pids.values():
            os.waitpid(pid, 0)


def send(setting: Setting, play: Play) -> None:
    """Send an alert to one door or the other until it is acknowledged, as a sender does."""
    alert = scenario_of(play.scenario, play.number).alert.model_dump(mode="json")
    body = json.dumps({name: value for name, value in alert.items() if name in SENT}).encode()
    for door in range(play.number, play.number + 10_000):
        request = urllib.request.Request(
            f"http://127.0.0.1:{PORT + door % DOORS}/v1/alerts", body, {"Content-Type": "application/json"}
        )
        with suppress(OSError), urllib.request.urlopen(request, timeout=20) as answer:
            run = json.load(answer)["runs"][0]["id"]
            with (setting.folder / "acknowledged").open("a") as lines:
                lines.write(f"{play.number} {run}\n")
            return
        time.sleep(0.5)


SENT = ("title", "description", "service", "severity", "hint", "environment", "region", "labels", "dedup_key", "status")


def send_all(setting: Setting) -> int:
    """Send every alert at its moment."""

    def send_at_its_moment(play: Play) -> None:
        due = (play.at - setting.plays[0].at).total_seconds() / SPEED
        time.sleep(max(0.0, due))
        send(setting, play)

    threads = [threading.Thread(target=send_at_its_moment, args=(play,)) for play in setting.plays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


DEFAULTS = {
    "direction": OnCall(question="direction", after_minutes=10, answer="handled"),
}
"""What people say where a scenario foresees nothing: a blow may have kept a run from seeing what it sees otherwise."""
SAID_AT_MOST = 2
"""Times that a person names the same cause; asked once more, they see to it by hand."""


class People:
    """Those on call: they look again and again at what is asked, and answer after their minutes."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._plays = {play.number: play for play in setting.plays}
        self._on_call: dict[str, PersonOnCall] = {}
        self._rules: dict[tuple[str, str], Any] = {}
        self._named: Counter[tuple[str, str, str]] = Counter()

    def answer_for_ever(self) -> int:
        logging.basicConfig(filename=self._setting.folder / "people.log", force=True)
        incidents: IncidentService | None = None
        while True:
            try:
                if incidents is None:
                    incidents = IncidentService(
                        self._setting.dependencies(open_store(self._setting.url)), WokenElsewhere()
                    )
                self._answer_all(incidents)
            except (StoreError, psycopg.Error):
                logging.exception("people could not look")
                if incidents:
                    incidents.close()
                incidents = None
            time.sleep(0.25)

    def _answer_all(self, incidents: IncidentService) -> None:
        asked = (
            "SELECT run, questions.id AS id, asked_at, question, dedup_key FROM questions "
            "JOIN runs ON runs.id = questions.run WHERE answer IS NULL AND withdrawn = 0 AND is_open = 1"
        )
        for row in incidents.deps.store.database.connection.execute(asked).fetchall():
            rule = self._rule(incidents, row)
            due = datetime.fromisoformat(row["asked_at"]) + timedelta(minutes=rule.after_minutes if rule else 0)
            if rule is None or rule.answer == "silent" or incidents.clock.now() < due:
                continue
            said = rule.model_dump(include={"cause", "component", "amount", "comment"})
            with suppress(AlreadyAnswered, UnknownQuestion):
                incidents.answer(row["run"], row["id"], HumanAnswer(answer=rule.answer, by="on-call", **said))

    def _rule(self, incidents: IncidentService, row: dict[str, Any]) -> Any:
        key = row["run"], row["id"]
        if key not in self._rules:
            play = self._plays[int(json.loads(row["dedup_key"])[-1].rpartition(" ")[2])]
            rules = scenario_of(play.scenario, play.number).on_call
            person = self._on_call.setdefault(row["run"], PersonOnCall(rules, incidents))
            question = Question.model_validate_json(row["question"])
            rule = person._rule_for(question) or DEFAULTS.get(question.kind)
            if rule is not None and rule.answer == "cause":
                named = row["run"], str(rule.cause), rule.component
                self._named[named] += 1
                rule = DEFAULTS["direction"] if self._named[named] > SAID_AT_MOST else rule
            self._rules[key] = rule
        return self._rules[key]
