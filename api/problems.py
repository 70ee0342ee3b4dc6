"""Problems, as RFC 9457 has them: what was wrong, and what to do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel, extra="allow"):
    """What was wrong with a request, and what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem(
    status: int, detail: str, more: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Answer with a problem."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, **(more or {}))
    return JSONResponse(body.model_dump(), status, headers, media_type=MEDIA_TYPE)
