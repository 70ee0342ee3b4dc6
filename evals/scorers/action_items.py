"""Action items: each has an owner and a deadline, and each gets into the backlog."""

from datetime import datetime

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score | None:
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
