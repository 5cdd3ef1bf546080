"""Row 1: mode, account, market, trading state, equity, P&L, three lamps and the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.model.enums import TradingState
from engine.views import DeskView, StatusView
from widgets.format import age, clip, compact, money, plain, signed
from widgets.lines import Line, Lines, Part, justified, length
from widgets.notation import Notation

STATE_STYLES = {
    TradingState.ACTIVE: "active",
    TradingState.REDUCING: "reducing",
    TradingState.HALTED: "halted",
}
#: What keeps a style of its own in the bar of a live desk. An alarm's own colour would be lost in it.
_IN_LIVE = {"active": "active", "reducing": "reducing", "halted": "alarm-live", "alarm": "alarm-live"}


class StatusLine(Lines):
    """Shows one view's status. What has no room gets shorter, then goes, the least important first."""

    def __init__(self, notation: Notation, *, read_only: bool = False, may_trade: bool = True) -> None:
        """`may_trade` False: this person's roles let them place no order."""
        super().__init__(id="status")
        self._may_trade = may_trade
        self._notation = notation
        self._read_only = read_only
        self._view: DeskView | None = None
        self._lag_ms = 0
        self._armed = False

    def arm(self, armed: bool) -> None:
        """Say whether a hotkey may send by itself."""
        if armed is not self._armed:
            self._armed = armed
            self.redraw()

    def show(self, view: DeskView, lag_ms: int = 0) -> None:
        """`lag_ms`: how late the screen's own loop is; shown from 250 ms on."""
        self._view, self._lag_ms = view, lag_ms
        self.set_class(view.status.mode.lower() == "live", "-live")
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        if self._view is None:
            return [[(" starting ", "dim")]]
        for shortening in range(_STEPS + 1):
            left, right = self._parts(self._view, shortening)
            if length(left) + length(right) < width:
                break
        if self._lag_ms >= 250:
            left, right = self._with_lag(left, right, width)
        line = justified(left, right, width)
        if self.has_class("-live"):
            line = [(text, _IN_LIVE.get(style, "live")) for text, style in line]
        return [line]

    def _with_lag(self, left: list[Part], right: list[Part], width: int) -> tuple[list[Part], list[Part]]:
        """The lag comes and goes, so nothing gives way to it but free room, else the clock, which is late itself."""
        lag: Part = (f" LAG {self._lag_ms} ms", "warn")
        if length(left) + length([lag]) + length(right) < width:
            return [*left, lag], right
        (clock, _), *rest = right
        seconds = f"{self._lag_ms / 1000:.1f}" if self._lag_ms < 9_950 else f"{min(self._lag_ms // 1000, 999)}"
        return left, [(f"LAG {seconds}s".ljust(len(clock)), "warn"), *rest]

    def _parts(self, view: DeskView, shortening: int) -> tuple[list[Part], list[Part]]:
        def at_most(step: int) -> bool:
            return shortening < step

        status, times = view.status, self._notation.times
        live = status.mode.lower() == "live"
        account = plain(status.account) if at_most(5) else clip(plain(status.account), 8, ".")
        name = f"{status.mode.upper()} {account}" if at_most(10) or live else status.mode.upper()
        badge: Part = (f" {name} ", "live" if live else "paper")
        market = plain(status.market_label)
        if status.session != "regular":
            market = f"{market} {status.session.upper()}"
        if not at_most(2):
            market = " ".join(word for word in market.split() if not word[:1].isdigit())
        left: list[Part] = [badge]
        if at_most(6) and not live:
            left.append((f" {market} ", "dim"))
        left.append((f" {status.trading_state.name} ", STATE_STYLES[status.trading_state]))
        if status.locked:
            left.append((" LOCKED ", "reducing"))
        if self._armed:
            left.append((" ARMED ", "alarm"))
        if self._read_only:
            left.append((" READ-ONLY ", "reducing"))
        elif not self._may_trade:
            left.append((" NO ORDERS ", "reducing"))
        if status.unknown_orders:
            oldest = "" if status.oldest_unknown_s is None else f" {age(status.oldest_unknown_s * 1_000_000_000)}"
            left.append((f" {status.unknown_orders} UNKNOWN{oldest} ", "alarm"))
        if status.breaks:
            left.append((f" {status.breaks} BREAK{'S' if status.breaks > 1 else ''} ", "alarm"))
        if status.dead_letters:
            left.append((f" {status.dead_letters} UNSENT ", "alarm"))
        left += self._money(status, at_most)
        left += _lamps(status, latency=at_most(4), fine=at_most(9), ages=at_most(11))
        clock = times.hms(view.market_ns)
        if at_most(1):
            clock = f"{times.date(view.market_ns)} {clock} {times.zone_name(view.market_ns)}"
        right: list[Part] = [(clock, "strong"), (" ", "normal")]
        if live:
            right.append(badge)
        return left, right

    @staticmethod
    def _money(status: StatusView, at_most: Callable[[int], bool]) -> list[Part]:
        # A desk with several accounts shows them together, as the day's profit is; `status` lists them.
        equity = money(status.whole_equity) if at_most(7) else compact(status.whole_equity, 7)
        label = f"  Equity of {len(status.accounts)} " if status.accounts else "  Equity "
        pnl = status.day_pnl
        day = signed(pnl) if pnl is None or not status.pnl_stale else f"~{signed(pnl)}"
        style = "dim" if not pnl else "up" if pnl > 0 else "down"
        worth: list[Part] = [(label if at_most(3) else "  ", "label"), (equity, "strong")]
        return [*(worth if at_most(8) else ()), ("  Day " if at_most(3) else " ", "label"), (day, style)]


_STEPS = 11
"""How often the line may be shortened: date, market, labels, latency, account, market, equity, then twice more with
only the lamps that are not OK, the mode without its account, and no ages."""


def lamp_words(status: StatusView) -> list[tuple[str, str, str]]:
    """(name, word, style) of the three lamps: market data, order management with its journal, brokers."""
    if status.data_ok:
        data = ("OK", "up")
    elif status.data_age_ns is None:
        data = ("DOWN", "alarm")
    else:
        data = (f"STALE {age(status.data_age_ns)}", "warn")
    oms = ("OK", "up") if status.journal_ok else ("JOURNAL DOWN", "alarm")
    if not status.brokers or not all(broker.connected for broker in status.brokers):
        brokers = ("DOWN", "alarm")
    elif any(broker.breaker != "closed" for broker in status.brokers):
        brokers = ("BREAKER", "warn")
    elif any(broker.health != "ok" for broker in status.brokers):
        brokers = ("SLOW", "warn")
    else:
        brokers = ("OK", "up")
    return [("MD", *data), ("OMS", *oms), ("BRK", *brokers)]


def _lamps(status: StatusView, *, latency: bool, fine: bool, ages: bool) -> list[Part]:
    parts: list[Part] = [(" " if not latency else "  ", "normal")]
    for name, word, style in lamp_words(status):
        if fine or style != "up":
            parts += [(f" {name} ", "label"), (word if ages else word.split()[0], style)]
    slowest = [broker.latency_ms for broker in status.brokers if broker.latency_ms is not None]
    if latency and slowest:
        parts.append((f" {max(slowest):.0f}ms", "dim"))
    return parts
