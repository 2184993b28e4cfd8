"""Workbooks of ours with every cell filled in, each value telling its cell from the others."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache

from evalbatch.blanks.blank_workbook import build
from evalbatch.sheets import read_book
from evalbatch.sheets.book import Book
from evalbatch.standards.form import ColumnSpec, FormSpec, Input, TableSpec, Type
from evalbatch.standards.form_library import load_forms
from evalbatch.standards.policy_library import load_policies

FORMS = load_forms()
POLICIES = load_policies()

_SAMPLES: dict[Type, Callable[[int], object]] = {
    Type.MONEY: lambda number: Decimal("1000.25") + number,
    Type.NUMBER: lambda number: Decimal("1000.25") + number,
    Type.SCORE: lambda number: Decimal(number % 40 + 1),
    Type.INTEGER: lambda number: Decimal(number % 40 + 1),
    Type.PERCENT: lambda number: Decimal(number % 100) / 100 + Decimal("0.001"),
    Type.DATE: lambda number: date(2021, 1 + number % 12, 1 + number % 28),
    Type.YEAR: lambda _: Decimal(2021),
    Type.QUANTITY: lambda number: f"{number}个",
}


def sample(spec: Input, number: int) -> object:
    """A value that tells this cell from every other of its type."""
    if spec.type in _SAMPLES:
        return _SAMPLES[spec.type](number)
    return spec.options[number % len(spec.options)] if spec.options else f"填写内容{number}号"


def printed(form: FormSpec) -> set[str]:
    """The fields that our blank of a form prints; others only stand on the forms of other
    offices.
    """
    grids = (line for sheet in form.sheets for block in sheet.blocks for line in block.grid)
    stated = {name for table in form.tables.values() for name in table.total_fields.values()}
    return {name for line in grids for name, _ in line} | stated


def filled_fields(form: FormSpec) -> dict[str, object]:
    stated = {name for table in form.tables.values() for name in table.total_fields.values()}
    stated |= form.fields.keys() - printed(form)
    return {
        spec.id: sample(spec, n)
        for n, spec in enumerate(form.fields.values())
        if spec.id not in stated
    }


def columns(table: TableSpec) -> Iterator[ColumnSpec]:
    return (
        column
        for column in table.columns
        if not (table.rows and not table.paired and column is table.columns[0])
    )


def filled_rows(table: TableSpec) -> list[dict[str, object]]:
    if table.rows:
        return [
            {"key": row.id}
            | {column.id: sample(column, 10 * n + m) for m, column in enumerate(columns(table))}
            for n, row in enumerate(table.rows)
        ]
    return [
        {column.id: sample(column, 20 * n + m) for m, column in enumerate(table.columns)}
        for n in range(5)
    ]


@cache
def book_of(form_id: str) -> Book:
    """The grids of a form with every cell filled in."""
    return read_book(filled(FORMS[form_id]), f"{form_id}.xlsx")


def filled(form: FormSpec) -> bytes:
    tables = {name: filled_rows(table) for name, table in form.tables.items()}
    return build(form, POLICIES[form.policy], {"fields": filled_fields(form), "tables": tables})
