"""D06: against the same project's record of last year - same text, another target, money left over
again, problems that nothing is said of.
"""

from collections.abc import Iterator

from evalbatch.checks.subject import CheckedSubmission, ScoredRow, check, seen
from evalbatch.model.evaluation import Score
from evalbatch.model.figures import money
from evalbatch.model.finding import Finding, Observation
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.plain_figures import compact
from evalbatch.model.record import Record
from evalbatch.model.submission import Submission
from evalbatch.scoring.sense import eased, sense_of


@check("D06")
def against_last_year(checked: CheckedSubmission) -> Iterator[Observation]:
    """Compare with last year's record where there is one."""
    if checked.previous is None:
        return
    yield from _unanswered(checked, checked.previous)
    if checked.previous.scores is None:
        return
    earlier = {normal_name(score.level3): score for score in checked.previous.scores.rows}
    for pair in checked.scored:
        before = earlier.get(normal_name(pair.score.level3))
        if before is not None and pair.row.table == "indicators":
            yield from _same_reason(checked, pair, before)
            yield from _other_target(checked, pair, before)
    yield from _unspent_again(checked)


def followed_up(submission: Submission, before: Record | None) -> tuple[tuple[Finding, str], ...]:
    """Return last year's problems that were to be put right, each with what the department says of
    it, empty where it says nothing.
    """
    said = {compact(problem): answer for problem, answer in submission.rectified}
    problems = before.findings if before else ()
    return tuple((each, said.get(compact(each.message), "")) for each in problems)


def _unanswered(checked: CheckedSubmission, before: Record) -> Iterator[Observation]:
    """Problems of last year that the department says nothing of (上年问题整改)."""
    told = followed_up(checked.submission, before)
    blank = [problem for problem, answer in told if not answer]
    if blank:
        place, count = Place(checked.submission.file), str(len(blank))
        yield seen("D06", place, found=count, expected=str(len(told)), variant="unanswered")


def _same_reason(
    checked: CheckedSubmission, pair: ScoredRow, before: Score
) -> Iterator[Observation]:
    reason = pair.row.get("reason")
    if reason is None or len(normal_name(reason.text)) < checked.limits.copied_characters.value:
        return
    if normal_name(reason.text) == normal_name(before.explanation):
        yield seen(
            "D06", reason, found=reason.text.rstrip("。 "), expected="本年情况", name=pair.name
        )


def _other_target(
    checked: CheckedSubmission, pair: ScoredRow, before: Score
) -> Iterator[Observation]:
    """A target that asks for less or more than last year's, by the sense of the indicator."""
    entry, row = pair.row.get("target"), pair.row
    groups = checked.policy.quantitative.reverse_groups
    sense = sense_of(row.text("level3"), row.text("level2"), row.text("nature"), groups)
    change = eased(before.target, entry.text, sense) if entry is not None else None
    if entry is not None and change:
        yield seen(
            "D06", entry, found=entry.text, expected=before.target, variant=change, name=pair.name
        )


def _unspent_again(checked: CheckedSubmission) -> Iterator[Observation]:
    before = (
        checked.previous.scores.funding.unspent
        if checked.previous and checked.previous.scores
        else None
    )
    now, fund = checked.scores.funding.unspent, checked.fund
    limit = checked.limits.money_tolerance.value
    if (
        fund is not None
        and before is not None
        and now is not None
        and before > limit
        and now > limit
    ):
        yield seen(
            "D06",
            fund.get("executed") or fund,
            found=money(now),
            expected=money(before),
            variant="unspent",
        )
