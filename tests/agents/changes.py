"""Parameters of every kind that a model, a person or a caller from elsewhere may send."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from agents.io.act_kinds import ACT_KINDS

UNTIMED = settings(deadline=None)
"""Of properties: how long one example takes says nothing."""
SERVICE_IN_DISGUISE = (
    "service",
    "Service",
    "SERVICE",
    " service",
    "service ",
    "\u0455ervice",
    "\u017fervice",
    "servi\u0441e",
)
OURS = ("version", "replicas", "standby", "dependency", "change", "remedy", "idempotency_key", "action", "self")
NAMES = st.sampled_from([*SERVICE_IN_DISGUISE, *OURS]) | st.text(max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**300)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["user-store", "5.18.0", "\ud800", "\x1b[2J", "4", "x" * 500, "password=hunter22", "[redacted]"])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
PARAMETERS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(NAMES, VALUES, max_size=4)
FITTING: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "rollback": st.fixed_dictionaries({"version": st.sampled_from(["5.17.0", "5.18.0", "6", ""])}),
    "deploy": st.fixed_dictionaries({"version": st.sampled_from(["5.17.0", "5.18.0"])}),
    "scale": st.fixed_dictionaries({"replicas": st.integers(0, 20)}),
    "restart": st.just({}),
    "failover": st.fixed_dictionaries({"standby": st.sampled_from(["a", "b"])}),
    "fallback": st.fixed_dictionaries({"dependency": st.sampled_from(["a", "b"])}),
    "build_hotfix": st.fixed_dictionaries({"change": st.sampled_from(["#1", "#2"]), "remedy": st.just("revert")}),
    **{
        action: st.fixed_dictionaries({kind.target: st.sampled_from(["a", "b-2"])})
        for action, kind in ACT_KINDS.items()
    },
    "block_addresses": st.fixed_dictionaries({"addresses": st.sampled_from(["203.0.113.0/24", "198.51.100.7"])}),
    "switch_flag": st.fixed_dictionaries(
        {"flag": st.sampled_from(["a", "b"]), "value": st.sampled_from(["on", "off"])}
    ),
    "revert_setting": st.fixed_dictionaries({"setting": st.just("pool"), "value": st.sampled_from(["300 s", "20"])}),
    "restore_backup": st.fixed_dictionaries(
        {"backup": st.just("nightly"), "before": st.just("2026-03-03T02:40:00+00:00")}
    ),
}
"""Parameters that fit, by action."""
