"""Post-mortem: it has every part, its times are true, and its action items have owners and get into the backlog."""

from datetime import datetime
from typing import Any, cast

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

PARTS = {
    "timeline": ("detected_at", "resolved_at", "entries"),
    "root_cause": ("what_failed", "why", "why_not_caught", "five_whys"),
    "impact": ("users", "revenue", "reputation", "data"),
    "prevention": ("monitoring", "testing", "process", "infrastructure"),
    "action_items": ("items",),
}
WRITTEN_WITHIN = 48 * 60.0


def judge_post_mortem(result: RunResult) -> Score | None:
    """S5.1 to S5.5, for all but a P3."""
    if not result.of("resolved"):
        return None
    written = result.of("post_mortem")
    if not written:
        return mark(["there is no post-mortem"])
    payload = written[-1].payload
    faults = [
        f"{part}.{name} is empty"
        for part, names in PARTS.items()
        for name in names
        if not _is_filled(payload, part, name)
    ]
    late = result.minute(written[-1]) - result.minute(result.of("resolved")[-1])
    faults += [f"written {late:.0f} minutes after the end"] if late > WRITTEN_WITHIN else []
    faults += ["its text is empty"] if len(payload["text"]) < 200 else []
    return mark(faults, 1 - len(faults) / sum(map(len, PARTS.values())))


def _is_filled(payload: dict[str, Any], part: str, name: str) -> bool:
    value: Any = payload.get(part, {}).get(name)
    claimed: Any = cast(dict[str, Any], value)["text"] if isinstance(value, dict) else value
    return bool(claimed.strip() if isinstance(claimed, str) else claimed)


def _bears_time(event: Event, at: datetime, what: str) -> bool:
    """Whether an event can show what happened at a time: a measured line is of a sample in a later reading."""
    apart = (event.at - at).total_seconds()
    return apart >= -60 if what.startswith("measured: ") else abs(apart) <= 60


def judge_timeline(result: RunResult) -> Score | None:
    """S5.1: detected, resolved, every line that cites an event at that event's time, in order."""
    written = result.of("post_mortem")
    if not written or not result.of("resolved"):
        return None
    timeline: dict[str, Any] = written[-1].payload["timeline"]
    faults: list[str] = []
    for name, event in {"detected_at": result.events[0], "resolved_at": result.of("resolved")[-1]}.items():
        if abs((datetime.fromisoformat(timeline[name]) - event.at).total_seconds()) > 1:
            faults.append(f"{name} is {timeline[name]}, and was {event.at:%H:%M:%S}")
    times = [datetime.fromisoformat(entry["at"]) for entry in timeline["entries"]]
    faults += ["its lines are not in order"] if times != sorted(times) else []
    for entry, at in zip(timeline["entries"], times, strict=True):
        cited = [result.by_ref[ref] for ref in entry["cites"] if ref in result.by_ref]
        if (
            at > result.events[0].at
            and entry["at"] != timeline["introduced_at"]
            and not any(_bears_time(event, at, entry["what"]) for event in cited)
        ):
            faults.append(f"{entry['at']} {entry['what'][:60]}: not the time of what it cites")
    return mark(faults, entries=len(times))


INTRODUCED_WITHIN = 10.0
"""Minutes."""


def judge_introduced(result: RunResult) -> Score | None:
    """S5.1, against the world's own onset; for a deployment, its time."""
    written = result.of("post_mortem")
    introduced_at = written[-1].payload["timeline"]["introduced_at"] if written else None
    guilty = [fault for fault in result.scenario.world.faults if fault.component == result.expected.component]
    if introduced_at is None or not guilty or result.expected.cause is None:
        return None
    scene = result.played.production.scene
    minute = scene.minute(datetime.fromisoformat(introduced_at))
    true = {course.onset for course in _courses(result, guilty[0].component)} | {
        release.at for release in scene.known_releases[guilty[0].component] if release.version == guilty[0].version
    }
    off = min(abs(minute - onset) for onset in true)
    return mark(
        [f"said to be at minute {minute:.0f}, {off:.0f} minutes off"] if off > INTRODUCED_WITHIN else [],
        minutes_off=round(off, 1),
    )


def _courses(result: RunResult, component: str) -> list[Any]:
    scene = result.played.production.scene
    return [influence.course for influence in scene.influences(component) if not influence.via]


def judge_action_items(result: RunResult) -> Score | None:
    """S5.5 and S5.6; a P3 has its one entry."""
    backlog = [entry for event in result.of("backlog") for entry in event.payload["entries"]]
    faults = [f"not added: {entry['title'][:60]}" for entry in backlog if not entry["added"]]
    if not result.of("resolved"):
        return (
            mark([*faults, *([] if backlog else ["nothing was put into the backlog"])])
            if result.levels == ["P3"]
            else None
        )
    items = [item for event in result.reports("assign_action_items") for item in event.payload["report"]["items"]]
    end = result.of("resolved")[-1].at
    for item in items:
        if not item["owner"].strip() or not item["action"].strip():
            faults.append(f"no owner: {item['action'][:60]}")
        if datetime.fromisoformat(item["deadline"]) <= end:
            faults.append(f"due before the incident ended: {item['action'][:60]}")
    if len(backlog) != len(items):
        faults.append(f"{len(items)} action items, and {len(backlog)} entries in the backlog")
    faults += [
        f"no owner or deadline in the backlog: {e['title'][:60]}" for e in backlog if not (e["owner"] and e["deadline"])
    ]
    return mark(faults, items=len(items))
