"""themes/NAME.toml: a user's own theme, as what differs from a shipped one.

    base = "okabe_ito"      # the shipped theme that fills what is not said here
    dark = true             # false: a light background

    [colours]               # "#rrggbb"
    background = "#101418"
    up = "#3ddc97"

    [styles]                # none, or some of: bold dim italic underline reverse
    down = "underline"

Checked as every file of settings is: one line names file, line, key and what was expected. What could not be read on
its ground, and a LIVE that looks like PAPER, are refused.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from console.config.errors import ConfigError, Problem, shown, unknown_key
from console.config.files import decode, read_bytes
from console.config.toml_place import broken, line_of_key
from themes.contrast import contrast, distance
from themes.look import BADGES, COLOUR, DEFAULTS, GROUNDS, STYLE_WORDS, TEXTS, Look
from themes.palettes import DEFAULT_THEME, THEMES

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_KEYS: Final = ("base", "dark", "colours", "styles")
COLOURS: Final = ("background", "foreground", *(key for key in DEFAULTS if not key.endswith("-style")))
STYLES: Final = tuple(key.removesuffix("-style") for key in DEFAULTS if key.endswith("-style"))
#: Least contrast of a user's text on its ground (WCAG's bound for large text), and least distance of LIVE from PAPER.
LEAST_CONTRAST: Final = 3.0
LEAST_DISTANCE: Final = 15.0


def names_in(folder: Path) -> tuple[str, ...]:
    """The names of the user's themes."""
    try:
        entries = sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        return ()
    stems = (name.removesuffix(".toml") for name in entries if name.endswith(".toml"))
    return tuple(stem for stem in stems if _NAME.fullmatch(stem) and stem not in THEMES)


def file_of(folder: Path, name: str) -> Path:
    """Where the user's theme of that name is."""
    return folder / f"{name}.toml"


def load_theme(folder: Path, name: str) -> Look:
    """A shipped theme, or the user's of that name. Raises ConfigError with every problem."""
    shipped = THEMES.get(name)
    if shipped is not None:
        return shipped
    path = file_of(folder, name)
    if not _NAME.fullmatch(name) or not os.path.lexists(path):
        known = ", ".join((*THEMES, *names_in(folder)))
        raise ConfigError.at(path, f"there is no theme {shown(name)}; expected one of {known}")
    text = decode(path, read_bytes(path))
    try:
        root = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise broken(path, text, error) from None
    problems = list(_problems(path, text, root))
    if not problems:
        look = _laid_over(name, root)
        problems = list(_unreadable(path, text, look))
    if problems:
        raise ConfigError(problems)
    return look


def _laid_over(name: str, root: dict[str, object]) -> Look:
    base = THEMES[str(root.get("base", DEFAULT_THEME))]
    colours, styles = _table(root, "colours"), _table(root, "styles")
    said = {key: value.lower() for key, value in colours.items()}
    return Look(
        name,
        said.pop("background", base.background),
        said.pop("foreground", base.foreground),
        base.variables | said | {f"{key}-style": value for key, value in styles.items()},
        dark=bool(root.get("dark", base.dark)),
    )


def _table(root: dict[str, object], key: str) -> dict[str, str]:
    table = root.get(key, {})
    return {k: str(v) for k, v in table.items()} if isinstance(table, dict) else {}


def _problems(path: Path, text: str, root: dict[str, object]) -> Iterator[Problem]:
    def problem(key: str, what: str) -> Problem:
        table, _, name = key.rpartition(".")
        return Problem(path, line_of_key(text, name, table), key, what)

    for key in root:
        if key not in _KEYS:
            yield problem(key, unknown_key(key, _KEYS))
    base, dark = root.get("base", DEFAULT_THEME), root.get("dark", True)
    if base not in THEMES:
        yield problem("base", f"{shown(str(base))} is no shipped theme; expected one of {', '.join(THEMES)}")
    if not isinstance(dark, bool):
        yield problem("dark", f"{shown(str(dark))} is not valid; expected true or false")
    for name, known in (("colours", COLOURS), ("styles", STYLES)):
        table = root.get(name, {})
        if not isinstance(table, dict):
            yield problem(name, f"is not a table; expected [{name}] and lines of KEY = VALUE")
            continue
        for key, value in table.items():
            if key not in known:
                yield problem(f"{name}.{key}", unknown_key(key, known))
            elif name == "colours" and not (isinstance(value, str) and COLOUR.fullmatch(value.lower())):
                yield problem(f"{name}.{key}", f'{shown(str(value))} is no colour; expected "#rrggbb"')
            elif name == "styles" and not _is_style(value):
                words = ", ".join(STYLE_WORDS[1:])
                yield problem(f"{name}.{key}", f"{shown(str(value))} is no style; expected none, or some of {words}")


def _is_style(value: object) -> bool:
    words = value.split() if isinstance(value, str) else []
    return bool(words) and set(words) <= set(STYLE_WORDS) and ("none" not in words or len(words) == 1)


def _unreadable(path: Path, text: str, look: Look) -> Iterator[Problem]:
    """What nobody could read; and LIVE, which must not look like PAPER."""
    for name, ground in (*((text_, ground) for text_ in TEXTS for ground in GROUNDS), *BADGES):
        found = contrast(look.colour(name), look.colour(ground))
        if found < LEAST_CONTRAST:
            given = name if line_of_key(text, name) else ground
            what = (
                f"{name} {look.colour(name)} on {ground} {look.colour(ground)} has a contrast of {found:.1f};"
                f" expected {LEAST_CONTRAST:g} or more"
            )
            yield Problem(path, line_of_key(text, given), f"colours.{given}", what)
            return
    apart = distance(look.colour("live-back"), look.colour("paper-back"))
    if apart < LEAST_DISTANCE:
        what = f"looks like paper-back {look.colour('paper-back')}; expected a colour that nobody takes for it"
        yield Problem(path, line_of_key(text, "live-back"), "colours.live-back", what)
