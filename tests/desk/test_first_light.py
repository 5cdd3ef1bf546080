"""The desk opens, trades a recorded market day and is killed, in a real terminal, with keys only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.product import Console, Product

#: IBM offers 182.65 and less from 09:52:31 on, a few hundred shares at a time.
START, LIMIT, SPEED = "09:50:30", "182.65", "20"


def replay(shared_data: Path) -> list[str]:
    folder = shared_data / "equities" / "quotes_1s"
    tapes = [folder / f"{symbol}_20131007.csv.gz" for symbol in ("SPY", "IBM", "BAC")]
    return [word for tape in tapes for word in ("--replay", str(tape))]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def filled_of(row: str) -> int:
    """The column Filled of an order's row: # Symbol Side Qty Filled ..."""
    words = row.split()
    at = words.index("IBM")
    return number(words[at + 3])


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
def test_a_day_on_the_recorded_market_with_keys_only(
    product: Product, shared_data: Path, size: tuple[int, int]
) -> None:
    one_pane = size == (80, 24)

    def pane(console: Console, key: str, title: str) -> None:
        if one_pane:
            console.press(key)
            console.see(f" {key} {title}")

    desk = product.console("run", *replay(shared_data), "--from", START, "--speed", SPEED, size=size).opened()
    desk.command(f"buy 1200 ibm lmt {LIMIT}")
    pane(desk, "2", "Working orders")
    assert filled_of(desk.see_row("IBM", "BUY", "1,200", "WORKING")) == 0
    # The recorded book is locked for moments; an order that falls into one is refused, and given again.
    answers = (desk.command("buy 100 spy mkt") for _ in range(10))
    assert any("locked or crossed" not in answer for answer in answers)
    desk.see_row("SPY", "BUY", "100", "FILLED")

    partial = desk.see_row("IBM", "BUY", "1,200", "PARTIAL")
    assert 0 < filled_of(partial) < 1200
    assert filled_of(desk.see_row("IBM", "BUY", "1,200", "FILLED")) == 1200
    pane(desk, "3", "Fills")
    desk.terminal.wait_until(lambda rows: sum("IBM" in row and LIMIT in row for row in rows) >= 2, what="two fills")
    pane(desk, "1", "Positions")
    desk.see_row("IBM", "+1,200")
    desk.see_row("SPY", "+100")

    desk.command("twap buy 1000 ibm duration 5m slices 5")
    pane(desk, "4", "Algos")
    desk.see_row("IBM", "BUY", "20%", "RUNNING")
    pane(desk, "1", "Positions")
    desk.see_row("IBM", "+1,400")

    desk.press("f12")
    desk.see("HALTED", "FLATTENING IN", "k keeps the positions")
    rows = desk.see("VERIFIED", "2 positions, 2 flat")
    assert any("cancel" in row and "confirmed, 0 pending" in row for row in rows)
    assert desk.leave("l") == 0
    assert "stopped" in "\n".join(desk.terminal.screen())

    books = product.console(size=size).opened()
    books.see("HALTED", "VERIFIED")
    assert not product.look("positions") or all(row["qty"] == "0" for row in product.look("positions"))
    assert product.ask("order", line="buy 1 ibm mkt", yes=True).exit == 1
    assert books.leave("l") == 0

    again = product.console("run", *replay(shared_data), "--from", START, "--speed", SPEED, size=size).opened()
    again.see("HALTED")
    again.type("buy 1 ibm mkt")
    again.see("RED", "HALTED: ")
    again.normal()
    assert again.leave("l") == 0


def test_a_taken_over_tape_goes_on_where_it_was(product: Product, shared_data: Path) -> None:
    started = product.shell("start", *replay(shared_data), "--from", START, "--speed", "5")
    assert started.returncode == 0, started.stderr
    product.wait_until_open()
    product.order("buy 10 spy mkt")
    before = product.look("status")["market_time"]
    desk = product.console().opened()
    desk.see("REPLAY 2013-10-07 x5")
    desk.see_row("SPY", "+10")
    after = product.look("status")["market_time"]
    assert before > "2013-10-07T13:50"
    assert before < after < "2013-10-07T13:56"
    assert desk.leave("h") == 0
    product.wait_until_open()
    assert after < product.look("status")["market_time"] < "2013-10-07T13:59"
