"""Which of two reports of one record holds, whatever the order in which they arrive."""

from datetime import datetime
from typing import NamedTuple


class Word(NamedTuple):
    """A report of a record: when it was written, what it says (None: taken back), and of whose history."""

    written_at: datetime
    content: object | None
    subject: int


def is_older(said: Word, held: Word) -> bool:
    """Whether a report gives way to the one that holds: the one written last holds.

    Of two written at the same time a withdrawal holds, else the one whose content is the greater as a text.
    """
    if said.written_at != held.written_at:
        return said.written_at < held.written_at
    return _rank(said) < _rank(held)


def in_writing(content: object) -> str:
    """Content as a text: which of two is the greater has no meaning, but everywhere it is the same one."""
    return repr(content)


def _rank(word: Word) -> tuple[bool, str, int]:
    if word.content is None:
        return True, "", 0
    return False, in_writing(word.content), word.subject
