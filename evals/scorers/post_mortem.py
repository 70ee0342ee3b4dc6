"""Post-mortem: there within two days, with every part the runbook names."""

from typing import Any, cast

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

PARTS = {
    "timeline": ("detected_at", "resolved_at", "entries"),
    "root_cause": ("what_failed", "why", "why_not_caught", "five_whys"),
    "impact": ("users", "revenue", "reputation", "data"),
    "prevention": ("monitoring", "testing", "process", "infrastructure"),
    "action_items": ("items",),
}
WITHIN = 48 * 60.0


def judge(result: RunResult) -> Score | None:
    """S5.1 to S5.5, for all but a P3."""
    if not result.of("resolved"):
        return None
    written = result.of("post_mortem")
    if not written:
        return mark(["there is no post-mortem"])
    told = written[-1].payload
    faults = [
        f"{part}.{name} is empty" for part, names in PARTS.items() for name in names if not _said(told, part, name)
    ]
    late = result.minute(written[-1]) - result.minute(result.of("resolved")[-1])
    faults += [f"written {late:.0f} minutes after the end"] if late > WITHIN else []
    faults += ["its text is empty"] if len(told["text"]) < 200 else []
    return mark(faults, 1 - len(faults) / sum(map(len, PARTS.values())))


def _said(told: dict[str, Any], part: str, name: str) -> bool:
    value: Any = told.get(part, {}).get(name)
    claimed: Any = cast(dict[str, Any], value)["text"] if isinstance(value, dict) else value
    return bool(claimed.strip() if isinstance(claimed, str) else claimed)
