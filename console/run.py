"""Opens the desk: with the console on this terminal, or headless. What can be refused is refused in one line first."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Literal

import msgspec

from console import standstill
from console.config.defaults import write_missing
from console.config.keymap_file import Keymap
from console.config.load import DeskConfig, load_config
from console.config.paths import Paths, make_private
from console.hangup_policy import apply_policy
from console.hotkeys.file import HotkeySetup, hotkey_file
from console.keymap import settle as settle_keys
from console.kill_binding import driver_keys, with_kill_keys
from console.live.consent import Consent, ConsentDesk
from console.logs import open_log
from console.looks import Looks, Places
from console.options import RunOptions
from console.pin.vault import PinVault
from console.takeover import take_over
from console.terminal import degraded, prepare_terminal, unusable
from console.wiring import Plan, open_desk, plan_desk
from engine.inputs import Lock
from engine.model.enums import AlertLevel
from engine.runtime.collector import settle
from engine.runtime.lock import DeskLock, LockHeldError
from engine.runtime.thread import EngineThread
from engine.views import DeskView

MOUNTED_S = 2.0
LAST_WORD_S = 3.0


def read_config(options: RunOptions) -> DeskConfig:
    """The settings of this start; a first start writes the commented defaults. Raises ConfigError."""
    from console.actions import ACTIONS

    paths = Paths.of(os.environ)
    make_private(paths.config)
    write_missing(paths)
    config = load_config(paths, options.profile, [action.id for action in ACTIONS])
    kill = config.profile.kill
    return msgspec.structs.replace(config, keymap=Keymap(with_kill_keys(kill.once, kill.twice, config.keymap.bindings)))


def on_kill_signal(thread: EngineThread) -> None:
    """SIGUSR1 pulls the kill switch. In the main thread only."""

    def handler(number: int, frame: FrameType | None) -> None:
        thread.pull_kill("signal", "SIGUSR1", "no")

    signal.signal(signal.SIGUSR1, handler)


def on_stop_signals(thread: EngineThread) -> None:
    """SIGTERM and SIGINT stop the desk gracefully, orders untouched. In the main thread only."""

    def handler(number: int, frame: FrameType | None) -> None:
        thread.stop("leave", signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def open_or_take_over(plan: Plan, consent: Consent | None = None) -> tuple[Plan, EngineThread, DeskLock]:
    """Open the desk; one that runs headless is taken over, with the tape that it played."""
    try:
        return plan, *open_desk(plan, headless=False, consent=consent)
    except LockHeldError as held:
        if not held.headless:
            raise
        options = take_over(plan, held)
    if options != plan.options:
        plan = plan_desk(plan.config, options)
    return plan, *open_desk(plan, headless=False, consent=consent)


def run_console(options: RunOptions) -> int:
    """The console on this terminal; the exit code. Raises what `plan_desk` and `open_desk` raise."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        print("tradedesk: the console needs a terminal; `tradedesk start` runs the desk without one", file=sys.stderr)
        return 1
    if problem := unusable(os.environ):
        print(f"tradedesk: {problem}", file=sys.stderr)
        return 1
    if missing := degraded(os.environ):
        print(f"tradedesk: {missing}", file=sys.stderr)
    prepare_terminal(os.environ, slow_link=options.slow_link)
    config = read_config(options)
    hotkeys = hotkey_file(config.paths, config.profile.mode, config.keymap.bindings).load()
    plan, consent = plan_desk(config, options), None
    open_log(config.state, config.desk)
    if config.profile.mode == "live":
        consent = _asked(plan)
        if consent is None:
            print("tradedesk: not opened: no PIN was given", file=sys.stderr)
            return 1
    return _Console(*open_or_take_over(plan, consent), hotkeys).run()


def _asked(plan: Plan) -> Consent | None:
    """The PIN screen. A kill from another shell writes its latch, which the start reads: its signal says no more."""
    from console.live.start import ask_on_screen

    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    return ask_on_screen(plan, look=looks_of(plan).look)


def looks_of(plan: Plan) -> Looks:
    """The theme of a console on this desk."""
    config = plan.config
    return Looks(plan.options.theme, setting=config.profile.theme, places=Places.of(config.paths), environ=os.environ)


