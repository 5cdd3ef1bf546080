"""The rate lanes: never more than what is published, cancels first, nobody starves."""

from __future__ import annotations

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from engine.resilience.lanes import Lane, RateLanes

SECOND = 1_000_000_000
MS = 1_000_000


class Line:
    """Lanes on a clock that the test moves; `sent` has what went out, and when."""

    def __init__(self, *limits: tuple[int, int], **settings: float) -> None:
        self.now = 0
        self.lanes: RateLanes[str] = RateLanes(limits, **settings)  # type: ignore[arg-type]
        self.sent: list[tuple[int, Lane, str]] = []

    def put(self, lane: Lane, *names: str) -> None:
        for name in names:
            self.lanes.put(lane, name, self.now)
        self.drain()

    def drain(self) -> None:
        while (popped := self.lanes.pop(self.now)) is not None:
            self.sent.append((self.now, *popped))

    def run_for(self, ns: int) -> None:
        """Let time pass as a timer would: to each moment at which something may go."""
        end = self.now + ns
        while (due := self.lanes.next_ns(self.now)) is not None and due <= end:
            assert due >= self.now
            self.now = due
            self.drain()
        self.now = end

    def names(self) -> list[str]:
        return [name for _, _, name in self.sent]


def many(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


arrivals = st.lists(st.tuples(st.integers(0, 900 * MS), st.sampled_from(Lane), st.integers(1, 6)), max_size=12)
limits = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from((SECOND // 4, SECOND, 5 * SECOND))), min_size=1, max_size=3
)


@given(arrivals, limits, st.sampled_from((0.0, 0.2, 0.5)))
def test_no_window_ever_holds_more_than_what_is_published(
    moments: list[tuple[int, Lane, int]], published: list[tuple[int, int]], reserved: float
) -> None:
    line = Line(*published, reserved_share=reserved)
    for wait, lane, count in moments:
        line.run_for(wait)
        line.put(lane, *many("x", count))
    line.run_for(1000 * SECOND)

    times = [at for at, _, _ in line.sent]
    assert len(times) == sum(count for _, _, count in moments), "whatever waits goes out in the end"
    for most, span in published:
        for place, start in enumerate(times):
            assert bisect_left(times, start + span) - place <= most


@given(arrivals, st.integers(2, 30))
def test_orders_and_reads_always_leave_the_reserved_room_for_a_cancel(
    moments: list[tuple[int, Lane, int]], rate: int
) -> None:
    line = Line((rate, SECOND), reserved_share=0.2)
    for wait, lane, count in moments:
        line.run_for(wait)
        line.put(Lane.ORDER if lane < Lane.AGAIN else lane, *many("x", count))

    reserved = max(1, int(rate * 0.2))
    line.put(Lane.CANCEL, *many("cancel", reserved))

    assert line.names()[-reserved:] == many("cancel", reserved)
    assert {at for at, _, _ in line.sent[-reserved:]} == {line.now}


@given(st.integers(1, 60), st.integers(1, 60), st.integers(2, 20))
def test_a_cancel_never_waits_behind_an_order(orders: int, cancels: int, rate: int) -> None:
    line = Line((rate, SECOND))
    line.put(Lane.ORDER, *many("order", orders))
    before = len(line.sent)
    line.put(Lane.URGENT, *many("cancel", cancels))
    line.run_for(60 * SECOND)

    assert line.names()[before : before + cancels] == many("cancel", cancels)


def test_a_kill_gets_the_whole_rate() -> None:
    line = Line((50, SECOND))
    line.put(Lane.URGENT, *many("cancel", 200))
    line.run_for(3 * SECOND)

    assert [sum(1 for at, _, _ in line.sent if at == second * SECOND) for second in range(4)] == [50, 50, 50, 50]


def test_cancels_that_repeat_leave_room_for_the_question_that_ends_them() -> None:
    line = Line((5, SECOND))
    answered = 0
    for second in range(20):
        line.put(Lane.AGAIN, *many(f"again {second} ", 12))
        line.put(Lane.READ, f"question {second}")
        line.run_for(SECOND)
        answered = sum(1 for name in line.names() if name.startswith("question"))

    assert answered >= 18


def test_orders_and_reads_share_by_weight_and_neither_starves() -> None:
    line = Line((10, SECOND), order_weight=3, read_weight=1)
    line.put(Lane.ORDER, *many("order", 100))
    line.put(Lane.READ, *many("read", 100))
    line.run_for(8 * SECOND)

    reads = sum(1 for _, lane, _ in line.sent if lane is Lane.READ)
    orders = sum(1 for _, lane, _ in line.sent if lane is Lane.ORDER)
    # The first second's orders were alone.
    assert (reads, orders) == (16, 56)


def test_a_pause_that_the_broker_asked_for_holds_orders_and_reads_and_no_cancel() -> None:
    line = Line((50, SECOND))
    line.lanes.hold(3 * SECOND)
    line.put(Lane.ORDER, "order")
    line.put(Lane.READ, "read")
    line.put(Lane.URGENT, "kill")
    line.put(Lane.LIQUIDATION, "flat")
    line.put(Lane.AGAIN, "cancel")

    assert line.names() == ["kill", "flat", "cancel"]
    line.run_for(3 * SECOND)
    assert sorted(line.names()[3:]) == ["order", "read"]


def test_a_rate_published_at_log_in_counts_what_was_sent_before_it() -> None:
    line = Line((10, SECOND), reserved_share=0)
    line.put(Lane.ORDER, *many("x", 4))
    line.lanes.set_limits([(5, SECOND)])
    line.put(Lane.ORDER, *many("y", 4))

    assert len(line.sent) == 5
    line.run_for(SECOND)
    assert len(line.sent) == 8


def test_what_leaves_evenly_may_arrive_bunched_by_the_margin() -> None:
    line = Line((2, SECOND), reserved_share=0, margin_ns=50 * MS)
    line.put(Lane.ORDER, *many("x", 4))
    line.run_for(2 * SECOND)

    assert [at for at, _, _ in line.sent] == [0, 0, 1050 * MS, 1050 * MS]


def test_what_has_waited_too_long_can_be_taken_out() -> None:
    line = Line((1, SECOND))
    line.put(Lane.ORDER, "goes", "waits")
    line.now = 2 * SECOND - 1
    line.lanes.put(Lane.ORDER, "newer", line.now)

    assert line.lanes.expire(Lane.ORDER, SECOND) == ["waits"]
    assert line.lanes.remove(Lane.ORDER, lambda name: name == "newer") == ["newer"]
    assert len(line.lanes) == 0
