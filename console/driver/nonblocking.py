"""A Textual driver for a trading desk: it never waits for the terminal, and it knows the kill key.

This file leans on Textual's private parts (the driver's methods, its input parser, the sync markers);
Textual is pinned exactly, and tests/console/driver runs all of it in a real terminal.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Any, ClassVar

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size

from console.driver.escape import EscapeKeys
from console.driver.hangup import HangupWatch
from console.driver.keys import KillKeys
from console.driver.recognizer import KillKeyRecognizer
from console.driver.terminal_writer import QUEUE_MARK, TerminalWriter

OnKill = Callable[[int], None]
"""Told the monotonic time (ns) of a press, in the input thread: it must return at once and never wait for
the UI.
"""

# A screen update starts by moving the cursor; everything else that the app writes is a control sequence.
_STARTS_FRAME = re.compile(r"\x1b\[\d+;\d+H")
_POLL_S = 0.1
_EXIT_S = 1.0


def make_driver(
    on_kill: OnKill,
    keys: KillKeys | None = None,
    hangup: HangupWatch | None = None,
    *,
    queue_mark: int = QUEUE_MARK,
) -> type[NonBlockingDriver]:
    """A driver class for `App(driver_class=...)` with the desk's callbacks built in.

    The kill key never reaches Textual through this driver (a delayed key event could pass for a second
    press); an app that binds the same key serves the terminals, tests and browsers that run without it.
    With `hangup`, the input and output threads report a dead terminal to it; installing its SIGHUP
    handler is the caller's part.
    """
    bound_keys = keys or KillKeys()

    class ConfiguredDriver(NonBlockingDriver):
        kill_keys = bound_keys
        hangup_watch = hangup
        output_mark = queue_mark

        def on_kill(self, press_monotonic_ns: int) -> None:
            on_kill(press_monotonic_ns)

    return ConfiguredDriver


class NonBlockingDriver(LinuxDriver):
    """LinuxDriver whose output is dropped by whole frames when the terminal does not take it, then repainted.

    Its input thread recognises the kill key before Textual's loop sees anything, and ends, instead of
    spinning, when the terminal is gone.
    """

    kill_keys: ClassVar[KillKeys] = KillKeys()
    hangup_watch: ClassVar[HangupWatch | None] = None
    output_mark: ClassVar[int] = QUEUE_MARK

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._output: TerminalWriter | None = None
        self._frame: list[str] | None = None
        self._frame_thread = 0
        self._restarted = False

    @property
    def frames(self) -> tuple[int, int] | None:
        """(queued, dropped) since the terminal was opened; None where it is closed."""
        return None if self._output is None else self._output.frames

    def on_kill(self, press_monotonic_ns: int) -> None:
        """A kill key was pressed. Runs in the input thread, also while Textual's loop is frozen."""

    def write(self, data: str) -> None:
        """Take output from Textual; never blocks. A frame is what stands between the sync markers, or,
        where the terminal knows none, a write that starts by moving the cursor.
        """
        output = self._output
        if output is None:
            return
        if data == SYNC_START:
            self._frame, self._frame_thread = [data], threading.get_ident()
        elif self._frame is not None and self._frame_thread == threading.get_ident():
            self._frame.append(data)
            if data == SYNC_END:
                frame, self._frame = "".join(self._frame), None
                self._write_frame(output, frame)
        elif _STARTS_FRAME.match(data):
            self._write_frame(output, data)
        else:
            output.write_control(_encode(data))

    def _write_frame(self, output: TerminalWriter, frame: str) -> None:
        # After a hang-up controls still pass: a terminal that is alive after all (kill -HUP) is restored
        # at the end, and a dead one discards everything at the first write.
        if self.hangup_watch is None or not self.hangup_watch.gone:
            output.write_frame(_encode(frame))

    def start_application_mode(self) -> None:
        # Before Textual's own start, which writes. Textual's writer thread starts too, and never gets
        # anything.
        if self._output is None:
            assert self._file is not None, "a console needs standard error"
            self._output = TerminalWriter(
                self._file.fileno(),
                on_caught_up=self._ask_for_repaint,
                on_gone=self._report_gone,
                mark=self.output_mark,
            )
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # Textual reads the size in the handler itself. A second signal may interrupt it there, and the older size is
        # then posted last, for good. Read in the loop, the last look is always at the newest size.
        signal.signal(signal.SIGWINCH, lambda number, frame: self._call_loop(self._send_size))
        if self._restarted:
            self._ask_for_repaint()

    def stop_application_mode(self) -> None:
        # A frame may have been interrupted by SIGTSTP; neither it nor those that wait are worth anything now.
        self._frame = None
        if self._output is not None:
            self._output.drop_frames()
        super().stop_application_mode()

    def _sigcont_application(self, *arguments: Any) -> None:
        # After a SIGSTOP nobody has put the terminal aside. Begun a second time as it is, application mode would have
        # two threads that share the keys among them, and would leave a raw terminal behind at its end.
        if self._auto_restart and self._output is not None:
            self.suspend_application_mode()
        super()._sigcont_application(*arguments)

    def close(self) -> None:
        super().close()
        self._restarted = True
        if self._output is not None:
            self._output.close(_EXIT_S)
            self._output = None

    def _send_size(self) -> None:
        """Tell the app how large the terminal is now."""
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(Resize(size, size))

    def _ask_for_repaint(self) -> None:
        self._call_loop(self._app.refresh)

    def run_input_thread(self) -> None:
        """Read keys until told to stop or the terminal is gone: the kill key first, then Textual's parser."""
        recognizer = KillKeyRecognizer(self.kill_keys)
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode  # line noise must not end the input thread
        escapes = EscapeKeys()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                idle = not selector.select(_POLL_S)
                if not idle:
                    data = self._read()
                    if data is None:
                        return
                    for press in recognizer.feed(data, time.monotonic_ns()):
                        self._guarded(self.on_kill, press.at_ns)
                else:
                    recognizer.expire(time.monotonic_ns())
                text = escapes.feed(decode(recognizer.take()))
                if idle and not recognizer.holding:
                    text += escapes.flush()
                self._guarded(self._deliver, parser, text, not recognizer.holding)

    def _read(self) -> bytes | None:
        """What the terminal has sent, or None when it is gone."""
        try:
            data = os.read(self.fileno, 4096)
        except BlockingIOError:  # somebody else who shares the terminal made it non-blocking
            return b""
        except OSError as error:
            self._report_gone(f"reading from the terminal: {error.strerror}")
            return None
        if not data:
            self._report_gone("end of input from the terminal")
            return None
        return data

    def _deliver(self, parser: XTermParser, text: str, tick: bool) -> None:
        """Give Textual its keys. `tick` lets the parser give up on an Escape that nothing followed."""
        if text:
            for message in parser.feed(text):
                self.process_message(message)
        if tick:
            for message in parser.tick():
                self.process_message(message)

    def _guarded(self, function: Callable[..., None], *arguments: Any) -> None:
        """Whatever fails here, the input thread goes on (the kill key needs it); the loop reports it."""
        try:
            function(*arguments)
        except Exception as error:
            context = {"message": f"{function.__name__} failed in the input thread", "exception": error}
            self._call_loop(self._loop.call_exception_handler, context)

    def _report_gone(self, why: str) -> None:
        if self._output is not None:
            self._output.discard()
        if self.hangup_watch is not None:
            self.hangup_watch.report(why)

    def _call_loop(self, function: Callable[..., Any], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")
