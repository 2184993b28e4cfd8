"""What waits for a person: the rows of a cycle's records that are open, and their lines in a
round.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from evalbatch.cycle.appeals import AppealLine
from evalbatch.cycle.draw import ticket
from evalbatch.cycle.review_round import RoundLine, row_number
from evalbatch.cycle.review_rows import reviewed_rows
from evalbatch.cycle.reviews import Asked, Receipt
from evalbatch.cycle.subjects import Subject
from evalbatch.errors import Fault
from evalbatch.model.decisions import (
    Decision,
    DecisionKind,
    Dossier,
    ReviewedRow,
    ReviewState,
    RowKey,
    Ruling,
    Verdict,
    ruling,
)
from evalbatch.model.evaluation import Score, Status
from evalbatch.model.figures import rounded
from evalbatch.model.record import NOTHING_WRITTEN, Deviation, Record, Review, ReviewReceipt

BY_ROUND: Final = (
    ReviewState.DUE,
    ReviewState.CONFIRM,
    ReviewState.STALE,
    ReviewState.SPLIT,
)
_LONGEST: Final = 300
"""Characters of a name in a question: what is longer is a sentence, and is cut."""

_LONGEST_LINK: Final = 1000


class Judged(NamedTuple):
    """A scored row with what is derived for it."""

    record: Record
    subject: Subject
    score: Score
    row: ReviewedRow
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Links:
    """From where to where the links of a round lead: the folder of the rounds, and the inbox."""

    folder: Path
    inbox: Path


def judged(
    records: Iterable[Record], subjects: Mapping[str, Subject], dossiers: Mapping[str, Dossier]
) -> Iterator[Judged]:
    """Yield every scored row of the workbooks that count, with what is derived for it."""
    for record in records:
        subject = subjects.get(record.file)
        if subject is None or record.scores is None or record.status is Status.SUPERSEDED:
            continue
        dossier = dossiers.get(record.file, Dossier(subject.key))
        scores = record.scores
        rows = reviewed_rows(scores.rows, scores.policy, subject.key, dossier.drawn)
        for score, row in zip(scores.rows, rows, strict=True):
            derived = ruling(row, dossier.decisions, dossier.appeals)
            yield Judged(record, subject, score, row, derived)


def waiting(rows: Iterable[Judged], asked: Iterable[Asked]) -> Iterator[Judged]:
    """Yield the rows that a person has to decide and that no round has asked about as they are.

    Those of returned workbooks wait until they are mended, those of an appeal for its ruling.
    """
    known = {_question(each.key, each.facts, each.rule, each.state) for each in asked}
    for each in rows:
        state = each.ruling.state
        if each.record.status is not Status.GRADED or state not in BY_ROUND:
            continue
        if _question(each.row.key, each.row.facts, each.row.rule, state) not in known:
            yield each


def _question(key: RowKey, facts: str, rule: str, state: ReviewState) -> tuple[object, ...]:
    return key, facts, rule, state is ReviewState.SPLIT


def lines(rows: Sequence[Judged], number: int, seed: str, links: Links) -> list[RoundLine]:
    """Return the lines of a round, in the order of tickets; a project's rows stay together."""
    drawn = [(ticket(seed, each.subject.key), at, each) for at, each in enumerate(rows)]
    ordered = sorted(drawn, key=lambda each: each[:2])
    return [
        _line(row_number(number, at), token, each, links)
        for at, (token, _, each) in enumerate(ordered, start=1)
    ]


def _line(number: str, token: str, each: Judged, links: Links) -> RoundLine:
    score, found = each.score, each.ruling
    signed = (found.by, *found.others) if found.by else found.others
    asked = Asked(
        number,
        each.row.key,
        each.row.facts,
        each.row.rule,
        each.row.auto,
        score.weight,
        score.claimed,
        each.subject.title[:_LONGEST],
        (score.level1[:_LONGEST], score.level2[:_LONGEST], score.level3[:_LONGEST]),
        found.state,
        tuple(decision.by for decision in signed) if found.state is ReviewState.SPLIT else (),
    )
    return RoundLine(
        asked,
        token,
        each.record.department,
        score.target,
        score.actual,
        score.computed,
        found.why,
        score.reason,
        "\n".join(map(told, signed)),
        _link(each, links),
        f"{each.record.file} {score.place}",
    )


def told(decision: Decision) -> str:
    """Return a decision in one line: score, who, when, why."""
    score = "" if decision.score is None else f"{decision.score:f} 分　"
    confirmed = f"（{decision.confirmed_by} 确认）" if decision.confirmed_by else ""
    return f"{score}{decision.by}{confirmed}　{decision.on.isoformat()}　{decision.reason}".strip()


