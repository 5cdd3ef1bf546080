"""A column of panes, or of such columns, that is there as long as any of its panes is."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget


class PaneGroup(Container):
    """Hides and shows by `display` alone, which costs a layout but no pass of the style sheet."""

    def __init__(self, members: Sequence[Widget], *, id: str) -> None:
        super().__init__(id=id)
        self._members = members

    def compose(self) -> ComposeResult:
        yield from self._members

    def show_only(self, shown: Collection[Widget]) -> bool:
        """Show those members that are in `shown` or hold one; True when there is any."""
        visible = False
        for member in self._members:
            there = member.show_only(shown) if isinstance(member, PaneGroup) else member in shown
            if member.display != there:
                member.display = there
            visible = visible or there
        if self.display != visible:
            self.display = visible
        return visible
