"""What is published of the office's decisions: all of them as they were written, and the
receipts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from evalbatch.cycle.draw import ticket
from evalbatch.cycle.review_waiting import Judged
from evalbatch.cycle.reviews import Receipt
from evalbatch.errors import Fault
from evalbatch.model.decisions import Decision, RowKey, Ruling, Verdict
from evalbatch.model.figures import rounded
from evalbatch.model.record import Deviation, Review, ReviewReceipt

ORPHAN = "对不上：本周期计入的报送件中没有这一行，不计入，保留备查"


def reviews(
    decisions: Sequence[Decision], rows: Iterable[Judged], seed: str
) -> tuple[tuple[Review, ...], tuple[Decision, ...]]:
    """Return every decision as it is published, and those whose row stands in no workbook."""
    rulings: dict[RowKey, Ruling] = {}
    for each in rows:
        rulings[each.row.key._replace(subject=each.subject.alias)] = each.ruling
        rulings[each.row.key] = each.ruling
    published = tuple(_review(one, rulings.get(one.key), seed) for one in decisions)
    return published, tuple(one for one in decisions if one.key not in rulings)


def _review(decision: Decision, ruling: Ruling | None, seed: str) -> Review:
    level1, level2, level3 = decision.indicator
    return Review(
        decision.project,
        level1,
        level2,
        level3,
        decision.kind.value,
        decision.verdict.value,
        ticket(seed, decision.key.subject),
        decision.score,
        decision.reason,
        decision.by,
        decision.confirmed_by,
        decision.on,
        ruling is not None and _in_force(decision, ruling),
        decision.place,
    )


def _in_force(decision: Decision, ruling: Ruling) -> bool:
    """Whether the score in force is this decision's, or holds by it."""
    by = ruling.by
    if by is None or by.kind is not decision.kind:
        return False
    if decision.verdict is Verdict.KEEP:
        return by.confirmed_by == decision.by and by.on == decision.on
    same = (decision.by, decision.score, decision.reason) == (by.by, by.score, by.reason)
    return decision.verdict is Verdict.SET and same


def receipt_lines(
    receipts: Iterable[Receipt], orphans: Iterable[Decision], disagreements: Iterable[Judged]
) -> Iterator[ReviewReceipt]:
    """Yield what was taken and what was not: by file, then with the cell of each fault."""
    for receipt in receipts:
        yield ReviewReceipt(receipt.file, "", "回执", _counted(receipt), open=False)
        yield from (_fault(receipt.file, "有误，未采用", each) for each in receipt.faults)
        yield from (_fault(receipt.file, "编号不认识", each) for each in receipt.unknown)
    for decision in orphans:
        place = str(decision.place) if decision.place.sheet else ""
        named = f"{decision.project}　{'／'.join(filter(None, decision.indicator))}"
        yield ReviewReceipt(decision.place.file, place, "对不上", f"{named}　{ORPHAN}")
    for each in disagreements:
        yield ReviewReceipt(
            each.record.file, str(each.score.place), "意见不同", _split(each), open=False
        )


def _counted(receipt: Receipt) -> str:
    counts = {
        "采用": receipt.taken,
        "未填": receipt.blank,
        "有误": len(receipt.faults),
        "编号不认识": len(receipt.unknown),
    }
    counted = "，".join(f"{word} {count} 条" for word, count in counts.items() if count)
    return "；".join(text for text in (counted, receipt.note) if text) or "没有内容"


def _fault(file: str, what: str, fault: Fault) -> ReviewReceipt:
    place = fault.where.removeprefix(f"{file} ") if fault.where != file else ""
    found = f"现为“{fault.found}”，" if fault.found else ""
    wanted = f"{found}应为{fault.expected}" if place else fault.expected
    return ReviewReceipt(file, place, what, wanted)


def _split(each: Judged) -> str:
    signed = (each.ruling.by, *each.ruling.others) if each.ruling.by else each.ruling.others
    scores = "，".join(f"{one.by} {one.score:f} 分" for one in signed if one.score is not None)
    named = f"{each.subject.title}　{each.score.level3}"
    return f"{named}：{scores}；暂按较低的计，待第三人裁定"


def deviations(rows: Iterable[Judged]) -> tuple[Deviation, ...]:
    """Return by department how its claims differ from what the office decided."""
    found: dict[str, list[tuple[Decimal, str]]] = defaultdict(list)
    for each in rows:
        claimed, decided = each.score.claimed, each.ruling.score
        if each.ruling.by is not None and claimed is not None and decided is not None:
            named = f"{each.subject.title}　{each.score.level3}"
            found[each.record.department].append((claimed - decided, named))
    return tuple(_deviation(name, found[name]) for name in sorted(found))


def _deviation(department: str, differences: Sequence[tuple[Decimal, str]]) -> Deviation:
    largest, row = max(differences, key=lambda each: abs(each[0]))
    mean = sum((each for each, _ in differences), Decimal(0)) / len(differences)
    return Deviation(
        department,
        len(differences),
        sum(1 for each, _ in differences if each > 0),
        sum(1 for each, _ in differences if each < 0),
        rounded(mean),
        largest,
        row,
    )
