"""The extract of a submission: what is kept of it for looking across workbooks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from evalbatch.checks.fingerprint import Fingerprint
from evalbatch.cycle.matching import Sender
from evalbatch.model.finding import Observation
from evalbatch.model.identity import Arrival
from evalbatch.model.record import Monitoring
from evalbatch.publish.project_report.facts import Replacement


@dataclass(frozen=True, slots=True)
class Extract:
    """Who sent a submission, and its fingerprint, None for a file that could not be read; of a
    monitoring form also what it foresees.
    """

    sender: Sender
    fingerprint: Fingerprint | None
    monitoring: Monitoring | None = None


def superseded(name: str, seen: Iterable[Observation]) -> bool:
    """Whether what was seen across workbooks says that this hand-in does not count: another does
    (D01 expects it), or its project was withdrawn (D14).
    """
    return any(
        (each.code == "D01" and each.expected != name) or each.code == "D14" for each in seen
    )


def replacement(name: str, seen: Iterable[Observation]) -> Replacement | None:
    """Return the hand-in that counts instead of this one; None where none came in later: what is
    handed in after a freeze is replaced by nothing.
    """
    for each in seen:
        if each.code == "D01" and each.variant != "frozen" and each.expected != name:
            on = each.figures.get("on", "")
            return Replacement(each.expected, date.fromisoformat(on) if on else None)
    return None


PackedExtract = tuple[str, bytes, Arrival]
"""A submission's name, its packed extract, and when it came in."""
