"""Numbers of payment cards and bank accounts, however their digits are grouped.

A card's number is told from other long numbers by all of this together: it begins as one of the networks' numbers do,
has a length that this network issues, and its last digit fits the others (Luhn). Times since 1970 begin with 1, in any
unit; a trace's or a body's name in hexadecimal digits has letters beside the digits; a fraction stands behind a point.
Of numbers of this kind and length that mean something else, one in ten has a last digit that fits: so several small
numbers in a row are taken for a card only where one and the same separator stands between all of them, and no more
of them follow.
"""

import re
from collections.abc import Iterator, Sequence
from unicodedata import decimal, normalize

from agents.io.text_windows import Span, read

SEPARATOR = r"[ \t.\-\u00a0\u2000-\u200a\u2010-\u2015\u202f]"
"""Spaces, dashes, dots."""
WRITTEN_OTHERWISE = re.compile(
    r"[%\\&<\x80-\U0010ffff](?i:"
    r"(?<=%)(?:25){0,3}(?:C2%A0|E2%80%(?:8[0-9A]|9[0-5]|AF)|0[9AD]|2[0-9A-F]|3[A-F]|5[B-F]|7[B-E])"  # in an address
    r"|(?<=\\)\\{0,8}+(?:[nrt]|u[0-9a-f]{4}|x[0-9a-f]{2})"  # in JSON, also in JSON within JSON
    r"|(?<=&)(?:nbsp|ensp|emsp|[nm]dash|#[0-9]{1,4}|#x[0-9a-f]{1,4});|(?<=<)[^\s<>]{1,20}>"  # in HTML
    r"|(?<=[\d\uff21-\uff3a\uff41-\uff5a]))"  # digits of other scripts, and letters of full width
)
"""Separators as they are written where they may not stand themselves, and digits and letters that are not ASCII."""
FIRST, OTHERS = "\x00", "\x01"
"""What stands in place of one, letter by letter."""
ANY_GAP = rf"(?:{FIRST}{OTHERS}*+|[^0-9A-Za-z]){{1,6}}+"
"""What else may stand between groups of digits."""
USUAL_GAP = re.compile(rf"{SEPARATOR}{{1,3}}")
GAP = rf"{SEPARATOR}{{0,3}}+"
"""What people write between digits."""
RUN = re.compile(rf"[0-9](?<![0-9][0-9])(?:{GAP}[0-9]){{12,}}+")
ROW = re.compile(rf"([0-9](?<![0-9][0-9])[0-9]*+)({ANY_GAP})(?:[0-9]++\2(?=[0-9]))++(?=([0-9]++))")
"""Three groups or more, with the same between all of them; two with a slash or a colon are a pair."""
GROUP = re.compile("[0-9]+")
WHOLE_GROUP = 4
"""Digits of a group as people write them on cards; the last group may be shorter."""
LONGEST_GROUP = 6
"""Digits of a group on a card; more of them right behind a point are a fraction."""
LONGEST = 19
"""Digits of a card."""
LONGEST_ROW = 600
"""Characters of one in a row of single digits."""
LONGEST_PHONE = 15
"""Digits of a telephone number behind its plus (E.164)."""
ISSUERS = re.compile(
    "4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"
    "|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    "|3[47][0-9]{13}"
    "|3(?:0[0-5]|[689][0-9])[0-9]{11,16}"
    "|(?:6011|64[4-9][0-9]|65[0-9]{2}|35(?:2[89]|[3-8][0-9])|220[0-4]|62[0-9]{2})[0-9]{12,15}"
    "|(?:50(?:18|20|38|8[0-9])|5893|6304|6759|676[1-3]|60[0-9]{2}|63[67][0-9]|8[12][0-9]{2}|9792)[0-9]{12,15}"
)
"""Visa; Mastercard; American Express; Diners; Discover, JCB, Mir, UnionPay; Maestro, RuPay, Elo, InterPayment, Troy."""
DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))
HEXADECIMAL = re.compile("[0-9a-f]+|[0-9A-F]+")
LONGEST_ID = 64
"""Characters of a hexadecimal word on either side of a number that are looked at."""
COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
"""Length of an account number -> the countries that have it, from the registry that SWIFT keeps for ISO 13616."""
IBAN_LENGTHS = {country: length for length, countries in COUNTRIES.items() for country in countries.split()}
IBAN_GAP = rf"(?:{ANY_GAP})?+"
IBAN = re.compile(
    r"[A-Za-z](?:(?<![0-9A-Za-z][A-Za-z])|(?<=IBAN[A-Za-z]))"
    rf"(?=({IBAN_GAP}[A-Za-z]{IBAN_GAP}[0-9]{IBAN_GAP}[0-9](?:{IBAN_GAP}[0-9A-Za-z]){{11,30}}+))"
)
CHARACTER = re.compile("[0-9A-Za-z]")


def is_card(digits: str) -> bool:
    """Whether digits are the number of a payment card."""
    if not ISSUERS.fullmatch(digits):
        return False
    return (sum(map(int, digits[-1::-2])) + sum(DOUBLED[digit] for digit in digits[-2::-2])) % 10 == 0


