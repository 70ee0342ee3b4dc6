"""Policies and changes of every kind, and a catalogue to write them in."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from hypothesis import strategies as st

from agents.io.catalogue import Catalogue, Service
from agents.reports.basis import Action, Severity
from graphs.model.policy import ProposedChange

Rule = dict[str, Any]
NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
"""A Tuesday."""
SERVICES = ["shop", "shop-search", "orders"]
PEOPLE = ["ada", "bob", "cleo"]


def change(severity: str = "P0", action: str = "restart", service: str = "shop", **more: Any) -> ProposedChange:
    asked = ProposedChange(severity, action, service, "production", NOON)
    return asked._replace(**more)


def catalogue(*rules: Rule) -> Catalogue:
    listed = {
        "services": {name: Service() for name in SERVICES},
        "people": PEOPLE,
        "groups": {"payments": ["ada", "bob"], "empty": []},
        "policy": rules,
    }
    return Catalogue.model_validate(listed)


def some(names: list[str]) -> st.SearchStrategy[list[str] | None]:
    return st.none() | st.lists(st.sampled_from(names), min_size=1, max_size=2)


CONDITIONS = st.fixed_dictionaries(
    {
        "severity": some(list(get_args(Severity))),
        "action": some([*get_args(Action), "re*", "*"]),
        "service": some([*SERVICES, "shop*", "*"]),
        "environment": some(["production", "staging", "st*", "*"]),
        "hours": some(["mon-fri 09:00-18:00", "sat,sun 00:00-24:00", "22:00-06:00"]),
    }
)


def _with_verdict(conditions: Rule, verdict: str) -> Rule:
    return {**conditions, "verdict": verdict}


ENTRIES = st.builds(_with_verdict, CONDITIONS, st.sampled_from(["auto", "ask", "never"]))
ASKED = st.builds(
    ProposedChange,
    st.sampled_from(get_args(Severity)),
    st.sampled_from([action for action in get_args(Action) if action != "restore_backup"]),
    st.sampled_from(SERVICES),
    st.sampled_from(["", "production", "staging"]),
    st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda since: NOON + since),
)
