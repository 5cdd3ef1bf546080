"""Whether each snapshot is the state that its facts fold to: a snapshot is no fact, and no chain protects it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.journal.chain import GENESIS, Head
from engine.journal.codec import FactCodec
from engine.journal.folding import fold_into
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.journal.snapshots import SnapshotError, candidates, load
from engine.journal.uncollected import uncollected
from engine.state import DeskState


class SnapshotsReport(msgspec.Struct, frozen=True):
    """How many snapshots are what their facts fold to, and what is wrong with the first that is not ("" = none)."""

    good: int
    wrong: str = ""


def verify_snapshots(place: Place, folders: Sequence[Path]) -> SnapshotsReport:
    """Fold the journal from its first fact and compare on the way. Snapshots that no start would use (of another
    journal, by another program, damaged) are no concern. Raises JournalError where the journal is not intact.

    As long as a full fold, and some seconds more for each snapshot of a very long journal.
    """
    with JournalReader(place) as reader, uncollected():
        files = [file for folder in folders for file in candidates(folder)]
        wanted = sorted((label.seq, path) for path, label in files if reader.hash_at(label.seq) == label.hash)
        state, head, good = DeskState(), GENESIS, 0
        for facts, reached in reader.facts(FactCodec(), GENESIS) if wanted else ():
            while wanted and wanted[0][0] <= reached.seq:
                seq, path = wanted.pop(0)
                fold_into(state, facts[: seq - head.seq])
                facts, head = facts[seq - head.seq :], Head(seq, "")
                try:
                    digest = load(path)[1].digest()
                except SnapshotError:
                    continue
                if digest != state.digest():
                    return SnapshotsReport(good, f"{path}: is not the state that facts 1 to {seq} fold to; remove it")
                good += 1
            if not wanted:
                break
            fold_into(state, facts)
            head = reached
    return SnapshotsReport(good)
