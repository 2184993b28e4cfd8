"""T01: dates of report, signature, period and deadlines, against each other and the evaluated
year.
"""

from collections.abc import Iterator
from datetime import date

from evalbatch.checks.subject import CheckedSubmission, check, seen
from evalbatch.model.figures import day
from evalbatch.model.finding import Observation
from evalbatch.model.submission import Entry


@check("T01")
def dates_out_of_order(checked: CheckedSubmission) -> Iterator[Observation]:
    """Dates of report, signature and period against each other and the evaluated year."""
    submission = checked.submission
    start, end = submission.get("period_start"), submission.get("period_end")
    reported, signed = submission.get("reported_on"), submission.get("signed_on")
    ends = _when(end)
    yield from _ordered(start, end, "order")
    if ends and reported and reported.when and reported.when < ends:
        yield seen("T01", reported, found=day(reported.when), expected=day(ends))
    elif ends and signed and signed.when and signed.when < ends:
        yield seen("T01", signed, found=day(signed.when), expected=day(ends), variant="early")
    if signed and signed.when and reported and reported.when and signed.when != reported.when:
        yield seen(
            "T01",
            signed,
            reported,
            found=day(signed.when),
            expected=day(reported.when),
            variant="signed",
        )
    yield from _outside_year(checked, start, end)
    yield from _future(checked, {"reported_on": reported, "signed_on": signed})
    yield from _deadlines(checked)


def _when(entry: Entry | None) -> date | None:
    return entry.when if entry else None


def _ordered(start: Entry | None, end: Entry | None, variant: str) -> Iterator[Observation]:
    if start and end and start.when and end.when and start.when > end.when:
        yield seen(
            "T01", start, end, found=day(start.when), expected=day(end.when), variant=variant
        )


def _outside_year(
    checked: CheckedSubmission, start: Entry | None, end: Entry | None
) -> Iterator[Observation]:
    """The period must touch the evaluated year: a project may have begun earlier or go on later."""
    begins, ends, year = _when(start), _when(end), checked.year
    if year is None:
        return
    if start is not None and begins is not None and begins.year > year:
        yield seen("T01", start, found=day(begins), expected=str(year), variant="period")
    elif end is not None and ends is not None and ends.year < year:
        yield seen("T01", end, found=day(ends), expected=str(year), variant="period")


def _future(checked: CheckedSubmission, entries: dict[str, Entry | None]) -> Iterator[Observation]:
    for name, entry in entries.items():
        if entry is not None and entry.when is not None and checked.today.is_before(entry.when):
            label = checked.label(name)
            yield seen(
                "T01",
                entry,
                found=day(entry.when),
                expected=day(checked.today.itself),
                variant="future",
                label=label,
            )


def _deadlines(checked: CheckedSubmission) -> Iterator[Observation]:
    for row in checked.submission.rows("nodes"):
        entry = row.get("deadline")
        if (
            entry is not None
            and entry.when is not None
            and checked.year is not None
            and entry.when.year != checked.year
        ):
            yield seen(
                "T01", entry, found=day(entry.when), expected=str(checked.year), variant="deadline"
            )
