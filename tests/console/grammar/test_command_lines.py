"""Every other verb: each row is a line, the command that it becomes, and how far it reaches."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from console.grammar.parsed import Local
from engine.inputs import (
    AckAlerts,
    CancelOrders,
    CancelSelector,
    Command,
    ControlAlgo,
    DiscardLetter,
    Flatten,
    Halt,
    KeepPositions,
    Kill,
    ModifyOrder,
    Reconcile,
    RemoveAlert,
    ReplayLetter,
    ResendOrder,
    ResolveOrder,
    Resume,
    SetAlert,
)
from engine.model.alert_rule import AlertWish
from engine.model.enums import AlertLevel
from engine.model.order import ReplaceRequest
from tests.console.grammar.lines import parse

D, WARN = Decimal, AlertLevel.WARN
COMMANDS: list[tuple[str, Command | Local, int]] = [
    ("cxl 14", CancelOrders(CancelSelector(ids=(14,)), "ann"), 0),
    ("cancel 14 13", CancelOrders(CancelSelector(ids=(14, 13)), "ann"), 1),
    ("cxl d7x0000014", CancelOrders(CancelSelector(cl_ord_ids=("D7X0000014",)), "ann"), 0),
    ("cx aapl", CancelOrders(CancelSelector(symbol="AAPL"), "ann"), 1),
    ("cxl buys", CancelOrders(CancelSelector(buys=True), "ann"), 1),
    ("cxl buys aapl", CancelOrders(CancelSelector(symbol="AAPL", buys=True), "ann"), 1),
    ("cxl sells aapl", CancelOrders(CancelSelector(symbol="AAPL", buys=False), "ann"), 1),
    ("cxl last", CancelOrders(CancelSelector(last=True), "ann"), 0),
    ("cxl all", CancelOrders(CancelSelector(all=True), "ann"), 2),
    ("mod 14 px 190.45 qty 80", ModifyOrder(14, ReplaceRequest(Decimal(80), Decimal("190.45"), user="ann")), 1),
    ("mod 14 qty 80 stop 1.5", ModifyOrder(14, ReplaceRequest(Decimal(80), None, Decimal("1.5"), user="ann")), 1),
    ("mod 14 px @bid", ModifyOrder(14, ReplaceRequest(None, Decimal("190.50"), user="ann")), 1),
    ("mod 14 lmt 190.455", ModifyOrder(14, ReplaceRequest(None, Decimal("190.45"), user="ann")), 1),
    ("flat aapl", Flatten("AAPL", "ann"), 1),
    ("flat all", Flatten(None, "ann"), 3),
    ("halt", Halt(None, "ann", "command line"), 1),
    ("halt aapl", Halt("AAPL", "ann", "command line"), 1),
    ("halt @paper2", Halt(None, "ann", "command line", scope="account:PAPER2"), 1),
    ("halt strategy mean", Halt(None, "ann", "command line", scope="strategy:mean"), 1),
    ("reduce", Halt(None, "ann", "command line", reduce=True), 1),
    ("reduce aapl", Halt("AAPL", "ann", "command line", reduce=True), 1),
    ("resume @paper reason fine now", Resume("fine now", None, "ann", scope="account:PAPER"), 3),
    ("resume strategy algo3 reason fine", Resume("fine", None, "ann", scope="strategy:algo3"), 3),
    ("kill aapl", Kill("ann", "command line", "no", scope="instrument:AAPL"), 0),
    ("kill strategy mean flatten", Kill("ann", "command line", "now", scope="strategy:mean"), 0),
    ("kill @paper --flatten", Kill("ann", "command line", "now", scope="account:PAPER"), 0),
    ("kill", Kill("ann", "command line", "no"), 0),
    ("KILL flatten", Kill("ann", "command line", "now"), 0),
    ("resume reason  feed is back, see #2 @10:00", Resume("feed is back, see #2 @10:00", None, "ann"), 3),
    ("resume aapl reason news", Resume("news", "AAPL", "ann"), 3),
    ("dlq replay 2", ReplayLetter(2, "ann"), 1),
    ("dlq discard 2 reason too late for it", DiscardLetter(2, "too late for it", "ann"), 1),
    ("resolve 14 reason by phone", ResolveOrder(14, "by phone", "ann"), 3),
    ("resolve 14 dead reason by phone", ResolveOrder(14, "by phone", "ann"), 3),
    ("resolve 14 alive reason seen", ResolveOrder(14, "seen", "ann", decision="alive"), 3),
    ("resolve 14 alive as 8812 reason seen", ResolveOrder(14, "seen", "ann", decision="alive", order_id="8812"), 3),
    ("resend 14 reason never arrived", ResendOrder(14, "never arrived", "ann"), 3),
    ("reconcile", Reconcile("PAPER", "ann"), 0),
    ("algo 3 pause", ControlAlgo(3, "pause", user="ann", reason="command line"), 0),
    ("algo pause 3 keep", ControlAlgo(3, "pause", keep_children=True, user="ann", reason="command line"), 0),
    ("alg 3 resume", ControlAlgo(3, "resume", user="ann", reason="command line"), 1),
    ("algo cancel 3", ControlAlgo(3, "cancel", user="ann", reason="command line"), 1),
    ("algo list", Local("algos"), 0),
    ("k", KeepPositions("ann"), 0),
    ("keep", KeepPositions("ann"), 0),
    ("ack", AckAlerts(9, "ann"), 0),
    ("ack 5", AckAlerts(5, "ann"), 0),
    ("ack only 5", AckAlerts(5, "ann", only=True), 0),
    ("theme", Local("theme"), 0),
    ("theme Light", Local("theme", ("light",)), 0),
    ("bell off", Local("bell", ("off",)), 0),
    ("alert", Local("alerts"), 0),
    ("alert list", Local("alerts"), 0),
    ("alert aapl > 190.50", SetAlert(AlertWish("price", "AAPL", True, D("190.50")), "ann"), 0),
    ("alert aapl below 180 again warn", SetAlert(AlertWish("price", "AAPL", False, D(180), True, WARN), "ann"), 0),
    ("alert pnl < -5k", SetAlert(AlertWish("pnl", "", False, D(-5000)), "ann"), 0),
    ("alert pnl < -$5,000", SetAlert(AlertWish("pnl", "", False, D(-5000)), "ann"), 0),
    ("alert pnl > 0 notice", SetAlert(AlertWish("pnl", "", True, D(0), level=AlertLevel.NOTICE), "ann"), 0),
    ("alert fill", SetAlert(AlertWish("fill", level=AlertLevel.NOTICE), "ann"), 0),
    ("alert fill aapl again", SetAlert(AlertWish("fill", "AAPL", again=True, level=AlertLevel.NOTICE), "ann"), 0),
    ("alert meter max_leverage > 80%", SetAlert(AlertWish("meter", "risk.max_leverage", True, D("0.8")), "ann"), 0),
    ("alert remove 3", RemoveAlert(3, "ann"), 0),
    ("alert remove all", RemoveAlert(0, "ann"), 0),
    ("blotter", Local("blotter", ("orders",)), 0),
    ("blotter fills", Local("blotter", ("fills",)), 0),
    ("help", Local("help"), 0),
    ("he buy", Local("help", ("buy",)), 0),
    ("quit", Local("quit"), 0),
    ("buy 100 ?", Local("explain", ("buy 100 ",)), 0),
]  # fmt: skip


@pytest.mark.parametrize(("line", "command", "level"), COMMANDS)
def test_a_line_becomes_that_command_at_that_level(line: str, command: Command | Local, level: int) -> None:
    parsed = parse(line)

    assert (parsed.command, parsed.level) == (command, level)


@pytest.mark.parametrize(
    ("line", "options", "level"),
    [
        ("buy 1 aapl mkt", {}, 1),
        ("short 1 aapl lmt 200", {}, 2),
        ("buy 1 aapl mkt", {"session": "closed"}, 2),
        ("buy 1 aapl mkt", {"session": "extended"}, 2),
        ("buy 1 aapl lmt 5", {"session": "closed"}, 1),
        ("twap short 100 ibm duration 5m", {}, 2),
        ("twap buy 100 ibm duration 5m", {}, 1),
    ],
)
def test_what_reaches_farther_asks_for_more(line: str, options: dict[str, Any], level: int) -> None:
    parsed = parse(line, **options)

    assert parsed.level == level
    assert bool(parsed.why) == (level >= 2)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("flat all", "FLATTEN"),
        ("resume reason x", "RESUME"),
        ("resolve 14 reason x", "DEAD"),
        ("book deposit 5 reason x", "BOOK"),
        ("book reverse 3 reason x", "BOOK"),
        ("resolve 14 alive reason x", "ALIVE"),
        ("resend 14 reason x", "RESEND"),
    ],
)
def test_level_3_names_the_word_to_type(line: str, word: str) -> None:
    assert parse(line).confirm == word
