"""The same desk without a screen: started detached, it answers on the control socket until it is stopped.

`python -m console.headless FD OPTIONS` is the detached process: it says on FD, in one line, that it is up or why not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

from console import standstill
from console.config.paths import Paths
from console.config.profiles import load_profile
from console.errors import USER_ERRORS
from console.live.consent import Consent
from console.live.start import ask_on_terminal, consent_desk
from console.logs import open_log
from console.options import RunOptions
from console.pin.terminal import forbid_core_dumps
from console.run import on_kill_signal, on_stop_signals, read_config
from console.wiring import Plan, open_desk, plan_desk
from engine.model.enums import AlertLevel
from engine.model.secret import Secret
from engine.runtime.collector import settle
from engine.runtime.thread import EngineThread

UP = "up"
READY_S = 3.0


def start_headless(options: RunOptions) -> int:
    """Start a detached desk and wait until it is up. Returns the exit code; what went wrong is on stderr. The PIN of a
    live one is read from this terminal first, and handed to it through a pipe: it checks it itself."""
    _, profile = load_profile(Paths.of(os.environ), options.profile)
    return _started(options, ask_on_terminal(options) if profile.mode == "live" else None)


def _started(options: RunOptions, pin: Secret | None) -> int:
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "console.headless", str(writer), options.to_text()]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if pin is None else subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(writer,),
        start_new_session=True,
    ) as child:
        os.close(writer)
        if pin is not None and child.stdin is not None:
            with contextlib.suppress(BrokenPipeError), child.stdin:
                child.stdin.write(f"{pin.reveal()}\n".encode())
            pin.forget()
        with open(reader, encoding="utf-8") as said:
            answer = said.readline().strip()
        child.returncode = 0 if answer == UP else None
        if answer == UP:
            print(f"tradedesk: the desk runs headless (pid {child.pid}); `tradedesk` opens the console on it")
            return 0
    print(f"tradedesk: {answer or 'the headless desk ended before it was up; see log.jsonl'}", file=sys.stderr)
    return 1


def serve(options: RunOptions, ready: int) -> int:
    """Run the desk in this process until it is stopped. `ready` is the descriptor that hears whether it came up."""
    try:
        config = read_config(options)
        plan = plan_desk(config, options)
        open_log(config.state, config.desk)
        consent = _consent_of_pipe(plan) if config.profile.mode == "live" else None
        thread, _ = open_desk(plan, headless=True, consent=consent)
    except USER_ERRORS as error:
        _say(ready, str(error).splitlines()[0])
        return 1
    except BaseException as error:
        _say(ready, f"{type(error).__name__}: {error}")
        raise
    settle()
    on_kill_signal(thread)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    on_stop_signals(thread)
    standstill.watch(lambda words: thread.notice(AlertLevel.WARN, "STOOD_STILL", words))
    await_ready(thread)
    _say(ready, UP)
    while not thread.join(0.2):
        continue
    return 0


def _consent_of_pipe(plan: Plan) -> Consent:
    """The PIN that whoever started this process was given on the terminal, checked here: this process opens the desk.
    Raises LiveRefusedError."""
    forbid_core_dumps()
    desk = consent_desk(plan)
    return desk.consent(desk.check(Secret(sys.stdin.readline().rstrip("\n")), "headless"))


def await_ready(thread: EngineThread) -> None:
    """A script's first order comes right after `start`: say "up" when one could go out, or after a while anyway (the
    broker may be down; the desk is up all the same, and says so)."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and not thread.ready().result(READY_S):
        time.sleep(0.02)


def _say(ready: int, line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        # Whoever started us has gone away: nobody hears it, and the desk goes on.
        os.write(ready, f"{line}\n".encode())
    os.close(ready)


if __name__ == "__main__":
    sys.exit(serve(RunOptions.from_text(sys.argv[2]), int(sys.argv[1])))
