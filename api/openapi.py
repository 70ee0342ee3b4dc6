"""The OpenAPI description: what each endpoint needs, and its problems; and the JSON Schema of outgoing webhooks."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from api.auth.access import COOKIE, Needs
from api.problems import MEDIA_TYPE, Problem
from graphs.outbox.webhooks import schema

Schema = dict[str, Any]
ABOUT = (
    "Alerts come in, runs go out, people decide. Errors are problems after RFC 9457. Send a key as a bearer token, or "
    "as the password of basic authentication; on 127.0.0.1, while no key was made, none is needed."
)
WAYS_IN: Schema = {
    "key": {"type": "http", "scheme": "bearer", "description": "Made by `warroom keys create`."},
    "password": {"type": "http", "scheme": "basic", "description": "The key is the password; any name will do."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A browser's, from /login."},
}
PROBLEMS = {
    "always": {400: "It cannot be read", 404: "It is not there", 422: "It does not fit", 500: "A fault of ours"},
    "guarded": {401: "Without a key", 403: "The key is for something else", 429: "The key sends too much"},
    "changing": {409: "It is settled", 412: "It has changed", 413: "Too large", 415: "Not JSON"},
    "storing": {503: "Send it again", 507: "The disk is full: send it again"},
}
EXAMPLES: Schema = {
    "Alert": {"title": "checkout answers 500", "service": "checkout", "severity": "critical", "dedup_key": "checkout"},
    "HumanAnswer": {"answer": "approve", "by": "ada", "comment": "go ahead"},
    "SeverityWord": {"severity": "P1", "by": "ada", "comment": "half of them still get in"},
    "CauseWord": {"cause": "infrastructure", "component": "accounts-db", "by": "ada"},
    "Word": {"by": "ada", "comment": "I restarted it"},
    "Saying": {"by": "ada", "text": "we look ourselves"},
    "Noted": {"by": "ada", "text": "we see it too"},
    "AskedOfRun": {"by": "ada", "text": "what changed in the last hour?"},
    "EditedText": {"by": "ada", "text": "# Checkout failed\n\nA field was renamed.", "comment": "the log says why"},
    "Awareness": {"by": "ada", "at": "2026-03-03T02:30:00Z"},
    "Switch": {"by": "ada"},
    "Merging": {"into": "20260303-030000-0a1b2c", "by": "ada", "comment": "the same database"},
    "Splitting": {"alerts": ["0a1b2c3d"], "by": "ada", "comment": "this one is about search"},
    "UserReport": {"what": "I cannot pay", "service": "checkout", "by": "grace", "link": "https://shop.example/pay"},
    "Accepted": {
        "runs": [{"id": "20260303-030000-0a1b2c", "joined": False}],
        "alerts": [
            {
                "alert": 0,
                "title": "checkout answers 500",
                "status": "firing",
                "became": "started",
                "run": "20260303-030000-0a1b2c",
            }
        ],
        "refused": [],
    },
    "Who": {"by": "ada"},
    "Muting": {"by": "ada", "why": "known; the fix is on its way", "minutes": 120},
    "Planned": {"service": "checkout", "ends_at": "2026-03-03T05:00:00Z", "by": "ada", "why": "new disks"},
    "NewChange": {
        "kind": "flag",
        "service": "checkout",
        "at": "2026-03-03T02:41:00Z",
        "what": "flag new-basket for everybody",
        "by": "ada",
        "from": "10 %",
        "to": "100 %",
        "id": "flags/new-basket/17",
    },
    "Problem": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no run x. GET /v1/runs lists the runs.",
    },
}
"""Schema -> what it looks like when it is filled in."""
SOURCE: Schema = {
    "title": "Source",
    "type": "string",
    "description": "Who sends it. By default it is the name that the key proves; it must be nobody else's.",
}
"""Of an alert that is sent; what comes from Warroom itself has another default."""


def describe(app: FastAPI) -> Schema:
    """The OpenAPI described; made once, when it is first asked for."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
        schemas: Schema = described["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = Problem.model_json_schema()
        schemas["Alert"]["properties"]["source"] = SOURCE
        described["components"]["securitySchemes"] = WAYS_IN
        for name in EXAMPLES.keys() & schemas.keys():
            schemas[name]["examples"] = [EXAMPLES[name]]
        for path, method, needs in _needs(app):
            if method in described["paths"].get(path, {}):
                _complete(described["paths"][path][method], method, needs)
        app.openapi_schema = described
    return app.openapi_schema


def _needs(app: FastAPI) -> Iterator[tuple[str, str, Needs | None]]:
    for route in iter_route_contexts(app.routes):
        calls = [one.call for one in route.dependant.dependencies] if hasattr(route, "dependant") else []
        needs = next((call for call in calls if isinstance(call, Needs)), None)
        yield from ((str(route.path_format), method.lower(), needs) for method in route.methods or ())


def _complete(operation: Schema, method: str, needs: Needs | None) -> None:
    """Say what an operation needs, and which problems it may answer with."""
    alerts = "alerts" in operation.get("tags", [])
    if needs or alerts:
        operation["security"] = [{way: []} for way in WAYS_IN]
        scope = needs.scope if needs else "alerts"
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds a key for **{scope}**."
    kinds = ["always", *(["guarded"] if needs or alerts else []), "storing"]
    problems = {status: why for kind in kinds for status, why in PROBLEMS[kind].items()}
    if method != "get":
        problems |= PROBLEMS["changing"]
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, why in problems.items():
        standing = operation["responses"].get(str(status))
        if standing is None or status == 422:
            operation["responses"][str(status)] = {"description": why, "content": content}
        else:
            standing["content"] = {**standing.get("content", {}), **content}


router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.get("/schema")
async def show_schema() -> dict[str, Any]:
    """The JSON Schema of what outgoing webhooks are told; `version` changes when a field goes."""
    return schema()
