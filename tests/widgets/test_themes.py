"""Every theme colours everything, and none of them says anything by colour alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich._palettes import STANDARD_PALETTE
from rich.style import Style

import themes
from themes.contrast import EYES, Eye, contrast, distance
from themes.look import BADGES, DEFAULTS, GROUNDS, HIGH, READABLE, TEXTS
from themes.palettes import DEFAULT_THEME, THEMES
from widgets.grid import CELL_STYLES
from widgets.lines import LINE_STYLES
from widgets.no_colour import without_colour

SHEET = Path(themes.__file__).with_name("desk.tcss").read_text()


def test_the_default_theme_is_safe_for_colour_blind_eyes() -> None:
    assert DEFAULT_THEME == "okabe_ito" == next(iter(THEMES))


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_fills_every_variable_that_the_sheet_uses(name: str) -> None:
    own = {"background", "foreground"}
    used = set(re.findall(r"\$([a-z-]+)", SHEET)) - own
    assert used <= THEMES[name].variables.keys()
    assert THEMES[name].variables.keys() == DEFAULTS.keys()


@pytest.mark.parametrize("name", [name for name in THEMES if name != "plain"])
def test_text_can_be_read_on_every_ground(name: str) -> None:
    look = THEMES[name]
    least = HIGH if name == "high_contrast" else READABLE
    reversed_cursor = "reverse" in look.variables["cursor-style"]  # then what is read there is ground on text
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS if not (ground == "cursor" and reversed_cursor)]
    found = {pair: contrast(look.colour(pair[0]), look.colour(pair[1])) for pair in (*pairs, *BADGES)}
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("name", ["okabe_ito", "light", "high_contrast", "colours_256"])
@pytest.mark.parametrize("eye", EYES)
def test_gain_loss_warning_and_live_look_different_to_every_eye(name: str, eye: Eye) -> None:
    look = THEMES[name]
    pairs = [("up", "down"), ("up", "warn"), ("down", "warn"), ("buy", "sell"), ("paper-back", "live-back")]
    assert {
        pair: apart for pair in pairs if (apart := distance(look.colour(pair[0]), look.colour(pair[1]), eye)) < 10
    } == {}


def test_the_classic_theme_does_not_claim_to_suit_every_eye() -> None:
    look = THEMES["red_green"]
    assert distance(look.colour("up"), look.colour("down"), "deutan") < 10


@pytest.mark.parametrize("name", THEMES)
def test_live_does_not_look_like_paper(name: str) -> None:
    look = THEMES[name]
    assert distance(look.colour("live-back"), look.colour("paper-back")) > 20


def test_contrast_and_distance_are_those_of_their_definitions() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.1)
    assert distance("#008800", "#bb5500", "deutan") < distance("#008800", "#bb5500") / 3


def test_the_small_palettes_have_no_colour_that_a_terminal_must_guess() -> None:
    cube = {0, 95, 135, 175, 215, 255}
    grey = set(range(8, 239, 10))
    for colour in colours_in("colours_256"):
        channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        assert set(channels) <= cube or (len(set(channels)) == 1 and channels[0] in grey), colour
    assert {STANDARD_PALETTE[number].hex for number in range(16)} >= colours_in("sixteen")


def test_the_sheet_styles_every_kind_of_cell() -> None:
    assert all(f".grid--{name} " in SHEET or f".grid--{name}," in SHEET for name in CELL_STYLES if name != "normal")


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_has_every_variable_of_the_styles_of_lines(name: str) -> None:
    used = {part for style in LINE_STYLES.values() for part in style if part and not part.startswith("$")}
    used -= {"bold", "reverse"}
    weights = {style[2][1:] for style in LINE_STYLES.values() if style[2].startswith("$")}
    assert used | weights <= THEMES[name].variables.keys()


def colours_in(name: str) -> set[str]:
    look = THEMES[name]
    return {look.background, look.foreground, *re.findall(r"#[0-9a-f]{6}", " ".join(look.variables.values()))}


@pytest.mark.parametrize("name", ["monochrome", "plain"])
def test_monochrome_has_no_hue(name: str) -> None:
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in colours_in(name))


def test_without_colour_a_bright_ground_is_reversed_and_a_quiet_word_is_dim() -> None:
    def without(text: str, ground: str, **more: bool) -> str:
        return str(without_colour(Style(color=text, bgcolor=ground, **more)))

    assert without("#000000", "#ffffff", bold=True) == "bold reverse"
    assert without("#a8a8a8", "#000000") == "dim"
    assert without("#ffffff", "#000000", underline=True) == "underline"
    assert without("#000000", "#000000", reverse=True) == "reverse"
