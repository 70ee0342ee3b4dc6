"""A change to production in the words in which a person is asked about it."""

import json
import re

from agents.io.act_kinds import ACT_KINDS
from agents.tools.change import Change
from graphs.model.questions import Question
from graphs.steps.approval import change_in

PHRASES = {
    "rollback": "roll {service} back{now} to {version}",
    "deploy": "deploy {version} of {service}{now}",
    "scale": "scale {service}{now} to {replicas} replicas",
    "restart": "restart {service}",
    "failover": "move {service} over to its standby {standby}",
    "fallback": "let {service} do without {dependency}",
    "build_hotfix": "build a hotfix of {service}: {remedy} {change}; nothing is deployed yet",
    **{action: kind.does for action, kind in ACT_KINDS.items()},
}
"""Action -> its phrase, with every parameter, so that nothing has to be looked up to know what is approved."""
SET = {"rollback": "version", "deploy": "version", "scale": "replicas"}
"""Action -> the parameter whose present setting is told as well."""
NOW = {"deploy": ", where {now} runs now"}
FROM = " from {now}"
PLAIN = re.compile(r"[\w.+:/@#-]+")
"""A value that reads as one word. Any other stands in quotation marks: no value can pass for a sentence of ours."""


def in_plain_words(change: Change, now: str = "") -> str:
    """Say what a change does; `now` is what production is set to, where that is known."""
    phrase = PHRASES.get(change.action)
    if phrase is None:
        return str(change)
    values = {name: _shown(value) for name, value in change.arguments.items()}
    before = NOW.get(change.action, FROM).format(now=_shown(now)) if now else ""
    return phrase.format_map({**values, "now": before})


def headline_of(question: Question, now: str = "") -> str:
    """The question in one sentence: the change that is asked about, else the sentence with which its own text ends."""
    change = change_in(question.proposal or {})
    if change is None or question.kind != "approval":
        return question.text.rpartition(". ")[2] if question.text.endswith("?") else question.text
    said = in_plain_words(change, now)
    return f"{said[:1].upper()}{said[1:]}?"


def remarks_on(question: Question) -> str:
    """What a question says besides its headline and its proposer's summary: what led to it, who has approved."""
    headline = headline_of(question)
    if question.text.endswith(headline):
        return question.text.removesuffix(headline).strip()
    exactly = f"{change_in(question.proposal or {})}."
    if question.text[: len(exactly)].lower() != exactly.lower():
        return question.text
    return question.text[len(exactly) :].removesuffix(summary_of(question)).strip()


def summary_of(question: Question) -> str:
    """The proposer's own words: a rule's, or a model's."""
    return str((question.proposal or {}).get("summary", ""))


def _shown(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
