"""Why a break is probably there, and what can be done about it. Pure; it books nothing.

A quantity that is ours times a split's ratio at an unchanged cost is a split, the same quantity under another name a
symbol change: explained, not flagged as theft. What corporate_actions.yaml names is certain.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine import inputs as i
from engine.model.booking import cash_of
from engine.model.corporate import CorporateAction
from engine.model.enums import TimeInForce
from engine.model.money import CENT, ONE, ZERO, plain
from engine.model.option import occ_or_none
from engine.orders.position_moves import fraction_of, scaled
from engine.reconcile.differences import Difference, Gap
from engine.state import DeskState

if TYPE_CHECKING:
    from engine.desk import Desk

#: For how many days after its date a known action may explain a break.
KNOWN_DAYS: Final = 10
#: New units for old ones, as exchanges know them: small whole numbers either way, the likeliest first.
RATIOS: Final = tuple(
    (Decimal(new), Decimal(old))
    for new, old in (
        *((n, 1) for n in (2, 3, 4, 5, 7, 10, 20, 6, 8, 15, 25, 50)),
        *((1, n) for n in (10, 20, 5, 2, 4, 8, 3, 6, 7, 15, 25, 30, 40, 50, 100)),
        *((3, 2), (5, 2), (5, 4), (4, 3), (6, 5), (7, 2), (11, 10), (2, 3), (4, 5), (3, 4)),
    )
)
#: How far the broker's cost may be off ours for it to be the same: averages are rounded.
COST_TOLERANCE: Final = Decimal("0.005")
PRICE_TOLERANCE: Final = Decimal("0.2")
REASON: Final = "reason TEXT"


class Explanation(msgspec.Struct, frozen=True):
    """`why` in words, `remedies` the likeliest first (commands as they are typed); `name`: the key in words."""

    why: str
    remedies: tuple[str, ...]
    name: str = ""


class Scene(msgspec.Struct, frozen=True):
    """All differences of one look, and what explains them. `today`: the trading day, None where it is no date."""

    state: DeskState
    account: str
    gaps: Mapping[Difference, Gap]
    avg_px: Mapping[str, Decimal | None]
    """The broker's average prices."""
    actions: tuple[CorporateAction, ...]
    today: dt.date | None
    mark: Callable[[str], Decimal | None]

    def gap(self, kind: str, key: str) -> Gap | None:
        return self.gaps.get((kind, self.account, key))

    @property
    def cash(self) -> Decimal:
        """How much more cash the broker shows."""
        return sum((gap.size for (kind, _, _), gap in self.gaps.items() if kind == "cash"), ZERO)

    @property
    def positions(self) -> dict[str, Gap]:
        return {key: gap for (kind, _, key), gap in self.gaps.items() if kind == "position"}


def scene_of(desk: Desk, seen: i.BrokerSnapshot, gaps: Mapping[Difference, Gap]) -> Scene:
    """What the explanation may look at."""

    def mark(symbol: str) -> Decimal | None:
        quote = desk.quotes.last_regular(symbol)
        position = desk.state.position(seen.account.account, symbol)
        if quote is not None:
            return (quote.bid + quote.ask) / 2
        return position.last_px if position is not None else None

    label = desk.surroundings.trading_day(desk.now.market_ns)[0]
    try:
        today: dt.date | None = dt.date.fromisoformat(label[:10])
    except ValueError:
        today = None
    averages = {p.symbol: p.avg_px for p in seen.positions}
    account = seen.account.account
    return Scene(desk.state, account, gaps, averages, desk.surroundings.corporate_actions, today, mark)


def explain(scene: Scene) -> dict[Difference, Explanation]:
    """An explanation for every difference."""
    return {key: _EXPLAINERS[key[0]](scene, key[2], gap) for key, gap in scene.gaps.items()}


# --- positions ------------------------------------------------------------------------------------------------------


