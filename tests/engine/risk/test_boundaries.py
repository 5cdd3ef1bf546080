"""Every refusal at its boundary: passes at the limit, refuses one step beyond, refuses on missing or stale input.

One row for each code of the catalog; a code without a row fails here. A row of what another file tests at its boundary
names that file. What can't be missing says why.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine import facts as f
from engine.model.enums import OrdType, Side, TradingState
from engine.model.order import OrderRequest
from engine.model.restricted import Restriction
from engine.model.snapshot import BrokerMargin
from engine.risk.catalog import CATALOG
from tests.engine.risk.boundary_desks import (
    AUCTION,
    CALL,
    GTD,
    OPENING,
    after,
    among,
    bound,
    broken,
    broker,
    codes,
    crossed,
    day_trades,
    delayed,
    desk,
    fallen,
    halted,
    later,
    limits_without,
    listed,
    located,
    lossy,
    positions_differ,
    quoted,
    sent,
    shrinking,
    traded,
    unknown,
    unmarked,
    unreconciled,
)
from tests.engine.risk.seat import ACCOUNT, SECOND, START, D, Seat, buy, sell, short

Check = Callable[[], list[str]]


class Row(msgspec.Struct, frozen=True):
    """passes: at the limit. refuses: one step beyond. doubt: an input is missing or stale; `by` is the code that then
    refuses (its own where empty). `certain`: why nothing that the check asks can be missing."""

    passes: Check
    refuses: Check
    doubt: Check | None = None
    by: str = ""
    certain: str = ""


class Elsewhere(msgspec.Struct, frozen=True):
    """The file below tests/engine whose tests of that code pass at the limit and refuse beyond it."""

    file: str


OWN_TERMS = "it compares the order's own terms with the instrument, and an unknown instrument is refused"
SEVERAL = Elsewhere("risk/test_several_accounts.py")
MONEY = Elsewhere("risk/test_money.py")
BOOK = Elsewhere("risk/test_book_limits.py")

ROWS: dict[str, Row | Elsewhere] = {
    "HALTED": Row(
        lambda: halted(desk("100"), TradingState.HALTED).codes(sell("100", limit="100")),
        lambda: halted(desk("100"), TradingState.HALTED).codes(sell("100", limit="100", origin="algo")),
        lambda: positions_differ(halted(desk("100"), TradingState.HALTED), "99").codes(sell("100", limit="100")),
    ),
    "TRADING_STATE": Row(
        lambda: halted(desk("100"), TradingState.REDUCING).codes(sell("100", limit="100")),
        lambda: halted(desk("100"), TradingState.REDUCING).codes(buy("1", limit="100")),
        lambda: positions_differ(halted(desk("100"), TradingState.REDUCING), "99").codes(sell("100", limit="100")),
    ),
    "LIMIT_MISSING": Row(
        lambda: desk().codes(buy("1", limit="100")),
        lambda: limits_without(desk(), "risk.max_order_qty").codes(buy("1", limit="100")),
        lambda: limits_without(desk(), "flatten.collar_pct").codes(buy("1", limit="100")),
    ),
    "UNKNOWN_ACCOUNT": Row(
        lambda: desk().codes(buy("1", limit="100")),
        lambda: desk().codes(msgspec.structs.replace(buy("1", limit="100"), account="OTHER")),
        lambda: desk().codes(msgspec.structs.replace(buy("1", limit="100"), account="")),
    ),
    "NOT_RECONCILED": Row(
        lambda: desk().codes(buy("1", limit="100")),
        lambda: unreconciled(),
        certain="it is the check of what was not compared",
    ),
    "JOURNAL_DOWN": Row(
        lambda: after(desk(), f.JournalWentDown("full"), f.JournalCameBack()).codes(buy("1", limit="100")),
        lambda: after(desk(), f.JournalWentDown("full")).codes(buy("1", limit="100")),
        certain="the desk itself knows whether its journal commits",
    ),
    "CLOCK_SKEW": Row(
        lambda: after(desk(), f.ClockSkewSet("paper", "warn", 2 * SECOND - 1, 2 * SECOND)).codes(buy("1", limit="100")),
        lambda: after(desk(), f.ClockSkewSet("paper", "stop", 2 * SECOND, 2 * SECOND)).codes(buy("1", limit="100")),
        lambda: later(desk(), 10**12).codes(buy("1", limit="100")),
        by="STALE_PRICE",
    ),
    "UNKNOWN_INSTRUMENT": Row(
        lambda: desk().codes(buy("1", limit="100")),
        lambda: desk().codes(buy("1", "AAPLX", limit="100")),
        lambda: desk().codes(buy("1", "", limit="100")),
    ),
    "OPTION_EXPIRED": Row(
        lambda: later(desk(), 999).codes(buy("1", CALL, limit="1.00")),
        lambda: later(desk(), 1000).codes(buy("1", CALL, limit="1.00")),
        certain="an option without an expiry is none",
    ),
    "BROKER_BUYING_POWER": Row(
        lambda: after(desk(), f.MarginTold(ACCOUNT, "x", BrokerMargin("USD", buying_power=D(100)))).codes(
            buy("1", limit="100")
        ),
        lambda: after(desk(), f.MarginTold(ACCOUNT, "x", BrokerMargin("USD", buying_power=D("99.99")))).codes(
            buy("1", limit="100")
        ),
        certain="what no broker tells, or told long ago, bounds nothing: ours holds",
    ),
    "FUTURE_EXPIRED": Row(
        lambda: later(desk(), 999).codes(buy("1", "ESM25", limit="1.00")),
        lambda: later(desk(), 1000).codes(buy("1", "ESM25", limit="1.00")),
        certain="a future without a last trade is none",
    ),
    "RESTRICTED": Row(
        lambda: listed(desk("10"), Restriction("AAPL", "x", close_only=True)).codes(sell("10", limit="100")),
        lambda: listed(desk("10"), Restriction("AAPL", "x", close_only=True)).codes(buy("1", limit="100")),
        lambda: (lambda s: (setattr(s.state, "day", ""), s.codes(buy("1", limit="100")))[1])(
            listed(desk(), Restriction("AAPL", "x", until="2001-01-01"))
        ),
    ),
    "USER_INSTRUMENT": Row(
        lambda: bound(desk("10"), "AAPL").codes(buy("1", limit="100", user="tom")),
        lambda: bound(desk("10"), "MSFT").codes(buy("1", limit="100", user="tom")),
        lambda: bound(desk("10")).codes(buy("1", limit="100", user="tom")),
    ),
    "SESSION_CLOSED": Row(
        lambda: among(desk(), session_closed=lambda s, ns, e: "").codes(buy("1", limit="100")),
        lambda: among(desk(), session_closed=lambda s, ns, e: "closed").codes(buy("1", limit="100")),
        lambda: among(desk(), session_closed=broken).codes(buy("1", limit="100")),
        by="CHECK_FAILED",
    ),
    "NOT_SUPPORTED": Row(
        lambda: broker(desk(), ord_types=frozenset({OrdType.LIMIT})).codes(buy("1", limit="100")),
        lambda: broker(desk(), ord_types=frozenset({OrdType.LIMIT})).codes(buy("1")),
        lambda: broker(desk(), ord_types=frozenset()).codes(buy("1", limit="100")),
    ),
    "SHORT_NOT_ALLOWED": Row(
        lambda: broker(desk(), short=True).codes(short("1", limit="100")),
        lambda: broker(desk(), short=False).codes(short("1", limit="100")),
        lambda: among(desk(), capabilities=broken).codes(short("1", limit="100")),
        by="CHECK_FAILED",
    ),
    "TIME_IN_FORCE": Row(
        lambda: among(broker(desk(), **AUCTION), session_bounds=lambda s, ns: (ns + 1, ns + 2)).codes(
            buy("1", limit="100", **OPENING)
        ),
        lambda: among(broker(desk(), **AUCTION), session_bounds=lambda s, ns: (ns, ns + 2)).codes(
            buy("1", limit="100", **OPENING)
        ),
        lambda: among(broker(desk(), **AUCTION), session_bounds=lambda s, ns: None).codes(
            buy("1", limit="100", **OPENING)
        ),
    ),
    "ORDER_FORM": Row(
        lambda: broker(desk(), **AUCTION).codes(buy("1", limit="100", time_in_force=GTD, expire_ns=START + 1)),
        lambda: broker(desk(), **AUCTION).codes(buy("1", limit="100", time_in_force=GTD, expire_ns=START)),
        lambda: desk().codes(OrderRequest(ACCOUNT, "AAPL", Side.BUY, D(1), OrdType.LIMIT)),
    ),
    "LOT_SIZE": Row(
        lambda: desk().codes(buy("20", "NICKEL", limit="100")),
        lambda: desk().codes(buy("21", "NICKEL", limit="100")),
        lambda: desk().codes(buy("0", limit="100")),
    ),
    "MIN_QTY": Row(
        lambda: desk().codes(buy("20", "NICKEL", limit="100")),
        lambda: desk().codes(buy("10", "NICKEL", limit="100")),
        certain=OWN_TERMS,
    ),
    "MAX_QTY": Row(
        lambda: desk(max_position_pct="off", max_leverage="off", margin_model="off").codes(
            buy("5000", "NICKEL", limit="100")
        ),
        lambda: desk(max_position_pct="off", max_leverage="off", margin_model="off").codes(
            buy("5010", "NICKEL", limit="100")
        ),
        certain=OWN_TERMS,
    ),
    "TICK_SIZE": Row(
        lambda: desk().codes(buy("1", limit="100.01")),
        lambda: desk().codes(buy("1", limit="100.011")),
        lambda: desk().codes(buy("1", limit="-100.01")),
    ),
    "STALE_PRICE": Row(
        lambda: later(desk(), 15 * SECOND).codes(buy("1", limit="100")),
        lambda: later(desk(), 15 * SECOND + 1).codes(buy("1", limit="100")),
        lambda: Seat().codes(buy("1", limit="100")),
    ),
    "INSTRUMENT_HALTED": Row(
        lambda: quoted(False).codes(buy("1", limit="100")),
        lambda: quoted(True).codes(buy("1", limit="100")),
        lambda: crossed().codes(buy("1", limit="100")),
        by="STALE_PRICE",
    ),
    "DELAYED_PRICE": Row(
        lambda: delayed("paper").codes(buy("1", limit="100")),
        lambda: delayed("live").codes(buy("1", limit="100")),
        lambda: delayed("").codes(buy("1", limit="100")),
    ),
    "PRICE_COLLAR": Row(
        lambda: desk().codes(buy("1", limit="105.00")),
        lambda: desk().codes(buy("1", limit="105.01")),
        lambda: crossed().codes(buy("1", limit="100.00")),
        by="STALE_PRICE",
    ),
    "MAX_ORDER_QTY": Row(
        lambda: desk(max_order_qty="100").codes(buy("100", limit="100")),
        lambda: desk(max_order_qty="100").codes(buy("101", limit="100")),
        lambda: limits_without(desk(), "risk.max_order_qty").codes(buy("1", limit="100")),
        by="LIMIT_MISSING",
    ),
    "MAX_ORDER_NOTIONAL": Row(
        lambda: desk(max_order_notional="10000").codes(buy("100", limit="100")),
        lambda: desk(max_order_notional="10000").codes(buy("100", limit="100.01")),
        lambda: later(desk(max_order_notional="10000"), 10**12).codes(buy("1")),
        by="STALE_PRICE",
    ),
    "WARN_ORDER_NOTIONAL": Row(
        lambda: desk(warn_order_notional="10000").codes(buy("100", limit="100")),
        lambda: desk(warn_order_notional="10000").codes(buy("100", limit="100.01")),
        lambda: later(desk(warn_order_notional="10000"), 10**12).codes(buy("1")),
        by="STALE_PRICE",
    ),
    "MIN_NOTIONAL": Row(
        lambda: desk(min_order_notional="10000").codes(buy("100", limit="100")),
        lambda: desk(min_order_notional="10000").codes(buy("100", limit="99.99")),
        lambda: later(desk(min_order_notional="10000"), 10**12).codes(buy("100")),
        by="STALE_PRICE",
    ),
    "DUPLICATE_INTENT": Row(
        lambda: later(sent(desk(), buy("1", limit="100")), 2 * SECOND).codes(buy("1", limit="100")),
        lambda: later(sent(desk(), buy("1", limit="100")), 2 * SECOND - 1).codes(buy("1", limit="100")),
        lambda: later(unknown(desk(), buy("1", limit="100")), 3 * SECOND).codes(buy("1", limit="100")),
        by="UNKNOWN_SAME_INTENT",
    ),
    "UNKNOWN_SAME_INTENT": Row(
        lambda: unknown(desk(), buy("1", limit="100")).codes(buy("2", limit="100")),
        lambda: unknown(desk(), buy("1", limit="100")).codes(buy("1", limit="100")),
        certain="it is the check of what is not known",
    ),
    "THROTTLE": Row(
        lambda: later(sent(desk(max_orders_per_s="1"), buy("1", limit="50")), SECOND).codes(buy("2", limit="50")),
        lambda: later(sent(desk(max_orders_per_s="1"), buy("1", limit="50")), SECOND - 1).codes(buy("2", limit="50")),
        lambda: limits_without(desk(), "risk.max_orders_per_s").codes(buy("1", limit="100")),
        by="LIMIT_MISSING",
    ),
    "MAX_WORKING_ORDERS": Row(
        lambda: sent(desk(max_working_orders="2"), buy("1", limit="50")).codes(buy("2", limit="50")),
        lambda: sent(desk(max_working_orders="1"), buy("1", limit="50")).codes(buy("2", limit="50")),
        lambda: unknown(desk(max_working_orders="1"), buy("1", limit="50")).codes(buy("2", limit="50")),
    ),
    "SELL_EXCEEDS_POSITION": Row(
        lambda: desk("100").codes(sell("100", limit="100")),
        lambda: desk("100").codes(sell("101", limit="100")),
        lambda: positions_differ(desk("100"), "99").codes(sell("100", limit="100")),
    ),
    "SHORT_WHILE_LONG": Row(
        lambda: desk().codes(short("1", limit="100")),
        lambda: desk("1").codes(short("1", limit="100")),
        certain="the position is the desk's own count; where the broker's differs the account is not reconciled",
    ),
    "REDUCE_ONLY": Row(
        lambda: desk("100").codes(sell("100", limit="100", reduce_only=True)),
        lambda: desk("100").codes(sell("101", limit="100", reduce_only=True)),
        lambda: positions_differ(desk("100"), "99").codes(sell("100", limit="100", reduce_only=True)),
    ),
    "UNCOVERED_OPTION": Row(
        lambda: desk("100").codes(short("1", CALL, limit="100")),
        lambda: desk("99").codes(short("1", CALL, limit="100")),
        lambda: sent(desk("100"), sell("1", limit="101")).codes(short("1", CALL, limit="100")),
    ),
    "LOCATE": Row(
        lambda: located(desk(require_locate="on"), "100").codes(short("100", limit="100")),
        lambda: located(desk(require_locate="on"), "100").codes(short("101", limit="100")),
        lambda: located(desk(require_locate="on"), "100", "2023-11-13").codes(short("1", limit="100")),
    ),
    "SHORT_SALE_RULE": Row(
        lambda: fallen("90.01").codes(short("1", limit="99.98")),
        lambda: fallen("90.00").codes(short("1", limit="99.98")),
        lambda: traded(desk(short_sale_rule="on"), "100").codes(short("1", limit="99.98")),
    ),
    "DAY_TRADES": Row(
        lambda: day_trades(2).codes(buy("1", limit="100")),
        lambda: day_trades(3).codes(buy("1", limit="100")),
        lambda: unmarked(day_trades(3, "500000")).codes(buy("1", limit="100")),
    ),
    "DAILY_LOSS": Row(
        lambda: lossy("950000.01").codes(buy("1", limit="100")),
        lambda: lossy("950000").codes(buy("1", limit="100")),
        certain="without an equity there is no sample; what is not marked is refused by STALE_MARK and NO_MARK",
    ),
    "DRAWDOWN": Row(
        lambda: lossy("850000.01", max_daily_loss_pct="off").codes(buy("1", limit="100")),
        lambda: lossy("850000").codes(buy("1", limit="100")),
        certain="as of DAILY_LOSS",
    ),
    "SELF_MATCH": Row(
        lambda: sent(desk("10"), sell("10", limit="100.05")).codes(buy("1", limit="100.04")),
        lambda: sent(desk("10"), sell("10", limit="100.05")).codes(buy("1", limit="100.05")),
        lambda: later(sent(desk("10"), sell("10", limit="104")), 10**12).codes(buy("1")),
    ),
    "CHECK_FAILED": Row(
        lambda: among(desk(), capabilities=lambda a: desk().broker).codes(buy("1", limit="100")),
        lambda: among(desk(), capabilities=broken).codes(buy("1", limit="100")),
        lambda: among(desk(), session_closed=broken).codes(buy("1", limit="100")),
    ),
    "NOT_REDUCING": Row(
        lambda: (lambda s: codes(s.risk.check_liquidation(sell("100", limit="100"), s.now)))(desk("100")),
        lambda: (lambda s: codes(s.risk.check_liquidation(sell("101", limit="100"), s.now)))(desk("100")),
        lambda: (lambda s: codes(s.risk.check_liquidation(sell("100", limit="100"), s.now)))(
            positions_differ(desk("100"), "99")
        ),
    ),
    "NOT_SHRINKING": Row(
        lambda: shrinking("49"),
        lambda: shrinking("50"),
        certain="both quantities are the order's own",
    ),
    "BRACKET_PRICE": Elsewhere("orders/test_bracket.py"),
    "GROUP_DENIED": Elsewhere("orders/test_bracket.py"),
    "EXCEEDS_PARENT": Elsewhere("orders/test_modify.py"),
    "NO_FIT": Elsewhere("orders/test_fitting.py"),
    "NO_RATE": Elsewhere("assets/test_currencies.py"),
    "ACCOUNT_UNSEEN": SEVERAL,
    "STALE_RATE": Elsewhere("assets/test_currencies.py"),
    "NO_MARK": Elsewhere("risk/test_exposure.py"),
    "STALE_MARK": Elsewhere("risk/test_exposure.py"),
    "MAX_POSITION_PCT": Elsewhere("risk/test_exposure.py"),
    "BUYING_POWER": Elsewhere("risk/test_exposure.py"),
    "MAX_PORTFOLIO_POSITIONS": Elsewhere("risk/test_exposure.py"),
    **dict.fromkeys(("MAX_VAR_95", "MAX_VAR_99", "MAX_CVAR_95", "MAX_CVAR_99", "MAX_BETA"), BOOK),
    **dict.fromkeys(
        (
            "MAX_POSITION_QTY", "MAX_POSITION_NOTIONAL", "WARN_POSITION_PCT", "MAX_GROSS_EXPOSURE",
            "WARN_GROSS_EXPOSURE", "MAX_NET_EXPOSURE", "NO_SECTOR", "MAX_SECTOR_EXPOSURE", "WARN_SECTOR_EXPOSURE",
            "MAX_CORRELATION", "NO_HISTORY", "MAX_ADV_PCT", "WARN_ADV_PCT", "MAX_POSITION_ADV_PCT", "MINIMUM_EQUITY",
            "INITIAL_MARGIN", "MAINTENANCE_MARGIN", "CASH_ONLY",
        ),
        MONEY,
    ),
}  # fmt: skip


CODES = [line.code for line in CATALOG]
HERE = [code for code in CODES if isinstance(ROWS.get(code), Row)]


def test_every_refusal_of_the_engine_has_a_row() -> None:
    """The catalog is compared with the code by test_catalog; so that a new check without a boundary test fails here."""
    assert sorted(CODES) == sorted(ROWS)


@pytest.mark.parametrize("code", HERE)
def test_it_passes_at_the_limit_and_refuses_one_step_beyond(code: str) -> None:
    row = ROWS[code]
    assert isinstance(row, Row)
    assert row.passes() == [], "at the limit"
    assert code in row.refuses(), "one step beyond"


@pytest.mark.parametrize("code", HERE)
def test_it_refuses_on_missing_or_stale_input(code: str) -> None:
    row = ROWS[code]
    assert isinstance(row, Row)
    if row.doubt is None:
        assert row.certain, "either an input can be missing, or it says why none can"
    else:
        assert (row.by or code) in row.doubt()


@pytest.mark.parametrize("code", [code for code, row in ROWS.items() if isinstance(row, Elsewhere)])
def test_what_is_tested_elsewhere_is(code: str) -> None:
    """The file has the code (or the limit of that name) where a test demands it."""
    row = ROWS[code]
    assert isinstance(row, Elsewhere)
    text = (Path(__file__).parents[1] / row.file).read_text()
    assert f'"{code}"' in text or f'"{code.lower()}"' in text
