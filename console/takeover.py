"""Taking over a state folder from the headless desk that holds it: a graceful stop, and the same market afterwards."""

from __future__ import annotations

import contextlib
import time
from typing import Final

import msgspec

from console.client import DeskClient, NoDeskError, SilentDeskError
from console.options import RunOptions
from console.wiring import Plan
from engine.journal.reader import JournalReader
from engine.runtime.lock import LockHeldError, is_held

_GONE_S: Final = 15.0
_LOOK_S: Final = 0.05


def take_over(plan: Plan, held: LockHeldError) -> RunOptions:
    """Ask the headless desk to stop, orders untouched, and wait until it is gone. Raises TimeoutError when it stays.

    Returns the options to open with: where it played a tape and this start names none, the tape goes on from there.
    """
    state = plan.config.state
    try:
        # It may be about to end by itself: then there is nobody to ask, and the lock falls soon.
        with contextlib.suppress(NoDeskError):
            DeskClient(state.socket).request("stop", how="leave", reason="taken over by a console")
    except SilentDeskError as silent:
        raise TimeoutError(str(silent)) from None
    deadline = time.monotonic() + _GONE_S
    while is_held(state.lock):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{state.folder}: the headless desk did not stop within {_GONE_S:.0f} s")
        time.sleep(_LOOK_S)
    return _going_on(plan, held.run)


def _going_on(plan: Plan, run: str) -> RunOptions:
    ours = plan.options
    try:
        theirs = RunOptions.from_text(run)
    except msgspec.MsgspecError:
        return ours  # started by another version: it goes on with what this one was asked for
    if ours.replay or not theirs.replay:
        return ours
    same_market = msgspec.structs.replace(
        ours, replay=theirs.replay, from_time=theirs.from_time, speed=theirs.speed, broker=ours.broker or theirs.broker
    )
    with JournalReader(plan.config.state.place) as journal:
        newest = next(journal.rows(journal.head().seq - 1), None)
    # Tapes of one exchange's calendar: the plan that is made of these options checks the time again.
    return same_market if newest is None else same_market.continued(plan.market.calendar, newest.market_ns)
