"""Log classes: an error line is read for its meaning, and a line that says nothing says nothing for any cause."""

from datetime import UTC

import pytest

from agents.rules.diagnosis.log_classes import CLASSES, class_of, meaning, runs_out_at
from agents.rules.diagnosis.release_grounds import is_of_our_code

LINES = {
    "certificate": [
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "SSL: CERTIFICATE_VERIFY_FAILED certificate has expired",
        "SSL alert number 45: handshake failure",
        "http: TLS handshake error from 10.0.0.4:5021: remote error: tls: unknown certificate authority",
        "PKIX path building failed: unable to find valid certification path to requested target",
        "curl: (60) self-signed certificate in certificate chain",
        "signer of the assertion: notAfter 2026-02-01T00:00:00Z",
    ],
    "name resolution": [
        "dial tcp: lookup db.internal on 10.0.0.2:53: no such host",
        "getaddrinfo ENOTFOUND payments.internal",
        "Temporary failure in name resolution",
        "could not resolve host: api.example",
        "java.net.UnknownHostException: ledger",
        "validation failure <shop.example. A IN>: signature expired, RRSIG of shop.example",
        "read udp 10.0.0.9:4431->10.0.0.2:53: i/o timeout",
    ],
    "credentials": [
        'FATAL: password authentication failed for user "shop"',
        "Access denied for user 'app'@'10.1.2.3' (using password: YES)",
        "WRONGPASS invalid username-password pair or user is disabled",
        "401 Unauthorized: token has expired",
        "SignatureDoesNotMatch: the request signature we calculated does not match",
        "InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records",
        "UnrecognizedClientException: The security token included in the request is invalid",
        "AADSTS7000222: The provided client secret keys are expired",
        'oauth2: "invalid_grant" "Token has been expired or revoked."',
        "Unable to find a signing key that matches: 'a1b2'",
        "AccessDeniedException: user is not authorized to perform: kms:Decrypt",
        "rpc error: code = PermissionDenied desc = permission denied on topic",
        "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        "SAML response turned down: NotOnOrAfter has passed",
        "NOPERM this user has no permissions to run the 'get' command",
    ],
    "quota": [
        "Quota 'CPUS' exceeded",
        "ThrottlingException: Rate exceeded",
        "rpc error: code = ResourceExhausted desc = quota",
        "ProvisionedThroughputExceededException: The level of configured throughput was exceeded",
    ],
    "overload elsewhere": [
        "429 Too Many Requests",
        '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
        "HTTP 529: please try again later",
        "urn:ietf:params:acme:error:rateLimited",
        "503 SlowDown: Please reduce your request rate",
    ],
    "read-only copy": [
        "ERROR: cannot execute UPDATE in a read-only transaction",
        "READONLY You can't write against a read only replica.",
        "ERROR 1290 (HY000): The MySQL server is running with the --read-only option",
        "NotWritablePrimary: not primary",
    ],
    "number range": [
        "ERROR 1264 (22003): Out of range value for column 'id' at row 1",
        "ERROR: integer out of range",
        'nextval: reached maximum value of sequence "orders_id_seq" (2147483647)',
        "Failed to read auto-increment value from storage engine",
        "Duplicate entry '2147483647' for key 'PRIMARY'",
    ],
    "schema": [
        "Unknown column 'orders.note' in 'field list'",
        'ERROR: column "note" does not exist (42703)',
        "Table 'shop.coupons' doesn't exist",
        'duplicate key value violates unique constraint "orders_pkey"',
        "SQLIntegrityConstraintViolationException: Column 'note' cannot be null",
    ],
    "expiry": ["signature of the root ended 20260228000000", "licence valid until 2026-03-01T00:00Z"],
    "machine": ["blk_update_request: I/O error, dev sdb, sector 81", "watchdog: BUG: soft lockup - CPU#3 stuck"],
    "network": ["connect: no route to host", "bgp: session down, prefixes withdrawn", "sendto: Network is unreachable"],
    "connections": [
        "FATAL: sorry, too many clients already; remaining connection slots are reserved",
        "QueuePool limit of size 5 overflow 10 reached",
        "HikariPool-1 - Connection is not available, request timed out",
        "waited 5000 ms for a free handle and gave up",
        "ERR max number of clients reached",
        "512 worker_connections are not enough",
        "nf_conntrack: table full, dropping packet",
    ],
    "locks": [
        "4 sessions wait for locks",
        "Lock wait timeout exceeded; try restarting transaction",
        "could not obtain lock on row in relation",
    ],
    "disk": [
        "write /var/lib/data: no space left on device",
        "Read-only file system",
        "index blocked by: [FORBIDDEN/12/index read-only / allow delete (api)]; flood-stage watermark",
    ],
    "memory": ["Out of memory: Killed process 4711", "java.lang.OutOfMemoryError: Java heap space", "OOMKilled"],
    "scheduling": ["ErrImagePull: manifest unknown", "0/3 nodes: Insufficient memory"],
    "damage": ["invalid page in block 7 of relation base/1", "checksum mismatch"],
    "another system": [
        "500 for tenant 4711",
        "upstream timed out",
        "FATAL: the database system is starting up",
        "server closed the connection unexpectedly",
        "org.apache.kafka.common.errors.NotLeaderOrFollowerException",
        "I/O error on POST request: Connection refused",
        "connection refused",
    ],
    "programming error": [
        "KeyError: 'region' at tax.py:41",
        "TypeError: undefined is not a function",
        "TypeError: Attempted to assign to readonly property",
        "java.lang.NullPointerException: Cannot invoke Quota.limit() because plan.quota is null",
        "panic: runtime error: invalid memory address or nil pointer dereference",
    ],
    "code": [
        "panic: nil map",
        "SyntaxError: unexpected EOF while parsing",
        "Invalid token '<' in JSON",
        "unexpected: unknown key 'colour' in the settings",
    ],
    "other": ["request took long", "batch of 28000 rows written", "user 12 signed in", ""],
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_of_the_class_that_its_words_say(name: str) -> None:
    assert {line: class_of(line).name for line in LINES[name]} == dict.fromkeys(LINES[name], name)


def test_every_class_has_a_line_here() -> None:
    assert {known.name for known in CLASSES} - {"room"} == set(LINES) - {"other"}


def test_what_no_declared_change_mends_says_what_would() -> None:
    needed = {known.name for known in CLASSES if known.remedy}
    assert needed == {"certificate", "name resolution", "credentials", "quota", "read-only copy", "expiry"}
    assert all(known.means for known in CLASSES if known.remedy)


def test_symptoms_and_lines_that_say_nothing_are_no_code() -> None:
    assert {meaning(line) for line in (*LINES["another system"], *LINES["other"])} == {"elsewhere", "other"}


@pytest.mark.parametrize(
    ("line", "is_shown"),
    [
        ("KeyError: 'region' at tax.py:41", True),
        ("panic: assignment to entry in nil map", True),
        ("java.lang.ClassCastException: Order cannot be cast", True),
        ("com.shop.client.ApiException: something unexpected", False),
        ("missing price for item <n> at basket/price.kt:<n>", True),
        ("IntegrityError: null value at orders/save.py:<n>", True),
        ("the partner answered: invalid shipment", False),
        ("OperationalError: something unexpected", False),
        ("Mysql2::Error: Unknown column 'a.b' in 'field list'", False),
        ("tls: certificate has expired at proxy.go:<n>", False),
        ("request took long", False),
    ],
)
def test_bad_news_is_about_our_code_where_it_names_a_place_in_it_or_an_exception_of_the_language(
    line: str, is_shown: bool
) -> None:
    assert is_of_our_code(line) == is_shown


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("ended 20260303022500", "2026-03-03T02:25"),
        ("notAfter 2026-03-03T01:00:00+01:00", "2026-03-03T00:00"),
        ("at 2026-03-03 02:25:13.551", "2026-03-03T02:25"),
        ("order 2026-03-03", ""),
        ("number 20269903022500", ""),
    ],
)
def test_a_line_may_name_a_moment(line: str, moment: str) -> None:
    found = runs_out_at(line)
    assert (found.astimezone(UTC).isoformat()[:16] if found else "") == moment
