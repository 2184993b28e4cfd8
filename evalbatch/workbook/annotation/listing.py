"""What the review sheet says: one line per finding, gravest first, the waived ones last."""

from collections.abc import Sequence
from typing import NamedTuple

from evalbatch.model.finding import Finding, Severity
from evalbatch.model.place import Place
from evalbatch.workbook.review import FIRST_HEADERS

HEADERS = (*FIRST_HEADERS, "原填内容", "应为", "如何修改", "已改（选☑）")
WIDTHS = (8, 8, 46, 20, 24, 24, 36, 10)
BOXES = ("☐", "☑")
PLACES_SHOWN = 12
POINTS_A_LINE, MOST_POINTS = 14, 400
GUIDE = "请按“位置”逐条修改原表，改好后在最后一列选☑；改完后直接报送本文件即可，本表不影响读取。"
GUIDE_APART = "请按“位置”逐条修改原表，改好后在最后一列选☑；改完后报送改好的原表（建议另存为 xlsx 格式）。"
GUIDE_DOCUMENT = "请按批注和本表逐条修改；改完后直接报送本文件即可，本表不影响读取。"
NONE = "未发现问题。"
WHOLE_FILE = "整个文件"


class Line(NamedTuple):
    """One line: the style of its severity, its texts by column, and the place to jump to."""

    style: str
    texts: tuple[str, ...]
    place: Place


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings by severity, waived ones last, each group in the order given."""
    return sorted(findings, key=lambda finding: (finding.waiver is not None, finding.severity.rank))


def lines(findings: Sequence[Finding]) -> list[Line]:
    """Return the lines of the review sheet."""
    return [_line(finding) for finding in ordered(findings)]


def height(line: Line) -> int:
    """Return the height of a line in points: programs other than Excel do not fit wrapped rows by themselves."""
    needed = max(sum(_wrapped(part, width) for part in text.split("\n")) for text, width in zip(line.texts, WIDTHS, strict=True))
    return min(max(needed * POINTS_A_LINE + 4, 20), MOST_POINTS)


def _wrapped(text: str, width: int) -> int:
    """Return how many lines a text takes in a column; a Chinese character is two digits wide."""
    wide = sum(2 if character > "\u2e7f" else 1 for character in text)
    return -(-wide // (width - 1)) or 1


def summary(findings: Sequence[Finding]) -> str:
    """Return how many findings of each severity there are."""
    if not findings:
        return NONE
    counts = [
        f"{severity.label} {sum(1 for item in findings if item.severity is severity and item.waiver is None)} 条"
        for severity in Severity
    ]
    waived = sum(1 for item in findings if item.waiver is not None)
    return "，".join([*counts, f"已豁免 {waived} 条"] if waived else counts) + "。"


def comment(findings: Sequence[Finding]) -> str:
    """Return the text of a cell's comment: message and remedy of each finding."""
    return "\n".join(f"{item.code} {_level(item)}：{item.message}\n→ {_remedy(item)}" for item in findings)


def _line(finding: Finding) -> Line:
    texts = (
        finding.code,
        _level(finding),
        finding.message,
        _places(finding),
        finding.found,
        finding.expected,
        _remedy(finding),
        "" if finding.waiver else BOXES[0],
    )
    return Line("waived" if finding.waiver else finding.severity.value, texts, finding.place)


def _level(finding: Finding) -> str:
    return "已豁免" if finding.waiver else finding.severity.label


def _remedy(finding: Finding) -> str:
    """Return what to do; for a waived finding, who waived it, when and why."""
    waiver = finding.waiver
    if waiver is None:
        return finding.remedy
    until = f"，有效期至{waiver.until.isoformat()}" if waiver.until else ""
    approved = f"批准人：{waiver.approver}；批准日期：{waiver.approved_on.isoformat()}{until}"
    return f"已豁免，无需修改。{approved}；理由：{waiver.reason}"


def _places(finding: Finding) -> str:
    shown = [str(place) if place.sheet else WHOLE_FILE for place in finding.places[:PLACES_SHOWN]]
    more = len(finding.places) - len(shown)
    return "；\n".join([*shown, f"……另有 {more} 处"] if more else shown)  # LibreOffice drops line ends from links
