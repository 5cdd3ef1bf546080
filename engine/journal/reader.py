"""Reading a journal beside its desk, for audits, the trades mirror, projections and time travel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol

from engine.facts import Stamped
from engine.journal.archive import Archives, archive_folder
from engine.journal.chain import GENESIS, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.place import Place, PostgresUrl
from engine.journal.sqlite_source import SqliteSource
from engine.journal.store import decode_rows

_PAGE: Final = 5000


class Source(Protocol):
    """What a reader needs of a place where rows are kept. Everything raises JournalError."""

    name: object

    def anchor(self) -> Head: ...

    def head(self) -> Head: ...

    def hash_at(self, seq: int) -> str | None: ...

    def page(self, after_seq: int, most: int) -> list[Row]: ...

    def stray(self, anchor_seq: int) -> int | None: ...

    def close(self) -> None: ...


class JournalReader:
    """A read-only view of a journal, synchronous; a context manager. It sees what is committed and never delays the
    writer: each page of rows is a short transaction of its own. Archived days are read as if they were still there."""

    def __init__(self, place: Place, archives_of: Path | None = None) -> None:
        """`archives_of`: the file whose archives belong to this one, if it is not the journal's own name. Raises
        JournalError, one clear line, for what is no journal."""
        self._source = _source_of(place)
        self.anchor = self._source.anchor()
        """The last row that was archived; GENESIS: none was."""
        self.archives: Archives | None = None
        if self.anchor != GENESIS and isinstance(place, Path):
            self.archives = Archives(archive_folder(archives_of or place), self.anchor)

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def head(self) -> Head:
        """Where the journal ends now."""
        return self._source.head()

    def hash_at(self, seq: int) -> str | None:
        """The hash that row `seq` carries; None when there is no such row. Seq 0 is the beginning."""
        if seq == GENESIS.seq:
            return GENESIS.hash
        if self.archives is not None and seq <= self.anchor.seq:
            return self.anchor.hash if seq == self.anchor.seq else self.archives.hash_at(seq)
        return self._source.hash_at(seq)

    def rows(self, after_seq: int = 0, kinds: frozenset[str] | None = None) -> Iterator[Row]:
        """Rows behind `after_seq` in order, as they stand (not checked), of all kinds or only of `kinds`."""
        for page in self._pages(after_seq):
            for row in page:
                if kinds is None or row.kind in kinds:
                    yield row

    def facts(self, codec: FactCodec, after: Head = GENESIS) -> Iterator[tuple[list[Stamped], Head]]:
        """Facts behind `after`, decoded and checked, in batches, each with the head that it ends at. Raises
        JournalError where the chain breaks."""
        for page in self._pages(after.seq):
            facts = decode_rows(self._source.name, codec, after, page)
            after = Head(page[-1].seq, page[-1].hash)
            yield facts, after

    def _pages(self, after_seq: int) -> Iterator[list[Row]]:
        if self.archives is not None and after_seq < self.anchor.seq:
            yield from self.archives.pages(after_seq)
            after_seq = self.anchor.seq
        while page := self._source.page(after_seq, _PAGE):
            yield page
            after_seq = page[-1].seq

    def stray(self) -> int | None:
        """The number of a row that no reader meets, since nothing links to it: before the beginning, or there twice."""
        return self._source.stray(self.anchor.seq)

    def close(self) -> None:
        """Release the file or the session."""
        self._source.close()


def _source_of(place: Path | PostgresUrl) -> Source:
    if isinstance(place, PostgresUrl):
        # Here, so that a desk without a server loads nothing of it.
        from engine.journal.postgres_source import PostgresSource

        return PostgresSource(place)
    return SqliteSource(place)
