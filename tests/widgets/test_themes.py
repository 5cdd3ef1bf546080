"""Every theme colours everything, and none of them says anything by colour alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import themes
from themes.palettes import DEFAULT_THEME, DEFAULTS, THEMES
from widgets.grid import CELL_STYLES
from widgets.lines import LINE_STYLES

SHEET = Path(themes.__file__).with_name("desk.tcss").read_text()


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_default_theme_is_safe_for_colour_blind_eyes() -> None:
    assert DEFAULT_THEME == "okabe_ito" == themes.THEME_NAMES[0]
    assert tuple(THEMES) == themes.THEME_NAMES


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_fills_every_variable_that_the_sheet_uses(name: str) -> None:
    own = {"background", "foreground"}
    used = set(re.findall(r"\$([a-z-]+)", SHEET)) - own
    assert used <= THEMES[name].variables.keys()
    assert THEMES[name].variables.keys() == DEFAULTS.keys()


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("role", ["up", "down", "buy", "sell", "info", "key", "warn", "quiet", "stale", "alarm-back"])
@pytest.mark.parametrize("ground", ["background", "title", "title-focus", "cursor"])
def test_text_can_be_read_on_every_ground(name: str, role: str, ground: str) -> None:
    theme = THEMES[name]
    back = theme.background if ground == "background" else theme.variables[ground]
    assert back is not None
    least = 2.3 if ground in ("title-focus", "cursor") else 4.0
    assert contrast(theme.variables[role], back) >= least


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("back", ["paper", "live", "active", "reducing", "halted"])
def test_badges_can_be_read(name: str, back: str) -> None:
    variables = THEMES[name].variables
    assert contrast(variables["badge"], variables[f"{back}-back"]) >= 4.5


def test_the_sheet_styles_every_kind_of_cell() -> None:
    assert all(f".grid--{name} " in SHEET or f".grid--{name}," in SHEET for name in CELL_STYLES if name != "normal")


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_has_every_variable_of_the_styles_of_lines(name: str) -> None:
    used = {part for style in LINE_STYLES.values() for part in style if part and not part.startswith("$")}
    used -= {"bold", "reverse"}
    weights = {style[2][1:] for style in LINE_STYLES.values() if style[2].startswith("$")}
    assert used | weights <= THEMES[name].variables.keys()


def test_monochrome_has_no_hue() -> None:
    colours = re.findall(r"#[0-9a-f]{6}", " ".join(THEMES["monochrome"].variables.values()))
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in colours)
