"""Hotkeys of a console are armed only when that is in the journal: what they send later can be traced to it.

The core holds no arming: each line of an armed macro comes as a command like any other, and is checked like one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.model.enums import TradingState
from engine.model.scope import DESK
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk


def arm(desk: Desk, command: i.ArmHotkeys) -> None:
    """Record it, unless the desk takes no orders now."""
    if desk.state.scope_state(DESK)[0] is TradingState.HALTED:
        desk.refuse(command.cmd_id, "arm", "the desk is halted: resume it first", command.user)
        return
    desk.emit(f.HotkeysArmed(command.user, command.macros))
    what = ", ".join(command.macros)
    desk.reply(command.cmd_id, CommandResult(True, f"ARMED: these send by themselves now: {what}; disarm ends it"))


def disarm(desk: Desk, command: i.DisarmHotkeys) -> None:
    """Record it; nobody is asked, as less can go out afterwards."""
    desk.emit(f.HotkeysDisarmed(command.user, command.reason))
    desk.reply(command.cmd_id, CommandResult(True, "disarmed: no macro sends by itself"))
