"""What an annotated copy tells of the office's decisions: at each row the scores, the reason, and
whether it is provisional; no reviewer's name.
"""

from collections.abc import Iterator

from evalbatch.checks.catalogue import finding
from evalbatch.model.evaluation import Evaluation, Score, Status
from evalbatch.model.figures import plain
from evalbatch.model.finding import Finding, Observation


def review_notes(evaluation: Evaluation) -> Iterator[Finding]:
    """Yield a note (R01) for every row that the office decided, of a workbook that is graded."""
    rows = evaluation.scores.rows if evaluation.status is Status.GRADED else ()
    for row in rows:
        if row.reviewed_score is not None and row.final is not None:
            yield finding(_decided(row))


def _decided(row: Score) -> Observation:
    scores = {"claimed": row.claimed, "computed": row.computed, "final": row.final}
    figures = {name: "—" if score is None else plain(score) for name, score in scores.items()}
    figures["name"] = row.name
    figures["because"] = f"：{row.review_reason.rstrip('。')}" if row.review_reason else ""
    variant = "provisional" if row.open else ""
    return Observation("R01", (row.place,), figures["claimed"], figures["final"], variant, figures)