def _position(scene: Scene, symbol: str, gap: Gap) -> Explanation:
    for attempt in (_known_action, _option_end, _other_symbol, _unheard_fill, _split):
        found = attempt(scene, symbol, gap)
        if found is not None:
            return found
    ours, theirs = Decimal(gap.ours), Decimal(gap.theirs)
    more = abs(theirs) > abs(ours) and (not ours or (ours > 0) == (theirs > 0))
    size = plain(abs(gap.size))
    if more:
        px = scene.avg_px.get(symbol) if not ours else None
        signed = size if theirs > 0 else f"-{size}"
        remedy = f"book transfer in {signed} {symbol} at {'PX' if px is None else plain(px)} {REASON}"
    else:
        remedy = f"book transfer out {size} {symbol} {REASON}"
    why = "units moved without money: a transfer, or a trade whose money is not there yet"
    if scene.cash:
        why = "not known; the cash differs as well, by an amount that fits no trade of it"
    return Explanation(why, (remedy, f"book fill SIDE {size} {symbol} PX {REASON}", f"flat {symbol}"))


def _known_action(scene: Scene, symbol: str, gap: Gap) -> Explanation | None:
    ours, theirs = Decimal(gap.ours), Decimal(gap.theirs)
    for action in scene.actions:
        if not _is_recent(scene, action):
            continue
        source = f"of {action.date} (corporate_actions.yaml)"
        if action.symbol == symbol and action.new is not None and action.old is not None:
            if _fits(scene, symbol, ours, theirs, action.new, action.old):
                return _as_split(scene, symbol, ours, action.new, action.old, f"the split {{}} {source}")
        elif action.to and symbol in (action.symbol, action.to) and _renamed(scene, action.symbol, action.to):
            return _as_rename(scene, action.symbol, action.to, f"the symbol change {{}} {source}")
    return None


def _is_recent(scene: Scene, action: CorporateAction) -> bool:
    return scene.today is None or 0 <= (scene.today - dt.date.fromisoformat(action.date)).days <= KNOWN_DAYS


def _option_end(scene: Scene, symbol: str, gap: Gap) -> Explanation | None:
    terms = occ_or_none(symbol)
    ours = Decimal(gap.ours)
    if terms is None or not ours or Decimal(gap.theirs):
        return None
    contracts = plain(abs(ours))
    moved = scene.gap("position", terms.root)
    if moved is not None and abs(moved.size) == abs(ours) * 100:
        verb, what = ("exercise", "exercised") if ours > 0 else ("assign", "assigned")
        why = f"{contracts} contracts were probably {what}: {plain(moved.size)} {terms.root} moved with them"
        return Explanation(why, (f"book {verb} {contracts} {symbol} {REASON}",))
    if scene.today is None or terms.expiry > scene.today:
        return None
    remedies = (f"book expiry {symbol} {REASON}",)
    return Explanation(f"the option expired on {terms.expiry}, probably without value", remedies)


def _other_symbol(scene: Scene, symbol: str, gap: Gap) -> Explanation | None:
    for other in scene.positions:
        for old, new in ((symbol, other), (other, symbol)):
            if old != new and _renamed(scene, old, new):
                return _as_rename(scene, old, new, "probably a symbol change {}: the same quantity under another name")
    return None


def _renamed(scene: Scene, old: str, new: str) -> bool:
    """All of `old` is gone at the broker, and as much is there under `new`."""
    left, came = scene.gap("position", old), scene.gap("position", new)
    return (
        left is not None and came is not None and not Decimal(left.theirs) and came.size == Decimal(left.ours) != ZERO
    )


def _as_rename(scene: Scene, old: str, new: str, why: str) -> Explanation:
    words = why.format(f"{old} -> {new}") + _orders_of(scene, old)
    return Explanation(words, (f"book rename {old} {new} {REASON}",))


