"""hotkeys.toml: a table for each macro. Live has a file of its own, so what was tried on paper does nothing there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from console.actions import ACTIONS, KeymapError, Scope, key_name
from console.config.errors import ConfigError, Problem, shown, unknown_key
from console.config.files import check_own, decode, read_bytes
from console.config.keymap_file import load_keymap
from console.config.paths import Paths
from console.grammar.grammar import Grammar
from console.grammar.numbers import amount
from console.hotkeys.macro import PLACES, Macro
from console.keymap import check_key, settle

Wrong = Callable[[str, str], None]
_FIELDS: Final = ("do", "key", "send", "qty", "help")
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,23}")
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_UNKNOWN: Final = re.compile(r"\$(?!(?:symbol|account|qty|id|[1-9])(?![A-Za-z0-9.,]))(?![0-9$])\w*", re.IGNORECASE)
_MOST_LINES: Final = 20
_MOST_MACROS: Final = 200
#: Verbs about the console itself: a macro of them could call itself, or arm what arms it.
_NOT_HERE: Final = frozenset({"run", "arm", "disarm", "hotkeys", "unlock", "quit"})


class HotkeyFile:
    """The file of one mode; `load` reads it, at the start and again when it is told to."""

    def __init__(self, path: Path, keys: Mapping[str, str], grammar: Grammar) -> None:
        """`keys`: those of every action, as `console.keymap` gives them. `grammar`: what lines may say."""
        self.path = path
        self._grammar = grammar
        self._taken = {
            name: action.id
            for action in ACTIONS
            if action.scope in (Scope.EVERYWHERE, Scope.DESK, Scope.ROW, Scope.COMMAND)
            for name in keys[action.id].split(",")
        }

    def load(self) -> HotkeySetup:
        """The macros, in the order of the file; none where there is no file. Raises ConfigError with every problem.

        A key that an action has is the action's, whatever the macro does: it may have become one by an update, so the
        desk opens all the same. The macro stays, without the key, and a warning names both.
        """
        if not self.path.exists():
            return HotkeySetup(self)
        check_own(self.path)
        text = decode(self.path, read_bytes(self.path))
        try:
            root = tomllib.loads(text, parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            place = _PLACE.search(str(error))
            line = int(place[1]) if place and place[1] else len(text.splitlines())
            raise ConfigError.at(self.path, f"{_PLACE.sub('', str(error))}; expected TOML", line=line) from None
        problems: list[Problem] = []
        macros = tuple(self._macro(text, name, table, problems) for name, table in root.items())
        if len(macros) > _MOST_MACROS:
            problems.append(Problem(self.path, 0, "", f"{len(macros)} macros; expected {_MOST_MACROS} at most"))
        kept: list[Macro] = []
        warnings: list[str] = []
        of_macros: dict[str, str] = {}
        for macro in macros:
            other = of_macros.setdefault(macro.key, macro.name) if macro.key else macro.name
            if other != macro.name:
                what = f"{key_name(macro.key)} is already the key of the macro {other}; expected one that is free"
                problems.append(Problem(self.path, _line(text, macro.name, "key"), f"{macro.name}.key", what))
            if action := self._taken.get(macro.key) if macro.key else None:
                where = f"{self.path.name}:{_line(text, macro.name, 'key')}"
                warnings.append(
                    f"{key_name(macro.key)} is the desk's key of {action}, not of the macro {macro.name}: "
                    f"`run {macro.name}` calls it, or give it a free key ({where})"
                )
                macro = msgspec.structs.replace(macro, key="")
            kept.append(macro)
        if problems:
            raise ConfigError(problems)
        return HotkeySetup(self, tuple(kept), tuple(warnings))

    def _macro(self, text: str, name: str, table: object, problems: list[Problem]) -> Macro:
        def wrong(field: str, what: str) -> None:
            key = f"{name}.{field}" if field else name
            problems.append(Problem(self.path, _line(text, name, field), key, what))

        if not isinstance(table, dict):
            wrong("", f'is no macro; expected [{shown(name)[1:-1]}] and lines like do = "buy 100 $symbol mid"')
            return Macro(name, ())
        if not _NAME.fullmatch(name):
            wrong("", "is no name; expected small letters, digits, _ and -, at most 24")
        for field in table:
            if field not in _FIELDS:
                wrong(field, unknown_key(field, _FIELDS))
        send = table.get("send", False)
        if not isinstance(send, bool):
            wrong("send", f"{shown(str(send))} is not true or false; expected true or false")
        lines = self._lines(table.get("do"), wrong)
        key = self._key(table.get("key", ""), send is True, wrong)
        qty = table.get("qty")
        number = None if qty is None else amount(str(qty))
        if qty is not None and (isinstance(qty, bool) or number is None):
            wrong("qty", f"{shown(str(qty))} is no quantity; expected a number above 0")
        words = table.get("help", "")
        if not isinstance(words, str) or len(words) > 200 or not words.isprintable():
            wrong("help", "is no help; expected one line of text")
        return Macro(name, lines, key, send is True, number, str(words))

    def _lines(self, do: object, wrong: Wrong) -> tuple[str, ...]:
        lines = tuple(do) if isinstance(do, list) else (do,)
        if do is None or not lines:
            wrong("do", 'is missing; expected do = "buy 100 $symbol mid", or a list of lines')
            return ()
        if len(lines) > _MOST_LINES:
            wrong("do", f"has {len(lines)} lines; expected {_MOST_LINES} at most")
        found = [line for line in lines if isinstance(line, str)]
        if len(found) < len(lines):
            wrong("do", "holds what is no text; expected lines of the command language")
        for line in found:
            for what in self._complaints(line):
                wrong("do", f"{shown(line)}: {what}")
        return tuple(line.strip() for line in found)

    def _complaints(self, line: str) -> Iterator[str]:
        first = next(iter(line.split()), "")
        verb = self._grammar.verb(first)
        if verb is None:
            yield f"{shown(first)} is no command, spelled in full; expected one of `tradedesk help`, such as buy or cxl"
        elif verb.name in _NOT_HERE:
            yield f"{verb.name} can't be part of a macro; expected a command of the desk"
        if not line.isprintable() or "?" in line:
            yield "holds a sign that no command has; expected plain text"
        for place in _UNKNOWN.findall(line):
            yield f"{place} is no place; expected one of {', '.join(PLACES)}, or an amount such as $10k"

    def _key(self, key: object, send: bool, wrong: Wrong) -> str:
        if key == "":
            return ""
        if not isinstance(key, str):
            wrong("key", f'{shown(str(key))} is no key; expected text such as "f5"')
            return ""
        try:
            check_key("", key)
        except KeymapError as error:
            wrong("key", str(error).removeprefix(": "))
            return ""
        if send and len(key) == 1 and (key.islower() or key.isdigit()):
            wrong("key", f"{key} alone never sends; expected a named key such as f5, ctrl+ and a letter, or a capital")
        return key


def _line(text: str, name: str, field: str) -> int:
    """The line on which a field of a macro stands, else the macro itself; 0 when it is spelled in some other way."""
    head = re.compile(rf"""^\s*\[\s*["']?{re.escape(name)}["']?\s*\]""")
    found = 0
    for number, line in enumerate(text.splitlines(), 1):
        if head.match(line) or (not found and re.match(rf"""^\s*["']?{re.escape(name)}["']?\s*[=.]""", line)):
            found = number
        elif found and line.lstrip().startswith("["):
            break
        elif found and field and re.match(rf"""^\s*["']?{re.escape(field)}["']?\s*=""", line):
            return number
    return found


class HotkeySetup(msgspec.Struct, frozen=True):
    """What the console of one desk has: its macros as they were read at the start, and the file to read them anew."""

    file: HotkeyFile | None = None
    macros: tuple[Macro, ...] = ()
    warnings: tuple[str, ...] = ()
    """What is in the file and not in force."""


def hotkey_file(paths: Paths, mode: str, keymap: Mapping[str, str] | None = None) -> HotkeyFile:
    """The file of that mode, beside the keys that the user's key map gives (`keymap`; None: read it too).

    Raises ConfigError, also for a key map that can't be used.
    """
    from console.verbs import load_grammar

    path = paths.keymap_of(mode)
    if keymap is None:
        keymap = load_keymap(path, [action.id for action in ACTIONS]).bindings if path.exists() else {}
    try:
        keys = settle(keymap).keys
    except KeymapError as error:
        raise ConfigError.at(path, str(error)) from None
    return HotkeyFile(paths.hotkeys_of(mode), keys, load_grammar())
