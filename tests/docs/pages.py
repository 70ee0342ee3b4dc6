"""The pages of the documentation, and what stands in them: blocks, commands, links, headings."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        ROOT / "evals/scenarios/README.md",
    )
)
COMMAND = ".venv/bin/warroom"
BLOCK = re.compile(r"^( *)```(\w+)(?: (\w+))?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block of code."""

    page: str
    language: str
    kind: str
    """The second word behind the fence, such as `catalogue`."""
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.text.strip().splitlines()[0]}"


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(*languages: str) -> list[Block]:
    found = (Block(page, *match.groups()[1:]) for page in PAGES for match in BLOCK.finditer(read(page)))
    return [block._replace(kind=block.kind or "") for block in found if block.language in languages]


def without_blocks(page: str) -> str:
    return BLOCK.sub("", read(page))


def spans(page: str) -> list[str]:
    """What stands in the text as code; a line break in it is a space."""
    return [" ".join(code.split()) for code in CODE.findall(without_blocks(page))]


def lines(script: str) -> Iterator[list[str]]:
    """The commands of a shell script, split into words; a quoted text may reach over several lines."""
    begun = ""
    for line in script.splitlines():
        begun += line
        try:
            words = shlex.split(begun, comments=True)
        except ValueError:
            begun += "\n"
            continue
        begun = ""
        if words:
            yield words
    assert not begun, begun


def commands() -> list[tuple[str, list[str]]]:
    """Every command in the documentation, with its page: in blocks of shell, and in the text."""
    found = [(block.page, words) for block in blocks("sh") for words in lines(block.text)]
    for page in PAGES:
        found += [(page, shlex.split(span)) for span in spans(page) if span.startswith(COMMAND)]
    return found


def anchors(page: str) -> set[str]:
    """The names of a page's headings in an address, as GitHub makes them."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(without_blocks(page)))
    return {heading.replace(" ", "-") for heading in plain}


def links(page: str) -> list[str]:
    """The links of a page to other files and to headings."""
    found = LINK.findall(without_blocks(page))
    return [link for link in found if not link.startswith(("http://", "https://"))]
