"""Slack's endpoint: presses of the buttons under a question, signed by Slack, by people whom the catalogue names."""

import hashlib
import hmac
import logging
from typing import Annotated, Any, NamedTuple, cast

from fastapi import APIRouter, BackgroundTasks, Request, Response
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from agents.io.credentials import reveal
from agents.io.outside_text import NotJson, read_form, read_json
from agents.tools.drivers.slack import Place, Slack, escaped
from agents.tools.port import Unanswered
from api.dependencies import TheIncidents
from api.intake.parsing.reading import clean
from api.intake.signatures import WrongSignature, demand_recent
from graphs.intake.incident_service import IncidentService
from graphs.intake.run_lookup import UnknownRun
from graphs.model.questions import HumanAnswer, WrongAnswer
from graphs.runtime.questions import AlreadyAnswered, QuestionWithdrawn, UnknownQuestion

router = APIRouter(prefix="/v1/slack", tags=["slack"])
log = logging.getLogger("warroom")


class SlackNotConnected(LookupError):
    """The catalogue connects no Slack with a signing secret."""


class UnreadablePress(ValueError):
    """What Slack posted is not the press of a button as Slack documents it."""


Text = Annotated[str, AfterValidator(clean)]


class Named(BaseModel):
    """Somebody or something that Slack knows by an id."""

    id: Text


class Button(BaseModel):
    """The button that was pressed."""

    value: Text = ""


class Message(BaseModel):
    """The message that holds the button."""

    ts: Text
    text: Text = ""
    thread_ts: Text | None = None


class Pressed(BaseModel):
    """A press of a button (`block_actions`), as far as it is read here."""

    user: Named
    channel: Named
    message: Message
    actions: list[Button] = Field(min_length=1)

    @property
    def place(self) -> Place:
        """Where the button stands."""
        return Place(self.channel.id, self.message.thread_ts)


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
    pressed = _pressed(body)
    if pressed:
        later.add_task(_reply, slack, pressed, _answer(incidents, slack, pressed))
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
    demand_recent("Slack v0", at, slack.now())


def _pressed(body: bytes) -> Pressed | None:
    """Read which button was pressed; None where Slack tells of something else. Raises NotJson, UnreadablePress."""
    read = read_json(_payload(body))
    fields = cast(dict[str, Any], read) if isinstance(read, dict) else {}
    if not isinstance(fields.get("type"), str):
        raise UnreadablePress("the payload is not an object with a type")
    if fields["type"] != "block_actions":
        return None
    try:
        return Pressed.model_validate(fields)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise UnreadablePress(f"the payload is not the press of a button: {where}: {fault['msg']}") from error


def _payload(body: bytes) -> str:
    """The one field of Slack's form."""
    try:
        return read_form(body)["payload"]
    except LookupError as error:
        raise NotJson("it is not a form with the field `payload`") from error


def _answer(incidents: IncidentService, slack: Slack, pressed: Pressed) -> Reply:
    """Take the answer that a press stands for, in the name of whoever pressed."""
    press = slack.read_press(pressed.actions[0].value)
    by = slack.settings.people.get(pressed.user.id)
    if press is None:
        return Reply("This button is not one of Warroom's.")
    if by is None:
        return Reply("Warroom does not know you: the catalogue has to list you among Slack's people.")
    try:
        answer = HumanAnswer.model_validate({"answer": press.answer, "by": by})
        incidents.answer(press.run, press.question, answer, name_is_proven=True)
    except AlreadyAnswered as first:
        return Reply(f"{first} before, and the first answer stands.", settles=True)
    except QuestionWithdrawn as withdrawn:
        return Reply(f"This was not taken, because the question is no longer asked: {withdrawn}.", settles=True)
    except (UnknownRun, UnknownQuestion):
        return Reply("This question is no longer asked.", settles=True)
    except (WrongAnswer, ValidationError) as wrong:
        return Reply(f"This was not taken: {wrong}")
    return Reply(f"{by} answered: {press.answer}.", settles=True)


async def _reply(slack: Slack, pressed: Pressed, reply: Reply) -> None:
    message = pressed.message
    try:
        if reply.settles:
            await slack.say_answered(pressed.place, message.ts, f"{message.text}\n{escaped(reply.text)}")
        else:
            await slack.whisper(pressed.place, pressed.user.id, reply.text)
    except Unanswered as unanswered:
        log.warning("Slack was not told of an answer: %s", unanswered)
