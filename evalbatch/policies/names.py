"""Names of indicators made comparable: what a department adds around a name does not make it another indicator."""

import re
from functools import lru_cache

_PREFIX = re.compile(r"^(?:指标\d*[:：.．、]|[A-Z]\d{1,4}[:：.．、]?|[（(]?\d{1,2}[）).．、])")
_SUFFIX = re.compile(r"(?:[（(][^（()）]*[）)]|[\d.]+分?)$")
_NOISE = re.compile(r"[\s“”\"'‘’《》★*]")


@lru_cache(maxsize=8192)
def bare(name: str) -> str:
    """Return a name without spaces, quotation marks, numbering, a weight or unit behind it, and the closing word 指标.

    `指标1：预算执行率（%）` and `预算执行率` are the same name; so are `产出指标（50分）` and `产出`.
    """
    short = _PREFIX.sub("", _NOISE.sub("", name))
    short = _SUFFIX.sub("", short)
    return short.removesuffix("指标") or short
