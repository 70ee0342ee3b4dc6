"""The ticket office's tool for operators, which Warroom's catalogue names: asks the controls, and prints JSON."""

import argparse
import sys
from http.client import HTTPConnection
from urllib.parse import quote, urlencode

CHANGES = ("restart", "release")
"""What is asked for with POST; the rest only tells something."""


def main() -> None:
    """Do or tell something: operate.py PORT (restart SERVICE | release SERVICE VERSION | history SERVICE | ...)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("asked", choices=[*CHANGES, "history", "pipeline", "outcome"])
    parser.add_argument("of", nargs="+", help="the service, and perhaps the version; for `outcome` the key")
    parser.add_argument("--key", default="", help="the change's idempotency key")
    given = parser.parse_args()
    connection = HTTPConnection("127.0.0.1", given.port, timeout=25)
    path = "/".join(quote(part, safe="") for part in (given.asked, *given.of))
    method = "POST" if given.asked in CHANGES else "GET"
    connection.request(method, f"/{path}?{urlencode({'key': given.key})}")
    answer = connection.getresponse()
    words = answer.read().decode()
    if answer.status != 200:
        sys.exit(words)
    print(words)


if __name__ == "__main__":
    main()
