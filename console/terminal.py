"""What Textual must find in the environment before it is first imported. Imports nothing but the language."""

from __future__ import annotations

from collections.abc import MutableMapping


def prepare_terminal(environ: MutableMapping[str, str], *, slow_link: bool = False) -> None:
    """Set Textual's own settings, unless the user has set them.

    No animations, no smooth scrolling: over SSH each is a stream of frames. Frames follow what happens, not a clock:
    market data is drawn ten times a second by the app itself (four with `slow_link`), and TEXTUAL_FPS only bounds how
    long the echo of a key may wait behind such a frame. A slow link gets 256 colours, whose codes are half as long.
    """
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    environ.setdefault("TEXTUAL_FPS", "30")
    if slow_link:
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")
