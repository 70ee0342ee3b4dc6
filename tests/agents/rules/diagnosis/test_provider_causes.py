"""Providers: our own calls and their answers weigh more than their status page, and are followed far down."""

from datetime import timedelta

import pytest

from agents.io.catalogue import Catalogue
from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import Dependencies, ErrorLog, LogPattern, ProviderStatus
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.hypotheses import diagnose
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import CATALOGUE, NOW, ONSET, Answers, call, golden


def throttled(production: Answers, line: str, calls_fail: float = 0.3) -> None:
    """checkout was deployed just before, its calls to card-gateway fail, and its page says that all is well."""
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.1))
    release = Deployment(
        service="checkout", version="1.1.0", previous="1.0.0", at=ONSET - timedelta(minutes=10), status="succeeded"
    )
    history = DeploymentHistory(service="checkout", running="1.1.0", deployments=[release])
    production.put("deployment_history", "checkout", history)
    calls = [call("orders-db", "database"), call("card-gateway", "provider", calls_fail)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=["shop"]))
    production.put(
        "provider_status", "card-gateway", ProviderStatus(provider="card-gateway", status="operational", since=None)
    )
    pattern = LogPattern(
        service="checkout",
        signature=line,
        level="error",
        count=900,
        first_seen=ONSET,
        last_seen=NOW,
        sample=line,
        versions=["1.1.0"],
    )
    production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=[pattern]))


async def found(briefing: Briefing, context: DutyContext) -> list[Hypothesis]:
    return (await diagnose(briefing, context)).hypotheses


@pytest.mark.parametrize(
    ("line", "strength"),
    [
        ("charge failed: http 529 overloaded_error, try again later", 3),
        ("card-gateway answered 503", 3),
        ("acme:error:rateLimited :: too many new orders recently", 3),
        ("charge of order <n> was not confirmed after <n> ms", 2),
    ],
)
async def test_answers_that_only_the_other_side_gives_beat_its_page_and_a_release_of_which_only_the_time_is_known(
    briefing: Briefing, context: DutyContext, production: Answers, line: str, strength: int
) -> None:
    throttled(production, line)
    best, *others = await found(briefing, context)
    assert (best.cause, best.component, best.strength) == ("external dependency", "card-gateway", strength)
    has_answered = "card-gateway fails, which affects checkout"
    calls_fail = "calls from checkout to card-gateway fail"
    assert best.statement == (has_answered if strength == 3 else calls_fail)
    assert all(h.strength <= 1 for h in others if h.cause == "recent deployment")


async def test_a_release_with_an_exception_of_its_own_beats_a_provider_that_only_its_calls_accuse(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    throttled(production, "KeyError: 'currency' at checkout/charge.py:<n>")
    best = (await found(briefing, context))[0]
    assert (best.cause, best.version) == ("recent deployment", "1.1.0")


async def test_a_password_that_is_refused_is_the_caller_s_own(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    throttled(production, "card-gateway answered 401 unauthorized")
    outside = next(h for h in await found(briefing, context) if h.cause == "external dependency")
    assert outside.strength == 1


async def test_an_answer_that_names_nobody_is_no_provider_s_where_other_calls_suffer_too(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    throttled(production, "upload failed: http 503")
    calls = [call("search", error_rate=0.3), call("card-gateway", "provider", 0.3)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=["shop"]))
    outside = next(h for h in await found(briefing, context) if h.cause == "external dependency")
    assert outside.strength == 2


async def test_bad_calls_are_followed_down_to_a_provider_that_the_catalogue_names_nowhere_below(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    services = {name: s.model_copy(update={"depends_on": []}) for name, s in CATALOGUE.services.items()}
    apart = briefing.model_copy(update={"catalogue": Catalogue(services=services)})
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.1))
    production.put("golden_signals", "search", golden("search", ONSET, error_rate=0.1))
    to_search = Dependencies(service="checkout", calls=[call("search", error_rate=0.1)], called_by=["shop"])
    production.put("dependencies", "checkout", to_search)
    to_maps = Dependencies(service="search", calls=[call("maps", "provider", 0.4)], called_by=["checkout"])
    production.put("dependencies", "search", to_maps)
    production.put("provider_status", "maps", ProviderStatus(provider="maps", status="degraded", since=ONSET))
    best = (await found(apart, context))[0]
    assert (best.cause, best.component, best.service) == ("external dependency", "maps", "search")
