"""Small builders of a cycle's records, so that a test says only what it is about."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from evalbatch.model.evaluation import Funding, Node, NodeState, Score, Scores, Status
from evalbatch.model.finding import Finding, Severity, Waiver
from evalbatch.model.place import Place
from evalbatch.model.record import Cycle, Delivery, Expected, Record, RosterEntry
from evalbatch.model.value import Rate
from evalbatch.results.database import SUBMISSIONS
from evalbatch.results.ledger import Ledger
from evalbatch.results.outcome import SubmissionOutcome

AS_OF = date(2027, 4, 1)


def place(file: str, row: int = 8, column: int = 6, sheet: str = "自评表") -> Place:
    return Place(file, sheet, row, column)


def number(text: str | int | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def row(
    file: str = "甲.xlsx",
    level3: str = "完成里程",
    *,
    weight: str | None = "10",
    claimed: str | None = "9",
    computed: str | None = "8.5",
    final: str | None = "8.5",
    target: str = "≥100公里",
    actual: str = "85公里",
    at: int = 12,
    levels: tuple[str, str] = ("产出指标", "数量指标"),
) -> Score:
    return Score(
        *(*levels, level3, target, actual),
        *(number(weight), number(claimed), number(computed), number(final)),
        *("按完成比例", "完成率85%，低于目标", "工期延后", place(file, at)),
        completion=Decimal("0.85"),
    )


def funding(budget: str | None = "465.47", executed: str | None = "300.33") -> Funding:
    rate = None
    if budget and executed:
        rate = Rate(Decimal(executed), Decimal(budget), "全年执行数", "全年预算数")
    return Funding(number(budget), number(budget), number(budget), number(executed), rate)


def scores(
    rows: Iterable[Score] = (),
    *,
    money: Funding | None = None,
    total: str | None = "92.45",
    claimed: str | None = "92.45",
    grade: str = "优",
    nodes: tuple[Node, ...] = (),
) -> Scores:
    return Scores(
        *("cz2020_self", "财预〔2020〕10号 单位自评", tuple(rows), money or funding()),
        *(Decimal(100), number(claimed), number(total), number(total), number(claimed)),
        *(grade, grade, nodes),
    )


def finding(
    file: str = "甲.xlsx",
    code: str = "X02",
    severity: Severity = Severity.ERROR,
    *,
    message: str = "执行率64.52%，低于90%，未说明原因",
    places: tuple[Place, ...] = (),
    waiver: Waiver | None = None,
) -> Finding:
    return Finding(
        *(code, severity, "执行率偏低未说明原因", message, places or (place(file),)),
        *("空白", "不少于6个字的原因", "财预〔2020〕10号", "请在原因栏说明。", waiver),
    )


def node(
    file: str,
    number: str,
    state: NodeState = NodeState.ON_TIME,
    *,
    office: str = "综合处",
    month: int = 6,
) -> Node:
    done = date(2026, month, 20) if state in {NodeState.ON_TIME, NodeState.LATE} else None
    return Node(
        *(
            "重点工作",
            "专项行动",
            number,
            f"第{number}项",
            f"第{number}项工作节点",
            office,
            date(2026, month, 28),
            done,
        ),
        *("按期", state, "工作总结", "", "", None, Place(file, "节点表", 10 + int(number), 2)),
    )


def record(
    file: str = "甲.xlsx",
    *,
    department: str = "交通局",
    unit: str = "公路中心",
    project: str = "农村公路养护",
    status: Status = Status.GRADED,
    scored: Scores | None = None,
    findings: tuple[Finding, ...] = (),
    form: tuple[str, str] = ("self_evaluation", "项目支出绩效自评表"),
    report: str = "",
    annotated: str = "",
) -> Record:
    return Record(
        *(file, "0" * 64, *form, "2026", department, unit, project, status),
        *(
            None if status is Status.UNREADABLE else scored or scores([row(file)]),
            findings,
            report,
            annotated,
        ),
    )


def item(given: Record) -> SubmissionOutcome:
    names = (given.file, given.department, given.project, given.form, given.status)
    return SubmissionOutcome(*names, SUBMISSIONS.rows(given))


def kept(given: Cycle, ledger: Ledger | None = None) -> Ledger:
    """Return a ledger that holds a cycle."""
    ledger = Ledger(Path(":memory:")) if ledger is None else ledger
    for each in given.records:
        ledger.results.add(each.file, item(each))
    ledger.results.tell(given)
    return ledger


def entry(
    project: str = "农村公路养护", department: str = "交通局", *, line: int = 2
) -> RosterEntry:
    return RosterEntry(
        *(
            department,
            "公路中心",
            project,
            "self_evaluation",
            Decimal("465.47"),
            ("jt@example.gov.cn",),
        ),
        *(date(2027, 3, 31), Place("名册.xlsx", "名册", line, 3)),
    )


def cycle(
    records: Iterable[Record] = (),
    *,
    expected: tuple[Expected, ...] = (),
    findings: tuple[Finding, ...] = (),
    deliveries: tuple[Delivery, ...] = (),
    previous: dict[str, Record] | None = None,
) -> Cycle:
    return Cycle(
        *("2026年度绩效评价", "某市财政局", AS_OF, ("财预〔2020〕10号 单位自评",), list(records)),
        *(expected, findings, deliveries, previous),
        grades=("优", "良", "中", "差"),
        low_rate=Decimal("0.9"),
    )
