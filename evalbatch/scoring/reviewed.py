"""Where a person has decided, the final score is the person's; the rule's stays beside it."""

from dataclasses import replace

from evalbatch.model.decisions import Decision, ReviewState, Ruling
from evalbatch.model.evaluation import Score

REVIEWED = "reviewed"
"""The outcome of a row whose final score a person decided (`Score.outcome`)."""
NAMES = "、"


def with_ruling(score: Score, ruling: Ruling) -> Score:
    """Return a scored row with what the office decided about it."""
    asked, state, decision = ruling.asked or score.why_person, ruling.state.value, ruling.by
    if (state, asked) != (score.review_state, score.why_person):
        score = replace(score, review_state=state, why_person=asked)
    if decision is None or ruling.score is None:
        return score
    signed = (decision, *ruling.others) if ruling.state is ReviewState.SPLIT else (decision,)
    reasons = (_reason(each, several=len(signed) > 1) for each in signed)
    return replace(
        score,
        final=ruling.score,
        outcome=REVIEWED,
        reviewed_score=ruling.score,
        reviewer=NAMES.join(dict.fromkeys(each.by for each in signed)),
        reviewed_on=max(each.on for each in signed),
        review_reason="；".join(dict.fromkeys(reasons)),
        confirmed_by=decision.confirmed_by,
        automatic=score.final,
    )


def _reason(decision: Decision, *, several: bool) -> str:
    """Return a decision's reason; where two differ, with the score that each gave."""
    if not several or decision.score is None:
        return decision.reason
    return f"{decision.score:f} 分：{decision.reason or '同核算'}"
