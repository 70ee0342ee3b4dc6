"""Markdown: the table as it stands in docs/evals.md, between its two marks."""

import re
from pathlib import Path

from evals.report import hard_table
from evals.report.summary import Summary
from evals.report.table import cells, lines, whole

MARKS = ("<!-- eval table -->", "<!-- /eval table -->")
HARD_MARKS = ("<!-- hard table -->", "<!-- /hard table -->")
HEAD = ("stratum", "runs", "passed", "failed", "inconclusive", "errors", "pass rate", "95 %")


def put_into(file: Path, summary: Summary) -> None:
    """Put the table between the marks of a file; raises ValueError where it has none."""
    text = file.read_text(encoding="utf-8")
    marks = HARD_MARKS if summary.hard else MARKS
    between = re.compile(f"{re.escape(marks[0])}.*{re.escape(marks[1])}", re.DOTALL)
    if not between.search(text):
        raise ValueError(f"{file}: expected the marks {' and '.join(marks)}")
    told = hard_table.markdown(summary.hard) if summary.hard else table(summary)
    written = f"{marks[0]}\n{told}\n{marks[1]}"
    file.write_text(between.sub(lambda _: written, text), encoding="utf-8")


def table(summary: Summary) -> str:
    """The strata, what matters most, and every miss with its reason."""
    parts = [(f"{name}: {part.name}", part) for name, listed in summary.strata.items() for part in listed]
    rows = [_row(HEAD), _row(["---"] * len(HEAD)), *(_row([name, *cells(part)]) for name, part in parts)]
    rows.append(_row(["**all**", *cells(whole(summary))]))
    told = lines(summary)[:1] + [line.partition(";")[0] for line in lines(summary)[1:]]
    misses = [f"- {run}: {'; '.join(why)}" for run, why in sorted(summary.misses.items())]
    listed = ["", "What does not pass, and why:", "", *misses] if misses else []
    return "\n".join([*rows, "", *(f"{line[:1].upper()}{line[1:]}.  " for line in told), *listed])


def _row(values: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(values)} |"
