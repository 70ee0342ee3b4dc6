"""Mending: what is left of a report whose repair has failed, where it still holds without what is wrong with it."""

from collections.abc import Sequence
from typing import Any, cast

from agents.reports.basis import Report
from agents.reports.investigation import Conclusion, Findings
from agents.reports.triage import Classification
from agents.runtime.briefing import Briefing
from agents.runtime.duty import ReportT
from agents.runtime.free_words import Complaint
from agents.runtime.record_words import statements
from agents.runtime.report_checks import UNOWNED

NOT_KNOWN = "Not known: nothing that was cited shows it."
Json = dict[str, Any]


def mended(report: ReportT, found: Sequence[Complaint], briefing: Briefing) -> ReportT | None:
    """The report without what is complained about; None where it does not hold without that.

    What comes out is checked again like any other report. Evidence of an investigation is never left out: with less of
    it than there is, nobody would find the cause, and the rules may have it.
    """
    known: Json = report.model_dump(mode="json")
    removed: list[str] = []
    for complaint in found:
        if complaint.check == "severity" and isinstance(report, Classification) and briefing.floor:
            _to_the_floor(known, briefing)
        elif complaint.check == "owner":
            _put(known, complaint.place, UNOWNED)
        elif complaint.sentence and _is_free(report, complaint.place):
            _put(known, complaint.place, _without(_at(known, complaint.place), complaint.sentence))
        elif complaint.place and not isinstance(report, Findings | Conclusion):
            removed.append(complaint.place)
        else:
            return None
    _remove(known, _statements_of(report, removed))
    return _whole(report, known)


def _to_the_floor(known: Json, briefing: Briefing) -> None:
    assert briefing.floor
    known["severity"] = briefing.floor.severity
    words = "; ".join(briefing.floor.reasons)
    known["summary"] = f"The rules' floor holds: {briefing.floor.severity}{f', because {words}' if words else ''}."


def _is_free(report: Report, place: str) -> bool:
    """Whether a text stands in no statement that cites; of such a statement nothing stays."""
    return not any(place == f"{said.where}.text" or place == f"{said.where}.what" for said in statements(report))


def _statements_of(report: Report, places: Sequence[str]) -> list[str]:
    """The list items or fields to take out, the last of a list first."""
    whole = {said.where for said in statements(report)}
    up = {place.rpartition(".")[0] if place.rpartition(".")[0] in whole else place for place in places}
    return sorted(up, key=_steps, reverse=True)


def _steps(place: str) -> list[tuple[int, str]]:
    return [(int(step), "") if step.isdecimal() else (-1, step) for step in place.split(".")]


def _remove(known: Json, places: Sequence[str]) -> None:
    for place in places:
        parent, _, last = place.rpartition(".")
        if last.isdecimal():
            cast(list[Any], _at(known, parent)).pop(int(last))
        elif isinstance(part := _at(known, place), dict) and "verdict" in part:
            _put(known, place, {"verdict": "unknown", "text": NOT_KNOWN, "cites": []})


def _whole(report: ReportT, known: Json) -> ReportT | None:
    """The report again, where its summary is left or one of its statements can stand for it."""
    try:
        left = type(report).model_validate(known)
    except ValueError:
        return None
    if not left.summary:
        first = next((said.text for said in statements(left) if said.cites), "")
        left = left.model_copy(update={"summary": first})
    return left if left.summary else None


def _without(text: str, sentence: str) -> str:
    return " ".join(text.replace(sentence, " ").split())


def _at(known: Any, place: str) -> Any:
    for step in place.split("."):
        known = known[int(step) if step.isdecimal() else step]
    return known


def _put(known: Json, place: str, value: Any) -> None:
    parent, _, last = place.rpartition(".")
    within: Any = _at(known, parent) if parent else known
    within[int(last) if last.isdecimal() else last] = value
