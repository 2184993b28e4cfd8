"""How a submission is judged, in a run and by `check` alike: by its form's profile, the waivers,
and last year's record.
"""

from collections.abc import Iterable
from functools import partial

from evalbatch.checks.assess import assess
from evalbatch.cycle.matching import Sender
from evalbatch.cycle.review_rows import rulings
from evalbatch.model.decisions import Dossier
from evalbatch.model.evaluation import Evaluation
from evalbatch.model.finding import Observation
from evalbatch.model.record import Record, last_years
from evalbatch.model.submission import Submission
from evalbatch.nightly.inbox_entries import named_department
from evalbatch.nightly.setup import WorkerContext

NO_DOSSIER = Dossier("")


def judged(
    context: WorkerContext,
    submission: Submission,
    extra: Iterable[Observation] = (),
    dossier: Dossier = NO_DOSSIER,
) -> Evaluation:
    """Return the evaluation of a submission.

    `extra` is what was noticed about it across workbooks, `dossier` what the office decided.
    """
    form = context.forms[submission.form]
    policy, before = context.policies[form.id], previous(context, submission)
    decide = partial(rulings, dossier)
    return assess(submission, form, policy, context.as_of, context.waivers, extra, before, decide)


def previous(context: WorkerContext, submission: Submission) -> Record | None:
    """Return last year's record of the same project, None where there is none."""
    return last_years(context.previous, submission.form, submission.title, department(submission))


def department(submission: Submission) -> str:
    """Return who hands in."""
    return named_department(Sender.of_submission(submission))
