"""Invariant (g): cash, equity and profit balance to the last digit, in every currency, whatever was traded."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.evolve import evolve
from engine.journal.state_codec import decode, encode
from engine.market.matching import FillConfig
from engine.model.enums import Side
from engine.model.money import MONEY_STEP
from engine.protocol import Busted, Corrected
from engine.risk.valuation import value_account
from engine.state import DeskState
from tests.engine.assets.floor import ACCOUNT, CALL_200, CALL_210, PUT_170, PUT_180, SECOND, D, Floor

BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT
FEES = FillConfig(commission_per_share=D("0.0035"), commission_bps=D("0.7"), commission_min=D("0.35"))

_QTY = {
    "AAPL": st.integers(1, 300).map(str),
    "IBM": st.integers(1, 5_000).map(lambda n: str(D(n) / 1000)),
    "SAP": st.integers(1, 90).map(str),
    "SONY": st.integers(1, 90).map(str),
    "EURUSD": st.integers(1, 20_000).map(str),
    "USDJPY": st.integers(1, 2_000).map(str),
    "BTCUSD": st.integers(1, 90_000).map(lambda n: str(D(n) / 100_000)),
    CALL_200: st.integers(1, 7).map(str),
    PUT_180: st.integers(1, 3).map(str),
}
_SINGLE = st.sampled_from(sorted(_QTY)).flatmap(
    lambda symbol: st.tuples(st.just("single"), st.sampled_from([BUY, SELL, SHORT]), _QTY[symbol], st.just(symbol))
)
_SPREADS = (
    ((BUY, 1, CALL_200), (SELL, 1, CALL_210), "4.20"),
    ((SELL, 1, CALL_200), (BUY, 1, CALL_210), "-3.80"),
    ((SELL, 1, PUT_180), (BUY, 1, PUT_170), "-2.30"),
    ((BUY, 2, CALL_200), (SELL, 1, PUT_170), "20.80"),
)
_PACKAGE = st.tuples(st.just("package"), st.integers(1, 4).map(str), st.sampled_from(_SPREADS))
_MOVE = st.tuples(st.just("move"), st.sampled_from(sorted(_QTY)), st.integers(-200, 200))
_BUST = st.tuples(st.just("bust"), st.integers(0, 100))
_STEPS = st.lists(st.one_of(_SINGLE, _SINGLE, _PACKAGE, _MOVE, _BUST), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=_STEPS, method=st.sampled_from(["average", "fifo"]))
def test_cash_and_profit_balance_in_every_currency(steps: list[tuple[object, ...]], method: str) -> None:
    floor = Floor(fills=FEES, pnl_method=method)
    busted: set[str] = set()
    for step in steps:
        _do(floor, step, busted)
        _check_balance(floor, busted)
    _check_equity(floor)
    _check_fold(floor)


def _do(floor: Floor, step: tuple[object, ...], busted: set[str]) -> None:
    match step:
        case ("single", Side() as side, str(qty), str(symbol)):
            floor.order(side, qty, symbol)
        case ("package", str(qty), (first, second, str(net))):
            floor.package(qty, first, second, net=net)
        case ("move", str(symbol), int(by)):
            bid, ask = (D(px) for px in floor.market[symbol])
            factor = 1 + D(by) / 10_000
            tick = floor.state.instruments[symbol].tick if symbol in floor.state.instruments else D("0.01")
            low = (bid * factor / tick).to_integral_value() * tick
            floor.quote(symbol, f"{low:f}", f"{low + ask - bid:f}")
        case ("bust", int(n)) if floor.executions:
            taken = floor.executions[n % len(floor.executions)]
            busted.add(taken.exec_id)
            floor.give(Busted(ACCOUNT, taken.exec_id, floor.ns))


def _check_balance(floor: Floor, busted: set[str]) -> None:
    state = floor.state
    account = state.accounts[ACCOUNT]
    assert account.foreign.keys() <= {"EUR", "JPY", "CHF"}
    expected = dict(floor.opening)
    for e in floor.executions:
        if e.exec_id not in busted:
            instrument = state.instruments[e.symbol]
            paid = e.last_qty * e.last_px * e.side.sign * instrument.multiplier
            expected[instrument.currency] = expected.get(instrument.currency, D(0)) - paid
            expected[e.fee_currency] = expected.get(e.fee_currency, D(0)) - e.fee
    amounts = account.amounts()
    assert {c: a for c, a in amounts.items() if a} == {c: a for c, a in expected.items() if a}
    if not busted:
        assert {c: a for c, a in amounts.items() if a} == {c: a for c, a in floor.exchange.ledger.cash.items() if a}
    for currency, amount in amounts.items():
        flow = account.flows if currency == account.currency else account.foreign_flows.get(currency, D(0))
        own = [p for p in state.positions.values() if p.currency == currency]
        earned = sum((p.realized - p.fees - p.cost for p in own), D(0))
        assert amount == flow + earned - account.side_fees.get(currency, D(0)), currency


def _check_equity(floor: Floor) -> None:
    """Equity is the cash of every currency and every position at its conservative mark, each at its own rate."""
    floor.pass_seconds(1)
    state = floor.state
    found = value_account(state, floor.quotes, ACCOUNT, floor.ns)
    assert (found.stale, found.unmarked) == ((), ())
    total = sum((_in_dollars(floor, c, a) for c, a in state.accounts[ACCOUNT].amounts().items()), D(0))
    for (_, symbol), position in state.positions.items():
        if position.qty:
            mark = D(floor.market[symbol][0 if position.qty > 0 else 1])
            total += _in_dollars(floor, position.currency, position.qty * mark * position.multiplier)
    assert found.equity == total


def _in_dollars(floor: Floor, currency: str, amount: Decimal) -> Decimal:
    owned = amount > 0
    if currency == "USD" or not amount:
        return amount
    if currency == "EUR":
        return (amount * D(floor.market["EURUSD"][0 if owned else 1])).quantize(MONEY_STEP)
    upside_down = D(floor.market["USDJPY"][1 if owned else 0])
    return (amount * (1 / upside_down).quantize(D("1E-12"))).quantize(MONEY_STEP)


def _check_fold(floor: Floor) -> None:
    """A fold over the facts gives the same state, and so does a snapshot of it."""
    again = DeskState()
    for recorded, market, fact in floor.journal:
        evolve(again, fact, recorded, market)
    assert again.digest() == floor.state.digest()
    assert decode(encode(again)).digest() == again.digest()


def test_a_fee_in_another_currency_is_paid_and_is_in_no_positions_profit() -> None:
    import msgspec

    floor = Floor()
    floor.order(BUY, "10", "AAPL")
    bought = floor.executions[0]
    odd = msgspec.structs.replace(bought, exec_id="X1", fee=D("0.002"), fee_currency="BNB")

    floor.give(Corrected(ACCOUNT, bought.exec_id, odd))

    account = floor.state.accounts[ACCOUNT]
    assert account.foreign["BNB"] == D("-0.002")
    assert account.side_fees == {"BNB": D("0.002")}
    assert floor.state.positions[(ACCOUNT, "AAPL")].fees == 0
    floor.give(Busted(ACCOUNT, "X1", floor.ns))
    assert account.foreign["BNB"] == 0
    assert account.cash == 1_000_000
    assert floor.ns > SECOND
