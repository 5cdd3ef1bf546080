"""What wrong PINs cost: however often, from wherever, across restarts, and whatever is done to the clocks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.config.errors import ConfigError
from console.pin.hash import HashCost
from console.pin.lockout import FREE_TRIES, LONGEST_S, Row, failed, left_ns, wait_s
from console.pin.tries import KEPT
from console.pin.vault import PinError, PinVault, Verdict
from engine.model.secret import Secret

SECOND = 1_000_000_000
CHEAP = HashCost(passes=1, memory_kib=8, lanes=1)
RIGHT = "correct-horse-7"


class Clocks:
    """A machine whose clocks the test turns; `reboot` begins another run of it."""

    def __init__(self) -> None:
        self.wall = 1_700_000_000 * SECOND
        self.boot = 5_000 * SECOND
        self.boot_id = "run-1"

    def wall_ns(self) -> int:
        return self.wall

    def boot_ns(self) -> int:
        return self.boot

    def wait(self, seconds: float) -> None:
        self.wall += int(seconds * SECOND)
        self.boot += int(seconds * SECOND)

    def reboot(self) -> None:
        self.boot = 1 * SECOND
        self.boot_id += "+"


class Home:
    """One home with a PIN; `vault` is what any process of it would build."""

    def __init__(self, folder: Path, cost: HashCost = CHEAP) -> None:
        self.folder, self.cost = folder, cost
        self.clocks = Clocks()
        self.vault.set_first(Secret(RIGHT), "ann")

    @property
    def vault(self) -> PinVault:
        """A new one each time: nothing may hang on the memory of a process."""
        return PinVault(
            self.folder / "config" / "pin", self.folder / "state" / "pin_tries", clocks=self.clocks, cost=self.cost
        )

    def give(self, pin: str, where: str = "console") -> Verdict:
        return self.vault.check(Secret(pin), "eve", where)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_first_wrong_pins_cost_nothing_then_the_wait_doubles_up_to_fifteen_minutes() -> None:
    assert [wait_s(n) for n in range(16)] == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert wait_s(1_000_000) == LONGEST_S == 900


def test_a_right_pin_opens_and_ends_the_row(home: Home) -> None:
    assert [home.give("wrong-pin-1").failures for _ in range(3)] == [1, 2, 3]
    assert home.give(RIGHT) == Verdict(True, 0, 0)
    assert [home.give("wrong-pin-1").wait_s for _ in range(3)] == [0, 0, 0]


def test_within_a_lock_out_not_even_the_right_pin_is_looked_at(home: Home) -> None:
    for _ in range(FREE_TRIES + 1):
        home.give("wrong-pin-1")
    refused = home.give(RIGHT)
    assert (refused.ok, refused.looked, refused.wait_s) == (False, False, 1)
    home.clocks.wait(0.999)
    assert not home.give(RIGHT).ok
    home.clocks.wait(0.001)
    assert home.give(RIGHT).ok


def test_asking_within_a_lock_out_makes_it_no_longer(home: Home) -> None:
    for _ in range(FREE_TRIES + 4):
        home.clocks.wait(home.vault.left_s())
        home.give("wrong-pin-1")
    assert home.vault.left_s() == 8
    for _ in range(50):
        home.clocks.wait(0.1)
        home.give("wrong-pin-1")
    assert home.vault.left_s() == 3


def test_a_thousand_wrong_guesses_take_ten_days_and_the_right_one_still_opens(home: Home) -> None:
    """Every guess from a new process, as if the desk were started anew each time; now and then the machine, too."""
    began, looked_at, refused = home.clocks.wall, 0, 0
    while looked_at < 1_000:
        verdict = home.give(f"guess-{looked_at:06d}", where=("start", "console", "pin change")[looked_at % 3])
        assert not verdict.ok
        if verdict.looked:
            looked_at += 1
            assert verdict.failures == looked_at
        else:
            refused += 1
            home.clocks.wait(verdict.wait_s)
        if looked_at % 100 == 50:
            home.clocks.reboot()
    waited_s = (home.clocks.wall - began) / SECOND
    assert refused == 1_000 - 4
    assert waited_s >= (1_000 - 14) * 900 > 10 * 86_400
    home.clocks.wait(900)
    assert home.give(RIGHT).ok


def test_ten_wrong_guesses_at_the_real_cost_meet_it_too(tmp_path: Path) -> None:
    home = Home(tmp_path, HashCost())
    verdicts = [home.give(f"guess-{n}") for n in range(10)]
    assert [verdict.looked for verdict in verdicts] == [True] * 4 + [False] * 6
    assert not home.give(RIGHT).looked
    home.clocks.wait(1)
    assert home.give(RIGHT).ok


@pytest.mark.parametrize("set_back_s", [3600, 10 * 365 * 86_400])
def test_a_clock_that_is_set_back_neither_ends_nor_lengthens_it(home: Home, set_back_s: int) -> None:
    for _ in range(12):
        home.clocks.wait(home.vault.left_s())
        home.give("wrong-pin-1")
    whole = home.vault.left_s()
    home.clocks.wall -= set_back_s * SECOND
    assert home.vault.left_s() == whole == 256
    home.clocks.wait(whole)
    assert home.vault.left_s() == 0


def test_a_clock_that_is_set_forward_does_not_end_it(home: Home) -> None:
    for _ in range(12):
        home.clocks.wait(home.vault.left_s())
        home.give("wrong-pin-1")
    home.clocks.wall += 86_400 * SECOND
    assert home.vault.left_s() == 256
    assert not home.give(RIGHT).looked


def test_a_restart_of_the_machine_does_not_end_it(home: Home) -> None:
    for _ in range(12):
        home.clocks.wait(home.vault.left_s())
        home.give("wrong-pin-1")
    home.clocks.wait(56)
    home.clocks.reboot()
    assert home.vault.left_s() == 200
    home.clocks.wait(200)
    assert home.give(RIGHT).ok


def test_a_clock_set_back_over_a_restart_begins_it_anew_and_it_then_runs_off(home: Home) -> None:
    for _ in range(12):
        home.clocks.wait(home.vault.left_s())
        home.give("wrong-pin-1")
    home.clocks.reboot()
    home.clocks.wall -= 365 * 86_400 * SECOND
    assert home.vault.left_s() == 256
    home.clocks.wait(200)
    assert home.vault.left_s() == 56
    home.clocks.wait(56)
    assert home.vault.left_s() == 0


def test_a_try_whose_process_is_killed_while_it_is_looked_at_is_charged(home: Home, monkeypatch: object) -> None:
    from console.pin.tries import Tries

    for _ in range(4):
        mark = Tries(home.folder / "state" / "pin_tries", home.clocks).begin("eve", "console")
        assert mark[0] == 0, "killed here, four times"
    assert home.vault.left_s() == 1
    home.clocks.wait(61)
    assert home.give(RIGHT).ok
    told = [record for record in home.vault.records(0) if record.what == "try"]
    assert [(record.ok, record.reason) for record in told] == [(False, "not finished")] * 4 + [(True, "")]


def test_every_try_is_recorded_with_who_and_where(home: Home) -> None:
    home.give("wrong-pin-1", "start")
    home.give(RIGHT, "console")
    assert [(r.no, r.what, r.user, r.where, r.ok) for r in home.vault.records(0)] == [
        (1, "set", "ann", "pin set", True),
        (2, "try", "eve", "start", False),
        (3, "try", "eve", "console", True),
    ]
    assert [record.no for record in home.vault.records(2)] == [3]


def test_the_record_does_not_grow_for_ever(home: Home) -> None:
    for _ in range(FREE_TRIES + 1):
        home.give("wrong-pin-1")
    for _ in range(KEPT + 50):
        home.give("wrong-pin-1")
    kept = home.vault.records(0)
    assert len(kept) == KEPT
    assert kept[-1].no == 1 + FREE_TRIES + 1 + KEPT + 50, "numbers go on: a gap shows"


@pytest.mark.parametrize("damage", ["mode", "text", "folder"])
def test_a_file_of_tries_that_is_not_safe_means_that_no_pin_is_taken(home: Home, damage: str) -> None:
    home.give("wrong-pin-1")
    path = home.folder / "state" / "pin_tries"
    if damage == "mode":
        path.chmod(0o644)
    elif damage == "text":
        path.write_text('{"row": {"failures": "none"}}')
    else:
        path.unlink()
        path.mkdir()
    with pytest.raises(ConfigError, match="pin_tries"):
        home.give(RIGHT)


def test_the_files_are_for_their_owner_alone(home: Home) -> None:
    home.give("wrong-pin-1")
    for name in ("config/pin", "state/pin_tries", "state/pin_tries.lock"):
        assert os.stat(home.folder / name).st_mode & 0o777 == 0o600, name


@given(
    st.lists(
        st.tuples(st.sampled_from(["wrong", "wait", "back", "forward", "reboot"]), st.integers(1, 2_000)), max_size=40
    )
)
def test_whatever_is_done_to_the_clocks_of_one_run_a_wait_is_waited(steps: list[tuple[str, int]]) -> None:
    """By a clock that nobody can set (the sum of all waits), no two tries of a row are closer than the wait between."""
    clocks, row, real_s, last_s = Clocks(), Row(), 0, 0
    for what, seconds in steps:
        if what == "wrong" and not left_ns(row, clocks):
            assert real_s - last_s >= wait_s(row.failures)
            row, last_s = failed(row, clocks), real_s
        elif what == "wait":
            clocks.wait(seconds)
            real_s += seconds
        elif what in ("back", "forward"):
            clocks.wall += seconds * SECOND * (1 if what == "forward" else -1)


def test_without_a_pin_nothing_is_charged(tmp_path: Path) -> None:
    vault = PinVault(tmp_path / "config" / "pin", tmp_path / "state" / "pin_tries", clocks=Clocks(), cost=CHEAP)
    with pytest.raises(PinError, match="no PIN is set"):
        vault.check(Secret(RIGHT), "eve", "start")
    assert vault.left_s() == 0
