"""What was asked of a run and replied, as its page shows it and as a note keeps it."""

from typing import NamedTuple

from agents.io.outside_text import clean
from agents.rules.writing.wording import short
from api.narration.vocabulary import title
from graphs.intake.inquiries import Asked
from graphs.transcript.event import Event

SHOWN = 20
"""Questions on a run's page, the newest."""
LONGEST_NOTE = 3_000
"""Characters of a reply that a note keeps; the whole reply is an event."""


class AskedAndReplied(NamedTuple):
    """A question and its reply."""

    inquiry: Event
    text: str
    by: str
    reply: Event | None
    replied_by: str
    answer: str
    """Empty while there is none."""
    note: str
    """What a note of the reply says."""


def asked_and_replied(asked: list[Asked]) -> list[AskedAndReplied]:
    """The newest questions with their replies, newest first."""
    return [_one(one) for one in reversed(asked[-SHOWN:])]


def _one(asked: Asked) -> AskedAndReplied:
    inquiry, reply = asked
    text, answer = clean(inquiry.payload["text"]), clean(reply.payload["text"]) if reply else ""
    role = title(reply.role) if reply and reply.role else "Warroom"
    return AskedAndReplied(
        inquiry=inquiry,
        text=text,
        by=clean(inquiry.payload["by"]),
        reply=reply,
        replied_by=role,
        answer=answer,
        note=f"{role} answered “{short(text, 200)}”: {short(answer, LONGEST_NOTE)} [#{reply.ref}]" if reply else "",
    )
