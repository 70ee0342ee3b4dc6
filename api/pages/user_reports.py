"""Reports of users and colleagues: somebody says that something does not work, by a form or by a program."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, ValidationError

from agents.runtime.briefing import Alert
from api.auth.access import Caller, NotAllowed, TheCaller
from api.intake.accepted import Accepted, answered
from api.intake.harmless_body import HarmlessBody, HarmlessRequest
from api.intake.parsing.inbox import Inbox, UnusableAlert, usable
from api.intake.receiving import TheInbound
from api.pages.rendering import page
from graphs.intake.alerts import without_secrets
from graphs.model.identity import USER_REPORT, WARROOM, Proof

router = APIRouter(tags=["alerts"], route_class=HarmlessBody)
Line = Annotated[str, Field(max_length=200)]


class UserReport(BaseModel, extra="forbid"):
    """What somebody noticed, in their own words."""

    what: Annotated[str, Field(min_length=1, max_length=5000)]
    service: Line = ""
    """What it is called in the catalogue, if they know."""
    by: Line = ""
    link: Line = ""
    """Where it can be seen."""

    def alert(self) -> Alert:
        """The report as an alert: several of one service are one incident. Raises UnusableAlert."""
        first, _, rest = self.what.strip().partition("\n")
        told = f"{rest.strip()}\n\nReported by {self.by}." if self.by else rest.strip()
        links = [self.link] if self.link.startswith(("https://", "http://")) else []
        service = self.service.strip()
        alert = Alert(source=USER_REPORT, title=first, description=told.strip(), service=service, links=links)
        return without_secrets(usable(alert.model_copy(update={"dedup_key": service})))


@router.post("/v1/reports", status_code=202, response_model=Accepted)
async def post_report(report: UserReport, caller: TheCaller, inbound: TheInbound, request: HarmlessRequest) -> Response:
    """Take a user's report; only `what` must be there."""
    raw = await request.raw(USER_REPORT, _taken_from(caller))
    return answered(inbound.at_once(raw, Inbox([report.alert()], [])))


@router.get("/report", include_in_schema=False)
async def show_form(service: str = "") -> HTMLResponse:
    """Ask what does not work."""
    return _form({"service": service})


@router.post("/report", include_in_schema=False)
async def take_form(request: HarmlessRequest, caller: TheCaller, inbound: TheInbound) -> HTMLResponse:
    """Take the form's report, and say which run it became."""
    typed = _texts(await request.json())
    try:
        alert = UserReport.model_validate(typed).alert()
    except (ValidationError, UnusableAlert):
        return _form(typed, notice="Say in a few words what does not work.", status=422)
    raw = await request.raw(USER_REPORT, _taken_from(caller))
    accepted = inbound.at_once(raw, Inbox([alert], []))
    return _form({}, run=accepted.runs[0].id, joined=accepted.runs[0].joined)


def _taken_from(caller: Caller) -> Proof:
    """Reports are taken down by Warroom itself, whoever brings them, so that those of one service are one incident.

    Raises NotAllowed for a key that is for one sender of alerts.
    """
    proof = caller.proof
    if proof.kind == "sender":
        raise NotAllowed(f"This comes with {proof.how}, which is for the sender {proof.name}, and is a user's report")
    return WARROOM._replace(how=proof.how)


def _texts(fields: Any) -> dict[str, str]:
    told = cast(dict[str, Any], fields) if isinstance(fields, dict) else {}
    return {name: said for name, said in told.items() if isinstance(said, str)}


def _form(typed: dict[str, str], notice: str = "", status: int = 200, **became: Any) -> HTMLResponse:
    shown = {name: typed.get(name, "") for name in UserReport.model_fields}
    return page("report.html", status, typed=shown, notice=notice, became=became)
