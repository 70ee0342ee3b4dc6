"""The lab's load: users who pay at a steady rate, for a bounded time, a bounded number at once."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException

PER_SECOND = 20
AT_ONCE = 16
USERS = 40


def pay(port: int, user: int) -> None:
    """Send one payment; how it went is the service's and Prometheus' business."""
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/pay", headers={"X-User": f"user-{user}"})
        connection.getresponse().read()
    except (OSError, HTTPException):
        pass
    finally:
        connection.close()


def main() -> None:
    """Send requests: load.py PORT SECONDS."""
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as users:
        for number in range(round(seconds * PER_SECOND)):
            time.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))
            users.submit(pay, port, number * 7 % USERS)


if __name__ == "__main__":
    main()
