"""From a submission to an evaluation: scores, all checks at once, the profile's severities,
waivers, and what becomes of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date
from functools import cache
from operator import attrgetter

from evalbatch.checks import (
    blank_fields,
    catalogue,
    evidence,
    funds,
    goal_progress,
    indicators,
    last_year,
    narrative,
    plan_nodes,
    privacy,
    reasons,
    report_dates,
    scores,
    targets,
    weights,
    wording,
)
from evalbatch.checks.fingerprint import STILL_MARK, STILL_THERE, fault_name
from evalbatch.checks.subject import CHECKS, POINTS, SUMS, CheckedSubmission
from evalbatch.model.evaluation import Evaluation, Score, Scores, Status
from evalbatch.model.figures import plain
from evalbatch.model.finding import Finding, Observation, Severity, Waiver
from evalbatch.model.names import same_name
from evalbatch.model.place import Place
from evalbatch.model.record import Record
from evalbatch.model.submission import Submission
from evalbatch.model.today import Today
from evalbatch.scoring import evaluate
from evalbatch.scoring.evaluate import Decide
from evalbatch.standards.form import FormSpec
from evalbatch.standards.policy import Policy

#: Findings that say a claim is too high; waived, the claim stands.
CUTTING = frozenset({"S02", "S03", "S04"})

Where = Place | tuple[str, int]

#: The groups of checks; importing them enrols their checks.
GROUPS = (
    blank_fields,
    weights,
    scores,
    reasons,
    targets,
    funds,
    indicators,
    evidence,
    report_dates,
    wording,
    narrative,
    plan_nodes,
    last_year,
    privacy,
    goal_progress,
)


def assess(
    submission: Submission,
    form: FormSpec,
    policy: Policy,
    as_of: date,
    waivers: Sequence[Waiver] = (),
    extra: Iterable[Observation] = (),
    previous: Record | None = None,
    decide: Decide | None = None,
) -> Evaluation:
    """Score a submission, run every check on it, and decide whether it is graded or returned.

    `extra` are observations from across workbooks; `previous` is the same project's record of last
    year; `decide` gives what the office decided about scored rows.
    """
    today = Today(as_of)
    scored = evaluate.score(submission, form, policy, today, decide=decide)
    checked = CheckedSubmission(submission, form, policy, scored, today, previous)
    observations = [*submission.observations, *extra, *observe(checked)]
    findings = findings_from(observations, policy, waivers, checked.project, today)
    if checked.scored_form and scored.unscorable and not any(each.returns for each in findings):
        place = Place(submission.file)
        observations.append(Observation("F04", (place,), scored.unscorable, variant="unscorable"))
        findings = findings_from(observations, policy, waivers, checked.project, today)
    scores = _upheld(checked, findings, decide)
    return Evaluation(submission, scores, findings, _status(checked, findings), today.holds)


def _upheld(
    checked: CheckedSubmission, findings: Iterable[Finding], decide: Decide | None
) -> Scores:
    """Return the scores with the claims that stand because the finding that cuts or refuses them is
    waived.
    """
    waived = (each for each in findings if each.waiver is not None and each.code in CUTTING)
    places = frozenset(place for each in waived for place in each.places)
    if not places:
        return checked.scores
    return evaluate.score(
        checked.submission, checked.form, checked.policy, checked.today, places, decide
    )


def _status(checked: CheckedSubmission, findings: Iterable[Finding]) -> Status:
    if any(each.returns for each in findings):
        return Status.RETURNED
    return (
        Status.GRADED if checked.form.kind == "annual" or checked.scored_form else Status.ACCEPTED
    )


def observe(checked: CheckedSubmission) -> Iterator[Observation]:
    """Yield what all enrolled checks see in a submission, in the order of their codes."""
    for code in _codes(
        sums=not (checked.incomplete or checked.unread),
        points=checked.scored_form or checked.form.kind == "annual",
    ):
        if code not in checked.policy.off:
            yield from CHECKS[code](checked)


@cache
def _codes(*, sums: bool, points: bool) -> tuple[str, ...]:
    silent = (set() if sums else SUMS) | (set() if points else POINTS)
    return tuple(sorted(CHECKS.keys() - silent))


def findings_from(
    observations: Iterable[Observation],
    policy: Policy,
    waivers: Sequence[Waiver],
    project: str,
    today: Today,
) -> tuple[Finding, ...]:
    """Turn observations into findings: without echoes, equal ones merged, waived where a waiver
    says so, gravest first.
    """
    heard = _without_echoes([seen for seen in observations if seen.code not in policy.off])
    merged = _merged(catalogue.finding(seen, policy) for seen in heard)
    still = {name for seen in heard for name in seen.figures.get(STILL_THERE, "").split("\n")}
    waived = (_waived(_marked(finding, still), waivers, project, today) for finding in merged)
    return tuple(sorted(waived, key=attrgetter("gravity")))


def noted(
    evaluation: Evaluation,
    observations: Iterable[Observation],
    policy: Policy,
    waivers: Sequence[Waiver],
    as_of: date,
) -> Evaluation:
    """Add to an evaluation what was noticed after it was made; a workbook in order that now has an
    error is returned.
    """
    today = Today(as_of)
    added = findings_from(observations, policy, waivers, evaluation.submission.title, today)
    findings = tuple(sorted((*evaluation.findings, *added), key=attrgetter("gravity")))
    late = evaluation.status.good and any(each.returns for each in findings)
    status = Status.RETURNED if late else evaluation.status
    holds = evaluation.holds.within(today.holds)
    return replace(evaluation, findings=findings, status=status, holds=holds)


def _without_echoes(observations: Sequence[Observation]) -> list[Observation]:
    """Drop observations that only repeat another fault of the same row or cell (the catalogue's
    `silences`, `replaces`).
    """
    silent: dict[Where, set[str]] = defaultdict(set)
    for seen in observations:
        entry = catalogue.article(seen.code)
        severity = entry.variant(seen.variant).severity or entry.severity
        mild = severity.rank > entry.severity.rank
        if not mild and (entry.silences or entry.replaces):  # what only warns explains nothing away
            for place in _cells(seen):
                silent[place.line].update(entry.silences)
                silent[place].update(entry.replaces)
    return [seen for seen in observations if not _is_echo(seen, silent)]


def _is_echo(observation: Observation, silent: Mapping[Where, set[str]]) -> bool:
    wheres = (where for place in _cells(observation) for where in (place, place.line))
    return any(observation.code in silent[where] for where in wheres if where in silent)


def _cells(observation: Observation) -> list[Place]:
    return [place for place in observation.places if place.row]


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Merge findings that say the same (code, severity and message), with all their places in
    order.
    """
    merged: dict[tuple[str, Severity, str], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.severity, finding.message)
        earlier = merged.get(key)
        places = finding.places if earlier is None else (*earlier.places, *finding.places)
        merged[key] = replace(earlier or finding, places=tuple(dict.fromkeys(places)))
    return list(merged.values())


