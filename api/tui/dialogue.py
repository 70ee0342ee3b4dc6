"""The dialogue: a question answered key by key; nothing is sent that was not shown and confirmed."""

from dataclasses import dataclass, field
from typing import Any, get_args

from agents.io.outside_text import clean
from agents.reports.basis import Cause
from api.narration.vocabulary import words
from api.runs.run_view import OpenQuestion

CAUSES = get_args(Cause)
KEYS = {
    "approve": "a",
    "refuse": "r",
    "edit": "e",
    "look again": "l",
    "cause": "u",
    "handled": "h",
    "over": "o",
    "done": "d",
    "not done": "n",
    "amount": "m",
    "try again": "t",
}
"""The key of each answer."""
NEEDS = {"cause": ("cause", "component"), "amount": ("amount",)}
"""What has to be typed for an answer; for an edit, the proposal's parameters."""
LONGEST = 400


@dataclass(eq=False)
class TypedAnswer:
    """Something that is typed: its name, and the text so far."""

    name: str
    text: str = ""


@dataclass
class Dialogue:
    """What somebody is about to answer to one question."""

    question: OpenQuestion
    answer: str = ""
    """The chosen option; empty: none yet."""
    entries: list[TypedAnswer] = field(default_factory=list[TypedAnswer])
    """What belongs to that answer, in the order in which it is asked for."""
    comment: TypedAnswer = field(default_factory=lambda: TypedAnswer("comment"))
    typing: TypedAnswer | None = None

    def press(self, key: str) -> dict[str, Any] | None:
        """Take a key; gives the answer to send, once it was confirmed."""
        if self.typing:
            self._type(self.typing, key)
        elif key == "escape":
            self._drop()
        elif key == "c":
            self.typing = self.comment
        elif self.answer and key == "y":
            return self._body()
        elif key in self.choices:
            self._choose(self.choices[key])
        return None

    @property
    def choices(self) -> dict[str, str]:
        """Key -> the answer that it chooses."""
        named = [option for option in self.question.options if option != "act" and (option != "edit" or self._frozen)]
        acts = {str(number): act.text for number, act in enumerate(self.question.acts, 1)}
        return {**{KEYS[option]: option for option in named}, **acts}

    @property
    def _frozen(self) -> dict[str, Any]:
        return (self.question.proposal or {}).get("parameters", {})

    def _choose(self, answer: str) -> None:
        needed = {name: str(value) for name, value in self._frozen.items()} if answer == "edit" else {}
        needed = needed or dict.fromkeys(NEEDS.get(answer, ()), "")
        self.answer, self.entries = answer, [TypedAnswer(name, text) for name, text in needed.items()]
        self.typing = next(iter(self.entries), None)

    def _drop(self) -> None:
        self.answer, self.entries, self.typing = "", [], None

    def _type(self, entry: TypedAnswer, key: str) -> None:
        match key:
            case "escape" if entry is self.comment:
                self.typing = None
            case "escape":
                self._drop()
            case "enter":
                self._typed(entry)
            case "backspace":
                entry.text = entry.text[:-1]
            case "clear":
                entry.text = ""
            case _ if len(key) == 1:
                entry.text = (entry.text + key)[:LONGEST]
            case _:
                return

    def _typed(self, entry: TypedAnswer) -> None:
        entry.text = _cause(entry.text) if self.answer == "cause" and entry.name == "cause" else clean(entry.text)
        if entry is self.comment:
            self.typing = None
        elif entry.text:
            self.typing = next((empty for empty in self.entries[self.entries.index(entry) + 1 :]), None)

    def _body(self) -> dict[str, Any]:
        typed = {entry.name: entry.text for entry in self.entries}
        named = {"parameters": typed} if self.answer == "edit" else typed
        asked_for = next((act for act in self.question.acts if act.text == self.answer), None)
        said = {"answer": "act", "digest": asked_for.digest} if asked_for else {"answer": self.answer}
        return {**said, "comment": self.comment.text, **named}

    def prompt(self) -> str:
        """What is asked for at this moment, and what stands there already."""
        if self.typing:
            return f"{_asked_for(self.typing.name)}: {self.typing.text}"
        if not self.answer:
            return f"Comment: {self.comment.text}" if self.comment.text else ""
        named = [f"{words(entry.name)} {entry.text}" for entry in self.entries]
        because = [f"because: {self.comment.text}"] if self.comment.text else []
        return f"Send: {', '.join([self.answer, *named, *because])}?"

    def keys(self) -> dict[str, str]:
        """The keys that do something now, and what they do."""
        if self.typing:
            return {"Enter": "go on", "Esc": "leave it"}
        if self.answer:
            return {"y": "send it", "c": "comment", "Esc": "do not"}
        return {**self.choices, "c": "comment"}


def _asked_for(name: str) -> str:
    if name == "cause":
        return f"Cause ({', '.join(f'{number} {cause}' for number, cause in enumerate(CAUSES, 1))})"
    return words(name).capitalize()


def _cause(typed: str) -> str:
    """A cause by its number or its name; empty where there is none such."""
    numbered = {str(number): cause for number, cause in enumerate(CAUSES, 1)}
    return numbered.get(typed.strip(), typed.strip().lower() if typed.strip().lower() in CAUSES else "")
