"""Which file an import of a form's workbook changes, and the blank that the form then gives."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from evalbatch.blanks.blank_workbook import build
from evalbatch.blanks.form_exchange import Imported, form_ids, imported
from evalbatch.errors import SETTINGS_NAME, Fault, SettingsFault, Trouble
from evalbatch.standards.form import FormSpec
from evalbatch.standards.form_library import SHIPPED, form_file
from evalbatch.standards.form_source import FormSource
from evalbatch.standards.policy import Policy

_NO_TARGET: Final = (
    "没有写到哪里：请用 -o 指明表样文件（.toml），"
    f"或在 {SETTINGS_NAME} 的 [paths] 中用 forms 指明自定义表的文件夹。"
)
_SHIPPED: Final = "{path}：这是程序自带的表样，不能改写；请用 -o 写到自己的文件夹。"
_GONE: Final = "没有标识为“{name}”的表样：导出它的表样文件不在了；请放回，或用 -o 指明"
_OTHER: Final = "{path} 是另一种表（{found}）的表样，没有写入；请换一个文件名。"


class PlannedImport(NamedTuple):
    """An import, and the file that it is for."""

    target: Path
    result: Imported


def import_of(
    folder: Path | None, workbook: Path, output: Path | None, *, anywhere: bool
) -> PlannedImport:
    """Return what an import would write, and where.

    Args:
        folder: the office's folder of forms.
        workbook: the form's workbook.
        output: the TOML to write, a folder for it, or None for the office's folder.
        anywhere: nothing will be written, so that it need not be known where.

    Raises:
        SettingsFault: with every fault of the workbook, or with what both sides changed.
        Trouble: there is nowhere to write it, or another form stands there.
    """
    data = workbook.read_bytes()
    before, now = form_ids(data, workbook.name)
    target = _target(folder, output, now) or (Path(f"{now}.toml") if anywhere else None)
    if target is None:
        raise Trouble(_NO_TARGET)
    if target.resolve().is_relative_to(SHIPPED.resolve()):
        raise Trouble(_SHIPPED.format(path=target))
    source = target if target.is_file() else form_file(before, folder)
    if source is None:
        raise SettingsFault([Fault(workbook.name, "", _GONE.format(name=before))])
    form = FormSource.load(source)
    if form.data["id"] not in (before, now):
        raise Trouble(_OTHER.format(path=target, found=form.data["title"]))
    return PlannedImport(target, imported(data, workbook.name, form, target))


def _target(folder: Path | None, output: Path | None, name: str) -> Path | None:
    """Return the file to write: the one named, or the form's in the office's folder."""
    if output is not None:
        return output / f"{name}.toml" if output.is_dir() else output
    if folder is None:
        return None
    known = form_file(name, folder)
    own = known is not None and not known.is_relative_to(SHIPPED)
    return known if own else folder / f"{name}.toml"


def draw(
    form: FormSpec, file: str, policies: Mapping[str, Policy], chosen: Mapping[str, str]
) -> bytes:
    """Return the blank of a form, with the profile that the settings choose for it, else its own.

    Raises:
        SettingsFault: there is no such profile.
    """
    name = chosen.get(form.id, form.policy)
    if name not in policies:
        known = "、".join(policies)
        raise SettingsFault([Fault(f"{file} 表样的“口径”", name, f"已有的评分口径之一：{known}")])
    return build(form, policies[name])
