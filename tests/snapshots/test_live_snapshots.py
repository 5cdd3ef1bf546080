"""Pictures of the live desk, of the lock, and of the PIN screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.live.consent import ConsentDesk
from console.pin.hash import HashCost
from console.pin.secret import Secret
from console.pin.vault import PinVault
from console.screens.pin_app import PinApp
from engine.views import DeskView
from tests.snapshots.test_console_snapshots import SMALL, STANDARD, Script, green, nothing, press, take, ticket
from tests.support.console_app import Clock
from tests.support.live_views import LIVE, LOCKED
from themes.palettes import OKABE_ITO


@pytest.fixture
def pin(tmp_path: Path) -> ConsentDesk:
    vault = PinVault(tmp_path / "pin", tmp_path / "pin_tries", cost=HashCost(1, 8, 1))
    vault.set_first(Secret("correct-horse-7"), "ann")
    return ConsentDesk(vault, "SIM-1", "ann")


@pytest.mark.parametrize(
    ("view", "size", "script"),
    [
        (LIVE, SMALL, green),
        (LIVE, STANDARD, green),
        (LIVE, SMALL, ticket),
        (LIVE, STANDARD, ticket),
        (LOCKED, SMALL, press("L")),
        (LOCKED, STANDARD, nothing),
    ],
    ids=["live_80x24", "live_120x40", "live_ticket_80x24", "live_ticket_120x40", "unlock_80x24", "locked_120x40"],
)
def test_a_live_desk_looks_like_its_picture(
    snap_compare: Any, pin: ConsentDesk, view: DeskView, size: tuple[int, int], script: Script
) -> None:
    assert take(snap_compare, view, size, script, pin=pin)


@pytest.mark.parametrize("size", [SMALL, STANDARD], ids=["80x24", "120x40"])
def test_the_pin_screen_looks_like_its_picture(snap_compare: Any, pin: ConsentDesk, size: tuple[int, int]) -> None:
    app = PinApp("U1234567", "its broker", pin, look=OKABE_ITO, clock=Clock())

    async def before(pilot: Pilot[Any]) -> None:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
