"""What lines mean: each row is a line, and the order, cancel or command that it becomes."""

# ruff: noqa: E501 - a table reads best with one row a line

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from console.grammar.parsed import GrammarError, Local, Parsed
from console.verbs import load_grammar
from engine.inputs import (
    AckAlerts,
    AlgoChange,
    AlgoSpec,
    CancelOrders,
    CancelSelector,
    Command,
    ControlAlgo,
    DiscardLetter,
    Flatten,
    Halt,
    KeepPositions,
    Kill,
    LaunchAlgo,
    ModifyOrder,
    PlaceOrder,
    Reconcile,
    ReplayLetter,
    ResendOrder,
    ResolveOrder,
    Resume,
)
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import OrderRequest, ReplaceRequest
from tests.console.grammar.desk import NOW_NS, context

SECOND = 1_000_000_000

GRAMMAR = load_grammar()
BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT
MARKET, LIMIT, STOP, STOP_LIMIT = OrdType.MARKET, OrdType.LIMIT, OrdType.STOP, OrdType.STOP_LIMIT


def parse(line: str, **options: Any) -> Parsed:
    return GRAMMAR.parse(line, context(**options))


def refusal(line: str, **options: Any) -> GrammarError:
    with pytest.raises(GrammarError) as raised:
        parse(line, **options)
    assert "\n" not in str(raised.value)
    return raised.value


def placed(line: str) -> OrderRequest:
    command = parse(line).command
    assert isinstance(command, PlaceOrder)
    return command.request


def request(side: Side, qty: str, symbol: str, ord_type: OrdType = MARKET, **rest: Any) -> OrderRequest:
    for name in ("limit_px", "stop_px"):
        if name in rest:
            rest[name] = Decimal(rest[name])
    return OrderRequest("PAPER", symbol, side, Decimal(qty), ord_type, **{"user": "ann", **rest})


ORDERS = [
    ("buy 100 aapl lmt 190.50 day", request(BUY, "100", "AAPL", LIMIT, limit_px="190.50")),
    ("buy 100 aapl limit 190.50", request(BUY, "100", "AAPL", LIMIT, limit_px="190.50")),
    ("BUY 100 AAPL DAY LMT 190.50", request(BUY, "100", "AAPL", LIMIT, limit_px="190.50")),
    ("  bu   100\taapl mkt ", request(BUY, "100", "AAPL")),
    ("sel 100 aapl market", request(SELL, "100", "AAPL")),
    ("sh 100 aapl mkt", request(SHORT, "100", "AAPL")),
    ("buy 1,000 aapl mkt", request(BUY, "1000", "AAPL")),
    ("buy 10k aapl mkt", request(BUY, "10000", "AAPL")),
    ("buy 2.5m aapl mkt", request(BUY, "2500000", "AAPL")),
    ("buy 0.5 aapl mkt", request(BUY, "0.5", "AAPL")),
    ("short 200 tsla @bid+0.01 gtc", request(SHORT, "200", "TSLA", LIMIT, limit_px="180.01", time_in_force=TimeInForce.GTC)),
    ("buy 100 aapl @ask", request(BUY, "100", "AAPL", LIMIT, limit_px="190.53")),
    ("buy 100 aapl @ASK-0.02 ioc", request(BUY, "100", "AAPL", LIMIT, limit_px="190.51", time_in_force=TimeInForce.IOC)),
    ("buy 100 aapl lmt @last", request(BUY, "100", "AAPL", LIMIT, limit_px="190.52")),
    ("buy 100 aapl mid", request(BUY, "100", "AAPL", LIMIT, limit_px="190.51")),
    ("sell 100 aapl mid", request(SELL, "100", "AAPL", LIMIT, limit_px="190.52")),
    ("buy 100 aapl @190.40", request(BUY, "100", "AAPL", LIMIT, limit_px="190.40")),
    ("buy $10k nvda mid", request(BUY, "22", "NVDA", LIMIT, limit_px="450.11")),
    ("buy $10,000 nvda mkt fok", request(BUY, "22", "NVDA", time_in_force=TimeInForce.FOK)),
    ("sell $10k nvda mkt", request(SELL, "22", "NVDA")),
    ("buy $10k spy lmt 169", request(BUY, "50", "SPY", LIMIT, limit_px="169")),
    ("buy $10k msft stop 100", request(BUY, "100", "MSFT", STOP, stop_px="100")),
    ("sell 100 aapl stop 189.90", request(SELL, "100", "AAPL", STOP, stop_px="189.90")),
    ("sell 100 aapl stp 189 lmt 188.5", request(SELL, "100", "AAPL", STOP_LIMIT, stop_px="189", limit_px="188.5")),
    ("sell 100 aapl lmt 188.5 stop 189", request(SELL, "100", "AAPL", STOP_LIMIT, stop_px="189", limit_px="188.5")),
    ("sell 100 aapl stoplmt 189 188.5", request(SELL, "100", "AAPL", STOP_LIMIT, stop_px="189", limit_px="188.5")),
    ("sell 100 aapl stoplmt 189 lmt 188.5", request(SELL, "100", "AAPL", STOP_LIMIT, stop_px="189", limit_px="188.5")),
    ("buy 100 aapl lmt 190.505", request(BUY, "100", "AAPL", LIMIT, limit_px="190.50")),
    ("sell 100 aapl lmt 190.505", request(SELL, "100", "AAPL", LIMIT, limit_px="190.51")),
    ("buy 100 aapl mkt ext reduce #idea-7", request(BUY, "100", "AAPL", extended=True, reduce_only=True, tag="idea-7")),
    ("sell all aapl mkt", request(SELL, "61", "AAPL", reduce_only=True)),
    ("sell half aapl", request(SELL, "50", "AAPL", reduce_only=True)),
    ("sell half aapl lmt 200 gtc", request(SELL, "50", "AAPL", LIMIT, limit_px="200", time_in_force=TimeInForce.GTC, reduce_only=True)),
    ("buy all tsla", request(BUY, "200", "TSLA", reduce_only=True)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), ORDERS)
