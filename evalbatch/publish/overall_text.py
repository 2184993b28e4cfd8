"""The two pages of text of the consolidated report: what came in, results, money, causes, reviews,
nodes and proposals, in as much detail as there is room for.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from evalbatch.model.evaluation import NodeState, Status
from evalbatch.model.figures import numeral, rounded, share, short_percent
from evalbatch.model.finding import Severity
from evalbatch.publish.overall_tables import Table, grade_uses, mark, weak_mark
from evalbatch.publish.sentences import (
    amount,
    day,
    enumerated,
    listed,
    percent,
    plain,
    points,
    quoted,
    say,
    states_told,
)
from evalbatch.results.tally import SOON, GroupCount, Slow, View


class Detail(NamedTuple):
    """How much the text tells: of how many forms everything, and how many names, causes and kinds
    of findings; of the other forms their means, or only where they stand; the proposals in lines of
    their own, or in one paragraph; whether it says in which table more stands, and tells reviews
    and nodes in chapters of their own.
    """

    forms: int
    named: int
    causes: int
    findings: int
    others: bool = True
    listed: bool = True
    apart: bool = True


def chapters(view: View, made: list[Table], detail: Detail) -> dict[str, Any]:
    """Return the text in so much detail."""
    named = made if detail.apart else []
    opening = "total.opening" if named or not made else "total.opening_attached"
    return {
        "导语": say(opening, cycle=view.cycle.name, as_of=day(view.cycle.as_of)),
        "报送情况": "".join(_deliveries(view, named, detail)),
        "评价结果": "\n".join(_results(view, named, detail)),
        "预算执行": "".join(_execution(view, named, detail)),
        "主要问题": "".join(_problems(view, named, detail)),
        "节点情况": _nodes(view, named, detail),
        **_later_chapters(view, named, detail),
    }


def _later_chapters(view: View, made: list[Table], detail: Detail) -> dict[str, Any]:
    """Return the chapters behind the fourth, those that have something to say, and the proposals as
    the last.
    """
    every = (
        ("total.reviews_title", _reviews(view, made, detail)),
        ("total.nodes_title", _nodes(view, made, detail)),
    )
    told = [(say(title), text) for title, text in every if text]
    if len(told) > 1 and not detail.apart:
        told = [(say("total.reviews_nodes_title"), "".join(text for _, text in told))]
    titles = [f"{numeral(number)}、{title}" for number, (title, _) in enumerate(told, 5)]
    every_proposal = list(_proposals(view))
    proposals = (
        enumerated([f"{one}。" for one in every_proposal], "{number}.{text}")
        if detail.listed
        else ["；".join(enumerated(every_proposal, say("total.proposal_of_several"))) + "。"]
    )
    return {
        "其他章节": [
            {"标题": title, "内容": text} for title, (_, text) in zip(titles, told, strict=True)
        ],
        "建议标题": f"{numeral(5 + len(told))}、{say('total.proposals_title')}",
        "建议": proposals if every_proposal else [say("total.proposals_none")],
    }


def _deliveries(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    if told := "；".join(_against_roster(view, made)):
        yield f"{told}。"
    yield from _received(view, made, detail)


def _against_roster(view: View, made: list[Table]) -> Iterator[str]:
    """Say what the roster expects and what of it is missing or late."""
    expected, missing = len(view.cycle.expected), view.missing
    if expected and not missing:
        yield say("total.expected_all", expected=expected)
    elif expected:
        over = sum(1 for line in missing if line.overdue)
        figures = {"expected": expected, "came": expected - len(missing), "missing": len(missing)}
        told = say("total.overdue", count=over) if over else ""
        rate = _portion(expected - len(missing), expected)
        yield say("total.expected", **figures, rate=rate, overdue=told, table=mark(made, "missing"))
    if view.late:
        yield say("total.late_hand_ins", count=view.late, table=mark(made, "late_in"))


def _received(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    statuses = view.tally.statuses
    old = statuses[Status.SUPERSEDED]
    files = sum(statuses.values()) - old
    if not files:
        yield say("total.nothing", as_of=day(view.cycle.as_of))
        return
    came = (Status.GRADED, Status.ACCEPTED, Status.RETURNED, Status.UNREADABLE)
    counted = [(say(f"total.came_{each.value}"), statuses[each]) for each in came if statuses[each]]
    counts = "，".join(say("total.came_one", became=became, count=n) for became, n in counted)
    told = (
        say("total.came", counts=counts)
        if len(counted) > 1
        else say("total.came_all", became=counted[0][0])
    )
    replaced = "total.superseded" if detail.apart else "total.superseded_brief"
    yield say(
        "total.received",
        files=files,
        counts=told,
        superseded=say(replaced, count=old) if old else "",
        table=mark(made, "returned"),
    )


def _portion(part: int, whole: int) -> str:
    return percent(share(Decimal(part), Decimal(whole)))


def _results(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    if not view.groups:
        yield say("total.not_graded")
        return
    grades = "".join(_grades(view, detail))
    weak = "".join(_weakest(view, made, detail)) or say("total.weak_none")
    named = detail.named and view.weak
    yield from (grades, weak) if named else (grades + weak,)


def _first(groups: Mapping[str, GroupCount], count: int) -> list[str]:
    """Return the forms that are told in full: those with most graded workbooks, in their order."""
    most = sorted(groups, key=lambda form: -groups[form].scored)[:count]
    return [form for form in groups if form in most]


def _grades(view: View, detail: Detail) -> Iterator[str]:
    """Say of each form how many workbooks have which grade and how its mean stands to last year's;
    means of different forms are never added.
    """
    full = _first(view.groups, detail.forms)
    for form in full:
        yield _graded(form, view.groups[form], view.tally.grades, detail)
    others = {form: group for form, group in view.groups.items() if form not in full}
    if others and detail.others:
        told = (
            say("total.other_form", form=form, count=group.scored, mean=points(group.mean))
            + _against(group, "other")
            for form, group in others.items()
        )
        yield "；".join(told) + "。"
    elif others:
        count = sum(group.scored for group in others.values())
        yield say("total.other_forms", forms=len(others), count=count, grades=_words(others, view))


def _words(groups: Mapping[str, GroupCount], view: View) -> str:
    """Say how often each grade was given."""
    counts = {
        word: sum(each.grades[word] for each in groups.values()) for word in view.tally.grades
    }
    return "、".join(
        say("total.grade", word=word, count=count) for word, count in counts.items() if count
    )


def _graded(form: str, group: GroupCount, words_: Sequence[str], detail: Detail) -> str:
    grades = "、".join(
        say("total.grade", word=word, count=group.grades[word])
        for word in words_
        if group.grades[word]
    )
    weighted = group.weighted_mean if detail.apart else None
    return say(
        "total.grades" if grades else "total.grades_plain",
        form=form,
        count=group.scored,
        mean=points(group.mean),
        weighted=say("total.weighted", mean=points(weighted)) if weighted is not None else "",
        grades=grades,
        against=_against(group, "against"),
    )


def _against(group: GroupCount, key: str) -> str:
    """Say how a form's mean stands to last year's; empty where there is none."""
    change, before = group.change, group.before
    if change is None or before is None:
        return ""
    way = "same" if not rounded(change) else "up" if change > 0 else "down"
    figures = {"before": points(before.mean), "change": points(abs(change))}
    return say(f"total.{key}_{way}", **figures, count=before.scored)


def _weakest(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    """Name of each form the projects with a low grade, the lowest with its causes; ties as ties. In
    the shortest text they are only counted.
    """
    if not detail.named:
        if count := sum(lowest.count for lowest in view.weak.values()):
            yield say("total.weak_counted", count=count, table=weak_mark(view, made))
        return
    for form, lowest in view.weak.items():
        members = lowest.members
        tied = [one for one in members if one.score == members[0].score]
        causes = "、".join(
            say("total.cause", name=quoted(row.name), lost=plain(row.lost))
            for row in members[0].lost[: detail.causes - 1]
        )
        names = listed(
            (say("total.named", name=quoted(one.name), department=one.department) for one in tied),
            max(detail.named, 1),
        )
        key = "weakest" if len(tied) == 1 else "weakest_tied"
        figures = {
            "form": form,
            "count": lowest.count,
            "names": names,
            "score": points(members[0].score),
        }
        yield say(
            f"total.{key}",
            **figures,
            causes=say("total.main_causes", causes=causes) if causes else "",
            table=weak_mark(view, made, form),
        )


def _execution(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    funded = {form: group for form, group in view.groups.items() if group.budget}
    if not funded:
        yield say("total.no_money")
        return
    yield say("total.scope") + "".join(_moneys(funded, detail))
    if view.idle.count:
        told = len(funded) == 1 and sum(map(_left, funded.values())) == view.left
        yield _idle_money(view, made, detail, told=told)
    yield from _slowest(view, made, detail)


def _moneys(funded: Mapping[str, GroupCount], detail: Detail) -> Iterator[str]:
    """Say of each form what was to be spent, was spent and is left."""
    full = _first(funded, detail.forms)
    for form in full:
        yield _money(form, funded[form])
    others = (
        say("total.other_money", form=form, rate=percent(group.rate), unspent=amount(_left(group)))
        for form, group in funded.items()
        if form not in full
    )
    if told := "；".join(others):
        yield (
            say("total.other_moneys", told=told) if detail.others else say("total.moneys_attached")
        )


def _left(group: GroupCount) -> Decimal:
    return group.budget - group.executed


def _idle_money(view: View, made: list[Table], detail: Detail, *, told: bool) -> str:
    """Say how much money is left over, unless that was told, and where most of it."""
    groups = _most_left(view)[: detail.named]
    shown = [one for group in groups for one in group]
    if told and shown and view.idle.count == 1:
        return say("total.idle_in", name=quoted(shown[0].name), table=mark(made, "idle"))
    names = "、".join(_left_over(group, detail) for group in groups)
    key = "idle_all" if len(shown) == view.idle.count else "idle_most"
    first = sum((one.money.unspent or Decimal(0) for one in shown), Decimal(0))
    portion = say("total.idle_share", shown=len(shown), rate=percent(share(first, view.left)))
    return say(
        "total.idle_of" if told else "total.idle_text",
        count=view.idle.count,
        amount=amount(view.left),
        names=say(f"total.{key}", names=names) if names else "",
        share=portion if view.idle.count > len(shown) > 1 else "",
        table=mark(made, "idle"),
    )


def _most_left(view: View) -> list[list[Slow]]:
    """Return the projects with money left over, those with as much of it together."""
    members = view.idle.members
    groups = [list(group) for _, group in groupby(members, key=lambda one: one.money.unspent)]
    if view.idle.count > len(members):
        groups.pop()  # there may be more of them
    return groups


def _left_over(tied: Sequence[Slow], detail: Detail) -> str:
    return say(
        "total.idle_one" if len(tied) == 1 else "total.idle_tied",
        name=listed((quoted(one.name) for one in tied), detail.named),
        amount=amount(tied[0].money.unspent),
    )


def _slowest(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    """Say how many execute slowly and which the slowest, which the shortest text does not name."""
    limit = "" if view.cycle.low_rate is None else short_percent(view.cycle.low_rate)
    if view.slow.count:
        slowest = view.slow.members[0]
        tied = [
            say("total.named", name=quoted(one.name), department=one.department)
            for one in view.slow.members
            if one.rate == slowest.rate
        ]
        key = "low_unnamed" if not detail.named else "low" if len(tied) == 1 else "low_tied"
        yield say(
            f"total.{key}",
            limit=limit,
            count=view.slow.count,
            rate=_portion(view.slow.count, view.rated),
            name=listed(tied, max(detail.named, 1)),
            lowest=percent(slowest.rate),
            table=mark(made, "slow"),
        )
    elif view.rated and view.cycle.low_rate is not None:
        yield say("total.low_none", limit=limit)


def _money(form: str, group: GroupCount) -> str:
    before = group.before.rate if group.before else None
    return say(
        "total.money",
        form=form,
        budget=amount(group.budget),
        executed=amount(group.executed),
        rate=percent(group.rate),
        before="" if before is None else say("total.rate_before", before=percent(before)),
        unspent=amount(_left(group)),
    )


def _problems(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    """Say for what points were lost, grouped in the office's words, and what the checks found."""
    rows = sum(cause.rows for cause in view.causes.values())
    if rows:
        lost = sum((cause.lost for cause in view.causes.values()), Decimal(0))
        told = [
            say(
                "total.cause_group",
                name=name,
                count=cause.rows,
                rate=percent(share(cause.lost, lost)),
            )
            for name, cause in view.commonest_causes[: detail.causes]
        ]
        yield say(
            "total.causes_text",
            count=rows,
            lost=points(lost),
            causes="；".join(told),
            table=mark(made, "causes"),
        )
    yield _findings(view, made, detail)


