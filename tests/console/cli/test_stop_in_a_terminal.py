"""`tradedesk stop` at a terminal shows what works, asks, and takes anything but a clear answer for no."""

from __future__ import annotations

import os
import sys

import pytest

from tests.console.control.conftest import ServedDesk
from tests.console.grammar.desk import desk_view
from tests.support.pty import spawn


@pytest.mark.parametrize(
    ("typed", "code", "stopped"),
    [("leave\r", 0, ["leave"]), ("cancel\r", 0, ["cancel"]), ("\r", 1, []), ("yes\r", 1, []), ("\x04", 1, [])],
)
def test_stop_asks_what_becomes_of_working_orders(
    served: ServedDesk, typed: str, code: int, stopped: list[str]
) -> None:
    served.desk.change(orders=desk_view().orders, algos=desk_view().algos)
    environment = {"TRADEDESK_HOME": os.environ["TRADEDESK_HOME"]}

    with spawn([sys.executable, "-m", "console.cli", "stop"], env=environment, size=(120, 40)) as terminal:
        rows = terminal.wait_for("leave them as they are, or cancel them?")
        assert any("AAPL" in row for row in rows)
        assert any("twap" in row for row in rows)
        terminal.send(typed)
        assert terminal.wait() == code

    assert [how for how, _ in served.desk.stopped] == stopped
