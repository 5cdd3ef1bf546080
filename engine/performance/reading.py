"""Reads performance from a journal, beside a running desk or without one."""

from __future__ import annotations

from engine.journal.chain import GENESIS
from engine.journal.codec import FactCodec
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.model.performance import PerformanceReport
from engine.performance.fold import PerformanceFold, Period
from engine.performance.report import report
from engine.performance.targets import Targets


class PerformanceReader:
    """Keeps its fold between questions, so that each reads new facts only. Not thread-safe; a long journal takes as
    long as its fold: keep it out of the desk's process."""

    def __init__(self, journal: Place, targets: Targets, period: Period) -> None:
        self._journal = journal
        self._targets = targets
        self._period = period
        self._codec = FactCodec()
        self._fold = PerformanceFold(period)
        self._head = GENESIS

    def read(self) -> PerformanceReport:
        """As of the journal's end. Raises JournalError where it can't be trusted."""
        with JournalReader(self._journal) as reader:
            if reader.hash_at(self._head.seq) != self._head.hash:
                # Another journal stands in its place.
                self._fold, self._head = PerformanceFold(self._period), GENESIS
            for facts, head in reader.facts(self._codec, self._head):
                self._fold.apply(facts)
                self._head = head
        return report(self._fold, self._head.seq, self._targets)
