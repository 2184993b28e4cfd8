"""An office's cycle folder with real workbooks, driven by the real command line."""

import csv
import re
from datetime import date
from pathlib import Path

import openpyxl
from blank.filled import made, road_self_evaluation
from repository import evalbatch

DAY = "2024-03-31"
HEAD = 3
SIGNED = {"复核人": "周一", "复核日期": date(2024, 3, 30), "理由": "现场核对少两条"}


def night(*more):
    return evalbatch("run", "--as-of", DAY, "--quiet", "--jobs", "1", *more)


def hand_in(file, project="城区道路养护", **fields):
    """Hand in the self-evaluation of roads under a project's name, with other fields or scores."""
    values = road_self_evaluation()
    rows = {row["level3"]: row for row in values["tables"]["indicators"]}
    for name, changed in fields.pop("rows", {}).items():
        rows[name] |= changed
    values["fields"] |= {"project": project, **fields}
    path = Path("inbox") / file
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(made("self_evaluation", values))


def expect(*projects):
    """Put projects onto the roster."""
    book = openpyxl.load_workbook("名册.xlsx")
    page = book.worksheets[0]
    at = {cell.value: cell.column for cell in page[3]}
    for number, project in enumerate(projects):
        line = {
            "主管部门": "某市城市管理局",
            "实施单位": "某市市政养护中心",
            "项目名称": project,
            "报送表": "项目支出绩效自评表",
        }
        for label, value in line.items():
            page.cell(6 + number, at[label]).value = value
    book.save("名册.xlsx")


def set_up(section, text):
    path = Path("evalbatch.toml")
    head = rf"(?m)^\[{section}\].*$"
    path.write_text(re.sub(head, f"[{section}]\n{text}", path.read_text("utf-8"), count=1), "utf-8")


def answer(path, answers, keys=("三级指标",)):
    """Fill in lines of a round by their indicator, as a person does in Excel."""
    book = openpyxl.load_workbook(path)
    sheet = book["复核清单"]
    at = {cell.value: cell.column for cell in sheet[HEAD]}
    for row in range(HEAD + 1, sheet.max_row + 1):
        named = tuple(sheet.cell(row, at[key]).value for key in keys)
        for label, value in answers.get(named if len(keys) > 1 else named[0], {}).items():
            sheet.cell(row, at[label]).value = value
    book.save(path)


def lines(path):
    """The lines of a round as dictionaries."""
    sheet = openpyxl.load_workbook(path)["复核清单"]
    head, *rows = sheet.iter_rows(min_row=HEAD, values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def table(name):
    with Path(f"output/data/{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def row(indicator, project="城区道路养护"):
    return next(
        each
        for each in table("indicators")
        if (each["level3"], each["project"]) == (indicator, project)
    )


def project(name="城区道路养护"):
    return next(each for each in table("projects") if each["project"] == name)


def sheet(name):
    """The rows of a sheet of the summary workbook, below its header, as dictionaries."""
    page = openpyxl.load_workbook("output/汇总表.xlsx")[name]
    head, *rows = page.iter_rows(min_row=HEAD, values_only=True)
    return [dict(zip(head, each, strict=True)) for each in rows]


def outputs():
    """Every published file by its path; the ledger and the records of runs tell of runs."""
    found = (path for path in Path("output").rglob("*") if path.is_file())
    kept = (path for path in found if path.parts[1] != "runs" and "ledger" not in path.name)
    return {path.as_posix(): path.read_bytes() for path in kept}
