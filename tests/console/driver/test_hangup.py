from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from console.driver import HangupWatch


class Calls:
    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.came = threading.Event()

    def __call__(self, why: str) -> None:
        self.reasons.append(why)
        self.came.set()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def watch(calls: Calls) -> Iterator[HangupWatch]:
    watch = HangupWatch(calls)
    watch.install()
    yield watch
    watch.uninstall()


def finish(watch: HangupWatch) -> None:
    """Stop watching, and wait until everything that was reported has been dealt with."""
    thread = next(thread for thread in threading.enumerate() if thread.name == "hangup-watch")
    watch.uninstall()
    thread.join(10)


def test_many_witnesses_are_one_hang_up(watch: HangupWatch, calls: Calls) -> None:
    witnesses = [threading.Thread(target=watch.report, args=(f"witness {number}",)) for number in range(8)]
    for witness in witnesses:
        witness.start()
    for witness in witnesses:
        witness.join()
    os.kill(os.getpid(), signal.SIGHUP)
    assert calls.came.wait(10)
    finish(watch)
    assert len(calls.reasons) == 1


def test_sighup_is_reported_and_known_at_once(watch: HangupWatch, calls: Calls) -> None:
    os.kill(os.getpid(), signal.SIGHUP)
    assert calls.came.wait(10)
    assert watch.gone
    assert calls.reasons == ["SIGHUP"]


def test_without_a_hang_up_nothing_is_called(watch: HangupWatch, calls: Calls) -> None:
    finish(watch)
    assert not watch.gone
    assert calls.reasons == []


def test_the_former_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGHUP)
    watch = HangupWatch(lambda why: None)
    watch.install()
    watch.install()
    assert signal.getsignal(signal.SIGHUP) != before
    watch.uninstall()
    watch.uninstall()
    assert signal.getsignal(signal.SIGHUP) == before
