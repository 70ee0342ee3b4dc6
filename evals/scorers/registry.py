"""Scorers: one file each with one function, and one line here. Together they are the verdict on a run."""

from evals.playing.provenance import missing_evidence
from evals.playing.run_result import RunResult
from evals.scorers import (
    action_items,
    actionability,
    answers,
    asking,
    briefs,
    cause,
    citations,
    content,
    deadlines,
    duties,
    economy,
    effects,
    ending,
    escalations,
    evidence,
    grounds,
    honesty,
    introduced,
    levels,
    post_mortem,
    premature_resolved,
    promises,
    red_herrings,
    required_actions,
    restraint,
    rows,
    scope,
    severity,
    team,
    templates,
    timeline,
    transcript,
    unsafe_actions,
    updates,
    wrong_actions,
)
from evals.scorers.scores import Score, Scorer, Verdict, together

SCORERS: tuple[Scorer, ...] = (
    Scorer("severity", severity.judge, needs_evidence=True),
    Scorer("levels", levels.judge),
    Scorer("scope", scope.judge),
    Scorer("team", team.judge),
    Scorer("duties", duties.judge),
    Scorer("cause", cause.judge, needs_evidence=True),
    Scorer("actionability", actionability.judge, decides=False),
    Scorer("answers", answers.judge, decides=False),
    Scorer("red herrings", red_herrings.judge, decides=False),
    Scorer("citations", citations.judge),
    Scorer("grounds", grounds.judge),
    Scorer("evidence", evidence.judge),
    Scorer("required actions", required_actions.judge, needs_evidence=True),
    Scorer("wrong actions", wrong_actions.judge),
    Scorer("unsafe actions", unsafe_actions.judge),
    Scorer("effects", effects.judge),
    Scorer("restraint", restraint.judge),
    Scorer("asking", asking.judge, needs_evidence=True),
    Scorer("updates", updates.judge),
    Scorer("briefs", briefs.judge),
    Scorer("templates", templates.judge),
    Scorer("honesty", honesty.judge),
    Scorer("promises", promises.judge),
    Scorer("escalations", escalations.judge),
    Scorer("deadlines", deadlines.judge),
    Scorer("rows", rows.judge, needs_evidence=True),
    Scorer("content", content.judge),
    Scorer("premature resolved", premature_resolved.judge),
    Scorer("ending", ending.judge, needs_evidence=True),
    Scorer("post-mortem", post_mortem.judge),
    Scorer("timeline", timeline.judge),
    Scorer("introduced", introduced.judge, decides=False),
    Scorer("action items", action_items.judge),
    Scorer("transcript", transcript.judge),
    Scorer("economy", economy.judge, decides=False),
)


def score(result: RunResult) -> tuple[Verdict, dict[str, Score]]:
    """Mark a run. Where its decisive evidence was missing, what rests on it is inconclusive, not wrong."""
    marks = {scorer.name: mark for scorer in SCORERS if (mark := scorer.judge(result))}
    missing = missing_evidence(result)
    for scorer in SCORERS if missing else ():
        if scorer.needs_evidence and scorer.name in marks and marks[scorer.name].verdict == "fail":
            unclear = [*marks[scorer.name].why, *missing]
            marks[scorer.name] = marks[scorer.name].model_copy(update={"verdict": "inconclusive", "why": unclear})
    return together(marks, SCORERS), marks
