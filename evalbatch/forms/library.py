"""Loads forms (表) from TOML files, and says in Chinese what is wrong with one."""

import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from evalbatch.forms.needs import check_faults, formula_faults
from evalbatch.forms.spec import Block, FormSpec, SheetSpec, TableSpec, Type
from evalbatch.model.fault import Fault, SettingsFault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SHIPPED: Final = Path(__file__).parent
SHARED: Final = "sheets"  # the folder of sheets that several forms use
LONGEST_LIST: Final = 255  # characters of a drop-down's options, a limit of the file format

_FIGURES: Final = ("count", "expected", "found", "names")  # what a sentence of the self-check may hold in braces

_EXPECTED: Final = {
    "missing": "填写此项",
    "extra_forbidden": "已知的键（此键不认识，请检查拼写）",
    "literal_error": "以下之一：{expected}",
    "enum": "以下之一：{expected}",
    "string_pattern_mismatch": "小写英文字母开头，只含小写字母、数字和下划线",
    "string_type": "文字",
    "int_type": "整数",
    "int_parsing": "整数",
    "float_parsing": "数字",
    "float_type": "数字",
    "bool_parsing": "true 或 false",
    "bool_type": "true 或 false",
    "greater_than": "大于 {gt}",
    "tuple_type": "方括号括起的列表",
    "dict_type": "键值表",
    "model_type": "键值表",
}


def load_forms(*folders: Path) -> dict[str, FormSpec]:
    """Load the shipped forms and those of further folders, by id; a later folder replaces a form of the same id.

    Raises:
        SettingsFault: a file is no TOML, or no valid form; all faults of all files at once, each with file and key.
    """
    forms: dict[str, FormSpec] = {}
    faults: list[Fault] = []
    for folder in (SHIPPED, *folders):
        if not folder.is_dir():
            faults.append(Fault(str(folder), "", "表样文件夹不存在，应为放有 .toml 表样的文件夹"))
            continue
        seen: dict[str, Path] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                form = load_form(path)
            except SettingsFault as fault:
                faults.extend(fault.faults)
                continue
            if form.id in seen:
                faults.append(Fault(f"{path.name} · id", form.id, f"与 {seen[form.id].name} 不同的表样标识"))
            seen[form.id] = path
            forms[form.id] = form
    if faults:
        raise SettingsFault(faults)
    return forms


