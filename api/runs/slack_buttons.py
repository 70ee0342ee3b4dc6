"""Slack's door: presses of the buttons under a question, signed by Slack, by people whom the catalogue names."""

import hashlib
import hmac
import json
import logging
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from fastapi import APIRouter, BackgroundTasks, Request, Response
from pydantic import ValidationError

from agents.io.credentials import reveal
from agents.tools.drivers.slack import Place, Slack, escaped
from agents.tools.port import Unanswered
from api.dependencies import TheIncidents
from api.intake.signatures import TOLERANCE, WrongSignature
from graphs.intake.incident_service import IncidentService
from graphs.intake.run_lookup import UnknownRun
from graphs.model.questions import HumanAnswer, WrongAnswer
from graphs.runtime.questions import AlreadyAnswered, UnknownQuestion

router = APIRouter(prefix="/v1/slack", tags=["slack"])
log = logging.getLogger("warroom")


class SlackNotConnected(LookupError):
    """The catalogue connects no Slack with a signing secret."""


class Reply(NamedTuple):
    """What Slack is told after a press."""

    text: str
    settles: bool = False
    """It takes the question's place, for all to see; else only the person sees it."""


@router.post("/interactions")
async def take_press(request: Request, incidents: TheIncidents, later: BackgroundTasks) -> Response:
    """Take what Slack posts when somebody presses a button. It waits three seconds at most; its page is told later."""
    slack = _connected(incidents)
    body = await request.body()
    _demand_signature(slack, request, body)
    told = _told(body)
    if told.get("type") == "block_actions":
        later.add_task(_reply, slack, told, _answer(incidents, slack, told))
    return Response()


def _connected(incidents: IncidentService) -> Slack:
    for entry in incidents.catalogue.outgoing.values():
        if entry.driver == "slack":
            slack = Slack(entry.model_dump(mode="json"), incidents.clock)
            if slack.settings.signing_secret:
                return slack
    raise SlackNotConnected(SlackNotConnected.__doc__)


def _demand_signature(slack: Slack, request: Request, body: bytes) -> None:
    """Slack signs v0:time:body, in hexadecimal digits. Raises WrongSignature."""
    assert slack.settings.signing_secret
    at, sent = request.headers.get("x-slack-request-timestamp", ""), request.headers.get("x-slack-signature", "")
    secret = reveal(slack.settings.signing_secret).encode()
    made = "v0=" + hmac.new(secret, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(sent.encode(), made.encode()):
        raise WrongSignature("the signature (Slack v0) does not fit the body")
    if not at.isdigit() or abs(slack.now().timestamp() - int(at)) > TOLERANCE.total_seconds():
        raise WrongSignature(f"the signature's time (Slack v0) is not within {TOLERANCE} of now")


def _told(body: bytes) -> dict[str, Any]:
    """What Slack says, in the one field of its form."""
    try:
        return json.loads(parse_qs(body.decode())["payload"][0])
    except (UnicodeDecodeError, LookupError, ValueError) as error:
        raise WrongAnswer("the form has no payload that is JSON") from error


def _answer(incidents: IncidentService, slack: Slack, told: dict[str, Any]) -> Reply:
    """Take the answer that a press stands for, in the name of whoever pressed."""
    press = slack.read_press(str(told["actions"][0].get("value", "")))
    by = slack.settings.people.get(told["user"]["id"])
    if press is None:
        return Reply("This button is not one of Warroom's.")
    if by is None:
        return Reply("Warroom does not know you: the catalogue has to list you among Slack's people.")
    try:
        incidents.answer(press.run, press.question, HumanAnswer.model_validate({"answer": press.answer, "by": by}))
    except AlreadyAnswered as first:
        return Reply(f"{first} before, and the first answer stands.", settles=True)
    except (UnknownRun, UnknownQuestion):
        return Reply("This question is no longer asked.", settles=True)
    except (WrongAnswer, ValidationError) as wrong:
        return Reply(f"This was not taken: {wrong}")
    return Reply(f"{by} answered: {press.answer}.", settles=True)


async def _reply(slack: Slack, told: dict[str, Any], reply: Reply) -> None:
    message = told.get("message", {})
    place = Place(told["channel"]["id"], message.get("thread_ts"))
    try:
        if reply.settles:
            await slack.say_answered(place, message["ts"], f"{message.get('text', '')}\n{escaped(reply.text)}")
        else:
            await slack.whisper(place, told["user"]["id"], reply.text)
    except Unanswered as unanswered:
        log.warning("Slack was not told of an answer: %s", unanswered)
