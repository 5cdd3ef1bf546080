"""The Textual application: one desk screen, boxes over it, and a timer that looks at the engine's newest view.

It is given everything and builds no engine. Import it after `prepare_terminal`, or let it prepare itself: Textual
reads its settings when it is first imported.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from console.terminal import prepare_terminal

prepare_terminal(os.environ)

from textual.binding import BindingType  # noqa: E402
from textual.driver import Driver  # noqa: E402
from textual.events import Callback, Event, Key  # noqa: E402
from textual.message_pump import MessagePump  # noqa: E402

import themes  # noqa: E402
from console import actions  # noqa: E402
from console.actions import Scope  # noqa: E402
from console.bell import Bell  # noqa: E402
from console.config.errors import ConfigError  # noqa: E402
from console.driver import CompactFrames  # noqa: E402
from console.driver.clipboard import copy_sequences  # noqa: E402
from console.eod.door import ReportOf  # noqa: E402
from console.grammar.grammar import Grammar  # noqa: E402
from console.hotkeys.file import HotkeySetup  # noqa: E402
from console.keymap import resolve  # noqa: E402
from console.kill_key import KillKey  # noqa: E402
from console.live.consent import ConsentDesk  # noqa: E402
from console.looks import Looks  # noqa: E402
from console.screens.bindings import bindings  # noqa: E402
from console.screens.box_host import BoxHost  # noqa: E402
from console.screens.box_keys import is_key  # noqa: E402
from console.screens.boxes import DetailBox, Leave, QuitBox, refused_answers  # noqa: E402
from console.screens.desk import DeskScreen  # noqa: E402
from console.screens.found_orders import FindOrders  # noqa: E402
from console.screens.history import History  # noqa: E402
from console.screens.order_box import LifeOf  # noqa: E402
from console.screens.performance_feed import Measure  # noqa: E402
from console.screens.session import ContextOf  # noqa: E402
from console.screens.themed import Themed  # noqa: E402
from console.table_memory import TableMemory  # noqa: E402
from console.ticket.screen import TicketScreen  # noqa: E402
from console.tour import TourMemory  # noqa: E402
from console.watchlist import Watchlist  # noqa: E402
from engine.inputs import Present  # noqa: E402
from engine.model.enums import AlertLevel  # noqa: E402
from engine.runtime.handle import DeskHandle  # noqa: E402
from engine.views import DeskView  # noqa: E402
from themes.palettes import DEFAULT_THEME  # noqa: E402
from widgets.format import plain  # noqa: E402
from widgets.lines import ASCII_CLASS  # noqa: E402
from widgets.notation import Notation  # noqa: E402

_POLL_S: Final = 1 / 30
_THEME_S: Final = 1.0
_FRAME_NS: Final = 100_000_000
_SLOW_FRAME_NS: Final = 250_000_000
_TWICE_NS: Final = 1_000_000_000
_STUCK_NS: Final = 1_000_000_000
_LAG_SHOWN_NS: Final = 2_000_000_000
#: How often a live desk is told that somebody is there.
_PRESENT_NS: Final = 5_000_000_000
LIVE_CLASS: Final = "-live"


class DeskApp(CompactFrames, Themed, BoxHost, inherit_bindings=False):
    """The console. `run()` returns how the user chose to leave; None when the terminal went away or it was told to.

    The app looks at `handle.view()` thirty times a second, which costs a comparison, and draws ten times a second
    (four with `slow_link`), or at once when the view's `urgent` rose.
    """

    TITLE = "tradedesk"
    CSS_PATH = Path(themes.__file__).with_name("desk.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.EVERYWHERE)]
    DESK_SCREEN: ClassVar[type[DeskScreen]] = DeskScreen

    def __init__(
        self,
        handle: DeskHandle,
        *,
        grammar: Grammar,
        context_of: ContextOf,
        notation: Notation,
        theme: str = DEFAULT_THEME,
        looks: Looks | None = None,
        alarm_bell: Bell | None = None,
        keymap: actions.Keymap | None = None,
        slow_link: bool = False,
        read_only: bool = False,
        may_trade: bool = True,
        may_stop: bool = True,
        driver_class: type[Driver] | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
        loop_clock: Callable[[], int] = time.monotonic_ns,
        kill_key: KillKey | None = None,
        history: History | None = None,
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
        """`keymap` lays keys over the defaults (KeymapError when it can't be used); an unknown theme is a
        ValueError. `clock` is the monotonic ns of
        human timers (dead times, expiry), `loop_clock` that by which the screen's own lag is measured.

        `kill_key` is the one that the driver's input thread presses too, so that one press counts once. `life_of` reads
        an order's whole life from the journal; without it order details show what the view knows.
        `measure` tells the desk's performance, `report_of` a day's report; `watchlist` keeps the quotes that are shown.
        `tables` keeps how they look.
        """
        self._keys = resolve(keymap)
        super().__init__(driver_class=driver_class)
        self._handle = handle
        self._clock = clock
        self._loop_clock = loop_clock
        self._frame_ns = _SLOW_FRAME_NS if slow_link else _FRAME_NS
        self._history = history or History()
        self._read_only = read_only
        self._kill_key = kill_key or KillKey(handle.pull_kill)
        self._twice_ns: int | None = None
        self._drawn: DeskView | None = None
        self._drawn_ns = 0
        self._polled_ns = 0
        self._lag: tuple[int, int] = (0, 0)
        self._keys_typed: deque[Key] = deque()
        self._key_under_way = False
        self._key_at: MessagePump | None = None
        """Where the message behind the key waits."""
        self._key_ns = 0
        self._killed: int | None = None
        self._alert_no = max((alert.no for alert in handle.view().alerts), default=0)
        self.set_class(notation.ascii_only, ASCII_CLASS)
        self.set_class(handle.view().status.mode == "live", LIVE_CLASS)
        self._user = context_of(handle.view()).user
        self._present_ns = 0
        self._looks, self._bell = looks or Looks(theme), alarm_bell or Bell()
        self.show_look(self._looks.look)
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_keymap({action.id: self._keys[action.id] for action in actions.ACTIONS})
        self.desk = self.DESK_SCREEN(
            handle,
            grammar,
            context_of,
            notation,
            keys=self._keys,
            history=self._history,
            clock=clock,
            read_only=read_only,
            may_trade=may_trade,
            leave=self._leave,
            no_leave=refused_answers(self._user, may_stop=may_stop, read_only=read_only),
            life_of=life_of,
            pin=pin,
            measure=measure,
            report_of=report_of,
            watchlist=watchlist,
            find_orders=find_orders,
            tables=tables,
            hotkeys=hotkeys,
            tour=tour,
        )

    def refresh_css(self, animate: bool = True) -> None:
        """Parse the style sheet anew and apply it. Textual asks for this before the first paint as well, when all is
        parsed with the theme's colours already: that took a tenth of a start."""
        if self._drawn is None:
            self.stylesheet.update(self, animate=animate)
        else:
            super().refresh_css(animate)

    def _leave(self, how: Leave) -> None:
        self.exit(how)

    def copy_to_clipboard(self, text: str) -> None:
        """Ask the terminal to. Raises TooLargeError."""
        sequences = copy_sequences(text, os.environ)
        self._clipboard = text
        if self._driver is not None and not self.is_headless:
            for sequence in sequences:
                self._driver.write(sequence)

    def get_default_screen(self) -> DeskScreen:
        return self.desk

    # Keys ---------------------------------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """Take keys one after the other: each has done all it does before the next one looks for its widget.

        Textual hands a key to the widget that has the focus when it is read. What a key does may come several
        messages later: of `:buy 100 ibm` typed while the loop was busy, `buy` would go to whatever had the focus
        before the command line.
        """
        if isinstance(event, Key) and not event.is_forwarded:
            self._note_presence()
            self._keys_typed.append(event)
            if not self._key_under_way:
                await self._next_key()
        else:
            await super().on_event(event)

    def _note_presence(self) -> None:
        """A key puts off the idle lock of a live desk. Whose screen is read-only is not at the desk."""
        self.desk.hotkeys.touch()
        now = self._clock()
        if self.has_class(LIVE_CLASS) and not self._read_only and now - self._present_ns >= _PRESENT_NS:
            self._present_ns = now
            self._handle.send(Present(self._user))

    def key_age_ns(self, event: Key) -> int:
        """How long ago the terminal delivered it: keys wait while the loop is busy."""
        return max(0, self._loop_clock() - int(event.time * 1e9))

    def means(self, event: Key, action_id: str) -> bool:
        """Whether this key is one of the action's in the user's key map."""
        return is_key(event, self._keys[action_id])

    async def _next_key(self) -> None:
        if not self._keys_typed or not self.screen_stack:  # without a screen the app is closing: nobody hears a key
            self._keys_typed.clear()
            self._key_under_way = False
            return
        self._key_under_way = True
        self._key_at = None
        self._key_ns = self._loop_clock()
        target = self.focused or self.screen
        await super().on_event(self._keys_typed.popleft())
        self._follow_key(target)

    def _follow_key(self, node: MessagePump | None) -> None:
        """Behind the key, from the widget that got it up to the app: when this arrives, so has the key."""
        while node is not None and node is not self:
            parent = node._parent
            if node.post_message(Callback(partial(self._key_went_through, parent))):
                self._key_at = node
                return
            node = parent
        self.post_message(Callback(self._next_key))

    async def _unstick_keys(self) -> None:
        """Whatever became of the widget that a key went to: the next keys are heard at once when it is gone (a box that
        the key closed), and after a second when it hangs."""
        at = self._key_at
        gone = at is not None and at._closed and not at.is_running  # not one that has yet to begin
        if self._key_under_way and (gone or self._loop_clock() - self._key_ns >= _STUCK_NS):
            self._key_at = None
            await self._next_key()

    async def _key_went_through(self, parent: MessagePump | None) -> None:
        self._follow_key(parent)

    def on_mount(self) -> None:
        status = self._handle.view().status
        self._name_window(f"tradedesk {status.mode.upper()} {plain(status.account)}")
        self.set_interval(_POLL_S, self.poll)
        self.set_interval(_THEME_S, self._look_again)
        if self._looks.said:
            self.desk.notice(self._looks.said)

    def on_unmount(self) -> None:
        self._history.close()

    def _name_window(self, title: str) -> None:
        self.title = title
        if self._driver is not None and not self.is_headless:
            self._driver.write(f"\x1b]2;{title}\x07")

    # Looking at the engine ----------------------------------------------------------------------------------

    async def poll(self) -> None:
        """Look whether there is something to draw."""
        if not self.screen_stack:
            return  # the last look of an app that is closing
        await self._unstick_keys()
        now = self._clock()
        self._note_lag(self._loop_clock())
        view, drawn = self._handle.view(), self._drawn
        urgent = drawn is None or view.urgent != drawn.urgent
        if urgent or now - self._drawn_ns >= self._frame_ns:
            self.draw(view)

    def draw(self, view: DeskView | None = None) -> None:
        """Draw the newest view now."""
        view = view or self._handle.view()
        self._drawn, self._drawn_ns = view, self._clock()
        lag_ns, seen_ns = self._lag
        lag_ms = lag_ns // 1_000_000 if self._polled_ns - seen_ns < _LAG_SHOWN_NS else 0
        self._follow_kill(view)
        self.desk.draw(view, lag_ms)
        if isinstance(self.screen, DetailBox | QuitBox | TicketScreen):
            self.screen.show(view)
        self._announce(view)

    def _note_lag(self, now: int) -> None:
        """How late this timer fires is how late every key is heard."""
        late = now - self._polled_ns - int(_POLL_S * 1e9) if self._polled_ns else 0
        self._polled_ns = now
        if late >= 250_000_000:
            self._lag = (late, now)

    def _announce(self, view: DeskView) -> None:
        """Ring once for new alarms, say new notices."""
        fresh = [alert for alert in view.alerts if alert.no > self._alert_no and not alert.acked]
        if not fresh:
            return
        self._alert_no = max(alert.no for alert in fresh)
        if any(alert.level is AlertLevel.ALARM for alert in fresh) and self._bell.rings(self._clock()):
            self.bell()
        notices = [alert for alert in fresh if alert.level is AlertLevel.NOTICE]
        if notices:
            newest = max(notices, key=lambda alert: alert.no)
            more = f" (+{len(notices) - 1} more)" if len(notices) > 1 else ""
            self.desk.notice(f"{newest.text}{more}")

    # Colours ------------------------------------------------------------------------------------------------

    def action_theme(self, name: str = "") -> None:
        """Show in this theme from now on; without a name, in the next one."""
        try:
            said = self._looks.choose(name) if name else self._looks.next()
        except ConfigError as error:
            self.desk.tell(self._looks.short(error), False)
            return
        self.show_look(self._looks.look)
        self.desk.tell(said, True)

    def on_local_lines_bell_asked(self, event: DeskScreen.BellAsked) -> None:
        event.stop()
        self._bell.quiet = not event.on
        self.desk.tell("alarms ring" if event.on else "alarms don't ring on this console; their banner stays", True)

    def on_local_lines_theme_asked(self, event: DeskScreen.ThemeAsked) -> None:
        event.stop()
        if event.name:
            self.action_theme(event.name)
        else:
            self.desk.tell(f"theme {self._looks.look.name}, of {', '.join(self._looks.names)}", True)

    def _look_again(self) -> None:
        """Was the theme's file edited?"""
        said = self._looks.look_again()
        if said is not None:
            self.show_look(self._looks.look)
        if said:
            self.desk.notice(said)

    # The kill switch ----------------------------------------------------------------------------------------

    def action_kill(self) -> None:
        """The second path of the kill key, for terminals and tests without the desk's own driver."""
        self._kill_key.press(self._clock())
        self._make_way()
        self.draw()

    def action_kill_twice(self) -> None:
        now = self._clock()
        if self._twice_ns is not None and now - self._twice_ns <= _TWICE_NS:
            self._twice_ns = None
            self.action_kill()
        else:
            self._twice_ns = now

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`k` is a key of the kill switch only while a kill counts down, and text on the command line even then."""
        return self.desk.may_keep if action == "keep" else True

    def action_keep(self) -> None:
        self.desk.keep_positions()

    def _follow_kill(self, view: DeskView) -> None:
        """Clear the way when a kill shows up from wherever it came; forget it when the desk is open again."""
        if view.kill is not None:
            if view.kill.at_ns != self._killed:
                self._killed = view.kill.at_ns
                self._make_way()
        elif self._killed is not None:
            self._killed = None
            self._kill_key.resumed()

    def _make_way(self) -> None:
        """Boxes are answered with no, the command line is left: the desk and its proof line are what counts."""
        while self.screen is not self.desk:
            _ = self.screen.dismiss()
        self.desk.make_way()
