"""Finds a table's header row and says which column stands where."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple

from evalbatch.model.names import bare, core, key, nearest, row_key
from evalbatch.model.plain_figures import compact
from evalbatch.reading.cell_values import SHARE
from evalbatch.reading.form_labels import Match, TableLabels
from evalbatch.reading.printed_page import PrintedPage, Spot
from evalbatch.standards.form import ColumnSpec, Type

_TALLEST: Final = (
    3  # rows of a header; a label merged over more rows stands beside a table, not over a column
)
_WIDEST: Final = 256  # no form is wider; a hostile sheet may be
_MOST_ROWS: Final = 200  # rows with known labels among which the header is looked for
_WEIGHT: Final = "_weight"
_NAME: Final = "level3"
_NEUTRAL: Final = frozenset({"名称", "内容"})  # says no more than the label above it
_TARGET, _ACTUAL = "target", "actual"
_BLOCK: Final = frozenset({"level3", "weight", "score"})  # what makes a scored block
_LEVELS: Final = ("level1", "level2")
_POINTS: Final = ("weight", "score")
_FIGURES: Final = frozenset({Type.SCORE, Type.MONEY, Type.NUMBER, Type.INTEGER, Type.PERCENT})
_TWICE: Final = 2
_SIMILAR_BESIDE: Final = 3  # as many columns again make a second table beside the first


class HeaderColumn(NamedTuple):
    """A column as it stands on a sheet: its specification and the sheet columns under its
    header.
    """

    spec: ColumnSpec
    spot: Spot
    left: int
    right: int
    # whether its cells hold figures, which count once, rather than words, which a merge shares
    figure: bool
    unit: str = (
        ""  # of money, where header, block or sheet names one; % for weights, which may be shares
    )


@dataclass(frozen=True)
class Header:
    """A header row (of one or two lines): the columns of the table, and those it shows a second
    time.
    """

    top: int
    bottom: int
    columns: dict[str, HeaderColumn]
    doubles: tuple[tuple[HeaderColumn, HeaderColumn], ...] = ()
    strangers: tuple[Spot, ...] = ()

    @cached_property
    def left(self) -> int:
        """The first sheet column."""
        return min(column.left for column in self.columns.values())

    @cached_property
    def right(self) -> int:
        """The last sheet column."""
        return max(column.right for column in self.columns.values())


@dataclass(slots=True)
class _Hit:
    spot: Spot
    left: int
    right: int
    bottom: int
    matches: list[Match] = field(default_factory=list)


def find_headers(
    page: PrintedPage, table_labels: TableLabels, taken: frozenset[int], *, foreign: bool = False
) -> list[list[Header]]:
    """Return the header rows of a table from top to bottom, each with the headers that stand side
    by side in it.

    A form may print the same header again: on its next page, or for its second goal. `taken` rows
    are headers of other tables. In a `foreign` form a column may be known by its words alone.
    """
    rows: dict[int, list[_Hit]] = defaultdict(list)
    for hit in _hits(page, table_labels):
        if not _heads_labels(page, table_labels, hit):
            rows[hit.spot[0]].append(hit)
    likely = [row for row in sorted(rows) if row not in taken][:_MOST_ROWS]
    bands = (_band(page, rows, row) for row in likely)
    if foreign:
        bands = (_with_guesses(page, table_labels, band) for band in bands)
    enough = (band for band in bands if len(band) >= table_labels.need)
    groups = [_headers(page, table_labels, band) for band in enough]
    good = [group for group in groups if group and _is_whole(table_labels, group[0])]
    best = max(
        good, key=lambda group: (_quality(table_labels, group[0]), -group[0].top), default=None
    )
    return _apart([group for group in good if _is_alike(group, best)]) if best else []


def _is_whole(table_labels: TableLabels, header: Header) -> bool:
    """Whether a row has enough of a table's labels to be its header; a block of scores has the
    scores at least.
    """
    names = header.columns.keys()
    own = sum(1 for column in table_labels.spec.columns if column.id in names)
    return own >= table_labels.need and (not table_labels.spec.scored or names >= _BLOCK)


def _is_alike(group: Sequence[Header], best: Sequence[Header]) -> bool:
    """Whether a header row repeats the best one: nearly the same columns."""
    own, wanted = group[0].columns.keys(), best[0].columns.keys()
    return len(own & wanted) * 5 >= len(own | wanted) * 4


def _apart(groups: Iterable[list[Header]]) -> list[list[Header]]:
    """Leave out what begins inside the header above it."""
    found: list[list[Header]] = []
    for group in groups:
        if not found or group[0].top > found[-1][0].bottom:
            found.append(group)
    return found


def of_section(
    page: PrintedPage, table_labels: TableLabels, groups: Sequence[list[Header]]
) -> list[Header]:
    """Return the header of a table that its section tells from others of the same columns: the
    year's beside the long term's.

    Of two halves of one header row the right one is the year's; what only the left one has (level
    1) stands for both.
    """
    named = [
        group
        for group in groups
        if any(word in _section(page, group[0]) for word in table_labels.spec.sections)
    ]
    chosen = (named or groups)[-1]
    first, last = chosen[0], chosen[-1]
    return (
        [replace(last, columns={**first.columns, **last.columns})] if first is not last else chosen
    )


def _section(page: PrintedPage, header: Header) -> str:
    """Return what stands upright beside a header, and in the rows right above it."""
    spots = {page.anchor(header.top, column) for column in range(1, header.left)}
    spots |= {page.anchor(header.top - 1, column) for column in range(1, header.right + 1)}
    return "".join(compact(page.text(*spot)) for spot in sorted(spots))


def near_header(page: PrintedPage, header: Header, column: ColumnSpec) -> tuple[str, Spot]:
    """Return the text of the header row that comes nearest to a missing column, and where it
    stands.
    """
    texts = {page.text(*spot): spot for spot in reversed(header.strangers)}
    best = nearest(column.labels, texts)
    return best, texts.get(best, (header.top, header.left))


def _quality(table_labels: TableLabels, header: Header) -> tuple[int, int]:
    return (
        sum(1 for column in table_labels.required if column.id in header.columns),
        len(header.columns),
    )


def _hits(page: PrintedPage, table_labels: TableLabels) -> list[_Hit]:
    found: dict[Spot, _Hit] = {}
    for index, labels in ((page.keys, table_labels.keys), (page.cores, table_labels.cores)):
        for label in index.keys() & labels.keys():
            for spot in index[label]:
                if spot not in found and spot[1] <= _WIDEST:
                    _, left, bottom, right = page.bounds(*spot)
                    found[spot] = _Hit(spot, left, right, bottom, labels[label])
    return [hit for spot, hit in sorted(found.items()) if hit.bottom - spot[0] < _TALLEST]


def _heads_labels(page: PrintedPage, table_labels: TableLabels, hit: _Hit) -> bool:
    """Whether a cell stands over the labels of printed rows with figures behind them: it heads
    these labels, whatever it says.
    """
    if not table_labels.rows or hit.matches[0].name in table_labels.words:
        return False
    row, column = page.under(hit.spot)
    if row_key(page.text(row, column)) not in table_labels.rows:
        return False
    return any(not page.text(row, each) for each in page.by_row.get(row, ()) if each > column)


def _band(page: PrintedPage, rows: dict[int, list[_Hit]], top: int) -> list[_Hit]:
    """Return the hits of a header row, with those of the lines below that its cells reach down
    to.
    """
    first = _without_side_labels(rows, top)
    bottom = max(hit.bottom for hit in first)
    if bottom == top and top + 1 in rows:
        reaching = [_reaching(page, hit) for hit in first]
        if _is_second_line(page, reaching, rows[top + 1]):
            first, bottom = reaching, top + 1
    inner = [hit for row in range(top + 1, bottom + 1) for hit in rows.get(row, ())]
    kept = [hit for hit in first if not any(_splits(hit, other) for other in inner)]
    return sorted([*kept, *inner], key=lambda hit: hit.left)


def _with_guesses(page: PrintedPage, table_labels: TableLabels, band: list[_Hit]) -> list[_Hit]:
    """Return the hits of a header with those of its other cells whose words leave no doubt about
    the column they stand over, each column once.
    """
    names = {match.name for hit in band for match in hit.matches}
    if sum(1 for column in table_labels.spec.columns if column.id in names) < table_labels.need:
        return band
    top, bottom = min(hit.spot[0] for hit in band), max(hit.bottom for hit in band)
    left = min(hit.left for hit in band)
    guesses: dict[str, list[_Hit]] = defaultdict(list)
    for spot in _strangers(page, top, bottom, band):
        match = table_labels.guess(page.text(*spot), names) if spot[1] > left else None
        if match is not None:
            bounds = page.bounds(*spot)
            hit = _Hit(spot, bounds.left, bounds.right, bounds.bottom, [match])
            guesses[match.name].append(hit)
    single = [surest for hits in guesses.values() if (surest := _surest(hits)) is not None]
    return sorted([*band, *single], key=lambda hit: hit.left)


def _surest(hits: Sequence[_Hit]) -> _Hit | None:
    """Return the guess that is better than all others, None where two are as good."""
    best = min(hit.matches[0].rank for hit in hits)
    found = [hit for hit in hits if hit.matches[0].rank == best]
    return found[0] if len(found) == 1 else None


def _reaching(page: PrintedPage, hit: _Hit) -> _Hit:
    """Let a cell of the first line reach over the blank cells to its right, as if it were merged
    with them.
    """
    behind = (column for column in page.by_row[hit.spot[0]] if column > hit.right)
    return replace(hit, right=next(behind, hit.right + 1) - 1)


def _is_second_line(page: PrintedPage, first: Sequence[_Hit], second: Sequence[_Hit]) -> bool:
    """Whether the next row holds nothing but labels, of further columns or under a wide cell of the
    first line.
    """
    row = second[0].spot[0]
    known = {hit.spot for hit in second}
    others = [(row, column) for column in page.by_row.get(row, ()) if (row, column) not in known]
    if any(core(page.text(*spot)) not in _NEUTRAL for spot in others):
        return False
    names = {match.name for hit in first for match in hit.matches}
    return all(
        names.isdisjoint(match.name for match in hit.matches)
        or any(_splits(one, hit) for one in first)
        for hit in second
    )


def _without_side_labels(rows: dict[int, list[_Hit]], top: int) -> list[_Hit]:
    """Leave out the odd cell that reaches below all others: it stands beside a small table, not
    over a column.
    """
    tall = [hit for hit in rows[top] if hit.bottom > top]
    flat = [hit for hit in rows[top] if hit.bottom == top]
    below = any(rows.get(row) for hit in tall for row in range(top + 1, hit.bottom + 1))
    return flat if tall and len(tall) * 3 <= len(flat) and not below else rows[top]


def _splits(outer: _Hit, inner: _Hit) -> bool:
    """Whether a cell of the second line stands under this one and names the same column more
    closely.
    """
    same = {match.name for match in outer.matches} & {match.name for match in inner.matches}
    return bool(same) and outer.left <= inner.left <= outer.right


def _headers(page: PrintedPage, table_labels: TableLabels, band: list[_Hit]) -> list[Header]:
    """Assign columns from left to right; a second run of the same columns makes a second header
    beside the first.
    """
    groups: list[dict[str, HeaderColumn]] = [{}]
    doubles: list[tuple[HeaderColumn, HeaderColumn]] = []
    repeated = _repeated(band) >= (_TWICE if table_labels.spec.sections else _SIMILAR_BESIDE)
    top, bottom = min(hit.spot[0] for hit in band), max(hit.bottom for hit in band)
    strangers = _strangers(page, top, bottom, band)
    for hit, match in _assigned(page, table_labels, band, strangers):
        name = match.name
        column = _column(page, table_labels, name, hit)
        if name not in groups[-1]:
            groups[-1][name] = column
        elif repeated:
            groups.append({name: column})
        else:
            doubles.append((groups[-1][name], column))
    groups = [_weighed(table_labels, columns) for columns in groups]
    named = [_named_by_last_level(page, table_labels, columns, strangers) for columns in groups]
    return [
        Header(top, bottom, columns, () if at else tuple(doubles), strangers)
        for at, columns in enumerate(named)
    ]


def _weighed(
    table_labels: TableLabels, columns: dict[str, HeaderColumn]
) -> dict[str, HeaderColumn]:
    """Let the approved weight (批复分值) be the weight where a form has no other column for it."""
    approved = columns.get("approved_weight")
    if approved is None or "weight" in columns or "weight" not in table_labels.columns:
        return columns
    weight = approved._replace(spec=table_labels.columns["weight"])
    return {"weight": weight, **{n: c for n, c in columns.items() if c is not approved}}


def _named_by_last_level(
    page: PrintedPage,
    table_labels: TableLabels,
    columns: dict[str, HeaderColumn],
    strangers: Iterable[Spot],
) -> dict[str, HeaderColumn]:
    """Take the last level that a form prints for the name of the indicator where it has fewer than
    three.
    """
    spec = table_labels.columns.get(_NAME)
    last = next((level for level in reversed(_LEVELS) if level in columns), None)
    if spec is None or _NAME in columns or last is None:
        return columns
    further = min(
        (column.left for column in columns.values() if column.left > columns[last].right),
        default=_WIDEST,
    )
    between = any(columns[last].right < place < further for _, place in strangers)
    if between or nearest(
        spec.labels, [page.text(*spot) for spot in strangers]
    ):  # the name stands under another label
        return columns
    others = {name: column for name, column in columns.items() if name != last}
    return {**others, _NAME: columns[last]._replace(spec=spec)}


def _repeated(band: Iterable[_Hit]) -> int:
    """Count the columns that stand a second time in a header, points aside."""
    names = [hit.matches[0].name for hit in band if not hit.matches[0].name.endswith(_POINTS)]
    return len(names) - len(set(names))


def _assigned(
    page: PrintedPage, table_labels: TableLabels, band: list[_Hit], strangers: Sequence[Spot]
) -> list[tuple[_Hit, Match]]:
    """Decide for each header cell which column it is; a weight belongs to the level right before
    it.
    """
    assigned: list[tuple[_Hit, Match]] = []
    last, since = "", 0
    found = [match.name for hit in band for match in hit.matches]
    several = [
        name
        for name in _POINTS
        if found.count(name) > 1
        and all(f"{level}_{name}" in table_labels.columns for level in _LEVELS)
    ]
    for hit in band:
        known = not any(since < column < hit.left for _, column in strangers)
        match = _meant(hit.matches, last if known else "", several)
        assigned.append((hit, match))
        if not match.name.endswith(_POINTS):
            last, since = match.name, hit.left
    assigned = _with_actual(table_labels, _without_side_name(page, table_labels, assigned))
    words = table_labels.words
    own = {match.name for _, match in assigned if match.rank == 0 and match.name in words}
    return [(hit, match) for hit, match in assigned if match.rank == 0 or match.name not in own]


def _with_actual(
    table_labels: TableLabels, assigned: list[tuple[_Hit, Match]]
) -> list[tuple[_Hit, Match]]:
    """Take the second of two target columns for the actuals where the header has none (目标值 |
    指标值).
    """
    names = [match.name for _, match in assigned]
    if names.count(_TARGET) != _TWICE or _ACTUAL in names:
        return assigned
    if _ACTUAL not in table_labels.columns:
        return assigned
    second = len(names) - 1 - names[::-1].index(_TARGET)
    hit, match = assigned[second]
    return [*assigned[:second], (hit, Match(_ACTUAL, match.rank)), *assigned[second + 1 :]]


def _without_side_name(
    page: PrintedPage, table_labels: TableLabels, assigned: list[tuple[_Hit, Match]]
) -> list[tuple[_Hit, Match]]:
    """Leave out the title of the block (绩效指标) that stands in front of the levels and could be
    the name of the indicators: the name stands behind them. Over names of level 2 it heads these.
    """
    names = [(hit, match.rank) for hit, match in assigned if match.name == _NAME]
    first = min((hit.left for hit, match in assigned if match.name in _LEVELS), default=_WIDEST)
    best = min((rank for _, rank in names), default=0)
    behind = any(hit.left > first for hit, _ in names)
    side = {
        id(hit)
        for hit, rank in names[:-1]
        if hit.left < first and (rank > best or (behind and rank > 0))
    }
    level = _LEVELS[-1] if first == _WIDEST else ""
    return [
        (hit, Match(level, match.rank) if id(hit) in side else match)
        for hit, match in assigned
        if id(hit) not in side or (level and _heads_groups(page, table_labels, hit))
    ]


def _heads_groups(page: PrintedPage, table_labels: TableLabels, hit: _Hit) -> bool:
    """Whether one of the first cells under a header cell names a group of level 2 (数量指标)."""
    spec = table_labels.columns.get(_LEVELS[-1])
    if spec is None:
        return False
    groups = {bare(option) for option in spec.options}
    rows = range(hit.bottom + 1, hit.bottom + 1 + _TALLEST)
    return any(bare(key(page.text(row, hit.left))) in groups for row in rows)


def _meant(matches: list[Match], last: str, several: Container[str]) -> Match:
    """Return the column a header cell means behind the column `last`: points that stand several
    times in the header are those of the level in front of them.
    """
    ranked = sorted(matches, key=lambda match: match.rank)
    own = next((match for match in ranked if match.name == f"{last}{_WEIGHT}"), None)
    points = next((match for match in ranked if match.name in _POINTS), None)
    if own is not None or points is None:
        return own or ranked[0]
    if points.name in several and last in _LEVELS:
        return Match(f"{last}_{points.name}", points.rank)
    return points


def _column(page: PrintedPage, table_labels: TableLabels, name: str, hit: _Hit) -> HeaderColumn:
    spec = table_labels.columns[name]
    unit = SHARE if name.endswith("weight") else ""
    if spec.type is Type.MONEY:
        unit = page.money_unit(hit.spot, hit.bottom)
    return HeaderColumn(spec, hit.spot, hit.left, hit.right, spec.type in _FIGURES, unit)


def _strangers(page: PrintedPage, top: int, bottom: int, band: Sequence[_Hit]) -> tuple[Spot, ...]:
    """Return the header cells that belong to no known column, nor stand over some."""
    known = {hit.spot for hit in band}
    known |= {
        spot
        for spot, bounds in page.merges.items()
        if top <= spot[0] < bottom
        and any(hit.spot[0] > spot[0] and spot[1] <= hit.left <= bounds.right for hit in band)
    }
    spots = [(row, column) for row in range(top, bottom + 1) for column in page.by_row.get(row, ())]
    own = (spot for spot in spots if spot not in known and page.text(*spot))
    return tuple(spot for spot in own if page.bounds(*spot).bottom - spot[0] < _TALLEST)
