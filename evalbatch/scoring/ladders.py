"""Ladders: which step a figure stands on, and points lost step by step."""

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from evalbatch.model.figures import ZERO, clamp
from evalbatch.policies.spec import Band, Deduction


def rung(bands: Iterable[Band], figure: Decimal, weight: Decimal) -> Decimal:
    """Return what the highest step that the figure reaches is worth, within [0, weight]; below all steps nothing.

    Args:
        bands: the steps, in any order.
        figure: what the ladder measures, such as a rate as a fraction.
        weight: the weight of the indicator; 1 gives shares.
    """
    reached = [band for band in bands if figure > band.low or (figure == band.low and not band.above)]
    if not reached:
        return ZERO
    step = max(reached, key=lambda band: (band.low, band.above))
    return clamp(step.score if step.score is not None else (step.share or ZERO) * weight, weight)


def lost(deduction: Deduction, figure: Decimal) -> Decimal:
    """Return the points lost: for every full step by which the figure lies beyond the start, on the side that counts."""
    beyond = deduction.start - figure if deduction.side == "below" else figure - deduction.start
    steps = (max(beyond, ZERO) / deduction.step).to_integral_value(ROUND_FLOOR)
    return steps * deduction.points
