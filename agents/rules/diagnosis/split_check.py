"""The split check: whether a whole service fails, or one instance, version, endpoint, region or tenant of it."""

import asyncio

from agents.readings.splits import SplitSignals
from agents.reports.basis import Claim
from agents.rules.diagnosis.component import ComponentState
from agents.rules.diagnosis.hypotheses import Diagnosis
from agents.rules.diagnosis.inquiry import ask
from agents.rules.writing.wording import at
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import split_signals

MOST = 3
"""Components whose requests are split."""


async def uneven_parts(context: DutyContext, diagnosis: Diagnosis) -> list[Claim]:
    """What stands out among the parts of the alerted service, and of what failed first. It names no cause.

    The alerted service is read however it fares: one bad instance of many hardly shows in the whole.
    """
    alerted = diagnosis.survey.components[diagnosis.survey.alerted]
    suspects = [alerted, *(component for component in diagnosis.first if _suffers(component))]
    names = list(dict.fromkeys(suspect.name for suspect in suspects if suspect.kind != "provider"))[:MOST]
    readings = await asyncio.gather(*(ask(context, split_signals, name) for name in names))
    until = at(context.clock.now())
    return [claim for reading in readings if reading.value for claim in _claims(reading, reading.value, until)]


def _suffers(component: ComponentState) -> bool:
    """Whether its requests fail or are slow now."""
    known = (component.changes.get(name) for name in ("error rate", "latency"))
    return any(change.abnormal for change in known if change)


def _claims(reading: Reading[SplitSignals], splits: SplitSignals, until: str) -> list[Claim]:
    """With the time that was counted: another look counts others."""
    window = f"counted over the {splits.minutes} minutes up to {until}"
    return [
        Claim(text=f"{splits.service}: {sentence} ({window})", cites=[reading.ref]) for sentence in splits.stands_out
    ]
