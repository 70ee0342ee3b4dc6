"""Errors, as RFC 9457 problems: what was wrong, and what to do."""

from http import HTTPStatus
from math import ceil
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from agents.io.outside_text import NotJson
from api.auth.access import Nameless, NotAllowed, TooManyRequests, Unidentified
from api.dependencies import ChangedMeanwhile
from api.health_and_metrics import NotReady
from api.intake.adapters.registry import ADAPTERS, UnknownSource
from api.intake.calendar import NotACalendar
from api.intake.claims import NameOfOurs, Unproven
from api.intake.parsing.inbox import MOST_FAULTS, UnusableAlert
from api.intake.signatures import WrongSignature
from api.intake.sns import ForeignAddress, Unanswering
from api.middleware import HEADER, REQUEST_ID
from api.pages.login import login_page
from api.problems import problem
from api.runs.instructions import AheadOfTime
from api.runs.slack_buttons import SlackNotConnected, UnreadablePress
from graphs.intake.change_ledger import ChangeAhead, IdUsedBefore
from graphs.intake.inbox import KeyUsedBefore
from graphs.intake.inquiries import TooManyInquiries
from graphs.intake.outcomes import UnknownKeptAlert
from graphs.intake.people import CannotMove, UnknownAlert
from graphs.intake.post_mortems import AlreadyPublished, EditedMeanwhile, NotWrittenYet
from graphs.intake.run_lookup import ForgottenRun, RunIsOver, RunIsResolved, UnknownRun
from graphs.intake.silences import UnknownSilence
from graphs.intake.storms import Overloaded
from graphs.model.questions import AnotherChange, WrongAnswer
from graphs.runtime.questions import AlreadyAnswered, QuestionWithdrawn, UnknownQuestion
from graphs.store.faults import StoreError, StoreFull


class Kind(NamedTuple):
    """A status code, and the words with it; `{error}` is what the exception says."""

    status: int
    detail: str


KINDS: dict[type[Exception], Kind] = {
    Unidentified: Kind(401, f"{Unidentified.__doc__} ({{error}})"),
    Unproven: Kind(401, "{error}. Nothing was taken in."),
    NameOfOurs: Kind(422, "{error}."),
    NotAllowed: Kind(403, "{error}. Use another key, or ask for one: warroom keys create."),
    ForgottenRun: Kind(410, "Run {error} was forgotten: it was deleted for good."),
    UnknownRun: Kind(404, "There is no run {error}. GET /v1/runs lists the runs."),
    QuestionWithdrawn: Kind(409, "This was not taken, because the question is no longer asked: {error}."),
    UnknownQuestion: Kind(
        404, "The run does not ask {error}, or no longer. `warroom runs` and GET /v1/runs/ID list what is asked."
    ),
    UnknownSource: Kind(
        404,
        "No adapter here is called {error}. POST /v1/alerts/generic takes any JSON, and so does this address once the "
        f"file of WARROOM_SENDERS has a mapping for it (docs/senders.md). There is: {', '.join(sorted(ADAPTERS))}.",
    ),
    UnknownKeptAlert: Kind(404, "No alert is kept under {error}. GET /v1/inbox lists those that started nothing."),
    UnknownSilence: Kind(404, "There is no silence {error}. GET /v1/silences lists them."),
    UnknownAlert: Kind(404, "The run has no alert {error}. GET /v1/runs/ID/alerts lists them."),
    NotACalendar: Kind(422, "{error}"),
    NotWrittenYet: Kind(404, "Run {error}."),
    AlreadyPublished: Kind(409, "{error} has published the post-mortem; it is not changed any more."),
    EditedMeanwhile: Kind(409, "{error} has written another version since you read it. Look again, then edit."),
    SlackNotConnected: Kind(404, "{error}"),
    AlreadyAnswered: Kind(409, "{error} before, and the first answer stands."),
    Overloaded: Kind(503, "{error} Nothing was taken in; send it again."),
    CannotMove: Kind(422, "{error}"),
    RunIsResolved: Kind(
        409,
        "This was not taken: run {error} is resolved, its post-mortem is being written, and no instruction changes it "
        "any more. If it still goes on, send an alert once the run is closed: that starts a run of its own.",
    ),
    RunIsOver: Kind(409, "Run {error} is over: it is closed or cancelled, and nothing more can be told to it."),
    AnotherChange: Kind(409, "{error}. Look at the question again, then answer."),
    WrongAnswer: Kind(422, "{error}."),
    TooManyInquiries: Kind(429, "{error}"),
    Nameless: Kind(422, "{error}"),
    AheadOfTime: Kind(422, "{error}"),
    NotJson: Kind(400, "The body is not JSON: {error}."),
    UnreadablePress: Kind(422, "{error}."),
    WrongSignature: Kind(401, "{error}. Nothing was taken in."),
    ForeignAddress: Kind(422, "{error}. Nothing was taken in, and nothing was asked there."),
    Unanswering: Kind(503, "{error}. Nothing was taken in; send it again."),
    UnusableAlert: Kind(422, "{error}"),
    ChangedMeanwhile: Kind(412, "{error}"),
    KeyUsedBefore: Kind(422, "{error}"),
    IdUsedBefore: Kind(409, "{error} Nothing was recorded."),
    ChangeAhead: Kind(422, "{error} Nothing was recorded."),
    NotReady: Kind(503, "{error}"),
    StoreFull: Kind(507, "{error} Nothing was taken in; send it again."),
    StoreError: Kind(503, "{error} Nothing was taken in; send it again."),
}
"""What is raised -> what is answered. Whatever is not here is a fault of ours: 500."""
AGAIN = {"Retry-After": "5"}
ADVICE = {
    404: "There is nothing at this address. GET /openapi.json lists what there is.",
    405: "This address does not take {method}. It takes {allow}.",
}


