"""Waivers (豁免): findings that the organiser lifts, kept in 豁免.xlsx and validated as a whole."""

from collections.abc import Collection, Iterator
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from evalbatch.cycle import registers
from evalbatch.cycle.registers import RegisterLine
from evalbatch.errors import Fault, SettingsFault
from evalbatch.model.finding import Waiver
from evalbatch.model.plain_figures import compact


def load(path: Path, codes: Collection[str]) -> tuple[Waiver, ...]:
    """Read 豁免.xlsx; `codes` are the codes of the catalogue.

    Raises:
        SettingsFault: with every fault of the table: cell, what stands there, what is expected.
    """
    lines, faults = registers.read(path, "waivers")
    faults += [fault for line in lines for fault in _line_faults(line, codes)]
    if faults:
        raise SettingsFault(faults)
    return tuple(_waiver(line) for line in lines)


def _code(line: RegisterLine) -> str:
    return compact(line.text("code")).upper()


def _waiver(line: RegisterLine) -> Waiver:
    until = line.value("until")
    return Waiver(
        line.text("project"),
        _code(line),
        line.text("approver"),
        line.value("approved_on"),
        line.text("reason"),
        until=until if isinstance(until, date) else None,
    )


def _line_faults(line: RegisterLine, codes: Collection[str]) -> Iterator[Fault]:
    code, approved, until = _code(line), line.value("approved_on"), line.value("until")
    if code and code not in codes:
        close = get_close_matches(code, sorted(codes), n=1, cutoff=0)
        yield line.fault(
            "code", f"问题目录中的编号（最接近的是 {close[0]}）" if close else "问题目录中的编号"
        )
    if isinstance(approved, date) and isinstance(until, date) and until < approved:
        yield line.fault("until", f"不早于批准日期 {approved.isoformat()} 的日期")
