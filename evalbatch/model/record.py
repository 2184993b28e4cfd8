"""What the cycle keeps of each workbook, and what the roster expects: the input of everything
published for the whole cycle.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import count, takewhile
from typing import Final

from evalbatch.model.decisions import Dossier
from evalbatch.model.evaluation import Score, Scores, Status, indicator_name
from evalbatch.model.finding import Finding, Observation
from evalbatch.model.names import normal_name, same_body, same_name
from evalbatch.model.place import Place


@dataclass(frozen=True, slots=True)
class Record:
    """One workbook's outcome without its cells; small enough to keep ten thousand, and what the
    ledger stores.

    `report`, `annotated` and `working_paper` are paths relative to the output folder, empty when
    there is none. `scores` is None for a workbook that could not be read. From `received_on` on
    stands what is known when the cycle is published: the day it was first seen, days after the
    deadline (None without one), the roster line's project, the total with the office's decisions,
    the approved budget in 万元, the stage of the decision, the revision (1 when frozen, 2 when
    corrected once), the ticket of the draw (签号, empty without a seed), why it is drawn (抽查),
    the correction that opened the result after a freeze (更正).
    """

    file: str
    digest: str
    form: str
    form_title: str
    year: str
    department: str
    unit: str
    project: str
    status: Status
    scores: Scores | None
    findings: tuple[Finding, ...]
    report: str = ""
    annotated: str = ""
    received_on: date | None = None
    days_late: int | None = None
    roster: str = ""
    reviewed_total: Decimal | None = None
    approved_budget: Decimal | None = None
    stage: str = ""
    revision: int | None = None
    working_paper: str = ""
    ticket: str = ""
    drawn: str = ""
    corrected: str = ""

    @property
    def title(self) -> str:
        """What it is about: the project, else the office."""
        return self.project or self.unit

    @property
    def execution_rate(self) -> Decimal | None:
        """The execution rate as a fraction, None when unknown."""
        return self.scores.funding.execution_rate if self.scores else None

    @property
    def awaiting(self) -> tuple[Score, ...]:
        """The rows that wait for a person, those that keep full marks first.

        Only those of graded workbooks do: a returned one is mended first, and a superseded one does
        not count.
        """
        graded = self.status is Status.GRADED
        return self.scores.to_review if self.scores and graded else ()

    @property
    def to_review(self) -> int:
        """How many rows wait for a person, wherever they are counted."""
        return len(self.awaiting)


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One line of the roster (名册): what is expected from whom until when. Budget in 万元.

    `items` are the numbers of the level-3 items that an office is to hand in, where the roster
    lists them; `form_title` is what readers know the form by, `withdrawn` why the project was taken
    out of the cycle (撤销), empty while it is in.
    """

    department: str
    unit: str
    project: str
    form: str
    budget: Decimal | None
    contacts: tuple[str, ...]
    deadline: date | None
    place: Place
    items: tuple[str, ...] = ()
    form_title: str = ""
    withdrawn: str = ""

    @property
    def title(self) -> str:
        """What it is about: the project, else the office."""
        return self.project or self.unit


@dataclass(frozen=True, slots=True)
class Expected:
    """A roster line and what came in for it: the files, the one that counts first; `days_left` is
    negative when overdue. `received_on` and `days_late` are those of the file that counts.
    """

    entry: RosterEntry
    files: tuple[str, ...]
    status: Status | None
    days_left: int | None
    unread: tuple[str, ...] = ()
    received_on: date | None = None
    days_late: int | None = None

    @property
    def missing(self) -> bool:
        """Whether nothing came in for it that could be told to be its."""
        return not self.files

    @property
    def overdue(self) -> bool:
        """Whether it is missing after its deadline."""
        return self.missing and self.days_left is not None and self.days_left < 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of the outbox as it is published: who got what and when. `state` is a Chinese
    word.
    """

    recipient: str
    department: str
    subject: str
    attachments: tuple[str, ...]
    state: str
    message_id: str
    changed_at: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """An entry of the inbox with what became of it, or a roster line for which nothing came in
    (`missing`).

    `kind` is `workbook` `archive` `word` `pdf` `image` or `other`, `outcome` is `read` `superseded`
    `unreadable` `waiting` `left_aside` or `missing`, `reason` is Chinese.
    """

    file: str
    kind: str
    outcome: str
    reason: str = ""
    department: str = ""
    received_on: date | None = None
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in a project from one run to the next.

    `cause` is `handed_in` `review` `appeal` `waiver` `policy` `roster` `date` `program` or
    `freeze`.
    """

    as_of: date
    department: str
    project: str
    what: str
    before: str
    after: str
    cause: str


