"""reconcile, breaks and book over the socket: what was compared, what was found, and what may be booked by whom."""

from __future__ import annotations

import pytest

from console.client import ask
from console.wire import LookAsk
from engine.inputs import Book, Reconcile
from engine.views import BreakRow
from tests.console.control.conftest import ServedDesk
from tests.console.control.test_handler import say
from tests.console.grammar.desk import NOW_NS

BREAK = BreakRow(
    3, "position", "PAPER", "AAPL", "100", "700", NOW_NS, "600", "probably a split 7:1", ("book split AAPL 7:1",)
)


def test_a_comparison_without_breaks_says_what_was_compared(served: ServedDesk) -> None:
    answer = say(served, "reconcile", "reconcile")
    assert (answer.ok, answer.exit) == (True, 0)
    compared = answer.result["compared"]
    assert compared.keys() == {"at", "orders", "executions", "positions", "cash", "executions_learned", "settled"}
    assert (compared["orders"], compared["executions"], compared["positions"]) == (3, 12, 2)
    assert compared["executions_learned"] == 1
    assert answer.result["breaks"] == []
    assert [type(command) for command in served.desk.sent] == [Reconcile]


def test_a_comparison_with_breaks_fails_and_lists_them(served: ServedDesk) -> None:
    served.desk.change(breaks=(BREAK,))
    answer = say(served, "reconcile", "reconcile")
    assert (answer.ok, answer.exit, answer.error) == (False, 1, "1 break between us and the broker")
    assert answer.result["breaks"][0]["remedies"] == ["book split AAPL 7:1"]


def test_a_break_has_the_documented_keys(served: ServedDesk) -> None:
    served.desk.change(breaks=(BREAK,))
    answer = ask(served.state.socket, LookAsk("breaks"), 10)
    assert answer.result[0].keys() == {
        "no", "kind", "account", "key", "ours", "theirs", "since", "difference", "explanation", "remedies"
    }  # fmt: skip
    assert answer.result[0]["difference"] == "600"


def test_a_booking_asks_for_its_word_and_carries_its_key_and_its_author(served: ServedDesk) -> None:
    refused = say(served, "book", "book dividend 24 aapl reason statement")
    assert refused.exit == 1
    assert "confirm it with --confirm BOOK" in refused.error
    assert served.desk.sent == []
    done = say(served, "book", "book dividend 24 aapl reason statement", confirm="BOOK", id="K1")
    assert done.ok
    (command,) = served.desk.sent
    assert isinstance(command, Book)
    assert (command.key, command.reason) == ("K1", "statement")
    assert command.user


@pytest.mark.parametrize("verb", ["order", "reconcile"])
def test_a_booking_under_another_verb_is_not_taken(served: ServedDesk, verb: str) -> None:
    assert say(served, verb, "book deposit 5 reason x", confirm="BOOK").exit == 2
