"""Setting, changing and resetting the PIN, what it may be, and how its file is kept."""

from __future__ import annotations

import copy
import os
import pickle
import traceback
from pathlib import Path

import msgspec
import pytest

from console.config.errors import ConfigError
from console.pin.hash import HashCost, HashError, hashed, is_cheaper, matches
from console.pin.rules import weakness
from console.pin.vault import PinError, PinVault, Verdict
from engine.model.secret import Secret
from tests.console.pin.test_lockout import CHEAP, Clocks

RIGHT = "correct-horse-7"


@pytest.fixture
def vault(tmp_path: Path) -> PinVault:
    return PinVault(tmp_path / "config" / "pin", tmp_path / "state" / "pin_tries", clocks=Clocks(), cost=CHEAP)


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("12345", "too short"),
        ("", "too short"),
        ("x1y2" * 17, "too long"),
        ("111111", "four different"),
        ("112211", "four different"),
        ("123456", "row of neighbours"),
        ("fedcba", "row of neighbours"),
        ("1234567890", "row of neighbours"),
        ("12341234", "repeated"),
        ("311299", "date"),
        ("19870412", "date"),
        ("24121987", "date"),
        ("passw0rd", "guessed first"),
        ("annabel", "guessed first"),
        ("lebanna", "guessed first"),
        ("abc1de\n", "can't be typed"),
        (" 7k2m9x", "can't be typed"),
    ],
)
def test_a_pin_that_is_guessed_first_is_refused_and_the_refusal_does_not_repeat_it(pin: str, why: str) -> None:
    answer = weakness(Secret(pin), ("annabel", "LIVE-1"))
    assert answer is not None
    assert why in answer
    assert not pin.strip() or pin not in answer or why == "row of neighbours"


@pytest.mark.parametrize("pin", ["7k2m9x", "493817", "correct horse", "Übermut-9", "9" + "x1y2" * 15 + "zzz"])
def test_any_other_is_taken(pin: str) -> None:
    assert weakness(Secret(pin), ("annabel",)) is None


def test_the_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    first, second = hashed(Secret(RIGHT), HashCost()), hashed(Secret(RIGHT), HashCost())
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert matches(first, Secret(RIGHT))
    assert not matches(first, Secret(RIGHT + "x"))


def test_a_pin_is_set_once_and_changed_by_whoever_knows_it(vault: PinVault) -> None:
    vault.set_first(Secret(RIGHT), "ann")
    with pytest.raises(PinError, match="is set already"):
        vault.set_first(Secret("another-8"), "eve")
    wrong = vault.check(Secret("guess-1234"), "eve", "pin change")
    with pytest.raises(PinError, match="wrong PIN"):
        vault.change(wrong, Secret("another-8"), "eve")
    right = vault.check(Secret(RIGHT), "ann", "pin change")
    with pytest.raises(PinError, match="is the old one"):
        vault.change(right, Secret(RIGHT), "ann")
    with pytest.raises(PinError, match="not taken: it is too short"):
        vault.change(right, Secret("short"), "ann")
    vault.change(right, Secret("another-8"), "ann")
    assert vault.check(Secret("another-8"), "ann", "start").ok
    assert not vault.check(Secret(RIGHT), "ann", "start").ok
    told = [(record.what, record.user) for record in vault.records(0) if record.what != "try"]
    assert told == [("set", "ann"), ("change", "ann")]


def test_a_reset_takes_the_pin_away_and_tells_who_and_why(vault: PinVault) -> None:
    vault.set_first(Secret(RIGHT), "ann")
    for _ in range(5):
        vault.check(Secret("guess-1234"), "eve", "start")
    assert vault.left_s()
    vault.reset("root", "ann left us")
    assert not vault.is_set
    assert not vault.left_s()
    newest = vault.records(0)[-1]
    assert (newest.what, newest.user, newest.reason, newest.ok) == ("reset", "root", "ann left us", True)
    with pytest.raises(PinError, match="no PIN is set"):
        vault.check(Secret(RIGHT), "ann", "start")
    vault.set_first(Secret("another-8"), "ann")
    assert vault.check(Secret("another-8"), "ann", "start").ok


