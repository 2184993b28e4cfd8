"""What a monitoring form (监控表) tells of a project during the year."""

from dataclasses import dataclass
from decimal import Decimal

from evalbatch.model.place import Place


@dataclass(frozen=True, slots=True)
class MonitoredIndicator:
    """An indicator as a monitoring form tells it.

    `progress` is the degree of completion then, as a fraction; `chance` is what was said of meeting
    the target, `expected` whether that (or else the forecast) says that it will be met, None where
    neither tells.
    """

    level2: str
    name: str
    target: str
    actual: str
    progress: Decimal | None
    forecast: str
    chance: str
    expected: bool | None
    place: Place


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a monitoring form tells of a project: money in 万元, the execution rate then as a
    fraction, its indicators.
    """

    budget: Decimal | None
    executed: Decimal | None
    rate: Decimal | None
    forecast: Decimal | None
    place: Place
    indicators: tuple[MonitoredIndicator, ...]
