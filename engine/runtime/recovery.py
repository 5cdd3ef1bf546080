"""Recovery is a fold: the state as the journal has it."""

from __future__ import annotations

import secrets
import string

from engine.evolve import EVOLVERS
from engine.ids import DESK_ID_LENGTH
from engine.journal.store import Journal
from engine.state import DeskState


async def fold(journal: Journal) -> DeskState:
    """Fold the whole journal. Raises JournalError at the first fact that is not intact."""
    state = DeskState()
    evolvers = EVOLVERS
    async for batch in journal.read():
        for stamped in batch:
            evolvers[type(stamped.fact)](state, stamped.fact, stamped.recorded_ns, stamped.market_ns)
            state.last_recorded_ns = stamped.recorded_ns
            state.last_market_ns = stamped.market_ns
    return state


def new_desk_id() -> str:
    """Random, made once per state folder: keeps cl_ord_ids unique also after the state was wiped."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(DESK_ID_LENGTH))
