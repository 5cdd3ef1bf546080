"""What Textual must find in the environment before it is first imported. Imports nothing but the language."""

from __future__ import annotations

from collections.abc import MutableMapping


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
