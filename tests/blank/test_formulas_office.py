"""LibreOffice calculates our formulas anew and comes to the values that we stored."""

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

from blank.filled import (
    FORMS,
    annual_management,
    faulty_self_evaluation,
    made,
    project_evaluation,
    road_self_evaluation,
)
from evalbatch.workbook.reader import read

BOOKS = {
    **{f"blank-{name}": (name, None, "") for name in FORMS},
    "filled": ("self_evaluation", road_self_evaluation(), ""),
    "faulty": ("self_evaluation", faulty_self_evaluation(), ""),
    "bands": ("self_evaluation", road_self_evaluation(), "cz2021_101"),
    "hubei": ("self_evaluation", road_self_evaluation(), "hubei2020"),
    "evaluation": ("project_evaluation", project_evaluation(), ""),
    "annual": ("annual_management", annual_management(), ""),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All workbooks without their stored results, saved again by LibreOffice in one go."""
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    root = tmp_path_factory.mktemp("office")
    for name, (form, prefill, policy) in BOOKS.items():
        (root / f"{name}.xlsx").write_bytes(_without_results(made(form, prefill, policy)))
    profile = f"-env:UserInstallation=file://{root}/profile"
    files = [str(root / f"{name}.xlsx") for name in BOOKS]
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx", "--outdir", str(root / "out"), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return root / "out"


def _without_results(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            target.writestr(entry, content)
    return buffer.getvalue()


def _results(source: io.BytesIO | Path, formulas: dict[str, list[str]]) -> dict[str, object]:
    book = openpyxl.load_workbook(source, data_only=True)
    return {f"{sheet}!{cell}": book[sheet][cell].value or "" for sheet, cells in formulas.items() for cell in cells}


@pytest.mark.office
@pytest.mark.parametrize("name", BOOKS)
def test_recalculating_changes_no_stored_value(folder: Path, name: str) -> None:
    form, prefill, policy = BOOKS[name]
    data = made(form, prefill, policy)
    book = openpyxl.load_workbook(io.BytesIO(data))
    formulas = {s.title: [c.coordinate for row in s for c in row if c.data_type == "f"] for s in book.worksheets}
    stored = _results(io.BytesIO(data), formulas)
    again = _results(folder / f"{name}.xlsx", formulas)
    assert len(stored) > 10
    assert not [value for value in again.values() if str(value).startswith("#")]
    assert {k: _rounded(v) for k, v in again.items()} == {k: _rounded(v) for k, v in stored.items()}


def _rounded(value: object) -> object:
    return round(value, 9) if isinstance(value, float) else value


@pytest.mark.office
@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_saved_by_another_program_is_read_the_same(folder: Path, name: str) -> None:
    form, prefill, policy = BOOKS[name]
    (before,) = read(made(form, prefill, policy), "表.xlsx", FORMS)
    (after,) = read((folder / f"{name}.xlsx").read_bytes(), "表.xlsx", FORMS)
    assert after.stamp == before.stamp
    assert {k: e.value for k, e in after.fields.items()} == {k: e.value for k, e in before.fields.items()}
    for table, rows in before.tables.items():
        again = after.tables[table]
        assert [{k: e.value for k, e in row.entries.items()} for row in again] == [
            {k: e.value for k, e in row.entries.items()} for row in rows
        ]