def _link(each: Judged, links: Links) -> str:
    """Return a link to the row's cell in the workbook that was handed in, none into an archive."""
    path = links.inbox / each.record.file.partition("#")[0]
    if not path.is_file() or "#" in each.record.file:
        return ""
    relative = Path(os.path.relpath(path, links.folder)).as_posix()
    sheet = each.score.place.sheet.replace("'", "''")
    link = f"external:{relative}#'{sheet}'!{each.score.place.cell}"
    return link if len(link) < _LONGEST_LINK else ""


def objected(line: AppealLine) -> str:
    """Return in one line what an appeal is about."""
    received = line.received.isoformat()
    return f"{line.project}　{line.indicator}：{line.about}（{received} 收到）"


AFTER_FREEZE = "项目已定稿：不计入，在定稿.xlsx 登记更正后计入"
ORPHAN = "对不上：本周期计入的报送件中没有这一行，不计入，保留备查"


def reviews(
    decisions: Sequence[Decision], rows: Iterable[Judged], seed: str
) -> tuple[tuple[Review, ...], tuple[Decision, ...]]:
    """Return every decision as it is published, and those whose row stands in no workbook."""
    known: dict[RowKey, Judged] = {}
    for each in rows:
        known[each.row.key._replace(subject=each.subject.alias)] = each
        known[each.row.key] = each
    published = tuple(_review(one, known.get(one.key), seed) for one in decisions)
    return published, tuple(one for one in decisions if one.key not in known)


def _review(decision: Decision, row: Judged | None, seed: str) -> Review:
    level1, level2, level3 = decision.indicator
    in_force = row is not None and _in_force(decision, row.ruling)
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
        _confirmed_by(decision, row.ruling) if row and in_force else "",
        decision.on,
        in_force,
        decision.place,
        row.subject.department if row else "",
    )


def _in_force(decision: Decision, ruling: Ruling) -> bool:
    """Whether the score in force is this decision's, or holds by it: also that of a second person
    who agrees, and the ruling that does not grant an appeal.
    """
    if decision.kind is DecisionKind.APPEAL and decision.verdict is not Verdict.SET:
        return True
    holding = (ruling.by, *ruling.agreeing) if ruling.by else ()
    if decision.verdict is Verdict.KEEP:
        confirmed = ((each.confirmed_by or each.by, each.on) for each in holding)
        return (decision.by, decision.on) in confirmed
    return decision.verdict is Verdict.SET and any(map(partial(_same, decision), holding))


def _same(decision: Decision, held: Decision) -> bool:
    """Whether a decision is the one that holds, confirmed since or not."""
    said = (held.kind, held.by, held.score, held.reason)
    return said == (decision.kind, decision.by, decision.score, decision.reason)


def _confirmed_by(decision: Decision, ruling: Ruling) -> str:
    """Return who wrote 维持 over a decision that is in force, empty where nobody did."""
    return ruling.by.confirmed_by if ruling.by and _same(decision, ruling.by) else ""


def receipt_lines(
    receipts: Iterable[Receipt],
    orphans: Iterable[Decision],
    disagreements: Iterable[Judged],
    appeals: Iterable[AppealLine],
    late: Iterable[Decision],
) -> Iterator[ReviewReceipt]:
    """Yield what was taken and what was not: by file, then with the cell of each fault; then what
    somebody has to settle.
    """
    for receipt in receipts:
        yield ReviewReceipt(receipt.file, "", "回执", _counted(receipt), open=False)
        yield from (_fault(receipt.file, "有误，未采用", each) for each in receipt.faults)
        yield from (_fault(receipt.file, "编号不认识", each) for each in receipt.unknown)
    yield from (_about(decision, "对不上", ORPHAN) for decision in orphans)
    yield from (_about(decision, "定稿后的意见", AFTER_FREEZE) for decision in late)
    for each in disagreements:
        yield ReviewReceipt(
            each.record.file, str(each.score.place), "意见不同", _split(each), open=False
        )
    for line in appeals:
        if line.verdict is None:
            place = str(line.place)
            yield ReviewReceipt(line.place.file, place, "申诉中", objected(line), open=False)


def _about(decision: Decision, what: str, said: str) -> ReviewReceipt:
    place = str(decision.place) if decision.place.sheet else ""
    named = f"{decision.project}　{'／'.join(filter(None, decision.indicator))}"
    return ReviewReceipt(decision.place.file, place, what, f"{named}　{said}")


def _counted(receipt: Receipt) -> str:
    counts = {
        "采用": receipt.taken,
        "未填": receipt.blank,
        "有误": receipt.faulty,
        "编号不认识": len(receipt.unknown),
    }
    counted = "，".join(f"{word} {count} 条" for word, count in counts.items() if count)
    return "；".join(text for text in (counted, receipt.note) if text) or NOTHING_WRITTEN


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
