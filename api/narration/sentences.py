"""Sentences: what each kind of event says, in plain words."""

import re
from collections.abc import Callable
from datetime import datetime

from agents.runtime.briefing import Alert
from api.narration.people_sentences import TOLD_OF_PEOPLE
from api.narration.vocabulary import RUN, Payload, Sentence, Tone, always, clock, title, words
from graphs.model.identity import sent_by
from graphs.transcript.event import Event
from graphs.transcript.event_shapes import UNREADABLE


def anything(event: Event) -> Sentence:
    """What can be said of an event of any kind."""
    return Sentence(f"{words(event.kind)} {words(event.duty)}", "quiet", detail=True)


def _alert(event: Event) -> Sentence:
    alert: Payload = event.payload["alert"]
    about = ", ".join(text for text in (alert["service"], alert["severity"]) if text)
    said = f"{alert['title']}{f' ({about})' if about else ''}"
    who = "Alert" if alert["source"] in NOBODY_IN_PARTICULAR else f"Alert from {sent_by(Alert.model_validate(alert))}"
    if alert["status"] == "resolved":
        return Sentence(f"the sender says it is over: {said}", who=who)
    first, why = event.key.endswith("/1"), event.payload.get("why")
    also = f" ({why})" if why else ""
    return Sentence(f"{said}{also}" if first else f"joined: {said}{also}", "bad" if first else "plain", who=who)


NOBODY_IN_PARTICULAR = ("warroom", "local")
"""Sources of alerts from Warroom itself, and from somebody at this machine who gives no name."""


def _storm(event: Event) -> Sentence:
    common = "; ".join(f"{one['share']:.0%} {one['label']} {one['value']}" for one in event.payload["shared"])
    return Sentence(f"{event.payload['incidents']} incidents in this storm. In common: {common or 'nothing'}", "bad")


def _queued(event: Event) -> Sentence:
    return Sentence(f"waits in the queue of the storm {event.payload['parent']}")


INVESTIGATING = frozenset({"investigate", "check_system"})
TOLD_BY_ANOTHER_EVENT = frozenset(
    {
        *("acknowledge", "classify", "open_channel", "conclude", "update_status_page", "brief_stakeholders"),
        *("tell_users", "propose_rollback", "propose_infrastructure_change", "propose_deploy", "implement_hotfix"),
        *("activate_fallback", "add_prevention_tasks", "add_to_backlog", "add_resources", "reallocate_resources"),
        *("assess_regulatory_notification", "assess_privacy_notification", "assess_business_impact"),
        *("prepare_notification", "chase_post_mortem", "answer_question"),
    }
)
"""Duties whose outcome has an event of its own; but an acknowledgement is told when it comes."""


def _duty_started(event: Event) -> Sentence:
    task = re.sub(r"\s*\([^()]*\)$", "", event.payload["summary"])
    return Sentence(f"begins: {task}", "quiet", detail=event.duty not in INVESTIGATING)


def _duty_finished(event: Event) -> Sentence:
    summary = event.payload["report"]["summary"]
    hidden = event.duty in TOLD_BY_ANOTHER_EVENT - {"acknowledge"}
    return Sentence(summary, "quiet" if hidden else "plain", detail=hidden)


def _tool_call(event: Event) -> Sentence:
    arguments = ", ".join(map(str, event.payload["arguments"].values()))
    return Sentence(f"asks {event.payload['tool']}({arguments})", "quiet", detail=True)


def _tool_result(event: Event) -> Sentence:
    refusal = event.payload.get("refusal")
    said = refusal["said"] if refusal else "answered"
    return Sentence(f"{event.payload['tool']}: {said} [{event.ref}]", "quiet", detail=True)


def _classification(event: Event) -> Sentence:
    payload = event.payload
    level = f"{payload['severity']} {payload['level']}"
    raised = f"raises it from {payload['was']} to {level}" if payload["was"] else f"classifies it {level}"
    return Sentence(
        f"{raised}: {'; '.join(payload['reasons'])}", "bad" if payload["severity"] in ("P0", "P1") else "plain"
    )