def test_a_reset_gets_over_a_damaged_record_and_keeps_it(vault: PinVault, tmp_path: Path) -> None:
    vault.set_first(Secret(RIGHT), "ann")
    tries = tmp_path / "state" / "pin_tries"
    tries.write_text("nonsense")
    with pytest.raises(ConfigError, match="damaged"):
        vault.check(Secret(RIGHT), "ann", "start")
    vault.reset("root", "repair")
    assert tries.with_name("pin_tries.damaged").read_text() == "nonsense"
    assert vault.records(0)[-1].what == "reset"


def test_a_hash_of_an_older_cost_is_made_anew_by_the_next_right_pin(tmp_path: Path) -> None:
    paths = (tmp_path / "config" / "pin", tmp_path / "state" / "pin_tries")
    PinVault(*paths, clocks=Clocks(), cost=CHEAP).set_first(Secret(RIGHT), "ann")
    before = paths[0].read_text().strip()
    dearer = HashCost(passes=2, memory_kib=16, lanes=1)
    today = PinVault(*paths, clocks=Clocks(), cost=dearer)
    assert not today.check(Secret("guess-1234"), "ann", "start").ok
    assert paths[0].read_text().strip() == before
    assert today.check(Secret(RIGHT), "ann", "start").ok
    after = paths[0].read_text().strip()
    assert after != before
    assert is_cheaper(before, dearer)
    assert not is_cheaper(after, dearer)
    assert today.check(Secret(RIGHT), "ann", "start").ok
    assert paths[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_pin_file_that_others_may_read_is_refused(vault: PinVault, tmp_path: Path, mode: int) -> None:
    vault.set_first(Secret(RIGHT), "ann")
    (tmp_path / "config" / "pin").chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        vault.check(Secret(RIGHT), "ann", "start")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_of_another_user_is_refused(vault: PinVault, tmp_path: Path) -> None:
    vault.set_first(Secret(RIGHT), "ann")
    for name in ("config/pin", "state/pin_tries"):
        os.chown(tmp_path / name, 12345, 12345)
        with pytest.raises(ConfigError, match="belongs to user 12345"):
            vault.check(Secret(RIGHT), "ann", "start")
        os.chown(tmp_path / name, 0, 0)


def test_a_link_in_the_place_of_a_file_is_not_followed(vault: PinVault, tmp_path: Path) -> None:
    vault.set_first(Secret(RIGHT), "ann")
    for name in ("config/pin", "state/pin_tries"):
        path = tmp_path / name
        elsewhere = path.with_name("elsewhere")
        path.rename(elsewhere)
        path.symlink_to(elsewhere)
        with pytest.raises(ConfigError):
            vault.check(Secret(RIGHT), "ann", "start")
        path.unlink()
        elsewhere.rename(path)


def test_a_secret_is_nowhere_to_be_seen() -> None:
    pin = Secret(RIGHT)
    holder = Verdict(True, 0, 0)
    for shown in (repr(pin), str(pin), f"{pin}", f"{pin!r:>40}", "%s" % pin, repr({"pin": [pin]}), repr(holder)):  # noqa: UP031
        assert RIGHT not in shown
    for write in (pickle.dumps, copy.deepcopy, msgspec.json.encode):
        with pytest.raises(TypeError):
            write(pin)
    with pytest.raises(TypeError):
        _ = pin == RIGHT
    pin.forget()
    assert not pin


def test_the_traceback_of_a_check_that_fails_has_no_frame_that_holds_the_pin(vault: PinVault, tmp_path: Path) -> None:
    vault.set_first(Secret(RIGHT), "ann")
    path = tmp_path / "config" / "pin"
    salt_and_hash = path.read_text().strip().split("$")[4:]
    path.write_text("$argon2id$v=19$m=4294967295,t=1,p=1$" + "$".join(salt_and_hash))
    with pytest.raises(HashError) as caught:
        vault.check(Secret(RIGHT), "ann", "start")
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = "".join(told.format())
    assert "HashError" in shown
    assert RIGHT not in shown
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
