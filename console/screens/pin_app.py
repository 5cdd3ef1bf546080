"""The PIN screen before a live desk is opened. Nothing of the desk runs yet: no engine, no order, no session."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from console.terminal import prepare_terminal

prepare_terminal(os.environ)

from textual.app import ComposeResult  # noqa: E402
from textual.binding import BindingType  # noqa: E402
from textual.driver import Driver  # noqa: E402

import themes  # noqa: E402
from console.live.consent import ConsentDesk  # noqa: E402
from console.screens.box_host import BoxHost  # noqa: E402
from console.screens.pin_box import PinBox, bar  # noqa: E402
from console.screens.themed import Themed  # noqa: E402
from themes.look import Look  # noqa: E402
from widgets.format import plain  # noqa: E402
from widgets.lines import ASCII_CLASS, Line, Lines  # noqa: E402


class LiveBar(Lines):
    """The bar at both edges of the screen."""

    def __init__(self, account: str, edge: str) -> None:
        super().__init__(classes=f"live-bar -{edge}")
        self._account = account

    def on_mount(self) -> None:
        self.call_after_refresh(self.redraw)

    def build(self, width: int) -> Sequence[Line]:
        return bar(self._account, width)


class PinApp(Themed, BoxHost, inherit_bindings=False):
    """`run()` gives the verdict of the right PIN, or None when the user said no."""

    CSS_PATH = Path(themes.__file__).with_name("desk.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        account: str,
        broker: str,
        desk: ConsentDesk,
        *,
        look: Look,
        ascii_only: bool = False,
        clock: Callable[[], int] = time.monotonic_ns,
        driver_class: type[Driver] | None = None,
    ) -> None:
        """`account`: as the broker at `broker` reports it."""
        super().__init__(driver_class=driver_class)
        self._account = account
        self._box = PinBox(
            "This opens the desk on real money.",
            account,
            f"as {broker} reports it",
            lambda pin: desk.check(pin, "start"),
            desk.left_s,
            clock,
        )
        self.set_class(ascii_only, ASCII_CLASS)
        self.add_class("-live")
        self.show_look(look)

    def compose(self) -> ComposeResult:
        yield LiveBar(self._account, "top")
        yield LiveBar(self._account, "bottom")

    def on_mount(self) -> None:
        title = f"tradedesk LIVE {plain(self._account)}: PIN"
        self.title = title
        if self._driver is not None and not self.is_headless:
            self._driver.write(f"\x1b]2;{title}\x07")
        _ = self.push_screen(self._box, self.exit)
