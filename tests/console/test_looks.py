"""Which theme is in force: option, memory, setting, terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.config.errors import ConfigError
from console.looks import Looks, Places
from console.terminal import colours_of

TRUE = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "themes").mkdir()
    (tmp_path / "state").mkdir()
    return Places(tmp_path / "themes", tmp_path / "state" / "theme")


@pytest.mark.parametrize(
    ("environ", "colours", "theme"),
    [
        (TRUE, 16_777_216, "okabe_ito"),
        ({"TERM": "tmux-256color"}, 256, "colours_256"),
        (TRUE | {"TEXTUAL_COLOR_SYSTEM": "256"}, 256, "colours_256"),
        ({"TERM": "xterm"}, 16, "sixteen"),
        ({"TERM": "linux"}, 16, "sixteen"),
        ({"TERM": "screen"}, 16, "sixteen"),
        ({"TERM": "vt220"}, 0, "plain"),
        ({"TERM": "dumb"}, 0, "plain"),
        ({"TERM": "xterm-mono", "COLORTERM": "truecolor"}, 0, "plain"),
        (TRUE | {"NO_COLOR": "1"}, 16_777_216, "plain"),
        (TRUE | {"NO_COLOR": ""}, 16_777_216, "okabe_ito"),
    ],
)
def test_auto_is_what_suits_the_terminal(environ: dict[str, str], colours: int, theme: str) -> None:
    assert colours_of(environ) == colours
    assert Looks(environ=environ).look.name == theme


def test_what_was_chosen_last_is_there_at_the_next_start_until_auto_forgets_it(places: Places) -> None:
    looks = Looks(setting="red_green", places=places, environ=TRUE)
    assert looks.look.name == "red_green"
    assert looks.choose("light") == "theme light"
    again = Looks(setting="red_green", places=places, environ=TRUE)
    assert again.look.name == "light"
    assert Looks("monochrome", setting="red_green", places=places, environ=TRUE).look.name == "monochrome"
    assert again.choose("auto") == "theme red_green"
    assert Looks(setting="red_green", places=places, environ=TRUE).look.name == "red_green"


def test_no_color_stands_before_memory_and_setting_but_not_before_who_asks_by_name(places: Places) -> None:
    quiet = TRUE | {"NO_COLOR": "1"}
    Looks(places=places, environ=TRUE).choose("light")
    looks = Looks(setting="red_green", places=places, environ=quiet)
    assert looks.look.name == "plain"
    assert looks.choose("light") == "theme light"
    assert Looks("light", environ=quiet).look.name == "light"
    assert Looks("light", environ={"TERM": "vt100"}).look.name == "plain", "a terminal without colours has none"


def test_an_edited_file_is_seen_and_a_broken_one_leaves_the_theme_as_it_was(places: Places) -> None:
    path = places.folder / "mine.toml"
    path.write_text('[colours]\nup = "#00ff88"\n')
    looks = Looks("mine", places=places, environ=TRUE)
    assert looks.names[-1] == "mine"
    assert looks.look_again() is None
    path.write_text('[colours]\nup = "#88ff88"  # lighter\n')
    assert looks.look_again() == ""
    assert looks.look.variables["up"] == "#88ff88"
    path.write_text('[colours]\nup = "greenish"\n')
    said = looks.look_again()
    assert said is not None
    assert str(places.folder) not in said
    assert "mine.toml:2: colours.up: 'greenish' is no colour" in said
    assert looks.look.variables["up"] == "#88ff88"
    assert looks.look_again() is None, "said once"
    path.unlink()
    assert "its file is gone" in (looks.look_again() or "")
    assert looks.look_again() is None
    assert looks.look.variables["up"] == "#88ff88"


def test_a_bad_start_says_why_and_shows_what_suits_the_terminal(places: Places) -> None:
    places.memory.write_text("mine\n")
    looks = Looks(places=places, environ=TRUE)
    assert (looks.look.name, "there is no theme 'mine'" in looks.said) == ("okabe_ito", True)
    with pytest.raises(ConfigError):
        looks.choose("pink")
    assert looks.look.name == "okabe_ito"


def test_what_can_not_be_remembered_is_said(tmp_path: Path) -> None:
    looks = Looks(places=Places(tmp_path, tmp_path / "missing" / "theme"), environ=TRUE)
    assert looks.choose("light") == "theme light, not remembered: no such file or directory"
    assert looks.look.name == "light"


def test_next_goes_round_and_passes_over_what_is_broken(places: Places) -> None:
    (places.folder / "broken.toml").write_text("[")
    looks = Looks(places=places, environ=TRUE)
    seen = [looks.next().removeprefix("theme ") for _ in range(len(looks.names) - 1)]
    assert seen[-1] == "okabe_ito"
    assert "broken" not in seen
    assert len(set(seen)) == len(looks.names) - 1
    assert os.path.exists(places.memory)
