"""Errors, as RFC 9457 problems: what was wrong, and what to do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.adapters import ADAPTERS, UnknownSource
from api.adapters.inbox import UnusableAlert
from api.people import AheadOfTime
from api.runs import NotWrittenYet
from graphs.questions import WrongAnswer
from graphs.reception import AlreadyAnswered, RunIsOver, UnknownQuestion, UnknownRun
from graphs.store_faults import StoreError, StoreFull


class Kind(NamedTuple):
    """A status code, and the words with it; `{error}` is what the exception says."""

    status: int
    detail: str


KINDS: dict[type[Exception], Kind] = {
    UnknownRun: Kind(404, "There is no run {error}. GET /v1/runs lists the runs."),
    UnknownQuestion: Kind(
        404, "The run does not ask {error}, or no longer. Its open questions are in GET /v1/runs/ID."
    ),
    UnknownSource: Kind(404, f"Nobody here reads alerts of {{error}}. There is: {', '.join(ADAPTERS)}."),
    NotWrittenYet: Kind(404, "{error}"),
    AlreadyAnswered: Kind(409, "{error} before, and the first answer stands."),
    RunIsOver: Kind(409, "Run {error} is over: it is closed or cancelled, and nothing more can be told to it."),
    WrongAnswer: Kind(422, "{error}."),
    AheadOfTime: Kind(422, "{error}"),
    UnusableAlert: Kind(422, "{error}"),
    StoreFull: Kind(507, "{error} Nothing was taken in; send it again."),
    StoreError: Kind(503, "{error} Nothing was taken in; send it again."),
}
"""What is raised -> what is answered. Whatever is not here is a fault of ours: 500."""
ADVICE = {
    404: "There is nothing at this address. GET /openapi.json lists what there is.",
    405: "This address does not take {method}. It takes {allow}.",
}


def problem(
    status: int, detail: str, more: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Answer with a problem."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse({**content, **(more or {})}, status, headers, media_type="application/problem+json")


def add_to(app: FastAPI) -> None:
    """Let the application answer every error with a problem."""
    for raised in KINDS:
        app.add_exception_handler(raised, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unknown)


async def _known(_: Request, error: Exception) -> JSONResponse:
    kind = next(KINDS[raised] for raised in type(error).__mro__ if raised in KINDS)
    first = {"first": error.first.model_dump(mode="json")} if isinstance(error, AlreadyAnswered) else {}
    wait = {"Retry-After": "5"} if kind.status in (503, 507) else {}
    return problem(kind.status, kind.detail.format(error=error), first, wait)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """What does not fit, field by field; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    faults = [(".".join(str(part) for part in fault["loc"][1:]), fault) for fault in error.errors()]
    if any(fault["type"] == "json_invalid" for _, fault in faults):
        where, why = faults[0][0], faults[0][1].get("ctx", {}).get("error", "")
        return problem(400, f"The body is not JSON: {why} at character {where}.")
    if faults[0][1]["loc"] == ("body",) and "json" not in request.headers.get("content-type", ""):
        return problem(415, "Send a JSON object with the header Content-Type: application/json.")
    said = [{"where": where or "body", "what": fault["msg"]} for where, fault in faults]
    return problem(422, "; ".join(f"{one['where']}: {one['what']}" for one in said), {"errors": said})


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = error.headers or {}
    allowed = headers.get("allow", headers.get("Allow", "something else"))
    plain = error.detail == HTTPStatus(error.status_code).phrase
    detail = ADVICE.get(error.status_code, error.detail) if plain else error.detail
    return problem(error.status_code, detail.format(method=request.method, allow=allowed), headers=headers)


async def _unknown(_: Request, __: Exception) -> JSONResponse:
    return problem(500, "This is a fault of ours; Warroom's own log says more.")
