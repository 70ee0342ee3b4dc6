"""The page: one HTML file that stands alone, with the transcript of every run packed into it."""

import base64
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from evals.report import hard_table
from evals.report.records import Folder, Plan, Record
from evals.report.summary import Summary, reasons
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
    told = [(r.marks["economy"].values["minutes"][milestone], r) for r in records if "economy" in r.marks]
    return sorted((minute, record.strata["level"], record.name) for minute, record in told if minute is not None)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("evals.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