def _waived(finding: Finding, waivers: Sequence[Waiver], project: str, today: Today) -> Finding:
    """Attach the waiver that lifts a finding, if there is one that has not expired."""
    of_it = (waiver for waiver in waivers if waiver.code == finding.code)
    waiver = next((each for each in of_it if _in_force(each, project, today)), None)
    return replace(finding, waiver=waiver) if waiver else finding


def _in_force(waiver: Waiver, project: str, today: Today) -> bool:
    """Whether a waiver is for this project and has not expired at the date."""
    if not same_name(waiver.project, project):
        return False
    return waiver.until is None or not today.has_passed(waiver.until)


def _marked(finding: Finding, still: AbstractSet[str]) -> Finding:
    """Mark a finding that an earlier hand-in was already returned for (D09)."""
    return (
        replace(finding, message=STILL_MARK + finding.message)
        if fault_name(finding) in still
        else finding
    )


def review_notes(evaluation: Evaluation) -> Iterator[Finding]:
    """Yield what an annotated copy tells of the office's decisions (R01): at each row of a graded
    workbook the scores, the reason, and whether it is provisional; no reviewer's name.
    """
    rows = evaluation.scores.rows if evaluation.status is Status.GRADED else ()
    for row in rows:
        if row.reviewed_score is not None and row.final is not None:
            yield catalogue.finding(_decided(row))


def _decided(row: Score) -> Observation:
    scores = {"claimed": row.claimed, "computed": row.computed, "final": row.final}
    figures = {name: "—" if score is None else plain(score) for name, score in scores.items()}
    figures["name"] = row.name
    figures["because"] = f"：{row.review_reason.rstrip('。')}" if row.review_reason else ""
    variant = "provisional" if row.open else ""
    return Observation("R01", (row.place,), figures["claimed"], figures["final"], variant, figures)
