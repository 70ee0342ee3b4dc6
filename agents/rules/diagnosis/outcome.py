"""The outcome: a cause that a person named, or that an act ended, stands; what is found later stands beside it."""

from collections.abc import Sequence

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.rules.writing import testimony
from agents.rules.writing.in_vain import have_ended
from agents.rules.writing.separate import is_of_before
from agents.rules.writing.wording import at, capital, gravest_in_words, short
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.ledger import BY_HAND, Act, Ledger, Statement, Suspected

CALM = ("nothing wrong", "recovered by itself")
SERVICES_TOLD = 2
"""Services whose figures are told beside a cause that stands."""


def kept(report: Conclusion, briefing: Briefing) -> Conclusion:
    """What a round of investigation comes to, given what was measured, said and done before it."""
    before, going_on = briefing.conclusion, briefing.ledger.said_to_go_on
    if before is not None and stands(before, briefing, is_calm=report.verdict in CALM):
        if report.verdict != "cause found":
            now = report.summary if report.verdict in CALM else figures_now(briefing)
            return before.model_copy(update={"summary": _with_what_is_read(_first(before.summary), now)})
        is_other = (report.cause, report.component) != (before.cause, before.component)
        if is_other and not is_of_before(briefing):
            return _both(before, report)
        return report
    if going_on and report.verdict in CALM:
        summary = f"{said_not_over(going_on)} By what is measured: {report.summary}"
        return report.model_copy(update={"verdict": "insufficient evidence", "cause": None, "summary": summary})
    if report.verdict == "insufficient evidence" and (said := named_and_not_disproved(briefing)):
        words = _with_what_is_read(f"{_as_named(said).statement}.", figures_now(briefing))
        return report.model_copy(update={"summary": words})
    if report.verdict == "nothing wrong":
        over_now = _not_denied(report, briefing)
        ended = _suspected(report.model_copy(update={"verdict": over_now.verdict}), briefing)
        return ended if over_now.verdict != report.verdict and ended.verdict == "cause found" else over_now
    if report.verdict == "recovered by itself" and report.cause is None:
        return _after_a_deed(_suspected(report, briefing), briefing)
    return report


def stands(found: Conclusion, briefing: Briefing, is_calm: bool = False) -> bool:
    """Whether a person named this cause, or an act at it was done and no damage goes on; and nothing disproved it.

    Where recovery was measured after the act, what comes later is a relapse and disproves nothing. What a person did by
    hand after they refused the remedy of this cause was not aimed at it. `is_calm`: it was looked at now, and is well.
    """
    ledger, same = briefing.ledger, (found.cause, found.component)
    if found.verdict != "cause found":
        return False
    if any((proof.cause, proof.component) == same for proof in ledger.confirmed):
        return True
    if is_disproved(found, briefing):
        return False
    named = any((said.cause, said.component) == same for said in ledger.statements)
    refused = any(
        attempt.outcome == "refused" and (attempt.cause, attempt.component) == same for attempt in briefing.attempts
    )
    acted = any(act.cause == found.cause and not (act.action == BY_HAND and refused) for act in ledger.acts)
    is_over = is_calm or not any(entry.is_open for entry in ledger.hurt(briefing.detected_at))
    return named or (acted and is_over)


def named_and_not_disproved(briefing: Briefing) -> Statement | None:
    """The cause that a person named last, unless a change at it was made since and did not help."""
    said = briefing.ledger.last_named
    return None if said is None or is_disproved(said, briefing) else said


def figures_now(briefing: Briefing) -> str:
    """The figures of the newest look, a sentence without what follows from them; empty where there are none."""
    if briefing.scope is None:
        return ""
    names = dict.fromkeys([briefing.service, *briefing.scope.services])
    told = [short(c.text, 200) for name in names for c in briefing.scope.claims if c.text.startswith(f"{name}: ")]
    return f"{'; '.join(told[:SERVICES_TOLD])}." if told else ""


