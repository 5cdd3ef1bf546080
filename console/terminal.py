"""What Textual must find in the environment before it is first imported, and what a terminal can show. Imports nothing
but the language."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Final

_TRUE: Final = 16_777_216
_NONE: Final = ("", "dumb", "unknown")


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
    if slow_link:
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")


def colours_of(environ: Mapping[str, str]) -> int:
    """How many colours the terminal has, as its name says and as Rich will write them: 0, 16, 256 or 16,777,216."""
    given = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if given != "auto":
        return {"standard": 16, "256": 256, "truecolor": _TRUE}.get(given, 0)
    term = environ.get("TERM", "").strip().lower()
    if term in _NONE or term.startswith(("vt1", "vt2", "vt3", "vt4")) or term.endswith(("-m", "-mono")):
        return 0
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return _TRUE
    return 256 if term.endswith(("-256color", "-kitty")) else 16


def wants_no_colour(environ: Mapping[str, str]) -> bool:
    """Whether NO_COLOR is set and not empty, as no-color.org has it."""
    return bool(environ.get("NO_COLOR"))
