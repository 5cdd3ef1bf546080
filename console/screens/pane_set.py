"""All panes of the desk: what each shows of a view, and the columns in which they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from console.screens.asked_feed import AskedFeed
from console.screens.found_orders import FindOrders, FoundOrders
from console.screens.pane_group import PaneGroup
from console.screens.performance_feed import Measure, PerformanceFeed
from console.watchlist import Watchlist
from engine.runtime.handle import DeskHandle
from engine.views import DeskView, QuoteRow
from widgets.connection_rows import ScreenHealth
from widgets.notation import Notation
from widgets.panes import (
    AlertsPane,
    AlgosPane,
    BreaksPane,
    ConnectionsPane,
    CostsPane,
    CurvePane,
    FillsPane,
    FoundPane,
    LadderPane,
    LettersPane,
    OrdersPane,
    PerformancePane,
    PositionsPane,
    RiskPane,
    TablePane,
    WatchPane,
)

_ROWS: Final[Mapping[str, Callable[[DeskView], tuple[Any, ...]]]] = {
    "positions": lambda view: view.positions,
    "orders": lambda view: view.orders,
    "fills": lambda view: view.fills,
    "algos": lambda view: view.algos,
    "alerts": lambda view: view.alerts,
    "breaks": lambda view: view.breaks,
    "letters": lambda view: view.letters,
    "costs": lambda view: view.costs,
}


class PaneSet:
    """Made once with the screen. A pane that is not on the screen costs nothing."""

    def __init__(
        self,
        handle: DeskHandle,
        notation: Notation,
        watchlist: Watchlist,
        measure: Measure | None,
        find_orders: FindOrders | None,
        screen_health: Callable[[], ScreenHealth],
        clock: Callable[[], int],
    ) -> None:
        """`measure` tells the desk's performance, `screen_health` how the screen itself does; `clock`: monotonic ns."""

        def seconds() -> float:
            return clock() / 1e9

        self.panes: dict[str, TablePane[Any]] = {
            "positions": PositionsPane(notation, seconds),
            "orders": OrdersPane(notation, seconds),
            "fills": FillsPane(notation, seconds),
            "algos": AlgosPane(notation, seconds),
            "risk": (risk := RiskPane(notation, seconds)),
            "alerts": AlertsPane(notation, seconds),
            "watch": WatchPane(notation, seconds),
            "breaks": BreaksPane(notation, seconds),
            "letters": LettersPane(notation, seconds),
            "costs": CostsPane(notation, seconds),
            "performance": (performance := PerformancePane(notation, seconds)),
            "ladder": (ladder := LadderPane(notation, seconds)),
            "curve": (curve := CurvePane(notation, seconds)),
            "connections": (connections := ConnectionsPane(notation, seconds)),
            "found": (found := FoundPane(notation, seconds)),
        }
        self.watchlist = watchlist
        self._view = handle.view()
        self._watch_symbol = handle.watch
        self.found = FoundOrders(found, find_orders, notation)
        self._ladder = ladder
        self._ladder_symbol = ""
        self._risk = risk
        self._guards = AskedFeed(handle.guards, risk.tell, risk.sorry, clock)
        self._performance = PerformanceFeed(performance, measure, clock)
        self._feeds: dict[str, AskedFeed[Any]] = {
            "curve": AskedFeed(handle.day_curve, lambda told: curve.tell(told, self._view.status), curve.sorry, clock),
            "connections": AskedFeed(
                handle.diagnostics, lambda told: connections.tell(told, screen_health()), connections.sorry, clock
            ),
        }
        upper = PaneGroup(self._these("watch", "risk", "algos"), id="right-a")
        lower = (
            *("fills", "alerts", "breaks", "letters", "performance", "costs"),
            *("ladder", "curve", "connections", "found"),
        )
        self.columns = (
            PaneGroup(self._these("positions", "orders"), id="left"),
            PaneGroup((upper, PaneGroup(self._these(*lower), id="right-b")), id="right"),
        )

    def _these(self, *names: str) -> tuple[TablePane[Any], ...]:
        return tuple(self.panes[name] for name in names)

    def place(self, names: Iterable[str]) -> None:
        """Give these panes a place on the screen, and no other."""
        shown = set(self._these(*names))
        for group in self.columns:
            group.show_only(shown)

    def show(self, names: Iterable[str], view: DeskView, focused: str | None) -> None:
        """Let these panes show the view."""
        self._view = view
        for name in names:
            if name == "watch":
                self.panes[name].show(self.watchlist.rows(view.quotes))
            elif name in _ROWS:
                self.panes[name].show(_ROWS[name](view))
            elif name == "risk":
                self._guards.look()
                self._risk.follow(view)
            elif name in self._feeds:
                self._feeds[name].look()
            elif name == "ladder":
                self._ladder.follow(self._symbol_of_ladder(focused), view)
            elif name == "found":
                self.found.look()
            else:
                self._performance.look()

    def _symbol_of_ladder(self, focused: str | None) -> str:
        """The instrument under the cursor of the quotes while they are looked at, else the one that was chosen last."""
        quote = self.panes["watch"].selected
        if isinstance(quote, QuoteRow) and (focused == "watch" or not self._ladder_symbol):
            self._ladder_symbol = quote.symbol
        elif not self._ladder_symbol and self._view.quotes:
            self._ladder_symbol = self.watchlist.rows(self._view.quotes)[0].symbol
        return self._ladder_symbol

    def follow(self, symbol: str) -> None:
        """Whose ladder is shown from now on; its quote is asked for."""
        self._ladder_symbol = symbol
        self._watch_symbol(symbol)

    def change_watchlist(self, how: str, symbols: tuple[str, ...]) -> None:
        """`watch`, `unwatch` or `watch_all`."""
        if how == "unwatch":
            self.watchlist.remove(symbols, [row.symbol for row in self._view.quotes])
        elif how == "watch_all":
            self.watchlist.clear()
        else:
            for symbol in symbols:
                self._watch_symbol(symbol)
            self.watchlist.add(symbols)

    def close(self) -> None:
        """Ask nothing more."""
        self._performance.close()
        self.found.close()
        for feed in (self._guards, *self._feeds.values()):
            feed.close()
