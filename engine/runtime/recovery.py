"""Recovery is a fold: the state as the journal has it, from the newest snapshot on."""

from __future__ import annotations

import asyncio
import secrets
import string
from pathlib import Path

from engine.ids import DESK_ID_LENGTH
from engine.journal.codec import FactCodec
from engine.journal.folding import at_anchor, fold_into
from engine.journal.snapshots import candidates, newest_good
from engine.journal.store import Journal
from engine.journal.uncollected import uncollected
from engine.state import DeskState


async def fold(journal: Journal, snapshots: Path | None = None, archives: Path | None = None) -> DeskState:
    """The state at the journal's end. `snapshots` and `archives`: the folders that may shorten the way there, the
    second needed by a journal whose old days were archived.

    Raises JournalError at the first fact that is not intact; what lies before a snapshot is not read.
    """
    with uncollected():
        files = [file for folder in (snapshots, archives) if folder is not None for file in candidates(folder)]
        files.sort(key=lambda file: file[1].seq, reverse=True)
        head, state = newest_good(files, [await journal.hash_at(label.seq) for _, label in files])
        if head.seq < journal.anchor.seq and archives is not None:
            head = journal.anchor
            state = await asyncio.to_thread(at_anchor, archives, head, FactCodec())
        async for batch in journal.read(head):
            fold_into(state, batch)
    return state


def new_desk_id() -> str:
    """Random, made once per state folder: keeps cl_ord_ids unique also after the state was wiped."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(DESK_ID_LENGTH))
