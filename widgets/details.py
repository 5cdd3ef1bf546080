"""Everything a view knows about one order, algo, position or alert, as lines for a box."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model.enums import AlertLevel, OrdStatus
from engine.views import AlertRow, AlertRuleRow, AlgoRow, DeskView, FillRow, LegRow, OrderRow, PositionRow
from widgets.format import age, average, clip, money, percent, plain, price, quantity, signed, signed_quantity
from widgets.lines import Line, Part
from widgets.notation import PACKAGE, SIDES, STATUSES, TYPES, Notation

_LABEL = 14
_HALF = 36
_MOST_FILLS = 8


def order_title(order: OrderRow) -> str:
    """#14 BUY 100 IBM LMT 190.50 DAY"""
    return f"#{order.id} {order_text(order)}"


def order_text(order: OrderRow) -> str:
    """An order in full, in the order in which it is typed."""
    parts = [_side(order), quantity(order.order_qty), order.symbol, TYPES[order.ord_type]]
    if order.limit_px is not None:
        parts.append(price(order.limit_px, order.tick))
    if order.stop_px is not None:
        parts.append(f"stop {price(order.stop_px, order.tick)}")
    return " ".join([*parts, order.time_in_force.value.upper()])


def order_lines(order: OrderRow, view: DeskView, notation: Notation, *, fills: bool = True) -> list[Line]:
    """One order: its state, its quantities and prices, its names, and if wanted its fills."""
    times = notation.times
    elsewhere = "  EXTERNAL: placed elsewhere" if order.external else ""
    local = "  LOCAL: it dies with the desk" if order.status is OrdStatus.HELD else ""
    doubt = "  last known state: the broker has not confirmed it" if order.doubt else ""
    if order.doubt_s is not None:
        doubt = f"  last known state, as of {age(order.doubt_s * 1_000_000_000)} ago: its broker is not connected"
    lines: list[Line] = [
        _pair("Status", f"{order.status.value}{local}{elsewhere}{doubt}", style="alarm" if order.doubt else "strong"),
        _two("Side", _side(order), "Symbol", order.symbol),
        _two("Quantity", quantity(order.order_qty), "Type", _type(order)),
        _two("Filled", _share(order), "Leaves", quantity(order.leaves_qty)),
        _two("Limit", price(order.limit_px, order.tick), "Stop", price(order.stop_px, order.tick)),
        _two("Avg price", average(order.avg_px, order.tick), "Account", plain(order.account)),
        [],
        _two("Created", times.hms_ms(order.created_ns), "Updated", times.hms_ms(order.updated_ns)),
        _two("Our id", order.cl_ord_id, "Broker's id", plain(order.order_id or "-")),
        _two("Algo", "-" if order.parent is None else f"#{order.parent}", "Tag", plain(order.tag) or "-"),
    ]
    if order.group:
        others = [f"#{other.id} {STATUSES[other.status]}" for other in view.orders if other.group == order.group]
        others = [text for text in others if not text.startswith(f"#{order.id} ")]
        lines.append(_pair("Group", f"{order.group}: {', '.join(others[:4]) or 'the others are of another day'}"))
    lines += [_pair(f"Leg {number}", _leg_text(order, leg)) for number, leg in enumerate(order.legs, start=1)]
    if order.text:
        lines.append(_pair("Text", plain(order.text), style="warn"))
    if order.unknown_s is not None:
        lines += _doubt_lines(order)
    if not fills:
        return lines
    return [*lines, [], *_fill_lines([fill for fill in view.fills if fill.order == order.id], notation)]


def symbols_in(order: OrderRow) -> tuple[str, ...]:
    """The instruments in which the order may execute."""
    return tuple(leg.symbol for leg in order.legs) or (order.symbol,)


def _side(order: OrderRow) -> str:
    return PACKAGE if order.legs else SIDES[order.side]


def _leg_text(order: OrderRow, leg: LegRow) -> str:
    """BUY 2 AAPL260116C00200000, 2 filled at 12.10"""
    what = f"{SIDES[leg.side]} {quantity(order.order_qty * leg.ratio)} {leg.symbol}"
    return f"{what}, {quantity(leg.cum_qty)} filled at {average(leg.avg_px, order.tick)}" if leg.cum_qty else what


def _doubt_lines(order: OrderRow) -> list[Line]:
    """For how long nobody knows what became of its submit or replace, what is being done, what the user can do."""
    since = age(order.unknown_s * 1_000_000_000 if order.unknown_s is not None else None)
    known = f"if you know better: resolve {order.id} dead, or alive"
    if order.status is OrdStatus.UNKNOWN and order.parent is None:
        known += f"; resend {order.id} sends it anew"
    return [
        _pair("Outcome", f"not known for {since}; counted in risk, the same order is refused", style="alarm"),
        _pair("Evidence", plain(order.evidence), style="warn"),
        _pair("", f"asked again by itself; {known}", style="dim"),
    ]


