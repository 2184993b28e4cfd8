"""The file that defines a form, as text, so that changes can be written into it."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from pydantic import ValidationError

from evalbatch.errors import Fault, SettingsFault
from evalbatch.standards.form_changes import FormChange, applied, canonical
from evalbatch.standards.form_library import load_form, parse_form, shared_file, with_shared
from evalbatch.standards.toml_edit import UnusualTextError, own_sheet, rewritten, section_text

_LISTS: Final = ("fields", "tables", "blocks")
_BOM: Final = b"\xef\xbb\xbf"
_UNUSUAL: Final = (
    "表样文件的写法特殊，不能只写入改动过的地方；请用 -o 写到另一个文件，或直接修改表样文件"
)


@dataclass(frozen=True)
class FormSource:
    """A form's TOML file: its bytes, and the form's data in one manner of writing.

    `data` has the sheets that it shares with other forms in full, each with its `use`.
    """

    path: Path
    content: bytes
    data: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a form's file.

        Raises:
            SettingsFault: it is no TOML, or no valid form.
        """
        said = parse_form(path)
        uses = [sheet.get("use") for sheet in said.get("sheets", ())]
        full = with_shared(path, said)
        full["sheets"] = [
            sheet | ({"use": use} if use else {})
            for sheet, use in zip(full["sheets"], uses, strict=True)
        ]
        try:
            return cls(path, path.read_bytes(), canonical(full))
        except ValidationError:
            load_form(path)  # says in Chinese what is wrong with it
            raise

    def changed(self, made: Sequence[FormChange], target: Path) -> bytes:
        """Return the bytes of the file with changes written into it, for it to stand at `target`.

        A shared sheet that is changed, or that would be another one there, becomes the form's own,
        with the comments of its file.

        Raises:
            SettingsFault: the text cannot be changed piece by piece.
        """
        text = self.content.removeprefix(_BOM).decode("utf-8")
        for number, sheet in enumerate(self.data["sheets"]):
            if "use" in sheet and self._is_own(sheet, made, target):
                text = self._made_own(text, number, sheet["use"])
        said = tomllib.loads(text)
        own = {
            number
            for number, sheet in enumerate(self.data["sheets"])
            if "use" in sheet and "use" not in said["sheets"][number]
        }
        kept = [change for change in made if change.path[-1] != "use"]
        if not kept and not own:
            return self.content
        wanted = applied(kept, self._overruled(said, own), self.data)
        try:
            new = rewritten(text, wanted)
        except (UnusualTextError, KeyError) as error:
            raise SettingsFault([Fault(str(self.path), "", _UNUSUAL)]) from error
        return (_BOM if self.content.startswith(_BOM) else b"") + new.encode()

    def _is_own(self, sheet: dict[str, Any], made: Sequence[FormChange], target: Path) -> bool:
        """Whether a shared sheet has to become the form's own."""
        within = [change.path[2:] for change in made if change.path[:2] == ("sheets", sheet["id"])]
        if any(not path or len(path) > 1 or path[0] in _LISTS for path in within):
            return True
        here = shared_file(self.path, sheet["use"])
        try:
            there = shared_file(target, sheet["use"])
        except SettingsFault:
            return True
        return here.read_bytes() != there.read_bytes()

    def _made_own(self, text: str, number: int, use: str) -> str:
        shared = shared_file(self.path, use).read_text(encoding="utf-8-sig")
        return section_text(text, "sheets", number, own_sheet(shared, "sheets"))

    def _overruled(self, said: dict[str, Any], own: set[int]) -> dict[str, Any]:
        """Return what the text says with what the form's file had put in place of parts of a
        shared sheet.
        """
        before = tomllib.loads(self.content.removeprefix(_BOM).decode("utf-8"))["sheets"]
        sheets = [
            sheet | {key: value for key, value in old.items() if key != "use"}
            if number in own
            else sheet
            for number, (sheet, old) in enumerate(zip(said["sheets"], before, strict=True))
        ]
        return said | {"sheets": sheets}
