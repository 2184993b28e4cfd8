"""What a new cycle takes from last year's: the roster with last year's results beside each line,
the waivers that still hold, templates, own forms and profiles, and the settings.
"""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from evalbatch.cycle import last_year_results, registers
from evalbatch.errors import SETTINGS_NAME, Fault, SettingsFault, Trouble, reason
from evalbatch.model.figures import years_later
from evalbatch.model.record import DATA, Record, RosterEntry, last_years
from evalbatch.same_bytes import saved
from evalbatch.settings import Settings
from evalbatch.standards.form import FormSpec
from evalbatch.standards.toml_edit import rewritten

RESULTS: Final = ("上年得分", "上年等次", "上年执行率")
NONE: Final = "无上年结果"

_ROSTER: Final = (
    "名册取自上年，共 {lines} 行，其中 {found} 行有上年结果；截止日已顺延。"
    "预算金额、邮箱仍是上年的，请逐行核对，增减项目。"
)
_LOOKS: Final = ("font", "border", "fill", "alignment")
_NUMBERS: Final = ("0.00", "", "0.00%")
_FOLDERS: Final = ("templates", "forms", "policies")
_OWN: Final = ("inbox", "output", "working_papers", "archive", "reviews", "appeals", "freezes")
"""Paths of what a cycle makes itself: last year's place is not this year's."""


@dataclass(frozen=True)
class LastYear:
    """Last year's cycle folder and what its settings say."""

    folder: Path
    settings: Settings

    @classmethod
    def load(cls, folder: Path) -> "LastYear":
        """Read last year's settings.

        Raises:
            Trouble: this is no cycle folder.
            SettingsFault: its settings have faults.
        """
        file = folder / SETTINGS_NAME
        if not file.is_file():
            raise Trouble(
                f"{folder} 不是评价周期文件夹（其中没有 {SETTINGS_NAME}）；请指明上年的周期文件夹。"
            )
        return cls(folder.resolve(), Settings.load(file))

    @property
    def year(self) -> int | None:
        """The year that it evaluated."""
        return self.settings.cycle.year

    def inside(self, path: Path | None) -> str:
        """Return a path relative to the folder, empty where it is not in it."""
        if path is None or not path.resolve().is_relative_to(self.folder):
            return ""
        return path.resolve().relative_to(self.folder).as_posix()


class Taken(NamedTuple):
    """What a new folder takes over: contents by path, and what is to be said of it."""

    contents: Mapping[str, bytes]
    lines: tuple[str, ...]


def taken(
    last: LastYear,
    folder: Path,
    year: int,
    day: date,
    entries: Iterable[RosterEntry],
    forms: Mapping[str, FormSpec],
) -> Taken:
    """Return what a new cycle takes from last year's.

    Args:
        last: last year's cycle.
        folder: the new cycle's folder.
        year: the year that it evaluates.
        day: the day on which a waiver has to hold.
        entries: the lines of last year's roster.
        forms: the forms by id.

    Raises:
        SettingsFault: the roster, the waivers or the results cannot be read.
    """
    years = year - (last.year or year - 1)
    contents = {SETTINGS_NAME: _settings(last, folder, year, years)}
    contents |= dict(_copied(last))
    lines: list[str] = []
    paths = last.settings.paths
    if paths.roster is not None:
        results = _results(last, forms)
        data, said = _roster(paths.roster, list(entries), results, years)
        contents[last.inside(paths.roster) or paths.roster.name] = data
        lines += said
    if paths.waivers is not None:
        data, said = _waivers(paths.waivers, day)
        contents[last.inside(paths.waivers) or paths.waivers.name] = data
        lines += said
    return Taken(contents, tuple(lines))


def _results(last: LastYear, forms: Mapping[str, FormSpec]) -> Mapping[str, Record]:
    output = last.settings.paths.output
    if not (output / DATA / "projects.csv").is_file():
        return {}
    return last_year_results.load(output, forms)


