"""The keys of one kind of box, from the registry and the user's key map: what a key means, and how they are told."""

from __future__ import annotations

from collections.abc import Iterable

from textual.events import Key

from console.action import Scope
from console.actions import ACTIONS, Keymap, key_name


def is_key(event: Key, keys: str) -> bool:
    """Whether it is one of these keys of an action ("r", "+", "tab,down"). Textual calls signs by words; what is meant
    is the sign."""
    return any((event.character if len(key) == 1 else event.key) == key for key in keys.split(","))


class BoxKeys:
    """The actions of one scope."""

    def __init__(self, keys: Keymap, scope: Scope) -> None:
        self._keys = keys
        self._actions = [action for action in ACTIONS if action.scope is scope]

    def meant(self, event: Key) -> str:
        """The id of the action whose key this is, "" for none."""
        return next((action.id for action in self._actions if is_key(event, self._keys[action.id])), "")

    def hint(self, ids: Iterable[str] = ()) -> str:
        """What stands at the lower edge: "r releases, d drops it"; of these actions, or of all that have a label."""
        wanted = tuple(ids) or tuple(action.id for action in self._actions if action.label)
        labels = {action.id: action.label for action in self._actions}
        return ", ".join(f"{key_name(self._keys[each])} {labels[each]}" for each in wanted)

    def told(self) -> list[tuple[str, str]]:
        """(keys, what they do), for F1."""
        return [
            (" ".join(key_name(key) for key in self._keys[action.id].split(",")), action.help)
            for action in self._actions
        ]