def handled(before: Conclusion | None, ledger: Ledger, attempts: Sequence[Attempt] = ()) -> Conclusion:
    """What is known of the cause when a person says that it is over.

    That is what was concluded; where the last round concluded nothing, the cause that a person named last, else the one
    at which the last change was made and not seen to be in vain, else that a component did not run, where an earlier
    round had measured it: after their word nothing speaks against it any more.
    """
    if before is not None and before.verdict not in ("insufficient evidence", *CALM):
        return before
    last = next((act for act in reversed(ledger.acts) if act.cause and act.action != BY_HAND), None)
    known = [_as_named(said)] if (said := ledger.last_named) else []
    if not known and last is not None and not _is_in_vain(last, attempts):
        known = [_as_acted_on(last, _found_before(last, ledger))]
    known = known or [_as_found(one) for one in ledger.suspected if _did_not_run(one, ledger, attempts)][-1:]
    if not known:
        found = before or Conclusion(verdict="insufficient evidence", summary="")
        said = ledger.said_over
        is_false = said is not None and said.says_that_nothing_failed
        is_denied = found.verdict == "nothing wrong" and not is_false  # what a person had to end was something
        return found.model_copy(update={"verdict": "insufficient evidence"}) if is_denied else found
    own = known[0]
    beside = [f"{capital(claim.text)}." for claim in own.support if last is not None and last.cite in claim.cites]
    return Conclusion(
        verdict="cause found",
        cause=own.cause,
        component=own.component,
        confidence="high" if own.strength == 3 else "medium",
        summary=" ".join([f"{own.statement}.", *beside]),
        hypotheses=[own, *(before.hypotheses if before else [])],
    )


def _did_not_run(found: Suspected, ledger: Ledger, attempts: Sequence[Attempt]) -> bool:
    """Whether it was measured that none of its processes ran, and no change at that was refused or in vain.

    Who refuses it because they have done it themselves says nothing against it.
    """
    same = (found.cause, found.component)
    own = [a for a in attempts if (a.cause, a.component) == same]
    in_vain = any(a.outcome == "did not help" for a in own)
    in_vain = in_vain or any(a.outcome == "refused" and not testimony.tells_of_a_deed(a.said) for a in own)
    was_down = any(entry.kind == "down" and entry.service == found.component for entry in ledger.damage)
    was_down = was_down or found.words.startswith(f"{found.component} does not run")
    return found.is_firm and found.cause == "infrastructure" and was_down and not in_vain


def _as_found(found: Suspected) -> Hypothesis:
    claim = Claim(text=f"at {at(found.at)} the investigation found: {found.words.rstrip('.')}", cites=[found.cite])
    return Hypothesis(
        cause=found.cause,
        component=found.component,
        statement=found.words.rstrip("."),
        status="supported",
        strength=2,
        support=[claim],
    )


def said_not_over(said: Statement) -> str:
    """That a person said that it goes on, in a sentence."""
    words = f": “{said.words}”" if said.words else ""
    return f"{said.by} said at {at(said.at)} that it is not over{words}."


def over(words: str, briefing: Briefing) -> Conclusion:
    """What is known of the cause when a person says that it is over and that nobody did anything.

    A cause that stands is kept, and so are one that was found with high confidence, where harm was last measured to go
    on, and that nothing was wrong. Otherwise it recovered by itself; what was suspected before stays a suspicion.
    """
    before = briefing.conclusion
    if before is not None and before.verdict == "nothing wrong":
        return _not_denied(before.model_copy(update={"summary": f"{words} {_first(before.summary)}"}), briefing)
    if before is not None and (stands(before, briefing) or _is_found_for_what_goes_on(before, briefing)):
        return before.model_copy(update={"summary": f"{words} {_first(before.summary)}"})
    hypotheses = before.hypotheses if before else []
    gone = Conclusion(verdict="recovered by itself", hypotheses=hypotheses, summary=words)
    return _suspected(gone, briefing)


def _is_found_for_what_goes_on(found: Conclusion, briefing: Briefing) -> bool:
    """Whether a cause was found that the word that it is over leaves as it is: no reading bears that word out yet."""
    is_sure = found.verdict == "cause found" and found.confidence == "high" and not is_disproved(found, briefing)
    return is_sure and any(entry.is_open for entry in briefing.ledger.hurt(briefing.detected_at))


def as_told(ledger: Ledger) -> str:
    """What a person last named as the cause, in their words, with what the readings add; empty where nobody did."""
    named = ledger.last_named
    if named is None:
        return ""
    words = f": “{short(named.words).rstrip('.')}”" if named.words.strip() else ""
    return f"{named.by} named {testimony.blamed(named.cause, named.component)}{words}. The readings do not add to that."


