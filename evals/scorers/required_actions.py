"""Required actions: what had to be done was done."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score | None:
    """Every required act took place, by the production's own journal."""
    needed = [(act.action, act.service) for act in result.expected.required_actions]
    if not needed:
        return None
    done = {(act.port, act.of("service")) for act in result.acts if act.result.done}
    missing = [f"{action} of {service} was not done" for action, service in needed if (action, service) not in done]
    return mark(missing, 1 - len(missing) / len(needed))
