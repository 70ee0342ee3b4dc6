"""How a run stands, in a terminal: what is wrong, how bad, how far, and what is asked."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from agents.io.outside_text import clean
from agents.tools.change import SHORT
from api.narration.states import state_of
from api.narration.vocabulary import cost, lasting, title, words
from api.runs.run_view import OpenQuestion, RunView
from graphs.transcript.facts import STEPS

LEVELS = {"P0": "bold white on red", "P1": "bold black on yellow", "P2": "bold white on blue"}
STATE_STYLES = {
    "running": "cyan",
    "waiting": "bold yellow",
    "resolved": "green",
    "closed": "green",
    "cancelled": "red",
}
GAP = "  "


def rule(text: str, style: str = "bold") -> Table:
    """A title with a line beside it."""
    drawn = Table.grid(expand=True, padding=(0, 1))
    drawn.add_column(no_wrap=True)
    drawn.add_column(ratio=1, no_wrap=True, overflow="crop")
    drawn.add_row(Text(text, style), Text("─" * 500, "dim"))
    return drawn


def flowing(pieces: list[Text], width: int) -> Text:
    """Put pieces beside one another, and none across the end of a line."""
    told, used = Text(), 0
    for piece in pieces:
        if used and used + len(GAP) + piece.cell_len > width:
            told.append("\n")
            used = 0
        elif used:
            told.append(GAP)
            used += len(GAP)
        told.append(piece)
        used += piece.cell_len
    return told


def header(view: RunView, width: int) -> RenderableType:
    """Severity, title, status, step, and what is due when."""
    first = Table.grid(expand=True, padding=(0, 1))
    first.add_column(no_wrap=True)
    first.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    first.add_column(no_wrap=True, justify="right")
    state = Text(state_of(view.status, view.fixed_at), STATE_STYLES[view.status])
    level = Text(f" {view.severity or 'new'} ", LEVELS.get(view.severity or "", "bold reverse"))
    first.add_row(level, Text(clean(view.title), "bold"), state)
    held = [Text("ON HOLD: it looks and tells, and changes nothing in production", "bold red")] if view.held else []
    return Group(first, *held, flowing([*_steps(view)], width), flowing([*_figures(view)], width))


def _steps(view: RunView) -> Iterator[Text]:
    for number, step in enumerate(STEPS, 1):
        if number < view.step or view.status == "closed":
            yield Text(f"✓ {step}", "green")
        elif number == view.step:
            yield Text(f"▶ {number} of {len(STEPS)} {step}", "bold cyan")
        else:
            yield Text(f"{number} {step}", "dim")


def _figures(view: RunView) -> Iterator[Text]:
    duties = view.by_book + view.by_model
    told = {
        "elapsed": lasting((view.closed_at or view.as_of) - view.started_at) if view.started_at else "",
        "next update": until(view.next_update_at, view.as_of) or "at a change",
        **{row: until(at, view.as_of) for row, at in view.escalates_at.items()},
        "fired": ", ".join(dict.fromkeys(escalated.row for escalated in view.escalations)),
        "users": f"{view.users_affected:,}" if view.users_affected is not None else "",
        "severity by": {"rule": "written rule"}.get(view.severity_set_by, clean(view.severity_set_by)),
        "commander": title(view.commander) if view.commander else "",
        "model": f"{view.model_share:.0%} of {duties} {'duty' if duties == 1 else 'duties'}",
        "cost": cost(view.tokens_in + view.tokens_out, view.spent.tokens_estimated, view.spent.money),
        "storm of": f"{view.incidents} incidents" if view.incidents else "",
        "part of the storm": f"{view.parent}{', in its queue' if view.queued else ''}" if view.parent else "",
    }
    for name, text in told.items():
        if text:
            yield Text(f"{name} ", "dim").append(text, "not dim bold")


def until(at: datetime | None, now: datetime) -> str:
    """How long it is until a time, and the time, in the zone of `now`; empty where there is none."""
    if at is None:
        return ""
    at = at.astimezone(now.tzinfo)
    return f"in {lasting(at - now)} ({at:%H:%M})" if at > now else f"now ({at:%H:%M})"


def conclusion(view: RunView) -> RenderableType:
    """What was found."""
    if not view.conclusion:
        return Group(rule("Conclusion"), Text("none yet", "dim"))
    verdict = f"{view.verdict}: {view.cause} in {clean(view.component or '')}" if view.cause else view.verdict or ""
    style = {"high": "green", "low": "yellow"}.get(view.confidence or "", "")
    found = Text(verdict, "bold")
    if view.verdict != "insufficient evidence":
        found.append(f" ({view.confidence} confidence)", style)
    return Group(rule("Conclusion"), found, Text(clean(view.conclusion)))


def question(asked: OpenQuestion, view: RunView) -> RenderableType:
    """What is asked and when, what came since; the frozen proposal, its risk and undo, until when, who may say it."""
    ids = [one.id for one in view.questions]
    which = f" ({ids.index(asked.id) + 1} of {len(ids)})" if len(ids) > 1 and asked.id in ids else ""
    told = Table.grid(padding=(0, 1), expand=True)
    told.add_column(width=6, style="dim")
    told.add_column(ratio=1)
    for name, text in _frozen(asked, view.as_of).items():
        told.add_row(name, Text(clean(text)))
    ask = Text(clean(asked.text), "bold yellow")
    return Group(rule(f"What is asked of you{which}", "bold yellow"), ask, told)


def _frozen(asked: OpenQuestion, now: datetime) -> dict[str, str]:
    told = {"Since": asked.since_asked} if asked.since_asked else {}
    if asked.asked_at:
        told["Asked"] = f"{asked.asked_at.astimezone(now.tzinfo):%H:%M}, {lasting(now - asked.asked_at)} ago"
    if proposal := asked.proposal:
        changes = [f"{words(name)} {value}" for name, value in proposal.get("parameters", {}).items()]
        action = f"{words(proposal.get('action') or '')} of {proposal.get('service', '')}"
        told["Action"] = ", ".join([action, *changes])
        told["Digest"] = asked.digest[:SHORT] or "none"
        told |= {"Risk": asked.risk or "not stated", "Undo": asked.undo or "not stated"}
    if asked.expires_at:
        told["Until"] = until(asked.expires_at, now)
    if asked.kind == "approval":
        told["Who"] = asked.who_may_answer
    if asked.rule:
        told["Rule"] = f"{asked.rule.number}: {asked.rule.text}"
    return told
