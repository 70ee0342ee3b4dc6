"""Rendering: the templates of all pages, and the headers under which a page is sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from agents.tools.change import SHORT
from api.narration.standing import escalated_to
from api.narration.states import state_of
from api.narration.vocabulary import Tone, cost, lasting, title, words

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
MARKS: dict[Tone, str] = {"plain": "", "quiet": "·", "good": "✓", "bad": "!", "asks": "?", "heading": ""}
"""So that no colour stands alone."""

BECAME = {"counted": "kept here; no run was started"}
"""What became of an alert, where the word for it does not explain itself."""


def page(name: str, status: int = 200, /, **shown: Any) -> HTMLResponse:
    """Send a page."""
    return HTMLResponse(render(name, **shown), status, HEADERS)


def render(name: str, /, **shown: Any) -> str:
    """Write a template out. A variable that is missing is an error at once."""
    return templates.get_template(name).render(**shown)


def compile_templates() -> None:
    """Read all templates, so that the first who opens a page does not wait for it."""
    for name in templates.list_templates():
        templates.get_template(name)


def moment(time: datetime | None) -> Markup | str:
    """A time with its date, for machines too."""
    return _time(time, "%Y-%m-%d %H:%M:%S", "full")


def clock(time: datetime | None) -> Markup | str:
    """A time of the day."""
    return _time(time, "%H:%M:%S", "clock")


def _time(time: datetime | None, shape: str, name: str) -> Markup | str:
    if time is None:
        return "-"
    return Markup('<time datetime="{}" data-shape="{}">{}</time>').format(time.isoformat(), name, f"{time:{shape}}")


def minute(time: datetime) -> Markup | str:
    """A time of the day, to the minute."""
    return _time(time, "%H:%M", "minute")


def count(number: float) -> str:
    """A number with its thousands apart."""
    return f"{number:,.0f}"


def plural(things: Sequence[Any] | int, one: str, many: str = "") -> str:
    """A count and what is counted."""
    number = things if isinstance(things, int) else len(things)
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


templates = Environment(
    loader=ChoiceLoader([PackageLoader("api.pages", "templates"), PackageLoader("graphs.charts", "templates")]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
cast("dict[str, Any]", templates.filters).update(
    moment=moment,
    clock=clock,
    minute=minute,
    lasting=lasting,
    count=count,
    plural=plural,
    role=title,
    words=words,
    escalated_to=escalated_to,
)
cast("dict[str, Any]", templates.globals).update(marks=MARKS, became=BECAME, short=SHORT, cost=cost, state_of=state_of)
