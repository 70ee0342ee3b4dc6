"""People: what they told of why it happened, of what they did and of the rest, for the root cause."""

from agents.reports.basis import Claim
from agents.rules.writing import testimony
from agents.rules.writing.ending import what_ended_it
from agents.rules.writing.lessons import chosen, told_by
from agents.rules.writing.refuted import account, answer_to
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Statement

MOST_STATEMENTS = 5
"""Of people, in the root cause; the newest."""


def people_said(briefing: Briefing) -> tuple[list[Claim], list[Claim], list[Claim]]:
    """Why it happened, what they did and what else they told, in people's own words, each once, the newest first."""
    own = [said for said in briefing.ledger.statements if said.words.strip() and not testimony.is_chatter(said)]
    own = [said for said in own if not _stands_elsewhere(said, briefing)]
    told = testimony.weightiest(testimony.first_of_each(own), MOST_STATEMENTS)
    named = told_by(briefing) if chosen(briefing) is not None else None  # is quoted under what failed
    claims: tuple[list[Claim], list[Claim], list[Claim]] = ([], [], [])
    for one in sorted(told, key=lambda said: said != named):
        is_done = one.is_by_hand and not one.says_that_nothing_failed
        words = _said(one, briefing, is_quoted=one == named and not is_done)
        kind = 1 if is_done else 0 if _tells_why(one) else 2
        claims[kind].append(Claim(text=words, cites=[one.cite]))
    return claims


def _tells_why(said: Statement) -> bool:
    explains = said.cause is not None or said.is_by_hand or said.says_that_nothing_failed
    return explains or bool(testimony.BECAUSE.search(said.words)) or testimony.tells_of_a_deed(said.words)


def _stands_elsewhere(said: Statement, briefing: Briefing) -> bool:
    """Whether it tells no reason, but that it is over or who was hurt: other parts quote it."""
    words = testimony.spoken(said, testimony.KNOWN_BY).rstrip(".…")
    is_told = bool(said.is_over) or said == testimony.of_harm(briefing.ledger) or words in what_ended_it(briefing)
    return is_told and not _tells_why(said)


def _said(said: Statement, briefing: Briefing, is_quoted: bool) -> str:
    """A person's words with their time; where they are quoted above, that they named the cause."""
    who, when = testimony.name_of(said), at(said.at, briefing.started_at)
    if is_quoted:
        return f"{who} named this cause at {when}."
    return with_full_stop(f"{who} at {when}: “{testimony.spoken(said, 300)}”{answer_to(said, briefing)}")


def with_full_stop(words: str) -> str:
    """A sentence with its full stop, where it or a quotation at its end has none of its own."""
    return words if words.endswith((".”", "!”", "?”", "…”", "…")) else f"{words}."


def accounts(briefing: Briefing, beside: str = "") -> list[Claim]:
    """What people told that stands nowhere else, the newest first, each with what came of it."""
    told = [one for one in testimony.accounts(briefing.ledger, beside) if not _stands_elsewhere(one, briefing)]
    return [Claim(text=account(said, briefing), cites=[said.cite]) for said in told]
