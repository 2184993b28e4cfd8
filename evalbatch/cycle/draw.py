"""Drawing projects for a second look (抽查复核): some always, the rest by tickets below a
threshold.

A ticket is a digest of the seed's text and the roster line's own key. The same seed gives the same
draw on every machine; what is drawn stays drawn when others arrive or the threshold moves.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from evalbatch.cycle.subjects import Subject
from evalbatch.model.evaluation import Status
from evalbatch.model.figures import plain
from evalbatch.model.record import Record, last_years
from evalbatch.settings import ReviewSection

TICKET_DIGITS: Final = 12
COPIED: Final = "D03"
_WHOLE: Final = 16**TICKET_DIGITS


@dataclass(frozen=True, slots=True)
class Draw:
    """The draw of a cycle: its measures, last year's records, and the highest ticket drawn.

    `threshold` is None while nothing is drawn by tickets. `late` are the days after the deadline of
    those hand-ins whose records do not tell them yet.
    """

    measures: ReviewSection
    previous: Mapping[str, Record]
    threshold: str | None
    late: Mapping[str, int] = field(default_factory=dict)

    def why(self, record: Record, subject: str) -> str:
        """Return why a project is in, in Chinese; empty when it is not."""
        return (
            "抽查：" + "、".join(found) if (found := list(self._reasons(record, subject))) else ""
        )

    def _reasons(self, record: Record, subject: str) -> Iterator[str]:
        yield from self._by_money(record)
        yield from self._by_work(record)
        yield from self._by_last_year(record)
        own = ticket(self.measures.seed, subject)
        if self.threshold is not None and own <= self.threshold:
            yield f"抽签（签号 {own}）"

    def _by_money(self, record: Record) -> Iterator[str]:
        funding = record.scores.funding if record.scores else None
        above, below = self.measures.money_above, self.measures.execution_below
        if funding is None:
            return
        if above is not None and funding.budget is not None and funding.budget > above:
            yield f"预算超过 {plain(above)} 万元"
        rate = funding.execution_rate
        if below is not None and rate is not None and rate < below:
            yield f"预算执行率低于 {plain(below * 100)}%"

    def _by_work(self, record: Record) -> Iterator[str]:
        if self.measures.full_marks and _all_full(record):
            yield "全部满分"
        days = self.late.get(record.file, record.days_late or 0)
        if self.measures.late and days > 0:
            yield f"逾期 {days} 天报送"
        if self.measures.copied and any(each.code == COPIED for each in record.findings):
            yield "与其他项目文字雷同"

    def _by_last_year(self, record: Record) -> Iterator[str]:
        if not self.previous:
            return
        before = last_years(self.previous, record.form, record.title, record.department)
        if before is None:
            if self.measures.first_time:
                yield "首次评价"
        elif before.scores and before.scores.grade in self.measures.grades_last_year:
            yield f"上年等次为{before.scores.grade}"


def drawn(
    draw: Draw,
    records: Iterable[Record],
    subjects: Mapping[str, Subject],
    before: Mapping[str, str],
) -> dict[str, str]:
    """Return why each drawn project is in, by its subject; what was drawn `before` stays."""
    found = dict(before)
    if not asks_anything(draw.measures):
        return found
    for record in records:
        subject = subjects.get(record.file)
        graded = record.status is Status.GRADED and record.scores and record.scores.rows
        if (
            subject
            and graded
            and subject.key not in found
            and (why := draw.why(record, subject.key))
        ):
            found[subject.key] = why
    return found


def ticket(seed: str, subject: str) -> str:
    """Draw the ticket of a roster line: a digest of the seed's text and the line's own key."""
    return sha256(f"{seed}\n{subject}".encode()).hexdigest()[:TICKET_DIGITS]


def threshold(measures: ReviewSection, subjects: list[str]) -> str | None:
    """Return the highest ticket that is drawn, None where none is.

    A share needs no population: it cuts the range of all tickets. A number is cut from `subjects`.
    """
    if not measures.seed:
        return None
    if measures.share is not None:
        top = int(measures.share * _WHOLE) - 1
        return f"{top:0{TICKET_DIGITS}x}" if top >= 0 else None
    tickets = sorted(ticket(measures.seed, subject) for subject in set(subjects))
    chosen = tickets[: measures.number or 0]
    return chosen[-1] if chosen else None


def asks_anything(measures: ReviewSection) -> bool:
    """Whether the settings draw anything at all."""
    by_ticket = measures.seed and (measures.share or measures.number)
    by_figure = measures.money_above is not None or measures.execution_below is not None
    by_mark = measures.full_marks or measures.late or measures.copied or measures.first_time
    return bool(by_ticket or by_figure or by_mark or measures.grades_last_year)


def _all_full(record: Record) -> bool:
    rows = [row for row in record.scores.rows if row.weight] if record.scores else []
    return bool(rows) and all(row.full for row in rows)
