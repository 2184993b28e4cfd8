"""What a workbook must have to be scored: a form that gives points, and its tables of scores."""

from evalbatch.model.submission import Submission
from evalbatch.standards.form import FormSpec, TableSpec


def gives_points(submission: Submission, form: FormSpec) -> bool:
    """Whether a workbook is to be scored: its form is, and it has the columns for it.

    A column of scores that the regulation's own annex lacks (`beyond_annex`) is required of our own
    workbooks only; without it such a form says what was done and claims no points.
    """
    table = form.tables.get("indicators")
    column = next((each for each in table.columns if each.id == "score"), None) if table else None
    if not form.scored or column is None or not column.beyond_annex or submission.stamp is not None:
        return form.scored
    rows = submission.rows("indicators")
    return not rows or any("score" in row.entries or "weight" in row.entries for row in rows)


def lost_tables(submission: Submission, form: FormSpec) -> tuple[str, ...]:
    """Return the ids of the tables that the form requires and the workbook lacks, as a whole or
    their required scores.

    Of a form of others only what is scored must be there: what else it lacks cannot be checked.
    """
    tables = (
        table for sheet in form.sheets if sheet.required for table in sheet.tables if table.required
    )
    required = (table for table in tables if submission.stamp is not None or _is_scored(table))
    return tuple(
        table.id
        for table in required
        if table.id not in submission.tables or _lacks_scores(submission, table)
    )


def _is_scored(table: TableSpec) -> bool:
    return any(column.id == "score" and column.required for column in table.columns)


def _lacks_scores(submission: Submission, table: TableSpec) -> bool:
    """Whether the column of scores is missing that the form requires; a blank column is there."""
    rows = submission.tables[table.id]
    needed = any(column.id == "score" and column.required for column in table.columns)
    return needed and bool(rows) and all("score" not in row.entries for row in rows)
