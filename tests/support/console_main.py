"""The console on a scripted desk, in a terminal of its own: python -m tests.support.console_main VIEW

VIEW is a name from desk_views. Every preview is green. When the console ends, what the desk was told is printed.
"""

from __future__ import annotations

import os
import sys
import time

from console.driver import make_driver
from console.kill_key import KillKey
from tests.support import desk_views
from tests.support.console_app import make_app
from tests.support.previews import plan, preview
from tests.support.scripted_desk import ScriptedDesk
from widgets.glyphs import ASCII, glyphs_for


def main() -> None:
    desk = ScriptedDesk(getattr(desk_views, sys.argv[1]))
    desk.on_preview = preview()
    desk.on_plan = plan()
    kill_key = KillKey(desk.pull_kill)
    app = make_app(
        desk,
        time.monotonic_ns,
        ascii_only=glyphs_for(os.environ).full == ASCII.full,
        driver_class=make_driver(kill_key.press),
        kill_key=kill_key,
    )
    choice = app.run()
    print(f"left: {choice}")
    for command in desk.commands:
        print(f"told: {command}")
    for kill in desk.kills:
        print(f"kill: {kill}")


if __name__ == "__main__":
    main()
