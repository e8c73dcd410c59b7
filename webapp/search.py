"""How people are searched for, the same wherever somebody types words: capitals and accents make no difference.

The words are compared here and not by the database, as SQLite knows capitals of ASCII alone and PostgreSQL no accents
without an extension. A search goes through one course's people: a class, not the site.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from sqlalchemy import Select
from sqlalchemy.orm import Session


@lru_cache(maxsize=2**14)
def folded(text: str) -> str:
    """Text as it is compared: without accents and capitals."""
    return "".join(each for each in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(each))


def fits(words: str, *texts: str) -> bool:
    """Whether each of the words stands in one of the texts."""
    among = [folded(text) for text in texts]
    return all(any(word in text for text in among) for word in folded(words).split())


def numbers_that_fit(session: Session, words: str, people: Select[int, *tuple[str, ...]]) -> list[int]:
    """The numbers of those people whose texts have the words. `people` selects the number, then the texts."""
    return [number for number, *texts in session.execute(people) if fits(words, *texts)]
