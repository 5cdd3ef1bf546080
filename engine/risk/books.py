"""What an account is worth and exposed to, kept up to date position by position instead of added up for each order.

Only positions that changed (DeskState.touched) and marks that moved since the last look are counted anew, so that an
order costs as much beside five hundred positions as beside one. It answers only where there is no doubt at all: with a
stale mark, a silent feed, or money of other currencies the walk of engine.risk.valuation is made, which names each.
All amounts are exact decimals, so that no sum drifts.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from engine.market.history import History
from engine.market.quotes import QuoteCache
from engine.model.money import ZERO
from engine.risk.bets import Bet, Likeness, bets_of, likeness
from engine.risk.context import Quotes
from engine.risk.exposure import reach
from engine.risk.limits import Limits
from engine.risk.margin import long_qty, margin_of, short_qty
from engine.risk.sectors import sector_of
from engine.risk.valuation import Valuation
from engine.state import DeskState

#: So many instruments are walked through faster than kept.
FEW: Final = 8
_DAY_NS: Final = 86_400_000_000_000


class Kept(msgspec.Struct, gc=False):
    """What one position adds to the sums. value: signed, by its mark; up, down: see engine.risk.valuation.Line."""

    value: Decimal
    up: Decimal
    down: Decimal
    worst: Decimal
    sector: str | None
    initial: Decimal
    maintenance: Decimal
    good_until: int
    bets: list[Bet]
    cost: Decimal = ZERO
    """Of a future: what its value is more than it is worth. eased: see engine.risk.valuation.Valuation."""
    eased: Decimal = ZERO


class Book:
    """The sums of one account."""

    __slots__ = (
        "account", "alike", "bets", "bets_no", "cost", "dirty", "doubtful", "down", "eased", "exposure", "gross",
        "held", "initial", "kept", "limits", "maintenance", "net", "seen_ns", "sectors", "settings_no", "short",
        "soonest", "up",
    )  # fmt: skip

    def __init__(self, account: str, limits: Limits, settings_no: int) -> None:
        self.account = account
        self.limits = limits
        self.settings_no = settings_no
        self.kept: dict[str, Kept] = {}
        self.dirty: set[str] = set()
        self.doubtful: set[str] = set()
        """Held without a fresh mark, or in another currency: nothing is told while there is any."""
        self.net = self.gross = self.exposure = self.up = self.down = self.initial = self.maintenance = ZERO
        self.cost = self.eased = ZERO
        self.sectors: dict[str | None, Decimal] = {}
        self.held = self.short = 0
        self.bets: dict[Bet, int] = {}
        """How many positions are, or may become, each bet."""
        self.bets_no = 0
        """Rises when a bet begins or ends."""
        self.alike: dict[Bet, tuple[tuple[int, int], Likeness]] = {}
        """What was worked out of them: (bets_no, day), and the answer."""
        self.soonest = 2**63
        """No mark is too old before (market ns)."""
        self.seen_ns = 0

    def count(self, one: Kept, sign: int) -> None:
        """Add a position to the sums (+1), or take it out (-1)."""
        if one.value:
            self.held += sign
            self.net += one.value * sign
            self.gross += abs(one.value) * sign
        if one.down > ZERO:
            self.short += sign
        self.exposure += one.worst * sign
        if one.cost or one.eased:
            self.cost += one.cost * sign
            self.eased += one.eased * sign
        self.up += one.up * sign
        self.down += one.down * sign
        self.initial += one.initial * sign
        self.maintenance += one.maintenance * sign
        self.sectors[one.sector] = self.sectors.get(one.sector, ZERO) + one.worst * sign
        for bet in one.bets:
            before = self.bets.get(bet, 0)
            if before + sign:
                self.bets[bet] = before + sign
            else:
                del self.bets[bet]


class Books:
    """The books of all accounts of one desk."""

    def __init__(self, state: DeskState, quotes: QuoteCache, moved: set[str] | None = None) -> None:
        """`moved`: symbols whose marks moved, taken from as they are read; None: the cache's own."""
        self._state = state
        self._quotes = quotes
        self._moved = quotes.moved if moved is None else moved
        self._books: dict[str, Book] = {}

    @classmethod
    def of(cls, state: DeskState, quotes: Quotes, *, aside: bool = False) -> Books | None:
        """None where quotes are sampled: then everything is walked through. `aside`: of a state that is only tried out
        for a moment; it takes no note of a move away from the desk's own books."""
        if not isinstance(quotes, QuoteCache):
            return None
        return cls(state, quotes, set() if aside else None)

    def value(self, account: str, market_ns: int, leave_out: Iterable[str]) -> Valuation | None:
        """As `value_account`, without lines; None where that has to be asked."""
        state = self._state
        owner = state.accounts.get(account)
        if len(state.active) <= FEW or owner is None or any(owner.foreign.values()):
            return None
        if owner.currency != state.base_currency:
            return None
        book = self._refreshed(account, market_ns)
        if book is None:
            return None
        exposure, up, down, short = book.exposure, book.up, book.down, book.short
        initial, maintenance, sectors, eased = book.initial, book.maintenance, book.sectors, book.eased
        active = len(book.kept)
        for symbol in leave_out:
            one = book.kept.get(symbol)
            if one is not None:
                exposure, up, down = exposure - one.worst, up - one.up, down - one.down
                initial, maintenance = initial - one.initial, maintenance - one.maintenance
                short -= one.down > ZERO
                active -= 1
                eased -= one.eased
                sectors = {**sectors, one.sector: sectors[one.sector] - one.worst}
        return Valuation(
            owner.cash + book.net - book.cost, exposure,
            book.gross, book.net, book.held, (), (), (), (), up, down, sectors, [],
            bool(short), (initial, maintenance), active, None, eased,
        )  # fmt: skip

    def likeness(self, account: str, bet: Bet, history: History, market_ns: int) -> Likeness:
        """As engine.risk.bets says, of the account as `value` has just told it."""
        book = self._books[account]
        stamp = (book.bets_no, market_ns // _DAY_NS)
        found = book.alike.get(bet)
        if found is None or found[0] != stamp:
            found = book.alike[bet] = (stamp, likeness(history, bet, book.bets, market_ns))
        return found[1]

    def _refreshed(self, account: str, market_ns: int) -> Book | None:
        state, quotes = self._state, self._quotes
        book = self._books.get(account)
        # Margins are of the limits, freshness of the quotes' settings; and time that runs backwards is another run.
        if (
            book is None
            or book.limits is not state.limits
            or book.settings_no != quotes.settings_no
            or market_ns < book.seen_ns
        ):
            book = self._books[account] = Book(account, state.limits, quotes.settings_no)
            book.dirty.update(symbol for owner, symbol in state.active if owner == account)
        self._distribute()
        book.seen_ns = market_ns
        if market_ns > quotes.heard_until():
            return None
        if book.doubtful:
            book.dirty |= book.doubtful
        if market_ns > book.soonest:
            self._look_at_ages(book, market_ns)
        if book.dirty:
            bets = set(book.bets)
            for symbol in book.dirty:
                self._count_anew(book, symbol, market_ns)
            book.dirty.clear()
            if book.bets.keys() != bets:
                book.bets_no += 1
        return None if book.doubtful else book

    def _distribute(self) -> None:
        """Tell every book what changed, of its own and of the market."""
        touched, moved = self._state.touched, self._moved
        if touched:
            for account, symbol in touched:
                book = self._books.get(account)
                if book is not None:
                    book.dirty.add(symbol)
            touched.clear()
        if moved:
            for book in self._books.values():
                book.dirty.update(moved & book.kept.keys())
                book.dirty.update(moved & book.doubtful)
            moved.clear()

    def _look_at_ages(self, book: Book, market_ns: int) -> None:
        """Some mark may have become too old: find out which, and when the next one will be."""
        book.soonest = min((one.good_until for one in book.kept.values()), default=2**63)
        for symbol, one in book.kept.items():
            if market_ns > one.good_until:
                book.dirty.add(symbol)

    def _count_anew(self, book: Book, symbol: str, market_ns: int) -> None:
        old = book.kept.pop(symbol, None)
        if old is not None:
            book.count(old, -1)
        book.doubtful.discard(symbol)
        state, quotes = self._state, self._quotes
        position = state.active.get((book.account, symbol))
        if position is None:
            return  # whoever else holds it may still need to hear of its quotes
        if position.currency != state.base_currency:
            book.doubtful.add(symbol)
            return
        qty, unit, good_until = position.qty, position.multiplier, 2**63
        value = mark = ZERO
        if qty:
            quotes.watch(symbol, True)
            quote = quotes.usable(symbol, market_ns)
            if quote is None:
                book.doubtful.add(symbol)
                return
            mark = quote.bid if qty > ZERO else quote.ask
            value = qty * mark * unit
            good_until = quotes.good_until(symbol)
        up = reach(qty, mark, unit, position.open_buy, position.open_buy_notional)
        down = reach(-qty, mark, unit, position.open_sell, position.open_sell_notional)
        instrument = state.instruments.get(symbol)
        longs, shorts = long_qty(position), short_qty(position)
        initial, maintenance = margin_of(book.limits, instrument, up, down, shorts, longs)
        worst = up if up > down else down
        sector, bets = sector_of(state, symbol), bets_of(state, position)
        one = Kept(value, up, down, worst, sector, initial, maintenance, good_until, bets)
        if position.margined:
            one.cost, one.eased = position.cost, worst - initial
        book.kept[symbol] = one
        book.count(one, +1)
        book.soonest = min(book.soonest, good_until)