def _unheard_fill(scene: Scene, symbol: str, gap: Gap) -> Explanation | None:
    """The cash differs by what a trade of the missing units would cost."""
    size, cash = gap.size, scene.cash
    if not cash or (cash > 0) == (size > 0) or len(scene.positions) > 1:
        return None
    position = scene.state.position(scene.account, symbol)
    px = -cash / size / (position.multiplier if position is not None else ONE)
    mark = scene.mark(symbol)
    if mark is None or abs(px - mark) > mark * PRICE_TOLERANCE:
        return None
    side = "buy" if size > 0 else "sell" if Decimal(gap.ours) >= -size else "short"
    trade = f"{side} {plain(abs(size))} {symbol} {plain(px.quantize(CENT))}"
    why = f"probably a fill that nothing reported: {trade}, fees included"
    return Explanation(why, (f"book fill {trade} {REASON}", "reconcile: asks for the executions again"))


def _split(scene: Scene, symbol: str, gap: Gap) -> Explanation | None:
    ours, theirs = Decimal(gap.ours), Decimal(gap.theirs)
    mark = scene.mark(symbol)
    if mark is not None and abs(scene.cash) > mark * max(ONE, ours / theirs if theirs else ONE):
        return None  # more money moved than a fraction of a unit is worth
    cost = _same_cost(scene, symbol, theirs)
    if cost is False:
        return None
    for new, old in RATIOS:
        if _fits(scene, symbol, ours, theirs, new, old):
            proof = "the cost is unchanged" if cost else "if the cost is unchanged"
            return _as_split(scene, symbol, ours, new, old, f"probably a split {{}}: the quantity fits, {proof}")
    return None


def _fits(scene: Scene, symbol: str, ours: Decimal, theirs: Decimal, new: Decimal, old: Decimal) -> bool:
    if not ours or not theirs:
        return False
    after = scaled(ours, new, old)
    return theirs in (after, after - fraction_of(after, _lot(scene, symbol)))


def _lot(scene: Scene, symbol: str) -> Decimal:
    instrument = scene.state.instruments.get(symbol)
    return instrument.lot if instrument is not None else ONE


def _same_cost(scene: Scene, symbol: str, theirs: Decimal) -> bool | None:
    """Whether the broker's cost is ours; None where it shows none."""
    average, position = scene.avg_px.get(symbol), scene.state.position(scene.account, symbol)
    if not average or position is None or not position.cost:
        return None
    return abs(average * theirs * position.multiplier - position.cost) <= abs(position.cost) * COST_TOLERANCE


def _as_split(scene: Scene, symbol: str, ours: Decimal, new: Decimal, old: Decimal, why: str) -> Explanation:
    after = scaled(ours, new, old)
    fraction = fraction_of(after, _lot(scene, symbol))
    paid = ""
    if fraction and scene.gaps[("position", scene.account, symbol)].theirs != plain(after):
        paid = f" cash {plain(scene.cash) if scene.cash > 0 else 'AMOUNT'}"
        why += f"; the fraction of {plain(fraction)} was paid in cash"
    remedy = f"book split {symbol} {plain(new)}:{plain(old)}{paid} {REASON}"
    return Explanation(why.format(f"{plain(new)}:{plain(old)}") + _orders_of(scene, symbol), (remedy,))


def _orders_of(scene: Scene, symbol: str) -> str:
    """Orders that outlive the day keep the terms of before."""
    kept = [
        str(order.id)
        for order in scene.state.open_of(scene.account, symbol)
        if order.request.time_in_force is not TimeInForce.DAY
    ]
    if not kept:
        return ""
    return f"; open GTC order{'s' if len(kept) > 1 else ''} {', '.join(kept)} may keep the old terms: check or cancel"


# --- cash, orders, executions ---------------------------------------------------------------------------------------


