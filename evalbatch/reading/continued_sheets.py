"""Joins a form of others that goes on over several sheets into one page, as if it were typed on
one, and tells afterwards on which sheet each cell stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from evalbatch.model.finding import Observation
from evalbatch.model.names import core, key
from evalbatch.model.place import Place
from evalbatch.model.submission import Entry, Row, Submission
from evalbatch.reading.form_labels import LEVEL_LABELS, PROJECT_LABELS, TOTAL_LABELS, labels_of_form
from evalbatch.reading.kinds import UNTOLD, kind_of, list_of, titles
from evalbatch.reading.printed_page import PrintedPage, Seam
from evalbatch.sheets.book import Merge
from evalbatch.standards.form import FormSpec

_CONTINUED: Final = ("续表", "续）", "续)", "续上表", "接上表")
_LEVELS: Final = 2  # names of levels that make a row the header of indicators
_LINE: Final = 4  # filled cells that make a row one of a table


def joined(pages: Sequence[PrintedPage], forms: Mapping[str, FormSpec]) -> list[PrintedPage]:
    """Return the pages with each that only goes on put under the one before it."""
    found: list[PrintedPage] = []
    for page in pages:
        if found and _goes_on(found[-1], page, forms):
            found[-1] = _join(found[-1], page)
        else:
            found.append(page)
    return found


def _goes_on(first: PrintedPage, page: PrintedPage, forms: Mapping[str, FormSpec]) -> bool:
    """Whether a page is the rest of the one before it: it says so, or it holds the indicators or
    the total that are missing there, and no other project.
    """
    kind = kind_of(first, forms).form
    if not kind or page.hides or _is_own_sheet(page, forms[kind]):
        return False
    if not _projects(page) <= _projects(first):
        return False
    if _says_so(page):
        return True
    if kind_of(page, forms).form not in {"", kind} or list_of(page) != UNTOLD:
        return False
    header = _header(first)
    if header and (_total(first, header) or _projects(page)):
        return False
    lines = sum(1 for columns in page.by_row.values() if len(columns) >= _LINE)
    return bool(_header(page)) or (bool(header) and _total(page) and lines > 1)


def _is_own_sheet(page: PrintedPage, form: FormSpec) -> bool:
    """Whether a page's name says that it is a sheet of the form by itself."""
    return any(key(page.name) in sheet.names for sheet in labels_of_form(form).sheets)


def _says_so(page: PrintedPage) -> bool:
    return any(word in text for text in (page.name, *titles(page)) for word in _CONTINUED)


def _projects(page: PrintedPage) -> set[str]:
    """Return the projects that a page names, in the next cell behind a label or in the same one."""
    spots = (spot for label in PROJECT_LABELS for spot in page.cores.get(label, ()))
    beside = {
        core(page.text(row, next((each for each in page.by_row[row] if each > column), 0)))
        for row, column in spots
    }
    behind = {core(rest) for label in PROJECT_LABELS for _, rest in page.inlines.get(label, ())}
    return beside | behind


def _header(page: PrintedPage) -> int:
    """Return the row that heads the indicators, 0 without one."""
    rows = [spot[0] for label in LEVEL_LABELS for spot in page.cores.get(label, ())]
    return min((row for row in rows if rows.count(row) >= _LEVELS), default=0)


def _total(page: PrintedPage, header: int = 0) -> bool:
    """Whether a total stands under a header."""
    spots = (spot for label in TOTAL_LABELS for spot in page.cores.get(label, ()))
    return any(row > header for row, _ in spots)


def _join(first: PrintedPage, page: PrintedPage) -> PrintedPage:
    """Put a page under another one."""
    top = min(page.rows)
    shift = first.last_row + 1 - top
    one, other = first.sheet, page.sheet
    sheet = replace(
        one,
        cells={
            **one.cells,
            **{(row + shift, column): cell for (row, column), cell in other.cells.items()},
        },
        merges=[
            *one.merges,
            *(
                Merge(each.top + shift, each.left, each.bottom + shift, each.right)
                for each in other.merges
            ),
        ],
    )
    return PrintedPage(sheet, first.label, (*first.seams, Seam(top + shift, page.name, shift)))


def on_their_sheets(submission: Submission, pages: Iterable[PrintedPage]) -> Submission:
    """Return a submission whose places say on which sheet each cell of a joined page stands."""
    seams = {page.name: page.seams for page in pages if page.seams}
    if not seams:
        return submission
    where = _Places(seams)
    return replace(
        submission,
        fields={name: where.entry(entry) for name, entry in submission.fields.items()},
        tables={
            name: tuple(where.row(row) for row in rows) for name, rows in submission.tables.items()
        },
        observations=tuple(map(where.observation, submission.observations)),
    )


class _Places(NamedTuple):
    """Tells places on joined pages as those on the sheets that the sender sees."""

    seams: Mapping[str, Sequence[Seam]]

    def place(self, place: Place) -> Place:
        own = [seam for seam in self.seams.get(place.sheet, ()) if seam.row <= place.row]
        if not own:
            return place
        return place._replace(sheet=own[-1].sheet, row=place.row - own[-1].shift)

    def entry(self, entry: Entry) -> Entry:
        return entry._replace(place=self.place(entry.place))

    def row(self, row: Row) -> Row:
        entries = {name: self.entry(entry) for name, entry in row.entries.items()}
        return replace(row, place=self.place(row.place), entries=entries)

    def observation(self, observation: Observation) -> Observation:
        return replace(observation, places=tuple(map(self.place, observation.places)))
