"""The registry of scorers: each is one function and one line here. Together they are the verdict on a run."""

from evals.playing.run_result import RunResult, missing_evidence
from evals.scorers import (
    actions,
    answers,
    cause,
    communication,
    deadlines,
    duties,
    ending,
    evidence,
    post_mortem,
    severity,
    transcript,
    truth,
)
from evals.scorers.scores import Score, Scorer, Verdict, together

SCORERS: tuple[Scorer, ...] = (
    Scorer("severity", severity.judge_severity, needs_evidence=True),
    Scorer("levels", severity.judge_levels),
    Scorer("scope", severity.judge_scope),
    Scorer("team", severity.judge_team),
    Scorer("duties", duties.judge_duties),
    Scorer("cause", cause.judge_cause, needs_evidence=True),
    Scorer("actionability", cause.judge_actionability, decides=False),
    Scorer("answers", answers.judge, decides=False),
    Scorer("red herrings", cause.judge_red_herrings, decides=False),
    Scorer("citations", transcript.judge_citations),
    Scorer("grounds", evidence.judge_grounds),
    Scorer("evidence", evidence.judge_evidence),
    Scorer("required actions", actions.judge_required_actions, needs_evidence=True),
    Scorer("wrong actions", actions.judge_wrong_actions),
    Scorer("unsafe actions", actions.judge_unsafe_actions),
    Scorer("effects", actions.judge_effects),
    Scorer("restraint", actions.judge_restraint),
    Scorer("asking", actions.judge_asking, needs_evidence=True),
    Scorer("updates", communication.judge_updates),
    Scorer("briefs", communication.judge_briefs),
    Scorer("templates", communication.judge_templates),
    Scorer("honesty", communication.judge_honesty),
    Scorer("promises", communication.judge_promises),
    Scorer("escalations", deadlines.judge_escalations),
    Scorer("deadlines", deadlines.judge_deadlines),
    Scorer("rows", transcript.judge_rows, needs_evidence=True),
    Scorer("content", transcript.judge_content),
    Scorer("premature resolved", ending.judge_premature_resolved),
    Scorer("ending", ending.judge_ending, needs_evidence=True),
    Scorer("post-mortem", post_mortem.judge_post_mortem),
    Scorer("timeline", post_mortem.judge_timeline),
    Scorer("post-mortem outcome", truth.judge_outcome),
    Scorer("impact minutes", truth.judge_impact_minutes),
    Scorer("contradictions", truth.judge_contradictions),
    Scorer("public words", truth.judge_public_words),
    Scorer("introduced", post_mortem.judge_introduced, decides=False),
    Scorer("action items", post_mortem.judge_action_items),
    Scorer("transcript", transcript.judge_transcript),
    Scorer("economy", duties.judge_economy, decides=False),
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
