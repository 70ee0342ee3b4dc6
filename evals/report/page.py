"""The report on disk: a summary, and one HTML page that stands alone, with every run's transcript packed into it."""

import base64
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from evals.report import hard_table
from evals.report.records import Folder, Plan, Record
from evals.report.summary import Summary, reasons, summarise
from evals.report.table import lines, whole
from evals.scorers.registry import SCORERS

MILESTONES = ("severity", "cause", "mitigation", "recovery", "resolved")


def page(folder: Folder, plan: Plan, summary: Summary) -> str:
    """Tables, plots, and each run down to its transcript."""
    records = sorted(folder.records(), key=lambda record: (record.verdict == "pass", record.name))
    return (
        _environment()
        .get_template("page.html")
        .render(
            plan=plan,
            summary=summary,
            whole=whole(summary),
            lines=lines(summary),
            hard_lines=hard_table.lines(summary.hard) if summary.hard else [],
            hard_tables=hard_table.tables(summary.hard) if summary.hard else [],
            records=records,
            reasons=reasons,
            scorers=list(summary.scorers),
            told_only={scorer.name for scorer in SCORERS if not scorer.decides},
            milestones={name: minutes(records, name) for name in MILESTONES},
            packed={
                record.name: base64.b64encode(folder.packed_transcript(record.name)).decode() for record in records
            },
        )
    )


def minutes(records: Sequence[Record], milestone: str) -> list[tuple[float, str, str]]:
    """When each run came so far: the minute, its level, its name."""
    reached = [(r.marks["economy"].values["minutes"][milestone], r) for r in records if "economy" in r.marks]
    return sorted((minute, record.strata["level"], record.name) for minute, record in reached if minute is not None)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("evals.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write_report(to: Path) -> Summary:
    """Sum up what was played, and write the page."""
    folder = Folder(to)
    plan = folder.plan()
    summary = summarise(folder.records(), len(plan.scenarios) * len(plan.seeds))
    folder.page.write_text(page(folder, plan, summary), encoding="utf-8")
    folder.summary.write_text(summary.model_dump_json(indent=2), encoding="utf-8")
    return summary
