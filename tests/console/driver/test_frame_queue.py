from __future__ import annotations

from console.driver.frame_queue import FrameQueue


def written(queue: FrameQueue) -> list[bytes]:
    units = []
    while (unit := queue.take()) is not None:
        units.append(unit)
    return units


def test_output_leaves_in_the_order_in_which_it_came() -> None:
    queue = FrameQueue(mark=100)
    queue.put_frame(b"frame 1")
    queue.put_control(b"bell")
    queue.put_frame(b"frame 2")
    assert written(queue) == [b"frame 1", b"bell", b"frame 2"]
    assert not queue.repaint_due()


def test_over_the_mark_all_frames_are_dropped_and_one_repaint_is_due() -> None:
    queue = FrameQueue(mark=10)
    for _ in range(5):
        queue.put_frame(b"12345678")
    assert written(queue) == []
    assert queue.repaint_due()
    assert not queue.repaint_due(), "once"


def test_nothing_is_repainted_before_the_rest_is_written() -> None:
    queue = FrameQueue(mark=10)
    queue.put_control(b"a long clipboard")
    queue.put_frame(b"frame")
    assert not queue.repaint_due()
    assert written(queue) == [b"a long clipboard"]
    assert queue.repaint_due()


def test_after_a_repaint_frames_are_accepted_again() -> None:
    queue = FrameQueue(mark=10)
    for _ in range(5):
        queue.put_frame(b"12345678")
    queue.repaint_due()
    queue.put_frame(b"the repaint")
    assert written(queue) == [b"the repaint"]


def test_controls_survive_dropped_frames() -> None:
    queue = FrameQueue(mark=10)
    queue.put_frame(b"1234567890")
    queue.put_control(b"bell")
    queue.put_frame(b"one too many")
    assert written(queue) == [b"bell"]


def test_a_frame_larger_than_the_mark_is_accepted_by_an_empty_queue() -> None:
    queue = FrameQueue(mark=10)
    queue.put_frame(b"x" * 1_000)
    assert written(queue) == [b"x" * 1_000]


def test_memory_is_bounded_whatever_is_written() -> None:
    queue = FrameQueue(mark=1_000)
    for _ in range(1_000):
        queue.put_frame(b"f" * 100)
        queue.put_control(b"c" * 100)
    assert sum(map(len, written(queue))) <= 2 * 1_000 + 100


def test_a_cleared_queue_asks_for_no_repaint() -> None:
    queue = FrameQueue(mark=1)
    queue.put_frame(b"frame")
    queue.put_frame(b"frame")
    queue.clear()
    assert written(queue) == []
    assert not queue.repaint_due()


def test_the_rest_of_a_frame_that_was_begun_goes_out_first_and_is_never_dropped() -> None:
    queue = FrameQueue(mark=10)
    queue.put_frame(b"12345678")
    begun = queue.take()
    assert begun is not None
    queue.put_control(b"bell")
    queue.put_back(begun[3:])
    queue.put_frame(b"123456789")
    queue.put_frame(b"one too many")
    assert written(queue) == [b"45678", b"bell"]
    assert queue.repaint_due()
