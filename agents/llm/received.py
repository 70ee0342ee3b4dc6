"""What has come of an answer so far: words, tool calls and what is to be sent back, from pieces of whatever shape."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from agents.llm.dialect import OUTPUT_ITEMS, SENT_BACK
from agents.llm.error_answer import ErrorAnswered, read_error
from agents.llm.faults import ModelFault

LONGEST_ANSWER = 1_000_000
"""Bytes, words and tool calls together: more than any answer has that helps."""
WORK_OF_A_PIECE, WORK_OF_A_CALL = 100, 1_000
"""Bytes that a piece of a stream and a tool call count for at least: reading one is work, however little it says.

So an answer has at most 10,000 pieces, as a rule 40,000 letters, and 1,000 tool calls.
"""
SIZE_OF_A_CALL = 50
"""Bytes that a tool call takes beside its name and its arguments."""
OF_A_CALL = ("id", "type", "index", "function")
OF_A_FUNCTION = ("name", "arguments")
REASONS = {"completed": "stop", "max_output_tokens": "length"}
"""How the Responses API calls the reasons for which an answer ends."""


@dataclass
class Call:
    """A tool call as it was written, in one piece or in many."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list[str])
    also: dict[str, Any] = field(default_factory=dict[str, Any])
    """Whatever else the endpoint wrote into it."""

    @property
    def arguments(self) -> str:
        """What should be a JSON object."""
        return "".join(self.pieces)


