"""200 working orders, 50 positions long and short (options among them), cancels refused and lost, a fill crossing each:
a kill that flattens ends flat and verified, or says plainly what is not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from engine.algos import supervisor
from engine.inputs import AlgoSpec, LaunchAlgo
from engine.model.enums import Side
from tests.fire.desk import ACCOUNT, STOCKS, Desk, burning_desk
from tests.fire.troubles import FULL

ORDERS, POSITIONS = 200, 50
pytestmark = pytest.mark.timeout(600)
Trouble = Callable[[Desk, pytest.MonkeyPatch], AbstractContextManager[None]]


@contextmanager
def nothing_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The broker is trouble enough."""
    yield


@contextmanager
def busy_screen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another thread works without a pause, as a screen that hangs in its own code does."""
    over = threading.Event()

    def spin() -> None:
        number = 0
        while not over.is_set():
            number += 1

    thread = threading.Thread(target=spin)
    thread.start()
    yield
    over.set()
    thread.join()


@contextmanager
def raising_algo(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An algo has a defect: it raises whenever it is asked for anything."""
    start = desk.view.market_ns
    spec = AlgoSpec("twap", ACCOUNT, STOCKS[20], Side.BUY, Decimal(40), start, start + 40 * 10**9, slices=20)
    assert desk.thread.send(LaunchAlgo(spec)).result(20).ok

    def defect(*arguments: object) -> None:
        raise ZeroDivisionError("an algo's defect")

    monkeypatch.setattr(supervisor, "drive", defect)
    monkeypatch.setattr(supervisor, "advance", defect)
    yield
    monkeypatch.undo()


@contextmanager
def no_feed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Market data stops for the desk; the market goes on without it, and moves away from the prices that it knew."""
    desk.cut_the_feed(for_the_broker_too=False)
    time.sleep(2)
    yield


@contextmanager
def everything(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All of it at once."""
    with raising_algo(desk, monkeypatch), busy_screen(desk, monkeypatch), no_feed(desk, monkeypatch):
        yield


@pytest.mark.parametrize("trouble", [nothing_more, busy_screen, raising_algo, no_feed] if FULL else [everything])
def test_a_kill_under_fire_ends_flat_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    with burning_desk(tmp_path, monkeypatch) as desk:
        desk.fill_the_books(ORDERS)
        assert len(desk.held()) == POSITIONS
        assert {qty > 0 for qty in desk.held().values()} == {True, False}
        with trouble(desk, monkeypatch):
            desk.broker.on_fire = True
            began = time.monotonic()
            answer = desk.ask("kill", flatten=True)
            assert answer.ok
            assert time.monotonic() - began < 5
            over = ("done", "not_flat")
            desk.wait(lambda: desk.view.kill is not None and desk.view.kill.phase in over, "the kill", 240)
            took = time.monotonic() - began
        proof = desk.view.kill
        assert proof is not None
        assert desk.broker.crossed >= ORDERS
        assert desk.broker.refused > ORDERS // 4
        assert desk.broker.lost > ORDERS // 8
        assert desk.working() == []
        assert (proof.phase, proof.verified, proof.problems) == ("done", True, ())
        assert desk.held() == {}
        assert proof.cancels_sent >= ORDERS
        assert proof.cancels_confirmed == proof.cancels_sent
        assert proof.flat == proof.positions >= POSITIONS
        print(f"\nkill under fire, {trouble.__name__}: flat and verified after {took:.1f} s")


def test_where_nothing_can_fill_the_proof_names_what_is_not_flat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with burning_desk(tmp_path, monkeypatch, max_attempts="2", reprice_s="1") as desk:
        desk.fill_the_books(40)
        desk.cut_the_feed(for_the_broker_too=True)
        held = desk.held()
        desk.broker.on_fire = True
        desk.ask("kill", flatten=True)
        desk.wait(lambda: desk.view.kill is not None and desk.view.kill.phase in ("done", "not_flat"), "the kill")
        proof = desk.view.kill
        assert proof is not None
        assert desk.working() == []
        assert proof.cancels_confirmed == proof.cancels_sent
        left = desk.held()
        assert left, "what crossed may have closed a few, not all"
        assert (proof.phase, proof.verified) == ("not_flat", False)
        named = {problem.removesuffix(" is not flat") for problem in proof.problems if problem.endswith(" is not flat")}
        assert named == set(left) & set(held)
        assert proof.positions - proof.flat == len(named)


def test_a_broker_that_hangs_is_named_and_is_finished_when_it_answers_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with burning_desk(tmp_path, monkeypatch, new_session_after_s="5") as desk:
        desk.fill_the_books(40)
        desk.broker.hung = True
        began = time.monotonic()
        assert desk.ask("kill", flatten=True).ok
        assert time.monotonic() - began < 5, "who pulls does not wait for the broker"
        desk.wait(lambda: desk.view.kill is not None and len(desk.view.kill.problems) >= 40, "each order to be named")
        proof = desk.view.kill
        assert proof is not None
        assert (proof.verified, proof.cancels_sent, proof.cancels_confirmed) == (False, 40, 0)
        assert desk.view.status.trading_state.name == "HALTED"
        desk.broker.hung = False
        desk.wait(lambda: desk.view.kill is not None and desk.view.kill.phase in ("done", "not_flat"), "the kill")
        proof = desk.view.kill
        assert proof is not None
        assert (proof.phase, proof.problems, desk.working(), desk.held()) == ("done", (), [], {})
