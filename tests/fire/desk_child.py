"""The program whose kill switch is pulled under fire: the product's desk, headless, in a process that can be SIGKILLed.

`python -m tests.fire.desk_child` (TRADEDESK_HOME as for the product) says `up`, then does what it is told, a word a
line, and answers: `busy` keeps another thread at work without a pause, as a screen that hangs in its own code does;
`defect` lets every algo raise; `key` presses the kill key; `handed` says when the newest cancel was handed over, by
account.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

from console.kill_key import KillKey
from console.options import RunOptions
from console.run import on_kill_signal, read_config
from console.wiring import open_desk, plan_desk
from engine.algos import supervisor


def spin() -> None:
    """Work for ever."""
    number = 0
    while True:
        number += 1


def defect(*arguments: object) -> None:
    """What an algo does that has a defect."""
    raise ZeroDivisionError("an algo's defect")


def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    config = read_config(RunOptions())
    plan = plan_desk(config, RunOptions())
    thread, _ = open_desk(plan, headless=True)
    on_kill_signal(thread)
    key = KillKey(thread.pull_kill)
    print("up", flush=True)
    for line in sys.stdin:
        word, answer = line.strip(), "done"
        if word == "busy":
            threading.Thread(target=spin, daemon=True).start()
        elif word == "defect":
            for name in ("drive", "advance"):
                if not callable(getattr(supervisor, name)):
                    raise AssertionError(f"supervisor.{name} is gone: put the defect elsewhere")
                setattr(supervisor, name, defect)
        elif word == "key":
            key.press(time.monotonic_ns())
        elif word == "handed":
            gateways = thread.shell.gateways
            at = {account: gateways.at(account).cancels_handed_over_ns for account in config.profile.all_accounts}
            answer = json.dumps(at)
        print(answer, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