def _cash(scene: Scene, currency: str, gap: Gap) -> Explanation:
    size = gap.size
    for action in scene.actions:
        held = scene.state.position_qty(scene.account, action.symbol)
        if action.dividend is not None and held and _is_recent(scene, action) and action.dividend * held == size:
            per = f"{plain(action.dividend)} x {plain(held)}"
            why = f"the dividend of {action.symbol} of {action.date} (corporate_actions.yaml): {per}"
            return Explanation(why, (f"book dividend {plain(size)} {action.symbol} {REASON}",))
    for symbol, moved in scene.positions.items():
        if _unheard_fill(scene, symbol, moved) is not None:
            return Explanation(f"probably the money of the {symbol} fill that nothing reported", ("book that fill",))
        split = _known_action(scene, symbol, moved) or _split(scene, symbol, moved)
        if split is not None and "fraction" in split.why and size > 0:
            return Explanation(f"probably what was paid for the fraction of {symbol}", split.remedies)
    ours_alone = _booked_here_only(scene, currency, size)
    if ours_alone is not None:
        return ours_alone
    amount = plain(abs(size))
    if size > 0:
        why = "money came without a trade: a deposit, a dividend or interest"
        what = (f"deposit {amount}", f"dividend {amount}", f"interest {amount}")
    else:
        why = "money left without a trade: a withdrawal, a fee or interest"
        what = (f"withdrawal {amount}", f"fee {amount}", f"interest -{amount}")
    return Explanation(why, tuple(f"book {each} {REASON}" for each in what))


def _booked_here_only(scene: Scene, currency: str, size: Decimal) -> Explanation | None:
    """A booking by hand of just this amount, which the broker's cash does not show: the newest that stands."""
    if currency != scene.state.accounts[scene.account].currency:
        return None  # money is booked in the account's own currency
    for booking in reversed(scene.state.bookings.values()):
        entry = booking.entry
        if not booking.taken_back and entry.account == scene.account and cash_of(entry) == -size:
            why = f"booking {booking.no} by {booking.by} is of this amount, and the broker does not show it"
            return Explanation(why, (f"book reverse {booking.no} {REASON}",))
    return None


def _order(scene: Scene, cl_ord_id: str, gap: Gap) -> Explanation:
    order = scene.state.orders[cl_ord_id]
    side, qty = order.side.value.replace("sell_short", "short"), plain(order.worst_leaves)
    if gap.about.startswith("what order"):
        why = f"the broker counts {gap.theirs} filled of order {order.id}, and lists executions of {gap.ours} alone"
        remedy = f"book fill {side} {plain(gap.size)} {order.symbol} PX order {order.id} {REASON}"
        return Explanation(why, ("wait: the executions may come late", remedy), gap.about)
    why = f"the broker does not know {gap.about}, and can't prove that it never will"
    if order.pending_replace is not None and gap.about.startswith("the change"):
        return Explanation(why, ("wait: confirmed on the next look", f"cxl {order.id}"), gap.about)
    remedies = ["wait: the next answer may settle it"]
    if order.status.value == "UNKNOWN":
        remedies.append(f"resolve {order.id} {REASON}: when you know that it is dead")
    else:
        remedies.append(f"cxl {order.id}")
    remedies.append(f"book fill {side} {qty} {order.symbol} PX order {order.id} {REASON}: when you know that it filled")
    return Explanation(why, tuple(remedies), gap.about)


def _execution(scene: Scene, exec_id: str, gap: Gap) -> Explanation:
    execution = scene.state.seen_executions[(scene.account, exec_id)]
    side = execution.side.value.replace("sell_short", "short")
    trade = f"{side} {plain(execution.last_qty)} {execution.symbol} at {plain(execution.last_px)}"
    name = f"{exec_id} ({trade})"
    bust = f"book bust {exec_id} {REASON}"
    if gap.about == "missing":
        why = f"the broker lists {trade} no more: probably busted"
        return Explanation(why, ("wait: confirmed on the next look", f"{bust}: when the broker says so"), name)
    why = f"both have {trade}, but the broker's {gap.about} is {gap.theirs}: probably corrected"
    return Explanation(why, ("wait for the broker's correction", f"{bust}, then book the fill as it was"), name)


_EXPLAINERS: Final[dict[str, Callable[[Scene, str, Gap], Explanation]]] = {
    "position": _position,
    "cash": _cash,
    "order": _order,
    "execution": _execution,
}
