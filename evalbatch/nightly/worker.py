"""The worker: bytes of one workbook in, its finished outcome out. The only place where a fault of
ours is caught.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from zipfile import ZipFile

from evalbatch.annotated.copy import annotate
from evalbatch.checks.assess import noted, review_notes
from evalbatch.checks.catalogue import TRIAL_MARK, refuse
from evalbatch.checks.fingerprint import fingerprint
from evalbatch.cycle.matching import Sender
from evalbatch.cycle.monitoring import at_monitoring, beside_final
from evalbatch.errors import reason
from evalbatch.model.decisions import Dossier
from evalbatch.model.evaluation import SCORED, Evaluation, Status
from evalbatch.model.finding import Finding, Observation, Severity
from evalbatch.model.identity import submission_year
from evalbatch.model.place import Place
from evalbatch.model.record import Monitored, Monitoring, Noticed, Record
from evalbatch.model.submission import Submission
from evalbatch.nightly.extract import Extract, replacement, superseded
from evalbatch.nightly.inbox import ArchiveError
from evalbatch.nightly.inbox_entries import as_handed_in
from evalbatch.nightly.job import Job, broken, refused_item
from evalbatch.nightly.judging import NO_DOSSIER, department, judged, previous
from evalbatch.nightly.kept_values import encode, pack
from evalbatch.nightly.setup import WorkerContext
from evalbatch.publish import annual_report, gaps, reconcile, working_paper
from evalbatch.publish.project_report import report_document
from evalbatch.publish.project_report.facts import Replacement
from evalbatch.reading.reader import read
from evalbatch.results.database import SUBMISSIONS
from evalbatch.results.outcome import SubmissionOutcome, WorkbookOutcome, content_digest
from evalbatch.sheets.book import Refused
from evalbatch.sheets.package import WORKBOOK

Work = Callable[[Job], WorkbookOutcome]
_SUFFIXES = {b"wordprocessingml.document.main": ".docx", b"macroEnabled": ".xlsm"}


def start(context: WorkerContext) -> Work:
    """Return the work function of a worker process."""
    return partial(work, context)


def work(context: WorkerContext, job: Job) -> WorkbookOutcome:
    """Do one workbook, from its bytes to its outputs.

    Never raises for anything in the workbook; a fault of ours is an outcome with its traceback.
    Running out of memory is passed on, because a process that met it is not to be trusted any more.

    Raises:
        MemoryError: the limit of this process is reached.
    """
    try:
        data = job.source.read() if job.data is None else job.data
    except ArchiveError as error:
        return _refused(job, _archive_fault(job, str(error)))
    except OSError as error:
        return WorkbookOutcome(job.file, "", busy=f"打不开（{reason(error)}）")
    try:
        return _done(context, job, data)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the worker's edge: a fault of ours is recorded, never blamed on the department
        return broken(job.file, content_digest(data), traceback.format_exc())


def blame(job: Job, reason: str) -> WorkbookOutcome:
    """Return the outcome of a workbook that outlasted its time, or twice killed the process that
    read it (F08).

    It may have been the machine's bad day, so that the first time the result stands for this as-of
    date only. The file itself is not touched again: this is not the worker, and nothing would end
    what never lets go of it.
    """
    outcome = _refused(job, Observation("F08", (Place(job.file),), found=reason))
    items = tuple(replace(item, dated=not job.suspect) for item in outcome.items)
    return replace(outcome, items=items)


def _refused(job: Job, observation: Observation, digest: str = "") -> WorkbookOutcome:
    refusal = refuse(observation, job.file, digest)
    annotated = annotate(
        b"", job.file, refusal.findings
    )  # a review sheet of its own: the file is not touched again
    return WorkbookOutcome(job.file, refusal.digest, (refused_item(refusal),), annotated, ".xlsx")


def _archive_fault(job: Job, reason: str) -> Observation:
    """Say why there is nothing to read in an archive: it cannot be opened (F01), or holds no
    workbook (F12).
    """
    code, variant = ("F12", "archive") if job.source.empty else ("F01", "archive")
    return Observation(code, (Place(job.file),), found=reason, expected=WORKBOOK, variant=variant)


def _done(context: WorkerContext, job: Job, data: bytes) -> WorkbookOutcome:
    try:
        submissions = read(data, job.file, context.forms)
    except Refused as refused:
        return _refused(job, as_handed_in(job.file, refused.observation), content_digest(data))
    evaluations = [
        _evaluate(context, submission, job.extra.get(submission.file, ()))
        for submission in submissions
    ]
    findings = [finding.told for evaluation in evaluations for finding in evaluation.findings]
    items = tuple(
        _item(context, evaluation, job.extra.get(evaluation.submission.file, ()))
        for evaluation in evaluations
    )
    notes = [
        note
        for evaluation, item in zip(evaluations, items, strict=True)
        if item.status is Status.GRADED
        for note in review_notes(evaluation)
    ]
    wanted = bool(notes) or any(map(_worth_a_copy, findings))
    annotated = annotate(data, job.file, [*findings, *notes]) if wanted else None
    return WorkbookOutcome(job.file, submissions[0].digest, items, annotated, _suffix(annotated))


def _worth_a_copy(finding: Finding) -> bool:
    """Whether the department should see it at its cell: all but notes, unless they will return
    workbooks later (试行).
    """
    return finding.severity is not Severity.NOTE or finding.title.endswith(TRIAL_MARK)


def _evaluate(
    context: WorkerContext, submission: Submission, extra: Sequence[Noticed]
) -> Evaluation:
    dossiers = (each for each in extra if isinstance(each, Dossier))
    return judged(context, submission, _observed(extra), next(dossiers, NO_DOSSIER))


def _corrected(extra: Iterable[Noticed]) -> str:
    return next((each.corrected for each in extra if isinstance(each, Dossier)), "")


def _observed(extra: Iterable[Noticed]) -> Sequence[Observation]:
    return [each for each in extra if isinstance(each, Observation)]


def _item(
    context: WorkerContext, before: Evaluation, extra: Sequence[Noticed]
) -> SubmissionOutcome:
    file, seen = before.submission.file, _observed(extra)
    if superseded(file, seen):
        return _superseded(context, before, replacement(file, seen))
    scored = context.forms[before.submission.form].scored
    told = _corrected(extra)
    report = _report(context, before, told) if before.status in SCORED and scored else None
    evaluation = _with_gaps(context, before, report)
    if (
        scored and evaluation.status is not before.status
    ):  # the profile returns workbooks for gaps: the report is but a draft
        report = _report(context, evaluation, told)
    held = context.hold and evaluation.scores.to_review
    paper = evaluation.status in SCORED and scored
    return _outcome(
        context,
        evaluation,
        report=None if held else report,
        working_paper=_working_paper(context, evaluation, extra) if paper else None,
    )


def _superseded(
    context: WorkerContext, before: Evaluation, newer: Replacement | None
) -> SubmissionOutcome:
    """Return the outcome of a hand-in that does not count; where another does, its report says
    which.
    """
    form = context.forms[before.submission.form]
    reported = newer is not None and form.scored and form.kind != "annual"
    held = context.hold and before.scores.to_review
    wanted = reported and before.status in SCORED and not held
    report = _report(context, before, newer=newer) if wanted else None
    return _outcome(context, replace(before, status=Status.SUPERSEDED), report=report)


def _outcome(
    context: WorkerContext,
    evaluation: Evaluation,
    *,
    report: bytes | None = None,
    working_paper: bytes | None = None,
) -> SubmissionOutcome:
    record = _record(context, evaluation)
    form, policy = context.forms[record.form], context.policies[record.form]
    limit, reverse = int(policy.limits.copied_characters.value), policy.quantitative.reverse_groups
    print_ = fingerprint(evaluation, form, copied_characters=limit, reverse_groups=reverse)
    foreseen = at_monitoring(evaluation, policy) if form.foresees else None
    sender = Sender.of_submission(evaluation.submission)
    return SubmissionOutcome(
        record.file,
        record.department,
        record.project,
        record.form,
        record.status,
        record=SUBMISSIONS.rows(record),
        extract=pack(Extract(sender, print_, foreseen), Extract),
        report=report,
        holds=evaluation.holds,
        dated=form.kind == "annual",  # its report names the day
        evaluation=encode(evaluation) if form.kind == "annual" else b"",
        working_paper=working_paper,
    )


def _record(context: WorkerContext, evaluation: Evaluation) -> Record:
    submission, form = evaluation.submission, context.forms[evaluation.submission.form]
    graded = evaluation.status is Status.GRADED and form.kind != "annual"
    return Record(
        file=submission.file,
        digest=submission.digest,
        form=form.id,
        form_title=form.title,
        year=submission_year(submission),
        department=department(submission),
        unit=submission.text("unit") or submission.text("office"),
        project=submission.title,
        status=evaluation.status,
        scores=evaluation.scores,
        findings=evaluation.findings,
        reviewed_total=evaluation.scores.reviewed_total if graded else None,
        stage=evaluation.scores.stage.value if graded else "",
    )


def _report(
    context: WorkerContext,
    evaluation: Evaluation,
    corrected: str = "",
    *,
    newer: Replacement | None = None,
) -> bytes:
    """Return the Word report, opened again and compared with the evaluation.

    Raises:
        ValueError: it does not say what the evaluation says, a fault of ours.
    """
    submission = evaluation.submission
    form = context.forms[submission.form]
    policy = context.policies[form.id]
    if form.kind == "annual":
        return annual_report.render_office(
            evaluation, form, policy, context.as_of, template=context.templates.get("office")
        )
    template, before = context.templates.get(form.template), previous(context, submission)
    rendered = report_document.render(
        evaluation,
        form,
        policy,
        template=template,
        previous=before,
        replaced_by=newer,
        corrected=corrected,
    )
    if differences := reconcile.report(rendered, evaluation, figures=template is None):
        raise ValueError("；".join(differences))
    return rendered


def _with_gaps(context: WorkerContext, evaluation: Evaluation, report: bytes | None) -> Evaluation:
    """Add to an evaluation that its report has gaps (B05), where it has."""
    chapters = gaps.by_chapter(report) if report else {}
    if not chapters:
        return evaluation
    policy = context.policies[evaluation.submission.form]
    seen = [gaps.seen(chapters, evaluation.submission.file)]
    return noted(evaluation, seen, policy, context.waivers, context.as_of)


def _working_paper(
    context: WorkerContext, evaluation: Evaluation, extra: Sequence[Noticed]
) -> bytes | None:
    submission, template = evaluation.submission, context.templates.get("working_paper")
    form, before = context.forms[submission.form], previous(context, submission)
    policy = context.policies[form.id]
    return working_paper.render(
        evaluation,
        form,
        policy,
        template=template,
        previous=before,
        monitored=tuple(_monitored(context, evaluation, extra)),
        corrected=_corrected(extra),
    )


def _monitored(
    context: WorkerContext, evaluation: Evaluation, extra: Sequence[Noticed]
) -> Iterator[Monitored]:
    """Yield what monitoring foresaw, beside what the workbook tells now."""
    for told in extra:
        if isinstance(told, Monitoring):
            record = _record(context, evaluation)
            yield from beside_final(record.department, record.project, told, record)


def _suffix(annotated: bytes | None) -> str:
    """Return the suffix of an annotated copy: of a workbook with macros or a document it is one
    too, everything else is xlsx.
    """
    if annotated is None:
        return ""
    with ZipFile(BytesIO(annotated)) as package:
        types = package.read("[Content_Types].xml")
    return next((suffix for mark, suffix in _SUFFIXES.items() if mark in types), ".xlsx")
