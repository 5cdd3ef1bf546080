"""Projections: orders, fills, trades, positions and daily P&L as tables, folded from the journal's facts.

The fold is the desk's own (`engine.evolve`): there is one order state machine. A projector keeps its state
between calls, so that each catch-up reads new facts only; a new process folds from the beginning and writes
from the watermark on. See docs/decisions/projections.md.
"""

from __future__ import annotations

from pathlib import Path

from engine.journal.blotter import BlotterFile, Changes, drop
from engine.journal.blotter_fold import Fold
from engine.journal.chain import GENESIS, Head
from engine.journal.codec import FactCodec
from engine.journal.place import Place
from engine.journal.reader import JournalReader


def catch_up(journal: Place, blotter: Path) -> Head:
    """Bring the blotter's file level with the journal, once; returns the watermark."""
    return Projector(journal, blotter).catch_up()


def rebuild(journal: Place, blotter: Path) -> Head:
    """Throw the blotter's file away and make it anew from the journal."""
    drop(blotter)
    return catch_up(journal, blotter)


class Projector:
    """Keeps one blotter file level with one journal. Not thread-safe; keep it off the engine's thread."""

    def __init__(self, journal: Place, blotter: Path) -> None:
        self._journal = journal
        self._blotter = blotter
        self._codec = FactCodec()
        self._fold = Fold()
        self._head = GENESIS

    def catch_up(self) -> Head:
        """Fold the facts that came since the last call and write what they changed; returns the watermark.

        Tables of another journal, or of a tail that is no longer there, are made anew. Raises JournalError
        where the journal can't be trusted, JournalWriteError when the file can't be written: call again
        later.
        """
        with JournalReader(self._journal) as reader:
            file = BlotterFile(self._blotter)
            try:
                watermark = file.watermark()
                if reader.hash_at(watermark.seq) != watermark.hash:
                    file.clear()
                    watermark = GENESIS
                if watermark.seq < self._head.seq:
                    # The file was dropped, or a write failed: what this fold has seen is not in it.
                    self._fold, self._head = Fold(), GENESIS
                for facts, head in reader.facts(self._codec, self._head):
                    changes = Changes(wanted=facts[0].seq > watermark.seq)
                    for stamped in facts:
                        self._fold.apply(stamped, changes)
                        if stamped.seq == watermark.seq:
                            changes = Changes()
                    self._head = head
                    if head.seq > watermark.seq:
                        self._fold.finish(changes)
                        file.write(changes, head)
                return self._head
            finally:
                file.close()
