"""The desk: all panes in the layout that fits, the command line, and what keys do to rows.

It draws views and turns keys into commands. Everything it sends goes through `_send`; nothing here waits for an
answer: answers are said on the command line when they come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import DescendantBlur, DescendantFocus, Key, Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from console import actions
from console.actions import Scope
from console.basket.door import BasketDoor, BasketSetup
from console.driver import NonBlockingDriver
from console.eod.door import EodDoor, ReportOf
from console.grammar.context import Context, with_macros
from console.grammar.grammar import Grammar
from console.grammar.parsed import Local
from console.hotkeys.arming import Arming
from console.hotkeys.door import HotkeyDoor
from console.hotkeys.file import HotkeySetup
from console.hotkeys.macro import MacroError
from console.hotkeys.runner import MacroRunner
from console.live.consent import ConsentDesk
from console.palette.box import PaletteBox
from console.palette.entries import Entry, entries, line_of
from console.pin.vault import Verdict
from console.screens.algo_box import AlgoDesk
from console.screens.bindings import bindings
from console.screens.boxes import REPEAT_NS, Leave, ListBox, QuitBox
from console.screens.command_line import CommandLine
from console.screens.command_mode import CommandMode
from console.screens.filter_line import FilterLine
from console.screens.first_steps import is_untouched
from console.screens.found_orders import FindOrders
from console.screens.guide import Guide
from console.screens.history import History
from console.screens.jump import JumpScreen, targets_of
from console.screens.layout import CLASSES, ONE, PANES, THREE, TINY, TWO, layout_for
from console.screens.open_details import detail_box, rules_box
from console.screens.order_box import LifeOf
from console.screens.pane_set import PaneSet
from console.screens.performance_feed import Measure
from console.screens.pin_box import PinBox
from console.screens.row_keys import Answer, cancel_of, pause_of
from console.screens.sender import Sender
from console.screens.session import CommandSession, ContextOf, Decision
from console.screens.table_looks import WHOLE, TableLooks
from console.screens.tour_line import TourLines
from console.table_memory import TableMemory
from console.ticket.door import TicketDoor
from console.ticket.screen import TicketSetup
from console.tour import TourMemory
from console.watchlist import Watchlist
from engine.inputs import AckAlerts, KeepPositions, Lock, Unlock
from engine.model.enums import TradingState
from engine.runtime.handle import DeskHandle
from engine.views import AlertRow, AlgoRow, DeskView, OrderRow, PositionRow, QuoteRow
from widgets.banner import Banner
from widgets.connection_rows import ScreenHealth
from widgets.echo import EchoLines
from widgets.format import plain
from widgets.notation import Notation
from widgets.panes import AlertsPane, TablePane
from widgets.status_line import StatusLine
from widgets.strips import AlertLine, FooterLine, RiskStrip, TinyLine

_JUST_JUMPED_S: Final = 0.5
#: Lines of the screen's own that are answered in words.
ANSWERED: Final = frozenset({"theme", "bell", "size"})
RowT = TypeVar("RowT")


class DeskScreen(TableLooks, inherit_bindings=False):
    """The main screen."""

    class BellAsked(Message):
        """`bell on` or `bell off` was typed."""

        def __init__(self, on: bool) -> None:
            super().__init__()
            self.on = on

    class ThemeAsked(Message):
        """`theme NAME` was typed; "" asks which there are."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

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
        self._eod = EodDoor(report_of, self._ask, self._say)
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
        self._sender = Sender(handle, self._say, read_only=read_only)
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
        self.set_class(view.status.trading_state is TradingState.HALTED, "-halted")
        if self._shown_layout == ONE:
            self._risk.show(view.meters)
            self._alert.show(view.alerts)
        self._set.show(self._on_screen(), view, self.focused_pane)
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
        self.update_classes({name: name == self._shown_layout for name in CLASSES})
        self._set.place(self._on_screen())
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

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.command.typed(event.value)

    def action_send(self) -> None:
        self.command.enter()

    def action_explain(self) -> None:
        self.command.explain()

    def action_complete(self) -> None:
        self.command.complete()

    def action_history(self, by: int) -> None:
        self.command.step_history(by)

    def action_search_history(self) -> None:
        self.command.search_history()

    def _local(self, local: Local) -> None:
        """A line that only the screen is asked about. One that is answered in words leaves the command line open, as a
        command that was sent does: what is typed next is no key."""
        if local.name not in ANSWERED:
            self._leave_command()
        match local.name:
            case "help":
                self.action_help(local.args[0] if local.args else "all")
            case "blotter":
                self.action_pane(local.args[0] if local.args and local.args[0] in PANES else "orders")
            case "algos" | "letters" | "performance" | "costs":
                self.action_pane(local.name)
            case "quit":
                self.action_quit_dialog()
            case "unlock":
                self._ask_pin("Unlock the desk: new orders are taken again.")
            case "size":
                self._say(local.args[0], True)
            case "find":
                self.action_pane("found")
                self._set.found.search(local.args)
            case "watch" | "watch_all" | "unwatch":
                self._set.change_watchlist(local.name, local.args)
                self.action_pane("watch")
            case "ladder":
                self._show_ladder(*local.args)
            case "ticket":
                self._ticket.open(dict(zip(("symbol", "account"), local.args, strict=True)), self._view)
            case "bell":
                self.post_message(self.BellAsked(local.args[0] == "on"))
            case "alerts":
                self._ask(rules_box(self._view, self._notation), lambda _: None)
            case "theme":
                self.post_message(self.ThemeAsked(local.args[0] if local.args else ""))
            case "chain":
                self._show_chain(*local.args)
            case "eod":
                self._eod.open(local.args[0], local.args[1], self._view)
            case "basket":
                self._baskets.open(local.args, self._view)
            case "run":
                self.hotkeys.run(local.args[0], local.args[1:])
            case "hotkeys" if local.args:
                self.hotkeys.reload()
            case "hotkeys":
                self._ask(ListBox("Hotkeys and macros", self.hotkeys.lines(), self._clock), lambda _: None)
            case "arm":
                self.hotkeys.arm()
            case "disarm":
                self.hotkeys.disarm()
            case "export":
                self.export_table(*local.args)
            case "layout":
                self.change_layout(*local.args)
            case "copy":
                self.copy_from_table(*local.args)
            case "tour":
                self.action_tour()
            case "explain":
                return

    def _show_ladder(self, symbol: str = "") -> None:
        """The ladder of an instrument, whose quote is asked for; without one that of the instrument shown last."""
        if symbol:
            self._set.follow(symbol)
        self.action_pane("ladder")

    def action_ladder(self) -> None:
        """The ladder of the instrument of the row under the cursor."""
        pane = self.focused_pane
        row = self.panes[pane].selected if pane else None
        symbol = getattr(row, "symbol", "")
        self._show_ladder("" if isinstance(row, OrderRow) and row.legs else symbol)

    def _show_chain(self, symbol: str, account: str) -> None:
        # Imported when it is wanted: the first picture does not wait for it.
        from console.chain.box import ChainBox

        box = ChainBox(
            symbol,
            account,
            self._view,
            self._watch,
            self._context_of,
            self._notation,
            lambda given: self._ticket.open(given, self._view),
            self.action_command,
        )
        self._ask(box, lambda _: None)

    # What keys do to rows -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One key may mean another thing in another pane: only what the focused one's rows take is tried."""
        panes = actions.PANES_OF.get(action)
        return panes is None or self.focused_pane in panes

    def _user(self) -> str:
        return self._context_of(self._view).user

    def action_cancel_order(self) -> None:
        order = self._selected(OrderRow, "orders")
        if order is not None:
            self._send_or_say(cancel_of(order, self._user()))

    def action_modify_order(self) -> None:
        order = self._selected(OrderRow, "orders")
        if order is not None:
            self.action_command(f"mod {order.id} ")

    def action_pause_algo(self) -> None:
        algo = self._selected(AlgoRow, "algos")
        if algo is not None:
            self._pause(algo)

    def _pause(self, algo: AlgoRow) -> None:
        """Pause or resume; a key that is held down does it once."""
        before, self._paused = self._paused, (algo.id, self._clock())
        if before is None or before[0] != algo.id or self._paused[1] - before[1] >= REPEAT_NS:
            self._send_or_say(pause_of(algo, self._user()))

    def action_algo_line(self, rest: str) -> None:
        """Everything about an algo but its pause is a line that is looked at before it is sent."""
        algo = self._selected(AlgoRow, "algos")
        if algo is not None:
            self.action_command(f"algo {algo.id} {rest}")

    def _algo_controls(self) -> dict[str, Callable[[AlgoRow], None]]:
        """The same for the box of an algo, by the action's id."""

        def line(rest: str) -> Callable[[AlgoRow], None]:
            return lambda algo: self.action_command(f"algo {algo.id} {rest}")

        lines = {"amend": "amend ", "repace": "repace ", "finish": "finish", "cancel": "cancel"}
        return {"pause": self._pause, **{f"algo.{name}": line(rest) for name, rest in lines.items()}}

    def _send_or_say(self, answer: Answer) -> None:
        command, text = answer
        if command is None:
            self._say(text, False)
        else:
            self._sender.send(command, text)

    def action_flat_position(self) -> None:
        position = self._selected(PositionRow, "positions")
        if position is not None:
            at = f" @{position.account}" if len(self._context_of(self._view).accounts) > 1 else ""
            self.action_command(f"flat {position.symbol.lower()}{at}")

    # Hotkeys and macros -------------------------------------------------------------------------------------

    def on_key(self, event: Key) -> None:
        """A key that no action has may call a macro."""
        if self._shown_layout != TINY and self.hotkeys.pressed(event, typing=self.command.active):
            event.stop()
            event.prevent_default()

    def _context_with_macros(self, view: DeskView) -> Context:
        return with_macros(self._context_of(view), self.hotkeys.told)

    def _row_of_macro(self) -> object:
        pane = self.focused_pane or (self._focus_before if self.command.active else None)
        if pane is None:
            return None
        jumped = self.panes[pane].table.seconds_since_jump()
        if jumped is not None and jumped < _JUST_JUMPED_S:
            raise MacroError("the row under the cursor has just gone; press again if you mean this one")
        return self.panes[pane].selected

    def _stage(self, name: str, lines: tuple[str, ...]) -> None:
        self.action_command(lines[0])
        self.command.stage(name, lines)

    def _ask_to_arm(self) -> None:
        """Level 4: the PIN, which the audit trail then has."""
        if self._pin is None:
            self._say("arm: this desk has no PIN to ask for", False)
            return
        pin = self._pin

        def answered(verdict: Verdict | None) -> None:
            if verdict is not None and verdict.ok:
                self.hotkeys.arm_now()
            else:
                self._say("not armed", False)

        what = "Arm hotkeys: macros with send = true go out without Enter."
        account = self._view.status.account
        box = PinBox(what, account, "", lambda typed: pin.check(typed, "arm hotkeys"), pin.left_s, self._clock)
        _ = self.app.push_screen(box, answered)

    def action_palette(self) -> None:
        """Everything there is to do, found by typing."""
        offered = entries(self._grammar.verbs, self._keys, past=self.past, macros=self.hotkeys.macros)
        self._ask(PaletteBox(offered, self._clock), self._chosen)

    def _chosen(self, entry: Entry | None) -> None:
        if entry is None:
            return
        if entry.panes and self.focused_pane not in entry.panes:
            self.action_pane(entry.panes[0])
        pane = self.focused_pane
        text = line_of(entry, self.panes[pane].selected if pane is not None else None)
        if text is None:
            self._say(f"{entry.name}: there is no row for it in this pane", False)
        elif text:
            self.action_command(text)
            self.command.hold_enter()
        else:
            self.call_later(self.run_action, entry.act)

    def action_ticket(self) -> None:
        """The order ticket, filled in from the row under the cursor."""
        pane = self.focused_pane
        if self._shown_layout != TINY:
            self._ticket.open_for(self.panes[pane].selected if pane else None, self._view)

    def _selected(self, kind: type[RowT], pane: str) -> RowT | None:
        """The row under the cursor, unless it only just came there because another one vanished."""
        if self.focused_pane != pane:
            return None
        jumped = self.panes[pane].table.seconds_since_jump()
        if jumped is not None and jumped < _JUST_JUMPED_S:
            self._say("the row under the cursor has just gone; press again if you mean this one", False)
            return None
        row = self.panes[pane].selected
        return row if isinstance(row, kind) else None

    def action_ack(self) -> None:
        self._banner.acknowledge()
        newest = max((alert.no for alert in self._view.alerts), default=0)
        if any(not alert.acked for alert in self._view.alerts):
            self._sender.send(AckAlerts(newest, user=self._user()), "acknowledge")
        self._banner.show(self._view, self._names)

    def action_ack_one(self) -> None:
        alert = self._selected(AlertRow, "alerts")
        if alert is not None and not alert.acked:
            self._sender.send(AckAlerts(alert.no, user=self._user(), only=True), f"acknowledge alert {alert.no}")

    def action_alert_level(self) -> None:
        pane = self.panes["alerts"]
        if isinstance(pane, AlertsPane):
            pane.raise_level()

    # The lock of a live desk ----------------------------------------------------------------------------------

    def action_lock(self) -> None:
        """Lock it; a locked one asks for the PIN."""
        if self._view.status.locked:
            self._ask_pin("Unlock the desk: new orders are taken again.")
        else:
            self._sender.send(Lock(user=self._user()), "lock")

    def _ask_pin(self, what: str) -> None:
        """The PIN box. What is on the command line stays there, and is looked at anew when the desk is unlocked."""
        if self._pin is None or not self._view.status.locked:
            self._say("nothing to unlock: this desk is not locked", False)
            return
        pin = self._pin

        def answered(verdict: Verdict | None) -> None:
            if verdict is not None and verdict.ok:
                self._sender.send(Unlock(user=self._user()), "unlock")
            else:
                self._say("still locked", False)

        account = self._view.status.account
        source = f"locked: {self._view.status.locked}"
        box = PinBox(what, account, source, lambda typed: pin.check(typed, "console"), pin.left_s, self._clock)
        _ = self.app.push_screen(box, answered)

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

    def _ask(self, box: Screen[RowT], answered: Callable[[RowT | None], None]) -> object:
        return self.app.push_screen(box, answered)

    def action_help(self, topic: str = "") -> None:
        """Of the verb or pane `topic`, "all", or of the pane in focus (where there is one only: of that)."""
        name = topic if topic in self.panes else None if topic else self._pane_meant()
        pane = None if name is None else self.panes[name]
        _ = self.app.push_screen(self._guide.help(topic, pane, self._view))

    def _pane_meant(self) -> str | None:
        """The pane in focus; before anything has happened here the first steps are what is wanted."""
        if self.focused_pane is not None or is_untouched(self._view) or self._shown_layout != ONE:
            return self.focused_pane
        return self.current

    def action_quit_dialog(self) -> None:
        def answered(how: Leave | None) -> None:
            if how is not None and how in self._no_leave:
                self._sender.note_refusal(f"quit {how}", self._no_leave[how], self._user())
            elif how is not None:
                self._leave(how)

        self._ask(QuitBox(self._view, self._clock, self._no_leave), answered)
