"""Documents: a post-mortem's Markdown as HTML, with its citations as links."""

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

CITATION = re.compile(r"\[#([0-9a-f]{8})\]")
_markdown = (
    MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "image", "autolink", "html_inline"])
)
"""Texts from outside stand in it: of them nothing becomes a link, a picture or markup."""


def as_html(text: str, run: str, under: int = 0) -> Markup:
    """Turn a document into HTML, its headings so many levels lower; what it cites leads to the event."""
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + under)}"
    html: str = _markdown.renderer.render(tokens, _markdown.options, {})
    return Markup(CITATION.sub(rf'<a class="cite" href="/runs/{run}/events/\1">#\1</a>', html))  # noqa: S704 - markdown-it has escaped it
