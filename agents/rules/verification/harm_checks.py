"""Harm that is not in the signals: only the reading that showed it can show that it is over."""

import asyncio
from datetime import datetime, timedelta

from agents.readings.production import DataSafety, ErrorLog, LogPattern, Usage
from agents.reports.basis import Check
from agents.rules.diagnosis.inquiry import ask
from agents.rules.verification.recovery_checks import window
from agents.rules.writing.wording import at, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.runtime.ledger import DataReading, Ledger, is_met_by_many
from agents.tools.port import AnyPort
from agents.tools.ports import data_safety, error_log, usage

TOOLS: tuple[AnyPort, ...] = (data_safety, usage, error_log)
STILL_LOGGED, SILENCE = 3, 4
"""A line has stopped when it was not logged for so many minutes of the runbook, and so many times its usual gap."""
NEW_AFTER, RARE = 10, 10
"""A line is new after so many minutes of the runbook, and so many times its usual gap, without it: what is logged now
and then is not new because it was not logged for a while."""
AN_HOUR = 60
"""Minutes of the runbook: an alert may come so long after what it tells of."""
NO_CHANCE = 5
"""Lines that make a pattern: fewer come and go."""
MOST_SERVICES = 4


async def harm_checks(briefing: Briefing, context: DutyContext) -> list[Check]:
    """Read again what showed harm that the signals did not: the data, the count of users, the lines of the log."""
    ledger = briefing.ledger
    stores = list(dict.fromkeys(read.service for read in ledger.data_readings))[:MOST_SERVICES]
    hurt = ledger.hurt(briefing.detected_at)
    counted = list(dict.fromkeys(entry.service for entry in hurt if entry.kind == "affected users"))[:MOST_SERVICES]
    in_question, minutes = _logs_in_question(briefing), window(briefing) + AN_HOUR
    data, users, logs = await asyncio.gather(
        asyncio.gather(*(ask(context, data_safety, name) for name in stores)),
        asyncio.gather(*(ask(context, usage, name) for name in counted)),
        asyncio.gather(*(ask(context, error_log, name, minutes) for name in in_question)),
    )
    checks = [_of_data(name, read, briefing) for name, read in zip(stores, data, strict=True)]
    checks += [_of_users(name, read) for name, read in zip(counted, users, strict=True)]
    of_logs = (_of_log(name, read, minutes, briefing) for name, read in zip(in_question, logs, strict=True))
    return checks + [check for check in of_logs if check is not None]


def shown_by_signals(briefing: Briefing) -> bool:
    """Whether the signals or the endpoints showed that users were hurt: then they show its end, too."""
    hurt = briefing.ledger.hurt(briefing.detected_at)
    return bool(hurt) and all(entry.kind != "affected users" for entry in hurt)


def since_the_change(briefing: Briefing) -> datetime:
    """After which a reading says whether it is over."""
    return briefing.acted_at or briefing.detected_at


def _of_data(name: str, reading: Reading[DataSafety], briefing: Briefing) -> Check:
    if reading.value is None:
        text = f"data of {name} cannot be checked again: {short(reading.said)}"
        return Check(verdict="unknown", text=text, cites=[reading.ref])
    read = DataReading.of(reading.value, briefing.now, reading.ref)
    after, since = briefing.ledger.with_data(read), since_the_change(briefing)
    if going_on := _of(name, after, after.data_going_on(since)):
        return Check(verdict="abnormal", text=going_on, cites=[reading.ref])
    if unclear := _of(name, after, after.data_not_seen_to_end(since, briefing.detected_at)):
        return Check(verdict="unknown", text=unclear, cites=[reading.ref])
    return Check(verdict="normal", text=read.words, cites=[reading.ref])


def _of(name: str, ledger: Ledger, words: list[str]) -> str:
    newest = next(read for read in reversed(ledger.data_readings) if read.service == name)
    return next((text for text in words if text.startswith(newest.words)), "")


def _of_users(name: str, reading: Reading[Usage]) -> Check:
    if reading.value is None:
        text = f"users of {name} cannot be counted again: {short(reading.said)}"
        return Check(verdict="unknown", text=text, cites=[reading.ref])
    affected, active = reading.value.affected_users, reading.value.active_users
    still = is_met_by_many(affected, active)
    text = f"{affected:,} of {active:,} users of {name} meet the fault"
    return Check(verdict="abnormal" if still else "normal", text=text, cites=[reading.ref])


def _logs_in_question(briefing: Briefing) -> list[str]:
    """Whose log may have shown what failed, where the signals showed nothing of it."""
    if shown_by_signals(briefing) or found_nothing(briefing):
        return []
    found = briefing.conclusion.component if briefing.conclusion else None
    stores = [read.service for read in briefing.ledger.data_readings]
    names = [briefing.service, *([found] if found else []), *stores, *briefing.ledger.services]
    return [name for name in dict.fromkeys(names) if name in briefing.catalogue.services][:MOST_SERVICES]


def found_nothing(briefing: Briefing) -> bool:
    """Whether the investigation came to the end that nothing was wrong."""
    return briefing.conclusion is not None and briefing.conclusion.verdict == "nothing wrong"


def _of_log(name: str, reading: Reading[ErrorLog], minutes: int, briefing: Briefing) -> Check | None:
    """Whether lines that began with the incident are still being logged, after the change has had a minute.

    None where the log cannot be read, and no line of it was among the evidence: then it did not show the harm.
    """
    if reading.value is None:
        found = briefing.conclusion.hypotheses if briefing.conclusion else []
        if not any(hypothesis.component == name and hypothesis.signature for hypothesis in found):
            return None
        text = f"the log of {name} cannot be read again: {short(reading.said)}"
        return Check(verdict="unknown", text=text, cites=[reading.ref])
    looked_from = briefing.now - minutes * briefing.minute
    changed = since_the_change(briefing) + briefing.minute
    often = [line for line in reading.value.patterns if line.count >= NO_CHANCE and line.first_seen < changed]
    new = [
        line for line in often if line.first_seen - looked_from > max(NEW_AFTER * briefing.minute, RARE * _gap(line))
    ]
    still = [line for line in new if line.last_seen > changed and _is_going_on(line, briefing)]
    if still:
        loudest = max(still, key=lambda line: line.count)
        text = f"{name} still logs “{short(loudest.signature)}”, last at {at(loudest.last_seen, briefing.now)}"
        return Check(verdict="abnormal", text=text, cites=[reading.ref])
    return Check(verdict="normal", text=f"{name} logs nothing that began with it", cites=[reading.ref])


def _is_going_on(line: LogPattern, briefing: Briefing) -> bool:
    """Whether it was logged so lately that nothing says that it has stopped."""
    return briefing.now - line.last_seen <= max(STILL_LOGGED * briefing.minute, SILENCE * _gap(line))


def _gap(line: LogPattern) -> timedelta:
    """How long it usually is from one such line to the next."""
    return (line.last_seen - line.first_seen) / line.count
