"""What a project's report says about its money: budget, sources, execution, details (chapter one)."""

from collections.abc import Iterator
from decimal import Decimal

from evalbatch.model.figures import share
from evalbatch.model.submission import Row
from evalbatch.publish.narrative import bare, listed, percent, plain, say
from evalbatch.publish.report_facts import Facts, Source, name_of, total

_UNEVEN = Decimal("0.1")


def funding(facts: Facts) -> str:
    """Say what was budgeted, what arrived, what was spent, and what is unusual about it."""
    whole = next((source for source in facts.sources if not source.part), None)
    if whole is None or whole.budget is None:
        return say("funding.unknown")
    sentences = [
        _budget(facts, whole) + _sources(facts) + _arrived(facts, whole),
        _executed(facts),
        *_uneven(facts),
        *_reasons(facts),
    ]
    own = facts.text("text_funding")
    return "\n".join(text for text in ("".join(sentences), own, _details(facts)) if text)


def _budget(facts: Facts, whole: Source) -> str:
    names = {
        "year": facts.year,
        "subject": facts.subject,
        "initial_name": facts.column("funding", "initial_budget", "年初预算"),
        "budget_name": facts.column("funding", "budget", "全年预算"),
        "budget": plain(whole.budget),
        "initial": plain(whole.initial),
    }
    if whole.initial is None or whole.budget is None:
        return say("funding.only", **names)
    change = whole.budget - whole.initial
    key = "same" if not change else "adjusted_up" if change > 0 else "adjusted_down"
    return say(f"funding.{key}", **names, change=plain(abs(change)))


def _sources(facts: Facts) -> str:
    parts = [source for source in facts.sources if source.part and source.budget]
    if not parts:
        return ""
    if len(parts) == 1:
        return say("funding.one_source", source=_kind(parts[0].name))
    return say("funding.sources", sources="、".join(f"{part.name}{plain(part.budget)}万元" for part in parts))


def _kind(name: str) -> str:
    return name if name.endswith(("资金", "拨款", "补助")) else f"{name}资金"


def _arrived(facts: Facts, whole: Source) -> str:
    if whole.arrived is None:
        return "。"
    key = "arrived_full" if whole.arrived == whole.budget else "arrived"
    name = facts.column("funding", "arrived", "实际到位资金")
    return (
        say(f"funding.{key}", arrived_name=name, arrived=plain(whole.arrived), rate=percent(share(whole.arrived, whole.budget)))
        + "。"
    )


def _executed(facts: Facts) -> str:
    money = facts.evaluation.scores.funding
    if money.executed is None:
        return say("funding.not_executed")
    if not money.executed:
        return say("funding.nothing", end=facts.end)
    rate = money.rate
    base = rate.denominator if rate else money.budget or money.executed
    unspent = base - money.executed
    key = "executed_full" if not unspent else "over" if unspent < 0 else "executed"
    return say(
        f"funding.{key}",
        end=facts.end,
        executed_name=facts.column("funding", "executed", "全年执行数"),
        executed=plain(money.executed),
        rate=percent(share(money.executed, base)),
        numerator_name=rate.numerator_name if rate else "",
        denominator_name=rate.denominator_name if rate else "",
        unspent=plain(unspent),
        over=plain(-unspent),
    )


def uneven(facts: Facts) -> tuple[Source, Source] | None:
    """Return the funding sources with the best and the worst execution rate when they lie far apart."""
    parts = sorted((part for part in facts.sources if part.part and part.rate is not None), key=lambda part: part.rate or 0)
    if len(parts) < 2 or (parts[-1].rate or 0) - (parts[0].rate or 0) < _UNEVEN:  # noqa: PLR2004 - two to compare
        return None
    return parts[-1], parts[0]


def _uneven(facts: Facts) -> Iterator[str]:
    if pair := uneven(facts):
        best, worst = pair
        yield say(
            "funding.uneven", best=best.name, best_rate=percent(best.rate), worst=worst.name, worst_rate=percent(worst.rate)
        )


def _reasons(facts: Facts) -> Iterator[str]:
    money = facts.evaluation.scores.funding
    rate = money.rate.value if money.rate else None
    reason = bare(facts.text("execution_reason")) or _execution_reason(facts)
    if reason and rate is not None and rate < 1:
        yield say("funding.reason", reason=reason)
    elif rate is not None and rate < facts.policy.limits.execution_reason_below.value:
        yield say("funding.reason_missing")
    if unspent := bare(facts.text("unspent_reason")):
        yield say("funding.unspent_reason", reason=unspent)


def _execution_reason(facts: Facts) -> str:
    rows = (row for row in facts.rows if "执行率" in name_of(row))
    return next((bare(row.explanation) for row in rows if row.explanation), "")


def _details(facts: Facts) -> str:
    rows = [row for row in facts.details if row.number("spent") is not None]
    if not rows:
        return ""
    largest = max(rows, key=lambda row: row.number("spent") or 0)
    spent, budget = total(row.number("spent") for row in rows), total(row.number("budget") for row in rows)
    amount = largest.number("spent")
    sentences = [
        say(
            "details.single" if len(rows) == 1 else "details.summary",
            subject=facts.subject,
            count=len(rows),
            budget=plain(budget),
            spent=plain(spent),
            largest=bare(largest.text("item")),
            amount=plain(amount),
            share=percent(share(amount, spent)),
        )
    ]
    over = overspent(facts)
    if over:
        exceeded = total(row.number("spent") for row in over) - total(row.number("budget") for row in over)
        sentences.append(say("details.over", names=listed(bare(row.text("item")) for row in over), amount=plain(exceeded)))
    return "".join((*sentences, *_gap(facts, budget)))


def overspent(facts: Facts) -> list[Row]:
    """Return the expenditure details that spent more than their budget."""
    figures = ((row, row.number("budget"), row.number("spent")) for row in facts.details)
    return [row for row, budget, spent in figures if budget is not None and spent is not None and spent > budget]


def _gap(facts: Facts, budget: Decimal) -> Iterator[str]:
    money = facts.evaluation.scores.funding
    rate = money.rate
    if rate and budget and rate.denominator > budget and rate.denominator - budget != money.unspent:
        yield say("details.gap", denominator_name=rate.denominator_name, amount=plain(rate.denominator - budget))
