"""Who may do what: one table, asked by the core before any command of a person, whatever front end it came through.

Roles come from roles.yaml, bound to login names (groups are resolved when it is read). Where it names nobody, whoever
reaches the desk may do everything: the folder's owner is alone with it. A person may do what any of his roles may.
Anybody at all may pull the kill switch and halt: stopping is never refused. What the desk does of its own accord
(timers, algos, liquidations, its own stop) is no person's command and is not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, get_args

import msgspec

from engine import inputs as i
from engine.risk.giver import user_of
from engine.views import AlgoPlan, Denial, OrderPreview

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.state import DeskState

PreviewT = TypeVar("PreviewT", OrderPreview, AlgoPlan)

VIEWER: Final = "viewer"
TRADER: Final = "trader"
RISK_MANAGER: Final = "risk_manager"
ADMIN: Final = "admin"
#: Each role and what it is for.
ROLES: Final[dict[str, str]] = {
    VIEWER: "looks at everything, changes nothing",
    TRADER: "orders, algos, cancels, flat",
    RISK_MANAGER: "resume, limits, bookings, decisions on UNKNOWN orders; cancels and flat, no new order",
    ADMIN: "everything, and the PIN's reset",
}
#: The desk itself, where it gives a command: no login name has a colon.
ITSELF: Final = "desk:"

_ANYBODY: Final = frozenset({"", *ROLES})
_ALL_ROLES: Final = frozenset(ROLES)
_DESK_STAFF: Final = frozenset({TRADER, RISK_MANAGER, ADMIN})
_TRADE: Final = frozenset({TRADER, ADMIN})
_RISK: Final = frozenset({RISK_MANAGER, ADMIN})


class Rule(msgspec.Struct, frozen=True):
    """Who may give a command; "" among the roles: people without any. `words` name it for a reader."""

    words: str
    roles: frozenset[str]


#: Every command of a person. One that is missing here may be given by nobody (and a test fails).
RULES: Final[dict[type, Rule]] = {
    i.Kill: Rule("kill", _ANYBODY),
    i.Halt: Rule("halt, reduce", _ANYBODY),
    i.Lock: Rule("lock the live desk", _ANYBODY),
    i.NoteRefusal: Rule("have a refusal recorded", _ANYBODY),
    i.NotePin: Rule("have a try of the PIN recorded", _ANYBODY),
    i.DisarmHotkeys: Rule("disarm hotkeys", _ANYBODY),
    i.Present: Rule("be there (whoever may unlock keeps the idle lock waiting)", _ANYBODY),
    i.AddInstrument: Rule("look at an option that was not listed yet", _ALL_ROLES),
    i.Unlock: Rule("unlock the live desk with the PIN", _DESK_STAFF),
    i.AckAlerts: Rule("acknowledge alerts", _DESK_STAFF),
    i.SetAlert: Rule("set an alert", _DESK_STAFF),
    i.RemoveAlert: Rule("remove an alert", _DESK_STAFF),
    i.Reconcile: Rule("compare with the broker", _DESK_STAFF),
    i.CancelOrders: Rule("cancel orders", _DESK_STAFF),
    i.Flatten: Rule("close positions (flat)", _DESK_STAFF),
    i.KeepPositions: Rule("keep positions after the kill key", _DESK_STAFF),
    i.DiscardLetter: Rule("discard a dead letter", _DESK_STAFF),
    i.ControlBasket: Rule("stop or drop a basket", _DESK_STAFF),
    i.PlaceOrder: Rule("place an order", _TRADE),
    i.ArmHotkeys: Rule("arm hotkeys", _TRADE),
    i.PlaceGroup: Rule("place a bracket, oco or oto", _TRADE),
    i.StageBasket: Rule("stage a basket", _TRADE),
    i.ReleaseBasket: Rule("release a basket", _TRADE),
    i.ModifyOrder: Rule("change an order", _TRADE),
    i.ReleaseHeld: Rule("send a held order", _TRADE),
    i.ReplayLetter: Rule("send a dead letter's order anew", _TRADE),
    i.LaunchAlgo: Rule("launch an algo", _TRADE),
    i.ControlAlgo: Rule("resume or change an algo (pause and cancel: also risk_manager)", _TRADE),
    i.Resume: Rule("resume after a halt or kill", _RISK),
    i.SetLimit: Rule("change a limit", _RISK),
    i.ResolveOrder: Rule("decide on an UNKNOWN order", _RISK),
    i.ResendOrder: Rule("send an UNKNOWN order anew", _RISK),
    i.Book: Rule("book by hand", _RISK),
    i.ReverseBooking: Rule("take a booking back", _RISK),
}
#: What people do that is no command of the core, by the name under which front ends ask.
FRONT_RULES: Final[dict[str, Rule]] = {
    "look": Rule("look (status, blotter, limits, dry runs)", _ALL_ROLES),
    "unlock": Rule("unlock the live desk with the PIN", _DESK_STAFF),
    "trade": Rule("trade", _TRADE),
    "stop": Rule("stop the desk gracefully", _DESK_STAFF),
    "pin_reset": Rule("reset the PIN", frozenset({ADMIN})),
}
RULED: Final = frozenset(get_args(i.Command))
_NOBODY: Final = Rule("", frozenset())


def roles_of(given: dict[str, tuple[str, ...]], user: str) -> frozenset[str]:
    """The roles of a login name; "" stands for nothing at all."""
    return frozenset(given.get(user, ())) | {""}


def may(given: dict[str, tuple[str, ...]] | None, user: str, rule: Rule) -> bool:
    """Whether that user may do it. `given` None: no roles are given, everybody may."""
    return given is None or not rule.roles.isdisjoint(roles_of(given, user))


def rule_of(command: object) -> Rule:
    """The rule of a command as it is given."""
    if isinstance(command, i.ControlAlgo) and command.action in ("pause", "cancel"):
        return Rule("pause or cancel an algo", _DESK_STAFF)
    return RULES.get(type(command), _NOBODY)


def takes(state: DeskState, command: i.Command) -> bool:
    """Whether the person who gives this command may give it."""
    users = user_of(command)
    if all(user.startswith(ITSELF) for user in users):
        return True
    rule = rule_of(command)
    return all(may(state.roles, user, rule) for user in users)


def denial(state: DeskState, command: object, user: str) -> Denial:
    """Why it is refused: code ROLE, the roles that the user has, those that may."""
    rule = rule_of(command)
    has = ",".join(sorted((state.roles or {}).get(user, ()))) or "none"
    wanted = ",".join(sorted(rule.roles - {""}))
    what = rule.words or "do that"
    who, theirs = user or "an unnamed user", has.replace(",", ", ").replace("none", "no role")
    words = f"{who} may not {what}: roles.yaml gives them {theirs}; it takes {wanted.replace(',', ' or ') or 'nobody'}"
    return Denial("ROLE", has, wanted, f"user:{user}", words)


def refuse(desk: Desk, command: i.Command) -> None:
    """Refuse it: recorded like any refusal of its kind, with who and why, and answered."""
    # Here: it brings all of the order handling, which who only reads the table of roles does without.
    from engine.risk.refusing import refuse_with

    users = user_of(command)
    rule = rule_of(command)
    who = next((user for user in users if not may(desk.state.roles, user, rule)), "")
    refuse_with(desk, command, denial(desk.state, command, who))


def seen(desk: Desk, preview: PreviewT, command: i.Command) -> PreviewT:
    """The preview with what the roles say of it."""
    state = desk.state
    if state.roles is None or takes(state, command):
        return preview
    why = denial(state, command, user_of(command)[0])
    return msgspec.structs.replace(preview, denials=(why, *preview.denials))
