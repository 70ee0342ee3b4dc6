"""Lines on a terminal, and in a pipe."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from api.client.printing import LONGEST, Printer
from api.narration.event_lines import EventLine

AT = datetime(2026, 3, 3, 3, 0, 40, tzinfo=UTC)
LONG = "word " * 100


def printed(*lines: EventLine, verbose: bool = False, terminal: bool = False) -> str:
    page = StringIO()
    printer = Printer(verbose, Console(file=page, highlight=False, force_terminal=terminal, width=100))
    for line in lines:
        printer.line(line)
    return page.getvalue()


def test_a_piped_line_is_plain_and_stays_one_line() -> None:
    said = printed(EventLine(AT, "API Tester", "[red]3 of 3[/red] answer " * 5))
    assert said == f"03:00:40  API Tester                   {'[red]3 of 3[/red] answer ' * 5}\n"


def test_a_terminal_gets_colours_and_wrapped_columns() -> None:
    said = printed(EventLine(AT, "API Tester", "3 of 3 answer " * 10, "good"), terminal=True)
    assert "\x1b[" in said
    assert len(said.splitlines()) > 1


def test_details_are_for_those_who_want_them() -> None:
    detail = EventLine(AT, "API Tester", "asks", detail=True)
    assert printed(detail) == ""
    assert "asks" in printed(detail, verbose=True)


def test_long_lines_are_cut_but_not_what_a_person_decides_on() -> None:
    assert len(printed(EventLine(AT, "", LONG))) < LONGEST + 50
    assert len(printed(EventLine(AT, "", LONG, "asks"))) > len(LONG)
    assert len(printed(EventLine(AT, "", LONG), verbose=True)) > len(LONG)
