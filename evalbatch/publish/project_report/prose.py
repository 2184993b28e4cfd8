"""The sentences of a project's report about scope, result, problems and remarks (chapters two,
three, five and seven).
"""

from collections.abc import Iterator
from decimal import Decimal

from evalbatch.model.evaluation import Score
from evalbatch.model.figures import ZERO, numeral, share
from evalbatch.model.names import normal_name
from evalbatch.model.plain_figures import compact
from evalbatch.model.record import last_targets
from evalbatch.publish.project_report.facts import Facts, overspent, total, uneven
from evalbatch.publish.sentences import amount, bare, listed, missing, percent, plain, quoted, say

MOST_TOLD = 6
"""Members of an enumeration that a sentence holds; more become a table."""


def scope(facts: Facts) -> str:
    """Say what was evaluated: the department's own words, else what the data say."""
    if own := facts.text("text_scope"):
        return own
    money = facts.evaluation.scores.funding
    base = money.rate.denominator if money.rate else money.budget
    figures = {
        "unit": facts.unit,
        "year": facts.year,
        "project": facts.project,
        "period": facts.period,
    }
    budget = amount(base) if base is not None else missing("项目资金")
    return missing(say("scope.purpose")) + say(
        "scope.object", subject=facts.subject, budget=budget, **figures
    )


def system(facts: Facts) -> str:
    """Describe the indicators: how many of each level, unless the department says so itself, and
    with what weights.
    """
    weights = "、".join(
        say(
            "scope.weight",
            name=level1,
            weight=plain(total(row.weight for _, rows in groups for row in rows)),
        )
        for level1, groups in facts.scores
    )
    counts = {
        "level1": len(facts.scores),
        "level2": sum(len(groups) for _, groups in facts.scores),
        "level3": len(facts.rows),
    }
    own = compact(facts.text("text_principles"))
    told = any(words in own for words in _counted(counts["level3"]))
    text = (
        say(
            "scope.system_told" if told else "scope.system",
            **counts,
            full=plain(facts.evaluation.scores.weight_total),
            weights=weights,
        )
        if facts.rows
        else ""
    )
    reason = bare(facts.text("weight_reason"))
    return text + (say("scope.weight_reason", reason=reason) if reason else "")


def _counted(count: int) -> tuple[str, ...]:
    """Return how a department says how many indicators there are."""
    return tuple(say(f"scope.counted_{key}", count=count) for key in ("before", "behind"))


def chosen(facts: Facts, field: str, key: str, what: str) -> str:
    """Say which methods or standards were ticked."""
    entry = facts.evaluation.submission.get(field)
    ticked = entry.choice.ticked if entry and entry.choice else ()
    names = "、".join(ticked) or bare(entry.text if entry else "")
    return (
        say(f"scope.{key}", **{key: names})
        if names
        else missing(what)
        if field in facts.form.fields
        else ""
    )


def conclusion(facts: Facts) -> str:
    """Say the result, where points were lost, and how it compares with last year."""
    own = facts.text("text_conclusion")
    final, grade = plain(facts.evaluation.scores.final_total), quoted(facts.evaluation.scores.grade)
    said = not facts.draft and final in own and grade in own  # the department has said it itself
    first = f"{own}\n" if said else _result(facts)
    parts = [
        first + _levels(facts) + _cut(facts),
        _losses(facts),
        _against(facts),
        "" if said else own,
    ]
    return "\n".join(text for text in parts if text)


def _result(facts: Facts) -> str:
    scores = facts.evaluation.scores
    if scores.unscorable:
        return say("conclusion.unscorable", reason=bare(scores.unscorable))
    if facts.draft:
        key = (
            "returned_without"
            if scores.claimed_total is None or scores.computed_total is None
            else "returned"
        )
        return say(
            f"conclusion.{key}",
            claimed=plain(scores.claimed_total),
            computed=plain(scores.computed_total),
        )
    figures = {
        "verb": say(f"{facts.mode}.verb"),
        "project": facts.project,
        "year": facts.year,
        "total": plain(scores.final_total),
    }
    key = "conclusion.graded" if scores.grade else "conclusion.graded_plain"
    waiting = len(scores.to_review)
    provisional = say("conclusion.provisional", count=waiting) if waiting else ""
    return say(key, **figures, grade=scores.grade) + provisional


