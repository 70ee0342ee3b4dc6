"""The inbox: a request that is answered once, and what outlives the process."""

from pathlib import Path

from graphs.intake.inbox import RECEIPTS_KEPT, DeliveryInbox, RepeatableRequest
from graphs.store.store import Store
from tests.graphs.background.test_workflow import HandClock


def test_a_receipt_outlives_the_process_and_not_a_week(tmp_path: Path) -> None:
    clock = HandClock()
    request = RepeatableRequest(caller="", key="k", body="{}")
    answers: list[tuple[str, bool]] = []
    for number, passed in enumerate((0 * RECEIPTS_KEPT, RECEIPTS_KEPT / 2, RECEIPTS_KEPT)):
        clock.time += passed
        store = Store(tmp_path / "warroom.sqlite")
        inbox = DeliveryInbox(store, clock)
        inbox.answer_once(RepeatableRequest(caller="", key=f"other {number}", body=""), lambda: "")
        answers.append(inbox.answer_once(request, lambda text=f"answer {number}": text))
        store.close()
    assert answers == [("answer 0", False), ("answer 0", True), ("answer 2", False)]
