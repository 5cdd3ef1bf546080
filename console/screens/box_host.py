"""What an application with boxes has: it tells the one on top when the terminal's window is left or entered.

A box must not watch the application for this itself: Textual keeps a watcher, and the closed box with it, for good.
"""

from __future__ import annotations

from typing import Any

from textual.app import App

from console.screens.boxes import BoxScreen


class BoxHost(App[Any]):
    """Mix into the App, in front of `App` itself."""

    def watch_app_focus(self) -> None:
        screen = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(screen, BoxScreen):
            screen.window_changed()