def _levels(facts: Facts) -> str:
    if facts.draft or not facts.scores:
        return ""
    levels = []
    for level1, groups in facts.scores:
        rows = [row for _, group in groups for row in group]
        key = "level" if all(row.final is not None for row in rows) else "level_unknown"
        figures = {
            "score": plain(total(row.final for row in rows)),
            "weight": plain(total(row.weight for row in rows)),
        }
        levels.append(say(f"conclusion.{key}", name=level1, **figures))
    return say("conclusion.levels", levels="、".join(levels))


def _cut(facts: Facts) -> str:
    cut = [
        row
        for row in facts.rows
        if row.claimed is not None and row.final is not None and row.claimed > row.final
    ]
    claimed = facts.evaluation.scores.claimed_total
    if facts.draft or not cut:
        return ""
    names = (
        say(
            "conclusion.cut_row",
            name=quoted(row.name),
            claimed=plain(row.claimed),
            final=plain(row.final),
        )
        for row in cut
    )
    less = total(row.claimed for row in cut) - total(row.final for row in cut)
    return say("conclusion.cut", claimed=plain(claimed), cut=plain(less), rows=listed(names))


def _losses(facts: Facts) -> str:
    count, few = len(facts.rows), len(facts.lost)
    if not count or any(row.final is None for row in facts.rows):
        return ""
    if not few:
        return say("conclusion.clean", count=count)
    lost = total(row.lost for row in facts.lost)
    key = "lost_one" if few == 1 else "lost_all" if few == count else "lost_many"
    figures = {
        "count": count,
        "full": count - few,
        "few": few,
        "lost": plain(lost),
        "worst": _worst(facts, lost),
    }
    text = say(f"conclusion.{key}", **figures, name=quoted(facts.lost[0].name))
    return text + _weak(facts) + _strong(facts)


def _worst(facts: Facts, lost: Decimal) -> str:
    """Name the row that lost most; several that lost as much are named as a tie."""
    tied = _most_lost(facts)
    names, most = listed(quoted(row.name) for row in tied), tied[0].lost
    key = (
        "worst" if len(tied) == 1 else "worst_tied" if len(tied) < len(facts.lost) else "worst_all"
    )
    return say(
        f"conclusion.{key}",
        names=names,
        lost=plain(most),
        share=percent(share(most * len(tied), lost)),
    )


def _most_lost(facts: Facts) -> list[Score]:
    return [row for row in facts.lost if row.lost == facts.lost[0].lost]


def _strong(facts: Facts) -> str:
    names = [
        level1
        for level1, groups in facts.scores
        if all(not row.lost for _, rows in groups for row in rows)
    ]
    return say("conclusion.strong", names="、".join(names)) if names else ""


def _weak(facts: Facts) -> str:
    """Say which rows reached least of their weight, if several lost points and not all the same."""
    rates = [(share(row.final, row.weight) or ZERO, row) for row in facts.lost]
    lowest = min(rate for rate, _ in rates)
    weak = [row for rate, row in rates if rate == lowest]
    if len(weak) == len(rates):
        return ""
    key = ("weak_same" if weak == _most_lost(facts) else "weak") + ("_tied" if weak[1:] else "")
    names = listed(quoted(row.name) for row in weak)
    return say(f"conclusion.{key}", names=names, rate=percent(lowest))


def _against(facts: Facts) -> str:
    before, now = facts.previous.scores if facts.previous else None, facts.evaluation.scores
    if before is None or before.final_total is None or now.final_total is None or facts.draft:
        return ""
    change = now.final_total - before.final_total
    key = "same" if not change else "up" if change > 0 else "down"
    grade_key = "against_grade_same" if before.grade == now.grade else "against_grade"
    grade = (
        say(f"conclusion.{grade_key}", before=before.grade, after=now.grade)
        if before.grade and now.grade
        else ""
    )
    figures = {
        "before": plain(before.final_total),
        "after": plain(now.final_total),
        "change": plain(abs(change)),
    }
    text = say(f"conclusion.against_{key}", **figures, grade=grade)
    rates = [scores.funding.execution_rate for scores in (before, now)]
    if None not in rates:
        text += say("conclusion.against_rate", before=percent(rates[0]), after=percent(rates[1]))
    return text + _targets(facts)