def load_form(path: Path) -> FormSpec:
    """Load one form.

    Raises:
        SettingsFault: the file is no TOML, or no valid form.
    """
    try:
        data = _parse(path)
        data["sheets"] = [_shared(path, sheet) for sheet in data.get("sheets", ())]
        form = FormSpec.model_validate(data)
    except ValidationError as error:
        raise SettingsFault(_explain(path.name, data, fault) for fault in error.errors()) from error
    faults = tuple(_faults(path.name, form))
    if faults:
        raise SettingsFault(faults)
    return form


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsFault([Fault(path.name, "", "文件应为 UTF-8 编码")]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsFault([Fault(path.name, "", f"不是正确的 TOML：{error}")]) from error


def _shared(path: Path, sheet: dict[str, Any]) -> dict[str, Any]:
    """Replace `use = "report"` by the sheet of that name: beside the form first, then the shipped; other keys overrule it."""
    if "use" not in sheet:
        return sheet
    name = str(sheet["use"])
    for folder in (path.parent / SHARED, SHIPPED / SHARED):
        files = {file.stem: file for file in folder.glob("*.toml")}
        if name in files:
            return _parse(files[name]) | {key: value for key, value in sheet.items() if key != "use"}
    known = "、".join(sorted(file.stem for file in (SHIPPED / SHARED).glob("*.toml")))
    raise SettingsFault([Fault(f"{path.name} · sheets.use", name, f"共用的工作表之一：{known}")])


def _explain(file: str, data: object, error: "ErrorDetails") -> Fault:
    """Say what pydantic found, with the way to it in the words of the file: sheets[form].fields[project].type."""
    way = ""
    for key in error["loc"]:
        data, name = _step(data, key)
        way += f"[{name}]" if isinstance(key, int) else f".{name}"
    found = "" if error["type"] == "missing" else str(error["input"])[:40]
    expected = _EXPECTED.get(error["type"], error["msg"]).format(**error.get("ctx", {}))
    return Fault(f"{file} · {way.lstrip('.')}", found, expected)


def _step(data: object, key: str | int) -> tuple[object, str]:
    if isinstance(data, dict):
        return data.get(key), str(key)
    if isinstance(data, list) and isinstance(key, int) and key < len(data):
        entry = data[key]
        name = entry.get("id", key + 1) if isinstance(entry, dict) else key + 1
        return entry, str(name)
    return None, str(key)


def _faults(file: str, form: FormSpec) -> Iterator[Fault]:
    yield from _twice(f"{file} · sheets.id", (sheet.id for sheet in form.sheets))
    yield from _twice(f"{file} · sheets.name", (sheet.name for sheet in form.sheets))
    yield from _twice(f"{file} · fields.id", (field.id for sheet in form.sheets for field in sheet.fields))
    yield from _twice(f"{file} · tables.id", (table.id for sheet in form.sheets for table in sheet.tables))
    for sheet in form.sheets:
        where = f"{file} · sheets[{sheet.id}]"
        if not sheet.widths:
            yield Fault(f"{where}.widths", "", "应写明每一列的宽度，例如 widths = [8, 12, 12]")
        for number, block in enumerate(sheet.blocks, start=1):
            yield from _block_faults(f"{where}.blocks[{number}]", form, sheet, block)
        for table in sheet.tables:
            yield from _table_faults(f"{where}.tables[{table.id}]", form, table)
        for field in sheet.fields:
            yield from _options_faults(f"{where}.fields[{field.id}].options", field.type, field.options)
            yield from formula_faults(f"{where}.fields[{field.id}]", form, field, None)


def _twice(where: str, names: Iterable[str]) -> Iterator[Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(where, name, f"不重复的标识（出现了 {count} 次）")


def _block_faults(where: str, form: FormSpec, sheet: SheetSpec, block: Block) -> Iterator[Fault]:
    own = {field.id for field in sheet.fields}
    for line in block.grid:
        used = block.side_span if block.side else 0
        for name, span in line:
            if name not in own:
                yield Fault(f"{where}.grid", name, f"本工作表 fields 中的标识之一：{'、'.join(sorted(own))}")
                continue
            field = form.fields[name]
            used += span + (field.label_span if field.beside == "right" else 0)
        if used > len(sheet.widths):
            yield Fault(f"{where}.grid", f"{line[0][0]}一行占 {used} 列", f"不超过 widths 的 {len(sheet.widths)} 列")
    tables = {table.id for table in sheet.tables}
    if block.kind == "table" and block.table not in tables:
        yield Fault(f"{where}.table", block.table or "空", f"本工作表 tables 中的标识之一：{'、'.join(sorted(tables))}")
    yield from _brace_faults(f"{where}.text", block.text, {*form.fields, "bands"})
    for check in block.checks:
        yield from _brace_faults(f"{where}.checks[{check.rule}].say", check.say, _FIGURES)
        yield from check_faults(f"{where}.checks[{check.rule}]", form, check)


def _brace_faults(where: str, text: str, known: Collection[str]) -> Iterator[Fault]:
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        yield Fault(where, text[:40], "成对的花括号")
        return
    for name in names:
        if name not in known:
            yield Fault(where, f"{{{name}}}", f"花括号内为以下之一：{'、'.join(sorted(known))}")


def _table_faults(where: str, form: FormSpec, table: TableSpec) -> Iterator[Fault]:
    columns = [column.id for column in table.columns]
    yield from _twice(f"{where}.columns.id", columns)
    named = [*table.sums, *table.total_fields, *(name for line in table.preset for name in line)]
    for name in dict.fromkeys(named):
        if name not in columns:
            yield Fault(where, name, f"本表格的列之一：{'、'.join(columns)}")
    if table.total_adds and table.total_adds not in form.tables:
        yield Fault(f"{where}.total_adds", table.total_adds, "本表已有的表格标识")
    for name in table.total_fields.values():
        if name not in form.fields:
            yield Fault(f"{where}.total_fields", name, "本表已有的栏目标识")
    for column in table.columns:
        yield from _options_faults(f"{where}.columns[{column.id}].options", column.type, column.options)
        yield from formula_faults(f"{where}.columns[{column.id}]", form, column, table)


def _options_faults(where: str, kind: Type, options: tuple[str, ...]) -> Iterator[Fault]:
    if kind is Type.CHOICE and not options:
        yield Fault(where, "", "choice 类型应写明选项")
    boxes = sum(len(option) + 2 for option in options)
    if kind is Type.CHOICE and boxes * (len(options) + 1) > LONGEST_LIST:
        yield Fault(where, "、".join(options), f"更少或更短的选项（下拉列表最多 {LONGEST_LIST} 字）")
    for option in options:
        if "," in option:
            yield Fault(where, option, "不含英文逗号的选项")