def add_to(app: FastAPI) -> None:
    """Let the application answer every error with a problem."""
    for raised in KINDS:
        app.add_exception_handler(raised, _known)
    app.add_exception_handler(Unidentified, _unidentified)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(TooManyRequests, _too_many)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unknown)


async def _unidentified(request: Request, error: Exception) -> Response:
    """A person's browser is led to the login and back."""
    if not _is_browser(request):
        return await _known(request, error)
    back = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/login?{urlencode({'next': back})}", 303)


async def _not_allowed(request: Request, error: Exception) -> Response:
    if not _is_browser(request):
        return await _known(request, error)
    return login_page("/", why=f"{error}. Log in with another key.", status=403)


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _too_many(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TooManyRequests)
    return problem(error.status, str(error), headers={"Retry-After": str(ceil(error.wait))})


async def _known(_: Request, error: Exception) -> JSONResponse:
    kind = next(KINDS[raised] for raised in type(error).__mro__ if raised in KINDS)
    first = {"first": error.first.model_dump(mode="json")} if isinstance(error, AlreadyAnswered) else {}
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: AGAIN, 503: AGAIN, 507: AGAIN}.get(kind.status, {})
    return problem(kind.status, kind.detail.format(error=error), first, headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """What does not fit, field by field; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    faults = [(".".join(str(part) for part in fault["loc"][1:]), fault) for fault in error.errors()[:MOST_FAULTS]]
    if faults[0][1]["loc"] == ("body",) and "json" not in request.headers.get("content-type", ""):
        return problem(415, "Send a JSON object with the header Content-Type: application/json.")
    said = [{"where": where or "body", "what": fault["msg"]} for where, fault in faults]
    return problem(422, "; ".join(f"{one['where']}: {one['what']}" for one in said), {"errors": said})


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = error.headers or {}
    if error.status_code == 405:
        headers = {**headers, "Allow": ", ".join(sorted(_methods(request)))}
    allowed = headers.get("Allow", "something else")
    plain = error.detail == HTTPStatus(error.status_code).phrase
    advice = ADVICE.get(error.status_code, error.detail) if plain else ""
    detail = advice.format(method=request.method, allow=allowed) or error.detail
    return problem(error.status_code, detail, headers=headers)


def _methods(request: Request) -> set[str]:
    """The methods of every route that has this address."""
    routes = iter_route_contexts(request.app.routes)
    fits = (one for one in routes if compile_path(str(one.path))[0].match(request.scope["path"]))
    return {method for one in fits for method in one.methods or ()}


async def _gone(_: Request, __: Exception) -> Response:
    """Nobody hears the answer: who sent it left, or was sent away, before all of it was there."""
    return Response(status_code=408)


async def _unknown(_: Request, __: Exception) -> JSONResponse:
    request_id = REQUEST_ID.get()
    said = f"This is a fault of ours; Warroom's own log says more, under {request_id}."
    return problem(500, said, headers={HEADER: request_id})
