"""The product's own console, with a window for the monkey: `python -m tests.monkey.launcher SYMBOLS SOCKET`.

Over SOCKET (one line of JSON a question) it places orders that rest, and holds the screen still and says what should be
on it: cell by cell as the widgets draw it, and where the tables stand. Nothing of this is in the product.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
import time
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any

from rich.color import ColorType
from rich.style import Style
from textual.timer import Timer

from console.app import DeskApp
from console.logs import open_log
from console.options import RunOptions
from console.run import _Console, open_or_take_over, read_config
from console.terminal import prepare_terminal
from console.wiring import plan_desk
from engine.inputs import PlaceOrder
from engine.model.enums import OrdType, Side
from engine.model.order import OrderRequest
from engine.runtime.collector import hold_back
from engine.runtime.thread import EngineThread
from tests.monkey.market import RESTING, market_of

_TOGETHER = 50
_SETTLE_S = 0.15


class Window:
    """Answers the monkey, in a thread of its own."""

    def __init__(self, app: DeskApp, thread: EngineThread, account: str, path: Path) -> None:
        self._app = app
        self._thread = thread
        self._account = account
        self._listener = socket.socket(socket.AF_UNIX)
        path.unlink(missing_ok=True)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, name="monkey-window", daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rw") as file:
                question = json.loads(file.readline())
                file.write(json.dumps(self._answer(question)) + "\n")

    def _answer(self, question: dict[str, Any]) -> object:
        try:
            match question["ask"]:
                case "still":
                    return self._app.call_from_thread(self._still)
                case "go on":
                    return self._app.call_from_thread(self._go_on)
                case "orders":
                    return self._rest(question["count"])
        except Exception as error:  # the monkey reads it; nothing else would tell
            return {"error": f"{type(error).__name__}: {error}"}
        return {"error": f"no question {question}"}

    def _rest(self, count: int) -> dict[str, object]:
        """Let `count` orders work, of as many symbols as there are: how many there are now, and why not more."""
        deadline = time.monotonic() + 30
        while not self._thread.ready().result(30) and time.monotonic() < deadline:
            time.sleep(0.1)
        view = self._thread.view()
        rows = cycle([row for row in view.quotes if row.bid is not None and row.bid > 1])
        missing = count - view.status.working_orders
        for start in range(0, missing, _TOGETHER):
            answers = []
            for number in range(start, min(start + _TOGETHER, missing)):
                row = next(rows)
                assert row.bid is not None
                px = (row.bid * RESTING).quantize(Decimal("0.01")) - Decimal(number % 40) / 100
                request = OrderRequest(
                    self._account, row.symbol, Side.BUY, Decimal(1 + number % 9), OrdType.LIMIT, px, user="monkey"
                )
                answers.append(self._thread.send(PlaceOrder(request)))
            refused = [str(each) for each in (answer.result(60) for answer in answers) if not each.accepted]  # type: ignore[union-attr]
            if refused:
                return {"working": self._thread.view().status.working_orders, "refused": refused[0][:300]}
        return {"working": self._thread.view().status.working_orders}

    async def _still(self) -> dict[str, object]:
        """Draw no further view, wait until all that was drawn is on the terminal, and say what must be there."""
        app = self._app
        for timer in self._looks():
            timer.pause()
        for _ in range(100):
            if not app._keys_typed and not app._key_under_way:
                break
            await asyncio.sleep(0.02)
        calm = 0
        while calm < 3:
            await asyncio.sleep(_SETTLE_S / 3)
            calm = calm + 1 if self._painted() else 0
        strips = app.screen._compositor.render_strips()
        return {
            "size": list(app.size),
            "screen": type(app.screen).__name__,
            "rows": [[_segment(text, style) for text, style, control in strip if not control] for strip in strips],
            "tables": self._tables(),
            "seq": app._drawn.status.journal_seq if app._drawn is not None else 0,
        }

    def _looks(self) -> list[Timer]:
        """What draws a newer view; the app's other timers, one for resizes among them, go on."""
        return [timer for timer in self._app._timers if timer._callback == self._app.poll]

    def _painted(self) -> bool:
        """Whether nothing waits to be laid out, drawn or written."""
        screen, output = self._app.screen, self._app._driver._output  # type: ignore[union-attr]
        if self._app._resize_timer is not None or screen.size != self._app.size:
            return False
        waits = screen._dirty_widgets or screen._layout_required or screen._repaint_required
        return not waits and (output is None or not (len(output._queue) or output._queue.dropping))

    def _tables(self) -> list[dict[str, object]]:
        app = self._app
        if app.screen is not app.desk:
            return []
        return [
            {
                "pane": name,
                "region": list(pane.table.content_region),
                "left": pane.table.scroll_offset.x,
                "columns": [
                    [pane.table._columns[place.index].key, place.x, place.width] for place in pane.table._placing.placed
                ],
            }
            for name, pane in app.desk.panes.items()
            if name in app.desk._on_screen() and pane.table.region.area
        ]

    async def _go_on(self) -> dict[str, object]:
        for timer in self._looks():
            timer.resume()
        return {}


def _segment(text: str, style: Style | None) -> list[object]:
    style = style or Style.null()
    flags = "".join(
        letter
        for letter, on in (("b", style.bold), ("i", style.italic), ("u", style.underline), ("r", style.reverse))
        if on
    )
    return [text, _colour(style.color), _colour(style.bgcolor), flags]


def _colour(color: Any) -> str | None:
    """As pyte names it; None where it is one of the terminal's own."""
    if color is None or color.type is ColorType.DEFAULT:
        return "default"
    if color.type is not ColorType.TRUECOLOR:
        return None
    return "{:02x}{:02x}{:02x}".format(*color.triplet)


def main() -> int:
    symbols, path = int(sys.argv[1]), Path(sys.argv[2])
    hold_back()
    prepare_terminal(os.environ)
    config = read_config(RunOptions())
    plan = plan_desk(config, RunOptions())
    plan.market = market_of(config.universe, symbols, plan.wall)
    open_log(config.state, config.desk)
    plan, thread, lock = open_or_take_over(plan)
    console = _Console(plan, thread, lock)
    Window(console._app, thread, config.profile.account, path)
    return console.run()


if __name__ == "__main__":
    sys.exit(main())
