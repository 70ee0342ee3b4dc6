"""Defects of steps 4 and 5."""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, cast

from evals.defects.planting import altered, both, defect, swapped
from graphs.steps import verification

Planted = AbstractContextManager[None]
OPTIMIZER = "workflow_optimizer"


def _resolve(_: Any) -> str:
    return "s4_resolve"


@defect("first_light")
def resolved_too_early() -> Planted:
    """Nothing is watched: it is resolved as soon as it is verified."""
    return swapped(verification, "WATCH_AFTER_FIX", 0)


@defect("amber_pike")
def watch_cut_short() -> Planted:
    """After one look the watch is over."""
    return swapped(verification, "after_look", _resolve)


@defect("stone_curlew", "marsh_harrier")
def verification_blind() -> Planted:
    """Every look after a fix says that all is well."""

    def well(report: dict[str, Any]) -> None:
        report.update(
            {
                n: v
                for n, v in {"state": "recovered", "confirmed": True, "normal": True, "passed": True}.items()
                if n in report
            }
        )
        checks = cast(list[dict[str, Any]], [value for value in report.values() if isinstance(value, dict)])
        for check in checks:
            check["verdict"] = "normal"

    duties = {
        "infrastructure_maintainer": ("verify_recovery", "verify_metrics"),
        "evidence_collector": ("confirm_fix",),
        "api_tester": ("run_regression",),
    }
    return both(*(altered(role, duty, well) for role, names in duties.items() for duty in names))


@defect("first_light")
def metrics_not_verified() -> Planted:
    """It is resolved although the metrics were never called normal."""

    def abnormal(report: dict[str, Any]) -> None:
        report["normal"] = False

    return both(
        altered("infrastructure_maintainer", "verify_metrics", abnormal),
        swapped(verification, "after_verification", _resolve),
    )


@defect("amber_pike")
def prevention_empty() -> Planted:
    """The post-mortem does not say which monitoring would have caught it sooner."""

    def empty(report: dict[str, Any]) -> None:
        report["monitoring"] = ""

    return altered(OPTIMIZER, "plan_prevention", empty)


@defect("amber_pike")
def timeline_off() -> Planted:
    """The post-mortem says that it was detected ten minutes before it was."""

    def earlier(report: dict[str, Any]) -> None:
        report["detected_at"] = (datetime.fromisoformat(report["detected_at"]) - timedelta(minutes=10)).isoformat()

    return altered(OPTIMIZER, "reconstruct_timeline", earlier)


@defect("first_light")
def timeline_lines_shifted() -> Planted:
    """A line of the timeline has another time than the event that it cites."""

    def shifted(report: dict[str, Any]) -> None:
        last = report["entries"][-1]
        last["at"] = (datetime.fromisoformat(last["at"]) + timedelta(minutes=7)).isoformat()

    return altered(OPTIMIZER, "reconstruct_timeline", shifted)


@defect("dry_well")
def action_item_without_owner() -> Planted:
    """Nobody is to do what would prevent it."""

    def nobody(report: dict[str, Any]) -> None:
        report["items"][0]["owner"] = ""

    return altered(OPTIMIZER, "assign_action_items", nobody)


@defect("dry_well")
def backlog_entry_lost() -> Planted:
    """The last prevention task does not get into the backlog."""

    def lost(report: dict[str, Any]) -> None:
        report["entries"] = report["entries"][:-1]

    return altered("sprint_prioritizer", "add_prevention_tasks", lost)
