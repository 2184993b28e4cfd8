"""Group D: what only a look across workbooks shows - duplicates, copies, uniform scores, the
roster, idle waivers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from evalbatch.checks import catalogue
from evalbatch.checks.fingerprint import STILL_THERE, Fingerprint, Passage, fault_name
from evalbatch.checks.subject import seen, under
from evalbatch.checks.whole_plan import Plans, claims
from evalbatch.model.figures import day, given
from evalbatch.model.finding import Observation, Waiver
from evalbatch.model.identity import CountingChoice, choose, grouped, newest
from evalbatch.model.names import nearest_name, normal_name, same_body
from evalbatch.model.place import Place
from evalbatch.model.record import Expected, Record, RosterEntry
from evalbatch.standards.policy import Limit, Limits

_NAMED = 3  # other workbooks named in a message before it says 等
_LISTED = 8  # findings listed in a message before it says 等
_VALUE = attrgetter("value")
ByFile = dict[str, list[Observation]]


class Across(NamedTuple):
    """What a look across workbooks shows: `by_file` for single workbooks, `whole` for the cycle,
    `superseded` by which file.
    """

    by_file: ByFile
    whole: tuple[Observation, ...]
    superseded: Mapping[str, str]


def look_across(
    fingerprints: Iterable[Fingerprint],
    limits: Mapping[str, Limits] | None = None,
    plans: Plans | None = None,
    earlier: Iterable[Fingerprint] = (),
    doubtful: Collection[str] = (),
) -> Across:
    """Compare workbooks with each other (D01, D03, D04, D08, D09), in one pass.

    `limits` are those of the profile of each form; `plans` are the numbers each organisation
    planned; `earlier` the last different content of hand-ins that were overwritten or replaced
    under another name; `doubtful` are the files that must not supersede any other.
    """
    known = sorted(fingerprints, key=lambda each: each.file)
    superseded, repeated = duplicates(known, doubtful)
    counted = [each for each in known if each.file not in superseded]
    by_file: ByFile = defaultdict(list)
    claimed = claims(counted, plans or {})
    still = repeated_faults(counted, [each for each in known if each.file in superseded], earlier)
    for found in (repeated, still, copied(counted, limits), claimed.by_file):
        for file, observations in found.items():
            by_file[file].extend(observations)
    return Across(dict(by_file), (*uniform(counted, limits or {}), *claimed.whole), superseded)


def duplicates(
    fingerprints: Iterable[Fingerprint], doubtful: Collection[str] = ()
) -> tuple[dict[str, str], ByFile]:
    """Say of each project handed in more than once which file counts (D01, on those that do not);
    see `identity.choose`.

    Returns:
        For each superseded file the one that counts, and the observations of the superseded.
    """
    superseded: dict[str, str] = {}
    found: ByFile = {}
    for group in grouped(fingerprints):
        choice = choose(group, doubtful)
        superseded |= dict.fromkeys(choice.others, choice.counts)
        found |= _repeated(group, choice)
    return superseded, found


def _repeated(group: Sequence[Fingerprint], choice: CountingChoice) -> ByFile:
    """Say of each hand-in that does not count which one does and why; a few of the others are
    named, the rest is counted.
    """
    by_file = {each.file: each for each in group}
    counts = by_file[choice.counts]
    received = counts.arrival.received_on
    figures = {
        "project": counts.title,
        "count": str(len(group)),
        "others": _few(choice.others),
        "on": received.isoformat() if received else "",
    }
    return {
        file: [
            seen(
                "D01",
                Place(file),
                found=file,
                expected=choice.counts,
                variant="mended" if _mends(counts, by_file[file]) else "",
                reason=reason,
                **figures,
            )
        ]
        for file, reason in choice.others.items()
    }


def _few(files: Collection[str]) -> str:
    """Name a few files and count them all where there are more."""
    named = "".join(f"《{file}》" for file in islice(files, _NAMED))
    return named if len(files) <= _NAMED else f"{named}等{len(files)}份"


def _mends(counts: Fingerprint, other: Fingerprint) -> bool:
    """Whether a hand-in is the normal one after a return: the other was returned, and came in with
    an earlier run.
    """
    return bool(other.faults) and other.arrival.run < counts.arrival.run


def repeated_faults(
    counted: Iterable[Fingerprint],
    superseded: Iterable[Fingerprint],
    earlier: Iterable[Fingerprint],
) -> ByFile:
    """Compare each hand-in that counts with the last one before it (D09).

    The last one is what stood in the same file until it was overwritten; without such, the latest
    hand-in of the project that has other content.
    """
    before: dict[tuple[str, ...], list[Fingerprint]] = defaultdict(list)
    kept = {(each.whose, each.file): each for each in earlier if each.title}
    for each in (*kept.values(), *superseded):
        before[each.whose].append(each)
    found: ByFile = {}
    for each in counted:
        if not (each.faults and each.title):
            continue
        others = [
            other for other in before[each.whose] if not other.digest or other.digest != each.digest
        ]
        last = kept.get((each.whose, each.file)) or (newest(others) if others else None)
        if last and (left := unmended(each, last)):
            found[each.file] = left
    return found


def unmended(later: Fingerprint, earlier: Fingerprint) -> list[Observation]:
    """Say which errors of an earlier hand-in are still there in a later one (D09): same code, same
    cell or same message.
    """
    before = {(fault.code, fault.place.sheet, fault.place.cell) for fault in earlier.faults}
    messages = {(fault.code, fault.key) for fault in earlier.faults}
    left = [
        fault
        for fault in later.faults
        if (fault.code, fault.place.sheet, fault.place.cell) in before
        or (fault.code, fault.key) in messages
    ]
    if not left:
        return []
    named = "、".join(f"{fault.code}（{fault.place}）" for fault in left[:_LISTED]) + (
        "等" if len(left) > _LISTED else ""
    )
    figures = {
        "count": str(len(left)),
        "before": str(len(earlier.faults)),
        STILL_THERE: "\n".join(map(fault_name, left)),
    }
    variant = "same" if earlier.file == later.file else ""
    return [
        seen(
            "D09", Place(later.file), found=named, expected=earlier.file, variant=variant, **figures
        )
    ]


def copied(
    fingerprints: Iterable[Fingerprint], limits: Mapping[str, Limits] | None = None
) -> ByFile:
    """Find passages that workbooks of different departments share (D03, once for a workbook)."""
    holders: dict[str, list[tuple[Fingerprint, Passage]]] = defaultdict(list)
    applied: dict[str, Limit] = {}
    for each in fingerprints:
        if limits and each.form in limits:
            applied[each.file] = limits[each.form].copied_characters
        if each.department:
            for passage in each.passages:
                holders[passage.key].append((each, passage))
    found: dict[str, list[tuple[Passage, list[str]]]] = defaultdict(list)
    for shared in holders.values():
        titles: dict[str, str] = {}
        for each, _ in shared if len(shared) > 1 else ():
            titles.setdefault(normal_name(each.department), f"{each.department}“{each.title}”")
        for each, passage in shared if len(titles) > 1 else ():
            found[each.file].append((passage, _others(titles, normal_name(each.department))))
    return {file: [_copy(shared, applied.get(file))] for file, shared in found.items()}


def _others(titles: Mapping[str, str], own: str) -> list[str]:
    """Return a few of the other departments' workbooks, and one more where there are more;
    `titles` has one for each department.
    """
    others = (title for department, title in titles.items() if department != own)
    return list(islice(others, _NAMED + 1))


def _copy(shared: Sequence[tuple[Passage, Sequence[str]]], limit: Limit | None) -> Observation:
    """Say of a workbook what it shares with others: a few texts and a few others are named."""
    passages = [passage for passage, _ in shared]
    others = list(dict.fromkeys(title for _, titles in shared for title in titles))
    texts = list(dict.fromkeys(passage.shown for passage in passages))
    copy = seen(
        "D03",
        *(passage.place for passage in passages),
        found="”、“".join(texts[:_NAMED]),
        expected="本部门自己的内容",
        variant="several" if len(texts) > 1 else "",
        count=str(len(passages)),
        others="、".join(others[:_NAMED]) + ("等" if len(others) > _NAMED else ""),
    )
    return under(limit, copy) if limit else copy


def uniform(
    fingerprints: Iterable[Fingerprint], limits: Mapping[str, Limits]
) -> Iterator[Observation]:
    """Find departments whose projects all have the same claimed total, or all one that is high by
    its profile (D04).
    """
    by_department: dict[str, list[Fingerprint]] = defaultdict(list)
    for each in fingerprints:
        if each.department and each.claimed is not None:
            by_department[normal_name(each.department)].append(each)
    for group in by_department.values():
        own = [limits[each.form] for each in group if each.form in limits]
        few = max((each.alike_projects for each in own), key=_VALUE, default=None)
        if few is not None and len(group) >= few.value:
            yield from _alike(group, few, max((each.high_total for each in own), key=_VALUE))


def _alike(group: Sequence[Fingerprint], few: Limit, high: Limit) -> Iterator[Observation]:
    """Say of the projects of a department, which are not `few`, that their totals are one or all
    `high`.
    """
    totals = [each.claimed for each in group if each.claimed is not None]
    places = [Place(each.file) for each in group]
    figures = {"department": group[0].department, "count": str(len(group))}
    if len(set(totals)) == 1:
        figures |= {"found": given(totals[0]), "expected": "据实评分"}
        yield under(few, seen("D04", *places, variant="identical", **figures))
    elif min(totals) >= high.value:
        figures |= {"found": given(min(totals)), "expected": given(high.value)}
        yield under(high, seen("D04", *places, **figures))


def missing(expected: Iterable[Expected]) -> Iterator[Observation]:
    """Find the roster lines for which nothing came in (D02)."""
    for each in expected:
        if each.files:
            continue
        entry = each.entry
        figures = {"department": entry.department, "project": entry.title}
        if each.unread:
            files = _few(each.unread)
            yield seen(
                "D02", entry.place, found=files, expected="报送", variant="unread", **figures
            )
        elif entry.deadline is None or each.days_left is None:
            yield seen("D02", entry.place, found="未报送", expected="报送", **figures)
        elif each.days_left < 0:
            due, late = day(entry.deadline), str(-each.days_left)
            yield seen(
                "D02",
                entry.place,
                found="未报送",
                expected=due,
                variant="overdue",
                days=late,
                **figures,
            )
        else:
            yield seen(
                "D02",
                entry.place,
                found="未报送",
                expected=day(entry.deadline),
                variant="due",
                **figures,
            )


def unlisted(each: Fingerprint, roster: Sequence[RosterEntry]) -> Observation:
    """Say that a workbook is on no line of the roster, and which line is nearest (D05)."""
    titles = [(entry.title, entry.department) for entry in roster]
    own, bodies = (
        [title for title, body in titles if same_body(body, each.department)],
        dict(titles),
    )
    near, elsewhere = nearest_name(each.title, own), nearest_name(each.title, bodies)
    figures = {"department": each.department, "project": each.title}
    figures["body"] = bodies.get(elsewhere, "")
    forms = listed_forms(each, roster)
    return seen(
        "D05",
        Place(each.file),
        found=each.title,
        expected="》《".join(forms) or near or elsewhere,
        variant="form" if forms else "" if near else "elsewhere" if elsewhere else "unknown",
        **figures,
    )


def listed_forms(each: Fingerprint, roster: Sequence[RosterEntry]) -> tuple[str, ...]:
    """Return the other forms that the roster asks for of this very project."""
    whose = (normal_name(each.department), normal_name(each.title))
    titles = [
        entry.form_title or entry.form
        for entry in roster
        if entry.form != each.form
        and (normal_name(entry.department), normal_name(entry.title)) == whose
    ]
    return tuple(dict.fromkeys(titles))


def idle_waivers(
    waivers: Iterable[Waiver], records: Iterable[Record], as_of: date, table: str
) -> Iterator[Observation]:
    """Find waivers that have expired or that no finding needed (D07); `table` is the file in which
    they are kept.
    """
    used = {finding.waiver for record in records for finding in record.findings if finding.waiver}
    for waiver in waivers:
        figures = {"project": waiver.project, "finding": waiver.code}
        if waiver.code not in catalogue.CATALOGUE:
            yield seen(
                "D07",
                Place(table),
                found=waiver.code,
                expected="目录中的编号",
                variant="unknown",
                **figures,
            )
        elif waiver.until is not None and waiver.until < as_of:
            yield seen(
                "D07",
                Place(table),
                found=day(waiver.until),
                expected="有效的豁免",
                variant="expired",
                **figures,
            )
        elif waiver not in used:
            yield seen(
                "D07", Place(table), found="没有对应的问题", expected="对应的问题", **figures
            )
