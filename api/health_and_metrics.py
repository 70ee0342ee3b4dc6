"""Health and metrics: whether the process lives and can take in alerts, and the numbers that Prometheus reads."""

from collections.abc import Iterator
from datetime import datetime

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel

from api.dependencies import TheIncidents
from graphs.intake.incident_service import IncidentService

router = APIRouter(prefix="/health", tags=["health"])


class NotReady(Exception):
    """Not ready to take anything in."""


class Health(BaseModel):
    """How it stands."""

    status: str


@router.get("/live")
async def is_live() -> Health:
    """Whether the process answers at all."""
    return Health(status="live")


@router.get("/ready")
async def is_ready(incidents: TheIncidents) -> Health:
    """Whether the store can be written, and runs are woken. 503 where not."""
    incidents.check_writable()
    if not incidents.is_working:
        raise NotReady("The incidents does not wake runs: it has not started, has stopped, or is stopping.")
    return Health(status="ready")


MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
metrics_router = APIRouter(tags=["health"])
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")


class RequestCounts:
    """How many requests a process has answered, and how long that took."""

    def __init__(self) -> None:
        self.requests = Counter(
            "warroom_http_requests", "Requests answered.", ("method", "route", "status"), registry=None
        )
        self.seconds = Histogram(
            "warroom_http_request_seconds", "How long an answer took; streams last.", ("route",), registry=None
        )


class Metrics:
    """The numbers of one application."""

    def __init__(self, incidents: IncidentService, counts: RequestCounts | None = None) -> None:
        self._counts = counts or RequestCounts()
        self.registry = CollectorRegistry()
        self.registry.register(RunCounts(incidents))
        self.registry.register(self._counts.requests)
        self.registry.register(self._counts.seconds)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._counts.requests.labels(method if method in METHODS else "other", route, status).inc()
        self._counts.seconds.labels(route).observe(seconds)


class RunCounts(Collector):
    """How things stand, read from the store when the numbers are asked for."""

    def __init__(self, incidents: IncidentService) -> None:
        self._incidents = incidents

    def collect(self) -> Iterator[Metric]:
        """Give every number. Raises StoreError."""
        work, now = self._incidents.runs.workload(), self._incidents.clock.now()
        yield self._open_runs()
        yield _gauge("questions_waiting", "Questions that wait for a person.", work.questions)
        yield _gauge("question_oldest_seconds", "How long the oldest has waited.", _since(work.oldest_question, now))
        yield _gauge("wakeup_late_seconds", "How late the latest wake-up is.", _since(work.earliest_wakeup, now))
        yield _gauge("turns_failing", "Lanes whose last turn failed.", work.failing_workflows)
        yield _gauge("runs_nobody_wakes", "Open runs that nothing will wake.", work.runs_nothing_will_wake)
        yield _gauge("runner_works", "Whether runs are woken.", self._incidents.is_working)
        yield _gauge("inbox_waiting", "Deliveries that were not taken in yet.", work.deliveries)
        yield _gauge("inbox_oldest_seconds", "How long the oldest has waited.", _since(work.oldest_delivery, now))
        yield _gauge("outbox_waiting", "Webhook deliveries that wait.", work.webhooks)
        yield _gauge("outbox_failing", "Those of them that failed before.", work.failing_webhooks)
        yield from self._spent_today()
        yield from self._model_health()
        yield _gauge("acting_held", "Whether a person has put all acting on hold.", self._incidents.held)

    def _spent_today(self) -> Iterator[GaugeMetricFamily]:
        spent = self._incidents.spent_today()
        if spent is None:
            return
        tokens = GaugeMetricFamily(
            "warroom_model_tokens_today", "Tokens since midnight UTC, by whose count.", labels=("counted_by",)
        )
        tokens.add_metric(("endpoint",), spent.tokens - spent.tokens_estimated)
        tokens.add_metric(("estimate",), spent.tokens_estimated)
        yield tokens
        yield _gauge("model_calls_today", "Model calls since midnight UTC.", spent.model_calls)
        yield _gauge("model_money_today", "What they cost, by the prices that are set.", spent.money)

    def _model_health(self) -> Iterator[Metric]:
        """Since the process started."""
        health = self._incidents.model_health
        if health is None:
            return
        yield _gauge(
            "model_works", "Whether the model is asked, and its last call brought an answer.", not health.fault
        )
        yield _gauge("model_rests", "Whether the model is left alone for a while after failures.", bool(health.resting))
        yield _gauge("model_adapted", "Models that are asked otherwise than set up.", len(health.changes))
        calls = CounterMetricFamily("warroom_model_calls", "Model calls.", labels=("outcome",))
        calls.add_metric(("answer",), health.calls - sum(health.faults.values()))
        for kind, number in sorted(health.faults.items()):
            calls.add_metric((kind,), number)
        yield calls
        duties = CounterMetricFamily("warroom_duties", "Duties done.", labels=("role", "duty", "by"))
        for share in health.duties:
            duties.add_metric((share.role, share.duty, "model"), share.by_model)
            duties.add_metric((share.role, share.duty, "rules"), share.by_rules)
        yield duties

    def _open_runs(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily("warroom_runs_open", "Runs that are not over.", labels=("severity", "status"))
        counted: dict[tuple[str, str], int] = {}
        for facts in self._incidents.runs.open_runs():
            kind = (facts.severity or "none", facts.status)
            counted[kind] = counted.get(kind, 0) + 1
        for kind, number in counted.items():
            family.add_metric(kind, number)
        return family


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"warroom_{name}", help_text, value)


def _since(moment: datetime | None, now: datetime) -> float:
    """Seconds since a time; 0 where there is none, or it is still to come."""
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


@metrics_router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def show_metrics(request: Request) -> Response:
    """The numbers as Prometheus reads them."""
    metrics: Metrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=MEDIA_TYPE)
