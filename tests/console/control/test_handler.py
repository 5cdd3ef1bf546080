"""What the desk answers over its socket: the documented keys, and every refusal with its reason."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.client import NoDeskError, SilentDeskError, ask
from console.control_handler import Patience
from console.wire import Answer, KillAsk, LineAsk, LookAsk, StopAsk
from engine.inputs import (
    DiscardLetter,
    Kill,
    ModifyOrder,
    NoteRefusal,
    PlaceOrder,
    ReplayLetter,
    ResendOrder,
    ResolveOrder,
    Resume,
)
from engine.model.enums import Side
from engine.views import BrokerRow, LetterRow
from tests.console.control.conftest import ServedDesk
from tests.console.grammar.desk import desk_view
from tests.console.grammar.desk import order as order_row


def say(served: ServedDesk, verb: Any, line: str = "", **options: Any) -> Answer:
    return ask(served.state.socket, LineAsk(verb, line, **options), 10)


def look(served: ServedDesk, verb: Any) -> Any:
    answer = ask(served.state.socket, LookAsk(verb), 10)
    assert answer.ok
    return answer.result


ORDER_KEYS = {"accepted", "id", "cl_ord_id", "status", "denials"}


def test_an_acknowledged_order_is_answered_with_the_documented_keys(served: ServedDesk) -> None:
    answer = say(served, "order", "buy 100 aapl lmt 190.50 day")

    assert (answer.ok, answer.exit) == (True, 0)
    assert answer.result.keys() >= ORDER_KEYS
    assert answer.result["accepted"] is True
    assert answer.result["status"] == "NEW"
    assert answer.result["denials"] == []
    assert answer.result["order"] == "buy 100 AAPL lmt 190.50 day @PAPER"


def test_the_audit_trail_knows_who_ordered(served: ServedDesk) -> None:
    import getpass

    say(served, "order", "buy 100 aapl mkt", id="k1")

    (command,) = served.desk.sent
    assert isinstance(command, PlaceOrder)
    assert command.request.user == getpass.getuser()
    assert command.request.client_key == "k1"


def test_an_order_without_an_answer_from_the_broker_is_pending_and_no_failure(served: ServedDesk) -> None:
    answer = say(served, "order", "buy 100 msft lmt 10")

    assert (answer.exit, answer.result["status"]) == (0, "PENDING_NEW")


def test_the_answer_waits_for_the_brokers_word(serve: Callable[..., ServedDesk]) -> None:
    served = serve(Patience(acknowledgement=10.0, look=0.002))
    served.desk.acknowledge.set()

    assert say(served, "order", "buy 100 xom lmt 10").result["status"] == "NEW"


def test_a_denial_names_code_value_limit_and_scope(served: ServedDesk) -> None:
    answer = say(served, "order", "buy 100 nvda mkt")

    assert (answer.ok, answer.exit) == (False, 1)
    assert answer.error == "MAX_POSITION_PCT: value=0.124 limit=0.10 scope=NVDA"
    assert answer.result["accepted"] is False
    assert answer.result["denials"][0].items() >= {
        "code": "MAX_POSITION_PCT", "value": "0.124", "limit": "0.10", "scope": "NVDA", "message": "position too large"
    }.items()  # fmt: skip


def test_yes_accepts_a_soft_limit_and_only_that(served: ServedDesk) -> None:
    refused = say(served, "order", "buy 100 tsla mkt")
    accepted = say(served, "order", "buy 100 tsla mkt", yes=True)
    denied = say(served, "order", "buy 100 nvda mkt", yes=True)

    assert refused.exit == 1
    assert refused.error == "WARN_NOTIONAL: value=250000 limit=200000 scope=TSLA; accept it with --yes"
    assert accepted.exit == 0
    assert denied.exit == 1


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("buy 100 ibm mkt", "order 1 REJECTED: no such luck"),
        ("buy 100 bac mkt", "order 1 CANCELED: withheld: the gate closed"),
    ],
)
def test_an_order_that_died_before_the_broker_had_it_is_a_failure(served: ServedDesk, line: str, error: str) -> None:
    answer = say(served, "order", line)

    assert (answer.exit, answer.result["accepted"], answer.error) == (1, False, error)


def test_a_key_makes_an_order_idempotent(served: ServedDesk) -> None:
    first = say(served, "order", "buy 100 aapl mkt", id="key-1")
    again = say(served, "order", "buy 100 aapl mkt", id="key-1")

    assert first.result["id"] == again.result["id"]
    assert len(look(served, "orders")) == 1


def test_a_dry_run_says_what_would_happen_and_sends_nothing(served: ServedDesk) -> None:
    green = say(served, "order", "buy 100 aapl lmt 190.50", dry_run=True)
    red = say(served, "order", "buy 100 nvda mkt", dry_run=True)
    amber = say(served, "order", "buy 100 tsla mkt", dry_run=True)

    assert (green.exit, green.result["verdict"], green.result["notional"]) == (0, "green", "19050.00")
    assert green.result.keys() >= ORDER_KEYS
    assert (red.exit, red.result["verdict"]) == (1, "red")
    assert (amber.exit, amber.result["verdict"]) == (1, "amber")
    assert served.desk.sent == []


def test_a_short_sale_asks_for_yes(served: ServedDesk) -> None:
    refused = say(served, "order", "short 100 aapl lmt 200")

    assert refused.exit == 1
    assert refused.error == "short 100 AAPL lmt 200.00 day @PAPER: a short sale; accept it with --yes"
    assert refused.result["accepted"] is False
    assert refused.result["amber"] is True
    assert served.desk.sent == []
    assert say(served, "order", "short 100 aapl lmt 200", yes=True).exit == 0


def test_level_3_asks_for_its_word_and_yes_is_not_enough(served: ServedDesk) -> None:
    refused = say(served, "flat", "flat all", yes=True)
    wrong = say(served, "flat", "flat all", confirm="flatten")
    right = say(served, "flat", "flat all", confirm="FLATTEN")

    assert refused.error == "flat all: closes every position; confirm it with --confirm FLATTEN"
    assert (refused.exit, wrong.exit, right.exit) == (1, 1, 0)


def test_resume_needs_a_reason_and_the_word(served: ServedDesk) -> None:
    assert "--confirm RESUME" in say(served, "resume", "resume reason feed is back").error

    answer = say(served, "resume", "resume reason feed is back", confirm="RESUME")

    assert answer.exit == 0
    assert isinstance(served.desk.sent[-1], Resume)
    assert served.desk.sent[-1].reason == "feed is back"


@pytest.mark.parametrize(
    ("line", "word", "command"),
    [
        ("resolve 14 reason by phone", "DEAD", ResolveOrder(14, "by phone", decision="dead")),
        ("resolve 14 alive as 77 reason seen", "ALIVE", ResolveOrder(14, "seen", decision="alive", order_id="77")),
        ("resend 14 reason never got there", "RESEND", ResendOrder(14, "never got there")),
    ],
)
def test_a_decision_about_an_unknown_order_asks_for_its_word_and_carries_user_and_role(
    served: ServedDesk, line: str, word: str, command: ResolveOrder | ResendOrder
) -> None:
    verb = line.split()[0]
    assert f"--confirm {word}" in say(served, verb, line, confirm="YES").error
    assert served.desk.sent == []
    assert say(served, verb, line, confirm=word).exit == 0
    sent = served.desk.sent[-1]
    assert isinstance(sent, type(command))
    assert sent == msgspec.structs.replace(command, user=sent.user, cmd_id=sent.cmd_id, role="owner")
    assert sent.user


def test_the_role_of_a_decision_is_what_roles_yaml_gives(serve: Callable[..., ServedDesk], home: Path) -> None:
    me = getpass.getuser()
    (home / "config" / "roles.yaml").write_text(f"users:\n  {me}: [risk]\n")
    served = serve()
    say(served, "resolve", "resolve 14 reason by phone", confirm="DEAD")
    assert served.desk.sent[-1] == ResolveOrder(14, "by phone", me, served.desk.sent[-1].cmd_id, role="risk_manager")  # type: ignore[union-attr]


def test_cancelling_everything_asks_for_yes_and_one_order_does_not(served: ServedDesk) -> None:
    assert say(served, "cxl", "cxl all").error == "cxl all: cancels every working order; accept it with --yes"
    assert say(served, "cxl", "cxl all", yes=True).exit == 0
    assert say(served, "cxl", "cxl 14").result["ids"] == [14]


def test_a_change_is_answered_when_the_broker_took_it(served: ServedDesk) -> None:
    say(served, "order", "buy 100 aapl lmt 190.50")

    answer = say(served, "mod", "mod 1 px 190.45 qty 80")

    assert (answer.exit, answer.result["cl_ord_id"]) == (0, "D1.1")
    assert isinstance(served.desk.sent[-1], ModifyOrder)


def test_a_change_that_the_broker_refused_is_a_failure(served: ServedDesk) -> None:
    served.desk.acknowledge.set()
    say(served, "order", "buy 100 xom lmt 10")

    answer = say(served, "mod", "mod 1 px 11")

    assert (answer.exit, answer.error) == (1, "order 1 was not changed, NEW: too late to replace")


def test_a_change_of_an_order_that_is_not_there_says_so(served: ServedDesk) -> None:
    assert say(served, "mod", "mod 9 px 11").error == "there is no working order 9"
    assert say(served, "mod", "mod 9 px 11", dry_run=True).error == "there is no working order 9"


def test_a_missing_quote_is_fetched_before_the_line_is_refused(served: ServedDesk) -> None:
    answer = say(served, "order", "buy $10k msft mid")

    assert answer.exit == 0
    assert served.desk.watched == ["MSFT"]
    assert answer.result["order"] == "buy 100 MSFT lmt 99.99 day @PAPER"
    assert "mid = 99.99" in answer.result["notes"]


def test_a_size_is_said_and_nothing_is_sent(served: ServedDesk) -> None:
    answer = say(served, "order", "size risk 100 msft lmt 99 stop 98")

    assert answer.exit == 0
    assert answer.result["message"] == "buy 100 MSFT lmt 99.00 day sl 98.00 @PAPER"
    assert answer.result["notes"][-1] == "100 / 1 a unit = 100, down to the lot: 100 at risk"
    assert served.desk.sent == []


def test_a_sized_order_says_how_its_quantity_came_about(served: ServedDesk) -> None:
    answer = say(served, "order", "buy risk 100 msft stop 98.99", id="k1")

    assert answer.result["order"] == "buy 99 MSFT lmt 100.00 day sl 98.99 @PAPER"
    assert "the entry is a limit at the ask: 100.00" in answer.result["notes"]
    assert served.desk.watched == ["MSFT"]


def test_a_line_that_is_not_understood_is_refused_where_and_why_and_audited(served: ServedDesk) -> None:
    answer = say(served, "order", "buy 100 appl mkt")

    assert answer.exit == 1
    assert answer.error.startswith("'buy 100 appl mkt': 'appl' is no symbol of the universe")
    assert answer.result["at"] == 8
    assert answer.result["suggestions"] == ["AAPL"]
    assert isinstance(served.desk.sent[-1], NoteRefusal)


@pytest.mark.parametrize(
    ("verb", "line"), [("order", "cxl 14"), ("cxl", "kill"), ("mod", "buy 1 aapl mkt"), ("launch", "buy 1 aapl mkt")]
)
def test_a_line_of_another_kind_is_bad_usage(served: ServedDesk, verb: str, line: str) -> None:
    answer = say(served, verb, line)

    assert answer.exit == 2
    assert "can't be used here; expected" in answer.error
    assert served.desk.sent == []


def test_a_question_mark_lists_what_may_follow(served: ServedDesk) -> None:
    answer = say(served, "order", "buy 100 aapl lmt 5 ?")

    assert [entry["text"] for entry in answer.result["expected"]][:2] == ["stop", "day"]


def test_a_plan_has_the_documented_keys_and_sends_nothing(served: ServedDesk) -> None:
    answer = say(served, "plan", "twap sell 5000 ibm duration 30m slices 2")

    assert answer.exit == 0
    assert answer.result.keys() >= {
        "algo",
        "symbol",
        "side",
        "qty",
        "slices",
        "expected_cost",
        "expected_stdev",
        "checks",
    }
    assert [entry["qty"] for entry in answer.result["slices"]] == ["2500", "2500"]
    assert all(entry["at"].endswith("Z") for entry in answer.result["slices"])
    assert answer.result["checks"][0]["code"] == "MAX_POSITION_PCT"
    assert served.desk.sent == []


def test_an_algo_is_launched_listed_and_supervised(served: ServedDesk) -> None:
    launched = say(served, "launch", "twap sell 1000 ibm duration 30m", id="algo-1")

    assert (launched.exit, launched.result["id"]) == (0, 3)
    assert look(served, "algos")[0]["status"] == "RUNNING"
    assert say(served, "algo", "algo 3 pause").exit == 0
    assert [type(command).__name__ for command in served.desk.sent] == ["LaunchAlgo", "ControlAlgo"]


def test_an_algo_that_is_refused_says_code_value_and_limit_as_an_order_does(served: ServedDesk) -> None:
    answer = say(served, "launch", "twap buy 100 nvda duration 30m")
    said = "MAX_POSITION_PCT: value=0.124 limit=0.10 scope=NVDA (position too large)"
    assert (answer.ok, answer.exit, answer.error) == (False, 1, said)
    assert answer.result["denials"][0]["code"] == "MAX_POSITION_PCT"


def test_kill_asks_nothing_and_answers_with_its_proof(served: ServedDesk) -> None:
    answer = ask(served.state.socket, KillAsk("kill", True), 10)

    assert (answer.exit, answer.result["trading_state"]) == (0, "HALTED")
    assert answer.result["kill"]["cancels_sent"] == 17
    (command,) = served.desk.sent
    assert isinstance(command, Kill)
    assert command.flatten == "now"


def test_status_has_the_documented_keys(served: ServedDesk) -> None:
    status = look(served, "status")

    assert status.keys() >= {
        "mode", "account", "trading_state", "equity", "day_pnl", "working_orders", "unknown_orders", "positions",
        "algos", "breaks", "brokers", "journal", "uptime_s",
    }  # fmt: skip
    assert status["equity"] == "5000000"
    assert status["journal"] == {"ok": True, "seq": 7}


def test_the_blotter_has_the_documented_keys(served: ServedDesk) -> None:
    served.desk.change(orders=(order_row(14, Side.BUY, "AAPL", "100", "190"),))

    (order,) = look(served, "orders")
    positions = look(served, "positions")

    assert order.keys() >= {
        "id", "cl_ord_id", "order_id", "account", "symbol", "side", "ord_type", "time_in_force", "order_qty", "cum_qty",
        "leaves_qty", "limit_px", "stop_px", "avg_px", "status", "parent", "tag", "created", "updated",
    }  # fmt: skip
    assert (order["limit_px"], order["avg_px"], order["side"]) == ("190", None, "buy")
    assert order["created"] == "2013-10-07T14:15:00.000000000Z"
    assert positions[0].keys() >= {
        "account", "symbol", "qty", "avg_px", "last_px", "market_value", "unrealized_pnl", "realized_pnl", "currency",
    }  # fmt: skip


def test_stop_lists_what_works_and_is_told_what_to_do(served: ServedDesk) -> None:
    served.desk.change(orders=desk_view().orders, algos=desk_view().algos)

    refused = ask(served.state.socket, StopAsk("stop"), 10)
    stopped = ask(served.state.socket, StopAsk("stop", "cancel"), 10)

    assert refused.exit == 1
    assert refused.error == "not stopped: 3 working orders, 1 algos; say --leave or --cancel"
    assert [order["id"] for order in refused.result["working_orders"]] == [15, 14, 13]
    assert stopped.exit == 0
    assert [how for how, _ in served.desk.stopped] == ["cancel"]


def test_a_desk_on_which_nothing_works_just_stops(served: ServedDesk) -> None:
    assert ask(served.state.socket, StopAsk("stop"), 10).exit == 0
    assert [how for how, _ in served.desk.stopped] == ["leave"]


def test_an_engine_that_gives_no_answer_is_no_success(served: ServedDesk) -> None:
    served.desk.silent = True

    answer = say(served, "order", "buy 100 aapl mkt")

    assert answer.exit == 1
    assert answer.error == "the engine gave no answer in time; what was asked may still happen"


def test_kill_works_when_the_engine_gives_no_answer(served: ServedDesk) -> None:
    served.desk.silent = True

    assert ask(served.state.socket, KillAsk("kill"), 10).exit == 0


def test_somebody_without_a_role_may_not_look_nor_stop_the_desk_but_kill(
    serve: Callable[..., ServedDesk], home: Path
) -> None:
    """What the core does not hear of; the rest is the core's to refuse (tests/desk/test_roles.py)."""
    (home / "config" / "roles.yaml").write_text("users:\n  somebody-else: [trader, risk]\n")
    served = serve()
    for request in (LookAsk("status"), LookAsk("limits"), StopAsk("stop")):
        answer = ask(served.state.socket, request, 10)
        assert answer.exit == 1
        assert "roles.yaml gives them none" in answer.error
    assert "may not use order --dry-run" in say(served, "order", "buy 100 aapl mkt", dry_run=True).error
    for verb, line in (("algo", "algo list"), ("dlq", "dlq list"), ("order", "size risk 200 aapl stop 189")):
        assert "may not use" in say(served, verb, line).error, "what answers here shows the book as well"
    assert all(isinstance(command, NoteRefusal) for command in served.desk.sent), "and the journal hears of it"
    assert len(served.desk.sent) == 7
    assert ask(served.state.socket, LookAsk("ping"), 10).exit == 0
    assert ask(served.state.socket, KillAsk("kill"), 10).exit == 0


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({}, "verb None is not known; expected one of"),
        ({"verb": "dance"}, "verb 'dance' is not known"),
        ({"verb": ["kill"]}, "is not known"),
        ({"verb": "order"}, "order: Object missing required field `line`"),
        ({"verb": "order", "line": 5}, "order: Expected `str`, got `int`"),
        ({"verb": "order", "line": "buy", "yse": True}, "order: Object contains unknown field `yse`"),
        ({"verb": "stop", "how": "now"}, "stop: Invalid enum value 'now'"),
    ],
)
def test_what_is_no_request_is_named(served: ServedDesk, request_: dict[str, Any], error: str) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(served.state.socket))
        connection.sendall(json.dumps(request_).encode() + b"\n")
        answer = json.loads(connection.makefile().readline())

    assert answer["exit"] == 2
    assert error in answer["error"]


