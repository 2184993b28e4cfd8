"""What waits for a person: the rows of a cycle's records that are open, and their lines in a
round.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from evalbatch.cycle.draw import ticket
from evalbatch.cycle.review_lines import Asked
from evalbatch.cycle.review_round import RoundLine, row_number
from evalbatch.cycle.review_rows import reviewed_rows
from evalbatch.cycle.subjects import Subject
from evalbatch.model.decisions import (
    Decision,
    Dossier,
    ReviewedRow,
    ReviewState,
    RowKey,
    Ruling,
    ruling,
)
from evalbatch.model.evaluation import Score, Status
from evalbatch.model.record import Record

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


def orphans(decisions: Iterable[Decision], keys: AbstractSet[RowKey]) -> list[Decision]:
    """Return the decisions whose row stands in no workbook that counts: listed, never dropped."""
    return [each for each in decisions if each.key not in keys]
