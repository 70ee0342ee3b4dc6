"""Claimed numbers: the numbers and times of a text with what they count, in digits or in words."""

import re
from typing import NamedTuple

from agents.runtime.figures import TIME
from agents.runtime.sources import Sources

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SCALES = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
VALUES = {
    **{word: n for n, word in enumerate(ONES.split())},
    **{word: 10 * n for n, word in enumerate(TENS.split(), 2)},
}
WORD = "|".join([*VALUES, *SCALES])
IN_WORDS = re.compile(rf"\b(?:(?:a|an)[ -])?(?:{WORD})(?:(?:[ -]|(?: and ))(?:{WORD}))*\b")
HALF_AN_HOUR = re.compile(r"\bhalf an hour\b")
AN_HOUR = re.compile(r"\ban? (?=hour\b|minute\b)")
HOURS_AND_MINUTES = re.compile(r"(\d+) ?h(?:ours?)?,?(?: and)? (\d+) ?m(?:in(?:utes?)?)?\b")
CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")
SIGNS = {"$": "usd", "€": "eur", "£": "gbp"}
AMOUNT = re.compile(r"([$€£]) ?(\d[\d,.]*)")
NUMBER = re.compile(r"(?<![\w.])(?P<digits>\d+(?:,\d{3})*)(?P<decimals>\.\d+)?(?!\d)(?=(?P<rest>[^.,;:!?\n()]*))")
SKIPPING = "of our the those these active all more other affected about your out in a least most than public"
SKIPPED = frozenset(SKIPPING.split())
UNITS = {
    **dict.fromkeys(("%", "percent", "pc", "pct"), "%"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("user", "users", "customer", "customers", "people", "visitor", "visitors"), "people"),
}
IN_MINUTES = {"min": 1.0, "h": 60.0, "s": 1 / 60}


PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
SHARE = re.compile(
    rf"\b(?:(?P<times>an?|one|two|three|four|nine) )?(?P<part>{'|'.join(PARTS)})s?(?= of\b| the\b)"
    r"|\b(?P<few>one|two|three|four|nine) (?:in|out of) (?P<many>\w+)\b"
)
NAMES_OF_MONTHS = "january february march april may june july august september october november december"
MONTHS: tuple[str, ...] = tuple(NAMES_OF_MONTHS.split())
DAY = re.compile(rf"\b(?P<day>\d\d?) (?P<month>{'|'.join(MONTHS)})(?: (?P<year>\d{{4}}))?\b", re.IGNORECASE)
IN_WORDS_OFF_BY = 2.0
"""Percent by which a share in words, such as a third, may miss the measured one."""


class Count(NamedTuple):
    """A number and what it counts."""

    written: str
    value: float
    rounding: float
    unit: str

    def is_borne_by(self, other: "Count") -> bool:
        """Whether the other says the same of the same, to as many decimals as are written here; a minute may pass."""
        return self.unit == other.unit and abs(self.value - other.value) <= self.rounding + 1e-9


def added_numbers(text: str, book: str) -> list[str]:
    """The numbers and times of a text that the book's text does not have of the same thing."""
    sources = Sources()
    sources.add(book)
    text = DAY.sub(lambda found: _as_written(found, book), text)
    wrong = [found[0] for found in TIME.finditer(text) if not sources.hold_time(found)]
    borne = [*counts(TIME.sub(" ", book)), *_between(text)]
    written = counts(TIME.sub(" ", text))
    wrong += [count.written for count in written if not any(count.is_borne_by(other) for other in borne)]
    return wrong + _odd(TIME.sub(" ", text), book)


def _between(text: str) -> list[Count]:
    """The durations between the times that a text names itself, in minutes."""
    named = [int(hours) * 60 + int(minutes) for hours, minutes in CLOCK.findall(text)]
    return [Count("", lasting(b, a), 1.0, "min") for number, a in enumerate(named) for b in named[:number]]


