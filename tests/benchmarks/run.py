"""The benchmarks: prints one JSON object. Numbers are of this machine; ratios are measured in one run."""

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks.answers import answers
from tests.benchmarks.bodies import bodies
from tests.benchmarks.database import database
from tests.benchmarks.demo import demo
from tests.benchmarks.first_paint import first_paint
from tests.benchmarks.intake import intake
from tests.benchmarks.model_calls import model_calls
from tests.benchmarks.overhead import overhead
from tests.benchmarks.redaction import redaction
from tests.benchmarks.restart import restarts
from tests.benchmarks.tabs import tabs
from tests.benchmarks.throughput import throughput
from tests.benchmarks.waiting import waiting
from tests.benchmarks.watchers import watchers

PARTS: dict[str, Callable[[], Any]] = {
    "redaction": redaction,
    "bodies": bodies,
    "intake": intake,
    "answers": answers,
    "demo": demo,
    "restart": restarts,
    "waiting": waiting,
    "overhead": overhead,
    "model_calls": model_calls,
    "throughput": throughput,
    "database": database,
    "watchers": watchers,
    "tabs": tabs,
    "first_paint": first_paint,
}


def main() -> None:
    """Run all parts, or those named."""
    logging.basicConfig(level=logging.ERROR)
    wanted = sys.argv[1:] or list(PARTS)
    print(json.dumps({name: PARTS[name]() for name in wanted}, indent=2))


if __name__ == "__main__":
    main()
