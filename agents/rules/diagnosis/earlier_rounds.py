"""Earlier rounds: without a new reading, a round neither raises a hypothesis nor forgets what spoke against it."""

import re
from collections.abc import Iterable

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.rules.diagnosis.change_causes import is_on_record

FIGURES = re.compile(r"\d[\d.,:]*")
ASKED = re.compile(r"(?P<tool>\w+)(?:\((?:service|provider)=| of )(?P<of>[^,):]+)")
"""How a reading that got no answer is named: error_log(service=shop, …), or provider_status of card-net."""


def not_raised_without_news(now: Hypothesis, before: Conclusion | None, missing: Iterable[str]) -> Hypothesis:
    """A hypothesis as it may stand after what an earlier round found.

    It rises where something new speaks for it, or where a reading that was missing before is there now. Time that has
    passed, the same lines written more often, and an objection that nobody repeats are no news.
    """
    old = _same(now, before)
    if before is None or old is None or "ruled out" in (now.status, old.status) or now.strength <= old.strength:
        return now
    if _texts(now.support) - _texts(old.support) or _asked(before.missing) - _asked(missing):
        return now
    repeated = _texts(now.against)
    kept = [claim for claim in old.against if FIGURES.sub("", claim.text) not in repeated]
    return now.model_copy(
        update={"strength": old.strength, "status": old.status, "against": [*now.against, *kept]},
    )


def _same(now: Hypothesis, before: Conclusion | None) -> Hypothesis | None:
    return next((old for old in (before.hypotheses if before else []) if _key(old) == _key(now)), None)


def _key(one: Hypothesis) -> tuple[str, str, str]:
    return (one.cause, one.component, one.statement if is_on_record(one) else one.version)


def _texts(claims: Iterable[Claim]) -> set[str]:
    """What is claimed, without the figures, which change from minute to minute."""
    return {FIGURES.sub("", claim.text) for claim in claims}


def _asked(missing: Iterable[str]) -> set[tuple[str, str]]:
    return {(found["tool"], found["of"]) for said in missing if (found := ASKED.match(said))}