def _targets(facts: Facts) -> str:
    """Say which targets are others than last year's, or that all which can be compared are the
    same.
    """
    known = _known_targets(facts)
    changed = _changed_targets(facts)
    if not changed:
        return say("conclusion.against_targets_same", count=len(known)) if known else ""
    if len(changed) > MOST_TOLD:
        return say("conclusion.against_targets_table", count=len(known), changed=len(changed))
    told = (
        say(
            "conclusion.against_target",
            name=quoted(row.name),
            before=bare(was),
            after=bare(row.target),
        )
        for row, was in changed
    )
    return say(
        "conclusion.against_targets",
        count=len(known),
        changed=len(changed),
        targets="、".join(told),
    )


def changed_rows(facts: Facts) -> list[dict[str, str]]:
    """Return the targets that are others than last year's as rows of a table; none where the text
    tells them.
    """
    changed = _changed_targets(facts) if _against(facts) else []
    if len(changed) <= MOST_TOLD:
        return []
    return [{"指标": row.name, "上年": bare(was), "本年": bare(row.target)} for row, was in changed]


def _known_targets(facts: Facts) -> list[tuple[Score, str]]:
    """Return the rows with a target last year too, and that target."""
    before = last_targets(facts.previous)
    pairs = [
        (row, before.get(normal_name(row.level3), ""))
        for row in facts.rows
        if row.level2 and row.target
    ]
    return [(row, was) for row, was in pairs if was]


def _changed_targets(facts: Facts) -> list[tuple[Score, str]]:
    return [(row, was) for row, was in _known_targets(facts) if compact(was) != compact(row.target)]


def problems(facts: Facts) -> str:
    """Say what the figures alone show to be weak, where the department wrote nothing; why is for
    the author.
    """
    gap = missing(say("problems.causes"))
    found = list(_weaknesses(facts))
    if not found:
        return say("problems.none") if facts.rows and not facts.draft else gap
    if len(found) > MOST_TOLD:
        return say("problems.table", count=len(found)) + gap
    if len(found) == 1:
        return say("problems.one", text=found[0]) + gap
    return (
        say("problems.head")
        + "；".join(f"{numeral(number)}是{text}" for number, text in enumerate(found, 1))
        + "。"
        + gap
    )


def problem_rows(facts: Facts) -> list[dict[str, str]]:
    """Return what the figures alone show to be weak as rows of a table; none where the text tells
    it.
    """
    found = [] if facts.text("text_problems") else list(_weaknesses(facts))
    return (
        [{"序号": str(number), "内容": text} for number, text in enumerate(found, 1)]
        if len(found) > MOST_TOLD
        else []
    )


def _weaknesses(facts: Facts) -> Iterator[str]:
    money = facts.evaluation.scores.funding
    rate = money.execution_rate
    if rate is not None and rate < facts.policy.limits.execution_reason_below.value:
        yield say("problems.execution", rate=percent(rate), unspent=amount(money.unspent))
    if pair := uneven(facts):
        yield say(
            "problems.uneven",
            best=pair[0].name,
            worst=pair[1].name,
            worst_rate=percent(pair[1].rate),
        )
    for row in facts.lost:
        if "执行率" not in row.name:
            yield say(
                "problems.lost"
                if row.completion is not None and row.completion < 1
                else "problems.lost_points",
                name=quoted(row.name),
                lost=plain(row.lost),
            )
    if over := overspent(facts):
        yield say("problems.over_budget", names=listed(bare(row.text("item")) for row in over))
    blank = [
        bare(row.text("item"))
        for group in ("产出", "效益")
        for row in facts.targets(group)
        if not row.text("actual").strip()
    ]
    if blank:
        yield say("problems.open_targets", names=listed(map(quoted, blank)))
