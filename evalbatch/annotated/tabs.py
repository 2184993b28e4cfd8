"""The tabs of a workbook: the review sheet put first, an earlier one taken away."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from evalbatch.annotated.edits import Edit
from evalbatch.annotated.review_sheet import ReviewSheet
from evalbatch.sheets.book import REVIEW_NAME, TITLE, review_tab
from evalbatch.sheets.xml import Element, child, children, clean, linked, local

SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
# What stands before the defined names in a workbook (ECMA-376 part 1, 18.2.27).
BEFORE_NAMES = frozenset(
    {
        "fileVersion",
        "fileSharing",
        "workbookPr",
        "AlternateContent",
        "revisionPtr",
        "absPath",
        "workbookProtection",
        "bookViews",
    }
    | {"sheets", "functionGroups", "externalReferences"}
)
TRUE = ("1", "true")


class Tab(NamedTuple):
    """A worksheet: its name, its part, its number among the sender's tabs."""

    name: str
    part: str
    number: int


class Tabs:
    """The tabs of the workbook being edited."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit
        self.root = edit.workbook
        block = child(self.root, "sheets")
        self.block: Element = block if block is not None else edit.element("sheets")
        self.targets = {link.id: link for link in edit.links(edit.main)}

    @property
    def worksheets(self) -> list[Tab]:
        """The worksheets that have cells, in order."""
        found = []
        for number, item in enumerate(self.block, 1):
            link = self.targets.get(linked(item))
            if link is not None and link.kind == "worksheet" and link.part in self.edit.parts:
                found.append(Tab(clean(item.get("name", "")), link.part, number))
        return found

    def remove_review(self) -> bool:
        """Take the review sheet of an earlier copy away; say whether there was one."""
        names = child(self.root, "definedNames")
        mark = next(
            (
                item
                for item in children(self.root, "definedNames")
                if item.get("name") == REVIEW_NAME
            ),
            None,
        )
        if names is None or mark is None:
            return False
        title = review_tab(mark.text or "")
        names.remove(mark)
        for index, item in enumerate(list(self.block)):
            link = self.targets.get(linked(item))
            if item.get("name") == title and link is not None:
                self.block.remove(item)
                self.edit.unlink(self.edit.main, link.id)
                self.edit.drop(link.part)
                self._drop_scope(names, index)
                self._shift(index, -1)
        return True

    def insert_review(self, sheet: ReviewSheet, touched: Sequence[Tab]) -> None:
        """Put the review sheet first, and open the workbook there when no untouched sheet would
        have to change for it.
        """
        part = self.edit.free_name("xl/worksheets/review{0}.xml")
        opened = self._deselect(touched)
        self.edit.put(part, sheet.content(self.edit.space, opened=opened))
        self.edit.declare(part, SHEET_TYPE)
        self._shift(0, 1)
        title = self._free_title()
        numbers = [int(item.get("sheetId", "0")) for item in self.block]
        tab = self.edit.element(
            "sheet", {"name": title, "sheetId": str(max(numbers, default=0) + 1)}
        )
        tab.set(f"{{{self.edit.link_space}}}id", self.edit.link(self.edit.main, "worksheet", part))
        self.block.insert(0, tab)
        self._name(title)
        for view in self._views():
            view.attrib.pop("firstSheet", "")
            if opened:
                view.attrib.pop("activeTab", "")

    def _free_title(self) -> str:
        """Return the title of the review sheet; the sender may have a sheet of that name."""
        taken = {item.get("name", "").lower() for item in self.block}
        number, title = 1, TITLE
        while title.lower() in taken:
            number += 1
            title = f"{TITLE}{number}"
        return title

    def _name(self, title: str) -> None:
        """Mark the review sheet by a hidden defined name, which spreadsheet programs keep."""
        names = child(self.root, "definedNames")
        if names is None:
            names = self.edit.element("definedNames")
            self.root.insert(sum(1 for item in self.root if local(item) in BEFORE_NAMES), names)
        names.append(
            self.edit.element(
                "definedName", {"name": REVIEW_NAME, "hidden": "1"}, f"'{title}'!$A$1"
            )
        )

    def _deselect(self, touched: Sequence[Tab]) -> bool:
        """Deselect the selected sheets when all of them are changed anyway; say whether the review
        sheet may be the open one.
        """
        parts = {tab.part for tab in touched}
        selected = [
            tab for tab in self.worksheets if tab.part in parts or self._mentions_selection(tab)
        ]
        if any(tab.part not in parts for tab in selected):
            return False
        for tab in selected:
            for view in children(self.edit.tree(tab.part), "sheetViews"):
                view.attrib.pop("tabSelected", "")
        return True

    def _mentions_selection(self, tab: Tab) -> bool:
        """Whether an untouched sheet is selected."""
        return (
            re.search(rb'tabSelected="(1|true)"', self.edit.parts.read(tab.part)[:4096]) is not None
        )

    def _views(self) -> list[Element]:
        return [item for item in children(self.root, "bookViews") if local(item) == "workbookView"]

    def _drop_scope(self, names: Element, index: int) -> None:
        """Remove the names that belong to a removed sheet alone."""
        for item in list(names):
            if item.get("localSheetId") == str(index):
                names.remove(item)

    def _shift(self, start: int, step: int) -> None:
        """Count on or back the tab numbers from a start: open tab, first tab in sight, scope of
        names.
        """
        for view in self._views():
            for key in ("activeTab", "firstSheet"):
                number = int(view.get(key, "0"))
                if number >= start:
                    view.set(key, str(max(number + step, 0)))
        for item in children(self.root, "definedNames"):
            scope = item.get("localSheetId")
            if scope is not None and int(scope) >= start:
                item.set("localSheetId", str(int(scope) + step))
