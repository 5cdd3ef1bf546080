"""A day at an emulated broker by the keys of the console, the same at each: a ticket, an order changed and cancelled,
fills that never reach the stream, a crash in the middle of a TWAP, a kill that leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from engine.runtime.lock import read_owner
from tests.desk.emulated import AtBroker, Emulated
from tests.desk.product import Console

#: Anything more that a test wants to look at, while it is there: the process of the desk.
Look = Callable[[int], None]


def a_day_by_keys(product: AtBroker[Emulated], look: Look = lambda pid: None) -> None:
    broker = product.broker
    broker.lose_every(3)
    desk = product.console().opened()
    product.wait(lambda: product.ask("order", line="buy 1 ibm lmt 185.01", dry_run=True).ok, "an order to be green")

    desk.command("buy 5 ibm lmt 150.00 gtc")
    desk.see_row("IBM", "BUY", "150.00", "WORKING")
    desk.command("mod 1 px 151.00 qty 6")
    desk.see_row("IBM", "BUY", "6", "151.00", "WORKING")
    assert broker.working == [("IBM", "6", "151")]
    desk.command("cxl 1")
    desk.see_row("IBM", "BUY", "151.00", "CANCELED")
    assert broker.working == []

    desk.press("1", "t", "b", "tab", "ibm", "tab", "tab", "10", "tab", "tab", "185.01")
    desk.see("Order ticket", ": buy 10 ibm lmt 185.01 day", "GREEN  Enter sends")
    desk.press("enter")
    desk.see("sent: change something for another order")
    desk.press("escape")
    desk.terminal.wait_until(lambda rows: not any("Order ticket" in row for row in rows), what="the ticket to close")
    desk.see(": command")
    desk.see_row("IBM", "+10")
    desk.command("buy 11 ibm lmt 185.02")
    desk.see_row("IBM", "+21")
    a_fill_is_lost(desk, product)
    crash_in_a_twap(desk, product, look)


def show(desk: Console, line: str, shown: str) -> None:
    """Give a line that is no order."""
    desk.type(line)
    desk.see("Enter s")
    desk.press("enter")
    desk.see(shown)
    desk.normal()


def a_fill_is_lost(desk: Console, product: AtBroker[Emulated]) -> None:
    """The third fill is kept off the stream, and the broker's list of executions has it late as well: a break, until
    there is evidence."""
    broker = product.broker
    show(desk, "layout risk", "8 Breaks")
    broker.hold_back_executions(True)
    desk.command("buy 12 bac lmt 38.01")
    product.wait(lambda: broker.positions == {"BAC": "12", "IBM": "21"}, "the fill at the broker")
    assert product.held() == {"IBM": "21"}
    show(desk, "reconcile", "comparison with the broker started")
    desk.see_row("position", "BAC", "0", "12")
    broker.hold_back_executions(False)
    show(desk, "reconcile", "comparison with the broker started")
    desk.see("no breaks")
    desk.see_row("BAC", "+12")
    assert product.held() == broker.positions


def crash_in_a_twap(desk: Console, product: AtBroker[Emulated], look: Look) -> None:
    """kill -9 between two slices; the next console goes on, and the kill key leaves nothing behind."""
    broker = product.broker
    show(desk, "layout trading", "3 Fills")
    desk.command("twap sell 9 ibm duration 9s slices 3 limit 184.99")
    product.wait(lambda: broker.positions["IBM"] == "18", "the first slice")
    pid = read_owner(product.state.lock)[0]
    look(pid)
    os.kill(pid, signal.SIGKILL)
    product.wait_until_gone()
    again = product.console().opened()
    product.wait(lambda: broker.positions["IBM"] == "12", "the last slice")
    product.wait(lambda: product.held() == broker.positions, "the same books on both sides")
    again.press("f12")
    again.see("VERIFIED", "2 positions, 2 flat")
    assert (broker.positions, broker.working, product.held()) == ({}, [], {})
    assert again.leave("l") == 0
