"""What came after a question was asked, which says nothing of it: the newest look, and what people told."""

from agents.rules.writing.wording import at, short
from graphs.model.questions import Question
from graphs.transcript.facts import Facts

TOLD_AT_MOST = 2


def since_asked(facts: Facts, question: Question) -> str:
    """What the newest look found and what people told after a question was asked, in words; empty: nothing."""
    asked_at = facts.asked_at.get(question.id)
    if asked_at is None:
        return ""
    looked, scope = facts.scope_at, facts.newest_scope
    found = [f"The look of {at(looked)} found: {scope.summary}"] if scope and looked and looked > asked_at else []
    later = [said for said in facts.ledger.statements if said.at > asked_at and said.words.strip()]
    told = [f"{said.by} at {at(said.at)}: “{short(said.words, 200)}”." for said in later[-TOLD_AT_MOST:]]
    return " ".join([*found, *told])


def as_it_stands(facts: Facts, question: Question) -> str:
    """A question as it was asked, behind the time at which it was, and what came since."""
    asked_at = facts.asked_at.get(question.id)
    asked = f"Asked at {at(asked_at)}: {question.text}" if asked_at else question.text
    return " ".join(filter(None, [since_asked(facts, question), asked]))
