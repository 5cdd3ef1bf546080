"""What every application of the console has for its colours: the themes, and none at all where `plain` is in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from textual.app import App
from textual.filter import LineFilter, Monochrome
from textual.widget import Widget

from themes.look import DEFAULTS, Look
from widgets.no_colour import THEME, NoColour


class Themed(App[Any]):
    """Shows a Look; `show_look` again shows another, or the same one changed."""

    _look: Look | None = None
    _turn = 0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(DEFAULTS)

    def show_look(self, look: Look) -> None:
        """Colour everything anew."""
        if look == self._look:
            return
        self._look = look
        # Textual repaints when the name changes, so that a theme whose file was edited needs another one.
        self._turn += 1
        theme = msgspec.structs.replace(look, name=f"{look.name}.{self._turn}").to_textual()
        self.register_theme(theme)
        old, self.theme = self.theme, theme.name
        if old.endswith(f".{self._turn - 1}"):
            self.unregister_theme(old)
        self.call_next(self._repaint)

    def _repaint(self) -> None:
        """Every widget: one whose own rules name no changed colour does not hear of it, and keeps painted lines."""
        for screen in self.screen_stack:
            for widget in screen.walk_children(Widget):
                widget.notify_style_update()
                widget.refresh()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, but greys are no answer to NO_COLOR."""
        filters = [each for each in super().get_line_filters() if not isinstance(each, Monochrome)]
        if self._look is not None and self._look.name == THEME:
            filters.append(NoColour())
        return filters