def _activation(event: Event) -> Sentence:
    return Sentence(f"activates the team: {', '.join(map(title, event.payload['joined']))}")


def _status(event: Event) -> Sentence:
    status = event.payload["status"]
    if status == "Monitoring" and event.payload.get("is_vouched"):
        by = event.payload.get("by", "a person")
        return Sentence(f"on the word of {by} it is watched; its recovery is not measured yet", "asks", who=RUN)
    if status == "Monitoring":
        return Sentence("recovery is verified; the metrics are watched before it counts as resolved", "good")
    return Sentence(f"status {status}: {event.payload['why']}", detail=True)


def _hypothesis(event: Event) -> Sentence:
    payload = event.payload
    weighed = payload["against"] if payload["status"] == "ruled out" else payload["support"]
    because = f". {weighed[0]['text']}" if weighed else ""
    return Sentence(
        f"{payload['status']}: {payload['statement']}{because}", "quiet", detail=payload["status"] != "ruled out"
    )


def _conclusion(event: Event) -> Sentence:
    found: Payload = event.payload["conclusion"]
    is_by_hand = event.payload.get("handled") or event.payload.get("by_hand")
    if found["verdict"] == "recovered by itself" and is_by_hand:
        return Sentence(f"over, and the cause is not known: {found['summary']}", "asks")
    if found["verdict"] != "cause found":
        return Sentence(f"{found['verdict']}: {found['summary']}", "asks")
    statement = found["hypotheses"][0]["statement"] if found["hypotheses"] else found["summary"]
    return Sentence(f"cause found, {found['confidence']} confidence: {found['cause']}: {statement}", "good")


def _proposal(event: Event) -> Sentence:
    proposal: Payload = event.payload["proposal"]
    summary = proposal["summary"].removeprefix("Propose: ")
    return Sentence(f"proposes: {summary} Risk: {proposal['risk'] or 'not stated.'}", "asks")


def _approval(event: Event) -> Sentence:
    given: Payload = event.payload["approval"]
    return Sentence(f"approved by {given['by']}; it needs further people to approve", "asks", who=RUN)


def _decision(event: Event) -> Sentence:
    payload = event.payload
    tone: Tone = "good" if payload["decision"] == "approved" else "bad"
    people = " and ".join(payload.get("approved_by") or [payload["by"]])
    return Sentence(
        f"{payload['decision']} by {people}: {payload['why']}", tone, detail=payload["by"] != "policy", who=RUN
    )


def _intent(event: Event) -> Sentence:
    return Sentence(f"is about to {words(event.payload['port'])}: {event.payload['arguments']}", "quiet", detail=True)


def _result(event: Event) -> Sentence:
    payload = event.payload
    done = "done" if payload["done"] else "not done"
    what = f"{words(payload['port'])} of {payload['arguments'].get('service', '')}"
    return Sentence(f"{what} is {done}: {payload['detail']}", "good" if payload["done"] else "bad")


def _sent(payload: Payload) -> str:
    fields: Payload = payload["fields"]
    match payload["port"]:
        case "publish_status":
            return f"status page: {fields['status']}. {fields['impact']} Next update: {fields['next_update']}."
        case "send_brief":
            return f"briefs the executives: {fields['situation']}"
        case "open_channel":
            return f"opens the channel {payload['arguments']['name']}"
        case "notify":
            return f"tells {payload['arguments']['audience']}: {payload['arguments']['text']}"
        case port:
            return f"{words(port)}: {fields.get('title', '')}"


def _outbound(event: Event) -> Sentence:
    payload = event.payload
    if not payload["done"]:
        return Sentence(f"not sent: {_sent(payload)} ({payload['detail']})", "bad")
    return Sentence(_sent(payload), detail=payload["port"] == "add_to_backlog" or event.lane == "escalation")


def _escalation(event: Event) -> Sentence:
    payload = event.payload
    whom = f"escalated to {payload['to']} ({payload['condition']})"
    return Sentence(f"{whom}: {payload['report']['summary']}", "bad")


