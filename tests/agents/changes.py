"""Parameters of every kind that a model, a person or a caller from elsewhere may send."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

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
}
"""Parameters that fit, by action."""
