"""Any JSON that somebody could send, with the odd scalars that have broken readers before."""

from typing import Any

from hypothesis import strategies as st

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**301)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\ud800", "\x00", "firing", "resolved", "2026-03-03T02:58:00+99:99", "{{x}}", "9" * 5000])
)


def any_json(*names: str) -> st.SearchStrategy[Any]:
    """Any JSON; its objects often have fields of these names, of which there is at least one."""
    keys = st.text(max_size=8) | st.sampled_from(names)
    return st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
    )
