"""The gate: the last thing read before bytes go out, the first thing that a kill closes, from any thread."""

from __future__ import annotations

import threading

import pytest

from engine.risk.gate import Gate


@pytest.fixture
def gate() -> Gate:
    return Gate(epoch=3)


def test_an_open_gate_passes_approvals_of_its_own_epoch_only(gate: Gate) -> None:
    assert gate.is_open
    assert gate.passes(3, reducing=False)
    assert not gate.passes(2, reducing=False)
    assert not gate.passes(4, reducing=True)


def test_slammed_by_hand_nothing_at_all_passes(gate: Gate) -> None:
    gate.slam("hotkey")
    assert not gate.is_open
    assert gate.reason == "hotkey"
    assert not gate.passes(3, reducing=False)
    assert not gate.passes(3, reducing=True)


def test_once_the_core_knows_reducing_approvals_made_since_then_pass(gate: Gate) -> None:
    gate.slam("hotkey")
    gate.adopt(4, "kill", answers_slam=True)
    assert not gate.is_open
    assert gate.passes(4, reducing=True)
    assert not gate.passes(4, reducing=False)
    assert not gate.passes(3, reducing=True), "approved before the kill"


def test_an_audited_resume_opens_it_and_approvals_from_before_stay_void(gate: Gate) -> None:
    gate.adopt(4, "halt", answers_slam=False)
    assert gate.open(5)
    assert gate.is_open
    assert gate.reason == ""
    assert gate.passes(5, reducing=False)
    assert not gate.passes(4, reducing=True)


def test_a_resume_decided_before_a_slam_does_not_open_it(gate: Gate) -> None:
    gate.adopt(4, "halt", answers_slam=False)
    gate.slam("hotkey")
    assert not gate.open(5)
    assert not gate.passes(5, reducing=True)


def test_a_halt_decided_before_a_slam_is_no_answer_to_it(gate: Gate) -> None:
    """Halt and resume are on their way to the disk when the hotkey is hit: neither may weaken what the key did."""
    gate.slam("hotkey")
    gate.adopt(4, "halt", answers_slam=False)
    assert gate.reason == "hotkey"
    assert not gate.passes(4, reducing=True)
    assert not gate.open(5)
    gate.adopt(6, "kill", answers_slam=True)
    assert gate.passes(6, reducing=True)


def test_it_may_start_closed() -> None:
    gate = Gate(epoch=0, closed=True)
    assert not gate.is_open
    assert not gate.passes(0, reducing=False)


def test_who_slams_persists_it_after_the_gate_is_shut() -> None:
    seen: list[tuple[str, bool, threading.Thread]] = []
    gate = Gate(on_close=lambda reason, scope, by: seen.append((reason, gate.is_open, threading.current_thread())))
    gate.slam("hotkey")
    assert seen == [("hotkey", False, threading.current_thread())]


def test_a_slow_disk_does_not_keep_the_gate_open() -> None:
    """While the latch is being written in one thread, another one already reads the gate as shut."""
    writing, go_on = threading.Event(), threading.Event()

    def write(reason: str, scope: str, by: str) -> None:
        writing.set()
        assert go_on.wait(10)

    gate = Gate(on_close=write)
    thread = threading.Thread(target=gate.slam, args=("hotkey",))
    thread.start()
    assert writing.wait(10)
    assert not gate.passes(0, reducing=True)
    go_on.set()
    thread.join(10)
    assert not thread.is_alive()


def test_after_a_slam_in_any_thread_no_other_thread_ever_passes_an_entry_again() -> None:
    """Readers and a core that halts and resumes hammer the gate; from the moment slam returns, nothing passes."""
    gate = Gate(epoch=1)
    slammed, stop = threading.Event(), threading.Event()
    wrong: list[int] = []

    def read() -> None:
        while not stop.is_set():
            shut = slammed.is_set()
            passed = [epoch for epoch in range(1, 400) if gate.passes(epoch, reducing=True)]
            if shut and passed:
                wrong.extend(passed)

    def halt_and_resume() -> None:
        epoch = 1
        while not stop.is_set():
            gate.adopt(epoch + 1, "halt", answers_slam=False)
            gate.open(epoch + 2)
            epoch = epoch % 300 + 1

    threads = [threading.Thread(target=read) for _ in range(3)] + [threading.Thread(target=halt_and_resume)]
    for thread in threads:
        thread.start()
    gate.slam("hotkey")
    slammed.set()
    for _ in range(200):
        gate.passes(1, reducing=False)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert wrong == []
    assert not gate.is_open
