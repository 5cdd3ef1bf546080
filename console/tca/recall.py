"""Gives a desk that has just started what its journal tells of the day before its start: orders for the pane of costs,
prices and P&L for charts."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from engine.desk import Desk
from engine.facts import DeskOpened, InstrumentsLoaded
from engine.journal.errors import JournalError
from engine.journal.place import Place
from engine.model.money import ZERO
from engine.replay.tracks import earlier_tracks
from engine.tca.reading import recent_book

#: So far back (wall time) the pane of a running desk goes.
RECENT_NS: Final = 86_400_000_000_000
log = logging.getLogger("tradedesk.tca")


async def recall_day(desk: Desk, journal: Place, upto_seq: int) -> None:
    """Both, one after the other: they read the same rows, and nothing waits for either."""
    await recall(desk, journal, upto_seq)
    await recall_tracks(desk, journal, upto_seq)


async def recall(desk: Desk, journal: Place, upto_seq: int) -> None:
    """Read what was recorded up to a row (where this run begins) in a thread, and hand it to the desk's recorder, which
    must be told to expect it. What can't be read is logged: costs are for looking at, the desk goes on."""
    state = desk.state
    known = (
        DeskOpened(
            state.desk_id, state.mode, state.account, state.broker, state.base_currency, state.pnl_method, "", "", "",
            dict(state.connections),
        ),
        InstrumentsLoaded(tuple(state.instruments.values())),
    )  # fmt: skip
    since_ns = state.last_recorded_ns - RECENT_NS
    book = None
    try:
        if upto_seq:
            book = await asyncio.to_thread(recent_book, journal, upto_seq, since_ns, known)
    except JournalError as error:
        log.warning("the costs of earlier orders are not shown: %s", error)
    finally:
        desk.tca.adopt(book)


async def recall_tracks(desk: Desk, journal: Place, upto_seq: int) -> None:
    """The same for charts. Where money was paid in or out today, what the sampled equity means before is not known
    here: the P&L then begins with this run."""
    state = desk.state
    flows = sum((account.not_earned for account in state.accounts.values()), ZERO) - state.day_flows
    symbols = frozenset(algo.spec.symbol for algo in state.algos.values())
    begins = state.day_equity if not flows else None
    since_ns = state.last_recorded_ns - RECENT_NS
    try:
        found = await asyncio.to_thread(earlier_tracks, journal, upto_seq, since_ns, begins, symbols)
    except JournalError as error:
        log.warning("charts begin with this run: %s", error)
    else:
        desk.tracks.adopt(state.day, None if begins is None and flows else found)
