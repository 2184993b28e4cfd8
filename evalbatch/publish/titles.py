"""Titles in lines: broken between words, balanced, and no character left alone (GB/T 9704:
词意完整，排列对称，长短适宜).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from math import ceil

from evalbatch.publish.sentences import words

LINE = 19
"""Characters of 22 pt within 156 mm."""
_OPENING = "（《“〔【("
_CLOSING = "）》”〕】)、，。；：,"
_MOST_LINES = 8
_JOINING = "和与及暨或"


def lines(text: str, most: int = LINE) -> list[str]:
    """Return a title in as few lines of at most `most` characters as its words allow, none of a
    single character.

    Words are those of `narrative.toml`; what stands between known words is taken to be words of two
    characters. A word longer than a line is cut.
    """
    if len(text) <= most:
        return [text] if text else []
    if len(text) > most * _MOST_LINES:  # no title: what somebody typed into its place
        return _short(text, most)
    pieces = [part for token in _tokens(text) for part in _short(token, most)]
    for count in range(ceil(len(text) / most), min(len(pieces), _MOST_LINES * 2) + 1):
        if found := _broken(pieces, count, most):
            return found
    return _short(text, most)


def titled(text: str) -> str:
    """Return a title as a value of a template, its lines one under the other."""
    return "\n".join(lines(text))


def _broken(pieces: Sequence[str], count: int, most: int) -> list[str]:
    """Return pieces joined to so many lines, as even as can be; empty where a line would be too
    long or too short.
    """
    share = sum(map(len, pieces)) / count
    best: dict[tuple[int, int], tuple[float, list[str]]] = {(0, 0): (0.0, [])}
    for end in range(1, len(pieces) + 1):
        for line in range(1, count + 1):
            found = [
                (cost + abs(len(text) - share) ** 2, [*before, text])
                for start in range(end)
                if (line - 1, start) in best and 1 < len(text := "".join(pieces[start:end])) <= most
                for cost, before in [best[line - 1, start]]
            ]
            if found:
                best[line, end] = min(found)
    return best.get((count, len(pieces)), (0.0, []))[1]


def _tokens(text: str) -> list[str]:
    """Return what must not be broken: words with the signs that stand before or behind them."""
    joined: list[str] = []
    opened = ""
    for word in _words(text):
        if word in _OPENING:
            opened += word
        elif joined and not opened and len(word) == 1 and word not in _JOINING:
            joined[-1] += word  # a closing sign, or the end of a word that is not known
        else:
            joined.append(opened + word)
            opened = ""
    return [*joined, opened] if opened else joined


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text: known ones, numbers and foreign words whole, the rest two
    characters at a time.
    """
    place = 0
    while place < len(text):
        size = _known(text, place) or _foreign(text, place) or _unknown(text, place)
        yield text[place : place + size]
        place += size


def _known(text: str, place: int) -> int:
    """Return how many characters the longest known word has that begins here, 0 when none does."""
    return next((size for size in _sizes() if text[place : place + size] in _vocabulary()), 0)


def _foreign(text: str, place: int) -> int:
    """Return how many characters of a number or a foreign word begin here, with the measure word
    behind a year.
    """
    end = place
    while end < len(text) and text[end].isascii() and (text[end].isalnum() or text[end] in ".-&/%"):
        end += 1
    if end == place:
        return 0
    return (
        end
        - place
        + next(
            (len(unit) for unit in words("titles.behind_numbers") if text.startswith(unit, end)), 0
        )
    )


def _unknown(text: str, place: int) -> int:
    """Return 2 where two characters of no known word stand here, else 1."""
    after = place + 1
    if (
        text[place] in _OPENING + _CLOSING
        or after >= len(text)
        or text[after] in _OPENING + _CLOSING
    ):
        return 1
    return 1 if _known(text, after) or text[after].isascii() else 2


def _short(token: str, most: int) -> list[str]:
    return [token[at : at + most] for at in range(0, len(token), most)]


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(words("titles.words"))


@cache
def _sizes() -> tuple[int, ...]:
    return tuple(sorted({len(word) for word in _vocabulary()}, reverse=True))
