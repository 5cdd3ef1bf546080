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
from engine.journal.snapshots import SnapshotError, damage_of, fingerprint, load, newest_first, read_label
from engine.journal.uncollected import uncollected
from engine.state import DeskState


class SnapshotsReport(msgspec.Struct, frozen=True):
    """How many snapshots are what their facts fold to, and what is wrong with the first that is not ("" = none)."""

    good: int
    wrong: str = ""


def verify_snapshots(place: Place, folders: Sequence[Path]) -> SnapshotsReport:
    """Fold the journal from its first fact and compare on the way. Snapshots of another journal or by another program
    are no concern: no start uses them. A damaged one is, though no start uses it either: somebody or something changed
    it. Raises JournalError where the journal is not intact.

    As long as a full fold, and some seconds more for each snapshot of a very long journal.
    """
    with JournalReader(place) as reader, uncollected():
        files = []
        for path in (path for folder in folders for path in newest_first(folder)):
            if (damage := damage_of(path)) is not None:
                return SnapshotsReport(0, f"{path}: {damage}; remove it")
            files += [(path, label) for label in [read_label(path)] if label.program == fingerprint()]
        wanted = sorted((label.seq, path) for path, label in files if reader.hash_at(label.seq) == label.hash)
        state, head, good = DeskState(), GENESIS, 0
        for facts, reached in reader.facts(FactCodec(), GENESIS) if wanted else ():
            while wanted and wanted[0][0] <= reached.seq:
                seq, path = wanted.pop(0)
                fold_into(state, facts[: seq - head.seq])
                facts, head = facts[seq - head.seq :], Head(seq, "")
                try:
                    digest = load(path)[1].digest()
                except SnapshotError as error:
                    return SnapshotsReport(good, f"{path}: {error}; remove it")
                if digest != state.digest():
                    return SnapshotsReport(good, f"{path}: is not the state that facts 1 to {seq} fold to; remove it")
                good += 1
            if not wanted:
                break
            fold_into(state, facts)
            head = reached
    return SnapshotsReport(good)