@dataclass
class Received:
    """What has come of an answer so far."""

    pieces: list[str] = field(default_factory=list[str])
    """Of its words."""
    calls: list[Call] = field(default_factory=list[Call])
    also: dict[str, Any] = field(default_factory=dict[str, Any])
    """What is to be sent back with the conversation, beside words and calls."""
    usage: Any = None
    """As it was told last: who tells it with every piece of a stream tells the sum so far."""
    refusal: str = ""
    finish_reason: str = ""
    model: str = ""
    is_by_responses: bool = False
    """Asked by the Responses API."""
    size: int = 0
    """Bytes of the words, the tool calls and all that is sent back."""
    _work: int = 0
    _at: dict[str, Call] = field(default_factory=dict[str, Call])
    _items: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    @property
    def words(self) -> str:
        return "".join(self.pieces)

    def hear(self, words: str) -> None:
        """Take in words. Raises ModelFault where the answer is too long by now."""
        self.pieces.append(words)
        size = len(words.encode("utf-8", "replace"))
        self._count(size, WORK_OF_A_PIECE)
        if max(self.size, self._work) > LONGEST_ANSWER:
            raise ModelFault("too long", f"the answer is longer than {LONGEST_ANSWER:,} bytes")

    def take_out(self, body: dict[str, Any]) -> None:
        """Take all but the words out of a completion, or out of a piece of one.

        Raises ModelFault where it is an error in place of an answer.
        """
        if body.get("error") and not body.get("choices"):
            raise ErrorAnswered(read_error(0, "", body), f"an error in place of an answer: {body['error']}")
        usage = body.pop("usage", None)
        self.usage = self.usage if usage is None else usage
        self.model = str(body.get("model") or self.model)
        choices = body.get("choices")
        choice: Any = cast(list[Any], choices)[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        known = cast(dict[str, Any], choice)
        self.finish_reason = str(known.get("finish_reason") or self.finish_reason)
        for name in ("message", "delta"):
            if isinstance(message := known.get(name), dict):
                self._take_message(cast(dict[str, Any], message), is_whole=name == "message")

    def take_blocks(self, blocks: Any) -> Iterator[str]:
        """Take in what the Responses API wrote, as langchain gives it; gives the words."""
        for block in cast(list[Any], blocks) if isinstance(blocks, list) else []:
            if isinstance(block, dict):
                yield from self._take_block(cast(dict[str, Any], block))

    def take_metadata(self, metadata: Mapping[str, Any], usage: Any) -> None:
        """Take in how an answer of the Responses API ended, and what it took."""
        self.model = str(metadata.get("model_name") or self.model)
        status, details = metadata.get("status"), metadata.get("incomplete_details")
        reason = cast(Mapping[str, Any], details).get("reason") if isinstance(details, Mapping) else None
        if ended := str((status == "incomplete" and reason) or status or ""):
            self.finish_reason = REASONS.get(ended, ended)
        if isinstance(usage, Mapping):
            taken = cast(Mapping[str, Any], usage)
            self.usage = {"prompt_tokens": taken.get("input_tokens"), "completion_tokens": taken.get("output_tokens")}
            details = taken.get("input_token_details")
            kept = cast(Mapping[str, Any], details).get("cache_read") if isinstance(details, Mapping) else None
            self.usage |= {"prompt_tokens_details": {"cached_tokens": kept}} if kept else {}

    def _count(self, size: int, least: int = 0) -> None:
        self.size += size
        self._work += max(size, least)

    def _take_message(self, message: dict[str, Any], is_whole: bool) -> None:
        self.refusal += str(message.pop("refusal", None) or "")
        for name in SENT_BACK:
            if (value := message.pop(name, None)) is not None:
                self.also[name] = merged(self.also.get(name), value)
                self._count(_size_of(value))
        written = message.pop("tool_calls", None)
        for piece in cast(list[Any], written) if isinstance(written, list) else []:
            if isinstance(piece, dict):
                self._take_piece(cast(dict[str, Any], piece), is_whole)

    def _take_piece(self, piece: Mapping[str, Any], is_whole: bool) -> None:
        """A whole call, or a piece of the one with its index; another id at an index begins another call."""
        index, name = str(piece.get("index")), str(piece.get("id") or "")
        call = None if is_whole else self._at.get(index)
        if call is None or (name and call.id and name != call.id):
            call = self._at[index] = self._begun()
        function: Any = piece.get("function")
        written = cast(dict[str, Any], function) if isinstance(function, dict) else {}
        arguments = written.get("arguments")
        text = arguments if isinstance(arguments, str) else "" if arguments is None else json.dumps(arguments)
        call.id, call.name = call.id or name, call.name + str(written.get("name") or "")
        call.pieces.append(text)
        self._count(len(text.encode("utf-8", "replace")))
        inner = {name: value for name, value in written.items() if name not in OF_A_FUNCTION and value is not None}
        also = {name: value for name, value in piece.items() if name not in OF_A_CALL and value is not None}
        if inner:
            also["function"] = inner
        if also:
            call.also = merged(call.also, also)
            self._count(_size_of(also))

    def _begun(self) -> Call:
        call = Call()
        self.calls.append(call)
        self._count(SIZE_OF_A_CALL, WORK_OF_A_CALL)
        return call

    def _take_block(self, block: Mapping[str, Any]) -> Iterator[str]:
        """One block of content, or a piece of the one with its index."""
        kind, index = block.get("type"), str(block.get("index", f"whole {len(self._items)}"))
        if kind == "text":
            self._item(index, {"type": "message"})
            yield str(block.get("text") or "")
        elif kind == "refusal":
            self.refusal += str(block.get("refusal") or "")
        elif kind == "reasoning":
            item = self._item(index, {"type": "reasoning", "summary": []})
            kept = {name: value for name in ("id", "encrypted_content") if (value := block.get(name))}
            item.update(kept)
            self._count(_size_of(kept))
        elif kind == "function_call":
            if index not in self._items:
                self._at[index] = self._begun()
                self._item(index, {"type": "function_call", "call_id": str(block.get("call_id") or "")})
            call = self._at[index]
            call.id, call.name = call.id or str(block.get("call_id") or ""), call.name or str(block.get("name") or "")
            text = str(block.get("arguments") or "")
            call.pieces.append(text)
            self._count(len(text.encode("utf-8", "replace")))

    def _item(self, index: str, item: dict[str, Any]) -> dict[str, Any]:
        """An item of the output, in its order; only with what was thought need the order be told."""
        known = self._items.setdefault(index, item)
        if item["type"] == "reasoning" or OUTPUT_ITEMS in self.also:
            self.also[OUTPUT_ITEMS] = list(self._items.values())
        return known


def merged(before: Any, piece: Any) -> Any:
    """A value and what came of it later in a stream: texts go on, lists and objects grow."""
    if before is None or before == piece:
        return piece
    if isinstance(before, str) and isinstance(piece, str):
        return before + piece
    if isinstance(before, list) and isinstance(piece, list):
        return _lists_merged(cast(list[Any], before), cast(list[Any], piece))
    if isinstance(before, dict) and isinstance(piece, dict):
        old, new = cast(dict[str, Any], before), cast(dict[str, Any], piece)
        fixed = {name: new[name] for name in ("type", "format", "index", "id") if new.get(name) is not None}
        return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}, **fixed}
    return piece


def _lists_merged(before: list[Any], piece: list[Any]) -> list[Any]:
    """A list that grows; what is of the same kind and place as its last entry, and not yet signed, goes on there."""
    grown = list(before)
    for entry in piece:
        last = grown[-1] if grown else None
        if isinstance(last, dict) and isinstance(entry, dict) and _goes_on(last, entry):  # pyright: ignore[reportUnknownArgumentType]
            grown[-1] = merged(last, entry)
        else:
            grown.append(entry)
    return grown


def _goes_on(last: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    return not last.get("signature") and all(last.get(name) == entry.get(name) for name in ("type", "index"))


def _size_of(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace"))