def _copied(last: LastYear) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the folders that the office keeps: templates, own forms and profiles."""
    paths, mail = last.settings.paths, last.settings.mail.templates
    for folder in (*(getattr(paths, name) for name in _FOLDERS), mail):
        place = last.inside(folder)
        for file in sorted(folder.rglob("*")) if folder and place else ():
            if file.is_file() and not file.name.startswith(("~$", ".")):
                yield f"{place}/{file.relative_to(folder).as_posix()}", file.read_bytes()


# ---------------------------------------------------------------- settings


def _settings(last: LastYear, folder: Path, year: int, years: int) -> bytes:
    """Return last year's settings for the new year: comments and all else as they were."""
    text = (last.folder / SETTINGS_NAME).read_text(encoding="utf-8-sig")
    said = tomllib.loads(text)
    cycle = {
        key: years_later(value, years) if isinstance(value, date) else value
        for key, value in said.get("cycle", {}).items()
    }
    wanted = said | {"cycle": cycle | {"name": folder.resolve().name, "year": year}}
    wanted["paths"] = _paths(last, folder, said.get("paths", {}))
    if "seed" in said.get("review", {}):  # a draw needs a text of its own
        wanted["review"] = {key: each for key, each in said["review"].items() if key != "seed"}
    return rewritten(_entitled(text, last, folder), wanted).encode()


def _entitled(text: str, last: LastYear, folder: Path) -> str:
    """Return the text of settings with the new cycle's name in the comment at its top."""
    title, old = text.partition("\n")[0], last.settings.cycle.name
    if not (old and title.startswith("#") and old in title):
        return text
    return title.replace(old, folder.resolve().name, 1) + text[len(title) :]


def _paths(last: LastYear, folder: Path, said: Mapping[str, str]) -> dict[str, str]:
    paths = {}
    for key, value in said.items():
        place = last.folder / value
        if last.inside(place):
            paths[key] = value
        elif key in ("roster", "waivers"):
            paths[key] = place.name
        elif key not in _OWN:
            paths[key] = _from(folder, place)
    return paths | {"last_year": _from(folder, last.settings.paths.output)}


