"""The fold from facts to state, begun at the newest snapshot that the journal vouches for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.evolve import EVOLVERS
from engine.facts import Stamped
from engine.journal.chain import Head
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.journal.snapshots import candidates, newest_good
from engine.journal.uncollected import uncollected
from engine.state import DeskState


def fold_into(state: DeskState, facts: Sequence[Stamped]) -> None:
    """Fold some facts, in order."""
    evolvers = EVOLVERS
    for stamped in facts:
        fact = stamped.fact
        evolvers[type(fact)](state, fact, stamped.recorded_ns, stamped.market_ns)
        state.last_recorded_ns = stamped.recorded_ns
        state.last_market_ns = stamped.market_ns


def fold_file(reader: JournalReader, codec: FactCodec, snapshots: Path) -> tuple[Head, DeskState]:
    """The state as a journal has it now, and where that is. Raises JournalError at the first row behind the snapshot
    that is not intact."""
    with uncollected():
        files = candidates(snapshots)
        head, state = newest_good(files, [reader.hash_at(label.seq) for _, label in files])
        for facts, reached in reader.facts(codec, head):
            fold_into(state, facts)
            head = reached
    return head, state
