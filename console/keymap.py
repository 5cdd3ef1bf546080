"""A user's keys laid over the defaults: what terminals can't send is refused, and where two actions want one key one of
them gets it, with a warning.

A user's own key wins over a default: it may have become the default of something else by an update, and does what it
did before. What must always be where it is (kill, out, send, the command line) is not taken by another action.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from console.action import Action, Scope
from console.action_list import ACTIONS
from console.actions import NO_KEY, NOT_IN_THE_PAST, ONE_MODE, Keymap, KeymapError, by_id, key_name

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
#: Their keys are theirs, unless the user gives them others.
_KEEPS_ITS_KEYS: Final = frozenset(
    [
        *(action.id for action in ACTIONS if action.scope is Scope.EVERYWHERE),
        *("command", "leave", "leave_command", "filter.drop", "ticket.close", "send", "ticket.send"),
    ]
)
_Place = tuple[str, str, str]


class Settled(msgspec.Struct, frozen=True):
    """The keys of every action (NO_KEY for one that was left without), and what to tell the user about them."""

    keys: dict[str, str]
    warnings: tuple[str, ...] = ()


def resolve(overrides: Keymap | None = None) -> dict[str, str]:
    """The keys of every action, with `overrides` laid over the defaults; raises what `settle` raises."""
    return settle(overrides).keys


def settle(overrides: Keymap | None = None) -> Settled:
    """The keys of every action, with `overrides` laid over the defaults.

    Raises KeymapError for an unknown action, a key that terminals can't send, and two overrides on one key in one mode.
    """
    wanted: dict[str, list[str]] = {}
    for action_id, keys in (overrides or {}).items():
        by_id(action_id)
        wanted[action_id] = [name.strip() for name in keys.split(",")]
        for name in wanted[action_id]:
            check_key(action_id, name)
    return _Settling(wanted).settled()


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


class _Settling:
    """Who gets which key: first what keeps its own, then the user's, then the other defaults."""

    def __init__(self, wanted: Mapping[str, list[str]]) -> None:
        self._wanted = wanted
        self._taken: dict[_Place, str] = {}
        self._keys: dict[str, str] = {}
        self._warnings: list[str] = []

    def settled(self) -> Settled:
        kept = [action for action in ACTIONS if action.id in _KEEPS_ITS_KEYS]
        others = [action for action in ACTIONS if action.id not in _KEEPS_ITS_KEYS]
        for action in kept:
            if action.id not in self._wanted:
                self._take(action, action.keys.split(","))
        for group in (kept, others):
            given = {action.id: self._give_wanted(action) for action in group if action.id in self._wanted}
            for action in group:
                if given.get(action.id) is False:
                    self._take(action, [name for name in action.keys.split(",") if not self._other(action, name)])
        for action in others:
            if action.id not in self._keys:
                self._give_default(action)
        for action_id in self._wanted:
            if self._keys[action_id] == NO_KEY:
                self._warnings.append(f"{action_id} has no key now: give it one; {key_name('ctrl+p')} finds it")
        return Settled({action.id: self._keys[action.id] for action in ACTIONS}, tuple(self._warnings))

    def _give_wanted(self, action: Action) -> bool:
        """Whether the action got at least one of the keys that the user gave it."""
        got = []
        for name in self._wanted[action.id]:
            other = self._other(action, name)
            if not other:
                got.append(name)
            elif name in self._wanted.get(other, ()):
                raise KeymapError(f"{action.id}: {key_name(name)} is already the key of {other}")
            else:
                self._warnings.append(f"{key_name(name)} stays the key of {other}: {action.id} does not get it")
        if got:
            self._take(action, got)
        return bool(got)

    def _give_default(self, action: Action) -> None:
        owners = {name: self._other(action, name) for name in action.keys.split(",")}
        got = [name for name, other in owners.items() if not other]
        ends = "lost it" if got else f"has no key now; {key_name('ctrl+p')} finds it"
        for name, other in owners.items():
            if other and not (got and action.scope is Scope.PAST):  # which has a second key for just that
                self._warnings.append(f"{key_name(name)} is your key of {other}: {action.id} ({action.help}) {ends}")
        self._take(action, got)

    def _other(self, action: Action, name: str) -> str:
        """The action that has this key where `action` is heard; "" for none."""
        if action.scope in _TYPED and len(name) == 1 and action.id not in _TEXT_KEYS_OF_COMMAND:
            where = _TYPED[action.scope]
            raise KeymapError(f"{action.id}: {name} is text {where}; expected a named key or ctrl+")
        for mode, pane in _heard_in(action):
            other = self._taken.get((mode, pane, name), action.id)
            if other != action.id and {other, action.id} != {"keep", "grid.up"}:
                return other
        return ""

    def _take(self, action: Action, names: list[str]) -> None:
        self._keys[action.id] = ",".join(names) or NO_KEY
        for name in names:
            for mode, pane in _heard_in(action):
                self._taken.setdefault((mode, pane, name), action.id)


def _heard_in(action: Action) -> list[tuple[str, str]]:
    """(mode, pane) pairs in which an action's keys are heard; two actions may share a key where they never meet."""
    every = (
        "positions", "orders", "fills", "algos", "risk", "alerts", "watch", "breaks", "letters", "performance", "costs",
        "ladder", "curve", "connections", "found",
    )  # fmt: skip
    if action.scope is Scope.BOX:
        return [(scope.value, "") for scope in (Scope.BOX, Scope.BASKET, Scope.CHAIN, Scope.COLUMNS)]
    if action.scope in ONE_MODE:
        return [(action.scope.value, "")]
    if action.scope is Scope.PAST:
        return [("past", pane) for pane in every]
    modes = ("normal",) if action.id in NOT_IN_THE_PAST else ("normal", "past")
    panes = [(mode, pane) for mode in modes for pane in (action.panes or every)]
    return [*panes, *((scope.value, "") for scope in ONE_MODE)] if action.scope is Scope.EVERYWHERE else panes
