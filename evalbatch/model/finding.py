"""A finding (问题): what the product says about a place in a workbook."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from evalbatch.model.place import Place


class Severity(StrEnum):
    """How grave a finding is: an error returns the workbook, a warning asks for a look, a note
    informs.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def label(self) -> str:
        """The Chinese word that readers see."""
        return {"error": "错误", "warning": "警告", "note": "提示"}[self.value]

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return ("error", "warning", "note").index(self.value)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver (豁免): a finding of one project lifted by the organiser; printed where the finding
    would stand.
    """

    project: str
    code: str
    approver: str
    approved_on: date
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `places` has at least one place, the first is where a reader should look first.

    `outward` is the message for departments where `message` names others, empty where it does not;
    with `holds_mail` nothing of the project is mailed while the finding stands.
    """

    code: str
    severity: Severity
    title: str
    message: str
    places: tuple[Place, ...]
    found: str
    expected: str
    basis: str
    remedy: str
    waiver: Waiver | None = None
    outward: str = ""
    holds_mail: bool = False

    @property
    def told(self) -> "Finding":
        """The finding as a department may read it: without the names and words of others."""
        return replace(self, message=self.outward, expected="") if self.outward else self

    @property
    def gravity(self) -> tuple[int, str, Place]:
        """What puts findings in order: the gravest first, then by code and place."""
        return self.severity.rank, self.code, self.place

    @property
    def returns(self) -> bool:
        """Whether it returns the workbook: an error that no waiver lifts."""
        return self.severity is Severity.ERROR and self.waiver is None

    @property
    def place(self) -> Place:
        """The first place."""
        return self.places[0]

    @property
    def all_places(self) -> str:
        """Name every place, with its file where they are in several."""
        several = len({place.file for place in self.places}) > 1
        return "；".join(
            f"{place.file} {place}" if several and place.sheet else str(place)
            for place in self.places
        )


def unwaived(findings: Iterable[Finding], severity: Severity) -> int:
    """Count the findings of a severity that no waiver lifts."""
    return sum(1 for each in findings if each.severity is severity and each.waiver is None)


@dataclass(frozen=True, slots=True)
class Observation:
    """What the reader or a check noticed.

    `found` is what stands there, `expected` what should; `figures` fills the message template of
    the code in the catalogue (`variant` chooses among its templates); `basis` is that of the limit
    that was applied, empty where the catalogue's holds. The catalogue and the profile turn it into
    a Finding.
    """

    code: str
    places: tuple[Place, ...]
    found: str = ""
    expected: str = ""
    variant: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""
