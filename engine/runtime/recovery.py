"""Recovery is a fold: the state as the journal has it, from the newest snapshot on."""

from __future__ import annotations

import secrets
import string
from pathlib import Path

from engine.ids import DESK_ID_LENGTH
from engine.journal.folding import fold_into
from engine.journal.snapshots import candidates, newest_good
from engine.journal.store import Journal
from engine.journal.uncollected import uncollected
from engine.state import DeskState


async def fold(journal: Journal, snapshots: Path | None = None) -> DeskState:
    """The state at the journal's end. `snapshots`: the folder that may shorten the way there.

    Raises JournalError at the first fact that is not intact; what lies before a snapshot is not read.
    """
    with uncollected():
        files = candidates(snapshots) if snapshots is not None else []
        head, state = newest_good(files, [await journal.hash_at(label.seq) for _, label in files])
        async for batch in journal.read(head):
            fold_into(state, batch)
    return state


def new_desk_id() -> str:
    """Random, made once per state folder: keeps cl_ord_ids unique also after the state was wiped."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(DESK_ID_LENGTH))