def _findings(view: View, made: list[Table], detail: Detail) -> str:
    common = view.commonest
    if not common:
        return say("total.findings_none")
    severities, lifted = view.tally.severities, sum(view.tally.lifted.values())
    return say(
        "total.findings",
        counts="、".join(
            say("total.severity_count", severity=severity, count=severities[severity])
            for severity in (Severity.ERROR.label, Severity.WARNING.label)
            if severities[severity]
        ),
        files=view.files_with_findings,
        waived=say("total.waived", count=lifted) if lifted else "",
        titles=_titles(view, common, detail),
        table=mark(made, "common"),
    )


def _titles(view: View, common: Sequence[tuple[str, int]], detail: Detail) -> str:
    """Say which kinds of findings are the commonest, without counts where there is one kind only;
    nothing in the shortest text.
    """
    if not detail.findings:
        return ""
    if len(common) == 1:
        return say("total.title_only", title=view.tally.titles[common[0][0]])
    titles = (
        say("total.title_count", title=view.tally.titles[code], count=count)
        for code, count in common[: detail.findings]
    )
    key = "titles_all" if len(common) <= detail.findings else "titles_most"
    return say(f"total.{key}", titles="、".join(titles))


def _reviews(view: View, made: list[Table], detail: Detail) -> str:
    """Say what is drawn and what persons decided; empty where nothing was. That something waits
    for a person is said with the proposals.
    """
    drawn = sum(1 for line in view.projects.lines if line.drawn)
    sampled = say("total.sampled", count=drawn, table=mark(made, "drawn")) if drawn else ""
    return "".join((sampled, _decided(view, detail), *_differing(view, made, detail)))


