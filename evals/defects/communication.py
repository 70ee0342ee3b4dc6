"""Defects of communication and escalation."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import prompts
from agents.roles import project_shepherd
from evals.defects.planting import defect, swapped
from graphs.background import communication, escalation
from graphs.model.runbook import MATRIX
from graphs.runtime.node_context import NodeContext, OutsideEffect

Planted = AbstractContextManager[None]


def _due_without(drop: Callable[[Any, Any, str], bool]) -> Planted:
    real = communication.due

    def due(facts: Any, now: Any, catalogue: Any) -> list[str]:
        return [name for name in real(facts, now, catalogue) if not drop(facts, now, name)]

    return swapped(communication, "due", due)


@defect("first_light", "salt_marsh")
def update_lost() -> Planted:
    """No status update comes between the third and the end."""
    return _due_without(lambda f, _, name: name == communication.UPDATE and f.updates_sent >= 3 and not f.resolved_at)


@defect("quiet_otter")
def first_update_late() -> Planted:
    """The first status update comes four minutes after the team is at work."""
    late = timedelta(minutes=4)
    return _due_without(lambda f, now, _: f.activated_at is not None and now < f.activated_at + late)


@defect("salt_marsh", "deep_current")
def updates_too_rare() -> Planted:
    """The status page is updated every 25 minutes."""
    return swapped(communication, "STATUS_PAGE_EVERY", 25)


@defect("first_light")
def brief_lost() -> Planted:
    """At P0 the executives hear of it once, and never again."""
    return _due_without(lambda f, _, name: name == communication.BRIEF and f.briefs_sent >= 1)


def _template_without(template: str, label: str) -> Planted:
    real = prompts.render

    def render(name: str, **facts: Any) -> str:
        text = real(name, **facts)
        lines = [line for line in text.splitlines() if name != template or not line.startswith(label)]
        return "\n".join(lines)

    return swapped(prompts, "render", render)


@defect("first_light")
def template_field_missing() -> Planted:
    """The status page does not say what users notice."""
    return _template_without("status_page.md", "Impact:")


@defect("first_light")
def brief_field_missing() -> Planted:
    """The executives are not told what it costs."""
    return _template_without("executive_brief.md", "IMPACT:")


def sent_with(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Planted:
    """Let other fields go out than those that were put together."""
    real = NodeContext.send

    async def send(self: NodeContext, effect: OutsideEffect) -> Any:
        if effect.port.name != "publish_status":
            return await real(self, effect)
        fields = {**effect.fields, **change(dict(effect.fields))}
        text = prompts.render("status_page.md", **fields)
        return await real(self, replace(effect, fields=fields, arguments={**effect.arguments, "text": text}))

    return swapped(NodeContext, "send", send)


@defect("first_light")
def resolved_told_too_early() -> Planted:
    """The status page says Resolved while it is still being watched."""
    return sent_with(lambda fields: {"status": "Resolved"} if fields["status"] == "Monitoring" else {})


@defect("first_light")
def cause_claimed_too_early() -> Planted:
    """The status page says Identified from the first minute on."""
    return sent_with(lambda fields: {"status": "Identified"} if fields["status"] == "Investigating" else {})


@defect("first_light")
def promise_not_kept() -> Planted:
    """The next update is promised for five minutes ahead of when it comes."""

    def sooner(fields: dict[str, Any]) -> dict[str, Any]:
        promised = str(fields["next_update"])
        minute = promised[14:16]
        if not minute.isdigit() or int(minute) < 10:
            return {}
        return {"next_update": f"{promised[:14]}{int(minute) - 8:02d}{promised[16:]}"}

    return sent_with(sooner)


@defect("first_light")
def message_sent_twice() -> Planted:
    """Everything that leaves the building leaves it twice."""
    real = NodeContext.send

    async def send(self: NodeContext, effect: OutsideEffect) -> Any:
        await real(self, effect)
        return await real(self, effect)

    return swapped(NodeContext, "send", send)


@defect("quiet_otter")
def message_only_told() -> Planted:
    """A status update is written down as sent, and never went out."""
    real = NodeContext.send

    async def send(self: NodeContext, effect: OutsideEffect) -> Any:
        if effect.port.name != "publish_status":
            return await real(self, effect)
        request = {"port": effect.port.name, "arguments": effect.arguments, "fields": effect.fields}
        result = {"done": True, "detail": "it went out", "reference": ""}
        return self.write("outbound", {**request, **result}, effect.rows, effect.author)

    return swapped(NodeContext, "send", send)


def _without_escalation(*starts: str) -> Planted:
    real = escalation.due

    def due(*seen: Any) -> list[str]:
        return [name for name in real(*seen) if not name.startswith(starts)]

    return swapped(escalation, "due", due)


@defect("deep_current")
def wrong_escalation_minute() -> Planted:
    """ESC-1 fires after 40 minutes instead of 30."""
    return swapped(MATRIX, "ESC-1", MATRIX["ESC-1"]._replace(after=40))


@defect("first_light")
def escalated_too_early() -> Planted:
    """ESC-1 fires after ten minutes."""
    return swapped(MATRIX, "ESC-1", MATRIX["ESC-1"]._replace(after=10))


@defect("salt_marsh")
def escalation_lost() -> Planted:
    """ESC-2 never fires."""
    return _without_escalation("esc_2")


@defect("deep_current")
def escalated_to_the_wrong_role() -> Planted:
    """ESC-1 goes to the Project Shepherd."""
    return swapped(escalation.DUTIES, "ESC-1", {"esc_1_project_shepherd": project_shepherd.reallocate_resources})


@defect("open_gate")
def legal_not_told() -> Planted:
    """A suspected breach reaches nobody."""
    return _without_escalation("esc_3")


@defect("broken_reed")
def privacy_half_told() -> Planted:
    """Of ESC-4 only the executives hear."""
    return _without_escalation("esc_4_legal_compliance_checker")


@defect("red_kite")
def revenue_not_told() -> Planted:
    """The revenue passes the amount, and nobody is called."""
    return _without_escalation("esc_5")
