"""The registry of planted defects, and how one gets into the product while it runs, and out again."""

from collections.abc import Generator
from contextlib import contextmanager

from evals.defects import communication, ending, investigation, mitigation, triage, truth
from evals.defects.planting import Defect
from graphs.engine.incident_graph import compiled

BY_STEP = (triage, investigation, mitigation, communication, ending, truth)

DEFECTS: dict[str, Defect] = {
    defect.name: defect for step in BY_STEP for defect in vars(step).values() if isinstance(defect, Defect)
}


@contextmanager
def planted(name: str) -> Generator[None]:
    """Run with a defect; without a name, with none. The graph is compiled anew before and after."""
    if not name:
        yield
        return
    try:
        with DEFECTS[name].plant():
            compiled.cache_clear()
            yield
    finally:
        compiled.cache_clear()
