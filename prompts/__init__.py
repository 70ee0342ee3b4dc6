"""The words: the runbook, a page per role, and templates for everything that is written.

Pages have no variables; templates render strictly, a missing variable is an error at once."""

import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined

from prompts.filters import FILTERS
from prompts.notation import read_yaml

NAMED = re.compile(r"`(\w+)`")
Strength = Literal["strong", "quick"]


class RolePage(NamedTuple):
    """A role's page."""

    title: str
    summary: str
    model: Strength
    introduction: str
    """Who the role is: the text before the first duty."""
    duties: dict[str, str]
    """Duty name -> the text under its heading."""


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def page(role: str) -> RolePage:
    """Read a role's page: front matter, introduction, and a `## heading` per duty."""
    facts, words = _parted(f"roles/{role}.md")
    introduction, *sections = f"\n{words}".split("\n## ")
    duties = {heading.strip(): text.strip() for heading, _, text in (s.partition("\n") for s in sections)}
    return RolePage(facts["title"], facts["summary"], facts["model"], introduction.strip(), duties)


def _parted(name: str) -> tuple[dict[str, Any], str]:
    """The facts on top of a page, between two lines of ---, and the words below. Raises Unreadable."""
    before, facts, words = _read(name).split("---\n", 2)
    return read_yaml(f"{before}\n{facts}", name).content, words.strip()


@cache
def roles() -> tuple[str, ...]:
    """The names of all roles."""
    pages = (file.name.removesuffix(".md") for file in files(__name__).joinpath("roles").iterdir())
    return tuple(sorted(name for name in pages if not name.startswith("_")))


@cache
def everyone() -> str:
    """What every role is told."""
    return _read("roles/_everyone.md").strip()


@cache
def objecting() -> str:
    """What is said to whoever is asked for an objection."""
    return _read("roles/_objecting.md").strip()


def looking(tools: Collection[str]) -> str:
    """When to look further, by those of the tools for it that are offered; empty where none is."""
    heading, *lines = _read("roles/_looking.md").strip().splitlines()
    offered = [line for line in lines if set(NAMED.findall(line.partition(":")[0])) & set(tools)]
    return "\n".join([heading, "", *offered]) if offered else ""


@cache
def runbook() -> str:
    """Our edition of the runbook."""
    return _read("runbook.md")


_templates = Environment(
    loader=FunctionLoader(lambda name: _read(f"templates/{name}")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
    autoescape=False,  # plain text and Markdown; pages escape for themselves
)
_templates.filters.update(FILTERS)


def render(template: str, **facts: Any) -> str:
    """Render a template of prompts/templates; raises jinja2.UndefinedError where a variable is missing."""
    return _templates.get_template(template).render(**facts).strip() + "\n"
