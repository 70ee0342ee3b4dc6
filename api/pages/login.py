"""The login: a browser shows a key once and gets a session; nothing of the key stays in the browser."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth.access import COOKIE, AccessControl, Unidentified
from api.middleware import form_of
from api.pages.rendering import page
from graphs.store.api_keys import SESSION

router = APIRouter(include_in_schema=False)
WRONG = "This key is not known, or was revoked."


async def _access(request: Request) -> AccessControl:
    return request.app.state.access


TheAccess = Annotated[AccessControl, Depends(_access)]


@router.get("/login")
async def show_login(request: Request, access: TheAccess, next: str = "/") -> HTMLResponse:  # noqa: A002 - the address says ?next=
    """Ask for a key, and say whose session it is where there is one."""
    return login_page(next, who=_who(access, request), is_open=access.is_open)


@router.post("/login")
async def log_in(request: Request, access: TheAccess) -> Response:
    """Open a session for the holder of a key."""
    typed = await form_of(request)
    back = typed.get("next", "/")
    key = access.keys.of(typed.get("key", "").strip())
    if key is None:
        return login_page(back, why=WRONG, status=401)
    led = RedirectResponse(_own_page(back), 303)
    led.set_cookie(
        COOKIE,
        access.keys.open_session(key),
        max_age=int(SESSION.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",  # a link in a chat must lead a person who is logged in to the run
    )
    return led


@router.post("/logout")
async def log_out(request: Request, access: TheAccess) -> Response:
    """End the session."""
    access.keys.end_session(request.cookies.get(COOKIE, ""))
    led = RedirectResponse("/login", 303)
    led.delete_cookie(COOKIE)
    return led


def login_page(back: str, who: str = "", why: str = "", is_open: bool = False, status: int = 200) -> HTMLResponse:
    """The login page; `why` says why it is shown."""
    return page("login.html", status, back=_own_page(back), who=who, why=why, is_open=is_open)


def _who(access: AccessControl, request: Request) -> str:
    try:
        return access.caller(request).name
    except Unidentified:
        return ""


def _own_page(back: str) -> str:
    """A page of ours to go back to, and never an address elsewhere."""
    return back if back.startswith("/") and back[1:2] not in ("/", "\\") and back.isprintable() else "/"
