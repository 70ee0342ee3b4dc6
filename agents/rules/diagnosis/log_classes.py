"""Log classes: what an error line speaks of, what that means, and who or what mends it."""

import re
from datetime import datetime
from typing import Literal, NamedTuple

Group = Literal["damage", "platform", "elsewhere", "code", "other"]


class LogClass(NamedTuple):
    """One kind of error line."""

    name: str
    group: Group
    """Damaged data, what the component runs on, another system, our own code, or nothing that says anything."""
    words: re.Pattern[str]
    means: str = ""
    """What fails, after the component's name."""
    remedy: str = ""
    """What mends it, where no change that is declared for a service does."""


SQLSTATE = r"(?:sqlstate\W{0,3}|\(|\[|\bcode\W{1,2})"
"""What stands before the state of a statement: a bare number of five digits may be any number."""


def _class(name: str, group: Group, words: str, means: str = "", remedy: str = "") -> LogClass:
    return LogClass(name, group, re.compile(words.replace("{SQLSTATE}", SQLSTATE), re.IGNORECASE), means, remedy)


CLASSES = (
    _class(
        "programming error",
        "code",
        r"null ?(pointer|reference)|nil pointer|\b(attribute|name|key|index|reference|zero ?division)error\b"
        r"|\btypeerror\b(?!.*(fetch|network|load failed))|index ?out ?of ?(bounds|range)|class ?cast ?exception"
        r"|no ?such ?(method|field) ?error|undefined method|is not a function|on a `?none`? value",
    ),
    _class(
        "number range",
        "platform",
        r"out of range value for column|(integer|smallint|bigint|numeric( field)?) (is )?out of range"
        r"|reached maximum value of sequence|auto-?increment value|\b(2147483647|4294967295|9223372036854775807)\b"
        r"|{SQLSTATE}(22003|2200H)\b|arithmetic overflow error converting",
        "a number has outgrown the column that holds it",
    ),
    _class(
        "schema",
        "code",
        r"unknown column|column .*(does not exist|not found|cannot be null)|no such (table|column)"
        r"|undefined ?(column|table)"
        r"|relation .*does not exist|table .*(doesn't|does not) exist|doesn't have a default value|invalid column name"
        r"|violates (unique|foreign key|check|not-null) constraint|integrity ?constraint|integrityerror"
        r"|duplicate (entry|key)|data too long for column|incorrect string value"
        r"|{SQLSTATE}(42S02|42S22|42P01|42703|23502|23503|23505|23514)\b|ORA-00942|ORA-00904",
    ),
    _class(
        "damage",
        "damage",
        r"corrupt|checksum (mismatch|error|fail)|checksum|invalid page|integrity|data loss|torn page"
        r"|inconsistent (data|rows?|records?|replica|index)|(data|rows|records?|replica|index) (is|are) inconsistent"
        r"|crc (error|mismatch)|bad magic|could not read block|unrecoverable read",
    ),
    _class(
        "read-only copy",
        "platform",
        r"read[- ]?only (transaction|replica|slave|mode|option|user|sql)|{SQLSTATE}25006\b|\bREADONLY You can"
        r"|--(super-)?read-only"
        r"|not ?(the )?(master|primary|writable ?primary)\b"
        r"|NotWritablePrimary|NotPrimary"
        r"|cannot execute \w+ in a read-only|standby (cannot|server is not)|database is read-only",
        "it writes to a copy of its database that takes no writes",
        "let it connect anew, so that it finds the copy that takes writes",
    ),
    _class(
        "certificate",
        "platform",
        r"x509|certificate|ERR_CERT_|\b(ssl|tls)(v[\d.]+)?\b.*(handshake|expired|verif|fail|error|alert|unknown)|handshake_failure"
        r"|unknown[_ ](ca|authority)\b|bad_certificate|\bnot ?after[ =:]+\d|\bPKIX\b|CertPath|SSLHandshake|SEC_ERROR_"
        r"|self[- ]signed|unable to get (local )?issuer|no subject alternative",
        "its TLS certificates, or those of what it calls, are refused",
        "renew the certificate, or trust the authority that signed it",
    ),
    _class(
        "name resolution",
        "platform",
        r"no such host|name resolution|nxdomain|servfail|getaddrinfo|enotfound|eai_again|unknown ?host"
        r"|(could not|cannot|failed to|unable to) resolve|name or service not known|\bdns\b.*(fail|error|time|refused)"
        r"|name does not resolve|nodename nor servname|RRSIG|DNSKEY|DNSSEC|\bis bogus\b|lame (server|delegation)"
        r"|no nameservers|:53: (i/o timeout|read)",
        "names of other systems are not resolved",
        "put right the name or the DNS that does not answer for it",
    ),
    _class(
        "credentials",
        "platform",
        r"authentication failed|access ?denied|login failed|wrongpass|noauth|\bNOPERM\b"
        r"|invalid (credentials?|password|api ?key|client (id|secret)|access key|signature|grant"
        r"|(access|bearer|id|auth|refresh|security) token)"
        r"|invalid_(grant|client|token|scope)|unauthorized_client|Invalid(AccessKeyId|ProviderToken|ClientTokenId|ApiKey|"
        r"IdentityToken|AuthenticationToken|Credentials)|UnrecognizedClient|IncompleteSignature|ExpiredProviderToken"
        r"|(token|credentials?|secret|key) (has |have |is |are |was )?(expired|revoked|disabled|pending deletion)"
        r"|(jwt|assertion) expired|expired(token| token| credential)|\b401\b|unauthori[sz]ed|unauthenticated"
        r"|permission[ _]denied"
        r"|could not authenticate"
        r"|no ?credentials|unable to locate credentials|NotOnOrAfter"
        r"|signature ?does ?not ?match|signature (is invalid|verification failed)"
        r"|(unknown|no matching|cannot find|unable to find|not find)\b.{0,30}\b(kid|signing key|jwks?)\b"
        r"|AADSTS\d+|AuthorizationFailed|not authori[sz]ed to perform|KMSInvalidState|{SQLSTATE}(28P01|28000|42501)\b"
        r"|SASL.*(fail|error)|no pg_hba\.conf entry|\bORA-01017\b",
        "its credentials are refused",
        "put the right credential back, or let it be issued anew",
    ),
    _class(
        "expiry",
        "platform",
        r"\b(expired|ended|lapsed|ran out|valid (until|to)|not valid after|no longer valid)\b.{0,20}"
        r"\b20\d\d-?\d\d-?\d\d[T ]?\d\d:?\d\d|licen[cs]e (has )?expired",
        "something that it relies on has run out",
        "renew what has run out",
    ),
    _class(
        "scheduling",
        "platform",
        r"evicted|errimage|imagepull|failedscheduling|insufficient (cpu|memory|instance ?capacity)|unschedulable"
        r"|\bpending\b.*\b(nodes?|quota)\b|nodes? (fit|are available)|could not be placed|InsufficientInstanceCapacity"
        r"|AllocationFailed|SkuNotAvailable|ZONE_RESOURCE_POOL_EXHAUSTED|CreateContainer(Config)?Error|FailedMount"
        r"|FailedCreatePodSandBox|preempted by",
        "its replicas are not placed on a machine",
    ),
    _class(
        "overload elsewhere",
        "elsewhere",
        r"\b(http|status|code|answered|said|returned)[ :=]*(429|529)\b|\b529\b|overloaded|rate[ -]?limit|rateLimit"
        r"|too ?many ?requests|slow ?down\b|retry[- ]after|try again later"
        r"|temporarily overloaded|es_rejected_execution",
    ),
    _class(
        "quota",
        "platform",
        r"quota|throttl|limit ?exceeded|resource[_ ]?exhausted|ProvisionedThroughputExceeded|rate exceeded",
        "it is over a limit that it has been given",
        "raise the limit, or call less",
    ),
    _class(
        "connections",
        "platform",
        r"too many (connections|clients|open files)|remaining connection|pool (is )?(empty|timeout|exhaust|full)"
        r"|no (free|idle|available|more) (connections?|handles?)|no connections? (left|available|free)"
        r"|connection is not available|queuepool|(connection|thread|worker)s? .*exhaust"
        r"|(connection|handle)s? .*\btaken\b|emfile"
        r"|(waited|gave up|timed? ?out|timeout) .*(free|idle|available) (connection|handle|client)"
        r"|max number of clients"
        r"|worker_connections are not enough|nf_conntrack: table full|cannot assign requested address"
        r"|max_user_connections"
        r"|pool ?timeout|timeout (acquiring|waiting for) (a )?connection|{SQLSTATE}53300\b|ORA-125(16|19)\b",
        "it has run out of connections",
    ),
    _class(
        "locks",
        "platform",
        r"lock wait|lock timeout|wait(s|ed|ing)? (for|on) .*lock|could not obtain lock|canceling statement due to lock"
        r"|metadata lock|{SQLSTATE}55P03\b|LockNotAvailable|WriteConflict",
        "it waits for locks that another session holds",
    ),
    _class(
        "disk",
        "platform",
        r"no space|disk (is )?full|volume .*full|enospc|read-only file|flood[- ]stage|read-only-allow-delete"
        r"|{SQLSTATE}53100\b"
        r"|disk quota exceeded|table\b.{0,60} is full|unable to extend|MISCONF",
        "its disk is full",
    ),
    _class(
        "memory",
        "platform",
        r"out of memory|\boom|memory limit|heap space|cannot allocate memory|memory cgroup|OutOfMemory"
        r"|maxmemory reached"
        r"|Data too large|GC overhead",
        "it is out of memory",
    ),
    _class(
        "machine",
        "platform",
        r"blk_update_request|remounting filesystem|buffer I/O error|I/O error,? dev|hardware error|\bmce:"
        r"|soft lockup|hung_task|blocked for more than \d+ seconds|NETDEV WATCHDOG"
        r"|ext4-fs error|xfs.*(shutdown|metadata I/O)|nvme.*(timeout|reset)|\bEDAC\b"
        r"|link (is )?down|clock (skew|differs)",
        "the machine that it runs on is faulty",
    ),
    _class(
        "network",
        "elsewhere",
        r"no route|network is unreachable|\bbgp\b|prefix(es)? withdrawn|EHOSTUNREACH|ENETUNREACH"
        r"|packet loss|host is down",
    ),
    _class(
        "room",
        "platform",
        r"queue (is )?full|too many|exhaust|rejected|resource temporarily unavailable|create (new )?(native )?thread",
        "it has no room left",
    ),
    _class(
        "another system",
        "elsewhere",
        r"tim(ed|e) ?-?out|deadline|refused|unreachable|unavailable|upstream|reset by|econn|bad gateway|circuit"
        r"|\b(429|50[0-4])\b|does not answer|aborted by the client|broken pipe|connection (closed|lost|aborted|reset)"
        r"|gone away|no live upstreams|no healthy upstream|starting up|shutting down|in recovery mode|CLUSTERDOWN"
        r"|MASTERDOWN|LOADING Redis|LEADER_NOT_AVAILABLE|not ?enough ?replicas"
        r"|NOT_LEADER|NotLeader|out of available brokers|RST_STREAM"
        r"|loading the dataset|closed the connection|lost connection|MaxRetryError|error communicating with"
        r"|conflict with recovery|transport is closing|unexpected eof while reading"
        r"|\b(call|request|query|command|publish|write|read)\w* (to|on|from|of) .*(fail|answered)",
    ),
    _class(
        "code",
        "code",
        r"exception|error\b|traceback|panic|null|undefined|\bnone\b|\bnan\b|assert|index|cannot|invalid|unexpected"
        r"|division|overflow|recursion|attribute|deadlock|pars(e|ing)|migration|constraint|segfault|segmentation"
        r"|not a function|mismatch|unhandled|uncaught| at \S+:(\d+|<n>)",
    ),
)
"""In this order: the first whose words a line has is its class."""
EXPIRY = next(known for known in CLASSES if known.name == "expiry")
OTHER = LogClass("other", "other", re.compile(r"(?!)"))


MOMENT = re.compile(
    r"(?<!\d)(?P<y>20\d\d)-?(?P<m>\d\d)-?(?P<d>\d\d)[T ]?(?P<h>\d\d):?(?P<min>\d\d)(?::?\d\d(?:\.\d+)?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?(?!\d)"
)


def class_of(line: str) -> LogClass:
    """What a log line speaks of. A line that no words fit says nothing for any cause."""
    return next((known for known in CLASSES if known.words.search(line)), OTHER)


def meaning(line: str) -> Group:
    """The group of a log line's class."""
    return class_of(line).group


def runs_out_at(line: str) -> datetime | None:
    """The moment that a line names to the minute: where a failure begins then, something has run out."""
    found = MOMENT.search(line)
    if found is None:
        return None
    zone = (found["zone"] or "Z").replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(f"{found['y']}-{found['m']}-{found['d']}T{found['h']}:{found['min']}:00{zone}")
    except ValueError:
        return None