def _as_named(said: Statement) -> Hypothesis:
    assert said.cause
    claim = Claim(text=f"{said.by} names the cause. {said.words}".strip(), cites=[said.cite])
    words = f"{said.by} names {testimony.blamed(said.cause, said.component)} as the cause"
    return Hypothesis(
        cause=said.cause, component=said.component, statement=words, status="supported", strength=3, support=[claim]
    )


def _is_in_vain(act: Act, attempts: Sequence[Attempt]) -> bool:
    """Whether a change at this cause was seen not to have helped, when it was made or later."""
    same = [a for a in attempts if (a.cause, a.component) == (act.cause, act.component)]
    return any(attempt.outcome == "did not help" and attempt.at >= act.at for attempt in same)


def _found_before(act: Act, ledger: Ledger) -> Suspected | None:
    """The cause that a change was aimed at, as it was found last before the change."""
    same = [one for one in ledger.suspected if (one.cause, one.component) == (act.cause, act.component)]
    return next((one for one in reversed(same) if one.at <= act.at and one.words), None)


def _as_acted_on(act: Act, found: Suspected | None) -> Hypothesis:
    """The cause that a change was aimed at: what was found of it, with its readings; the change stands beside them."""
    assert act.cause
    statement = f"{testimony.blamed(act.cause, act.component)} was taken to be the cause"
    shown: list[Claim] = []
    if found is not None and found.words:
        statement = found.words.rstrip(".")
        shown = found.support or [Claim(text=statement, cites=[found.cite])]
    return Hypothesis(
        cause=act.cause,
        component=act.component,
        statement=statement,
        status="supported",
        strength=2,
        support=[*shown, _deed(act)],
    )


def _deed(act: Act) -> Claim:
    aim = testimony.blamed(act.cause, act.component)
    text = f"{act.action} of {act.service} was done at {at(act.at)}, aimed at {aim}"
    return Claim(text=text, cites=[act.cite])


def is_disproved(found: Conclusion | Statement, briefing: Briefing) -> bool:
    """Whether a change at this cause was made and did not help, after a person last named it."""
    named = [
        said.at for said in briefing.ledger.statements if (said.cause, said.component) == (found.cause, found.component)
    ]
    return any(
        attempt.outcome == "did not help"
        and (attempt.cause, attempt.component) == (found.cause, found.component)
        and all(attempt.at > moment for moment in named)
        for attempt in briefing.attempts
    )


def _both(before: Conclusion, report: Conclusion) -> Conclusion:
    """The cause that stands; and beside it what was found now, and what of it speaks against that cause by name."""
    own = before.hypotheses[:1]
    rivals = [rival for rival in report.hypotheses if rival not in own]
    same = [h for h in report.hypotheses if (h.cause, h.component) == (before.cause, before.component)]
    against = "; ".join(dict.fromkeys(short(claim.text, 200) for h in same for claim in h.against))
    named, now = testimony.blamed(before.cause, before.component), "the newest readings"
    if against:
        beside = f"against {named}: {against}; {now} suggest"
    elif any(h.support for h in same):
        beside = f"{now} suggest"
    else:
        beside = f"{now} do not show {named}; they suggest"
    summary = _with_what_is_read(_first(before.summary), f"{beside}: {report.summary}")
    return before.model_copy(update={"hypotheses": [*own, *rivals], "summary": summary})


def _with_what_is_read(cause: str, now: str) -> str:
    """A cause that stands, and beside it what is read now: however little that explains, it takes nothing back."""
    return f"{cause} By now: {now}" if now else cause


def _first(summary: str) -> str:
    """The summary of the cause itself, without what was added to it since."""
    return summary.partition(" By now: ")[0]


def _not_denied(report: Conclusion, briefing: Briefing) -> Conclusion:
    """Nothing is wrong now; but what was measured to be wrong before was."""
    hurt = briefing.ledger.hurt(briefing.detected_at)
    if not hurt and briefing.ledger.was_abnormal:
        words = f"It is over, and its cause is not known; before, it was out of its usual range. {report.summary}"
        return report.model_copy(update={"verdict": "recovered by itself", "summary": words})
    if not hurt:
        return report
    worst = max(hurt, key=lambda entry: entry.until - entry.since)
    return report.model_copy(
        update={
            "verdict": "recovered by itself",
            "component": report.component or worst.service,
            "summary": f"It is over, and its cause is not known. {gravest_in_words(hurt)}. {report.summary}",
        }
    )