def _from(folder: Path, place: Path) -> str:
    """Return a path as the settings of a folder write it."""
    try:
        return Path(os.path.relpath(place.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return place.resolve().as_posix()


# ---------------------------------------------------------------- roster and waivers


def _opened(path: Path) -> Any:
    """Open a register to go on with.

    Raises:
        SettingsFault: it is no .xlsx, or cannot be read.
    """
    try:
        return load_workbook(BytesIO(path.read_bytes()))
    except OSError as error:
        raise SettingsFault([Fault(str(path), "", f"读不到文件（{reason(error)}）")]) from error
    except (InvalidFileException, KeyError, ValueError) as error:
        fault = Fault(path.name, "", "不能接着使用的工作簿；请在 Excel 中另存为 .xlsx")
        raise SettingsFault([fault]) from error


def _roster(
    path: Path, entries: list[RosterEntry], results: Mapping[str, Record], years: int
) -> tuple[bytes, list[str]]:
    """Return last year's roster with its dates moved and last year's results beside each line."""
    lines, faults = registers.read(path, "roster")
    if faults:
        raise SettingsFault(faults)
    book = _opened(path)
    for line in lines:
        cell = book[line.sheet].cell(line.row, line.columns["deadline"] or 1)
        if line.columns["deadline"]:
            _move(cell, line.value("deadline"), years)
    kept = [entry for entry in entries if not entry.withdrawn]
    gone = [entry for entry in entries if entry.withdrawn]
    found = 0
    if kept:
        sheet = book[kept[0].place.sheet]
        columns = _result_columns(sheet, registers.header_row(path, "roster"))
        for entry in kept:
            record = last_years(results, entry.form, entry.title, entry.department)
            found += record is not None and record.scores is not None
            for column, value, number in zip(columns, _shown(record), _NUMBERS, strict=True):
                _write(sheet, entry.place.row, column, value, number)
    for entry in sorted(gone, key=lambda each: each.place.row, reverse=True):
        _delete(book[entry.place.sheet], entry.place.row)
    said = [_ROSTER.format(lines=len(kept), found=found)]
    said += [
        f"名册中已撤销的未带来：{each.department} {each.title}（{each.withdrawn}）" for each in gone
    ]
    return saved(book), said


def _move(cell: Cell | MergedCell, day: object, years: int) -> None:
    """Move a day by some years, in the manner in which it is written."""
    if not isinstance(day, date) or isinstance(cell, MergedCell):
        return
    if isinstance(cell.value, date):
        cell.value = years_later(cell.value, years)
    elif isinstance(cell.value, str) and not cell.value.startswith("="):
        later = years_later(day, years)
        text = cell.value.replace(str(day.year), str(later.year), 1)
        kept = text != cell.value and later.day == day.day
        cell.value = text if kept else later.isoformat()


def _result_columns(sheet: Worksheet, head: int) -> list[int]:
    """Return the columns of last year's results: those of the year before, else new ones to the
    right of all that is written, which look like their neighbour.
    """
    heads = {
        str(cell.value).strip(): at for at, cell in enumerate(sheet[head], start=1) if cell.value
    }
    below = (cell for row in sheet.iter_rows(min_row=head) for cell in row)
    last = max((cell.column for cell in below if cell.value is not None), default=0)
    columns = []
    for name in RESULTS:
        if name not in heads:
            last += 1
            heads[name] = last
            _write(sheet, head, last, name)
        columns.append(heads[name])
    return columns


def _write(
    sheet: Worksheet, row: int, column: int, value: str | Decimal | None, number: str = ""
) -> None:
    cell, neighbour = sheet.cell(row, column), sheet.cell(row, column - 1)
    if isinstance(cell, MergedCell):
        return
    if not cell.has_style and neighbour.has_style:
        for look in _LOOKS:
            setattr(cell, look, copy(getattr(neighbour, look)))
    if number:
        cell.number_format = number
    cell.value = value


def _shown(record: Record | None) -> tuple[str | Decimal | None, ...]:
    if record is None or record.scores is None:
        return NONE, None, None
    return record.scores.final_total, record.scores.grade or None, record.execution_rate


def _waivers(path: Path, day: date) -> tuple[bytes, list[str]]:
    """Return last year's waivers without the lines that hold no longer."""
    lines, faults = registers.read(path, "waivers")
    if faults:
        raise SettingsFault(faults)
    book = _opened(path)
    over = [line for line in lines if not _holds(line.value("until"), day)]
    for line in sorted(over, key=lambda each: each.row, reverse=True):
        _delete(book[line.sheet], line.row)
    said = [f"豁免取自上年，仍有效的 {len(lines) - len(over)} 条。"]
    for line in over:
        why = "没有写有效期，只在上年有效" if line.value("until") is None else "已过有效期"
        said.append(f"豁免未带来（{why}）：{line.text('project')} {line.text('code')}")
    return saved(book), said


def _delete(sheet: Worksheet, row: int) -> None:
    """Delete a row; those below move up with their heights, with the cells that they merge, and
    with formulas about their own row.
    """
    heights = {number: each.height for number, each in sheet.row_dimensions.items()}
    merged = [each for each in sheet.merged_cells.ranges if each.max_row >= row]
    for each in merged:
        sheet.unmerge_cells(each.coord)
        if each.min_row == row < each.max_row:
            _repeat(sheet.cell(row, each.min_col), sheet.cell(row + 1, each.min_col))
    if row < sheet.max_row:
        below = f"A{row + 1}:{get_column_letter(sheet.max_column)}{sheet.max_row}"
        sheet.move_range(below, rows=-1, translate=True)
    else:
        sheet.delete_rows(row)
    for each in merged:
        first = each.min_row - (each.min_row > row)
        if first < each.max_row and (first < each.max_row - 1 or each.min_col < each.max_col):
            sheet.merge_cells(None, first, each.min_col, each.max_row - 1, each.max_col)
    for number in range(row, max(heights, default=row) + 1):
        if heights.get(number) != heights.get(number + 1):
            sheet.row_dimensions[number].height = heights.get(number + 1)


def _repeat(cell: Cell | MergedCell, other: Cell | MergedCell) -> None:
    """Let another cell hold and look like a cell."""
    other.value = cell.value
    for look in (*_LOOKS, "number_format"):
        setattr(other, look, copy(getattr(cell, look)))


def _holds(until: object, day: date) -> bool:
    return isinstance(until, date) and until >= day
