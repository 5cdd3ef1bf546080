"""A screen whose first frame is one that shows something.

At a start Textual composes the whole screen before its widgets know their sizes, composes again what they draw when
they do, lays all out anew for each time that the terminal tells its size, and then comes the frame that was asked
for: most of that went into frames that nobody could see. Private names of Textual, like nonblocking.py.
"""

from __future__ import annotations

from typing import Any

from textual.geometry import Size
from textual.screen import Screen


class FirstFrame(Screen[Any], inherit_bindings=False):
    """Base of a screen that is there from the start."""

    _begun = False

    def _compositor_refresh(self) -> None:
        if self._begun:
            super()._compositor_refresh()

    def _on_timer_update(self) -> None:
        """What was asked for comes in time with the screen's own clock, when the widgets have had their turn."""
        if not self._begun:
            self._begun = True
            if not self._layout_required:  # which draws all by itself
                self.refresh()
        super()._on_timer_update()

    def _screen_resized(self, size: Size) -> None:
        if self._begun or size != self._compositor.size:
            super()._screen_resized(size)