def _suspected(report: Conclusion, briefing: Briefing) -> Conclusion:
    """What is over keeps the cause that an earlier round had found, unless something spoke against it.

    Where a change at this cause was made since, by any run, and users were hurt up to then, it is the cause.
    """
    for before in reversed(briefing.ledger.suspected):
        spoken_against = any(
            (attempt.cause, attempt.component) == (before.cause, before.component) and attempt.outcome == "did not help"
            for attempt in briefing.attempts
        )
        if before.is_firm and not spoken_against:
            if act := _made_for(before, briefing):
                return _ended_by(act, before, report)
            if _did_not_run(before, briefing.ledger, briefing.attempts) and (told := _told_since(before, briefing)):
                return _ended_by_hand(told, before, report)
            return report.model_copy(update={"cause": before.cause, "component": before.component})
    return report


def _made_for(suspected: Suspected, briefing: Briefing) -> Act | None:
    """The last change at a cause since it was found, where damage was measured up to about then."""
    ledger, last = briefing.ledger, briefing.ledger.last_damage(briefing.detected_at)
    made = [
        act
        for act in ledger.acts
        if (act.cause, act.component) == (suspected.cause, suspected.component)
        and act.action != BY_HAND
        and act.at >= suspected.at
        and last is not None
        and last >= act.at - ledger.gap
    ]
    return made[-1] if made else None


def _told_since(suspected: Suspected, briefing: Briefing) -> Statement | None:
    """What a person told that they did, since a cause was found."""
    told = _deed_told(briefing, suspected.component)
    return told if told is not None and told.at >= suspected.at else None


def _deed_told(briefing: Briefing, component: str | None = None) -> Statement | None:
    """What a person told that they did; None where harm went on after that for longer than a deed takes.

    What goes on at others does not count, where the component and the alerted service were free of it by then.
    """
    ledger, hurt = briefing.ledger, briefing.ledger.hurt(briefing.detected_at)
    told = testimony.of_a_deed(ledger)
    if told is None or not any(entry.until > told.at + 2 * ledger.gap for entry in hurt):
        return told
    own = {briefing.service, component or briefing.service}
    return told if have_ended(own, told.at, hurt, ledger.gap) else None


def _ended_by_hand(told: Statement, suspected: Suspected, report: Conclusion) -> Conclusion:
    """It is over, and a person told of what they did by hand, after something was measured not to run."""
    own, words = _as_found(suspected), Claim(text=testimony.quoted_with_time(told), cites=[told.cite])
    return report.model_copy(
        update={
            "verdict": "cause found",
            "cause": own.cause,
            "component": own.component,
            "confidence": "medium",
            "summary": f"{capital(own.support[0].text)}. {_by_hand(told)} {report.summary}",
            "hypotheses": [own.model_copy(update={"support": [*own.support, words]}), *report.hypotheses],
        }
    )


def _after_a_deed(report: Conclusion, briefing: Briefing) -> Conclusion:
    """What is over without a known cause; a deed that a person told of stands before it."""
    told = _deed_told(briefing)
    if told is None or report.verdict != "recovered by itself":
        return report
    return report.model_copy(update={"summary": f"{_by_hand(told)} {report.summary}"})


def _by_hand(told: Statement) -> str:
    words = testimony.spoken(told, testimony.MOST_WORDS).rstrip(".")
    return f"{testimony.name_of(told)} told at {at(told.at)} of what was done by hand: “{words}”."


def _ended_by(act: Act, suspected: Suspected, report: Conclusion) -> Conclusion:
    """It is over, after a change that was aimed at its cause."""
    own = _as_acted_on(act, suspected)
    return report.model_copy(
        update={
            "verdict": "cause found",
            "cause": own.cause,
            "component": own.component,
            "confidence": "medium",
            "summary": f"{own.statement}. {capital(_deed(act).text)}, and it ended then. {report.summary}",
            "hypotheses": [own, *report.hypotheses],
        }
    )
