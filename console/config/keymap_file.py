"""keymap.toml: which keys an action listens to. `[keys]`, then lines of `"action.id" = "key"` or a list."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from console.config.errors import ConfigError, Problem, shown, unknown_key
from console.config.files import decode, read_bytes
from console.config.toml_place import broken, line_of_key

_KEY_NAME: Final = re.compile(r"[A-Za-z0-9_+?!.,:;/*<>=-]{1,40}")


class Keymap(msgspec.Struct, frozen=True):
    """`bindings`: action id -> its keys, comma-separated ("j,down"), for the actions that the user remapped."""

    bindings: dict[str, str]


def load_keymap(path: Path, actions: Collection[str] | None = None) -> Keymap:
    """The user's keys. `actions`: the ids that there are, if known.

    Raises ConfigError with every problem.
    """
    text = decode(path, read_bytes(path))
    try:
        root = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise broken(path, text, error) from None
    problems = [Problem(path, line_of_key(text, key), key, unknown_key(key, ["keys"])) for key in root if key != "keys"]
    keys = root.get("keys", {})
    bindings: dict[str, str] = {}
    if not isinstance(keys, dict):
        problems.append(
            Problem(
                path,
                line_of_key(text, "keys"),
                "keys",
                'is not a table; expected [keys] and lines like "quit" = "q"',
            )
        )
        keys = {}
    for action, value in keys.items():
        names = tuple(value) if isinstance(value, list) else (value,)
        wrong = _wrong(action, names, actions)
        if wrong is not None:
            problems.append(Problem(path, line_of_key(text, action), f"keys.{action}", wrong))
        bindings[action] = ",".join(str(name) for name in names)
    if problems:
        raise ConfigError(problems)
    return Keymap(bindings)


def _wrong(action: str, names: tuple[object, ...], actions: Collection[str] | None) -> str | None:
    if actions is not None and action not in actions:
        return unknown_key(action, sorted(actions))
    for name in names:
        if not isinstance(name, str) or not _KEY_NAME.fullmatch(name):
            return f'{shown(str(name))} is no key; expected a key such as "x" or "f5", or a list of keys'
    return None
