"""How the review sheet of an annotated copy is recognised when the copy is handed in again."""

from typing import Final

REVIEW_NAME: Final = "evalbatch.review"
"""The hidden defined name that points to the review sheet; readers skip that sheet."""


def review_tab(reference: str) -> str:
    """Return the title of the sheet that the mark points to, empty when it points nowhere."""
    title, found, _ = reference.rpartition("!")
    if not found or "#REF" in title:
        return ""
    return title[1:-1].replace("''", "'") if title.startswith("'") else title
