"""Earlier rounds: without a new reading nothing rises, and no objection is forgotten."""

from typing import Any

import pytest

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.rules.diagnosis.earlier_rounds import not_raised_without_news

LOG = "error_log(service=shop, minutes=120) at 14:30: no samples"
BEFORE = ["shop 2.0.0 was deployed at 14:02, 20 min before"]


def release(strength: int, support: list[str], against: list[str], **more: Any) -> Hypothesis:
    return Hypothesis(
        cause="recent deployment",
        component="shop",
        statement="2.0.0 of shop made it fail",
        status="supported" if strength > 1 else "open",
        strength=strength,
        support=[Claim(text=text, cites=["1"]) for text in support],
        against=[Claim(text=text, cites=["2"]) for text in against],
        version="2.0.0",
        **more,
    )


def before(strength: int = 1, missing: list[str] | None = None) -> Conclusion:
    old = release(strength, BEFORE, ["changed at the same time: a flag"])
    return Conclusion(verdict="insufficient evidence", summary="", hypotheses=[old], missing=missing or [])


def test_the_same_grounds_raise_nothing_and_bring_back_the_objection() -> None:
    now = release(2, ["shop 2.0.0 was deployed at 14:02, 21 min before"], [])
    found = not_raised_without_news(now, before(missing=[LOG]), [LOG.replace("14:30", "14:44")])
    assert (found.strength, found.status) == (1, "open")
    assert [claim.text for claim in found.against] == ["changed at the same time: a flag"]


@pytest.mark.parametrize(
    ("support", "missing"),
    [([*BEFORE, "shop writes “KeyError”"], [LOG]), (BEFORE, [])],
    ids=["a new claim speaks for it", "a reading that was missing is there"],
)
def test_news_raise_it(support: list[str], missing: list[str]) -> None:
    assert not_raised_without_news(release(3, support, []), before(missing=[LOG]), missing).strength == 3


def test_what_falls_and_what_is_new_stays_as_it_is_found() -> None:
    assert not_raised_without_news(release(1, BEFORE, []), before(2), []).strength == 1
    assert not_raised_without_news(release(2, BEFORE, []), None, []).strength == 2
    other = release(2, BEFORE, []).model_copy(update={"version": "2.1.0"})
    assert not_raised_without_news(other, before(), []).strength == 2
