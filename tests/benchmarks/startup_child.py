"""The console on a scripted desk whose five panes have 500 rows each: what startup.py starts."""

from __future__ import annotations

import time

from engine.runtime.collector import hold_back

hold_back()  # as the product does: before it imports the screen

import msgspec  # noqa: E402

from console.driver import make_driver  # noqa: E402
from console.kill_key import KillKey  # noqa: E402
from engine.views import DeskView  # noqa: E402
from tests.support import desk_views  # noqa: E402
from tests.support.console_app import make_app  # noqa: E402
from tests.support.scripted_desk import ScriptedDesk  # noqa: E402

ROWS = 500


def full_view() -> DeskView:
    """The busy view with every table repeated up to 500 rows, each row with an id of its own."""
    view = desk_views.BUSY
    many = range(ROWS)
    replace = msgspec.structs.replace
    return replace(
        view,
        positions=tuple(replace(view.positions[n % len(view.positions)], symbol=f"S{n}") for n in many),
        orders=tuple(replace(view.orders[n % len(view.orders)], id=n, cl_ord_id=f"O{n}") for n in many),
        fills=tuple(replace(view.fills[n % len(view.fills)], exec_id=f"E{n}") for n in many),
        algos=tuple(replace(view.algos[n % len(view.algos)], id=n) for n in many),
        alerts=tuple(replace(view.alerts[n % len(view.alerts)], no=n, acked=True) for n in many),
    )


def main() -> None:
    desk = ScriptedDesk(full_view())
    kill_key = KillKey(desk.pull_kill)
    make_app(desk, time.monotonic_ns, driver_class=make_driver(kill_key.press), kill_key=kill_key).run()


if __name__ == "__main__":
    main()