def test_an_order_line_becomes_exactly_that_order(line: str, expected: OrderRequest) -> None:
    assert placed(line) == expected


@pytest.mark.parametrize(
    ("line", "account"),
    [
        ("buy 1 aapl mkt", "PAPER"),
        ("buy 1 aapl mkt @hedge", "HEDGE"),
        ("@HEDGE buy 1 aapl mkt", "HEDGE"),
        ("buy @h 1 aapl mkt", "HEDGE"),
        ("buy 1 aapl mkt @PAPER", "PAPER"),
    ],
)
def test_an_account_may_stand_anywhere(line: str, account: str) -> None:
    assert placed(line).account == account


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


def at(hour: int, minute: int) -> int:
    """That time of 2013-10-07 in New York."""
    return int(datetime(2013, 10, 7, hour + 4, minute, tzinfo=UTC).timestamp()) * 1_000_000_000


def spec(side: Side, qty: str, symbol: str, start: int, end: int, **rest: Any) -> AlgoSpec:
    algo = rest.pop("algo", "twap")
    return AlgoSpec(algo, "PAPER", symbol, side, Decimal(qty), start, end, user="ann", **rest)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("twap sell 5000 ibm 10:30-11:30 slices 7", spec(SELL, "5000", "IBM", at(10, 30), at(11, 30), slices=7)),
        (
            "twap sell 5000 msft 10:30-11:30 cap 10%",
            spec(SELL, "5000", "MSFT", at(10, 30), at(11, 30), cap=Decimal("0.1")),
        ),
        (
            "tw buy 1k spy lot 100 limit 169.999 10:30:00-11:30 #x",
            spec(BUY, "1000", "SPY", at(10, 30), at(11, 30), lot=Decimal(100), limit_px=Decimal("169.99"), tag="x"),
        ),
        ("twap buy 1000 ibm duration 30m", spec(BUY, "1000", "IBM", NOW_NS, NOW_NS + 1_800_000_000_000)),
        ("twap buy 1000 ibm 5d12h", spec(BUY, "1000", "IBM", NOW_NS, NOW_NS + 132 * 3600 * SECOND)),
        ("twap buy 1000 ibm 10:00-11:30", spec(BUY, "1000", "IBM", NOW_NS, at(11, 30))),
        ("twap sell all aapl 10:30-11:00", spec(SELL, "61", "AAPL", at(10, 30), at(11, 0))),
        ("twap buy 5k aapl 10m slices 10", spec(BUY, "5000", "AAPL", NOW_NS, NOW_NS + 600 * SECOND, slices=10)),
        (
            "twap buy 900 ibm 30m passive stay deadline 90s min 10 max 50 offset 0.2% would 180 seed 7",
            spec(
                BUY,
                "900",
                "IBM",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                style="passive",
                escalate=False,
                deadline_ns=90 * SECOND,
                min_child=Decimal(10),
                max_child=Decimal(50),
                limit_offset=Decimal("0.002"),
                would_px=Decimal("180.00"),
                seed=7,
            ),
        ),
        (
            "twap buy 900 ibm 30m jitter 20% timing 50% open 10% close 25% end cancel missed shift",
            spec(
                BUY,
                "900",
                "IBM",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                randomise_size=Decimal("0.2"),
                randomise_time=Decimal("0.5"),
                open_share=Decimal("0.1"),
                close_share=Decimal("0.25"),
                at_end="cancel",
                catch_up="shift",
            ),
        ),
        (
            "vwap sell 5000 ibm 10:30-11:30 profile 3,1,0,2.5",
            spec(
                SELL,
                "5000",
                "IBM",
                at(10, 30),
                at(11, 30),
                algo="vwap",
                profile=(Decimal(3), Decimal(1), Decimal(0), Decimal("2.5")),
            ),
        ),
        (
            "is buy 900 ibm 30m price 50 sigma 2%",
            spec(
                BUY, "900", "IBM", NOW_NS, NOW_NS + 1800 * SECOND, algo="is", price=Decimal(50), volatility=Decimal(1)
            ),
        ),
        (
            "is buy 900 ibm 30m slices 6 price 50 sigma 0.95 eta 2.5e-6 gamma 2.5e-7 epsilon 0.0625 lambda 1e-6",
            spec(
                BUY,
                "900",
                "IBM",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                algo="is",
                slices=6,
                price=Decimal(50),
                volatility=Decimal("0.95"),
                eta=Decimal("2.5e-6"),
                gamma=Decimal("2.5e-7"),
                epsilon=Decimal("0.0625"),
                risk_aversion=Decimal("1e-6"),
            ),
        ),
        (
            "vwap buy 900 ibm 30m slices 6 profile Mine",
            spec(BUY, "900", "IBM", NOW_NS, NOW_NS + 1800 * SECOND, algo="vwap", slices=6, profile_name="mine"),
        ),
        (
            "scale buy 1000 aapl from 189 to 185 steps 5 profile 1,1,2,2,3",
            spec(
                BUY,
                "1000",
                "AAPL",
                NOW_NS,
                0,
                algo="scale",
                from_px=Decimal(189),
                to_px=Decimal(185),
                slices=5,
                profile=(Decimal(1), Decimal(1), Decimal(2), Decimal(2), Decimal(3)),
            ),
        ),
        (
            "sor buy 500 aapl limit 190.5",
            spec(BUY, "500", "AAPL", NOW_NS, 0, algo="sor", limit_px=Decimal("190.5"), accounts=("PAPER2", "HEDGE")),
        ),
        (
            "sor buy 500 aapl at 190.5 via hedge 30m",
            spec(
                BUY,
                "500",
                "AAPL",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                algo="sor",
                limit_px=Decimal("190.5"),
                accounts=("HEDGE",),
            ),
        ),
        (
            "pov buy 5k aapl 30m rate 10% cap 15%",
            spec(
                BUY,
                "5000",
                "AAPL",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                algo="pov",
                participation=Decimal("0.1"),
                cap=Decimal("0.15"),
            ),
        ),
        (
            "iceberg buy 5k aapl show 200 at 189.90 delay 10s",
            spec(
                BUY,
                "5000",
                "AAPL",
                NOW_NS,
                0,
                algo="iceberg",
                display=Decimal(200),
                limit_px=Decimal("189.90"),
                delay_ns=10 * SECOND,
            ),
        ),
    ],
)
def test_an_algo_line_becomes_exactly_that_parent_order(line: str, expected: AlgoSpec) -> None:
    assert parse(line).command == LaunchAlgo(expected)