@dataclass(frozen=True, slots=True)
class Review:
    """A decision of the office as it was written (复核), whether or not it is in force.

    `department` is that of the hand-in it is about, empty where no hand-in has its row.
    """

    project: str
    level1: str
    level2: str
    level3: str
    kind: str
    verdict: str
    ticket: str
    score: Decimal | None
    reason: str
    reviewer: str
    confirmed_by: str
    decided_on: date | None
    in_force: bool
    place: Place
    department: str = ""

    @property
    def name(self) -> str:
        """What the indicator is called that was decided."""
        return indicator_name(self.level1, self.level2, self.level3)


NOTHING_WRITTEN: Final = "没有内容"
"""What a receipt says of a file in which nobody has written anything yet."""


@dataclass(frozen=True, slots=True)
class ReviewReceipt:
    """A line of the receipt for what reviewers wrote: file, cell, what it is about, what is said
    (Chinese); `open` where something was not taken and is to be mended.
    """

    file: str
    place: str
    what: str
    said: str
    open: bool = True


@dataclass(frozen=True, slots=True)
class Deviation:
    """How a department claims: claim less what the office decided, in points."""

    department: str
    rows: int
    above: int
    below: int
    mean: Decimal
    largest: Decimal
    largest_row: str


@dataclass(frozen=True, slots=True)
class GradeUse:
    """What a grade of a form's profile means for next year's budget: a proposal, and its basis
    (Chinese). `form` is the title that readers know, `low` whether it is a low grade.
    """

    form: str
    grade: str
    meaning: str
    basis: str
    low: bool


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A problem to be put right (整改): of a returned workbook an error, of a project with a low
    grade a row that lost points or a warning.

    `kind` is `error` `warning` or `lost`, `title` the finding's or the indicator's name, `message`
    what the finding says or which reason was given, `lost` the points that the row lost.
    """

    file: str
    form: str
    year: str
    department: str
    unit: str
    project: str
    status: str
    grade: str
    kind: str
    code: str
    title: str
    message: str
    remedy: str
    target: str
    actual: str
    lost: Decimal | None
    place: str


@dataclass(frozen=True, slots=True)
class MonitoredIndicator:
    """An indicator as a monitoring form tells it.

    `progress` is the degree of completion then, as a fraction; `chance` is what was said of meeting
    the target, `expected` whether that (or else the forecast) says that it will be met, None where
    neither tells.
    """

    level2: str
    name: str
    target: str
    actual: str
    progress: Decimal | None
    forecast: str
    chance: str
    expected: bool | None
    place: Place


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a monitoring form tells of a project: money in 万元, the execution rate then as a
    fraction, its indicators.
    """

    budget: Decimal | None
    executed: Decimal | None
    rate: Decimal | None
    forecast: Decimal | None
    place: Place
    indicators: tuple[MonitoredIndicator, ...]


Noticed = Observation | Dossier | Monitoring
"""What is known about a submission from outside its workbook, when it is judged: Monitoring is what
its project's monitoring form foresaw.
"""


