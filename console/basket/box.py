"""The screen of one basket. It sends nothing by itself: a release goes up the ladder like any other command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual.containers import VerticalScroll
from textual.events import Key, Resize

from console.action import Scope
from console.actions import Keymap
from console.basket.drawing import basket_lines
from console.screens.box_keys import BoxKeys
from console.screens.boxes import DetailBox
from engine.runtime.handle import DeskHandle
from engine.views import BasketCheck, BasketRow, CommandResult, DeskView
from widgets.format import plain
from widgets.lines import Line
from widgets.notation import Notation

#: How often a staged basket is checked anew, monotonic ns.
_AGAIN_NS: Final = 3_000_000_000
_NARROW: Final = 70
Act = Callable[[str, BasketRow, BasketCheck | None], None]
"""(action, basket as it stands, its newest check): what the user wants done."""


class BasketBox(DetailBox):
    """Follows one basket: staged with its check, released with its progress."""

    explanation = (
        "One basket: staged, with what the checks say of it as one, or released, with what became of each order. The "
        "check is made anew every three seconds. Up, Down, PgUp and PgDn scroll; Esc or q close, and change nothing.",
        "Nothing is sent from here without being asked about: a release asks for y, or for a word where it is large.",
    )
    severity: ClassVar[str] = "-wide"

    def __init__(
        self,
        number: int,
        view: DeskView,
        handle: DeskHandle,
        notation: Notation,
        act: Act,
        clock: Callable[[], int],
        keys: Keymap,
    ) -> None:
        """`clock`: monotonic ns."""
        self._basket_keys = BoxKeys(keys, Scope.BASKET)
        self.own_keys = self._basket_keys.told()
        self._number = number
        self._handle = handle
        self._notation = notation
        self._act = act
        self._now = clock
        self._view = view
        self._check: BasketCheck | CommandResult | None = None
        self._checked_ns = 0
        self._width = _NARROW
        self._asking: asyncio.Task[None] | None = None
        row = self._row(view)
        super().__init__(f"Basket {plain(row.name) if row else number}", self._lines, view)
        self._hint(row)

    def on_mount(self) -> None:
        super().on_mount()
        self._ask()
        self.call_after_refresh(self._fit)

    def on_unmount(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def show(self, view: DeskView) -> None:
        self._view = view
        super().show(view)
        self._hint(self._row(view))
        self._ask()

    def _row(self, view: DeskView) -> BasketRow | None:
        return next((row for row in view.baskets if row.id == self._number), None)

    def _hint(self, row: BasketRow | None) -> None:
        able = {"STAGED": ("release", "drop"), "RELEASING": ("stop", "cancel")}.get(
            row.status if row else "", ("cancel",)
        )
        check = self._check
        if able[0] == "release" and isinstance(check, BasketCheck) and check.verdict == "red" and check.passing:
            able = ("rest", "drop")
        self._box.border_subtitle = f"{self._basket_keys.hint(f'basket.{each}' for each in able)}, Esc closes"

    def _lines(self, view: DeskView) -> Sequence[Line] | None:
        row = self._row(view)
        if row is None:
            return None
        return basket_lines(row, self._check, view, self._notation, self._width)

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """The lines follow the width that the frame has."""
        self._width = self.query_one(VerticalScroll).scrollable_content_region.width or _NARROW
        self.show(self._view)

    def _ask(self) -> None:
        row = self._row(self._view)
        if row is None or row.status != "STAGED":
            return
        if self._asking is not None and not self._asking.done():
            return
        if self._check is None or self._now() - self._checked_ns >= _AGAIN_NS:
            self._asking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        try:
            self._check = await asyncio.wrap_future(self._handle.check_basket(self._number))
        except Exception as error:  # to be read; the console must stay
            self._check = CommandResult(ok=False, message=str(error) or type(error).__name__)
        self._checked_ns = self._now()
        super().show(self._view)
        self._hint(self._row(self._view))

    def pressed(self, event: Key) -> None:
        row = self._row(self._view)
        meant = "" if event.key == "escape" else self._basket_keys.meant(event)
        if row is not None and meant:
            self._act(meant, row, self._check if isinstance(self._check, BasketCheck) else None)
        elif not self.scroll(event) and event.key in ("escape", "q"):
            self.answer(None)
