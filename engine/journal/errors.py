"""What can go wrong with the journal. Messages are one line: the file, the place, what was expected."""

from __future__ import annotations


class JournalError(Exception):
    """The journal can't be opened, read or trusted. Nothing was changed."""


class NoJournalError(JournalError):
    """There is no journal in that place yet."""


class JournalWriteError(JournalError):
    """A write failed (disk full, I/O error, lock held). Nothing of the batch counts as written; the same
    rows can be appended again."""
