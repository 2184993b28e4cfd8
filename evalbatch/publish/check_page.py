"""The page of `evalbatch check --html`: what a department sees before it hands in, cell by cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from evalbatch.model.evaluation import Score
from evalbatch.model.finding import Finding
from evalbatch.publish.browser_pages import template, words

PLACES: Final = 6
"""Cells of a finding that are named."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one form in one file: `verdict` says it in Chinese, `good` that it may be
    handed in.
    """

    file: str
    verdict: str
    good: bool
    findings: Sequence[Finding]
    rows: Sequence[Score]


def render(results: Sequence[Checked], as_of: date) -> bytes:
    """Return the page on some files, in their order; a file's gravest findings come first."""
    faulty = sum(1 for each in results if not each.good)
    sentence = words()["check"]["faulty" if faulty else "fine"]
    text = template("check.html.j2").render(
        as_of=as_of,
        head=sentence.format(count=len(results), faulty=faulty),
        fine=not faulty,
        results=[_ordered(each) for each in results],
        places=PLACES,
    )
    return text.encode("utf-8", "replace")


def _ordered(each: Checked) -> Checked:
    gravest = sorted(each.findings, key=lambda finding: finding.severity.rank)
    return Checked(each.file, each.verdict, each.good, gravest, each.rows)
