"""The benchmarks: prints one JSON object. Numbers are of this machine; ratios are measured in one run.

With `--compare OLD.json`, an earlier output, it then says what became worse. Nothing is asserted about a time.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.answers import answers
from tests.benchmarks.bodies import bodies
from tests.benchmarks.comparison import MUCH, compared
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
from tests.benchmarks.where import where

Parts = Mapping[str, Callable[[], Any]]
PARTS: Parts = {
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
    "where": where,
}
SHORT: Parts = {
    "answers": partial(answers, 100),
    "demo": partial(demo, 2),
    "restart": partial(restarts, (11,)),
    "overhead": partial(overhead, (1,)),
    "throughput": partial(throughput, 3),
}
"""Of what people wait for most, less of each: under a minute altogether."""


def main(arguments: list[str]) -> None:
    """Run all parts, or those named, or the short form; an earlier output to compare with may be named, too."""
    asked = _asked(arguments)
    logging.basicConfig(level=logging.ERROR)
    before: Mapping[str, Any] = json.loads(asked.compare.read_text(encoding="utf-8")) if asked.compare else {}
    parts = SHORT if asked.short else PARTS
    measured = {name: parts[name]() for name in asked.parts or before.keys() & parts.keys() or parts}
    print(json.dumps(measured, indent=2))
    if asked.compare:
        print("\n".join(said_of(before, measured)), file=sys.stderr)


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure, and print the figures as JSON.")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="what to measure; all where nothing is named")
    parser.add_argument("--short", action="store_true", help="less of the most important ones, in under a minute")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="say what became worse since that output")
    return parser.parse_args(arguments)


def said_of(before: Mapping[str, Any], measured: Mapping[str, Any]) -> list[str]:
    """What became worse and what better, a line for each figure."""
    found = compared(before, measured)
    lines = [f"worse: {change}" for change in found.worse] or [f"Nothing became worse by {MUCH:g} times or more."]
    return [*lines, *(f"better: {change}" for change in found.better)]


if __name__ == "__main__":
    main(sys.argv[1:])