def _timer(event: Event) -> Sentence:
    return Sentence(f"{event.payload.get('why', 'woke')} ({event.payload['ended_by']})", "quiet", detail=True)


def _attempt(event: Event) -> Sentence:
    attempt: Payload = event.payload["attempt"]
    action = words(attempt["proposal"]["action"] or "what was done by hand")
    return Sentence(f"{action} {attempt['outcome']}, back to investigation: {attempt['said']}", "bad", who=RUN)


def _resolved(event: Event) -> Sentence:
    due = datetime.fromisoformat(event.payload["post_mortem_due"])
    return Sentence(f"the incident is RESOLVED; the post-mortem is due by {due:%Y-%m-%d %H:%M} UTC", "good", who=RUN)


def _backlog(event: Event) -> Sentence:
    tasks = [entry["title"].rstrip(".") for entry in event.payload["entries"]]
    count = f"{len(tasks)} task{'' if len(tasks) == 1 else 's'}"
    return Sentence(f"adds {count} to the backlog: {'; '.join(tasks)}" if tasks else "adds nothing to the backlog")


MARKS = {
    "response_time_missed": "the response time of this level has passed and nobody has begun",
    "post_mortem_overdue": "48 hours have passed without a post-mortem",
}


def _mark(event: Event) -> Sentence:
    what = event.payload["what"]
    return Sentence(MARKS.get(what, words(what)), "bad" if what in MARKS else "quiet", detail=what not in MARKS)


def _edited(event: Event) -> Sentence:
    comment = event.payload["comment"]
    return Sentence(f"edits the post-mortem{f': {comment}' if comment else ''}", who=event.payload["by"])


def _published(event: Event) -> Sentence:
    return Sentence("publishes the post-mortem", "good", who=event.payload["by"])


def _degraded(event: Event) -> Sentence:
    return Sentence(event.payload["why"], "bad")


def _breaker(event: Event) -> Sentence:
    state, _, why = str(event.payload["state"]).partition(": ")
    back = state == "closed"
    return Sentence(f"model: {why}" if back else f"the model is left alone: {why}", "good" if back else "bad", who=RUN)


def _error(event: Event) -> Sentence:
    payload = event.payload
    then = (
        f"tried again at {clock(payload['again_at'])}" if payload["again_at"] else "tried again when a person says so"
    )
    return Sentence(f"a fault of Warroom's own, {then}: {payload['error']}", "bad", who=RUN)


def _unreadable(event: Event) -> Sentence:
    return Sentence(
        f"this event cannot be read ({words(event.payload['was'])}): {event.payload['why']}", "bad", who=RUN
    )


TOLD: dict[str, Callable[[Event], Sentence]] = {
    "alert": _alert,
    "storm": _storm,
    "queued": _queued,
    "released": always(Sentence("is released from the queue of the storm")),
    "duty_started": _duty_started,
    "duty_finished": _duty_finished,
    "tool_call": _tool_call,
    "tool_result": _tool_result,
    "classification": _classification,
    "activation": _activation,
    "status": _status,
    "hypothesis": _hypothesis,
    "conclusion": _conclusion,
    "proposal": _proposal,
    "approval": _approval,
    "decision": _decision,
    "intent": _intent,
    "result": _result,
    "outbound": _outbound,
    "escalation": _escalation,
    "timer": _timer,
    "attempt": _attempt,
    "resolved": _resolved,
    "post_mortem": always(Sentence("the post-mortem is written", "good")),
    "post_mortem_edited": _edited,
    "post_mortem_published": _published,
    "backlog": _backlog,
    "closed": always(Sentence("the run is closed", "good", who=RUN)),
    "mark": _mark,
    "degraded": _degraded,
    "breaker": _breaker,
    "error": _error,
    UNREADABLE: _unreadable,
    **TOLD_OF_PEOPLE,
}
"""How each kind of event is told; other kinds are details."""
