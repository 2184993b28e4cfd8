"""Grades (评价等次): the band of a total, decided on decimals (policy.md 1.4)."""

from decimal import Decimal

from evalbatch.model.figures import rounded
from evalbatch.policies.spec import Policy


def grade_of(total: Decimal, policy: Policy) -> str:
    """Return the grade of a total, decided on the unrounded or the printed total as the profile names.

    The intervals are half open: 89.99 is 良 in any case; 89.996 is 优 where the printed total (90.00) decides.

    Args:
        total: the total before rounding.
        policy: the profile with its grades and `grade_on`.

    Returns:
        The grade's word, empty when the profile has no grade that low.
    """
    decisive = rounded(total) if policy.grade_on == "rounded" else total
    return next((grade.word for grade in policy.grades if decisive >= grade.low), "")
