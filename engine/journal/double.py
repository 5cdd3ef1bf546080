"""A journal without a disk, for simulation and backtests: it loses what was not synced when its desk
crashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from engine.facts import Stamped
from engine.journal.chain import GENESIS, Head, Row
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.store import decode_rows

_NAME: Final = Path("journal double")


class JournalDouble:
    """Appended batches are pending until `sync`. A fault makes both refuse, as a full disk does."""

    def __init__(self, codec: FactCodec) -> None:
        self._codec = codec
        self._pending: list[Sequence[Row]] = []
        self.rows: list[Row] = []
        """What a crash can't take."""
        self.fault = ""
        """While not empty: the reason with which `append` and `sync` fail."""

    @property
    def head(self) -> Head:
        """The last durable row."""
        return Head(self.rows[-1].seq, self.rows[-1].hash) if self.rows else GENESIS

    @property
    def pending(self) -> int:
        """Batches that are appended and not durable."""
        return len(self._pending)

    def append(self, rows: Sequence[Row]) -> None:
        """Take a batch. Raises JournalWriteError (nothing was taken) under a fault, JournalError when the
        rows don't follow the last ones."""
        self._refuse_under_fault()
        if not rows:
            return
        last = self._pending[-1][-1] if self._pending else self.rows[-1] if self.rows else None
        end = Head(last.seq, last.hash) if last is not None else GENESIS
        if rows[0].seq != end.seq + 1 or rows[0].prev_hash != end.hash:
            raise JournalError(f"{_NAME}: row {rows[0].seq} does not follow row {end.seq}")
        self._pending.append(rows)

    def sync(self) -> Head:
        """Make the pending batches durable. Under a fault they stay pending and JournalWriteError is
        raised."""
        self._refuse_under_fault()
        for batch in self._pending:
            self.rows.extend(batch)
        self._pending.clear()
        return self.head

    def crash(self, kept: int = 0) -> None:
        """The desk dies: pending batches are lost but for the first `kept`, whose commit had just made
        it."""
        for batch in self._pending[:kept]:
            self.rows.extend(batch)
        self._pending.clear()

    def read(self, after: Head = GENESIS) -> Iterator[list[Stamped]]:
        """The durable facts behind `after`, checked against the chain."""
        if len(self.rows) > after.seq:
            yield decode_rows(_NAME, self._codec, after, self.rows[after.seq :])

    def _refuse_under_fault(self) -> None:
        if self.fault:
            raise JournalWriteError(f"{_NAME}: {self.fault}")
