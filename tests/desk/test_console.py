"""The console on the simulated market, in a real terminal: tickets, verdicts, boxes, and who else may be there."""

from __future__ import annotations

import json

from engine.facts import OrderDenied, OrderIntended, ReplaceIntended
from engine.model.enums import Side
from tests.desk.product import Product


def test_an_order_is_placed_changed_and_cancelled_by_keys(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    desk.command("buy 100 ibm lmt 150.00")
    desk.see_row("IBM", "BUY", "150.00", "WORKING")
    desk.command("mod 1 px 151.00 qty 80")
    desk.see_row("IBM", "BUY", "80", "151.00", "WORKING")
    desk.press("2")
    desk.see("c cancel")
    desk.press("c")
    desk.see_row("IBM", "BUY", "151.00", "CANCELED")
    assert len(product.facts(OrderIntended)) == 1
    assert len(product.facts(ReplaceIntended)) == 1

    # The same desk by form: a ticket for a bracket of so many shares as lose 200 at the stop.
    desk.press("1", "t", "b", "tab", "ibm", "tab", "r", "tab", "200", "tab", "tab", "150", "enter")
    desk.see("Order ticket", "> Stop loss")
    desk.press("149.60")
    desk.see(": buy risk 200 ibm lmt 150 day sl 149.60", "BUY 500 IBM LMT 150.00 DAY", "GREEN  Enter sends")
    desk.press("enter")
    desk.see("order 2 with 3", "sent: change something for another order")
    desk.press("escape")
    desk.see_row("IBM", "BUY", "500", "150.00", "WORKING")
    (entry,) = (fact.request for fact in product.facts(OrderIntended) if fact.request.qty == 500)
    assert (entry.symbol, entry.side, str(entry.limit_px)) == ("IBM", Side.BUY, "150.00")
    assert desk.leave("l") == 0


def test_the_echo_shows_the_verdict_and_enter_sends_only_what_is_green(product: Product) -> None:
    product.change(product.paths.risk_file, "warn_order_notional: off", "warn_order_notional: 50000")
    product.change(product.paths.risk_file, "duplicate_window_s: 2", "duplicate_window_s: 60")  # typing may take long
    desk = product.console().opened()
    product.wait_until_open()

    desk.type("buy 1000000 aapl mkt")
    desk.see("RED", "MAX_ORDER_QTY: value=1000000 limit=50000 scope=AAPL", "fat-finger")
    desk.press("enter")
    desk.normal()
    assert not product.facts(OrderIntended)

    desk.type("buy 10 ibm lmt 150.005")
    desk.see("GREEN", "150.005 is off the tick of 0.01: 150.00")
    desk.press("enter")
    desk.see("order 1 ")
    desk.normal()

    desk.command("buy 20 bac lmt 30")
    desk.type("buy 20 bac lmt 30")
    desk.see("RED", "DUPLICATE_INTENT: ")
    desk.press("enter")
    desk.see("DUPLICATE_INTENT: ")
    desk.normal()

    desk.type("buy 1000 aapl lmt 150")
    desk.see("AMBER", "Enter, then y", "WARN_ORDER_NOTIONAL: value=150000 limit=50000")
    desk.press("enter")
    desk.see("Are you sure?", "y  sends it", "nothing was sent yet")
    desk.press("enter")
    desk.press("escape")
    desk.see(" not sent")
    sent = product.facts(OrderIntended)
    assert [(fact.request.symbol, str(fact.request.limit_px)) for fact in sent] == [("IBM", "150.00"), ("BAC", "30.00")]
    assert not product.facts(OrderDenied), "what is red never leaves the console"
    desk.normal()
    assert desk.leave("c") == 0
    assert product.facts(OrderIntended) == sent


def test_a_line_that_arrives_in_one_piece_is_read_whole(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    desk.press(":buy 100 aapl lmt 10.00 gtc")
    desk.see(": buy 100 aapl lmt 10.00 gtc", "BUY 100 AAPL LMT 10.00 GTC", "GREEN")
    desk.normal()
    assert desk.leave("l") == 0
    assert not product.facts(OrderIntended)


def test_leaving_lists_what_works_and_asks(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    product.order("buy 100 ibm lmt 150")
    product.order("buy 10 spy mkt")
    desk.press("q")
    desk.see("Leave the desk", "1 working orders   0 algos   1 positions", "orders stay at the broker")
    desk.press("escape")
    desk.see("q quit")
    assert product.runs()
    assert desk.leave("c") == 0

    again = product.console().opened()
    again.see_row("SPY", "+10")
    again.see_row("IBM", "BUY", "CANCELED")
    assert again.leave("l") == 0


def test_a_read_only_console_shows_and_sends_nothing(product: Product) -> None:
    desk = product.console("run", "--read-only").opened()
    product.wait_until_open()
    product.order("buy 10 spy mkt")
    desk.see_row("SPY", "+10")
    desk.type("buy 10 ibm mkt")
    desk.see("read-only")
    desk.press("enter")
    desk.see("read-only")
    desk.normal()
    assert len(product.facts(OrderIntended)) == 1
    assert desk.leave("l") == 0


def test_a_second_console_is_refused_in_one_line(product: Product) -> None:
    desk = product.console().opened()
    second = product.console()
    assert second.terminal.wait(20) == 1
    said = [row.strip() for row in second.terminal.screen() if row.strip()]
    assert len(said) == 1, said
    assert "another desk is running there (pid" in said[0]
    desk.see("ACTIVE")
    assert desk.leave("l") == 0


def test_another_shell_sees_and_kills_the_desk_of_a_console(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    desk.command("buy 100 ibm lmt 150")
    status = json.loads(product.shell("status", "--json").stdout)
    assert (status["mode"], status["account"], status["trading_state"]) == ("paper", "PAPER", "ACTIVE")
    assert (status["working_orders"], status["unknown_orders"], status["journal"]["ok"]) == (1, 0, True)
    killed = product.shell("kill")
    assert killed.returncode == 0, killed.stderr
    desk.see("HALTED", "1 cancel sent, 1 confirmed, 0 pending", "VERIFIED")
    desk.see_row("IBM", "BUY", "CANCELED")
    refused = product.shell("order", "buy 1 ibm mkt")
    assert refused.returncode == 1
    assert refused.stderr.startswith("tradedesk: HALTED: ")
    assert desk.leave("l") == 0


def test_a_desk_goes_headless_and_a_console_takes_it_over_with_its_orders_untouched(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    desk.command("buy 100 ibm lmt 150 gtc")
    assert desk.leave("h") == 0
    product.wait_until_open()
    assert product.shell("status").returncode == 0

    console = product.console().opened()
    console.see_row("IBM", "BUY", "150.00", "WORKING")
    assert console.leave("l") == 0
    assert not product.runs()
    assert len(product.facts(OrderIntended)) == 1


def test_start_and_stop_without_a_screen(product: Product) -> None:
    started = product.shell("start")
    assert started.returncode == 0, started.stderr
    assert "headless" in started.stdout
    assert product.shell("start").returncode == 1
    product.wait_until_open()
    placed = json.loads(product.shell("order", "buy 100 ibm lmt 150 gtc", "--json").stdout)
    assert (placed["accepted"], placed["status"]) == (True, "NEW")

    asked = product.shell("stop")
    assert asked.returncode == 1
    assert "1 working orders" in asked.stderr
    assert product.runs()
    assert product.shell("stop", "--cancel").returncode == 0
    assert not product.runs()
    nobody = product.shell("status")
    assert nobody.returncode == 1
    assert nobody.stderr.count("\n") == 1


def test_escape_means_out_also_when_the_next_key_arrives_with_it(product: Product) -> None:
    desk = product.console(size=(80, 24)).opened()
    desk.type("buy 100 ibm")
    desk.press("escape", "2")
    desk.see(" 2 Working orders", "type a command")
    desk.press("3", "escape", ":", "cxl")
    desk.see(" 3 Fills", ": cxl")
    desk.press("escape")
    desk.see("type a command")
    assert desk.leave("l") == 0
