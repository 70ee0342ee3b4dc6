"""How bad it is now, and since when: as usual only where the newest reading of every service in trouble says so."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from agents.rules.writing.wording import at, capital, listed, uncounted_beside_damage, uncounted_in_words
from agents.runtime.uncounted import Uncounted
from api.narration.vocabulary import lasting
from graphs.charts.charts import Chart, most_hurt
from graphs.charts.run_charts import STALE
from graphs.transcript.facts import Facts

FULL = "saturation"
"""The signal that shows what may come: by itself it hurts nobody."""


class Stretch(NamedTuple):
    """A time in which users were hurt, whatever of."""

    since: datetime
    until: datetime
    is_open: bool


def how_bad_now(facts: Facts, charts: Sequence[Chart], now: datetime) -> str:
    """When users were hurt, and what is out of its usual range now; `charts` are of all services in trouble."""
    stretches, unknown = _stretches(facts, charts, now), _uncounted(facts)
    measured, seen = _measured_now(facts, charts, now), _by_the_newest_look(facts, now)
    if not stretches:
        return f"{_alerted(facts, charts, now)}{measured}{seen}"
    newest = next((one for one in reversed(stretches) if one.is_open), stretches[-1])
    before = [_in_words(one, now) for one in stretches if one is not newest]
    also = f"; also {listed(before)}" if before else ""
    if newest.is_open:
        span = f"Since {at(newest.since, now)}, for {lasting(now - newest.since)}"
        return f"{span}{_as_of(facts, charts, now)}{also}{_beside(unknown)}.{measured}{seen}"
    lasted = f", for {lasting(newest.until - newest.since)}" if newest.until > newest.since else ""
    span = f"{capital(_in_words(newest, now))}{lasted}"
    return f"{span}{also}{_beside(unknown)}.{measured}{seen or _as_usual(facts, charts, now)}"


def _in_words(one: Stretch, now: datetime) -> str:
    since, until = at(one.since, now), at(one.until, now)
    return f"at {since}" if one.since == one.until else f"from {since} to {until}"


def _stretches(facts: Facts, charts: Sequence[Chart], now: datetime) -> list[Stretch]:
    """When users were hurt, oldest first; what lies no further apart than stretches of one kind do is one.

    What goes on does so up to now, however long ago it was read.
    """
    known = facts.ledger.hurt(facts.started_at) if facts.started_at else []
    is_over = facts.fixed_at is not None
    found = [Stretch(one.since, one.until, False) for one in known if is_over or not one.is_open]
    found += [Stretch(one.since, max(one.until, now), True) for one in known if one.is_open and not is_over]
    hurt = [chart for chart in charts if _hurts_now(facts, chart, now)]
    found += [Stretch(chart.hurt_since or chart.measured_at, chart.measured_at, True) for chart in hurt]
    joined: list[Stretch] = []
    for one in sorted(found):
        last = joined[-1] if joined else one
        if one.since > last.until + facts.ledger.gap or not joined:
            joined.append(one)
        else:
            joined[-1] = Stretch(last.since, max(last.until, one.until), last.is_open or one.is_open)
    return joined


def _as_of(facts: Facts, charts: Sequence[Chart], now: datetime) -> str:
    """When what goes on was measured last, where that is some time ago: it may have ended since."""
    read = [one.until for one in facts.ledger.hurt(facts.started_at or now) if one.is_open]
    read += [chart.measured_at for chart in charts if _hurts_now(facts, chart, now)]
    last = max(read, default=now)
    return f" (last measured at {at(last, now)})" if _is_stale(facts, last, now) else ""


def _hurts_now(facts: Facts, chart: Chart, now: datetime) -> bool:
    is_over = facts.fixed_at is not None or facts.cancelled
    return chart.is_hurt and chart.signal.name != FULL and not (is_over and _is_stale(facts, chart.measured_at, now))


def _uncounted(facts: Facts) -> list[Uncounted]:
    if facts.started_at is None:
        return []
    return facts.ledger.unknown(facts.started_at, None if facts.is_vouched else facts.fixed_at)


def _beside(unknown: Sequence[Uncounted]) -> str:
    """When requests were not counted, beside damage that was measured."""
    told = "; ".join(uncounted_beside_damage(one, one.service) for one in unknown)
    return f", as far as it was measured; {told}" if told else ""


def _alerted(facts: Facts, charts: Sequence[Chart], now: datetime) -> str:
    """When the alert came, where no damage was measured."""
    told, unknown = f"The alert came at {at(facts.started_at or now, now)}", _uncounted(facts)
    if unknown:
        return f"{told}; {'; '.join(uncounted_in_words(one, one.service) for one in unknown)}."
    is_seen = facts.newest_scope is not None and facts.newest_scope.abnormal
    if not charts:
        return f"{told}." if is_seen else f"{told}; not measured yet."
    is_calm = not any(chart.is_hurt for chart in charts) and not _by_the_newest_look(facts, now)
    return f"{told}; nothing that is measured is out of its usual range." if is_calm else f"{told}."


def _measured_now(facts: Facts, charts: Sequence[Chart], now: datetime) -> str:
    """The newest figure of what is out of its usual range; empty where nothing is."""
    worst = most_hurt(charts)
    if worst is None or not worst.is_hurt:
        return ""
    usual = f", usually {worst.usual}" if worst.usual else ""
    whose = f" of {worst.service}" if any(chart.service != worst.service for chart in charts) else ""
    when = f"at {at(worst.measured_at, now)}" if _is_stale(facts, worst.measured_at, now) else "now"
    return f" {worst.title}{whose} {when}: {worst.now}{usual}."


def _by_the_newest_look(facts: Facts, now: datetime) -> str:
    """What the newest look at the scope found, until recovery is verified; empty: nothing out of its usual range."""
    scope = facts.newest_scope
    if scope is None or not scope.abnormal or facts.fixed_at is not None or facts.scope_at is None:
        return ""
    names, state = (scope.down, "completely down") if scope.down else (scope.services, "not as usual")
    were = "was" if len(names) == 1 else "were"
    return f" At {at(facts.scope_at, now)} {listed(names)} {were} {state}." if names else ""


def _as_usual(facts: Facts, charts: Sequence[Chart], now: datetime) -> str:
    """That it is as usual, where all was seen to be; with the time of it, where that is some time ago."""
    if any(chart.is_hurt for chart in charts) or any(
        one.is_open and one.served_at is None for one in _uncounted(facts)
    ):
        return ""
    read = {chart.service: chart.measured_at for chart in sorted(charts, key=lambda chart: chart.measured_at)}
    moments = [] if facts.is_vouched or facts.fixed_at is None else [facts.fixed_at]
    if read and set(facts.ledger.services) <= set(read):
        moments.append(min(read.values()))
    if not moments:
        return ""
    if _is_stale(facts, max(moments), now):
        return f" At {at(max(moments), now)} it was as usual."
    return " Now it is as usual."


def _is_stale(facts: Facts, measured_at: datetime, now: datetime) -> bool:
    return measured_at < now - STALE * facts.minute
