"""The desk: all panes in the layout that fits, the command line, and what keys do to rows.

It draws views and turns keys into commands. Everything it sends goes through `_send`; nothing here waits for an
answer: answers are said on the command line when they come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import DescendantBlur, DescendantFocus, Resize, ScreenResume

from console import actions
from console.actions import Scope
from console.basket.door import BasketDoor, BasketSetup
from console.driver import NonBlockingDriver
from console.eod.door import EodDoor, ReportOf
from console.grammar.grammar import Grammar
from console.hotkeys.arming import Arming
from console.hotkeys.door import HotkeyDoor
from console.hotkeys.file import HotkeySetup
from console.hotkeys.runner import MacroRunner
from console.live.consent import ConsentDesk
from console.screens.algo_box import AlgoDesk
from console.screens.bindings import bindings
from console.screens.boxes import Leave
from console.screens.command_keys import CommandKeys
from console.screens.command_line import CommandLine
from console.screens.command_mode import CommandMode
from console.screens.filter_line import FilterLine
from console.screens.found_orders import FindOrders
from console.screens.guide import Guide
from console.screens.history import History
from console.screens.jump import JumpScreen, targets_of
from console.screens.layout import CLASSES, ONE, PANES, THREE, TINY, TWO, layout_for
from console.screens.open_details import detail_box
from console.screens.order_box import LifeOf
from console.screens.outcome import Outcome
from console.screens.pane_set import PaneSet
from console.screens.performance_feed import Measure
from console.screens.sender import Sender
from console.screens.session import CommandSession, ContextOf, Decision
from console.screens.table_looks import WHOLE
from console.screens.tour_line import TourLines
from console.table_memory import TableMemory
from console.ticket.door import TicketDoor
from console.ticket.screen import TicketSetup
from console.tour import TourMemory
from console.watchlist import Watchlist
from engine.inputs import KeepPositions
from engine.model.enums import TradingState
from engine.runtime.handle import DeskHandle
from engine.views import DeskView, QuoteRow
from widgets.banner import Banner
from widgets.connection_rows import ScreenHealth
from widgets.echo import EchoLines
from widgets.format import plain
from widgets.notation import Notation
from widgets.panes import TablePane
from widgets.status_line import StatusLine
from widgets.strips import AlertLine, FooterLine, RiskStrip, TinyLine


class DeskScreen(CommandKeys, inherit_bindings=False):
    """The main screen."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.DESK, Scope.ROW)]
    past: ClassVar[bool] = False
    """Whether it shows a moment that is over."""

    def __init__(
        self,
        handle: DeskHandle,
        grammar: Grammar,
        context_of: ContextOf,
        notation: Notation,
        *,
        keys: actions.Keymap,
        history: History,
        clock: Callable[[], int],
        read_only: bool,
        may_trade: bool = True,
        leave: Callable[[Leave], None],
        no_leave: Mapping[Leave, str],
        life_of: LifeOf | None = None,
        pin: ConsentDesk | None = None,
        measure: Measure | None = None,
        report_of: ReportOf | None = None,
        watchlist: Watchlist | None = None,
        find_orders: FindOrders | None = None,
        tables: TableMemory | None = None,
        hotkeys: HotkeySetup | None = None,
        tour: TourMemory | None = None,
    ) -> None:
        """`leave` hears the answer of the quit box, unless it is one of `no_leave`; `clock`: monotonic ns; `life_of`
        reads an order's whole life; `pin` is where a locked live desk is unlocked; `measure` tells its performance."""
        super().__init__(id="desk")
        self._watch = handle.watch
        self._grammar = grammar
        self._context_of = context_of
        self._notation = notation
        self._keys = keys
        self._names = {action_id: actions.key_name(key) for action_id, key in keys.items()}
        self._clock = clock
        self._leave, self._no_leave = leave, no_leave
        self._life_of, self._pin = life_of, pin
        self._view = handle.view()
        self._lag_ms = 0
        self.current = PANES[0]
        self.zoomed, self._shown_layout = False, ""
        self._resumed = False
        self._focus_before: str | None = None
        self._paused: tuple[int, int] | None = None
        """The algo that `p` was last pressed on, and when."""
        self._set = PaneSet(
            handle,
            notation,
            watchlist if watchlist is not None else Watchlist(),
            measure,
            find_orders,
            self._screen_health,
            clock,
        )
        self.panes = self._set.panes
        self._eod = EodDoor(report_of, self._ask, self._say, notation.times)
        self.remember_in(tables or TableMemory())
        self._status = StatusLine(notation, read_only=read_only, may_trade=may_trade)
        self._banner = Banner(notation)
        self._tour = TourLines(self._names["kill"])
        self._guide = Guide(grammar, keys, notation, clock, history, tour, past=self.past, read_only=read_only)
        self._risk = RiskStrip(notation, clock)
        self._alert = AlertLine(notation)
        self._echo = EchoLines()
        self.command_line = CommandLine(self._names["command"])
        self.filter_line = FilterLine(self.filter_typed)
        self._footer = FooterLine()
        self._tiny = TinyLine()
        self._outcome = Outcome(lambda parts: self.command.told(parts), lambda: self.command.result, notation)
        self._sender = Sender(handle, self._say, read_only=read_only, placed=self._outcome.begin)
        self._algo_desk = AlgoDesk(handle.algo_detail, clock, keys, {} if self.past else self._algo_controls())

        self._ticket = TicketDoor(
            TicketSetup(
                handle,
                grammar,
                context_of,
                notation,
                keys,
                self._sender,
                history,
                self._ask,
                self._say,
                self._ask_pin,
                self.action_command,
                clock,
                read_only,
                self._show_chain,
            )
        )
        self._baskets = BasketDoor(
            BasketSetup(
                handle,
                grammar,
                context_of,
                notation,
                self._sender,
                history,
                self._ask,
                self._say,
                self._ask_pin,
                clock,
                read_only,
                keys,
            )
        )
        self.command = CommandMode(
            self.command_line,
            self._echo,
            history,
            self._sender,
            ask=self._ask,
            local=self._local,
            clock=clock,
            ask_pin=self._ask_pin,
            examples=lambda: self._guide.examples(self._view),
        )

        def session(changed: Callable[[], None], decided: Callable[[Decision], None]) -> CommandSession:
            return CommandSession(
                handle,
                grammar,
                self._context_with_macros,
                notation,
                changed=changed,
                decided=decided,
                clock=clock,
                read_only=read_only,
            )

        self.hotkeys = HotkeyDoor(
            hotkeys or HotkeySetup(),
            MacroRunner(
                session,
                self._sender,
                history,
                ask=self._ask,
                ask_pin=self._ask_pin,
                local=self._local,
                say=self._say,
                clock=clock,
            ),
            Arming(clock),
            row=self._row_of_macro,
            stage=self._stage,
            say=self._say,
            ask_to_arm=self._ask_to_arm,
            view=handle.view,
            sender=self._sender,
            user=self._user,
            read_only=read_only,
            may_trade=may_trade,
        )
        self._session = session(self.command.draw, self.command.decided)

    def compose(self) -> ComposeResult:
        self.restore()
        self._place()  # before there is anything to lay out a second time
        yield self._tiny
        yield self._status
        yield self._banner
        yield self._tour
        with Container(id="panes"):
            yield from self._set.columns
        yield self._risk
        yield self._alert
        yield self.command_line
        yield self.filter_line
        yield self._footer
        yield self._echo

    # Drawing ------------------------------------------------------------------------------------------------

    def draw(self, view: DeskView, lag_ms: int = 0) -> None:
        """Show this view: what is on the screen, nothing else."""
        self._view, self._lag_ms = view, lag_ms
        if self._shown_layout == TINY:
            self._tiny.show(view, self._names["kill"], self.app.size)
            return
        self.hotkeys.follow(view)
        self._status.arm(self.hotkeys.armed)
        self._status.show(view, lag_ms)
        self._banner.show(view, self._names)
        self._tour.show(view)
        self._outcome.look(view)
        self.set_class(view.status.trading_state is TradingState.HALTED, "-halted")
        shown = self._on_screen()
        if self._shown_layout == ONE or "risk" not in shown:
            self._risk.show(view.meters)
        if self._shown_layout == ONE or "alerts" not in shown:
            self._alert.show(view.alerts)
        self._set.show(shown, view, self.focused_pane)
        self._draw_footer()
        self.command_line.hint(self._guide.hint(view))
        if self.command.active:
            self._session.refresh()
        self.command.draw()

    def _screen_health(self) -> ScreenHealth:
        driver = self.app._driver
        return ScreenHealth(self._lag_ms, driver.frames if isinstance(driver, NonBlockingDriver) else None)

    def _on_screen(self) -> Sequence[str]:
        return (self.current,) if self._shown_layout == ONE else self.panes_of(self._shown_layout or TINY)

    def _draw_footer(self) -> None:
        kill = (self._names["kill"], "KILL")
        if self.command.active:
            keys = actions.footer(self._keys, Scope.COMMAND)
        elif self.filter_line.active:
            keys = actions.footer(self._keys, Scope.FILTER)
        else:
            keys = actions.footer(self._keys, Scope.DESK, self.focused_pane)
            if self._in_grace():
                keys = [(self._names["keep"], "KEEP POSITIONS"), *keys]
        self._footer.show(keys, kill)

    def action_tour(self) -> None:
        """Begin the guided tour; it watches, and sends nothing."""
        if not self._guide.may_learn(self._view):
            self._say("the tour is for a paper desk that takes orders", False)
            return
        self._guide.begin_tour()
        self._tour.begin(self._view)

    def action_jump(self) -> None:
        """Letters over the panes; the next key goes to one."""
        if self._shown_layout == TINY:
            return
        targets = targets_of(self.panes, self._on_screen())

        def jump(name: str | None) -> None:
            if name is not None:
                self.action_pane(name)

        self._ask(JumpScreen(targets), jump)

    def _say(self, text: str, good: bool) -> None:
        sign = (f" {self._notation.glyphs.yes} ", "up") if good else (f" {self._notation.glyphs.no} ", "down")
        self.command.told([sign, (plain(text), "normal" if good else "down")])
        self._ticket.tell(text, good)

    def tell(self, text: str, good: bool) -> None:
        """The answer to something that was typed."""
        self._say(text, good)

    def line_changed(self) -> None:
        self.command_line.display = not self.filter_line.active
        self._draw_footer()

    @property
    def pane_in_hand(self) -> str | None:
        return None if self._shown_layout == TINY else self.focused_pane or self.current

    @property
    def size_class(self) -> str:
        alone = self._shown_layout == ONE and layout_for(*self.app.size) != ONE
        return WHOLE if alone else self._shown_layout

    @property
    def now_ns(self) -> Callable[[], int]:
        return self._clock

    def arrange_panes(self) -> None:
        self._arrange()

    def refresh_rows(self, name: str) -> None:
        self._set.show((name,), self._view, self.focused_pane)

    def go_to_pane(self, name: str) -> None:
        self.action_pane(name)

    def notice(self, text: str) -> None:
        """Something happened that deserves a glance, not an answer."""
        self.command_line.say([(" note ", "label"), (plain(text), "normal")])

    # Layout -------------------------------------------------------------------------------------------------

    def on_unmount(self) -> None:
        self._set.close()
        self.memory.close()

    def on_mount(self) -> None:
        self.command_line.say(())
        if self.memory.problem:
            self.notice(self.memory.problem)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """When the screen first shows, all on it was styled as it was mounted: no second pass of the style sheet,
        which took a tenth of a start."""
        event.refresh_styles, self._resumed = self._resumed, True

    def on_resize(self, event: Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Choose the layout for this size, zoom and pane, and draw what came into view."""
        self._place()
        self.call_after_refresh(self._draw_again)

    def _place(self) -> None:
        fits = layout_for(*self.app.size)
        alone = self.zoomed or self.current not in self.panes_of(fits)
        self._shown_layout = ONE if fits in (TWO, THREE) and alone else fits
        shown = self._on_screen()
        without = {f"-without-{name}": name not in shown for name in ("risk", "alerts")}
        self.update_classes({name: name == self._shown_layout for name in CLASSES} | without)
        self._set.place(shown)
        self.place_columns()

    def _draw_again(self) -> None:
        self.draw(self._view)

    def action_pane(self, name: str) -> None:
        """Go to a pane; one that this layout has no room for gets the whole screen."""
        self.current = name
        self._arrange()
        self.set_focus(self.panes[name].table, scroll_visible=False)

    def action_next_pane(self, by: int) -> None:
        names = list(PANES if self._shown_layout == ONE else self.panes_of(self._shown_layout))
        if not names:
            return
        here = self.focused_pane
        at = names.index(here) + by if here in names else names.index(self.current) if self.current in names else 0
        self.action_pane(names[at % len(names)])

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        shown = self.panes_of(layout_for(*self.app.size))
        if not self.zoomed and self.current not in shown and shown:
            self.current = shown[0]
        self._arrange()
        self.looks_changed()

    def action_wake(self) -> None:
        """A row key with no table in focus gives the focus to the current one."""
        if self._shown_layout != TINY:
            self.action_pane(self.current)

    def action_leave(self) -> None:
        """Out: of the command line, of the zoom, of the pane; nothing is sent."""
        self.hotkeys.leave()
        self.command.hide()
        if self.command.active:
            self._leave_command()
        elif self._tour.is_on:
            self._tour.end()
        elif self.focused_pane is not None and self.clear_filter():
            return
        elif self.zoomed or (self._shown_layout == ONE and layout_for(*self.app.size) != ONE):
            self.zoomed = True
            self.action_zoom()
        else:
            self.set_focus(None)

    @property
    def focused_pane(self) -> str | None:
        """The name of the pane that has the focus."""
        for name, pane in self.panes.items():
            if pane.table is self.focused:
                return name
        return None

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        focused = self.focused_pane
        if focused is not None:
            self.current = focused
            self.leave_filter()
        self._draw_footer()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        self._draw_footer()

    # Command mode -------------------------------------------------------------------------------------------

    def action_command(self, text: str = "") -> None:
        """Enter COMMAND mode, with this text on the line."""
        if self._shown_layout == TINY:
            return
        self.leave_filter()
        if not self.command.active:
            self._focus_before = self.focused_pane
        self.command.open(self._session, self._view.status, text)
        self._draw_footer()

    def _leave_command(self) -> None:
        self.command.close()
        pane = self._focus_before
        self.set_focus(self.panes[pane].table if pane is not None else None, scroll_visible=False)
        self._draw_footer()

    # The kill switch ----------------------------------------------------------------------------------------

    def _in_grace(self) -> bool:
        kill = self._view.kill
        return kill is not None and kill.phase == "grace"

    @property
    def may_keep(self) -> bool:
        """Whether `k` keeps the positions now."""
        return self._in_grace() and not self.command.active and not self.filter_line.active

    def keep_positions(self) -> None:
        """Stay halted, don't flatten."""
        self._sender.send(KeepPositions(user=self._user()), "keep positions")

    def make_way(self) -> None:
        """The kill switch was pulled: out of the command line, so that `k` is heard as a key."""
        self.leave_filter()
        if self.command.active:
            self._leave_command()

    # Boxes --------------------------------------------------------------------------------------------------

    def on_table_pane_opened(self, event: TablePane.Opened) -> None:
        event.stop()
        row = event.pane.selected
        if isinstance(row, QuoteRow):
            self._show_ladder(row.symbol)
            return
        box = detail_box(row, self._view, self._notation, self._life_of, self._algo_desk)
        if box is not None:
            _ = self.app.push_screen(box)