@pytest.mark.parametrize(
    ("line", "action", "rest"),
    [
        ("algo 3 resume shift", "resume", {"catch_up": "shift"}),
        ("algo resume 3 catchup", "resume", {"catch_up": "catch_up"}),
        ("algo 3 finish", "finish", {}),
        ("algo 3 manual", "manual", {}),
        (
            "algo 3 amend qty 800 limit 190.5 end 15:30",
            "amend",
            {"change": AlgoChange(qty=Decimal(800), limit_px=Decimal("190.50"), end_ns=at(15, 30))},
        ),
        (
            "algo amend 3 rate 5% cap 8% would 189 passive duration 1h",
            "amend",
            {
                "change": AlgoChange(
                    duration_ns=3600 * SECOND, participation=Decimal("0.05"), cap=Decimal("0.08"),
                    would_px=Decimal(189), style="passive",
                )
            },
        ),
        ("algo 3 repace 30m slices 5", "repace", {"change": AlgoChange(duration_ns=1800 * SECOND, slices=5)}),
    ],
)  # fmt: skip
def test_a_running_algo_is_supervised_in_one_line(line: str, action: Any, rest: dict[str, Any]) -> None:
    parsed = parse(line)
    assert parsed.command == ControlAlgo(3, action, user="ann", reason="command line", **rest)
    assert parsed.level == 1


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


