"""The fold from facts to state, begun at the newest snapshot that the journal vouches for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from engine.evolve import EVOLVERS
from engine.facts import Stamped
from engine.journal.archive import Archives
from engine.journal.chain import Head
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.reader import JournalReader
from engine.journal.snapshots import SnapshotError, candidates, load, newest_first, newest_good
from engine.journal.uncollected import uncollected
from engine.state import DeskState

log = logging.getLogger("tradedesk.journal")


def fold_into(state: DeskState, facts: Sequence[Stamped]) -> None:
    """Fold some facts, in order."""
    evolvers = EVOLVERS
    for stamped in facts:
        fact = stamped.fact
        evolvers[type(fact)](state, fact, stamped.recorded_ns, stamped.market_ns)
        state.last_recorded_ns = stamped.recorded_ns
        state.last_market_ns = stamped.market_ns


def fold_reader(
    reader: JournalReader, codec: FactCodec, snapshots: Sequence[Path], *, upto: int | None = None
) -> tuple[Head, DeskState]:
    """The state as a journal has it now, or right after row `upto`, and where that is. `snapshots`: folders that may
    shorten the way there. Raises JournalError at the first row behind the snapshot that is not intact."""
    with uncollected():
        files = [
            (path, label)
            for folder in snapshots
            for path, label in candidates(folder)
            if upto is None or label.seq <= upto
        ]
        files.sort(key=lambda file: file[1].seq, reverse=True)
        head, state = newest_good(files, [reader.hash_at(label.seq) for _, label in files])
        for facts, reached in reader.facts(codec, head):
            if upto is not None and reached.seq >= upto:
                wanted = facts[: upto - head.seq]
                fold_into(state, wanted)
                return Head(upto, reader.hash_at(upto) or ""), state
            fold_into(state, facts)
            head = reached
    return head, state


def at_anchor(folder: Path, anchor: Head, codec: FactCodec) -> DeskState:
    """The state where a shortened journal begins, when this program has no snapshot of it: all archived days folded
    anew, or, when they are not there, the snapshot that another version of the program made then. Raises
    JournalError where neither can be used."""
    state = DeskState()
    try:
        with uncollected():
            for facts in Archives(folder, anchor).facts(codec):
                fold_into(state, facts)
    except JournalError as missing:
        for path in newest_first(folder):
            with suppress(SnapshotError):
                label, state = load(path, of_any_program=True)
                if label.head == anchor:
                    log.warning("%s; the fold begins at %s, made by another version of this program", missing, path)
                    return state
        raise
    return state
