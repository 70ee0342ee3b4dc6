"""Log classes: an error line is read for its meaning, and a line that says nothing says nothing for any cause."""

import pytest

from agents.rules.diagnosis.log_classes import CLASSES, class_of, meaning

LINES = {
    "certificate": [
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "SSL: CERTIFICATE_VERIFY_FAILED certificate has expired",
        "SSL alert number 45: handshake failure",
    ],
    "name resolution": [
        "dial tcp: lookup db.internal on 10.0.0.2:53: no such host",
        "getaddrinfo ENOTFOUND payments.internal",
        "Temporary failure in name resolution",
        "could not resolve host: api.example",
        "java.net.UnknownHostException: ledger",
    ],
    "credentials": [
        'FATAL: password authentication failed for user "shop"',
        "Access denied for user 'app'@'10.1.2.3' (using password: YES)",
        "WRONGPASS invalid username-password pair or user is disabled",
        "401 Unauthorized: token has expired",
        "SignatureDoesNotMatch: the request signature we calculated does not match",
    ],
    "quota": ["Quota 'CPUS' exceeded", "ThrottlingException: Rate exceeded"],
    "connections": [
        "FATAL: sorry, too many clients already; remaining connection slots are reserved",
        "QueuePool limit of size 5 overflow 10 reached",
        "HikariPool-1 - Connection is not available, request timed out",
    ],
    "locks": ["Lock wait timeout exceeded; try restarting transaction", "could not obtain lock on row in relation"],
    "disk": ["write /var/lib/data: no space left on device", "Read-only file system"],
    "memory": ["Out of memory: Killed process 4711", "java.lang.OutOfMemoryError: Java heap space", "OOMKilled"],
    "scheduling": ["ErrImagePull: manifest unknown", "0/3 nodes: Insufficient memory"],
    "damage": ["invalid page in block 7 of relation base/1", "checksum mismatch"],
    "another system": ["500 for tenant 4711", "upstream timed out", "429 from the rate limiter", "connection refused"],
    "code": ["KeyError: 'region' at tax.py:41", "panic: nil map", "TypeError: undefined is not a function"],
    "other": ["request took long", "user 12 signed in", ""],
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_of_the_class_that_its_words_say(name: str) -> None:
    assert {line: class_of(line).name for line in LINES[name]} == dict.fromkeys(LINES[name], name)


def test_every_class_has_a_line_here() -> None:
    assert {known.name for known in CLASSES} - {"room"} == set(LINES) - {"other"}


def test_what_no_declared_change_mends_says_what_would() -> None:
    needed = {known.name for known in CLASSES if known.remedy}
    assert needed == {"certificate", "name resolution", "credentials", "quota"}
    assert all(known.means for known in CLASSES if known.remedy)


def test_symptoms_and_lines_that_say_nothing_are_no_code() -> None:
    assert {meaning(line) for line in (*LINES["another system"], *LINES["other"])} == {"elsewhere", "other"}
