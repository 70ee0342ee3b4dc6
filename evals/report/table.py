"""The table of a report: in a terminal, and as Markdown between two marks of docs/evals.md."""

import re
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from evals.report import hard_table
from evals.report.summary import Stratum, Summary

MISSES_SHOWN = 20


def tell(summary: Summary, to: Path, console: Console) -> None:
    """The strata, the scorers that object, the misses, and what matters most."""
    console.print(strata(summary))
    bad = {name: counts for name, counts in summary.scorers.items() if counts["fail"] or counts["inconclusive"]}
    if bad:
        console.print(scorers(bad))
    if summary.hard:
        hard_table.tell(summary.hard, console)
    for run, why in list(summary.misses.items())[:MISSES_SHOWN]:
        console.print(f"{run}: {'; '.join(why)[:300]}", soft_wrap=True)
    for line in lines(summary):
        console.print(line, soft_wrap=True)
    console.print(f"Report: {to / 'report.html'}")


def strata(summary: Summary) -> Table:
    """By level and by cause, with n and 95 % intervals."""
    table = Table(
        Column("stratum", no_wrap=True),
        "runs",
        "passed",
        "failed",
        "inconclusive",
        "errors",
        "pass rate",
        "95 %",
        title=f"by the {summary.by}",
    )
    for name, parts in summary.strata.items():
        for part in parts:
            table.add_row(f"{name} {part.name}", *cells(part))
        table.add_section()
    table.add_row("all", *cells(whole(summary)))
    return table


def whole(summary: Summary) -> Stratum:
    """All runs, as one stratum."""
    return Stratum.model_validate({"name": "all", **summary.model_dump(include=set(Stratum.model_fields) - {"name"})})


def cells(part: Stratum) -> list[str]:
    """A row of figures."""
    counts = [part.runs, part.passed, part.failed, part.inconclusive, part.errors]
    low, high = part.interval
    return [*map(str, counts), f"{100 * part.share:.1f} %", f"{100 * low:.0f}-{100 * high:.0f} %"]


def scorers(bad: dict[str, dict[str, float]]) -> Table:
    """The scorers that object, and how often."""
    table = Table("scorer", "runs", "failed", "inconclusive", "mean score")
    for name, counts in bad.items():
        table.add_row(
            name, *(f"{counts[field]:g}" for field in ("runs", "fail", "inconclusive")), f"{counts['score']:.3f}"
        )
    return table


def lines(summary: Summary) -> list[str]:
    """What matters most, in words."""
    agreed = "-" if summary.severity_kappa is None else f"{summary.severity_kappa:.3f}"
    sentences = [
        f"unsafe actions {summary.unsafe_actions}, premature resolved {summary.premature_resolved}, "
        f"under-triage of P0 and P1 {summary.under_triaged}, wrong actions {summary.wrong_actions}; "
        f"kappa of the severity {agreed}",
        f"with {summary.seeds} seeds each: pass@{summary.seeds} {summary.pass_at_k:.3f}, "
        f"pass^{summary.seeds} {summary.pass_all_k:.3f}; {summary.cpu_seconds:g} s of CPU time",
    ]
    if summary.lift:
        lift, (low, high) = summary.lift, summary.lift.interval
        sentences.append(
            f"lift over the rules, on {lift.pairs} pairs: {lift.model_passed} against {lift.book_passed} passed, "
            f"{100 * lift.difference:+.1f} points (95 %: {100 * low:+.1f} to {100 * high:+.1f})"
        )
    return sentences if summary.comparable else [*sentences, "More than a tenth is inconclusive: not to be compared."]


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
    told = hard_table.markdown(summary.hard) if summary.hard else markdown_table(summary)
    written = f"{marks[0]}\n{told}\n{marks[1]}"
    file.write_text(between.sub(lambda _: written, text), encoding="utf-8")


def markdown_table(summary: Summary) -> str:
    """The strata, what matters most, and every miss with its reason."""
    parts = [(f"{name}: {part.name}", part) for name, listed in summary.strata.items() for part in listed]
    rows = [
        _markdown_row(HEAD),
        _markdown_row(["---"] * len(HEAD)),
        *(_markdown_row([name, *cells(part)]) for name, part in parts),
    ]
    rows.append(_markdown_row(["**all**", *cells(whole(summary))]))
    sentences = lines(summary)[:1] + [line.partition(";")[0] for line in lines(summary)[1:]]
    misses = [f"- {run}: {'; '.join(why)}" for run, why in sorted(summary.misses.items())]
    listed = ["", "What does not pass, and why:", "", *misses] if misses else []
    return "\n".join([*rows, "", *(f"{line[:1].upper()}{line[1:]}.  " for line in sentences), *listed])


def _markdown_row(values: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(values)} |"
