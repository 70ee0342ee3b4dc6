"""Reports: a line for each run, a summary, and one page that stands alone."""

from pathlib import Path

from evals.report.page import page
from evals.report.records import Folder
from evals.report.summary import Summary, summarise


def write(to: Path) -> Summary:
    """Sum up what was played, and write the page."""
    folder = Folder(to)
    plan = folder.plan()
    summary = summarise(folder.records(), len(plan.scenarios) * len(plan.seeds))
    folder.page.write_text(page(folder, plan, summary), encoding="utf-8")
    folder.summary.write_text(summary.model_dump_json(indent=2), encoding="utf-8")
    return summary
