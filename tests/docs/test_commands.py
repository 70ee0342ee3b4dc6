"""Commands in the documentation: each is one that the command line takes, and each target is one of the Makefile."""

import re
from typing import Any

import pytest
import typer
from typer.main import get_command

from api.cli.main import app
from tests.docs.pages import COMMAND, PAGES, blocks, commands, read, spans

OURS = [(page, words[1:]) for page, words in commands() if words[0] == COMMAND]

UsageError = typer.BadParameter.__bases__[0]
"""What the command line refuses with; typer does not export it."""


def parse(words: list[str]) -> None:
    """Parse a command as the command line would, and do nothing. Raises what the command line would say."""
    command: Any = get_command(app)
    name, context = COMMAND, None
    while hasattr(command, "get_command"):
        context = command.make_context(name, words[:1] or ["--help"], parent=context, resilient_parsing=not words)
        if not words:
            return
        name, words = words[0], words[1:]
        command = command.get_command(context, name)
        assert command, f"there is no command {name}"
    command.make_context(name, words, parent=context)


@pytest.mark.parametrize(("page", "words"), OURS, ids=str)
def test_the_command_line_takes_every_command(page: str, words: list[str]) -> None:
    parse(words)


@pytest.mark.parametrize("wrong", [["serv"], ["serve", "--prot", "1"], ["answer", "RUN"], ["keys", "make"]])
def test_a_command_that_does_not_exist_would_be_found(wrong: list[str]) -> None:
    with pytest.raises((UsageError, AssertionError)):
        parse(wrong)


def test_there_are_commands_to_try() -> None:
    assert len(OURS) > 50


@pytest.mark.parametrize("page", PAGES)
def test_a_command_has_one_spelling(page: str) -> None:
    shell = [line for block in blocks("sh") if block.page == page for line in block.text.splitlines()]
    others = [code for code in [*shell, *spans(page)] if re.match(r"\s*warroom [a-z]", code)]
    assert others == []


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", read("Makefile"), re.MULTILINE))
    shell = [line for block in blocks("sh") if block.page == page for line in block.text.splitlines()]
    named = {found[1] for code in [*shell, *spans(page)] if (found := re.match(r"make ([a-z0-9]+)", code))}
    assert named - targets == set()
