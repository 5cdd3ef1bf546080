"""The PIN field, the lock on the screen, and the PIN screen before a live desk opens. The PIN's file is real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from console.hotkeys.file import HotkeySetup
from console.hotkeys.macro import Macro
from console.live.consent import ConsentDesk
from console.pin.vault import PinVault, Verdict
from console.screens.pin_app import PinApp
from console.screens.pin_box import PinBox, PinEntry
from engine.inputs import Lock, PlaceOrder, Present, Unlock
from engine.model.secret import Secret
from engine.views import Denial
from tests.console.pin.test_lockout import CHEAP, Clocks
from tests.support.console_app import Console, console
from tests.support.live_views import LIVE, LOCKED
from tests.support.previews import HARD, preview
from themes.palettes import OKABE_ITO

PIN = "correct-horse-7"
BUY = "buy 100 ibm lmt 182.20"
LOCK = Denial("LOCKED", "locked", "unlocked", "desk", "the live desk is locked: it asks for the PIN")


class Home:
    """A home with a PIN, and the machine's clocks."""

    def __init__(self, folder: Path) -> None:
        self.clocks = Clocks()
        self.vault = PinVault(folder / "c" / "pin", folder / "s" / "pin_tries", clocks=self.clocks, cost=CHEAP)
        self.vault.set_first(Secret(PIN), "ann")
        self.desk = ConsentDesk(self.vault, "SIM-1", "ann")

    @property
    def tried(self) -> list[tuple[bool, str]]:
        return [(record.ok, record.where) for record in self.vault.records(1)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def settled(pilot: Pilot[Any]) -> None:
    """Whatever a thread beside was asked has been answered and drawn."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def give(c: Console, pin: str) -> None:
    """Type a PIN as a person does, and Enter."""
    c.clock.wait(400)
    for sign in pin:
        c.clock.wait(90)
        await c.type(sign)
    c.clock.wait(90)
    await c.press("enter")
    await settled(c.pilot)


@asynccontextmanager
async def locked(home: Home) -> AsyncIterator[Console]:
    async with console(LOCKED, pin=home.desk) as c:
        yield c


# --- the lock on the screen -----------------------------------------------------------------------------------------


async def test_an_order_on_a_locked_desk_asks_for_the_pin_and_is_not_sent_by_it(home: Home) -> None:
    async with locked(home) as c:
        c.desk.on_preview = preview(LOCK)
        await c.command(BUY)
        assert "LOCKED: Enter asks for the PIN" in c.text()
        await c.press("enter")
        await settled(c.pilot)
        assert "account SIM-1" in c.text()
        await give(c, PIN)
        assert [type(command) for command in c.desk.commands if not isinstance(command, Present)] == [Unlock]
        assert c.app.desk.command_line.input.value == BUY, "it stands there again, to be looked at anew"
        assert home.tried == [(True, "console")]


async def test_another_refusal_stays_red_and_asks_for_no_pin(home: Home) -> None:
    async with locked(home) as c:
        c.desk.on_preview = preview(LOCK, HARD)
        await c.command(BUY)
        await c.press("enter")
        await settled(c.pilot)
        assert "RED" in c.text()
        assert "(nothing typed)" not in c.text()


async def test_a_wrong_pin_leaves_it_locked_and_shows_nothing_of_it(home: Home) -> None:
    async with locked(home) as c:
        await c.press("L")
        await settled(c.pilot)
        before = c.text()
        c.clock.wait(400)
        await c.type("guess")
        one = c.text()
        await c.type("-battery-9")
        assert c.text() == one, "not even how much was typed"
        assert "(typed, not shown)" in one
        assert "(nothing typed)" in before
        c.clock.wait(90)
        await c.press("enter")
        await settled(c.pilot)
        assert "wrong PIN" in c.text()
        assert "guess" not in c.text()
        assert not any(isinstance(command, Unlock) for command in c.desk.commands)
        assert home.tried == [(False, "console")]


@pytest.mark.parametrize("key", ["enter", "escape"])
async def test_enter_with_nothing_typed_and_esc_mean_no_and_are_no_try(home: Home, key: str) -> None:
    async with locked(home) as c:
        await c.press("L")
        await settled(c.pilot)
        c.clock.wait(400)
        await c.press(key)
        await settled(c.pilot)
        assert "still locked" in c.text()
        assert home.tried == []


async def test_keys_typed_before_the_box_was_there_and_a_held_enter_are_dropped(home: Home) -> None:
    async with locked(home) as c:
        await c.press("L")
        for _ in range(30):
            c.clock.wait(30)
            await c.press("enter")
        assert "(nothing typed)" in c.text(), "a key held down closes nothing"
        await give(c, "guess-1234")
        for _ in range(30):
            c.clock.wait(30)
            await c.press("enter")
        assert "wrong PIN" in c.text(), "and after a wrong PIN neither"
        assert home.tried == [(False, "console")]


async def test_a_lock_out_is_counted_down_and_takes_no_pin(home: Home) -> None:
    for _ in range(6):
        home.clocks.wait(home.vault.left_s())
        home.vault.check(Secret("guess-1234"), "eve", "socket")
    async with locked(home) as c:
        await c.press("L")
        await settled(c.pilot)
        assert "locked out: no PIN is looked at for 4 s" in c.text()
        await give(c, PIN)
        assert len(home.tried) == 6, "nothing is even asked"
        c.clock.wait(5_000)
        home.clocks.wait(5)
        await c.pilot.pause(0.6)
        assert "a PIN is looked at again" in c.text()
        await give(c, PIN)
        assert any(isinstance(command, Unlock) for command in c.desk.commands)


async def test_the_kill_key_goes_before_the_pin(home: Home) -> None:
    async with locked(home) as c:
        await c.press("L")
        await settled(c.pilot)
        await c.press("f12")
        assert len(c.desk.kills) == 1


async def test_cancel_is_not_asked_and_the_key_locks(home: Home) -> None:
    async with locked(home) as c:
        await c.command("cxl 14")
        await c.press("enter")
        assert "(nothing typed)" not in c.text()
        assert any(type(command).__name__ == "CancelOrders" for command in c.desk.commands)
    async with console(LIVE, pin=home.desk) as c:
        await c.press("L")
        assert Lock(user="ann") in c.desk.commands


async def test_keys_tell_a_live_desk_that_somebody_is_there_and_a_paper_desk_nothing(home: Home) -> None:
    async with console(LIVE, pin=home.desk) as c:
        await c.press("2", "down", "down")
        assert c.desk.commands.count(Present("ann")) == 1, "not with every key"
        c.clock.wait(6_000)
        await c.press("1")
        assert c.desk.commands.count(Present("ann")) == 2


async def test_a_pasted_pin_is_taken_whole_and_not_sent_by_itself(home: Home) -> None:
    async with locked(home) as c:
        await c.press("L")
        await settled(c.pilot)
        c.app.screen.post_message(Paste(f"{PIN}\n"))
        await settled(c.pilot)
        assert "(typed, not shown)" in c.text()
        assert home.tried == []
        c.clock.wait(400)
        await c.press("enter")
        await settled(c.pilot)
        assert home.tried == [(True, "console")]
        assert not any(isinstance(command, PlaceOrder) for command in c.desk.commands)


async def test_the_pin_is_not_in_the_history_nor_in_anything_the_desk_was_told(home: Home, tmp_path: Path) -> None:
    kept = tmp_path / "history"
    async with console(LOCKED, pin=home.desk, history=kept) as c:
        await c.command("unlock")
        await c.press("enter")
        await settled(c.pilot)
        await give(c, PIN)
        assert PIN not in repr(c.desk.commands)
        assert PIN not in repr(vars(c.app))
    assert kept.read_text() == "unlock\n"


class Broken(ConsentDesk):
    """A machine on which the check itself fails."""

    def check(self, pin: Secret, where: str) -> Verdict:
        raise MemoryError(f"no memory to look at {pin} from {where}")


async def test_a_check_that_fails_is_told_and_opens_nothing(home: Home) -> None:
    async with console(LOCKED, pin=Broken(home.vault, "SIM-1", "ann")) as c:
        await c.press("L")
        await settled(c.pilot)
        await give(c, PIN)
        assert "no memory to look at *** from console" in c.text()
        assert not any(isinstance(command, Unlock) for command in c.desk.commands)


async def crash(app: PinApp) -> None:
    """Paste a PIN, and go down in a frame that has the box and the event."""
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        box, event = app.screen, Paste(PIN)
        box.post_message(event)
        await settled(pilot)
        assert isinstance(box, PinBox)
        app.call_later(lambda: 1 // (0 if box._entry and event else 1))
        await pilot.pause()


async def test_the_crash_report_of_the_pin_screen_has_no_pin(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Textual's report shows the locals of every frame: the screen goes down with a PIN pasted into it."""
    app = pin_app(home, lambda: 1_000_000_000_000)
    with pytest.raises(ZeroDivisionError):
        await crash(app)
    report = capsys.readouterr().err
    assert "ZeroDivisionError" in report
    assert "PinBox()" in report, "the locals are in it"
    assert "Paste(text='')" in report
    assert PIN not in report


# --- the field ------------------------------------------------------------------------------------------------------


def test_a_key_that_is_held_down_is_no_pin() -> None:
    entry = PinEntry()
    said = [entry.feed("7") for _ in range(8)]
    assert "held down" in said[-1]
    assert entry.is_empty


@pytest.mark.parametrize("text", ["one\ntwo", "", "\n", "x" * 65, "tab\there"])
def test_what_can_be_no_pin_is_not_kept_when_it_is_pasted(text: str) -> None:
    entry = PinEntry()
    entry.feed("7")
    assert "can't be a PIN" in entry.paste(Secret(text))
    assert entry.is_empty


def test_backspace_takes_back_all_and_nothing_is_in_its_repr() -> None:
    entry = PinEntry()
    for sign in PIN:
        entry.feed(sign)
    assert PIN not in repr(entry)
    assert entry.take().reveal() == PIN
    assert entry.is_empty
    entry.feed("7")
    entry.back()
    assert entry.is_empty


# --- the screen before a live desk opens ----------------------------------------------------------------------------


def pin_app(home: Home, clock: Any) -> PinApp:
    return PinApp("SIM-1", "its broker", home.desk, look=OKABE_ITO, clock=clock)


@pytest.mark.parametrize("pin", [PIN, "guess-1234", ""])
async def test_the_pin_screen_lets_in_whoever_knows_it(home: Home, pin: str) -> None:
    now = [1_000_000_000_000]
    app = pin_app(home, lambda: now[0])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        now[0] += 400_000_000
        await pilot.press(*pin, "enter")
        await settled(pilot)
    verdict = app.return_value
    assert (verdict is not None and verdict.ok) == (pin == PIN)
    assert home.tried == ([] if not pin else [(pin == PIN, "start")])


async def test_arming_hotkeys_of_a_live_desk_asks_for_the_pin_and_a_lock_disarms(home: Home) -> None:
    out = HotkeySetup(macros=(Macro("out", ("cxl 14",), "f6", send=True),))
    async with console(LIVE, (80, 24), pin=home.desk, hotkeys=out) as c:
        await c.command("arm")
        await c.press("enter")
        await settled(c.pilot)
        assert "Arm hotkeys" in c.text()
        await c.press("escape")
        await c.pilot.pause()
        assert not c.app.desk.hotkeys.armed
        await c.command("arm")
        await c.press("enter")
        await settled(c.pilot)
        await give(c, PIN)
        await c.show(LIVE)
        assert "ARMED" in c.rows()[0]
        assert home.tried == [(True, "arm hotkeys")]
        await c.show(LOCKED)
        assert "ARMED" not in c.rows()[0]
        assert PIN not in c.text()
