"""Plays a sequence that reads like a FIX order state change matrix against the real core, and checks every row.

    play(\"\"\"
        order 10000          | PENDING_NEW      10000    0 10000
        accepted             | NEW              10000    0 10000
        trade 2000 @ 100     | PARTIALLY_FILLED 10000 2000  8000  100
    \"\"\")

Left what happens, right what must hold then: status, order_qty, cum_qty, leaves_qty, and where given the average
price. `res N` says what is reserved where it is not the leaves; `pos N` the position where it is not what was executed.
Checked besides after each row: the reservation of the other side is nothing, the order is listed as open exactly while
it is live; and at the end that the facts, through the journal's own codec, fold into an equal state.

Order and replaces are called X, Y, Z and W in the order in which they are sent; executions by any label, B, C, D ...
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import CancelOrder, Effect, QueryOrder, ReplaceOrder
from engine.evolve import evolve
from engine.inputs import Now
from engine.journal.codec import FactCodec
from engine.model.enums import OrdStatus, OrdType, RestatementReason, Side, TimeInForce
from engine.model.order import OrderRequest, ReplaceRequest
from engine.model.snapshot import Execution, OrderSnapshot
from engine.orders.order import Order
from engine.state import DeskState
from tests.engine.dealing import ACCOUNT, BROKER, D, Dealing

ZERO = Decimal(0)
UNLIMITED = {
    f"risk__{name}": "off"
    for name in (
        "max_position_pct", "max_order_qty", "max_order_notional", "max_leverage", "price_collar_pct",
        "duplicate_window_s", "max_orders_per_s", "max_daily_loss_pct", "max_drawdown_pct",
    )
}  # fmt: skip
CHAINING = msgspec.structs.replace(BROKER, chained_replaces=True)
RAISING = msgspec.structs.replace(BROKER, replace_filled=True)
CANCEL_NEW = msgspec.structs.replace(BROKER, replace_is_cancel_new=True)


def play(
    table: str,
    *,
    tif: TimeInForce = TimeInForce.DAY,
    able: p.Capabilities = BROKER,
    side: Side = Side.BUY,
    hold: str = "0",
    ord_type: OrdType = OrdType.LIMIT,
) -> Matrix:
    """Play every row of the table; the desk afterwards."""
    matrix = Matrix(tif, able, side, hold, ord_type)
    for line in filter(str.strip, table.splitlines()):
        matrix.row(line)
    matrix.fold_again()
    return matrix


class Matrix:
    """One order at one broker. `effects` are those of the last row, `alerts` the codes of all so far."""

    def __init__(self, tif: TimeInForce, able: p.Capabilities, side: Side, hold: str, ord_type: OrdType) -> None:
        self.desk = Recording(hold, able=able, **UNLIMITED)
        self.desk.connect()
        self.tif, self.side, self.ord_type = tif, side, ord_type
        self.held = D(hold)
        self.ids: dict[str, str] = {}
        self.asked: dict[str, ReplaceRequest] = {}
        self.booked: dict[str, Execution] = {}
        """By label: what the broker says was executed and stands."""
        self.told: dict[str, Execution] = {}
        self.effects: list[Effect] = []

    # -- rows -------------------------------------------------------------------------------------------------------

    def row(self, line: str) -> None:
        happens, _, expected = line.partition("|")
        words = happens.split()
        before = len(self.desk.released)
        for many in range(len(words), 0, -1):
            verb: Callable[..., None] | None = getattr(self, "_" + "_".join(words[:many]), None)
            if verb is not None:
                verb(*words[many:])
                break
        else:
            raise AssertionError(f"nothing is called {happens.strip()!r}")
        self.effects = self.desk.released[before:]
        if expected.strip():
            self._holds(line.strip(), expected)

    def _holds(self, line: str, expected: str) -> None:
        words = expected.split()
        extra = {words[at]: D(words[at + 1]) for at in range(len(words) - 1) if words[at] in ("res", "pos")}
        plain = words[: next((at for at, word in enumerate(words) if word in ("res", "pos")), len(words))]
        status, qty, cum, leaves = plain[0], *map(D, plain[1:4])
        order = self.order
        shown = (order.status.value, order.qty, order.cum_qty, order.leaves_qty)
        assert shown == (status, qty, cum, leaves), f"{line}: {[str(each) for each in shown]}"
        if len(plain) > 4:
            avg = order.avg_px or ZERO
            assert avg == D(plain[4]), f"{line}: average {avg}"
        position = self.desk.state.positions.get((ACCOUNT, "IBM"))
        executed = sum((e.last_qty for e in self.booked.values()), ZERO) * self.side.sign
        held = position.qty if position is not None else ZERO
        assert held == extra.get("pos", self.held + executed), f"{line}: position {held}"
        both = (position.open_buy, position.open_sell) if position is not None else (ZERO, ZERO)
        reserved = extra.get("res", leaves)
        assert both == ((reserved, ZERO) if self.side.is_buy else (ZERO, reserved)), f"{line}: reserved {both}"
        listed = order.cl_ord_id in self.desk.state.open_orders
        waiting = order.pending_cancel or bool(order.pending_replaces)
        assert listed == (not order.dead and bool(order.worst_leaves or waiting)), f"{line}: listed {listed}"

    def fold_again(self) -> None:
        """What the journal holds gives the same state."""
        codec, again = FactCodec(), DeskState()
        for wall_ns, market_ns, fact in self.desk.stamped:
            evolve(again, codec.decode(*codec.encode(fact)), wall_ns, market_ns)
        assert again.digest() == self.desk.state.digest()

    # -- what is seen ------------------------------------------------------------------------------------------------

    @property
    def order(self) -> Order:
        return self.desk.state.orders[self.ids["X"]]

    @property
    def alerts(self) -> list[str]:
        return self.desk.codes()

    @property
    def questions(self) -> list[str]:
        """Which of X, Y, Z the broker was asked about in the last row."""
        names = {ident: name for name, ident in self.ids.items()}
        return [names[e.cl_ord_id] for e in self.effects if isinstance(e, QueryOrder)]

    def sent_replaces(self) -> list[tuple[str, str]]:
        """(name, name of the one it changes) of every replace handed over."""
        names = {ident: name for name, ident in self.ids.items()}
        sent = [e.approved.order for e in self.desk.released if isinstance(e, ReplaceOrder)]
        return [(names[r.cl_ord_id], names[r.orig_cl_ord_id]) for r in sent]

    def sent_cancels(self) -> int:
        return sum(isinstance(e, CancelOrder) for e in self.desk.released)

    # -- requests ----------------------------------------------------------------------------------------------------

    def _order(self, qty: str) -> None:
        limit = D(100) if self.ord_type.needs_limit else None
        stop = D(101) if self.ord_type.needs_stop else None
        request = OrderRequest(ACCOUNT, "IBM", self.side, D(qty), self.ord_type, limit, stop, self.tif)
        self.desk.give(i.PlaceOrder(request))
        order = list(self.desk.state.by_id.values())[-1]
        assert order.base is not OrdStatus.DENIED, order.text
        self.ids["X"] = order.cl_ord_id

    def _cancel(self) -> None:
        self.desk.give(i.CancelOrders(i.CancelSelector(ids=(self.order.id,)), "me"))

    def _replace(self, name: str, qty: str, at: str = "", px: str = "") -> None:
        change = ReplaceRequest(D(qty), D(px) if px else None)
        before = self.order.replaces
        self.desk.give(i.ModifyOrder(self.order.id, change))
        if self.order.replaces > before:
            self.ids[name] = f"{self.order.cl_ord_id}r{self.order.replaces}"
            self.asked[name] = change

    # -- the broker's answers ----------------------------------------------------------------------------------------

    def _give(self, report: Any) -> None:
        self.desk.give(report)

    @property
    def _ts(self) -> int:
        return self.desk.now.market_ns

    @property
    def _live(self) -> str:
        return self.order.live_id

    @property
    def _count(self) -> Decimal:
        """What the broker counts as executed."""
        return sum((e.last_qty for e in self.told.values()), ZERO)

    def _accepted(self, *words: str) -> None:
        """`early`: a report of before."""
        self._give(p.Accepted(self.ids["X"], "B1", self._ts - (10**9 if "early" in words else 0)))

    def _rejected(self, *words: str) -> None:
        self._give(p.Rejected(self.ids["X"], "no", self._ts, duplicate="duplicate" in words))

    def _pending(self, what: str, name: str = "X") -> None:
        self._give(p.Pending(self.ids[name], OrdStatus[f"PENDING_{what.upper()}"], self._ts))

    def _canceled(self, *words: str) -> None:
        """`silent`: without a count; `under Y`: by another id than the one that lives."""
        ident = self.ids[words[words.index("under") + 1]] if "under" in words else self._live
        self._give(p.Canceled(ident, self._ts, "", None if "silent" in words else self._count))

    def _expired(self) -> None:
        self._give(p.Expired(self._live, self._ts, self._count))

    def _cancel_refused(self, *why: str) -> None:
        self._give(p.CancelRejected(self._live, " ".join(why) or "too late to cancel", self._ts))

    def _replaced(self, name: str, qty: str = "") -> None:
        change = self.asked[name]
        px = change.limit_px if change.limit_px is not None else self.order.limit_px
        sent = [e.approved.order for e in self.desk.released if isinstance(e, ReplaceOrder)]
        orig = next(each.orig_cl_ord_id for each in sent if each.cl_ord_id == self.ids[name])
        total = D(qty) if qty else change.qty
        assert total is not None
        self._give(p.Replaced(self.ids[name], orig, "B1", total, px, self.order.stop_px, self._ts))

    def _replace_refused(self, name: str, *why: str) -> None:
        reason = " ".join(why) or "too late"
        self._give(p.ReplaceRejected(self.ids[name], self._live, reason, self._ts))

    def _changed_by_the_broker(self, qty: str, at: str = "", px: str = "") -> None:
        """Replaced under an id of the broker's own."""
        limit = D(px) if px else self.order.limit_px
        self._give(p.Replaced("BROKER-9", self._live, "B2", D(qty), limit, self.order.stop_px, self._ts))

    # -- executions ---------------------------------------------------------------------------------------------------

    def _executed(self, label: str, qty: str, px: str, name: str) -> Execution:
        ident = self.ids[name] if name else self._live
        return Execution(label, ident, "B1", ACCOUNT, "IBM", self.side, D(qty), D(px), self._ts)

    def _trade(self, qty: str, at: str, px: str, *words: str) -> None:
        """`as B`: its label; `of Y`: the version that it names; `unreported`: the report does not reach us (yet)."""
        options = {words[at]: words[at + 1] for at in range(len(words) - 1)}
        label = options.get("as", f"E{len(self.desk.stamped)}")
        self.told[label] = self._executed(label, qty, px, options.get("of", ""))
        if "unreported" not in words:
            self._report(label)

    def _report(self, label: str) -> None:
        """The broker reports an execution (again, if it did before)."""
        execution = self.told[label]
        self.booked[label] = execution
        self._give(p.Filled(execution))

    def _bust(self, label: str) -> None:
        self.booked.pop(label, None)
        self.told.pop(label, None)
        self._give(p.Busted(ACCOUNT, label, self._ts, self.ids["X"]))

    def _late(self, label: str, qty: str, at: str, px: str) -> None:
        """The report of an execution that was busted or corrected before it came."""
        self._give(p.Filled(self._executed(label, qty, px, "X")))

    def _correct(self, label: str, to: str, qty: str, at: str, px: str, as_: str, new: str) -> None:
        execution = self._executed(new, qty, px, "")
        self.booked.pop(label, None)
        self.told.pop(label, None)
        self.booked[new] = self.told[new] = execution
        self._give(p.Corrected(ACCOUNT, label, execution))

    def _correct_late(self, label: str, to: str, qty: str, at: str, px: str, as_: str, new: str) -> None:
        """A correction that was itself corrected before it came."""
        self.booked.pop(label, None)
        self._give(p.Corrected(ACCOUNT, label, self._executed(new, qty, px, "")))

    # -- how it stands -------------------------------------------------------------------------------------------------

    def _done_for_day(self, *words: str) -> None:
        cum = self._count if "count" in words else None
        self._give(p.DoneForDay(self._live, self._ts, cum))

    def _suspended(self) -> None:
        self._give(p.Suspended(self._live, self._ts, "trading halt"))

    def _reinstated(self) -> None:
        self._give(p.Reinstated(self._live, self._ts))

    def _stopped(self, qty: str, at: str, px: str) -> None:
        self._give(p.Stopped(self._live, self._ts, D(qty), D(px)))

    def _calculated(self) -> None:
        self._give(p.Calculated(self._live, self._ts))

    def _triggered(self) -> None:
        self._give(p.Triggered(self._live, self._ts))

    def _restated(self, qty: str, *words: str) -> None:
        """`renewal`, `split`, `decline`, `repricing`, `verbal`; `cum N`, `@ PX`, `status S`; `early`: of before."""
        reasons = {
            "renewal": RestatementReason.GT_RENEWAL,
            "split": RestatementReason.GT_CORPORATE_ACTION,
            "decline": RestatementReason.PARTIAL_DECLINE,
            "repricing": RestatementReason.REPRICING,
            "verbal": RestatementReason.VERBAL_CHANGE,
        }
        options = {words[at]: words[at + 1] for at in range(len(words) - 1)}
        reason = next((reasons[word] for word in words if word in reasons), RestatementReason.OTHER)
        self._give(
            p.Restated(
                self._live,
                D(qty),
                D(options["@"]) if "@" in options else None,
                None,
                self._ts - (10**9 if "early" in words else 0),
                reason,
                OrdStatus[options["status"]] if "status" in options else None,
                D(options["cum"]) if "cum" in options else None,
            )
        )

    # -- questions and outcomes ----------------------------------------------------------------------------------------

    def _picture(self, status: str, qty: str, cum: str, name: str = "") -> OrderSnapshot:
        order = self.order
        return self.desk.shown(
            order,
            OrdStatus[status],
            cum,
            qty=D(qty),
            order_id="B1",
            cl_ord_id=self.ids[name] if name else order.live_id,
        )

    def _answer(self, status: str, qty: str, cum: str, name: str = "") -> None:
        """The broker's answer to our question, with the executions that it has."""
        self.booked = dict(self.told)
        self.desk.answer(self.ids[name or "X"], self._picture(status, qty, cum, name), *self.told.values())

    def _status(self, status: str, qty: str, cum: str, name: str = "") -> None:
        """The same on the stream, without executions."""
        self._give(p.OrderStatusReport(self._picture(status, qty, cum, name), self._ts))

    def _absent(self, *words: str) -> None:
        """It has no such order; `proven`: and never will."""
        name = next((word for word in words if word in self.ids), "X")
        self.desk.answer(self.ids[name], None, proof="proven" in words)

    def _unknown(self, name: str = "X") -> None:
        self._give(i.SubmitUnknown(self.ids[name], "timed out"))

    def _not_sent(self, name: str = "X") -> None:
        self._give(i.SubmitFailed(self.ids[name], "no connection"))

    def _withheld(self, name: str = "X") -> None:
        self._give(i.Withheld(self.ids[name], "gate closed"))

    def _resolve(self) -> None:
        self._give(i.ResolveOrder(self.order.id, "checked by phone", "operator"))

    def _next_day(self) -> None:
        self.desk.roll()

    def _time(self, seconds: str) -> None:
        self.desk.pass_s(float(seconds))


class Recording(Dealing):
    """Its trading days are counted by hand."""

    def __init__(self, hold: str, **more: Any) -> None:
        self.day = 1
        super().__init__(hold, **more)
        self.desk.surroundings = msgspec.structs.replace(
            self.desk.surroundings, trading_day=lambda ns: (f"day {self.day}", 2**62)
        )

    def roll(self) -> None:
        """The next trading day begins."""
        self.day += 1
        day_ns = 86_400 * 10**9
        self.now = Now(self.now.wall_ns + day_ns, self.now.market_ns + day_ns)
        self.quote("IBM")
        self.quote("AAPL")
        self.desk.timers.set("market", self.now.market_ns, ("day",))
        self.desk.advance(self.now)
        self._take()


def facts_of(matrix: Matrix, kind: type[f.Fact]) -> int:  # type: ignore[valid-type]
    """How many facts of a kind were recorded."""
    return sum(isinstance(fact, kind) for _, _, fact in matrix.desk.stamped)