def algo_title(algo: AlgoRow) -> str:
    """#3 TWAP SELL 5,000 MSFT"""
    return f"#{algo.id} {algo.algo.upper()} {SIDES[algo.side]} {quantity(algo.qty)} {algo.symbol}"


def position_lines(position: PositionRow, view: DeskView, notation: Notation) -> list[Line]:
    """One position: its P&L, the orders and fills of its symbol."""
    tick, mark = position.tick, "~" if position.stale else ""

    def pnl(value: object) -> str:
        return mark if value is not None else ""

    lines: list[Line] = [
        _two("Quantity", signed_quantity(position.qty), "Account", plain(position.account)),
        _two("Avg price", average(position.avg_px, tick), "Last", price(position.last_px, tick)),
        _two("Market value", money(position.market_value), "Currency", position.currency),
        _two(
            "Unrealized",
            pnl(position.unrealized_pnl) + signed(position.unrealized_pnl),
            "Realized",
            signed(position.realized_pnl),
        ),
        _pair("Day P&L", pnl(position.day_pnl) + signed(position.day_pnl), style="strong"),
        [],
    ]
    orders = [
        o for o in view.orders if o.is_open and o.account == position.account and position.symbol in symbols_in(o)
    ]
    lines += [_order_line(order) for order in orders[:_MOST_FILLS]]
    lines += _more(len(orders), "working orders")
    fills = [f for f in view.fills if (f.account, f.symbol) == (position.account, position.symbol)]
    return [*lines, [], *_fill_lines(fills, notation)]


def rule_lines(rules: Sequence[AlertRuleRow], notation: Notation) -> list[Line]:
    """The alerts that users set: number, what is typed for it, whose it is, when it spoke last."""
    lines: list[Line] = []
    for rule in rules:
        spoke = f"  spoke {notation.times.hms(rule.fired_ns)}" if rule.fired_ns else ""
        lines.append(
            [(f"{rule.no:>4}  ", "key"), (plain(rule.words), "strong"), (f"  {plain(rule.user)}{spoke}", "dim")]
        )
    return lines or [[("none is set; for example : alert aapl > 190", "dim")]]


def alert_lines(alert: AlertRow, notation: Notation, width: int = 70) -> list[Line]:
    """One alert with its whole text."""
    words = plain(alert.text).split()
    rows: list[str] = []
    for word in words:
        if rows and len(rows[-1]) + 1 + len(word) <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return [
        _two("Level", alert.level.name, "Time", notation.times.hms_ms(alert.ts_ns)),
        _two("Code", alert.code, "Acknowledged", "yes" if alert.acked else "no"),
        [],
        *([(f" {row}", "strong" if alert.level >= AlertLevel.WARN else "normal")] for row in rows),
    ]


def _order_line(order: OrderRow) -> Line:
    return [
        (f" #{order.id:<5}", "dim"),
        (f"{order_text(order):<38}", "normal"),
        (f" {quantity(order.cum_qty):>8} filled ", "dim"),
        (STATUSES[order.status], "strong" if order.is_open else "dim"),
    ]


def _fill_lines(fills: Sequence[FillRow], notation: Notation) -> list[Line]:
    if not fills:
        return [[(" no fills", "dim")]]
    lines: list[Line] = [[(" Fills", "label")]]
    lines += [_fill_line(fill, notation) for fill in fills[:_MOST_FILLS]]
    return [*lines, *_more(len(fills), "fills")]


def _fill_line(fill: FillRow, notation: Notation) -> Line:
    px = price(fill.last_px, fill.tick)
    return [
        (f" {notation.times.hms_ms(fill.ts_ns)} ", "dim"),
        (f"{SIDES[fill.side]:<5}", "strong"),
        (f"{quantity(fill.last_qty):>9} {notation.glyphs.times} {px:<10}", "normal"),
        (f" fee {money(fill.fee):>7}  {clip(plain(fill.exec_id), 18)}", "dim"),
    ]


def _more(count: int, what: str) -> list[Line]:
    return [[(f" and {count - _MOST_FILLS} more {what}", "dim")]] if count > _MOST_FILLS else []


def _share(order: OrderRow) -> str:
    share = percent(order.cum_qty / order.order_qty, 0) if order.order_qty else "-"
    return f"{quantity(order.cum_qty)} ({share})"


def _type(order: OrderRow) -> str:
    reduce = " reduce" if order.reduce_only else ""
    return f"{order.ord_type.value} {order.time_in_force.value}{reduce}"


def _label(text: str) -> Part:
    return (f" {text:<{_LABEL - 1}}", "label")


def _pair(label: str, value: str, *, style: str = "normal") -> Line:
    return [_label(label), (value, style)]


def _two(label: str, value: str, other: str, other_value: str) -> Line:
    return [
        _label(label),
        (f"{clip(value, _HALF - _LABEL - 1):<{_HALF - _LABEL}}", "normal"),
        _label(other),
        (other_value, "normal"),
    ]
