"""The report on disk: a summary, and one HTML page that stands alone, with every run's transcript packed into it."""

import base64
from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from agents.io.catalogue import Catalogue
from evals.report import hard_table
from evals.report.records import Folder, Plan, Record
from evals.report.summary import Summary, reasons, summarise
from evals.report.table import lines, whole
from evals.scorers.registry import SCORERS
from graphs.charts.run_charts import RunCharts, charts_of_events
from graphs.transcript.event import parse_event

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
            charts_of=partial(charts_of_record, folder),
            milestones={name: minutes(records, name) for name in MILESTONES},
            packed={
                record.name: base64.b64encode(folder.packed_transcript(record.name)).decode() for record in records
            },
        )
    )


def charts_of_record(folder: Folder, record: Record) -> RunCharts | None:
    """The charts of a run as its page shows them; None where its transcript was not kept or nothing was measured."""
    return charts_of_events([parse_event(event) for event in folder.transcript(record.name)], Catalogue())


def minutes(records: Sequence[Record], milestone: str) -> list[tuple[float, str, str]]:
    """When each run came so far: the minute, its level, its name."""
    reached = [(r.marks["economy"].values["minutes"][milestone], r) for r in records if "economy" in r.marks]
    return sorted((minute, record.strata["level"], record.name) for minute, record in reached if minute is not None)


def _minute(time: datetime) -> str:
    return f"{time:%H:%M}"


@cache
def _environment() -> Environment:
    charts = (PackageLoader("graphs.charts", part) for part in ("templates", "static"))
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("evals.report", "templates"), *charts]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cast("dict[str, Any]", environment.filters).update(minute=_minute)
    return environment


def write_report(to: Path) -> Summary:
    """Sum up what was played, and write the page."""
    folder = Folder(to)
    plan = folder.plan()
    summary = summarise(folder.records(), len(plan.scenarios) * len(plan.seeds))
    folder.page.write_text(page(folder, plan, summary), encoding="utf-8")
    folder.summary.write_text(summary.model_dump_json(indent=2), encoding="utf-8")
    return summary
