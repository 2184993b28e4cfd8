"""The two pages of text of the consolidated report: what came in, results, money, causes, reviews,
nodes and proposals, in as much detail as there is room for.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from evalbatch.model.evaluation import NodeState, Status
from evalbatch.model.figures import numeral, rounded, share, short_percent
from evalbatch.publish.overall_tables import Table, grade_uses, mark
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
)
from evalbatch.results.tally import GroupCount, View


class Detail(NamedTuple):
    """How much the text tells: of how many forms everything, and how many names, causes and kinds
    of findings; of the other forms their means, or only where they stand; the proposals in lines of
    their own, or in one paragraph.
    """

    forms: int
    named: int
    causes: int
    findings: int
    others: bool = True
    listed: bool = True


_STATES = (
    (NodeState.ON_TIME, "on_time"),
    (NodeState.LATE, "late"),
    (NodeState.NOT_DONE, "not_done"),
    (NodeState.ADJUSTED, "adjusted"),
    (NodeState.NOT_DUE, "not_due"),
    (NodeState.NOT_REPORTED, "not_reported"),
)


def chapters(view: View, made: list[Table], detail: Detail) -> dict[str, Any]:
    """Return the text in so much detail."""
    return {
        "导语": say("total.opening", cycle=view.cycle.name, as_of=day(view.cycle.as_of)),
        "报送情况": "".join(_deliveries(view, made)),
        "评价结果": "\n".join(_results(view, made, detail)),
        "预算执行": "".join(_execution(view, made, detail)),
        "主要问题": "".join(_problems(view, made, detail)),
        "节点情况": _nodes(view, made),
        **_later_chapters(view, made, detail),
    }


def _later_chapters(view: View, made: list[Table], detail: Detail) -> dict[str, Any]:
    """Return the chapters behind the fourth, those that have something to say, and the proposals as
    the last.
    """
    every = (
        ("total.reviews_title", _reviews(view, made)),
        ("total.nodes_title", _nodes(view, made)),
    )
    told = [(say(title), text) for title, text in every if text]
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


def _deliveries(view: View, made: list[Table]) -> Iterator[str]:
    if told := "；".join(_against_roster(view, made)):
        yield f"{told}。"
    yield from _received(view, made)


def _against_roster(view: View, made: list[Table]) -> Iterator[str]:
    """Say what the roster expects and what of it is missing or late."""
    expected, missing = len(view.cycle.expected), view.missing
    if expected and not missing:
        yield say("total.expected_all", expected=expected)
    elif expected:
        over = sum(1 for line in missing if line.days_left is not None and line.days_left < 0)
        figures = {"expected": expected, "came": expected - len(missing), "missing": len(missing)}
        told = say("total.overdue", count=over) if over else ""
        rate = _portion(expected - len(missing), expected)
        yield say("total.expected", **figures, rate=rate, overdue=told, table=mark(made, "missing"))
    if view.late:
        yield say("total.late_hand_ins", count=view.late, table=mark(made, "late_in"))


def _received(view: View, made: list[Table]) -> Iterator[str]:
    statuses = view.tally.statuses
    old = statuses[Status.SUPERSEDED]
    files = sum(statuses.values()) - old
    if not files:
        yield say("total.nothing", as_of=day(view.cycle.as_of))
        return
    came = (Status.GRADED, Status.ACCEPTED, Status.RETURNED, Status.UNREADABLE)
    counts = "，".join(
        say(f"total.came_{status.value}", count=statuses[status])
        for status in came
        if statuses[status]
    )
    replaced = say("total.superseded", count=old) if old else ""
    yield say(
        "total.received",
        files=files,
        counts=counts,
        superseded=replaced,
        table=mark(made, "returned"),
    )


def _portion(part: int, whole: int) -> str:
    return percent(share(Decimal(part), Decimal(whole)))


def _results(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    if not view.groups:
        yield say("total.not_graded")
        return
    weak = list(_weakest(view, made, detail))
    yield "".join(_grades(view, detail)) + ("" if weak else say("total.weak_none"))
    if weak:
        yield "".join(weak)


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
        yield _graded(form, view.groups[form], view.tally.grades)
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


def _graded(form: str, group: GroupCount, words_: Sequence[str]) -> str:
    grades = "、".join(
        say("total.grade", word=word, count=group.grades[word])
        for word in words_
        if group.grades[word]
    )
    weighted = group.weighted_mean
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
    """Name of each form the projects with a low grade, the lowest with its causes; ties as ties."""
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
        table = mark(made, "weak" if len(view.weak) == 1 else "weak_of", form=form)
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
            table=table,
        )


def _execution(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    funded = {form: group for form, group in view.groups.items() if group.budget}
    if not funded:
        yield say("total.no_money")
        return
    yield say("total.scope") + "".join(_moneys(funded, detail))
    if view.idle.count:
        yield _idle_money(view, made, detail)
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


def _idle_money(view: View, made: list[Table], detail: Detail) -> str:
    """Say how much money is left over and where most of it."""
    members = view.idle.members[: detail.named]
    names = "、".join(
        say("total.idle_one", name=quoted(one.name), amount=amount(one.money.unspent))
        for one in members
    )
    first = sum((one.money.unspent or Decimal(0) for one in members), Decimal(0))
    portion = say("total.idle_share", shown=len(members), rate=percent(share(first, view.left)))
    return say(
        "total.idle_text",
        count=view.idle.count,
        amount=amount(view.left),
        names=say("total.idle_most", names=names) if names else "",
        table=mark(made, "idle"),
        share=portion if view.idle.count > len(members) > 1 else "",
    )


def _slowest(view: View, made: list[Table], detail: Detail) -> Iterator[str]:
    limit = "" if view.cycle.low_rate is None else short_percent(view.cycle.low_rate)
    if view.slow.count:
        slowest = view.slow.members[0]
        tied = [quoted(one.name) for one in view.slow.members if one.rate == slowest.rate]
        figures = {
            "count": view.slow.count,
            "rate": _portion(view.slow.count, view.rated),
            "name": listed(tied, max(detail.named, 1)),
        }
        key = "low" if len(tied) == 1 else "low_tied"
        yield say(
            f"total.{key}",
            limit=limit,
            **figures,
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
    titles = [
        say("total.title_count", title=view.tally.titles[code], count=count)
        for code, count in common[: detail.findings]
    ]
    severities, lifted = view.tally.severities, sum(view.tally.lifted.values())
    counts = {
        "errors": severities["错误"],
        "warnings": severities["警告"],
        "files": view.files_with_findings,
    }
    waived = say("total.waived", count=lifted) if lifted else ""
    return say(
        "total.findings", **counts, titles=listed(titles), waived=waived, table=mark(made, "common")
    )


def _reviews(view: View, made: list[Table]) -> str:
    """Say what is drawn, what persons decided, and what still waits for one; empty where nothing
    was drawn or decided: that something waits is said with the proposals.
    """
    return "".join((*_sampled(view, made), _decided(view), *_differing(view, made)))


def _decided(view: View) -> str:
    in_force = [review for review in view.cycle.reviews if review.in_force]
    if not in_force:
        return ""
    verdicts = Counter(review.verdict for review in in_force if review.verdict)
    told = "，".join(
        say("total.verdict", verdict=verdict, count=count) for verdict, count in verdicts.items()
    )
    projects = len({(review.department, review.project) for review in in_force})
    decided = say(
        "total.reviewed", count=len(in_force), projects=projects, verdicts=told and f"，{told}"
    )
    waiting, waiting_in = view.tally.to_review, view.projects_to_review
    return decided + (say("total.to_review", count=waiting, projects=waiting_in) if waiting else "")


def _sampled(view: View, made: list[Table]) -> Iterator[str]:
    """Say what is drawn for a second look, and by which text."""
    count, sampling = sum(1 for line in view.projects.lines if line.drawn), view.cycle.sampling
    if not count:
        return
    seed = say("total.sampled_seed", seed=sampling.seed) if sampling.seed else ""
    top = say("total.sampled_top", threshold=sampling.threshold) if sampling.threshold else ""
    yield say("total.sampled", count=count, seed=seed + top, table=mark(made, "drawn"))


def _differing(view: View, made: list[Table]) -> Iterator[str]:
    """Say how claims differ from what was decided, over all departments."""
    found = view.cycle.deviations
    rows = sum(each.rows for each in found)
    if not rows:
        return
    mean = sum((each.mean * each.rows for each in found), Decimal(0)) / rows
    largest = max(found, key=lambda each: abs(each.largest))
    yield say(
        "total.differing",
        rows=rows,
        above=sum(each.above for each in found),
        below=sum(each.below for each in found),
        mean=plain(mean),
        department=largest.department,
        row=largest.largest_row,
        largest=plain(largest.largest),
        table=mark(made, "deviations"),
    )


def _nodes(view: View, made: list[Table]) -> str:
    counts = {
        state: sum(count for (_, found), count in view.tally.states.items() if found is state)
        for state, _ in _STATES
    }
    every = sum(counts.values())
    if not every:
        return ""
    states = "，".join(
        say(f"annual.state_{key}", count=counts[state]) for state, key in _STATES if counts[state]
    )
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
    return text + (say("total.nodes_soon", count=view.soon_count) if view.soon_count else "")


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
    (("weak", lambda view: sum(lowest.count for lowest in view.weak.values())),),
    (("idle", lambda view: view.idle.count), ("slow", lambda view: view.slow.count)),
)
"""What to propose (结果应用、整改), each with how many it concerns; what belongs together in one
sentence.
"""


def _proposals(view: View) -> Iterator[str]:
    """Yield what the figures call for, each with how many it concerns."""
    for group in _PROPOSALS:
        counts = ((key, count(view)) for key, count in group)
        if told := [say(f"total.propose_{key}", count=number) for key, number in counts if number]:
            yield "，".join(told)
    if view.cycle.follow_up:
        yield say("total.propose_follow_up", count=len(view.cycle.follow_up))
    for use, projects in grade_uses(view):
        if use.low:
            figures = {"form": use.form, "grade": use.grade, "meaning": use.meaning}
            yield say("total.propose_use", **figures, count=projects)
    if view.groups:
        yield say("total.propose_results")
