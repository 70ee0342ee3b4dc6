"""Communication, in the background: the status page every 15 minutes, executive briefs at P0."""

from datetime import datetime, timedelta

import prompts
from agents.io.catalogue import Catalogue
from agents.reports.basis import Severity
from agents.roles import executive_summary_generator, support_responder
from agents.rules.writing import public_wording
from agents.runtime.outgoing_reports import unfit
from agents.tools.ports import publish_status, send_brief
from graphs.background.workflow import background_briefing, facts_of, wait_for_what_is_due, what_follows
from graphs.model.runbook import STATUS_PAGE_EVERY
from graphs.runtime.node_context import NodeContext, OutsideEffect
from graphs.runtime.nodes import GraphBuilder, Update
from graphs.store.database import iso
from graphs.transcript.events import Author
from graphs.transcript.facts import Facts

UPDATE, BRIEF = "s3_5_update_status_page", "s3_6_brief_stakeholders"
CLOSE = 1
"""Minutes: an update sent so shortly before a scheduled one counts as that one, and announces the one after it."""
INSTEAD_OF_IMPACT = "It may not work as usual."
INSTEAD_OF_ACTION = "We are working on it."
ON_THE_CLOCK: frozenset[Severity] = frozenset({"P0", "P1"})


def add_to(builder: GraphBuilder) -> None:
    """Wait, update, brief, wait again."""
    builder.node(UPDATE, update_status_page)
    builder.node(BRIEF, brief_stakeholders)
    after = wait_for_what_is_due(builder, next_due, due, over)
    builder.branch("wait", what_follows, [*after, UPDATE, BRIEF])
    builder.edge(UPDATE, "wait")
    builder.edge(BRIEF, "wait")


def due(facts: Facts, now: datetime, _: Catalogue) -> list[str]:
    """The first update when the team is activated, then every 15 minutes, and at each change of status."""
    if facts.severity is None or facts.activated_at is None or facts.cancelled:
        return []
    wanted = [UPDATE] if _goes_on_the_page(facts) else []
    wanted += [BRIEF] if facts.severity == "P0" else []
    last = {
        UPDATE: (facts.last_update_at, facts.last_update_status),
        BRIEF: (facts.last_brief_at, facts.last_brief_status),
    }
    return [name for name in wanted if _is_due(facts, now, *last[name])]


def _goes_on_the_page(facts: Facts) -> bool:
    """P0 and P1 always; P2 where users notice; P3 never."""
    if facts.severity in ON_THE_CLOCK or facts.updates_sent:
        return True
    return facts.severity == "P2" and facts.scope is not None and facts.scope.abnormal


def _is_due(facts: Facts, now: datetime, last: datetime | None, status: str | None) -> bool:
    if last is None or status != facts.public_status:
        return True
    tick = _last_tick(facts, now)
    return tick is not None and last < tick - CLOSE * facts.minute


def _last_tick(facts: Facts, now: datetime) -> datetime | None:
    if facts.severity not in ON_THE_CLOCK or facts.resolved_at or facts.activated_at is None:
        return None
    every = STATUS_PAGE_EVERY * facts.minute
    return facts.activated_at + (now - facts.activated_at) // every * every


def next_due(facts: Facts, now: datetime, _: Catalogue) -> datetime | None:
    """The next quarter of an hour, counted from team activation."""
    return _next_tick(facts, now)


def _next_tick(facts: Facts, now: datetime) -> datetime | None:
    tick = _last_tick(facts, now)
    return tick + STATUS_PAGE_EVERY * facts.minute if tick else None


def over(facts: Facts) -> bool:
    """No further update is due: the end has been announced, or nobody outside is informed of this incident."""
    return facts.cancelled or facts.resolved_at is not None or facts.backlog_at is not None


async def update_status_page(node: NodeContext) -> Update:
    """S3.5, TPL-STATUS: update the status page. The status is the run's own, whatever the text says."""
    facts = facts_of(node)
    briefing = background_briefing(node)
    update = await node.perform(support_responder.update_status_page, briefing, rows=())
    now = node.report_event().at
    fields = {
        "at": f"{now:%Y-%m-%d %H:%M} UTC",
        "service_name": public_wording.name(briefing),
        "status": facts.public_status,
        "impact": publishable(node, update.impact, INSTEAD_OF_IMPACT, facts.public_status),
        "current_action": publishable(node, update.current_action, INSTEAD_OF_ACTION, facts.public_status),
        "next_update": _next_words(facts, now),
        "as_of": iso(now),
    }
    arguments = {"service": fields["service_name"], "text": prompts.render("status_page.md", **fields)}
    author = Author("communication", "support_responder", "update_status_page")
    await node.send(OutsideEffect(publish_status, arguments, author, ("S3.5", "TPL-STATUS"), fields))
    return {}


def publishable(node: NodeContext, text: str, instead: str, status: str) -> str:
    """The text; or its replacement, where the text may not be published."""
    why = unfit(text, status, node.deps.catalogue)
    if why:
        node.write("degraded", {"why": f"words for the public were replaced: {why}"})
    return instead if why else text


async def brief_stakeholders(node: NodeContext) -> Update:
    """S3.6, TPL-EXEC: brief the stakeholders."""
    facts = facts_of(node)
    brief = await node.perform(executive_summary_generator.brief_stakeholders, background_briefing(node), rows=())
    now = node.report_event().at
    fields = {
        "at": f"{now:%Y-%m-%d %H:%M} UTC",
        **brief.model_dump(include={"situation", "cause", "action", "eta", "impact"}),
        "next_update": _next_words(facts, now),
    }
    arguments = {"audience": "executives", "text": prompts.render("executive_brief.md", **fields)}
    author = Author("communication", "executive_summary_generator", "brief_stakeholders")
    recorded = {**fields, "status": facts.public_status, "as_of": iso(now)}
    await node.send(OutsideEffect(send_brief, arguments, author, ("S3.6", "TPL-EXEC"), recorded))
    return {}


def _next_words(facts: Facts, now: datetime) -> str:
    following = _next_tick(facts, now + CLOSE * facts.minute)
    if following:
        return _promised(following, facts)
    return "none, this incident is resolved" if facts.resolved_at else "when the status changes"


def _promised(moment: datetime, facts: Facts) -> str:
    """The announced time: rounded up to the minute, or to the second where minutes are shortened."""
    whole = timedelta(minutes=1) if facts.minute_seconds >= 60 else timedelta(seconds=1)
    start = datetime.min.replace(tzinfo=moment.tzinfo)
    kept = start + -(-(moment - start) // whole) * whole
    return f"{kept:%Y-%m-%d %H:%M} UTC" if whole.seconds == 60 else f"{kept:%Y-%m-%d %H:%M:%S} UTC"
