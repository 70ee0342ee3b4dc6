"""The screen: one run as a terminal shows it, on as many lines and columns as there are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from agents.io.outside_text import clean
from api.client.printing import STYLES
from api.narration.event_lines import EventLine, EventNarrator
from api.narration.role_activity import DutyActivity, RoleActivity
from api.narration.vocabulary import title, words
from api.runs.run_view import RunView
from api.tui.dialogue import Dialogue
from api.tui.run_summary import GAP, conclusion, flowing, header, question, rule
from graphs.transcript.event import Event

WIDE, NARROW = 130, 100
"""Columns from which the lanes stand beside what happened, and below which names are cut."""
LEAST = 4
"""Lines that are kept for what happened, however long a question is."""
CONCLUSION = 5
Rows = list[list[Segment]]


@dataclass
class ScreenState:
    """All that is shown of a run."""

    run: str
    url: str
    view: RunView
    verbose: bool = False
    who: str = ""
    """In whose name answers are sent."""
    zone: tzinfo | None = UTC
    """Of the times that are shown; None: the zone of this machine."""
    lanes: RoleActivity = field(default_factory=RoleActivity)
    lines: list[EventLine] = field(default_factory=list[EventLine])
    dialogue: Dialogue | None = None
    lost: str = ""
    """Why nothing comes at this moment; empty: it is live."""
    message: str = ""
    """What became of the last answer."""
    back: int = 0
    """By how many lines somebody has gone back in what happened."""
    _teller: EventNarrator = field(init=False)

    def __post_init__(self) -> None:
        self._teller = EventNarrator(self.zone)

    def take_in(self, event: Event) -> None:
        """Take in the next event; who has gone back stays where they are."""
        self.lanes.take_in(event)
        lines = [line for line in self._teller.tell(event) if self.verbose or not line.detail]
        self.lines += lines
        self.back += len(lines) if self.back else 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Fill the screen: first what must be seen, then the rest as far as there is room."""
        height, page = options.height or console.height, ScreenSize(console, options)
        foot = page.rows(_footer(self, options.max_width))
        view = self.view.model_copy(update={"as_of": self.view.as_of.astimezone(self.zone)})
        above = page.rows(header(view, options.max_width)) + page.rows(conclusion(view))[:CONCLUSION]
        if self.dialogue:
            asked = page.rows(question(self.dialogue.question, view))
            above += asked[: max(0, height - len(above) - len(foot) - LEAST)]
        room = max(0, height - len(foot))
        for row in [*[*above, *_below(page, self, max(0, room - len(above)))][:room], *foot]:
            yield from row
            yield Segment.line()


@dataclass(frozen=True)
class ScreenSize:
    """What rows are made on."""

    console: Console
    options: ConsoleOptions

    @property
    def width(self) -> int:
        return self.options.max_width

    def rows(self, shown: RenderableType) -> Rows:
        return self.console.render_lines(shown, self.options.update(height=None))

    def of_width(self, width: int) -> "ScreenSize":
        return ScreenSize(self.console, self.options.update(width=width))


def _below(page: ScreenSize, scene: ScreenState, height: int) -> Rows:
    """The lanes and what happened: beside one another, or one over the other."""
    if page.width >= WIDE:
        left = page.width * 2 // 5
        lanes = page.of_width(left).rows(_lanes(page.width, scene, height - 1))
        happened = page.of_width(page.width - left - len(GAP)).rows(_happened(page.width, scene, height - 1))
        both = (Segment.set_shape(lanes, left, height), Segment.set_shape(happened, page.width - left, height))
        return [[*one, Segment(GAP), *other] for one, other in zip(*both, strict=True)]
    most = (height - 2) * 2 // 5
    lanes = page.rows(_lanes(page.width, scene, most)) if most > 0 else []
    happened = page.rows(_happened(page.width, scene, height - len(lanes) - 1))
    return [*lanes, *Segment.set_shape(happened, page.width, height - len(lanes))]


def _columns(width: int, *first: int) -> Table:
    columns = Table.grid(expand=True, padding=(0, 1))
    for cells in first:
        columns.add_column(width=min(cells, 15) if width < NARROW else cells, no_wrap=True, overflow="ellipsis")
    columns.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    return columns


def _lanes(width: int, scene: ScreenState, most: int) -> RenderableType:
    """A line for each role; where there is not room for all, for those at work and those who were last."""
    latest = {role: works[-1] for role, works in scene.lanes.of.items()}
    first = sorted(latest, key=lambda role: (latest[role].ended is None, latest[role].began), reverse=True)[:most]
    shown = _columns(width, 27, 1)
    for role in latest:
        if role in first:
            shown.add_row(title(role), *_doing(latest[role]))
    more = len(latest) - len(first)
    return Group(rule(f"Who does what{f' (and {more} more)' if more else ''}"), shown)


def _doing(work: DutyActivity) -> tuple[Text, Text]:
    if work.ended:
        return Text("!", "red") if work.degraded else Text("✓", "green"), Text(work.summary, "dim")
    return Text("●", "cyan"), Text(f"{words(work.duty)}: {f'asks {work.asks}' if work.asks else work.task}", "cyan")


def _happened(width: int, scene: ScreenState, most: int) -> RenderableType:
    end = max(min(most, len(scene.lines)), len(scene.lines) - scene.back)
    shown = _columns(width, 8, 27)
    for line in scene.lines[max(0, end - most) : end]:
        shown.add_row(Text(f"{line.at:%H:%M:%S}", "dim"), Text(line.who, "cyan"), Text(line.what, STYLES[line.tone]))
    newer = f" ({len(scene.lines) - end} newer below)" if end < len(scene.lines) else ""
    zone = f"{scene.view.as_of.astimezone(scene.zone):%Z}"
    return Group(rule(f"What happened, {zone}{newer}"), shown)


def _footer(scene: ScreenState, width: int) -> RenderableType:
    lines: list[Text] = []
    if scene.dialogue and scene.dialogue.prompt():
        said = Text(f"As {clean(scene.who)}. ", "dim").append(scene.dialogue.prompt(), "not dim bold")
        lines.append(said.append("▏" if scene.dialogue.typing else "", "not dim"))
    if scene.message:
        lines.append(Text(scene.message, "bold"))
    sign = Text(f" {scene.lost} ", "bold white on red") if scene.lost else Text("● live", "green")
    return Group(*lines, flowing([sign, *_keys(scene)], width))


def _keys(scene: ScreenState) -> Iterator[Text]:
    dialogue = scene.dialogue
    keys = dialogue.keys() if dialogue else {}
    if not (dialogue and (dialogue.typing or dialogue.answer)):
        keys |= {"Tab": "next question"} if len(scene.view.questions) > 1 else {}
        keys |= {"↑↓": "scroll", "q": "leave"}
    for key, does in keys.items():
        yield Text(key, "bold").append(f" {does}", "not bold")
