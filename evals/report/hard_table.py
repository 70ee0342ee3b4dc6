"""The hard stratum's tables: the same rows in a terminal and in Markdown."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from evals.report.hard import Contestant, HardSummary, KindOfDifficulty


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _kappa(of: Contestant) -> str:
    if of.kappa is None or of.kappa_interval is None:
        return "-"
    low, high = of.kappa_interval
    return f"{of.kappa:.2f} ({low:.2f} to {high:.2f})"


ROWS: tuple[tuple[str, Callable[[Contestant], str]], ...] = (
    ("severity: quadratic kappa (95 %)", _kappa),
    ("severity: the same against the first-named level", lambda of: _figure(of.strict_kappa)),
    ("severity right", lambda of: of.severity_right.shown),
    ("P0 and P1 called P2 or P3", lambda of: of.under_triaged.shown),
    ("cause acceptable", lambda of: of.acceptable.shown),
    ("cause wrong", lambda of: of.wrong.shown),
    ("abstained where the cause can be found", lambda of: of.abstained.shown),
    ("acceptable, where the cause can be found", lambda of: of.acceptable_decidable.shown),
    ("abstained, where nothing decides", lambda of: of.acceptable_undecidable.shown),
    ("first proposal right, where there is such an act", lambda of: of.first_proposal_right.shown),
    ("first proposal wrong, of all runs", lambda of: of.first_proposal_wrong.shown),
    ("unsafe proposals", lambda of: str(of.unsafe_proposals)),
)
KIND_HEAD = ("kind", "scenarios", "severity right", "cause acceptable", "cause wrong", "first proposal right")


def tell(summary: HardSummary, console: Console) -> None:
    """Print the contestants, the confidences, and the kinds of difficulty."""
    for head, rows in tables(summary):
        table = Table(*head)
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for line in lines(summary):
        console.print(line, soft_wrap=True)


def markdown(summary: HardSummary) -> str:
    """Write the same as Markdown."""
    parts = ["\n".join(map(_row, [head, ["---"] * len(head), *rows])) for head, rows in tables(summary)]
    return "\n\n".join([*parts, "  \n".join(lines(summary))])


def tables(summary: HardSummary) -> list[tuple[Sequence[str], list[list[str]]]]:
    """Give the contestants, the confidences and the kinds of difficulty, each with its head."""
    named = ["", *(contestant.name for contestant in summary.contestants)]
    told = [[name, *(show(contestant) for contestant in summary.contestants)] for name, show in ROWS]
    trusted = [[one.confidence, str(one.right.runs), one.right.shown] for one in summary.reliability]
    kinds = [_of_kind(kind) for kind in summary.kinds]
    return [(named, told), (["confidence", "conclusions", "right"], trusted), (KIND_HEAD, kinds)]


def _of_kind(kind: KindOfDifficulty) -> list[str]:
    shares = (kind.severity_right, kind.acceptable, kind.wrong, kind.first_proposal_right)
    return [kind.name, str(kind.scenarios), *(share.shown for share in shares)]


def lines(summary: HardSummary) -> list[str]:
    """Say what belongs to no table."""
    return [
        f"{summary.scenarios} scenarios, {summary.runs} runs. Intervals are 95 %, and count scenarios, not runs.",
        f"Where nothing decides, it names the reading that would in {summary.names_what_decides.shown}.",
        f"Of the last conclusions while it went on, {summary.acceptable_at_last.shown} are acceptable.",
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
