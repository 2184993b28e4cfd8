"""Figures: rounded half up, clamped, and written the way reasons print them."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
_FEN = Decimal("0.000001")
ZERO = Decimal(0)
ONE = Decimal(1)


def half_up(value: Decimal) -> Decimal:
    """Round half up to two decimals; what is too large to have decimals (1E+300 typed by mistake) stays as it is."""
    try:
        return value.quantize(CENT, ROUND_HALF_UP)
    except InvalidOperation:
        return value


def clamp(value: Decimal, high: Decimal, low: Decimal = ZERO) -> Decimal:
    """Return the nearest value within [low, high]."""
    return max(low, min(value, high))


def percent(share: Decimal) -> str:
    """Write a fraction as a percentage with two decimals: 0.64522 is 64.52%."""
    return f"{half_up(share * 100)}%"


def short_percent(share: Decimal) -> str:
    """Write a limit as a percentage without needless zeros: 0.60 is 60%."""
    return f"{plain(share * 100)}%"


def plain(value: Decimal) -> str:
    """Write a number with at most two decimals and without needless zeros: 10.00 is 10, 6.450 is 6.45."""
    written = f"{half_up(value):f}"
    return written.rstrip("0").rstrip(".")


def money(value: Decimal) -> str:
    """Write an amount in 万元 with at least two decimals, and further ones down to a fen where it has them."""
    try:
        exact = value.quantize(_FEN, ROUND_HALF_UP)
    except InvalidOperation:
        exact = value
    whole = half_up(exact)
    return f"{whole}" if whole == exact else f"{exact:f}".rstrip("0")


def points(value: Decimal) -> str:
    """Write a score with two decimals."""
    return f"{half_up(value)}"
