"""The lock of a live desk: while it is locked, nothing that makes or changes risk by hand is taken from anybody.

A live desk is locked from the moment it opens, by hand, and after a time in which nobody touched a key of its console;
the PIN opens it. That holds for every front end and for every user of the socket, scripts among them: the core decides,
by the kind of the command, and a kind that nobody thought of is refused. What was placed before goes on: algos, held
orders, brackets. Viewing, cancels, the kill switch, `flat`, halt and pause never ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.model.enums import AlertLevel
from engine.risk.asks_pin import needs_pin
from engine.risk.refusing import refuse_with
from engine.timers import Key
from engine.views import AlgoPlan, CommandResult, Denial, OrderPreview

if TYPE_CHECKING:
    from engine.desk import Desk

PreviewT = TypeVar("PreviewT", OrderPreview, AlgoPlan)
IDLE: Final[Key] = ("idle",)
UNTIL_PIN: Final = "the PIN was not given yet"
#: How many wrong tries in a row raise an alarm: the first lock-out, and what can be nobody's mistyping any more.
_ALARMS: Final = frozenset({4, 10, 30, 100, 300, 1000})


def denial(reason: str) -> Denial:
    """Why a locked desk refuses."""
    return Denial("LOCKED", "locked", "unlocked", "desk", f"the live desk is locked ({reason}): it asks for the PIN")


def takes(desk: Desk, command: object) -> bool:
    """Whether the locked desk takes this command of `ASKED` all the same."""
    if not needs_pin(command):
        return True
    state = desk.state
    match command:
        # The same key asks what became of a command that was taken before: nothing new happens.
        case i.PlaceOrder(request=request):
            return bool(request.client_key) and request.client_key in state.client_keys
        case i.PlaceGroup(requests=requests):
            key = requests[0].client_key if requests else ""
            return bool(key) and key in state.client_keys
        case i.LaunchAlgo(spec=spec):
            return bool(spec.client_key) and spec.client_key in state.algo_keys
        case i.ReleaseBasket(client_key=key):
            return bool(key) and any(basket.client_key == key for basket in state.baskets.values())
    return False


def seen(desk: Desk, preview: PreviewT) -> PreviewT:
    """The preview with what the lock says of it: the order would be refused before the PIN is given."""
    if not desk.state.locked:
        return preview
    return msgspec.structs.replace(preview, denials=(denial(desk.state.locked), *preview.denials))


def refuse(desk: Desk, command: i.Command) -> None:
    """Refuse it with the code LOCKED: recorded like any refusal of its kind, and answered."""
    refuse_with(desk, command, denial(desk.state.locked))


# --- locking and unlocking ------------------------------------------------------------------------------------------


def lock(desk: Desk, command: i.Lock) -> None:
    """By hand, or because the terminal went away."""
    if desk.state.mode != "live":
        desk.refuse(command.cmd_id, "lock", "a paper desk has no lock", command.user)
        return
    if not desk.state.locked:
        _lock(desk, command.user, command.reason or f"by {command.user or 'hand'}")
    desk.reply(command.cmd_id, CommandResult(True, "locked: new orders ask for the PIN"))


def unlock(desk: Desk, command: i.Unlock) -> None:
    """Whoever sends this has checked the PIN (console.pin); there is no line of the command language that makes it."""
    if desk.state.mode != "live":
        desk.refuse(command.cmd_id, "unlock", "a paper desk has no lock", command.user)
        return
    desk.emit(f.DeskUnlocked(command.user))
    desk.urgent += 1
    _touch(desk)
    desk.reply(command.cmd_id, CommandResult(True, "unlocked"))


def present(desk: Desk, command: i.Present) -> None:
    """Somebody touched a key of the console. A locked desk stays locked."""
    # Here, since the roles name every command, those of the lock among them.
    from engine.risk.roles import RULES, may

    if not desk.state.locked and may(desk.state.roles, command.user, RULES[i.Unlock]):
        _touch(desk)
    desk.reply(command.cmd_id, CommandResult(True, ""))


def on_idle(desk: Desk, key: Key) -> None:
    """Nobody was there for the configured time."""
    after_ns = desk.surroundings.idle_lock_ns
    if after_ns and desk.state.mode == "live" and not desk.state.locked:
        minutes = after_ns / 60_000_000_000
        _lock(desk, "engine", f"nobody touched a key for {minutes:g} minutes")


def _lock(desk: Desk, by: str, reason: str) -> None:
    desk.emit(f.DeskLocked(by, reason))
    desk.timers.cancel(IDLE)
    desk.alert(AlertLevel.NOTICE, "LOCKED", f"the desk is locked: {reason}; new orders ask for the PIN")
    desk.urgent += 1


def _touch(desk: Desk) -> None:
    after_ns = desk.surroundings.idle_lock_ns
    if after_ns and desk.state.mode == "live":
        desk.timers.set("wall", desk.now.wall_ns + after_ns, IDLE)


# --- what was done with the PIN, here or in another process -----------------------------------------------------------


def note_pin(desk: Desk, command: i.NotePin) -> None:
    """Bring a record of the PIN's file into the audit trail, once. A PIN that was reset locks the desk."""
    noted = command.record
    if noted.no > desk.state.pin_noted:
        desk.emit(f.PinNoted(noted))
        who, words = noted.user or "unknown", f"{noted.failures} wrong PINs in a row, the newest by {noted.user}"
        if noted.what == "try" and not noted.ok and noted.failures in _ALARMS:
            desk.alert(AlertLevel.ALARM, "WRONG_PIN", f"{words} ({noted.where}); next try in {noted.wait_s} s")
        elif noted.what in ("set", "change", "reset") and noted.ok:
            level = AlertLevel.ALARM if noted.what == "reset" else AlertLevel.WARN
            why = f": {noted.reason}" if noted.reason else ""
            desk.alert(level, "PIN_CHANGED", f"the PIN was {_DONE[noted.what]} by {who}{why}")
            if noted.what == "reset" and desk.state.mode == "live" and not desk.state.locked and command.lock:
                _lock(desk, who, "the PIN was reset")
    desk.reply(command.cmd_id, CommandResult(True, ""))


_DONE: Final = {"set": "set", "change": "changed", "reset": "reset"}
