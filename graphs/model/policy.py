"""Policy: who decides about a proposed change. No rule means ask a human; nobody to ask means no."""

from typing import Literal, NamedTuple

from agents.reports.basis import Action, Severity

Verdict = Literal["auto", "ask", "never"]


class PolicyRule(NamedTuple):
    """A row of the policy; `*` fits all. The first row that fits decides."""

    severity: Severity | Literal["*"]
    action: Action | Literal["*"]
    service: str
    verdict: Verdict
    why: str
    may: tuple[str, ...] = ("*",)
    """Who may say yes, where a person is asked; `*` is everybody."""


POLICY: tuple[PolicyRule, ...] = (
    PolicyRule("*", "build_hotfix", "*", "auto", "building a candidate does not touch production"),
)


ASK = PolicyRule("*", "*", "*", "ask", "everything that changes production asks a person")


def decide(severity: str, action: str, service: str, policy: tuple[PolicyRule, ...] = POLICY) -> PolicyRule:
    """The rule that decides; without one, a person is asked."""
    for rule in policy:
        if rule.severity in ("*", severity) and rule.action in ("*", action) and rule.service in ("*", service):
            return rule
    return ASK
