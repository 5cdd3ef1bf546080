"""A user's theme: what it may say, and the one line that says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.config.errors import ConfigError
from console.config.theme_file import load_theme, names_in
from themes.look import DEFAULTS
from themes.palettes import LIGHT, MONOCHROME, OKABE_ITO


def write(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def test_a_theme_says_only_what_differs_from_its_base(tmp_path: Path) -> None:
    write(
        tmp_path,
        'base = "light"\n[colours]\nup = "#004000"\nbackground = "#FFFFFF"\n[styles]\ndown = "bold underline"\n',
    )
    look = load_theme(tmp_path, "mine")
    assert (look.name, look.dark, look.background, look.foreground) == ("mine", False, "#ffffff", LIGHT.foreground)
    assert look.variables == LIGHT.variables | {"up": "#004000", "down-style": "bold underline"}
    assert look.variables.keys() == DEFAULTS.keys()


def test_an_empty_file_is_the_default_theme(tmp_path: Path) -> None:
    write(tmp_path, "")
    assert load_theme(tmp_path, "mine").variables == OKABE_ITO.variables


def test_names_are_those_of_the_files_that_can_be_themes(tmp_path: Path) -> None:
    for name in ("mine", "b-2", "light", "Bad Name"):
        write(tmp_path, "", name)
    (tmp_path / "notes.txt").write_text("")
    assert names_in(tmp_path) == ("b-2", "mine")
    assert names_in(tmp_path / "none") == ()
    assert load_theme(tmp_path, "light") == LIGHT, "a file can't take a shipped theme's place"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("colours = [", 1, "expected TOML"),
        ("\n[colour]\n", 2, "colour: unknown key; expected one of base, dark, colours, styles; nearest valid key"),
        ('base = "neon"\n', 1, "base: 'neon' is no shipped theme; expected one of okabe_ito, red_green, light"),
        ('dark = "yes"\n', 1, "dark: 'yes' is not valid; expected true or false"),
        ("colours = 3\n", 1, "colours: is not a table; expected [colours]"),
        ('[colours]\nupp = "#00ff00"\n', 2, "colours.upp: unknown key"),
        ('[colours]\nup = "green"\n', 2, "colours.up: 'green' is no colour; expected \"#rrggbb\""),
        ("[colours]\nup = 7\n", 2, "colours.up: '7' is no colour"),
        ('[colours]\nup = "#00ff00"\n[styles]\nup = "blink"\n', 4, "styles.up: 'blink' is no style; expected none, or"),
        ('[styles]\nup = "none bold"\n', 2, "styles.up: 'none bold' is no style"),
        (
            '[colours]\nup = "#101820"\n',
            2,
            "colours.up: up #101820 on background #0f1318 has a contrast of 1.0; expected 3",
        ),
        ('[colours]\ncursor = "#56b4e9"\n', 2, "colours.cursor: "),
        (
            '[colours]\nlive-back = "#56b4e9"\n',
            2,
            "colours.live-back: looks like paper-back #56b4e9; expected a colour",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_file_line_key_and_what_was_expected(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as found:
        load_theme(tmp_path, "mine")
    assert str(found.value).startswith(f"{path}:{line}: ")
    assert says in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("name", ["other", "../mine", "", "MINE"])
def test_a_theme_that_is_not_there_is_named_with_those_that_are(tmp_path: Path, name: str) -> None:
    write(tmp_path, "")
    with pytest.raises(ConfigError, match=r"there is no theme .*expected one of okabe_ito.*monochrome, plain, mine"):
        load_theme(tmp_path, name)


def test_a_file_that_anybody_may_write_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "").chmod(0o666)
    with pytest.raises(ConfigError, match="anybody may write it"):
        load_theme(tmp_path, "mine")
    assert load_theme(tmp_path, "monochrome") is MONOCHROME
