"""Terminals that stop reading, and terminals that disappear: the engine does what it should all the same."""

from __future__ import annotations

import signal
import statistics
import threading
import time

import pytest

from engine.facts import (
    AlertRaised,
    AlgoStatusSet,
    CancelIntended,
    DeskClosed,
    KillPulled,
    OrderIntended,
)
from engine.runtime.lock import read_owner
from tests.desk.product import Console, Product

STALL_S = 10.0


class Prober:
    """Asks the control socket every few milliseconds: an answer needs the engine's loop, so gaps are its gaps."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._ended = threading.Event()
        self.answers_ms: list[float] = []
        self.seqs: list[int] = []
        self.uptimes: list[int] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Prober:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.01):
            asked = time.perf_counter()
            status = self._product.look("status")
            self.answers_ms.append((time.perf_counter() - asked) * 1000)
            self.seqs.append(status["journal"]["seq"])
            self.uptimes.append(status["uptime_s"])


def test_a_terminal_that_is_not_read_for_ten_seconds_holds_up_nothing(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    product.order("buy 10 spy mkt")
    desk.see_row("SPY", "+10")
    desk.terminal.stop_reading()
    with Prober(product) as prober:
        stalled = time.monotonic()
        while time.monotonic() < stalled + STALL_S / 2:
            time.sleep(0.1)  # the stall is the thing under test: it lasts as long as it lasts
        placed = product.order("buy 25 ibm mkt")
        product.wait(lambda: _status_of(product, placed["id"]) == "FILLED", "the order to fill", timeout=5)
        while time.monotonic() < stalled + STALL_S:
            time.sleep(0.1)
    desk.terminal.resume_reading()
    desk.see_row("IBM", "+25")
    desk.see_row("IBM", "BUY", "25", "FILLED")
    repainted = _still_rows(desk)
    desk.terminal.terminal().reset()
    desk.terminal.resize(121, 40)
    desk.see_row("IBM", "BUY", "25", "FILLED")
    desk.see("Symbol", "Level Event", "type a command")
    assert repainted == _still_rows(desk), "what the stall left on the screen is not what a full repaint shows"

    answers = sorted(prober.answers_ms)
    print(
        f"\nterminal unread for {STALL_S:.0f} s: {len(answers)} answers of the engine, median "
        f"{statistics.median(answers):.1f} ms, p99 {answers[len(answers) * 99 // 100]:.1f} ms, longest "
        f"{answers[-1]:.1f} ms; journal {prober.seqs[0]} to {prober.seqs[-1]}, up {prober.uptimes[0]} to "
        f"{prober.uptimes[-1]} s"
    )
    assert prober.seqs[-1] >= prober.seqs[0] + 10
    assert prober.uptimes[-1] >= prober.uptimes[0] + 8
    assert answers[-1] < 2000, "the engine stood still with its terminal"
    assert desk.leave("l") == 0


def _status_of(product: Product, number: int) -> str:
    return next(str(row["status"]) for row in product.look("orders") if row["id"] == number)


def _still_rows(desk: Console) -> list[str]:
    """What does not move with the market: titles, column heads, orders."""
    left = [row[:66].partition(" held ")[0].rstrip() for row in desk.terminal.screen()]
    kept = ("Positions", "Working orders", "FILLED", "Symbol", "type a command")
    return [row for row in left if any(word in row for word in kept)]


@pytest.fixture
def trading(request: pytest.FixtureRequest, product: Product) -> tuple[Product, Console]:
    """A console under one policy, with a position, an order of its own and a running TWAP."""
    product.change(product.paths.desk_file, "hangup: pause ", f"hangup: {request.param} ")
    desk = product.console().opened()
    product.wait_until_open()
    product.order("buy 10 spy mkt")
    product.order("buy 100 ibm lmt 150 gtc")
    duration = "3s" if request.param == "keep" else "10m"
    launched = product.ask("launch", line=f"twap buy 100 msft duration {duration} slices 4", yes=True)
    assert launched.ok, launched.error
    desk.see_row("MSFT", "BUY", "RUNNING")
    return product, desk


def vanish(desk: Console) -> None:
    """The terminal is gone, as with a dropped connection; the program must end by itself."""
    desk.terminal.hang_up()
    assert desk.terminal.wait(30) == 0


@pytest.mark.parametrize("trading", ["pause"], indirect=True)
def test_without_a_terminal_algos_pause_and_orders_stay(trading: tuple[Product, Console]) -> None:
    product, desk = trading
    vanish(desk)
    paused = [fact for fact in product.facts(AlgoStatusSet) if fact.status == "PAUSED"]
    assert len(paused) == 1
    assert "terminal gone" in paused[0].reason
    assert "terminal gone" in product.facts(DeskClosed)[-1].reason
    again = product.console().opened()
    again.see_row("MSFT", "BUY", "PAUSED")
    again.see_row("IBM", "BUY", "WORKING")
    again.see("the terminal went away")
    assert again.leave("l") == 0


@pytest.mark.parametrize("trading", ["cancel"], indirect=True)
def test_without_a_terminal_every_order_is_cancelled_when_the_policy_says_so(trading: tuple[Product, Console]) -> None:
    product, desk = trading
    vanish(desk)
    assert product.facts(CancelIntended)
    assert "terminal gone" in product.facts(DeskClosed)[-1].reason
    again = product.console().opened()
    again.see_row("IBM", "BUY", "CANCELED")
    again.see_row("MSFT", "BUY", "CANCELED")
    again.see_row("SPY", "+10")
    again.see("the terminal went away")
    assert not [row for row in product.look("orders") if row["status"] in ("NEW", "PARTIALLY_FILLED")]
    assert again.leave("l") == 0


@pytest.mark.parametrize("trading", ["flatten"], indirect=True)
def test_without_a_terminal_the_desk_is_killed_and_flat_when_the_policy_says_so(
    trading: tuple[Product, Console],
) -> None:
    product, desk = trading
    vanish(desk)
    assert product.facts(KillPulled)[-1].by == "hangup"
    again = product.console().opened()
    again.see("HALTED", "VERIFIED", "the terminal went away")
    assert all(row["qty"] == "0" for row in product.look("positions"))
    assert not [row for row in product.look("orders") if row["status"] in ("NEW", "PARTIALLY_FILLED")]
    assert again.leave("l") == 0


@pytest.mark.parametrize("trading", ["keep"], indirect=True)
def test_without_a_terminal_the_desk_finishes_its_algos_headless_and_then_ends(
    trading: tuple[Product, Console],
) -> None:
    product, desk = trading
    desk.terminal.hang_up()
    product.wait(lambda: read_owner(product.state.lock)[1], "the desk to call itself headless")
    assert product.look("status")["trading_state"] == "ACTIVE"
    assert desk.terminal.wait(30) == 0
    assert [fact.status for fact in product.facts(AlgoStatusSet)] == ["DONE"]
    children = [fact for fact in product.facts(OrderIntended) if fact.request.parent is not None]
    assert len(children) >= 4
    assert "terminal gone" in product.facts(DeskClosed)[-1].reason
    again = product.console().opened()
    again.see_row("MSFT", "+100")
    again.see_row("IBM", "BUY", "WORKING")
    again.see("the terminal went away")
    assert again.leave("l") == 0


def test_a_desk_that_was_stopped_by_force_says_so_and_trades_on(product: Product) -> None:
    desk = product.console().opened()
    product.wait_until_open()
    desk.terminal.signal(signal.SIGSTOP)
    time.sleep(3.5)  # the standstill is the thing under test: it lasts as long as it lasts
    desk.terminal.signal(signal.SIGCONT)
    desk.see("the desk stood still for 3 s")
    assert "stopped by a signal" in [fact for fact in product.facts(AlertRaised) if fact.code == "STOOD_STILL"][-1].text
    product.wait_until_open()
    desk.command("buy 10 spy mkt")
    desk.see_row("SPY", "+10")
    assert desk.leave("l") == 0
    assert desk.terminal.is_cooked()