class _Console:
    """One console session on one running desk."""

    def __init__(self, plan: Plan, thread: EngineThread, lock: DeskLock, hotkeys: HotkeySetup | None = None) -> None:
        # Textual is imported here and not before the desk is open: trading does not wait for the screen.
        from console.app import DeskApp
        from console.bell import Bell
        from console.driver import HangupWatch, make_driver
        from console.eod.desk import EodDesk
        from console.grammar.context import DeskContext
        from console.kill_key import KillKey
        from console.order_finder import OrderFinder
        from console.order_lives import OrderLives
        from console.performance_desk import PerformanceDesk
        from console.screens.history import History
        from console.table_memory import TableMemory, memory_file
        from console.tour import TourMemory
        from console.verbs import load_grammar
        from console.watchlist import Watchlist
        from widgets.clock import ExchangeTime
        from widgets.glyphs import glyphs_for
        from widgets.notation import Notation

        config, options = plan.config, plan.options
        self._plan = plan
        self._thread = thread
        self._lock = lock
        self._gone = threading.Event()
        self._hangup = HangupWatch(self._on_hangup)
        kill_key = KillKey(thread.pull_kill)
        keys = driver_keys(config.profile.kill.once, config.profile.kill.twice, config.keymap.bindings)

        def on_kill(pressed_ns: int) -> None:
            kill_key.press(pressed_ns)

        instruments = {instrument.symbol: instrument for instrument in plan.market.instruments}
        user = config.user
        self._lives = OrderLives(config.state.place)
        self._finder = OrderFinder(config.state.place)
        self._performance = PerformanceDesk(config.state.place, config.profile.targets.targets())

        def context_of(view: DeskView) -> DeskContext:
            return DeskContext(
                view,
                instruments,
                accounts=config.profile.all_accounts,
                user=user,
                calendar=plan.market.calendar,
                base_currency=config.profile.currency,
                history=plan.market.history,
            )

        watchlist = Watchlist(config.state.folder / "watchlist")
        for symbol in watchlist.symbols:
            thread.watch(symbol)
        self._app = DeskApp(
            thread,
            grammar=load_grammar(),
            context_of=context_of,
            notation=Notation(
                ExchangeTime(plan.market.calendar.zone.key),
                glyphs_for(os.environ),
                config.profile.account if config.profile.accounts else "",
            ),
            looks=looks_of(plan),
            alarm_bell=Bell(config.profile.alerts.bell_every_ns, quiet=not config.profile.alerts.bell),
            keymap=config.keymap.bindings,
            slow_link=options.slow_link,
            read_only=options.read_only,
            may_trade=config.roles.may(user, "trade"),
            may_stop=config.roles.may(user, "stop"),
            driver_class=make_driver(on_kill, keys, self._hangup),
            kill_key=kill_key,
            history=History(config.state.folder / "history"),
            life_of=self._lives.life_of,
            pin=self._pin_desk(),
            measure=self._performance.measure,
            report_of=EodDesk(config.state.place, config.profile.targets.targets(), config.state.snapshots).report,
            watchlist=watchlist,
            find_orders=self._finder.find,
            tables=TableMemory(memory_file(config.state.folder, user)),
            hotkeys=hotkeys,
            tour=TourMemory(config.paths.config / ".tour-offered"),
        )
        for warning in hotkeys.warnings if hotkeys is not None else ():
            thread.notice(AlertLevel.WARN, "HOTKEY", warning)
        keymap = config.paths.keymap_of(config.profile.mode)
        for warning in settle_keys(config.keymap.bindings).warnings:
            thread.notice(AlertLevel.WARN, "KEYMAP", f"{keymap.name}: {warning}")

    def _pin_desk(self) -> ConsentDesk | None:
        """Where a locked live desk is unlocked."""
        config = self._plan.config
        if config.profile.mode != "live":
            return None
        return ConsentDesk(PinVault.of(config.paths), config.profile.account, config.user)

    def run(self) -> int:
        on_kill_signal(self._thread)
        on_stop_signals(self._thread)
        self._hangup.install()
        settle(after_s=MOUNTED_S)
        standstill.watch(lambda words: self._thread.notice(AlertLevel.WARN, "STOOD_STILL", words))
        threading.Thread(target=self._follow_engine, name="engine-watch", daemon=True).start()
        crashed = True
        try:
            choice = self._app.run()
            crashed = self._app.return_code not in (0, None)
        finally:
            self._lives.close()
            self._finder.close()
            self._performance.close()
            if crashed and not self._gone.is_set():
                self._stop("leave", "the console ended by a defect")
        if self._gone.is_set():
            self._thread.join()
            return 0
        if choice == "headless":
            return self._go_headless()
        if choice is None and self._thread.stopped_by:
            self._thread.join(10)
            print(f"tradedesk: the desk was stopped: {self._thread.stopped_by}")
            return 0
        self._stop("cancel" if choice == "cancel" else "leave", "quit")
        return 0

    def _stop(self, how: Literal["leave", "cancel"], reason: str) -> None:
        if not self._thread.finished:
            result = self._thread.stop(how, reason).result(30)
            print(f"tradedesk: {result.message}")
        self._thread.join(10)

    def _go_headless(self) -> int:
        """Hand the folder over to a desk without a screen, which goes on where this one stopped."""
        from console.headless import start_headless

        self._stop("leave", "goes on headless")
        plan = self._plan
        return start_headless(plan.options.continued(plan.market.calendar, self._thread.view().market_ns))

    def _follow_engine(self) -> None:
        """The engine was stopped from elsewhere (`tradedesk stop`, take-over): the screen closes too."""
        self._thread.join()
        self._leave_screen()

    def _leave_screen(self) -> None:
        try:
            self._app.call_from_thread(self._app.exit)
        except RuntimeError:
            # The app is not running (any more): there is no screen to leave.
            return

    def _on_hangup(self, why: str) -> None:
        """In the hang-up watch's own thread: the policy first, the screen is dead anyway."""
        self._gone.set()
        if self._plan.config.profile.mode == "live":
            self._thread.send(Lock("engine", "the terminal went away"))
        policy = self._plan.config.profile.hangup
        if policy == "keep":
            self._lock.describe(headless=True)
        try:
            apply_policy(self._thread, policy, why)
        finally:
            self._thread.join(10)
            _exit_soon(self._leave_screen)


def _exit_soon(leave: Callable[[], None]) -> None:
    """End the process although its terminal is gone and Textual may hang on it."""
    threading.Thread(target=leave, daemon=True).start()
    time.sleep(LAST_WORD_S)
    os._exit(0)
