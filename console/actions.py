"""The one registry of what keys do. Bindings, footer, help, `tradedesk keys` and the documentation come from it.

A key map is a mapping from an action's id to its keys ("f12", "j,down"); `console.keymap` lays a user's over the
defaults. No single unshifted key sends an order: letters cancel, pause and open; orders go through the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.action import Action, Scope
from console.action_list import ACTIONS

__all__ = [
    "ACTIONS",
    "NOT_IN_THE_PAST",
    "NO_KEY",
    "ONE_MODE",
    "PANES_OF",
    "Action",
    "Keymap",
    "KeymapError",
    "Scope",
    "by_id",
    "footer",
    "is_heard",
    "key_name",
    "table",
]

#: The keys of a live desk that time travel does not have: what they do needs a desk that lives.
NOT_IN_THE_PAST: Final = frozenset({"ack", "ack_one", "cancel", "modify", "pause", "flat", "lock", "ticket"}) | {
    "algo.amend",
    "algo.repace",
    "algo.finish",
    "algo.cancel",
}

#: What acts on rows of some panes only, by the name of the Textual action.
PANES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    action.act.partition("(")[0]: action.panes for action in ACTIONS if action.panes and action.act != "wake"
}

#: Boxes that are about orders: time travel has none of them.
_OF_ORDERS: Final = (Scope.TICKET, Scope.BASKET, Scope.CHAIN)

#: The key of an action that has none. No terminal sends it; an empty text would bring Textual's default back.
NO_KEY: Final = "none"

#: Modes in which one scope alone has the keys.
ONE_MODE: Final = (Scope.COMMAND, Scope.FILTER, Scope.TICKET, Scope.BASKET, Scope.CHAIN, Scope.COLUMNS)

Keymap = Mapping[str, str]


class KeymapError(ValueError):
    """A key map can't be used; the message names the action, the key and what was expected."""


def by_id(action_id: str) -> Action:
    """The action with this id; KeymapError if there is none."""
    for action in ACTIONS:
        if action.id == action_id:
            return action
    known = ", ".join(action.id for action in ACTIONS)
    raise KeymapError(f"{action_id}: there is no such action; expected one of {known}")


def key_name(keys: str) -> str:
    """The first key of an action as it is shown: F12, Enter, :, ctrl+x."""
    first = keys.split(",")[0]
    if first == NO_KEY:
        return "-"
    if len(first) == 1 or first.startswith("ctrl+"):
        return first
    return {"escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn", "shift+tab": "Shift+Tab"}.get(
        first, first.capitalize()
    )


def footer(keys: Keymap, scope: Scope, pane: str | None = None, *, past: bool = False) -> list[tuple[str, str]]:
    """(key, label) of what can be done now: row actions of the focused pane first, then the rest of the mode; in the
    past what moves in time before all."""
    shown = [a for a in ACTIONS if a.label and a.id not in ("kill", "keep") and not (past and a.id in NOT_IN_THE_PAST)]
    first = [a for a in shown if past and a.scope is Scope.PAST] if scope is Scope.DESK else []
    rows = [a for a in shown if a.scope is Scope.ROW and pane in a.panes] if scope is Scope.DESK else []
    told = (*first, *rows, *(a for a in shown if a.scope is scope))
    return [(key_name(keys[a.id]), a.label) for a in told if keys[a.id] != NO_KEY]


def table(keys: Keymap, *, past: bool | None = None) -> list[tuple[str, str, str, str]]:
    """(mode, keys, id, help) for the help page, `tradedesk keys` and the documentation: of the actions of a desk, or
    (`past`) of time travel, or (None) of all."""
    shown = [action for action in ACTIONS if past is None or is_heard(action, past=past)]
    if past:
        shown.sort(key=lambda action: action.scope is not Scope.PAST)
    return [
        (
            action.scope.value,
            "  ".join(key_name(key) for key in keys[action.id].split(",")),
            action.id,
            action.help,
        )
        for action in shown
    ]


def is_heard(action: Action, *, past: bool) -> bool:
    """Whether the action does anything on a desk, or in the past."""
    if past:
        return action.scope not in (Scope.EVERYWHERE, *_OF_ORDERS) and action.id not in NOT_IN_THE_PAST
    return action.scope is not Scope.PAST
