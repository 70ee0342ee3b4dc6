"""What ties a change to a line: names, values, words and subjects that both speak of."""

import pytest

from agents.rules.diagnosis.change_ties import shared_names, shared_values, shared_words, tie


@pytest.mark.parametrize(
    ("words", "line", "names"),
    [
        ("column old_total dropped", "Unknown column 'orders.old_total' in 'field list'", ["old_total"]),
        ("key AB12 to be revoked", "403 for kid ab12", ["ab12"]),
        ("credential ..9f deleted", "InvalidAccessKeyId (..9f)", ["9f"]),
        ("relay-17 on a new kernel", "late packets on relay-17", ["relay-17"]),
        ("nodes of zone eu-1c moved", "lookup failed (zone eu-1c)", ["eu-1c"]),
        ("limits v311 pushed", "no limit in v311", ["v311"]),
        ("resolver set to 10.4.0.2", "no answer of 10.4.0.2", ["10.4.0.2"]),
        ("wait set to 30s over http2", "gave up after 30s over http2", []),
        ("run of 2026-03-02", "no rows for 2026-03-02", []),
    ],
)
def test_names_of_things_stand_in_both(words: str, line: str, names: list[str]) -> None:
    assert shared_names(words, line) == names


@pytest.mark.parametrize(
    ("words", "line", "values"),
    [
        ("pool 96 -> 24 per pod", "gave up (open=24 idle=0)", ["24"]),
        ("pool from 96 to 24", "gave up (open=96 idle=0)", []),
        ("time-out 30 -> 20 s", "cancelled after 20000 ms", ["20 s"]),
        ("limit 20k -> 16k", "refused: 16000 connections", ["16k"]),
        ("body from 8 MiB to 4 MiB", "413: more than 4194304", ["4 MiB"]),
        ("keep results for 24 h", "answer is of 24 h ago", ["24 h"]),
        ("workers 4 -> 8", "all 8 workers busy", []),
        ("window 20 -> 503", "answered 503", []),
        ("pool 96 -> 24", "<n> of <n> in use, version 1.24.3", []),
    ],
)
def test_what_a_change_has_set_stands_in_the_line(words: str, line: str, values: list[str]) -> None:
    assert shared_values(words, line) == values


@pytest.mark.parametrize(
    ("words", "line", "subject"),
    [
        ("wildcard renewed, one block in fullchain.pem", "tls: unknown certificate authority", "certificates"),
        ("wrapping key turned to generation 4", "permission denied to decrypt", "credentials"),
        ("DNSSEC signing switched off", "SERVFAIL for shop.example", "names"),
        ("automatic failover finished", "READONLY You can't write", "which copy of the database takes writes"),
        ("0417 split of columns finished", "ERROR: column does not exist (42703)", "the columns of tables"),
        ("audit script run on all routers", "network is unreachable", "the network"),
    ],
)
def test_a_change_and_a_line_may_be_about_the_same(words: str, line: str, subject: str) -> None:
    found = tie(words, line, [])
    assert found
    assert (found.subject, found.is_named) == (subject, False)


def test_what_shares_nothing_is_not_tied_and_names_of_services_tie_nothing() -> None:
    assert tie("price list loaded", "request failed after <n> ms", []) is None
    assert tie("relay-17 drained", "relay-17 is slow", ["relay-17", "relay"]) is None


def test_words_that_any_line_might_hold_tie_nothing() -> None:
    assert shared_words("request limit raised for some clients", ["request failed after <n> ms, client closed"]) == []
    assert shared_words("tax table v12 loaded", ["no row for region <n> in table v12"]) == ["table", "v12"]
