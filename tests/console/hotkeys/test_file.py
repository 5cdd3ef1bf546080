"""hotkeys.toml: what it may hold, and one clear line for everything else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from console.config.errors import ConfigError
from console.config.hotkeys_example import HOTKEYS, active
from console.hotkeys.file import HotkeyFile
from console.hotkeys.macro import Macro
from console.keymap import resolve
from console.verbs import load_grammar

GRAMMAR = load_grammar()


def written(folder: Path, text: str) -> HotkeyFile:
    path = folder / "hotkeys.toml"
    path.write_text(text)
    path.chmod(0o600)
    return HotkeyFile(path, resolve(), GRAMMAR)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        written(folder, text).load()
    return str(raised.value).removeprefix(f"{folder}/")


def test_a_macro_has_lines_and_perhaps_a_key(tmp_path: Path) -> None:
    macros = (
        written(
            tmp_path,
            '[join]\ndo = "buy $qty $symbol @bid"\nkey = "f5"\nqty = 100\nsend = true\n'
            '[out]\ndo = ["cxl $symbol", "flat $symbol"]\n',
        )
        .load()
        .macros
    )
    assert macros == (
        Macro("join", ("buy $qty $symbol @bid",), "f5", True, Decimal(100)),
        Macro("out", ("cxl $symbol", "flat $symbol")),
    )


def test_no_file_and_the_example_of_a_first_start_are_no_macros_and_the_example_is_right(tmp_path: Path) -> None:
    assert HotkeyFile(tmp_path / "none.toml", resolve(), GRAMMAR).load().macros == ()
    assert written(tmp_path, HOTKEYS).load().macros == ()
    names = [(macro.name, macro.key, macro.send) for macro in written(tmp_path, active()).load().macros]
    assert names == [("join-bid", "f5", False), ("out", "f6", True), ("pair", "", False)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[a]\ndo = "buy', "hotkeys.toml:2: "),
        ("a = 1", "hotkeys.toml:1: a: is no macro; expected [a] and lines like do ="),
        ('[A]\ndo = "ack"', "hotkeys.toml:1: A: is no name; expected small letters"),
        ("[a]\nkey = 'f5'", "hotkeys.toml:1: a.do: is missing; expected do ="),
        ('[a]\ndo = "ack"\nkeys = "f5"', "hotkeys.toml:3: a.keys: unknown key; expected one of do, key"),
        ('[a]\ndo = "byu 1 $symbol mid"', "hotkeys.toml:2: a.do: 'byu 1 $symbol mid': 'byu' is no command"),
        ('[a]\ndo = "kil"', "'kil' is no command, spelled in full"),
        ('[a]\ndo = "run b"', "run can't be part of a macro"),
        ('[a]\ndo = "arm"', "arm can't be part of a macro"),
        ('[a]\ndo = "buy 1 $sybmol mid"', "$sybmol is no place; expected one of $symbol, $account, $qty"),
        ('[a]\ndo = "ack"\nkey = "ctrl+i"', "ctrl+i can't be used, it is Tab; expected"),
        ('[a]\ndo = "ack"\nkey = "alt+x"', "is no key that every terminal sends; expected"),
        ('[a]\ndo = "ack"\nkey = "w"\nsend = true', "w alone never sends; expected a named key such as f5"),
        ('[a]\ndo = "ack"\nkey = "f6"\n[b]\ndo = "ack"\nkey = "f6"', ":6: b.key: F6 is already the key of the macro a"),
        ('[a]\ndo = "ack"\nsend = "yes"', "hotkeys.toml:3: a.send: 'yes' is not true or false"),
        ('[a]\ndo = "ack"\nqty = -5', "a.qty: '-5' is no quantity; expected a number above 0"),
        ('[a]\ndo = "buy ?"', "holds a sign that no command has"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line_and_what_was_expected(tmp_path: Path, text: str, says: str) -> None:
    assert says in complaint(tmp_path, text)


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("z", "z is the desk's key of zoom, not of the macro a"),
        ("f12", "F12 is the desk's key of kill, not of the macro a"),
        ("tab", "Tab is the desk's key of"),
    ],
)
def test_a_key_of_the_desk_stays_the_desks_and_the_macro_goes_on_without_it(
    tmp_path: Path, key: str, named: str
) -> None:
    read = written(tmp_path, f'[a]\ndo = "ack"\nkey = "{key}"\n[b]\ndo = "ack"\nkey = "f6"').load()
    assert [(macro.name, macro.key) for macro in read.macros] == [("a", ""), ("b", "f6")]
    (warning,) = read.warnings
    assert warning.startswith(named)
    assert "`run a` calls it, or give it a free key (hotkeys.toml:3)" in warning


def test_a_file_that_anybody_may_write_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, '[a]\ndo = "ack"\n')
    file.path.chmod(0o622)
    with pytest.raises(ConfigError, match="expected 0600"):
        file.load()