def _decided(view: View, detail: Detail) -> str:
    in_force = [review for review in view.cycle.reviews if review.in_force]
    if not in_force:
        return ""
    verdicts = Counter(review.verdict or say("total.verdict_none") for review in in_force)
    told = "，".join(
        say("total.verdict", verdict=verdict, count=count) for verdict, count in verdicts.items()
    )
    projects = len({(review.department, review.project) for review in in_force})
    several = "reviewed" if detail.apart else "reviewed_brief"
    return say(
        f"total.{several if len(verdicts) > 1 else 'reviewed_one'}",
        count=len(in_force),
        projects=projects,
        verdicts=told,
    )


def _differing(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    """Say how claims differ from what was decided, over all departments."""
    found = view.cycle.deviations
    rows = sum(each.rows for each in found)
    if not rows:
        return
    mean = sum((each.mean * each.rows for each in found), Decimal(0)) / rows
    largest = max(found, key=lambda each: abs(each.largest))
    most = say(
        "total.differing_most",
        department=largest.department,
        row=largest.largest_row,
        largest=plain(largest.largest),
    )
    yield say(
        "total.differing" if detail.named else "total.differing_only",
        rows=rows,
        above=sum(each.above for each in found),
        below=sum(each.below for each in found),
        mean=plain(mean),
        most=most if largest.largest else "",
        table=mark(made, "deviations"),
    )


def _nodes(view: View, made: list[Table], detail: Detail) -> str:
    counts = {
        state: sum(count for (_, found), count in view.tally.states.items() if found is state)
        for state in NodeState
    }
    every = sum(counts.values())
    if not every:
        return ""
    states = states_told(counts)
    if view.late_count and not detail.apart:
        states = say("total.nodes_late", count=view.late_count)
    done = sum(view.tally.done.values())
    net = every - counts[NodeState.ADJUSTED]
    net_rate = _portion(done - view.tally.done_adjusted, net)
    text = say(
        "total.nodes",
        all=every,
        states=states,
        late=mark(made, "late") if view.late_count else "",
        all_rate=_portion(done, every),
        net=say("total.nodes_net", rate=net_rate) if counts[NodeState.ADJUSTED] else "",
    )
    if not view.soon_count:
        return text
    return text + say("total.nodes_soon", count=view.soon_count, days=SOON.days)


_Concerned = tuple[str, Callable[[View], int]]
_PROPOSALS: tuple[tuple[_Concerned, ...], ...] = (
    (
        ("missing", lambda view: len(view.missing)),
        ("returned", lambda view: view.returned_count),
    ),
    (
        ("review", lambda view: view.tally.to_review),
        ("late", lambda view: view.late_count),
    ),
    (("idle", lambda view: view.idle.count), ("slow", lambda view: view.slow.count)),
)
"""What to propose (结果应用、整改), each with how many it concerns; what belongs together in one
sentence.
"""


def _proposals(view: View) -> Iterator[str]:
    """Yield what the figures call for, each with how many it concerns."""
    for group in _PROPOSALS:
        counts = ((key, count(view)) for key, count in group)
        if told := [
            say(f"total.propose_{key}", count=number, projects=view.projects_to_review)
            for key, number in counts
            if number
        ]:
            yield "，".join(told)
    yield from _weak_uses(view)
    if view.cycle.follow_up:
        yield say("total.propose_follow_up", count=len(view.cycle.follow_up))
    if view.groups:
        yield say("total.propose_results")


def _weak_uses(view: View) -> Iterator[str]:
    """Yield what the profiles propose for projects with a low grade, the same of several forms as
    one; what no profile speaks of is only to be put right.
    """
    weak = sum(lowest.count for lowest in view.weak.values())
    uses: Counter[tuple[str, str]] = Counter()
    for use, projects in grade_uses(view):
        if use.low:
            uses[use.grade, use.meaning] += projects
    for (grade, meaning), projects in uses.items():
        yield say("total.propose_use", grade=grade, count=projects, meaning=meaning)
    if rest := weak - uses.total():
        yield say("total.propose_weak", count=rest)
