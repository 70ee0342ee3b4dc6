"""Introduced: when the post-mortem says that the fault came in, beside when it truly did."""

from datetime import datetime
from typing import Any

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

WITHIN = 10.0
"""Minutes."""


def judge(result: RunResult) -> Score | None:
    """S5.1, against the world's own onset; for a deployment, its time."""
    written = result.of("post_mortem")
    told = written[-1].payload["timeline"]["introduced_at"] if written else None
    guilty = [fault for fault in result.scenario.world.faults if fault.component == result.expected.component]
    if told is None or not guilty or result.expected.cause is None:
        return None
    scene = result.played.production.scene
    said = scene.minute(datetime.fromisoformat(told))
    true = {course.onset for course in _courses(result, guilty[0].component)} | {
        release.at for release in scene.known_releases[guilty[0].component] if release.version == guilty[0].version
    }
    off = min(abs(said - onset) for onset in true)
    return mark(
        [f"said to be at minute {said:.0f}, {off:.0f} minutes off"] if off > WITHIN else [], minutes_off=round(off, 1)
    )


def _courses(result: RunResult, component: str) -> list[Any]:
    scene = result.played.production.scene
    return [influence.course for influence in scene.influences(component) if not influence.via]
