"""A delivery: headers and bytes as a sender sent them, and what they say, read once and without trust."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from agents.io import large_json
from agents.io.outside_text import DEEPEST_SENT, NotJson, parse_form, parse_large_json, sanitize, sanitize_json
from agents.io.redaction import GONE, LONGEST, cleaned, redacted, shortened
from api.intake.parsing.encodings import in_utf8, without_charset
from graphs.intake.inbox import RawDelivery, body_without_secrets
from graphs.model.identity import Proof

WHOLE_ALERT = "payload"
"""The field of a form in which some senders put their JSON."""
JSON_BEGINS = re.compile(rb"\s*(\{|\[\s*[\[{\"\]])")
MESSAGE = "message"
"""The field that a text without any fields is read as."""


class Content(NamedTuple):
    """What a body says, read in one go."""

    fields: Any
    """The harmless value, its secrets still in it; of a form all its fields, the JSON in one of them read too."""
    has_doubles: bool
    """A name stands twice in one object, so that not everything that was sent is in the value."""


@dataclass(frozen=True)
class Delivery:
    """One request of a sender. Header names are lower case."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    token: str = ""
    """What stood in the address as its proof."""
    text_is_alert: bool = True
    """Plain text is an alert by itself, as at the senders' addresses; elsewhere JSON or a form is expected."""

    @cached_property
    def told(self) -> Any:
        """What the body says, harmless and without its secrets: what is cut from it later holds no part of one.

        Raises NotJson.
        """
        told = self._alert_of(self._clean)
        return told if len(self.body) * len(GONE) <= LONGEST else shortened(told)  # no text in it can be longer

    @cached_property
    def sent(self) -> Any:
        """The body as JSON, letter by letter: for signatures only. Raises NotJson."""
        return parse_large_json(self.body).value

    @property
    def with_secrets(self) -> Any:
        """What the body says, harmless, but with its secrets: for keys only. Raises NotJson."""
        return self._alert_of(self._content.fields)

    @cached_property
    def text(self) -> str:
        """A body that is no JSON, harmless and without its secrets."""
        return redacted(self.body.decode("utf-8", "replace"))

    @cached_property
    def shown(self) -> bytes:
        """The body as it is kept: as it came, but without its secrets."""
        try:
            content = self._content
        except NotJson:
            return body_without_secrets(self.body)
        if content.has_doubles:
            return self._made_anew()
        is_large = len(self.body) > large_json.LARGE
        is_clean = is_same(self._clean, content.fields) if is_large else self._clean == content.fields
        return self.body if is_clean else self._as_it_came()

    def as_utf8(self) -> "Delivery":
        """The same delivery with its body in UTF-8; signatures are checked over the body as it came."""
        kind = self.headers.get("content-type", "")
        body = in_utf8(self.body, kind)
        if body is self.body or body == self.body:
            return self
        return replace(self, body=body, headers={**self.headers, "content-type": without_charset(kind)})

    def raw(self, source: str, proof: Proof, headers: Mapping[str, str]) -> RawDelivery:
        """What is kept of it, ready to be written."""
        raw = RawDelivery(source, self.body, proof, headers, self.shown)
        _ = raw.ref, raw.pieces
        return raw

    def let_go(self) -> None:
        """Forget what was read: many parts take long to free, which had better be done where they were read."""
        for name in ("told", "sent", "_clean", "_content"):
            self.__dict__.pop(name, None)

    def _as_it_came(self) -> bytes:
        """The body with only its secrets replaced, where it says the same as when they are taken out one by one."""
        body = body_without_secrets(self.body)
        try:
            is_the_same = not self._is_form and is_same(_json(body).fields, self._clean)
        except NotJson:
            is_the_same = False
        return body if is_the_same else self._made_anew()

    def _made_anew(self) -> bytes:
        size = len(self.body)
        if not self._is_form:
            return large_json.written(self._clean, size).encode()
        texts = {
            name: content if isinstance(content, str) else large_json.written(content, size)
            for name, content in self._clean.items()
        }
        return urlencode(texts).encode()

    def _alert_of(self, fields: Any) -> Any:
        """The alert among the fields of a form, where one of them holds the whole of it."""
        return fields[WHOLE_ALERT] if self._is_form and isinstance(fields.get(WHOLE_ALERT), dict) else fields

    @cached_property
    def _clean(self) -> Any:
        return cleaned(self._content.fields, longest=max(len(self.body), LONGEST))

    @cached_property
    def _content(self) -> Content:
        if self._is_form:
            return _form(self.body)
        try:
            return _json(self.body)
        except NotJson:
            if self._is_text:
                return Content({MESSAGE: sanitize(self.body.decode("utf-8", "replace"))}, False)
            raise

    @property
    def _is_form(self) -> bool:
        """Whether it is a form; JSON that only says so, as curl does by itself, is none."""
        return "x-www-form-urlencoded" in self._kind and not self._looks_like_json

    @property
    def _is_text(self) -> bool:
        """Whether it is plain text, which is an alert by itself."""
        return (
            self.text_is_alert
            and self._kind.startswith("text/")
            and not self._looks_like_json
            and bool(self.body.strip())
        )

    @property
    def _kind(self) -> str:
        return self.headers.get("content-type", "").strip().lower()

    @property
    def _looks_like_json(self) -> bool:
        return bool(JSON_BEGINS.match(self.body))


def is_same(one: Any, other: Any) -> bool:
    """Whether two values as JSON has them are equal, in small steps."""
    if isinstance(one, dict) and isinstance(other, dict):
        these, those = cast(dict[str, Any], one), cast(dict[str, Any], other)
        return len(these) == len(those) and all(
            name in those and is_same(entry, those[name]) for name, entry in these.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        pairs = cast(list[Any], one), cast(list[Any], other)
        return len(pairs[0]) == len(pairs[1]) and all(map(is_same, *pairs))
    return bool(one == other)


def _json(body: bytes | str) -> Content:
    sent = parse_large_json(body)
    value = sent.value if sent.is_harmless else sanitize_json(sent.value, DEEPEST_SENT)
    return Content(value, sent.has_doubles)


def _form(body: bytes) -> Content:
    """Fields of a form; where the whole alert is in one of them, that is read too."""
    fields, has_doubles, _ = parse_form(body)
    if len(fields) == 1 and not next(iter(fields.values())):
        return Content({MESSAGE: next(iter(fields))}, has_doubles)
    try:
        whole = _json(fields.get(WHOLE_ALERT, "null"))
    except NotJson:
        return Content(fields, has_doubles)
    holds_alert = isinstance(whole.fields, dict)
    if not holds_alert:
        return Content(fields, has_doubles)
    return Content({**fields, WHOLE_ALERT: whole.fields}, has_doubles or whole.has_doubles)
