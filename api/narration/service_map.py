"""The map of services: those in trouble, what calls them and what they depend on, with what is hurt."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from agents.io.catalogue import Catalogue
from agents.io.outside_text import clean
from agents.rules.writing.last_look import has_ended_since
from agents.rules.writing.wording import at
from agents.runtime.ledger import Damage, DamageKind
from api.narration.graph_svg import BOX_WIDTH, COLUMN, LEFT, edge_path
from graphs.charts.charts import Chart, charts_of
from graphs.charts.measurements import Measurements
from graphs.charts.run_charts import down_now, window_of
from graphs.transcript.facts import Facts

SERVICES_AT_MOST = 24
ROW, BOX_HEIGHT = 50, 40
LETTERS_AT_MOST = 24
"""Of a name in its box; the whole name stands in words below."""
HURT: dict[DamageKind, str] = {
    "down": "does not answer",
    "errors": "requests fail",
    "refused": "fails its checks",
    "affected users": "users meet a fault",
    "client errors": "pages show errors",
    "slow": "answers late",
    "slow pages": "pages load late",
    "lost traffic": "gets too few requests",
}
"""Kind of damage -> what is wrong, the worst first."""
State = Literal["hurt", "was hurt", "calm", "unknown"]
WORDS: dict[State, str] = {
    "hurt": "",
    "was hurt": "as usual again",
    "calm": "no damage found",
    "unknown": "not measured",
}
KIND_OF: dict[str, DamageKind] = {
    "error_rate": "errors",
    "latency": "slow",
    "traffic": "lost traffic",
    "script_errors": "client errors",
    "page_load": "slow pages",
}
"""Signal -> the damage that it shows where it is out of its usual range."""


class MappedService(NamedTuple):
    """A service in its place."""

    name: str
    state: State
    words: str
    """What is wrong with it, or that nothing is known to be."""
    is_cause: bool
    """The investigation names it as the component at fault."""
    x: int
    y: int
    depends_on: list[str]
    """Of the services that are drawn."""

    @property
    def short_name(self) -> str:
        return self.name if len(self.name) <= LETTERS_AT_MOST else f"{self.name[: LETTERS_AT_MOST - 1]}…"


class ServiceMap(NamedTuple):
    """All that is drawn."""

    width: int
    height: int
    services: list[MappedService]
    paths: list[tuple[str, bool]]
    """Each a path of an SVG, and whether both of its ends are hurt."""
    left_out: int
    """Neighbours for which there is no room."""

    @property
    def hurt(self) -> list[str]:
        return [one.name for one in self.services if one.state == "hurt"]


def service_map(facts: Facts, measured: Measurements, catalogue: Catalogue, now: datetime) -> ServiceMap | None:
    """Draw the services around those in trouble; None where the catalogue knows of no other service near them."""
    near = _near(_in_trouble(facts, catalogue), catalogue)
    names = near[:SERVICES_AT_MOST]
    calls = {name: [other for other in catalogue.services[name].depends_on if other in names] for name in names}
    if not any(calls.values()):
        return None
    places = _places(calls)
    window = window_of(facts, now)
    drawn = {name: charts_of(measured, name, window, catalogue.objectives_of(name)) for name in names}
    services = [_mapped(name, facts, drawn[name], places[name], calls[name]) for name in names]
    hurt = {one.name for one in services if one.state == "hurt"}
    paths = [
        (edge_path(places[name], places[other], BOX_HEIGHT), {name, other} <= hurt)
        for name, others in calls.items()
        for other in others
    ]
    width, height = (max(place[axis] for place in places.values()) for axis in (0, 1))
    return ServiceMap(width + BOX_WIDTH + LEFT, height + BOX_HEIGHT + LEFT, services, paths, len(near) - len(names))


def _in_trouble(facts: Facts, catalogue: Catalogue) -> list[str]:
    component = facts.conclusion.component if facts.conclusion else None
    hurt = facts.ledger.hurt(facts.started_at) if facts.started_at else []
    names = [facts.service, *(one.service for one in hurt), *([component] if component else [])]
    return [name for name in dict.fromkeys(names) if name in catalogue.services]


def _near(trouble: Sequence[str], catalogue: Catalogue) -> list[str]:
    """The services in trouble, those between two of them, and their neighbours, in this order."""
    calls = {name: service.depends_on for name, service in catalogue.services.items()}
    callers: dict[str, list[str]] = {name: [] for name in calls}
    for name, others in calls.items():
        for other in others:
            callers[other].append(name)
    between = sorted(_reached(trouble, calls) & _reached(trouble, callers))
    around = [other for name in trouble for other in (*calls[name], *callers[name])]
    return list(dict.fromkeys([*trouble, *between, *around]))


def _reached(trouble: Sequence[str], ways: Mapping[str, Sequence[str]]) -> set[str]:
    """What can be reached from these services in at least one step."""
    found, queue = set[str](), list(trouble)
    while queue:
        fresh = set(ways[queue.pop()]) - found
        found |= fresh
        queue.extend(fresh)
    return found


def _places(calls: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, int]]:
    """Callers to the left of what they depend on; a circle is cut open somewhere."""
    columns, rows, places = _columns(calls), dict[int, int](), dict[str, tuple[int, int]]()
    first = min(columns.values())
    for name in sorted(columns, key=lambda one: columns[one]):
        column = columns[name] - first
        places[name] = (LEFT + column * COLUMN, LEFT + rows.get(column, 0) * ROW)
        rows[column] = rows.get(column, 0) + 1
    return places


def _columns(calls: Mapping[str, Sequence[str]]) -> dict[str, int]:
    order = _callers_first(calls)
    forward = {name: [other for other in calls[name] if order.index(other) > at] for at, name in enumerate(order)}
    columns = dict.fromkeys(order, 0)
    for name in order:
        for other in forward[name]:
            columns[other] = max(columns[other], columns[name] + 1)
    called = {other for others in forward.values() for other in others}
    for name in order:
        if name not in called and forward[name]:  # whatever nobody calls stands beside the nearest that it calls
            columns[name] = min(columns[other] for other in forward[name]) - 1
    return columns


def _callers_first(calls: Mapping[str, Sequence[str]]) -> list[str]:
    seen, order = set[str](), list[str]()

    def visit(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for other in calls[name]:
                visit(other)
            order.append(name)

    for name in calls:
        visit(name)
    return order[::-1]


def _mapped(
    name: str, facts: Facts, charts: Sequence[Chart], place: tuple[int, int], depends_on: list[str]
) -> MappedService:
    state, words = _stands(name, facts, charts)
    is_cause = bool(facts.conclusion and facts.conclusion.component == name)
    return MappedService(clean(name), state, words, is_cause, *place, [clean(other) for other in depends_on])


def _stands(name: str, facts: Facts, charts: Sequence[Chart]) -> tuple[State, str]:
    """How a service stands by the newest look and the newest reading; well only where a reading says so."""
    if name in down_now(facts):
        return "hurt", "completely down"
    damage, scope = _damage(name, facts), facts.newest_scope
    in_trouble = scope is not None and scope.abnormal and name in scope.services
    goes_on = in_trouble and facts.fixed_at is None and not has_ended_since(facts, name)
    kinds = {one.kind for one in damage if one.is_open and facts.fixed_at is None}
    kinds |= {
        KIND_OF[one.signal.name] for one in charts if one.is_hurt and not one.is_stale and one.signal.name in KIND_OF
    }
    if wrong := next((words for kind, words in HURT.items() if kind in kinds), ""):
        return "hurt", wrong
    if goes_on:
        return "hurt", "not as usual"
    verified = facts.fixed_at is not None and not facts.is_vouched
    newest = max((one.measured_at for one in charts), default=None)
    if newest is None or all(one.is_stale for one in charts):
        if verified and (damage or in_trouble):
            return "was hurt", WORDS["was hurt"]
        return "unknown", f"not measured since {at(newest)}" if newest else WORDS["unknown"]
    state: State = "was hurt" if damage or in_trouble else "calm"
    return state, WORDS[state]


def _damage(name: str, facts: Facts) -> list[Damage]:
    """The damage of one service around this incident, whatever its reason."""
    alone = facts.ledger.model_copy(update={"services": [name]})
    return alone.hurt(facts.started_at) if facts.started_at else []
