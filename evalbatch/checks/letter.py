"""The organisation's letter, which one of its offices writes: its counts against the workbooks of all offices (T04)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from evalbatch.checks.case import nothing
from evalbatch.checks.names import normal_name
from evalbatch.checks.registry import seen
from evalbatch.checks.statements import statements
from evalbatch.forms.spec import FormSpec
from evalbatch.model.evaluation import Evaluation, Node, Status
from evalbatch.model.observation import Observation
from evalbatch.model.submission import Entry, RowKind, Submission
from evalbatch.scoring.nodes import completion, number

_LABELS = {
    "nodes": "工作节点个数",
    "done": "完成的节点个数",
    "undone": "未完成的节点个数",
    "level1": "一级指标个数",
    "level2": "二级指标个数",
    "level3": "三级指标个数",
}


def differences(evaluations: Iterable[Evaluation], forms: Mapping[str, FormSpec]) -> Iterator[Observation]:
    """Yield the counts of each organisation's letter that differ from what its offices handed in together.

    They are notes: an office may not have handed in yet. A plan in a single workbook is left to the check of that workbook.
    """
    organisations: dict[tuple[str, str], list[Evaluation]] = defaultdict(list)
    for each in evaluations:
        if each.status is not Status.SUPERSEDED:
            organisations[normal_name(each.submission.text("organisation")), each.submission.text("year")].append(each)
    for group in organisations.values():
        if len(group) > 1:
            counts = _counts(group)
            for submission in (each.submission for each in group if _letter(each.submission)):
                yield from _compared(submission, forms[submission.form], counts, len(group))


def _letter(submission: Submission) -> bool:
    """Whether a workbook holds the organisation's letter: it names who it goes to, or its number."""
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


def _compared(submission: Submission, form: FormSpec, counts: Mapping[str, int], offices: int) -> Iterator[Observation]:
    for entry in _chapters(submission, form):
        for statement in statements(entry.text):
            expected = counts.get(statement.kind)
            if expected is not None and int(statement.value) != expected:
                figures = {"quote": statement.quote, "label": _LABELS[statement.kind], "offices": str(offices)}
                yield seen("T04", entry, found=statement.value, expected=f"{expected}个", variant="offices", **figures)


def _chapters(submission: Submission, form: FormSpec) -> Iterator[Entry]:
    for name, spec in form.fields.items():
        entry = submission.get(name) if spec.chapter else None
        if entry is not None and entry.text:
            yield entry