def test_without_a_desk_the_client_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(NoDeskError, match="no desk is running"):
        ask(tmp_path / "desk.sock", LookAsk("ping"), 1)


def test_a_desk_that_takes_the_question_and_says_nothing_is_told_apart(home: Path) -> None:
    import socket

    path = home / "desk.sock"
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen()
        with pytest.raises(SilentDeskError, match=r"gave no answer within 0\.1 s"):
            ask(path, LookAsk("ping"), 0.1)


def test_a_dead_letter_is_listed_replayed_and_discarded(served: ServedDesk) -> None:
    letter = LetterRow(
        2, 14, "C14", "PAPER", "AAPL", Side.BUY, "new", Decimal(100), Decimal("190.50"), None, "breaker", "502", "", 0
    )
    served.desk.change(letters=(letter,))

    (row,) = look(served, "letters")
    replayed = say(served, "dlq", "dlq replay 2")
    discarded = say(served, "dlq", "dlq discard 2 reason too late for it")

    assert row == {
        "no": 2, "order": 14, "cl_ord_id": "C14", "account": "PAPER", "symbol": "AAPL", "side": "buy", "what": "new",
        "qty": "100", "limit_px": "190.50", "stop_px": None, "cause": "breaker", "reason": "502", "owner": "",
        "since": "1970-01-01T00:00:00.000000000Z",
    }  # fmt: skip
    assert replayed.exit == discarded.exit == 0
    replay, discard = served.desk.sent
    assert isinstance(replay, ReplayLetter)
    assert isinstance(discard, DiscardLetter)
    assert (replay.no, discard.no, discard.reason) == (2, 2, "too late for it")
    assert replay.user == discard.user != ""


def test_status_tells_how_the_broker_does(served: ServedDesk) -> None:
    row = BrokerRow("paper", True, "degraded", "half-open", Decimal("12.5"), Decimal("-700.0"))
    served.desk.change(status=msgspec.structs.replace(served.desk.view().status, brokers=(row,), dead_letters=3))

    status = look(served, "status")

    assert status["dead_letters"] == 3
    assert status["brokers"] == [
        {
            "name": "paper", "connected": True, "health": "degraded", "breaker": "half-open", "latency_ms": "12.5",
            "clock_skew_ms": "-700.0",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["unlock 739164", "UNL 739164", "buy pin 739164", "please unlock 739164"])
def test_a_pin_on_a_line_reaches_no_journal(served: ServedDesk, line: str) -> None:
    assert not say(served, "order", line).ok
    (noted,) = served.desk.sent
    assert isinstance(noted, NoteRefusal)
    assert "739164" not in repr(noted)
