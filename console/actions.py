"""The one registry of what keys do. Bindings, footer, help, `tradedesk keys` and the documentation come from it.

A key map is a mapping from an action's id to its keys ("f12", "j,down"); `resolve` checks one and lays it over the
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
    "PANES_OF",
    "Action",
    "Keymap",
    "KeymapError",
    "Scope",
    "by_id",
    "check_key",
    "footer",
    "is_heard",
    "key_name",
    "resolve",
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

#: What does not survive PuTTY, tmux or a plain terminal, with the reason that is shown.
_UNUSABLE: Final[Mapping[str, str]] = {
    "ctrl+a": "tmux and screen take it",
    "ctrl+b": "tmux takes it",
    "ctrl+c": "it interrupts programs",
    "ctrl+h": "it is Backspace",
    "ctrl+i": "it is Tab",
    "ctrl+j": "it is Enter",
    "ctrl+m": "it is Enter",
    "ctrl+q": "it is flow control",
    "ctrl+s": "it is flow control",
    "ctrl+z": "it suspends programs",
    "ctrl+left_square_bracket": "it is Escape",
    "ctrl+space": "many terminals can't send it",
    "ctrl+enter": "many terminals can't send it",
}
_NAMED: Final = frozenset(
    [
        *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"),
        *("enter", "escape", "tab", "shift+tab", "backspace", "space"),
    ]
) | {f"f{number}" for number in range(1, 13)}
#: In COMMAND mode and in the ticket every character is text, except these, which a command line has no use for at its
#: start.
_TEXT_KEYS_OF_COMMAND: Final = frozenset({"explain"})
_TYPED: Final[Mapping[Scope, str]] = {
    Scope.COMMAND: "on the command line",
    Scope.FILTER: "in a filter",
    Scope.TICKET: "in the ticket",
    Scope.BOX: "in a box",
}
#: Boxes that are about orders: time travel has none of them.
_OF_ORDERS: Final = (Scope.TICKET, Scope.BASKET, Scope.CHAIN)
_ONE_MODE: Final = (Scope.COMMAND, Scope.FILTER, Scope.TICKET, Scope.BASKET, Scope.CHAIN, Scope.COLUMNS)

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


def resolve(overrides: Keymap | None = None) -> dict[str, str]:
    """The keys of every action, with `overrides` laid over the defaults.

    Raises KeymapError for an unknown action, a key that terminals can't send, and two actions on one key in one mode.
    """
    keys = {action.id: action.keys for action in ACTIONS}
    for action_id, wanted in (overrides or {}).items():
        by_id(action_id)
        names = [name.strip() for name in wanted.split(",")]
        for name in names:
            check_key(action_id, name)
        keys[action_id] = ",".join(names)
    _make_room(keys, overrides or {})
    _check_clashes(keys)
    return keys


def key_name(keys: str) -> str:
    """The first key of an action as it is shown: F12, Enter, :, ctrl+x."""
    first = keys.split(",")[0]
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
    return [(key_name(keys[a.id]), a.label) for a in (*first, *rows, *(a for a in shown if a.scope is scope))]


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


def check_key(action_id: str, name: str) -> None:
    """KeymapError for a key that some terminal does not send, or that means something else there."""
    expected = "expected a letter, a digit, a sign, a named key such as f5 or home, or ctrl+ and a letter"
    if name in _UNUSABLE:
        raise KeymapError(f"{action_id}: {name} can't be used, {_UNUSABLE[name]}; {expected}")
    if len(name) == 1 and name.isprintable() and name not in ", ":
        return
    if name in _NAMED or (name.startswith("ctrl+") and len(name) == 6 and name[5].isalpha() and name[5].islower()):
        return
    raise KeymapError(f"{action_id}: {name!r} is no key that every terminal sends; {expected}")


def _make_room(keys: dict[str, str], overrides: Keymap) -> None:
    """What a user gave to an action is no key of time travel any more, where time travel has another one for it."""
    given = {name for action_id in overrides for name in keys[action_id].split(",")}
    for action in ACTIONS:
        if action.scope is Scope.PAST and action.id not in overrides:
            left = [name for name in action.keys.split(",") if name not in given]
            keys[action.id] = ",".join(left) or action.keys


def _check_clashes(keys: Keymap) -> None:
    taken: dict[tuple[str, str, str], str] = {}
    for action in ACTIONS:
        for name in keys[action.id].split(","):
            if action.scope in _TYPED and len(name) == 1 and action.id not in _TEXT_KEYS_OF_COMMAND:
                where = _TYPED[action.scope]
                raise KeymapError(f"{action.id}: {name} is text {where}; expected a named key or ctrl+")
            for mode, pane in _heard_in(action):
                other = taken.setdefault((mode, pane, name), action.id)
                if other != action.id and {other, action.id} != {"keep", "grid.up"}:
                    raise KeymapError(f"{action.id}: {name} is already the key of {other}")


def _heard_in(action: Action) -> list[tuple[str, str]]:
    """(mode, pane) pairs in which an action's keys are heard; two actions may share a key where they never meet."""
    every = (
        "positions", "orders", "fills", "algos", "risk", "alerts", "watch", "breaks", "letters", "performance", "costs",
        "ladder", "curve", "connections", "found",
    )  # fmt: skip
    if action.scope is Scope.BOX:
        return [(scope.value, "") for scope in (Scope.BOX, Scope.BASKET, Scope.CHAIN, Scope.COLUMNS)]
    if action.scope in _ONE_MODE:
        return [(action.scope.value, "")]
    if action.scope is Scope.PAST:
        return [("past", pane) for pane in every]
    modes = ("normal",) if action.id in NOT_IN_THE_PAST else ("normal", "past")
    panes = [(mode, pane) for mode in modes for pane in (action.panes or every)]
    return [*panes, *((scope.value, "") for scope in _ONE_MODE)] if action.scope is Scope.EVERYWHERE else panes
