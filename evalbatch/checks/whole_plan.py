"""Whose are the level-3 items (三级指标) of an annual plan: claimed by several offices, by none, or
not planned at all (D08).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from evalbatch.checks.fingerprint import Fingerprint, OfficeItem
from evalbatch.checks.plan_nodes import ranges
from evalbatch.checks.statements import COUNTED, statements
from evalbatch.checks.subject import nothing, seen
from evalbatch.model.evaluation import Evaluation, Node, Status
from evalbatch.model.finding import Observation
from evalbatch.model.identity import submission_year
from evalbatch.model.names import normal_name
from evalbatch.model.place import Place
from evalbatch.model.record import RosterEntry
from evalbatch.model.submission import Entry, RowKind, Submission
from evalbatch.scoring.work_nodes import completion, number, position
from evalbatch.standards.form import FormSpec

ByFile = dict[str, list[Observation]]
Plans = Mapping[str, Collection[str]]
Holders = Mapping[str, Sequence[tuple[Fingerprint, OfficeItem]]]


class Claims(NamedTuple):
    """What is wrong with who claims what: in single workbooks, and in an organisation's plan as a
    whole.
    """

    by_file: ByFile
    whole: tuple[Observation, ...]


def planned(roster: Iterable[RosterEntry]) -> Plans:
    """Return the item numbers that the roster plans for each organisation, by its name as names are
    compared.
    """
    plans: dict[str, list[str]] = defaultdict(list)
    for entry in roster:
        if entry.items:
            plans[normal_name(entry.department)].extend(entry.items)
    return dict(plans)


def claims(fingerprints: Iterable[Fingerprint], plans: Plans) -> Claims:
    """Compare what the offices of each organisation hand in with each other and with its plan.

    Without a plan the numbers between those handed in are what is expected, once a second office
    has handed in.
    """
    organisations: dict[tuple[str, str], list[Fingerprint]] = defaultdict(list)
    for each in fingerprints:
        if each.items:
            organisations[normal_name(each.department), each.year].append(each)
    by_file: ByFile = defaultdict(list)
    whole: list[Observation] = []
    for (organisation, _), group in organisations.items():
        plan, holders = plans.get(organisation, ()), _holders(group)
        for file, observation in _misclaimed(holders, plan):
            by_file[file].append(observation)
        if plan or len(group) > 1:
            whole.extend(_unclaimed(group, holders, plan))
    return Claims(dict(by_file), tuple(whole))


def _holders(group: Iterable[Fingerprint]) -> Holders:
    holders: dict[str, list[tuple[Fingerprint, OfficeItem]]] = defaultdict(list)
    for each in group:
        for item in {item.number: item for item in reversed(each.items)}.values():
            holders[item.number].append((each, item))
    return holders


def _misclaimed(holders: Holders, plan: Collection[str]) -> Iterator[tuple[str, Observation]]:
    """Yield what each workbook claims beside others, gathered by the same offices, and what it
    claims beside the plan.
    """
    shared: dict[tuple[str, str], list[OfficeItem]] = defaultdict(list)
    for claimants in holders.values():
        offices = "、".join(each.unit or each.file for each, _ in claimants)
        for each, item in claimants:
            if len(claimants) > 1:
                shared[each.file, offices].append(item)
            if plan and item.number not in plan:
                figures = {"no": item.number, "name": item.name, "found": each.unit or each.file}
                yield (
                    each.file,
                    seen(
                        "D08", item.place, expected="计划内的编号", variant="unplanned", **figures
                    ),
                )
    for (file, offices), items in shared.items():
        ordered = sorted(items, key=lambda item: position(item.number))
        figures = {
            "no": ranges(item.number for item in ordered),
            "name": ordered[0].name,
            "found": offices,
        }
        variant = "several" if len(items) > 1 else ""
        yield (
            file,
            seen(
                "D08",
                *(item.place for item in ordered),
                expected="一个处室",
                variant=variant,
                **figures,
            ),
        )


def _unclaimed(
    group: Sequence[Fingerprint], holders: Holders, plan: Collection[str]
) -> Iterator[Observation]:
    """Yield each run of numbers that nobody claims, with the items before and after it."""
    figures = {"organisation": group[0].department, "count": str(len(group))}
    claimed = {
        int(number): claimants[0][1].place
        for number, claimants in holders.items()
        if number.isdigit()
    }
    for first, last in _gaps(claimed, [int(item) for item in plan]):
        below, above = (
            max((no for no in claimed if no < first), default=0),
            min((no for no in claimed if no > last), default=0),
        )
        places = [claimed[number] for number in (below, above) if number]
        run = str(first) if first == last else f"{first}—{last}"
        yield seen(
            "D08",
            *(places or [Place(group[0].file)]),
            expected="有处室填报",
            variant="unclaimed",
            no=run,
            **figures,
        )


def _gaps(claimed: Collection[int], plan: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last number of each run that is missing: from the plan, else from one to
    the highest number claimed.
    """
    if plan:
        open_ = sorted(set(plan) - set(claimed))
        for _, run in groupby(enumerate(open_), key=lambda each: each[1] - each[0]):
            numbers = [number for _, number in run]
            yield numbers[0], numbers[-1]
        return
    for below, above in pairwise([0, *sorted(set(claimed))]):
        if above - below > 1:
            yield below + 1, above - 1


