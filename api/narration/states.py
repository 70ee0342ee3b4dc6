"""The states of a run in words; light, for commands that only list runs."""

STATES = {
    "running": "at work",
    "waiting": "waits for a person",
    "resolved": "resolved",
    "closed": "closed",
    "cancelled": "cancelled",
}


def state_of(status: str, fixed_at: object, unseen: bool = False) -> str:
    """The state of a run in words; `fixed_at`: when its recovery was verified, if it was."""
    if unseen:
        return "closed without anyone looking"
    return "being watched" if status == "running" and fixed_at else STATES[status]
