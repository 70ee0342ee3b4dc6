"""The overview of a run: the five answers, the charts of what is hurt, and what stands behind each question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from agents.io.catalogue import Catalogue
from agents.io.link_templates import LinkKind, fill
from agents.tools.change import Change
from api.narration.change_words import SET, headline_of, remarks_on, summary_of
from api.narration.run_board import RunBoard
from api.narration.standing import Standing, if_nobody_answers, standing, without_date
from graphs.charts.charts import Chart, NumberedMark, Window, charts_of, most_hurt
from graphs.charts.measurements import Measurements
from graphs.charts.run_charts import RunCharts, ServiceCharts, charts_of_run
from graphs.model.questions import Question
from graphs.steps.approval import change_in
from graphs.transcript.facts import Facts

EVIDENCE_AT_MOST = 3


class ServiceLinks(NamedTuple):
    """Where people look further at one service in the window that is drawn."""

    service: str
    addresses: dict[LinkKind, str]


class Evidence(NamedTuple):
    """A reason for a proposal, and the chart of the measurements that it cites."""

    text: str
    cites: list[str]
    chart: Chart | None


class Decision(NamedTuple):
    """What stands beside a question for the person who decides."""

    headline: str
    """What is asked, with the whole change."""
    remarks: str
    """What led to it, who has approved it before, why it is asked anew; may be empty."""
    summary: str
    """In the words of whoever proposed it; empty: it is about no proposal."""
    evidence: list[Evidence]
    """The strongest."""
    further: list[Evidence]
    if_nobody_answers: str


class Overview(NamedTuple):
    """All that the first screen of a run needs besides its facts."""

    standing: Standing
    lead: list[Chart]
    """Of the service that is hurt most: the figures on the first screen."""
    services: list[ServiceCharts]
    links: list[ServiceLinks]
    marks: list[NumberedMark]
    window: Window
    decisions: dict[str, Decision]
    """Question -> what stands beside it."""


def overview(facts: Facts, board: RunBoard, catalogue: Catalogue, now: datetime) -> Overview:
    """Put together what a run's page and its post-mortem show of the measurements and the questions."""
    drawn = charts_of_run(facts, board.measured, catalogue, now)
    lead = drawn.services[0].charts if drawn.services else []
    return Overview(
        standing=standing(facts, board.lanes, [chart for one in drawn.services for chart in one.charts], now),
        lead=lead,
        services=drawn.services,
        links=_links([facts.service, *drawn.concerned], catalogue, drawn.window),
        marks=drawn.marks,
        window=drawn.window,
        decisions={one.id: _decision(one, board.measured, drawn, catalogue) for one in facts.open_questions},
    )


def _links(names: Sequence[str], catalogue: Catalogue, window: Window) -> list[ServiceLinks]:
    """The links of these services, of those that have any."""
    listed = {name: catalogue.services[name].links for name in names if name in catalogue.services}
    return [
        ServiceLinks(name, {kind: fill(template, name, window.start, window.end) for kind, template in links.items()})
        for name, links in listed.items()
        if links
    ]


def _decision(question: Question, measured: Measurements, drawn: RunCharts, catalogue: Catalogue) -> Decision:
    proposal = question.proposal or {}
    change = change_in(proposal)
    reasons: Sequence[dict[str, Any]] = proposal.get("reasons") or []
    evidence = [_evidence(reason, measured, drawn, catalogue) for reason in reasons]
    drawn_first = sorted(evidence, key=lambda one: one.chart is None)
    return Decision(
        headline=headline_of(question, _set_to(change, measured) if change else ""),
        remarks=remarks_on(question),
        summary=summary_of(question),
        evidence=drawn_first[:EVIDENCE_AT_MOST],
        further=drawn_first[EVIDENCE_AT_MOST:],
        if_nobody_answers=if_nobody_answers(question),
    )


def _set_to(change: Change, measured: Measurements) -> str:
    """To what production is set now, by the newest reading; empty: not read, or the change sets nothing."""
    return measured.set_to.get((change.service, SET.get(change.action, "")), "")


def _evidence(reason: dict[str, Any], measured: Measurements, drawn: RunCharts, catalogue: Catalogue) -> Evidence:
    """A reason with its chart; without one of what does not run, whose curves are of the time before."""
    read = next((measured.read_at[cite] for cite in reason["cites"] if cite in measured.read_at), "")
    is_shown = bool(read) and read not in drawn.down
    charts = charts_of(measured, read, drawn.window, catalogue.objectives_of(read)) if is_shown else []
    return Evidence(without_date(reason["text"], drawn.window.end), list(reason["cites"]), most_hurt(charts))
