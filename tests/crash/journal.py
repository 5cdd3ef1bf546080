"""The journal as the harness reads it: folded fact by fact and link by link, beside the desk and after its death."""

from __future__ import annotations

import time
from pathlib import Path

from engine import facts as f
from engine.evolve import evolve
from engine.journal.chain import GENESIS, Head, Row, check
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.journal.verify import verify_file
from engine.state import DeskState
from tests.crash.world import CrashError

_WAIT_S = 5.0


class FoldedJournal:
    """The state that the journal gives, kept up with it, and what no fold keeps: every intent ever made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._codec = FactCodec()
        self.state = DeskState()
        self.head: Head = GENESIS
        self.intended_ns: dict[str, int] = {}
        """When each order and replace was intended, by its cl_ord_id."""
        self.algos: dict[int, f.AlgoLaunched] = {}
        self.opened = 0
        self.reconciled = False
        """Since the newest start of the desk."""
        self.doubts: list[str] = []
        """Why submits went UNKNOWN while a desk ran (not because of a restart)."""

    def catch_up(self, upto: int | None = None) -> None:
        """Fold what is committed by now, or exactly up to row `upto`, waiting for it. Raises CrashError."""
        deadline = time.monotonic() + _WAIT_S
        while True:
            self._fold(upto)
            if upto is None or self.head.seq >= upto:
                return
            if time.monotonic() > deadline:
                raise CrashError(f"the desk was at fact {upto}, the journal ends at {self.head.seq}")
            time.sleep(0.005)

    def _fold(self, upto: int | None) -> None:
        with JournalReader(self._path) as reader:
            if reader.hash_at(self.head.seq) != self.head.hash:
                raise CrashError(f"journal row {self.head.seq} was committed before the kill and is gone or changed")
            for row in reader.rows(self.head.seq):
                if upto is not None and row.seq > upto:
                    return
                broken = check(self.head, row)
                if broken is not None:
                    raise CrashError(f"the hash chain does not verify: {broken}")
                fact = self._codec.decode(row.kind, row.payload)
                evolve(self.state, fact, row.recorded_ns, row.market_ns)
                self._note(fact, row)
                self.head = Head(row.seq, row.hash)

    def _note(self, fact: f.Fact, row: Row) -> None:
        if isinstance(fact, f.OrderIntended | f.ReplaceIntended):
            if fact.cl_ord_id in self.intended_ns:
                raise CrashError(f"{fact.cl_ord_id} was intended twice (second time in journal row {row.seq})")
            self.intended_ns[fact.cl_ord_id] = row.recorded_ns
        elif isinstance(fact, f.AlgoLaunched):
            self.algos[fact.id] = fact
        elif isinstance(fact, f.DeskOpened):
            self.opened += 1
            self.reconciled = False
        elif isinstance(fact, f.Reconciled):
            self.reconciled = True
        elif isinstance(fact, f.OrderUnknown) and "before the restart" not in fact.reason:
            self.doubts.append(f"{fact.cl_ord_id}: {fact.reason}")


def verify_all(path: Path, expected: Head) -> int:
    """Check the whole chain from the first row; the number of facts. Raises CrashError."""
    report = verify_file(path, expected, complete=True)
    if report.broken is not None:
        raise CrashError(f"the hash chain does not verify: {report.broken}")
    return report.facts


def fold_anew(path: Path) -> str:
    """The digest of a fold from the first row on."""
    state = DeskState()
    with JournalReader(path) as reader:
        for batch, _ in reader.facts(FactCodec()):
            for stamped in batch:
                evolve(state, stamped.fact, stamped.recorded_ns, stamped.market_ns)
    return state.digest()
