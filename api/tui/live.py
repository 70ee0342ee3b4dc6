"""Live: a run on the whole terminal, read key by key, until it is over; its questions are answered in place."""

import os
import queue
import sys
import termios
import threading
import tty
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from rich.console import Console
from rich.live import Live

from agents.io.outside_text import clean
from api.client.http import RequestDeclined, Unreachable, WarroomClient
from api.client.options import part
from api.client.printing import Printer, farewell
from api.runs.run_view import RunView
from api.tui.dialogue import Dialogue
from api.tui.screen import ScreenState
from graphs.model.questions import BadEdit, Question, edited_parameters
from graphs.transcript.event import parse_event

NAMED = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    "\x7f": "backspace",
    "\b": "backspace",
    "\x15": "clear",
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b": "escape",
}
"""What terminals send -> the key."""
BY_LENGTH = sorted(NAMED, key=len, reverse=True)
AT_ONCE = 4096


def decode(sent: str) -> Iterator[str]:
    """Give the keys in what a terminal sent; a key that is not known is left out."""
    while sent:
        known = next((code for code in BY_LENGTH if sent.startswith(code)), "")
        if known == "\x1b" and len(sent) > 1:
            return  # a key that is not known
        if known or sent[0].isprintable():
            yield NAMED.get(known, sent[0])
        sent = sent[len(known) or 1 :]


@contextmanager
def keyboard() -> Generator[Iterator[list[str]]]:
    """Read keys as they are pressed, without showing them; what came at once comes together."""
    at = sys.stdin.fileno()
    before = termios.tcgetattr(at)
    tty.setcbreak(at)
    try:
        yield _pressed(at)
    finally:
        termios.tcsetattr(at, termios.TCSADRAIN, before)


def _pressed(at: int) -> Iterator[list[str]]:
    while sent := os.read(at, AT_ONCE):
        yield [*decode(sent.decode(errors="ignore"))]


ANEW_SECONDS = 1.0
"""How often it is asked how the run stands: the clock of a simulation runs faster than ours."""
SCROLLS = {"up": 1, "down": -1, "page up": 15, "page down": -15}
OVER = ("closed", "cancelled")


class News(NamedTuple):
    """Something that has come: an event, a key, a loss of the connection, or an end."""

    kind: str
    what: Any = None


class Watch:
    """A person before the screen: what comes changes the scene, and keys answer."""

    def __init__(self, server: WarroomClient, scene: ScreenState) -> None:
        self.scene = scene
        self.news: queue.Queue[News] = queue.Queue()
        self._server = server

    def follow(self, after: int) -> None:
        """Hear what happens, to the run's end."""
        try:
            for event in self._server.events(part(self.scene.run), after, self._tell_of_connection):
                self.news.put(News("event", event))
            self.news.put(News("end"))
        except (RequestDeclined, Unreachable) as error:
            self.news.put(News("failed", error))

    def _tell_of_connection(self, lost: str) -> None:
        self.news.put(News("connection", lost))

    def listen(self, pressed: Iterable[list[str]]) -> None:
        """Hear the keys."""
        for keys in pressed:
            self.news.put(News("keys", keys))

    def look(self) -> None:
        """See how the run stands."""
        try:
            self.scene.view = RunView.model_validate(self._server.get(f"/v1/runs/{part(self.scene.run)}"))
        except Unreachable:
            return  # the stream says so
        self._ask()

    def _ask(self) -> None:
        """Put the first open question before the person, unless they are at another that is still open."""
        open_now = {question.id: question for question in self.scene.view.questions}
        at = self.scene.dialogue
        if at and at.question.id in open_now:
            at.question = open_now[at.question.id]
            return
        if at and (at.answer or at.typing):
            self.scene.message = "The question was answered or withdrawn meanwhile."
        self.scene.dialogue = next((Dialogue(question) for question in open_now.values()), None)

    def take(self, news: News) -> bool:
        """Take news in; gives whether to go on. Raises Declined, Unreachable."""
        match news.kind:
            case "event":
                self.scene.take_in(parse_event(news.what))
            case "connection":
                self.scene.lost = news.what
            case "keys":
                return self._press(news.what)
            case "failed":
                raise news.what
            case _:
                return False
        return True

    def _press(self, keys: list[str]) -> bool:
        """Outside of a text, only a single key counts: what is pasted there answers nothing."""
        dialogue = self.scene.dialogue
        if dialogue and dialogue.typing:
            for key in keys:
                self._tell(dialogue, key)
        elif len(keys) == 1:
            return self._command(keys[0])
        return True

    def _command(self, key: str) -> bool:
        scene = self.scene
        if key in SCROLLS:
            scene.back = max(0, min(len(scene.lines), scene.back + SCROLLS[key]))
        elif key == "q" and not (scene.dialogue and scene.dialogue.answer):
            return False
        elif scene.dialogue and key == "tab":
            self._next(scene.dialogue)
        elif scene.dialogue:
            self._tell(scene.dialogue, key)
        return True

    def _next(self, dialogue: Dialogue) -> None:
        asked = self.scene.view.questions
        at = next((number for number, one in enumerate(asked) if one.id == dialogue.question.id), -1)
        self.scene.dialogue = Dialogue(asked[(at + 1) % len(asked)])

    def _tell(self, dialogue: Dialogue, key: str) -> None:
        self.scene.message = ""
        answer = dialogue.press(key)
        if answer is None:
            return
        self.scene.message = self._send(dialogue.question, answer)
        self.scene.dialogue = None
        self.look()

    def _send(self, question: Question, answer: dict[str, Any]) -> str:
        path = f"/v1/runs/{part(self.scene.run)}/answers/{part(question.id)}"
        try:
            changed = (
                {"parameters": edited_parameters(question, answer["parameters"])} if "parameters" in answer else {}
            )
            taken = self._server.post(path, {**answer, **changed, "digest": question.digest, "by": self.scene.who})
        except (BadEdit, RequestDeclined, Unreachable) as error:
            return f"Not taken: {clean(str(error))}"
        return clean(f"Taken: {taken['answer']['by']} answered {taken['answer']['answer']}.")


def watch(server: WarroomClient, scene: ScreenState, after: int, console: Console) -> None:
    """Show a run until it is over or somebody leaves. Raises Declined, Unreachable."""
    watcher = Watch(server, scene)
    with keyboard() as pressed, Live(scene, console=console, screen=True, auto_refresh=False) as live:
        _in_background(lambda: watcher.listen(pressed))
        _in_background(lambda: watcher.follow(after))
        going = True
        while going:
            watcher.look()
            live.refresh()
            going = all(watcher.take(news) for news in _come(watcher.news))
        watcher.look()
    _leave(scene, console)


def _come(news: "queue.Queue[News]") -> Iterable[News]:
    """All that has come by now; waits for the first of it, but not for long."""
    try:
        come = [news.get(timeout=ANEW_SECONDS)]
    except queue.Empty:
        return []
    while not news.empty():
        come.append(news.get())
    return come


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def _leave(scene: ScreenState, console: Console) -> None:
    """Say below the prompt how the run stands, since the screen is gone."""
    printer = Printer(console=console)
    if scene.view.status in OVER:
        printer.say(farewell(scene.view))
    else:
        printer.say(f"Run {scene.run} goes on: {scene.url}/runs/{scene.run}")
