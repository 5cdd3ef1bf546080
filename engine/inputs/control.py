"""Commands about what the desk may do: halt, kill, resume, the lock, limits; and what is noted of people."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.model.alert_rule import AlertWish
from engine.model.pin import PinRecord


class Halt(msgspec.Struct, frozen=True):
    """Close the gate (the desk's, or one scope's: engine.risk.covered) and leave orders working. `reduce`: only let
    nothing out that increases risk."""

    symbol: str | None = None
    user: str = ""
    reason: str = ""
    cmd_id: int = 0
    scope: str = ""
    reduce: bool = False

    @property
    def where(self) -> str:
        """The scope that it is about."""
        return self.scope or ("desk" if self.symbol is None else f"instrument:{self.symbol}")


class Kill(msgspec.Struct, frozen=True):
    """Pull the kill switch. flatten: "no", "grace" (after kill.flatten_grace), "now". A second pull only escalates.
    Each scope (engine.risk.covered) has a latch of its own."""

    by: str = ""
    reason: str = ""
    flatten: Literal["no", "grace", "now"] = "no"
    cmd_id: int = 0
    scope: str = "desk"


class KeepPositions(msgspec.Struct, frozen=True):
    """`k` during the grace period: stay halted, don't flatten. Also where a flatten waits for a market to open."""

    user: str = ""
    cmd_id: int = 0


class Resume(msgspec.Struct, frozen=True):
    """Re-open after halt, reduce or kill, for the desk or one scope; needs a reason. Where a kill's reset needs two
    people, each sends one."""

    reason: str
    symbol: str | None = None
    user: str = ""
    cmd_id: int = 0
    scope: str = ""

    @property
    def where(self) -> str:
        """The scope that it is about."""
        return self.scope or ("desk" if self.symbol is None else f"instrument:{self.symbol}")


class Lock(msgspec.Struct, frozen=True, gc=False):
    """Lock a live desk: nothing new until the PIN is given. Replied to with a CommandResult."""

    user: str = ""
    reason: str = ""
    cmd_id: int = 0


class Unlock(msgspec.Struct, frozen=True, gc=False):
    """The PIN was given and found right: only what checked it makes this (console.pin)."""

    user: str = ""
    cmd_id: int = 0


class Present(msgspec.Struct, frozen=True, gc=False):
    """Somebody touched a key of the console: the idle lock waits anew."""

    user: str = ""
    cmd_id: int = 0


class NotePin(msgspec.Struct, frozen=True, gc=False):
    """What was done with the PIN, here or in another process, for the audit trail. `lock`: it happened while this desk
    runs, so that a reset locks it."""

    record: PinRecord
    lock: bool = True
    cmd_id: int = 0


class ArmHotkeys(msgspec.Struct, frozen=True, gc=False):
    """From now on these macros of the user's console go out without Enter. The console has asked for the PIN where one
    is needed."""

    macros: tuple[str, ...]
    user: str = ""
    cmd_id: int = 0


class DisarmHotkeys(msgspec.Struct, frozen=True, gc=False):
    """No macro of the user's console goes out by itself any more."""

    reason: str
    user: str = ""
    cmd_id: int = 0


class SetLimit(msgspec.Struct, frozen=True, gc=False):
    """Change one limit while the desk runs; `key` as in risk_params.yaml (`risk.max_order_qty`), of a scope
    `user:alice/risk.max_order_qty`; `value` its text, "off" too. Needs a reason. Replied to with a CommandResult."""

    key: str
    value: str
    reason: str
    user: str = ""
    cmd_id: int = 0


class NoteRefusal(msgspec.Struct, frozen=True):
    """The shell refused a command before the core saw it (bad grammar from a socket, no permission): audit it."""

    command: str
    reason: str
    user: str = ""
    cmd_id: int = 0


class AckAlerts(msgspec.Struct, frozen=True):
    """Acknowledge alerts up to and including number `upto`, or that one alone."""

    upto: int
    user: str = ""
    cmd_id: int = 0
    only: bool = False


class SetAlert(msgspec.Struct, frozen=True):
    """Tell the user when something happens."""

    wish: AlertWish
    user: str = ""
    cmd_id: int = 0


class RemoveAlert(msgspec.Struct, frozen=True):
    """Take back the user's alert of that number, or all (0)."""

    no: int
    user: str = ""
    cmd_id: int = 0