def is_iban(characters: str) -> bool:
    """Whether letters and digits without separators are an international bank account number."""
    moved = characters[4:] + characters[:4]
    most_are_digits = sum(map(str.isdecimal, characters)) * 2 > len(characters)
    return most_are_digits and int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


def spans(text: str) -> Iterator[Span]:
    """Where a text holds numbers of cards and accounts."""
    text = _letter_by_letter(text)
    for run in read(RUN, text):
        for groups in _numbers(text, run):
            yield from _as_people_group(text, groups)
            yield from _evenly_separated(text, groups)
    for row in read(ROW, text):
        if _is_card_in_a_row(text, row):
            yield row.start(), row.end(3)
    for found in read(IBAN, text):
        end = _iban_end(text, found)
        if end:
            yield found.start(), end


def _letter_by_letter(text: str) -> str:
    """A text of the same length, in which separators look like ones, and digits and letters are ASCII."""
    pieces: list[str] = []
    done = 0
    for found in read(WRITTEN_OTHERWISE, text):
        pieces += (text[done : found.start()], _plainly(found[0]))
        done = found.end()
    return "".join([*pieces, text[done:]]) if pieces else text


def _plainly(written: str) -> str:
    if len(written) > 1:
        return FIRST + OTHERS * (len(written) - 1)
    return str(decimal(written)) if written.isdecimal() else normalize("NFKC", written)


def _numbers(text: str, run: re.Match[str]) -> Iterator[list[Span]]:
    """The groups of digits of a run, in parts, without fractions and parts of hexadecimal words."""
    groups: list[Span] = []
    for group in GROUP.finditer(text, *run.span()):
        if _is_fraction(text, *group.span()) or _is_part_of_an_id(text, *group.span()):
            yield groups
            groups = []
        else:
            groups.append(group.span())
    yield groups


def _as_people_group(text: str, groups: Sequence[Span]) -> Iterator[Span]:
    """Cards without separators, or in groups of at least four digits but the last; other numbers may stand around."""
    for number, (start, end) in enumerate(groups):
        digits = ""
        for from_, to in groups[number : number + LONGEST // WHOLE_GROUP + 1] if end - start >= WHOLE_GROUP else ():
            digits += text[from_:to]
            if is_card(digits) and not _is_phone(text, start, digits):
                yield start, to
                break
            if len(digits) >= LONGEST or to - from_ < WHOLE_GROUP:
                break


def _evenly_separated(text: str, groups: Sequence[Span]) -> Iterator[Span]:
    """Cards in whatever groups, with the same separator between all of them, and no more groups after the same."""
    first = 0
    for last in range(1, len(groups)):
        gap = text[groups[last - 1][1] : groups[last][0]]
        if last + 1 < len(groups) and text[groups[last][1] : groups[last + 1][0]] == gap:
            continue
        whole, first = groups[first : last + 1], last
        if len(whole) <= LONGEST:
            digits = "".join(text[start:end] for start, end in whole)
            if is_card(digits) and not _is_phone(text, whole[0][0], digits):
                yield whole[0][0], whole[-1][1]


def _is_card_in_a_row(text: str, row: re.Match[str]) -> bool:
    """Whether the groups of a row are a card's, with something between them that people do not write there."""
    if row.end(3) - row.start() > LONGEST_ROW or USUAL_GAP.fullmatch(row[2]):
        return False
    parts = ((row.start(1), row.end(1)), row.span(3))
    if any(_is_fraction(text, *part) or _is_part_of_an_id(text, *part) for part in parts):
        return False
    return is_card(text[row.start() : row.end(3)].replace(row[2], ""))


def _is_fraction(text: str, start: int, end: int) -> bool:
    return end - start > LONGEST_GROUP and text[start - 1 : start] == "." and text[max(start - 2, 0)].isdecimal()


def _is_phone(text: str, start: int, digits: str) -> bool:
    return text[start - 1 : start] == "+" and len(digits) <= LONGEST_PHONE


def _is_part_of_an_id(text: str, start: int, end: int) -> bool:
    """Whether digits stand in a word of hexadecimal digits, such as a trace's name; not where a card is read (%B)."""
    if text[max(start - 2, 0) : start] == "%B":
        return False
    before, after = text[max(start - LONGEST_ID, 0) : start], text[end : end + LONGEST_ID]
    if not (before[-1:].isalpha() or after[:1].isalpha()):
        return False
    word = _last_word(before) + text[start:end] + _last_word(after[::-1])[::-1]
    return HEXADECIMAL.fullmatch(word) is not None


def _last_word(text: str) -> str:
    length = next((number for number, one in enumerate(reversed(text)) if not one.isalnum()), len(text))
    return text[len(text) - length :]


def _iban_end(text: str, found: re.Match[str]) -> int:
    """Where the account number ends that may begin here; 0 where there is none."""
    letters = list(CHARACTER.finditer(text, found.start(), found.end(1)))
    length = IBAN_LENGTHS.get((letters[0][0] + letters[1][0]).upper(), 0)
    if not length or len(letters) < length:
        return 0
    end = letters[length - 1].end()
    goes_on = text[end : end + 1].isalnum()
    return 0 if goes_on or not is_iban("".join(one[0] for one in letters[:length])) else end