@dataclass(frozen=True, slots=True)
class Monitored:
    """A figure of an accepted monitoring form (监控表) beside that of the end of the year: the
    execution in 万元 (`name` is empty), or an indicator.

    `target`, `actual`, `progress`, `forecast` and `chance` are what monitoring said,
    `final_target`, `final_actual` and `completion` what became of it; degrees and rates are
    fractions. `verdict` is `agrees` `missed` (foreseen to be met and was not) `met` (the other way
    round) `less` `more` (money) `unknown` `dropped` `unmonitored` `not_final` `missing`. `place` is
    where monitoring names it, None where it does not; `file` is the hand-in that is scored, empty
    for none, and `status` its status.
    """

    department: str
    project: str
    name: str
    target: str
    actual: str
    progress: Decimal | None
    forecast: str
    chance: str
    final_target: str
    final_actual: str
    completion: Decimal | None
    verdict: str
    place: Place | None
    file: str
    status: Status | None

    @property
    def belied(self) -> bool:
        """Whether a target was missed that was foreseen to be met, or the other way round."""
        return self.verdict in ("missed", "met")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How projects are drawn for a second look (抽查): the text that tickets are made from, the
    share (a fraction) or number that is drawn, and the highest ticket drawn.
    """

    seed: str = ""
    share: Decimal | None = None
    number: int | None = None
    threshold: str = ""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One evaluation cycle as it stands: what summary workbook, consolidated report and CSV files
    are made from.

    `records` can be iterated again and again and need not be in memory at once; its order is by
    department, project, file. `previous` holds last year's records for `last_years`.
    `grades` are the grade words of the profiles in use, best first, `scales` those of each form;
    `low_rate` is the execution rate below which they ask for a reason, as a fraction. `decided`
    counts the rows that a person has decided for good. `whole_forms` are the ids of forms about a
    whole department, whose money is that of its projects.
    """

    name: str
    organiser: str
    as_of: date
    policy_names: tuple[str, ...]
    records: Iterable[Record]
    expected: tuple[Expected, ...] = ()
    findings: tuple[Finding, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    previous: dict[str, Record] | None = None
    received: tuple[Received, ...] = ()
    changes: tuple[Change, ...] = ()
    reviews: tuple[Review, ...] = ()
    grades: tuple[str, ...] = ()
    scales: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    low_rate: Decimal | None = None
    receipts: tuple[ReviewReceipt, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    decided: int = 0
    sampling: Sampling = Sampling()
    uses: tuple[GradeUse, ...] = ()
    follow_up: tuple[FollowUp, ...] = ()
    monitored: tuple[Monitored, ...] = ()
    whole_forms: frozenset[str] = frozenset()


SUMMARY: Final = "汇总表.xlsx"
REPORT: Final = "总报告.docx"
STATUS: Final = "状态.html"
REPORTS: Final = "评价报告"
REVIEWS: Final = "审核意见"
WORKING_PAPERS: Final = "审核单"
SUPERSEDED: Final = "已被替代"
"""The folder, beside what counts, of reports and annotated copies that count no longer."""
DATA: Final = "data"
LEDGER: Final = "ledger.sqlite"
ARCHIVE: Final = "archive"
RUNS: Final = "runs"
_INTERNAL: Final = (SUMMARY, WORKING_PAPERS, LEDGER, ARCHIVE, RUNS)
_WITH_ADDRESSES: Final = (f"{DATA}/deliveries.csv", f"{DATA}/reviews.csv")


def is_private(path: str) -> bool:
    """Whether an output, by its path below the output folder, holds addresses or internal notes:
    only the office reads it.
    """
    return path.partition("/")[0] in _INTERNAL or path in _WITH_ADDRESSES


def weak_grades(scale: Sequence[str]) -> tuple[str, ...]:
    """Return the low grades of a scale, best first: all but the two best, or the last of two."""
    return tuple(scale[max(1, min(2, len(scale) - 1)) :])


def year_key(form: str, project: str, number: int = 1) -> str:
    """Return what identifies a project (or an annual form's office) from year to year: its form and
    its name as compared.

    `number` tells projects of one name apart: 公用经费 stands in many departments.
    """
    return f"{form}:{normal_name(project)}" + (f":{number}" if number > 1 else "")


def last_years(
    previous: Mapping[str, Record], form: str, project: str, department: str
) -> Record | None:
    """Return last year's record of a project, by its name and its department's.

    Another department's project of the same name is none. Where either year names no department,
    the name decides if only one project bears it; where two are as likely, none is.
    """
    keys = takewhile(
        previous.__contains__, (year_key(form, project, number) for number in count(1))
    )
    named = [previous[key] for key in keys]
    own = [each for each in named if same_name(each.department, department)]
    own = own or [
        each
        for each in named
        if same_body(each.department, department) or not (each.department and department)
    ]
    return own[0] if len(own) == 1 else None


def last_targets(record: Record | None) -> dict[str, str]:
    """Return last year's targets of a project by the names of its indicators as compared; the
    funding block's score is none.
    """
    rows = record.scores.rows if record and record.scores else ()
    return {
        normal_name(row.level3): row.target
        for row in rows
        if row.level3 and row.level2 and row.target
    }
