"""沿革.xlsx: which office is called what from which year on, read as a whole with every fault."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evalbatch.cycle import registers
from evalbatch.cycle.registers import RegisterLine
from evalbatch.errors import Fault, SettingsFault
from evalbatch.model.names import normal_name
from evalbatch.model.plain_figures import parse_year
from evalbatch.results.renames import Rename, Renames

FILE: Final = "沿革.xlsx"


def load(path: Path) -> Renames:
    """Read 沿革.xlsx (旧名 新名 年度 依据).

    Raises:
        SettingsFault: with every fault of the table: cell, what stands there, what is expected.
    """
    lines, faults = registers.read(path, "succession")
    faults += [fault for line in lines for fault in _faults(line)]
    faults += list(_split(lines))
    if faults:
        raise SettingsFault(faults)
    return Renames(tuple(_rename(line) for line in lines))


def _rename(line: RegisterLine) -> Rename:
    return Rename(line.text("old"), line.text("new"), _year(line), line.text("basis"))


def _year(line: RegisterLine) -> int:
    return int(parse_year(line.text("year")) or 0)


def _faults(line: RegisterLine) -> Iterator[Fault]:
    if line.text("year") and not _year(line):
        yield line.fault("year", "启用新名的年度，如 2026")
    if line.text("old") and normal_name(line.text("old")) == normal_name(line.text("new")):
        yield line.fault("new", "与旧名不同的名称")


def _split(lines: list[RegisterLine]) -> Iterator[Fault]:
    """Yield the lines by which one office became several: its figures belong to none of them."""
    first: dict[tuple[str, int], RegisterLine] = {}
    for line in lines:
        before = first.setdefault((normal_name(line.text("old")), _year(line)), line)
        if normal_name(before.text("new")) != normal_name(line.text("new")):
            said = f"同一年度一个旧名只对应一个新名（第{before.row}行已写“{before.text('new')}”）；"
            yield line.fault("new", said + "拆分的单位不能接续，请删去这些行")
