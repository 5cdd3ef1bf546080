"""Pictures of the lock of a live desk, and of the PIN screen before one opens; as those of the matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.live.consent import ConsentDesk
from console.pin.hash import HashCost
from console.pin.vault import PinVault
from console.screens.pin_app import PinApp
from engine.model.secret import Secret
from tests.snapshots.test_matrix import SIZES, Pictures, opened, pictures, resize
from tests.support.console_app import Clock
from tests.support.live_views import LOCKED
from themes.look import Look
from themes.palettes import OKABE_ITO, PLAIN

__all__ = ["pictures"]


@pytest.fixture
def pin(tmp_path: Path) -> ConsentDesk:
    vault = PinVault(tmp_path / "pin", tmp_path / "pin_tries", cost=HashCost(1, 8, 1))
    vault.set_first(Secret("correct-horse-7"), "ann")
    return ConsentDesk(vault, "SIM-1", "ann")


async def test_a_locked_desk_looks_like_its_pictures(pictures: Pictures, pin: ConsentDesk) -> None:
    c = opened(LOCKED, pin=pin)
    async with c.app.run_test(size=SIZES[0]) as c.pilot:
        await pictures.at_every_size(c, "locked")
        await resize(c, *SIZES[0])
        await c.press("L")
        await c.pilot.pause()
        await pictures.at_every_size(c, "unlock")
    pictures.done()


@pytest.mark.parametrize("look", [OKABE_ITO, PLAIN], ids=["okabe_ito", "plain"])
async def test_the_pin_screen_looks_like_its_pictures(pictures: Pictures, pin: ConsentDesk, look: Look) -> None:
    app = PinApp("U1234567", "its broker", pin, look=look, clock=Clock())
    async with app.run_test(size=SIZES[0]) as pilot:
        await app.workers.wait_for_complete()
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            pictures.compare(app, f"{width}x{height}")
    pictures.done()
