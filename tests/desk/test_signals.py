"""Signals: SIGUSR1 kills, SIGTERM stops gracefully, with and without a screen."""

from __future__ import annotations

import os
import signal

from engine.facts import DeskClosed, KillPulled
from engine.runtime.lock import read_owner
from tests.desk.product import Product


def test_sigusr1_is_the_kill_switch_of_a_console(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    product.order("buy 100 ibm lmt 150")
    desk.terminal.signal(signal.SIGUSR1)
    desk.see("HALTED", "1 cancel sent, 1 confirmed, 0 pending", "by signal: SIGUSR1")
    assert [(fact.by, fact.flatten) for fact in product.facts(KillPulled)] == [("signal", "no")]
    assert product.state.latch.exists()
    assert desk.leave("l") == 0


def test_sigusr1_kills_and_sigterm_stops_a_headless_desk(product: Product) -> None:
    assert product.shell("start").returncode == 0
    product.wait_until_open()
    product.order("buy 100 ibm lmt 150 gtc")
    pid, headless = read_owner(product.state.lock)
    assert headless
    os.kill(pid, signal.SIGUSR1)
    product.wait(lambda: product.look("status")["trading_state"] == "HALTED", "the kill")
    product.wait(lambda: product.look("status")["working_orders"] == 0, "the cancels")
    os.kill(pid, signal.SIGTERM)
    product.wait_until_gone()
    assert product.facts(DeskClosed)[-1].reason == "SIGTERM"
    assert not product.state.socket.exists()
    assert product.shell("start").returncode == 0
    assert product.look("status")["trading_state"] == "HALTED"


def test_sigterm_closes_a_console_gracefully(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    product.order("buy 100 ibm lmt 150 gtc")
    desk.terminal.signal(signal.SIGTERM)
    assert desk.terminal.wait(20) == 0
    assert product.facts(DeskClosed)[-1].reason == "SIGTERM"
    assert "the desk was stopped: SIGTERM" in "".join(desk.terminal.screen())
    assert not product.runs()
