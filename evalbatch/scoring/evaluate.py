"""Scoring a submission: rows, totals and grade of a project, nodes of an annual plan."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

from evalbatch.forms.spec import FormSpec, TableSpec
from evalbatch.model.evaluation import Funding, Node, Scores
from evalbatch.model.figures import ZERO, rounded
from evalbatch.model.submission import RowKind, Submission
from evalbatch.policies.spec import Policy
from evalbatch.scoring import nodes, sentences
from evalbatch.scoring.evidence import points_by_name
from evalbatch.scoring.grade import grade_of
from evalbatch.scoring.indicator import Context
from evalbatch.scoring.money import read_funding
from evalbatch.scoring.table import Scored, listed, scored_rows
from evalbatch.scoring.terms import said


def score(submission: Submission, form: FormSpec, policy: Policy, as_of: date) -> Scores:
    """Score a submission by a profile.

    Claimed, computed and final score are kept for each row; the final score is the claim cut to the computed score, never
    raised; a blank claim takes the computed score. Amounts are in 万元, scores in points, rounded half up to two decimals at the
    step the profile names.

    Args:
        submission: the workbook as read.
        form: its form; an annual form is scored by its nodes.
        policy: the profile.
        as_of: the day on which nodes are due or not.

    Returns:
        The scores; `unscorable` says in Chinese why there is no final total.
    """
    if form.kind == "annual":
        return _annual(submission, policy, as_of)
    funding = read_funding(submission, policy)
    context = Context(policy, submission, funding, points_by_name(submission))
    if not gives_points(submission, form):
        return _unscored(context)
    scores = _project(submission, policy, funding, scored_rows(context))
    return _without_totals(scores) if lost_tables(submission, form) else scores


def gives_points(submission: Submission, form: FormSpec) -> bool:
    """Whether a workbook is to be scored: its form is, and it has the columns for it.

    A column of scores that the regulation's own annex lacks (`beyond_annex`) is required of our own workbooks only; without it
    such a form says what was done and claims no points.
    """
    table = form.tables.get("indicators")
    column = next((each for each in table.columns if each.id == "score"), None) if table else None
    if not form.scored or column is None or not column.beyond_annex or submission.stamp is not None:
        return form.scored
    rows = submission.rows("indicators")
    return not rows or any("score" in row.entries or "weight" in row.entries for row in rows)


def _unscored(context: Context) -> Scores:
    """List what a form says that is not scored: every indicator with its completion, no points and no grade."""
    rows = tuple(map(partial(listed, context=context), context.submission.rows("indicators", RowKind.ITEM)))
    return Scores(
        policy=context.policy.id,
        policy_name=context.policy.name,
        rows=rows,
        funding=context.funding,
        weight_total=sum((row.weight for row in rows if row.weight is not None), ZERO),
        claimed_total=None,
        computed_total=None,
        final_total=None,
        stated_total=None,
        stated_grade="",
        grade="",
    )


def lost_tables(submission: Submission, form: FormSpec) -> tuple[str, ...]:
    """Return the ids of the tables that the form requires and the workbook lacks, as a whole or their required scores.

    What the regulation's annex lacks (`beyond_annex`) is required of our own workbooks only.
    """
    tables = (table for sheet in form.sheets if sheet.required for table in sheet.tables if table.required)
    required = (table for table in tables if submission.stamp is not None or not table.beyond_annex)
    return tuple(table.id for table in required if table.id not in submission.tables or _lacks_scores(submission, table))


def _lacks_scores(submission: Submission, table: TableSpec) -> bool:
    """Whether the column of scores is missing that the form requires; a blank column is there."""
    rows = submission.tables[table.id]
    needed = any(column.id == "score" and column.required for column in table.columns)
    return needed and bool(rows) and all("score" not in row.entries for row in rows)


def _without_totals(scores: Scores) -> Scores:
    """Take the totals away: without a required table they would be the totals of a part."""
    known = replace(scores, claimed_total=None, computed_total=None, final_total=None, stated_total=None)
    return replace(known, grade="", unscorable=sentences.unscorable("no_table"))


def _project(submission: Submission, policy: Policy, funding: Funding, scored: Sequence[Scored]) -> Scores:
    rows = tuple(each.score for each in scored)
    weights = [row.weight for row in rows if row.weight is not None]
    unscorable = "" if _weighed(submission) else sentences.unscorable("no_weights" if rows else "no_rows")
    exact = None if unscorable else _total(each.final for each in scored)
    return Scores(
        policy=policy.id,
        policy_name=policy.name,
        rows=rows,
        funding=funding,
        weight_total=sum(weights, ZERO),
        claimed_total=_printed(_total(row.claimed for row in rows)),
        computed_total=_printed(_total(each.computed for each in scored)),
        final_total=_printed(exact),
        stated_total=submission.number("stated_total"),
        stated_grade=said(submission.get("stated_grade")),
        grade=grade_of(exact, policy) if exact is not None else "",
        unscorable=unscorable,
    )


def _weighed(submission: Submission) -> bool:
    """Whether any indicator has a weight; the execution rate's alone makes no score."""
    return any(row.number("weight") is not None for row in submission.rows("indicators"))


def _annual(submission: Submission, policy: Policy, as_of: date) -> Scores:
    plan: tuple[Node, ...] = nodes.read_nodes(submission, policy.nodes, as_of)
    exact = nodes.total(plan, policy.full)
    return Scores(
        policy=policy.id,
        policy_name=policy.name,
        rows=(),
        funding=Funding(None, None, None, None, None),
        weight_total=ZERO,
        claimed_total=None,
        computed_total=_printed(exact),
        final_total=_printed(exact),
        stated_total=submission.number("stated_total"),
        stated_grade=said(submission.get("stated_grade")),
        grade=grade_of(exact, policy) if exact is not None else "",
        nodes=plan,
        unscorable="" if exact is not None else sentences.unscorable("no_nodes"),
    )


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    """Sum what is known, None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None


def _printed(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value)
