"""Criteria and formulas that every sheet of the summary workbook writes alike."""

from decimal import Decimal

from evalbatch.publish.summary.list_sheets import NONE, Formula


def equal(name: str, cell: str) -> str:
    """Return a criterion that a name equals a cell, whatever characters stand in it."""
    if set(name) & set("~*?"):
        return f'"="&SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({cell},"~","~~"),"*","~*"),"?","~?")'
    return f'"="&{cell}'


def live(formula: str, value: Decimal | None) -> Formula:
    """Return a formula that shows a dash where there is nothing to divide by."""
    return Formula(f'=IFERROR({formula},"{NONE}")', NONE if value is None else float(value))
