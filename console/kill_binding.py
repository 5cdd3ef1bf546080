"""Which keys kill, told in two files: `kill.keys` of the profile and `kill`, `kill_twice` of keymap.toml.

The driver's input thread and the screen must hear the same ones: the first works while the screen is frozen, the second
is what footer and help name. keymap.toml, where it names them, is the narrower wish.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from console.actions import Keymap, by_id
from console.keymap import settle

if TYPE_CHECKING:
    from console.driver import KillKeys

#: Few terminals send them: the driver alone knows them, the screen has no such keys.
_BEYOND_F12: Final = re.compile(r"f(1[3-9]|20)")


def with_kill_keys(once: str | None, twice: str | None, keymap: Keymap) -> dict[str, str]:
    """The user's key map with the profile's kill keys in it, where it does not name others itself."""
    told = {"kill": once, "kill_twice": twice}
    own = {name: key for name, key in told.items() if _bound(key) and key is not None and key != by_id(name).keys}
    return {**own, **keymap}


def driver_keys(once: str | None, twice: str | None, keymap: Keymap) -> KillKeys:
    """What the driver listens for, so that it hears what the screen does. `keymap`: as `with_kill_keys` gives it.

    A kill key that the driver can't recognise (a letter) is the screen's alone; the driver always has one of its own.
    Raises KeymapError for a key map that can't be used.
    """
    from console.driver.keys import CONTROL_LETTERS, FUNCTION_KEYS, KillKeys

    keys = settle(keymap).keys
    by_one = _first(keys["kill"], FUNCTION_KEYS) if _bound(once) or "kill" in keymap else once
    by_two = None if twice is None and "kill_twice" not in keymap else _first(keys["kill_twice"], CONTROL_LETTERS)
    return KillKeys(once, twice) if by_one is by_two is None else KillKeys(by_one, by_two)


def _bound(key: str | None) -> bool:
    return key is not None and not _BEYOND_F12.fullmatch(key)


def _first(keys: str, of: Collection[str]) -> str | None:
    return next((key for key in keys.split(",") if key in of), None)
