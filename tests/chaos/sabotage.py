"""Sabotage: Warroom made worse on purpose, to see that the verdict sees it."""

from collections.abc import Callable

from graphs.runtime.node_context import NodeContext
from graphs.store.store import Store


def blind_retry() -> None:
    """After a crash, do it again without looking whether it happened."""
    retry: Callable[..., object] = vars(NodeContext)["_call"]
    type.__setattr__(NodeContext, "_look_up", retry)


def forgetful_start() -> None:
    """Forget, at each start, what was to be done."""
    opening = Store.__init__

    def forget(store: Store, *where: object) -> None:
        opening(store, *where)  # pyright: ignore[reportArgumentType]
        with store.transaction():
            store.database.connection.execute("UPDATE runs SET is_open = 0")
            store.database.connection.execute("DELETE FROM wakeups")

    type.__setattr__(Store, "__init__", forget)


SABOTAGES: dict[str, Callable[[], None]] = {"": lambda: None, "retry": blind_retry, "forget": forgetful_start}
"""Name -> what makes it worse."""
