"""Which commands wait for the PIN while a live desk is locked. Apart from the lock: the console asks this as well."""

from __future__ import annotations

from typing import Final, get_args

from engine import inputs as i

#: Commands of users that a locked desk takes. All others of `engine.inputs.Command` wait for the PIN.
FREE: Final[frozenset[type]] = frozenset(
    {
        i.CancelOrders,
        i.Flatten,
        i.Halt,
        i.Kill,
        i.KeepPositions,
        i.AckAlerts,
        i.SetAlert,
        i.RemoveAlert,
        i.Reconcile,
        i.AddInstrument,
        i.NoteRefusal,
        i.Lock,
        i.Unlock,
        i.Present,
        i.NotePin,
        i.DisarmHotkeys,
        i.StageBasket,
        i.ControlBasket,
    }
)
#: What a locked desk looks at twice: everything else that it hears is evidence, market data or time.
ASKED: Final = frozenset(get_args(i.Command)) - FREE


def needs_pin(command: object) -> bool:
    """Whether a locked desk asks for the PIN before this."""
    if isinstance(command, i.ControlAlgo) and command.action in ("pause", "cancel"):
        return False
    return type(command) in ASKED
