"""The breaker: opens after failures of one kind in a row, half-opens by time, closes by a read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.resilience.breaker import Breaker

SECOND = 1_000_000_000


def broken(at_ns: int = 0) -> Breaker:
    breaker = Breaker(5, 60 * SECOND)
    for _ in range(5):
        breaker.failed("order", at_ns, "502")
    assert breaker.state == "open"
    return breaker


def test_it_opens_with_the_fifth_failure_and_says_why() -> None:
    breaker = Breaker(5, 60 * SECOND)
    changes = [breaker.failed("read", 0, "no answer") for _ in range(5)]

    assert changes == [False, False, False, False, True]
    assert breaker.reason == "5 read requests failed, the last: no answer"
    assert not breaker.lets_orders_out


def test_an_answer_starts_the_count_of_its_kind_again() -> None:
    breaker = Breaker(5, 60 * SECOND)
    for _ in range(20):
        for _ in range(4):
            assert not breaker.failed("order", 0, "502")
        breaker.answered("order")

    assert breaker.state == "closed"


def test_a_broker_that_answers_questions_and_times_out_every_order_is_broken() -> None:
    breaker = Breaker(5, 60 * SECOND)
    for _ in range(5):
        breaker.answered("read")
        breaker.failed("order", 0, "no answer")

    assert breaker.state == "open"


def test_what_dies_with_one_session_is_one_failure() -> None:
    breaker = Breaker(5, 60 * SECOND)
    for _ in range(40):
        assert not breaker.failed("order", 0, "connection lost", lost_session=3)
    assert breaker.state == "closed"
    for session in (4, 5, 6, 7):
        breaker.failed("order", 0, "connection lost", lost_session=session)
    assert breaker.state == "open"


def test_it_half_opens_after_its_time_and_a_read_closes_it() -> None:
    breaker = broken(at_ns=SECOND)

    assert breaker.probe_due_ns == 61 * SECOND
    assert not breaker.tick(61 * SECOND - 1)
    assert breaker.tick(61 * SECOND)
    assert breaker.state == "half-open"
    assert not breaker.lets_orders_out
    assert not breaker.answered("cancel")
    assert breaker.answered("read")
    assert breaker.lets_orders_out


def test_a_read_while_it_is_open_does_not_close_it() -> None:
    breaker = broken()

    assert not breaker.answered("read")
    assert breaker.state == "open"


def test_a_failed_probe_opens_it_for_another_while() -> None:
    breaker = broken()
    breaker.tick(60 * SECOND)

    assert breaker.failed("read", 60 * SECOND, "no answer")
    assert breaker.probe_due_ns == 120 * SECOND
    assert breaker.reason == "the probe failed: no answer"


@given(
    st.lists(
        st.tuples(st.sampled_from(("order", "cancel", "read")), st.booleans(), st.integers(0, 20 * SECOND)),
        max_size=120,
    )
)
def test_orders_go_out_only_while_fewer_than_five_of_any_kind_failed_in_a_row(
    events: list[tuple[str, bool, int]],
) -> None:
    breaker = Breaker(5, 60 * SECOND)
    now, row, opened = 0, dict.fromkeys(("order", "cancel", "read"), 0), None
    for kind, failed, wait in events:
        now += wait
        breaker.tick(now)
        if failed:
            breaker.failed(kind, now, "x")  # type: ignore[arg-type]
            row[kind] += 1
        else:
            breaker.answered(kind)  # type: ignore[arg-type]
            row[kind] = 0
        if opened is None and max(row.values()) >= 5:
            opened = now
        elif breaker.state == "closed":
            if opened is not None:
                assert now >= opened + 60 * SECOND, "never closed before it half-opened"
                row = dict.fromkeys(row, 0)
            opened = None
        assert breaker.lets_orders_out == (opened is None)