def lasting(one: int, other: int) -> int:
    """Minutes between two times of day, over midnight where that is shorter."""
    apart = abs(one - other)
    return min(apart, 1440 - apart)


def counts(text: str) -> list[Count]:
    """The numbers of a text, also those in words, with what they count; durations in minutes."""
    shares = [
        Count(found[0], share, IN_WORDS_OFF_BY, "%")
        for found in SHARE.finditer(text.lower())
        if (share := _share(found))
    ]
    rest = in_shares(text.lower(), " ")
    found = [_count(match) for match in NUMBER.finditer(_in_digits(rest))]
    return [*shares, *(count for count in found if count is not None)]


def in_shares(text: str, instead: str) -> str:
    """A text in small letters with something else in place of its shares in words, such as a third of."""
    return SHARE.sub(lambda found: instead if _share(found) else found[0], text)


def _share(found: re.Match[str]) -> float:
    """A share in words, in percent; nought where it is none."""
    if found["part"]:
        return 100 * VALUES.get(found["times"] or "one", 1) / PARTS[found["part"]]
    many = int(found["many"]) if found["many"].isdecimal() else VALUES.get(found["many"], 0)
    return 100 * VALUES[found["few"]] / many if many else 0


def _as_written(found: re.Match[str], book: str) -> str:
    """A day such as 2 March as the book writes it; as it stands where the book does not name it."""
    month_and_day = f"-{MONTHS.index(found['month'].lower()) + 1:02}-{int(found['day']):02}"
    named = re.search((found["year"] or r"\d{4}") + month_and_day, book)
    return named[0] if named else found[0]


def _count(match: re.Match[str]) -> Count | None:
    value = float(match["digits"].replace(",", "") + (match["decimals"] or ""))
    unit = _unit(match["rest"])
    if value == 1 and unit not in UNITS.values():
        return None  # "one of our services": no number
    written = f"{match['digits']}{match['decimals'] or ''} {unit}".strip()
    rounding = 1.0 if unit in IN_MINUTES else 0.5 * 10 ** (1 - len(match["decimals"] or "."))
    return Count(written, value * IN_MINUTES.get(unit, 1), rounding, _kind(unit))


def _kind(unit: str) -> str:
    return "min" if unit in IN_MINUTES else unit


def _unit(rest: str) -> str:
    """What a number counts: the next word that says something."""
    words = re.findall(r"%|[^\W\d_]+", rest.replace("per cent", "percent"))
    first = next((word for word in words if word not in SKIPPED), "")
    return UNITS.get(first, first.removesuffix("s"))


def _odd(text: str, book: str) -> list[str]:
    """Words with digits in them, such as 5xx or res0lved, that the book does not have."""
    known = set(re.findall(r"[\w-]*\d[\w-]*", book.lower()))
    words = re.findall(r"[\w-]*\d[\w-]*", text.lower())
    return [word for word in words if re.search(r"[^\W\d_]", word) and word not in known and not _is_duration(word)]


def _is_duration(word: str) -> bool:
    return re.fullmatch(r"\d+-?(?:min|minutes?|hours?|h|s)", word) is not None


def _in_digits(text: str) -> str:
    text = AN_HOUR.sub("1 ", HALF_AN_HOUR.sub("30 minutes", text))
    text = AMOUNT.sub(lambda found: f"{found[2].rstrip('.,')} {SIGNS[found[1]]}", text)
    text = IN_WORDS.sub(lambda found: str(_value(found[0])), text)
    return HOURS_AND_MINUTES.sub(lambda found: f"{60 * int(found[1]) + int(found[2])} minutes", text.replace("-", " "))


def _value(words: str) -> int:
    """A number in English words."""
    total, part = 0, 0
    for word in re.split(r"[ -]", words):
        if word in SCALES and SCALES[word] >= 1_000:
            total, part = total + (part or 1) * SCALES[word], 0
        elif word in SCALES:
            part = (part or 1) * SCALES[word]
        else:
            part += VALUES.get(word, 0)
    return total + part
