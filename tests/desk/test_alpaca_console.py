"""The console at "Alpaca" by its keys: fills that never reach the stream, a crash in the middle of a TWAP, a kill."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from engine.runtime.lock import read_owner
from tests.desk.alpaca import AtAlpaca
from tests.desk.product import Console

pytestmark = pytest.mark.timeout(180)


def test_a_stream_that_loses_fills_a_crash_in_a_twap_and_a_kill_by_keys(at_alpaca: AtAlpaca) -> None:
    product, broker = at_alpaca, at_alpaca.broker
    faults = broker.server.faults
    faults.drop_fills = 3
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

    desk.command("buy 10 ibm lmt 185.01")
    desk.command("buy 11 ibm lmt 185.02")
    desk.see_row("IBM", "+21")
    a_fill_is_lost(desk, product)
    crash_in_a_twap(desk, product)
    nothing_shows_the_key(product)


def show(desk: Console, line: str, shown: str) -> None:
    """Give a line that is no order."""
    desk.type(line)
    desk.see("Enter s")
    desk.press("enter")
    desk.see(shown)
    desk.normal()


def a_fill_is_lost(desk: Console, product: AtAlpaca) -> None:
    """The third fill is kept off the stream, and the account's activities have it late as well."""
    broker = product.broker
    show(desk, "layout risk", "8 Breaks")
    broker.server.faults.late_activities_s = 3600
    desk.command("buy 12 bac lmt 38.01")
    product.wait(lambda: broker.positions == {"BAC": "12", "IBM": "21"}, "the fill at the broker")
    assert product.held() == {"IBM": "21"}
    show(desk, "reconcile", "comparison with the broker started")
    desk.see_row("position", "BAC", "0", "12")
    broker.server.faults.late_activities_s = 0
    show(desk, "reconcile", "comparison with the broker started")
    desk.see("no breaks")
    desk.see_row("BAC", "+12")
    assert product.held() == broker.positions


def crash_in_a_twap(desk: Console, product: AtAlpaca) -> None:
    """kill -9 between two slices; the next console goes on, and the kill key leaves nothing behind."""
    broker = product.broker
    show(desk, "layout trading", "3 Fills")
    desk.command("twap sell 9 ibm duration 12s slices 3 limit 184.99")
    product.wait(lambda: broker.positions["IBM"] == "18", "the first slice")
    pid = read_owner(product.state.lock)[0]
    # `e`: what a program was started with, and its environment.
    seen = subprocess.run(["ps", "eww", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    assert "tradedesk" in seen
    assert "ALPACA_BASE_URL" in seen
    assert broker.server.secret not in seen
    os.kill(pid, signal.SIGKILL)
    product.wait_until_gone()
    again = product.console().opened()
    product.wait(lambda: broker.positions["IBM"] == "12", "the last slice")
    product.wait(lambda: product.held() == broker.positions, "the same books on both sides")
    again.press("f12")
    again.see("VERIFIED", "2 positions, 2 flat")
    assert (broker.positions, broker.working, product.held()) == ({}, [], {})
    assert again.leave("l") == 0


def nothing_shows_the_key(product: AtAlpaca) -> None:
    """Not a byte of it in what the desk wrote, nor in what its doctor says."""
    server = product.broker.server
    secrets = [server.key, server.secret]
    home = product.paths.config.parent
    written = [path for path in home.rglob("*") if path.is_file() and path != product.paths.secrets_file]
    assert {product.state.journal, product.state.log, product.state.trades} <= set(written)
    for path in written:
        assert not any(secret.encode() in path.read_bytes() for secret in secrets), path
    server.secret = "changed"
    refused = product.shell("doctor", "--json")
    assert "forbidden" in refused.stdout
    assert not any(secret in refused.stdout + refused.stderr for secret in secrets)
