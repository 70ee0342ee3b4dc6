"""Numbers of cards and accounts are taken out however they are grouped; other long numbers stay."""

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.io.account_numbers import IBAN_LENGTHS, is_card, is_iban
from agents.io.redaction import GONE, cleaned, redacted

CARDS = (
    *("4222222222222", "4111111111111111", "4000000000000000006", "5555555555554444", "2223003122003222"),
    *("378282246310005", "30569309025904", "38520000023237", "6011111111111117", "3530111333300000"),
    *("6200000000000005", "6304000000000000", "2200770239097761", "6521111111111110"),
)
IBANS = (
    *("DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "NO9386011117947"),
    *("CH9300762011623852957", "NL91ABNA0417164300", "MT84MALT011000012345MTLCAST001S"),
)
SEPARATORS = (" ", "-", ".", "  ", " - ", "\u00a0", "\u202f", "\u2013")
ALWAYS = settings(max_examples=150, deadline=None, derandomize=True)


def in_fours(characters: str) -> list[str]:
    return re.findall(".{1,4}", characters)


@st.composite
def grouped(draw: st.DrawFn, whole: tuple[str, ...]) -> str:
    """One of these numbers in any groups, with one separator between them."""
    number, separator = draw(st.sampled_from(whole)), draw(st.sampled_from(SEPARATORS))
    least = 3 if separator == "." else 1  # two groups with a point between them are a decimal number
    cuts = sorted(draw(st.sets(st.integers(1, len(number) - 1), min_size=least - 1, max_size=len(number) - 1)))
    groups = [number[a:b] for a, b in zip([0, *cuts], [*cuts, len(number)], strict=True)]
    return separator.join(groups) if separator != "." or max(map(len, groups)) <= 6 else number


@ALWAYS
@given(number=grouped(CARDS), around=st.sampled_from(["{}", "card {}, thanks", "PAN:{};", '{{"pan": "{}"}}', "({})"]))
def test_a_card_is_taken_out_however_it_is_grouped(number: str, around: str) -> None:
    assert redacted(around.format(number)) == around.format(GONE)


@ALWAYS
@given(number=grouped(IBANS), upper=st.booleans())
def test_an_account_is_taken_out_however_it_is_grouped(number: str, upper: bool) -> None:
    written = number if upper else number.lower()
    assert redacted(f"pay to {written}, please") == f"pay to {GONE}, please"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("order 7 4111 1111 1111 1111 12 27", f"order 7 {GONE} 12 27"),
        ("4111 1111 1111 1111 123", f"{GONE} 123"),
        ("5234 4111-1111 1111.1111", f"5234 {GONE}"),
        ("id 7 4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", f"id 7 {GONE}"),
        ("PAN4111111111111111x", f"PAN{GONE}x"),
        ("4111111111111111,5555555555554444", f"{GONE},{GONE}"),
        ("at 12 of DE89370400440532013000", f"at 12 of {GONE}"),
    ],
)
def test_what_stands_around_a_number_stays(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize("card", CARDS)
def test_a_number_that_does_not_check_is_none(card: str) -> None:
    assert is_card(card)
    assert not is_card(card[:-1] + str((int(card[-1]) + 1) % 10))
    assert not is_card(f"1{card[1:]}")


@pytest.mark.parametrize("iban", IBANS)
def test_an_account_that_does_not_check_is_none(iban: str) -> None:
    assert is_iban(iban)
    assert len(iban) == IBAN_LENGTHS[iban[:2]]
    assert not is_iban(iban[:2] + iban[3:] + iban[2])


@pytest.mark.parametrize(
    "text",
    [
        *("1772507782", "1772507782123", "1772507782123456", "1772507782123456789"),
        *("2026-03-03T03:16:22.123456Z", "20260303031622", "2026.03.03.03.16.22", "2026-03-03 03.16.22"),
        *("+4915123456789", "+49 1512 3456789", "0049 1512 3456789", "+1 (415) 555-2671"),
        *("0.4111111111111111", "12.5111111111111118", "1.4111111111111111e15", "942.4003331960151 148.38"),
        *("4bf92f3577b34da6a3ce929d0e0e4736", "a4111111111111111", "4111111111111111f", "AB4111111111111111"),
        *("550e8400-e29b-41d4-a716-446655440000", "54.239.28.85 10.0.0.1 34.120.50.12", "503 502 500 504 503 500"),
        *("order 1234567890123456", "4111 1111 1111 1112", "DE88370400440532013000", "at 03 16 the pool of orders"),
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert redacted(text) == text


OTHERS: dict[str, tuple[Callable[[random.Random], str], float]] = {
    "nanoseconds since 1970": (lambda luck: str(luck.randrange(17 * 10**17, 19 * 10**17)), 0),
    "measurements": (lambda luck: f"{luck.random() * 1000} {luck.random()} {luck.random() * 1e6}", 0),
    "traces": (lambda luck: f"{luck.getrandbits(128):032x} {luck.getrandbits(64):016x}", 0),
    "addresses": (lambda luck: " ".join(".".join(str(luck.randrange(256)) for _ in range(4)) for _ in range(4)), 0),
    "rows": (lambda luck: " ".join(str(luck.randrange(1000)) for _ in range(luck.randrange(3, 30))), 0.005),
    "lists": (lambda luck: ", ".join(str(luck.randrange(1000)) for _ in range(luck.randrange(3, 30))), 0.005),
    "lines": (lambda luck: "\n".join(str(luck.randrange(10_000)) for _ in range(luck.randrange(3, 30))), 0.005),
    "ids as long as a card's number": (lambda luck: str(luck.randrange(10**15, 10**16)), 0.05),
}
"""Other long numbers -> how large a share of them may be taken for a card."""


@pytest.mark.parametrize("kind", OTHERS)
def test_few_other_numbers_are_taken_for_one(kind: str) -> None:
    make, most = OTHERS[kind]
    luck = random.Random(20260303)
    texts = [make(luck) for _ in range(2000)]
    assert sum(redacted(text) != text for text in texts) / len(texts) <= most


@pytest.mark.parametrize(
    "separator",
    [
        *(
            "_",
            "/",
            "|",
            ",",
            ", ",
            ":",
            ";",
            "+",
            " / ",
            "\n",
            "\r\n",
            "     ",
            "\u3000",
            "\u2212",
            "\u00b7",
            "'",
            '"',
        ),
        *("%20", "%2D", "%2520", "%C2%A0", "%E2%80%93", "\\n", "\\\\n", "\\u00a0", "\\xa0", "&nbsp;", "&#32;", "<br>"),
    ],
)
@pytest.mark.parametrize("number", ["4111111111111111", "DE89370400440532013000"])
@pytest.mark.parametrize("size", [4, 2])
def test_whatever_stands_between_the_groups_hides_no_number(number: str, size: int, separator: str) -> None:
    grouped_alike = separator.join(re.findall(f".{{1,{size}}}", number))
    assert redacted(f"of {grouped_alike} was declined") == f"of {GONE} was declined"


@pytest.mark.parametrize("zero", ["\uff10", "\u0660", "\u06f0", "\u0966", "\U0001d7ce"])
@pytest.mark.parametrize("card", CARDS)
def test_digits_of_other_scripts_are_digits(card: str, zero: str) -> None:
    assert redacted(f"card {''.join(chr(ord(zero) + int(digit)) for digit in card)}.") == f"card {GONE}."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("%B4111111111111111^DOE/J^2512", f"%B{GONE}^DOE/J^2512"),
        ("IBANDE89370400440532013000", f"IBAN{GONE}"),
        ("".join(chr(ord(letter) + 0xFEE0) for letter in "DE89370400440532013000"), GONE),
        ("/pay/4111%201111%201111%201111/now", f"/pay/{GONE}/now"),
    ],
)
def test_a_number_is_found_where_machines_write_it(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    "text",
    [
        *("4111111/111111111", "411111:1111111111", "[4111, 1111, 1111, 1111, 1111]", "5/41/11/11/11/11/11/11/11"),
        *("2026-03-03 03:16:22,411 503/504 (12, 7)", "41 % of 1111, 11.1 % of 1111 and 11 of 1111", "100%25 of %41"),
    ],
)
def test_other_numbers_in_a_row_stay(text: str) -> None:
    assert redacted(text) == text


def test_a_card_is_taken_out_as_a_negative_number_and_as_a_fraction_too() -> None:
    told = {"a": -4111111111111111, "b": 4111111111111111.0, "c": -1772507782123456789, "d": 4e15, "e": float("inf")}
    assert cleaned(told) == {**told, "a": GONE, "b": GONE}


def test_a_card_is_taken_out_as_a_number_too() -> None:
    told = {"pan": 4111111111111111, "at": 1772507782123456789, "rows": [1.5, 5555555555554444, 7], "is": True}
    assert cleaned(told) == {"pan": GONE, "at": 1772507782123456789, "rows": [1.5, GONE, 7], "is": True}