NOTES = [
    ("buy 100 aapl lmt 190.505", "190.505 is off the tick of 0.01: 190.50"),
    ("buy 100 aapl mid", "mid = 190.51"),
    ("buy $10k nvda mkt", "$10k at 450.12 = 22, rounded down to the lot: 9902.64"),
    ("sell all aapl mkt", "40 of 101 are already being sold: all = 61"),
    ("sell half aapl mkt", "half of 101 = 50"),
    ("sell half aapl", "half without a price: a market order"),
    ("short 1 aapl lmt 200", "a short sale"),
    ("cxl 99", "no working order 99 is seen"),
    ("mod 99 px 5", "no working order 99 is seen"),
    ("flat msft", "no position in MSFT is seen"),
    ("algo 99 cancel", "no algo 99 is seen"),
    ("twap buy 10 ibm 10:00-11:30", "10:00 has passed: starts now"),
]


@pytest.mark.parametrize(("line", "note"), NOTES)
def test_what_was_rounded_or_filled_in_is_said(line: str, note: str) -> None:
    assert note in parse(line).notes


# line, the word (or "" for the end of the line), what is said
REFUSALS = [
    ("", "", "nothing to do; expected buy, sell"),
    ("xyz 1", "xyz", "'xyz' is no command; expected buy"),
    ("buyy 1 aapl mkt", "buyy", "did you mean buy?"),
    ("s 1 aapl mkt", "s", "'s' is ambiguous; did you mean sell or short or scale or sor or size?"),
    ("fla aapl", "fla", "flat must be spelled in full"),
    ("kil", "kil", "kill must be spelled in full"),
    ("ha", "ha", "halt must be spelled in full"),
    ("resu reason x", "resu", "resume must be spelled in full"),
    ("reverse aapl", "reverse", "later version"),
    ("is buy 100 ibm 5m lambda -1", "-1", "is no number from 0 on"),
    ("is buy 100 ibm 5m eta 1e99", "1e99", "is no number from 0 on"),
    ("pov buy 100 ibm 5m slices 3", "slices", "slices belongs to twap and vwap and is"),
    ("iceberg buy 100 ibm show", "", "expected QTY"),
    ("scale buy 100 ibm from 5 to 4 steps 1", "1", "is no number of steps from 2 to 50"),
    ("sor buy 100 ibm via nope", "nope", "is no account of this desk"),
    ("iceberg buy 100 ibm show 1.5", "1.5", "is no multiple of IBM's lot of 1"),
    ("twap buy 100 ibm 5m passive mid", "mid", "'mid' can't stand here"),
    ("twap buy 100 ibm 5m end never", "never", "'never' is not that; expected sweep, leave, cancel"),
    ("vwap buy 100 ibm 5m profile 3,x", "3,x", "are no weights"),
    ("vwap buy 100 ibm 5m profile 0,0", "0,0", "are no weights"),
    ("pov buy 100 ibm 5m rate 10", "10", "is no share"),
    ("twap buy 100 ibm 5m 10m", "10m", "'10m' can't stand here"),
    ("algo 3 amend", "", "what is to change?"),
    ("algo 3 amend qty -5", "-5", "'-5' is no qty"),
    ("algo 3 amend end 15:30 duration 5m", "", "an end and a duration are two ways to say the same"),
    ("algo 3 repace qty 5", "qty", "is no term that repace changes; expected duration, end, slices, rate"),
    ("buy", "", "expected QTY, all, half, risk, kelly, vol"),
    ("buy aapl 100 mkt", "aapl", "the quantity stands before the symbol"),
    ("buy 0 aapl mkt", "0", "'0' is no quantity"),
    ("buy -5 aapl mkt", "-5", "'-5' is no quantity"),
    ("buy 1,00 aapl mkt", "1,00", "is no quantity"),
    ("buy 1e3 aapl mkt", "1e3", "is no quantity"),
    ("buy 1_000 aapl mkt", "1_000", "is no quantity"),
    ("buy .5 aapl mkt", ".5", "is no quantity"),
    ("buy 5. aapl mkt", "5.", "is no quantity"),
    ("buy nan aapl mkt", "nan", "is no quantity"),
    ("buy ١٠ aapl mkt", "١٠", "is no quantity"),
    ("buy 1000000000000000 aapl mkt", "1000000000000000", "is no quantity"),
    ("buy 100", "", "expected SYMBOL"),
    ("buy 100 appl mkt", "appl", "'appl' is no symbol of the universe; expected SYMBOL; did you mean AAPL?"),
    ("buy 100 aapl", "", "at what price?; expected mkt, lmt"),
    ("buy 100 aapl 190.50", "190.50", "190.50 alone is doubtful; for a limit say lmt 190.50"),
    ("buy 100 aapl lmt", "", "expected PRICE"),
    ("buy 100 aapl lmt day", "day", "'day' is no price"),
    ("buy 100 aapl lmt 0", "0", "'0' is no price"),
    ("buy 100 aapl lmt 0.001", "0.001", "0.001 is 0.00 on the tick of 0.01; too low"),
    ("buy 100 aapl lmt 190 lmt 191", "lmt", "'lmt' doesn't fit what was said before"),
    ("buy 100 aapl mkt lmt 5", "lmt", "'lmt' doesn't fit"),
    ("buy 100 aapl day mkt gtc", "gtc", "'gtc' doesn't fit"),
    ("buy 100 aapl mkt gtd", "", "the line is not complete; expected TIME"),
    ("buy 100 aapl mkt gtd noon", "noon", "'noon' is no time to end at"),
    ("buy 100 aapl trail 0", "0", "is no distance above 0"),
    ("buy 100 aapl trail 120%", "120%", "is no distance between 0% and 100%"),
    ("buy 100 aapl trail 1 stop 190", "stop", "'stop' doesn't fit what was said before"),
    ("buy 100 aapl lmt 190 full", "full", "'full' doesn't fit what was said before"),
    ("buy 100 aapl lmt 190 tp", "", "the line is not complete; expected PRICE"),
    ("buy 100 aapl stop 195 trigger mid", "mid", "touch or last"),
    ("buy 100 aapl lmt 190 oco", "oco", "oco is a verb of its own"),
    ("oco sell 100 aapl lmt 195", "", "a group has two orders at least"),
    ("oco sell 100 aapl lmt 195 / 100 aapl stop 188", "100", "is no side"),
    ("oco buy 100 aapl lmt 190 tp 195 / buy 100 aapl stop 200", "tp", "'tp' doesn't fit what was said before"),
    ("rel 14", "rel", "release must be spelled in full"),
    ("buy 100 aapl mkt foo", "foo", "'foo' can't stand here; expected day"),
    ("buy 100 aapl mkt extt", "extt", "did you mean ext?"),
    ("buy 100 aapl mkt @NOPE", "@NOPE", "is no account of this desk; expected @PAPER, @PAPER2, @HEDGE"),
    ("buy 100 aapl mkt @PAP", "@PAP", "is ambiguous; expected @PAPER, @PAPER2"),
    ("buy 100 aapl mkt @HEDGE @PAPER", "@PAPER", "a second account"),
    ("buy 100 aapl mkt #a #b", "#b", "a second #tag"),
    ("buy 100 aapl mkt #a!b", "#a!b", "is no tag; expected #"),
    ("buy 100 ibm mid", "mid", "it is locked or crossed; give a price"),
    ("buy 100 bac @ask", "@ask", "it is stale (17 s); give a price"),
    ("buy 100 msft @ask", "@ask", "there is none yet; give a price"),
    ("buy 100 foxa @bid", "@bid", "a side is missing; give a price"),
    ("buy 100 tsla @last", "@last", "@last needs a fresh quote of TSLA"),
    ("buy 100 aapl @bid-1000", "@bid-1000", "a price is above 0"),
    ("buy 100 aapl @bid+", "@bid+", "is no price"),
    ("buy $10k msft mkt", "$10k", "an amount of money needs a price: there is none yet"),
    ("buy $5 nvda mkt", "$5", "$5 is less than one lot of NVDA, which costs 450.12"),
    ("buy all aapl", "all", "PAPER has a position of 101 in AAPL: nothing to buy back"),
    ("sell all spy", "all", "PAPER has no position in SPY: nothing to sell"),
    ("sell all aapl @HEDGE", "all", "HEDGE has no position in AAPL"),
    ("sell all ibm", "all", "all 500 IBM are already being sold by working orders"),
    ("sell half foxa", "half", "half of 1 FOXA is less than one lot"),
    ("short all aapl mkt", "all", "a short sale needs a number"),
    ("cxl", "", "expected last, buys, sells, all, ID, SYMBOL"),
    ("cxl appl", "appl", "did you mean AAPL?"),
    ("cxl 14 aapl", "aapl", "'aapl' is no order number"),
    ("cxl all aapl", "aapl", "'aapl' can't stand here"),
    ("cxl 14 #x", "#x", "a tag has no meaning here"),
    ("mod 14", "", "change what?; expected px, qty, stop"),
    ("mod aapl px 5", "aapl", "'aapl' is no order number"),
    ("mod 14 px 5 px 6", "px", "can't stand here"),
    ("mod 99 px @bid", "@bid", "is no price"),
    ("mod 14 qty half", "half", "is no quantity"),
    ("flat", "", "expected all, SYMBOL"),
    ("kill now", "now", "'now' is no symbol of the universe"),
    ("kill flatten now", "now", "'now' can't stand here"),
    ("halt strategy", "", "expected NAME"),
    ("halt @nobody", "@nobody", "is no account of this desk"),
    ("reduce strategy !", "!", "is no strategy's name"),
    ("resume", "", "expected strategy, reason, SYMBOL"),
    ("resume reason", "", "expected TEXT"),
    ("resume aapl", "", "why?; expected reason"),
    ("twap 5000 ibm 10:30-11:30", "5000", "'5000' is no side; expected buy, sell, short"),
    ("twap buy 5000 ibm", "", "when?; expected 10:00-11:30, duration"),
    ("twap buy 5000 ibm 09:00-10:00", "09:00-10:00", "10:00 has passed"),
    ("twap buy 5000 ibm 11:30-10:30", "11:30-10:30", "10:30 is not after 11:30"),
    ("twap buy 5000 ibm 10:30-25:00", "10:30-25:00", "'25:00' is not a time of day; expected HH:MM"),
    ("twap buy 5000 ibm 10:30-11:30 cap 0.1", "0.1", "'0.1' is no share; expected 10%"),
    ("twap buy 5000 ibm 10:30-11:30 cap 200%", "200%", "is no share"),
    ("twap buy 5000 ibm 10:30-11:30 slices 0", "0", "is no number of slices from 1 to 10000"),
    ("twap buy 5000 ibm 10:30-11:30 duration 5m", "duration", "can't stand here"),
    ("twap buy 5000 ibm duration 30", "30", "'30' is no duration"),
    ("twap buy 5000 spy 10:30-11:30 lot 5", "5", "5 is no multiple of SPY's lot of 10"),
    ("pov buy 5000 ibm 10:30-11:30 profile 3,1,2", "profile", "profile belongs to vwap and twap"),
    ("algo", "", "expected pause, resume, cancel, amend, repace, finish, manual, list, ID"),
    ("algo x pause", "x", "'x' is no algo's number"),
    ("algo 3 explode", "explode", "is nothing to do with an algo; expected pause, resume, cancel, amend"),
    ("ack x", "x", "'x' is no alert's number"),
    ("buy " + "9" * 500, None, "at most 400"),
    ("resume reason \x1b[2J", "\x1b", "can't be printed; expected plain text"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "word", "says"), REFUSALS)
def test_a_doubtful_line_is_refused_at_the_word_with_what_was_expected(line: str, word: str | None, says: str) -> None:
    error = refusal(line)

    assert says in str(error)
    if word is not None:
        assert line[error.start : error.end] == word


@pytest.mark.parametrize("line", ["buy 100 ibm mid", "buy $10k msft mkt", "buy 100 bac lmt @ask+0.01"])
def test_a_missing_quote_is_named_so_that_it_can_be_fetched(line: str) -> None:
    assert refusal(line).needs_quote == line.split()[2].upper()


def test_an_order_that_is_not_in_the_universe_can_be_closed_but_not_traded() -> None:
    held = context()
    held._instruments = {}

    assert isinstance(GRAMMAR.parse("flat aapl", held).command, Flatten)
    with pytest.raises(GrammarError, match=r"AAPL is not in universe\.yaml"):
        GRAMMAR.parse("sell 1 aapl mkt", held)
