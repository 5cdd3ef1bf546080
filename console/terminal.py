"""What Textual must find in the environment before it is first imported, and what a terminal can show. Imports nothing
but the language."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Final

_TRUE: Final = 16_777_216
_NONE: Final = ("", "dumb", "unknown")
_OLD: Final = re.compile(r"(screen\.)?vt[1-4].*")
#: By their bare names Rich takes these for terminals of 16 colours. All know the codes of 256 (the Linux console
#: shows the nearest of its 16), and a theme's shades would fall together in 16.
_MORE_COLOURS: Final = re.compile(r"(xterm|screen|tmux|linux|rxvt|putty|konsole|vte|gnome)([.-].*)?")


def unusable(environ: Mapping[str, str]) -> str:
    """Why no screen can be shown on this terminal, in one line; "" when one can."""
    term = environ.get("TERM", "")
    if term.lower() not in _NONE:
        return ""
    named = f"TERM={term}" if term else "TERM is not set"
    return (
        f"{named}: this terminal can't show a screen; expected xterm-256color, xterm, screen, tmux-256color or linux "
        "(`tradedesk start` runs the desk without one)"
    )


def degraded(environ: Mapping[str, str]) -> str:
    """What this terminal will not show, in one line; "" when nothing is missing."""
    term = environ.get("TERM", "")
    return f"TERM={term}: shown without colours and with plain signs" if _OLD.fullmatch(term.lower()) else ""


def prepare_terminal(environ: MutableMapping[str, str], *, slow_link: bool = False) -> None:
    """Set Textual's own settings, unless the user has set them.

    No animations, no smooth scrolling: over SSH each is a stream of frames.

    The app itself draws what the engine says ten times a second (four with `slow_link`), so TEXTUAL_FPS bounds only
    how long the echo of a key may wait behind such a frame: at 10 every twentieth key took over 100 ms (measured,
    five panes of 500 rows), at 60 it took 25 ms. A slow link gets a rate that joins the echoes of fast typing, and
    256 colours, whose codes are half as long.
    """
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    environ.setdefault("TEXTUAL_FPS", "10" if slow_link else "60")
    term = environ.get("TERM", "").lower()
    few = not environ.get("COLORTERM") and not _OLD.fullmatch(term) and not term.endswith(("-m", "-mono"))
    if slow_link or (few and _MORE_COLOURS.fullmatch(term)):
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")


def colours_of(environ: Mapping[str, str]) -> int:
    """How many colours the terminal has, as its name says and as Rich will write them: 0, 16, 256 or 16,777,216."""
    given = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if given != "auto":
        return {"standard": 16, "256": 256, "truecolor": _TRUE}.get(given, 0)
    term = environ.get("TERM", "").strip().lower()
    if term in _NONE or _OLD.fullmatch(term) or term.endswith(("-m", "-mono")):
        return 0
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return _TRUE
    return 256 if term.endswith(("-256color", "-kitty")) else 16


def wants_no_colour(environ: Mapping[str, str]) -> bool:
    """Whether NO_COLOR is set and not empty, as no-color.org has it."""
    return bool(environ.get("NO_COLOR"))