def differences(
    evaluations: Iterable[Evaluation], forms: Mapping[str, FormSpec]
) -> Iterator[Observation]:
    """Yield the counts of each organisation's letter that differ from what its offices handed in
    together.

    They are notes: an office may not have handed in yet. A plan in a single workbook is left to the
    check of that workbook.
    """
    organisations: dict[tuple[str, str], list[Evaluation]] = defaultdict(list)
    for each in evaluations:
        if each.status is not Status.SUPERSEDED:
            organisations[
                normal_name(each.submission.text("organisation")), submission_year(each.submission)
            ].append(each)
    for group in organisations.values():
        if len(group) > 1:
            counts = _counts(group)
            for submission in (each.submission for each in group if _letter(each.submission)):
                yield from _compared(submission, forms[submission.form], counts, len(group))


def _letter(submission: Submission) -> bool:
    """Whether a workbook holds the organisation's letter: it names who it goes to, or its
    number.
    """
    return not all(nothing(submission.text(name)) for name in ("addressee", "document_number"))


def _counts(group: Sequence[Evaluation]) -> dict[str, int]:
    nodes: list[Node] = [node for each in group for node in each.scores.nodes]
    rows = [row for each in group for row in each.submission.rows("items", RowKind.ITEM)]
    done = int(completion(nodes)[0].numerator)
    return {
        "nodes": len(nodes),
        "done": done,
        "undone": len(nodes) - done,
        "level1": len({row.text("level1") for row in rows}),
        "level2": len({(row.text("level1"), row.text("level2")) for row in rows}),
        "level3": len({number(row) for row in rows}),
    }


def _compared(
    submission: Submission, form: FormSpec, counts: Mapping[str, int], offices: int
) -> Iterator[Observation]:
    for entry in _chapters(submission, form):
        for statement in statements(entry.text):
            expected = counts.get(statement.kind)
            if expected is not None and int(statement.value) != expected:
                figures = {
                    "quote": statement.quote,
                    "label": COUNTED[statement.kind],
                    "offices": str(offices),
                }
                yield seen(
                    "T04",
                    entry,
                    found=statement.value,
                    expected=f"{expected}个",
                    variant="offices",
                    **figures,
                )


def _chapters(submission: Submission, form: FormSpec) -> Iterator[Entry]:
    for name, spec in form.fields.items():
        entry = submission.get(name) if spec.chapter else None
        if entry is not None and entry.text:
            yield entry
