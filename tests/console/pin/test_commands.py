"""`tradedesk pin` in a real terminal: nothing that is typed shows, and it can't be given in any other way."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from console.config.paths import Paths
from console.pin.clocks import MachineClocks
from console.pin.vault import PinVault
from engine.model.secret import Secret
from engine.runtime.logins import user_name
from tests.desk.product import TRADEDESK
from tests.support.pty import REPOSITORY, PtyProcess, spawn

RIGHT = "correct-horse-7"
NEWER = "battery-staple-8"


def pin(home: Path, *arguments: str) -> PtyProcess:
    return spawn([*TRADEDESK, "pin", *arguments], env={"TRADEDESK_HOME": str(home)}, size=(120, 40))


def answer(terminal: PtyProcess, *answers: tuple[str, str]) -> tuple[int, str]:
    """Type an answer behind each prompt; the exit code, and all that the screen showed."""
    for prompt, text in answers:
        terminal.wait_for(prompt, 20)
        terminal.send(f"{text}\r")
    code = terminal.wait(20)
    return code, "\n".join(row.rstrip() for row in terminal.wait_quiet(0.1)).rstrip()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


class EarlierClocks(MachineClocks):
    """This machine's clocks, some time ago."""

    ago_s = 10_000

    def wall_ns(self) -> int:
        return super().wall_ns() - self.ago_s * 1_000_000_000

    def boot_ns(self) -> int:
        return super().boot_ns() - self.ago_s * 1_000_000_000


def lock_out(home: Path) -> None:
    """Twelve wrong PINs in the last hours: the newest just now, so that nothing is taken for 256 s."""
    paths, clocks = Paths.of({"TRADEDESK_HOME": str(home)}), EarlierClocks()
    for ago_s in (*range(11_000, 0, -1_000), 0):
        clocks.ago_s = ago_s
        PinVault(paths.pin_file, paths.tries_file, clocks=clocks).check(Secret("guess-1234"), "eve", "console")
    assert vault(home).left_s() > 240


def vault(home: Path) -> PinVault:
    return PinVault.of(Paths.of({"TRADEDESK_HOME": str(home)}))


def test_a_pin_is_set_changed_and_reset_without_a_trace_on_the_screen(home: Path) -> None:
    with pin(home, "set") as terminal:
        code, screen = answer(terminal, ("new PIN:", RIGHT), ("the same again:", RIGHT))
    assert code == 0, screen
    assert "the PIN is set" in screen
    assert RIGHT not in screen
    assert vault(home).check(Secret(RIGHT), "ann", "start").ok

    with pin(home, "change") as terminal:
        code, screen = answer(terminal, ("present PIN:", "guess-1234"))
    assert code == 1
    assert "wrong PIN" in screen
    with pin(home, "change") as terminal:
        code, screen = answer(terminal, ("present PIN:", RIGHT), ("new PIN:", NEWER), ("the same again:", NEWER))
    assert code == 0, screen
    assert RIGHT not in screen
    assert NEWER not in screen
    assert vault(home).check(Secret(NEWER), "ann", "start").ok

    with pin(home, "reset", "--reason", "ann left us") as terminal:
        code, screen = answer(terminal)
    assert code == 1
    assert "--confirm RESET" in screen
    with pin(home, "reset", "--reason", "ann left us", "--confirm", "RESET") as terminal:
        code, screen = answer(terminal)
    assert code == 0, screen
    assert not vault(home).is_set
    assert vault(home).records(0)[-1].reason == "ann left us"


def test_a_weak_pin_and_two_that_differ_are_refused(home: Path) -> None:
    with pin(home, "set") as terminal:
        code, screen = answer(terminal, ("new PIN:", "123456"))
    assert (code, "row of neighbours" in screen) == (1, True)
    with pin(home, "set") as terminal:
        code, screen = answer(terminal, ("new PIN:", RIGHT), ("the same again:", NEWER))
    assert (code, "the two differ" in screen) == (1, True)
    assert not vault(home).is_set


@pytest.mark.parametrize("given", ["argument", "pipe", "environment"])
def test_a_pin_can_be_given_on_the_terminal_alone(home: Path, given: str) -> None:
    done = subprocess.run(
        [*TRADEDESK, "pin", "set", *([RIGHT] if given == "argument" else [])],
        input=f"{RIGHT}\n{RIGHT}\n" if given == "pipe" else "",
        env={"TRADEDESK_HOME": str(home), "TRADEDESK_PIN": RIGHT, "PATH": "/usr/bin:/bin"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=30,
        start_new_session=True,
        check=False,
    )
    assert done.returncode == (2 if given == "argument" else 1)
    assert not vault(home).is_set
    assert given == "argument" or "the PIN is read from the terminal" in done.stderr


def test_wrong_pins_at_the_command_lock_everything_out(home: Path) -> None:
    vault(home).set_first(Secret(RIGHT), "ann")
    lock_out(home)
    with pin(home, "change") as terminal:
        code, screen = answer(terminal)
    assert code == 1
    assert "locked out after wrong PINs" in screen


def test_only_an_admin_of_roles_yaml_resets_it(home: Path) -> None:
    vault(home).set_first(Secret(RIGHT), "ann")
    roles = home / "config" / "roles.yaml"
    roles.write_text("users:\n  somebody-else: [trader]\n")
    roles.chmod(0o600)
    with pin(home, "reset", "--reason", "x", "--confirm", "RESET") as terminal:
        code, screen = answer(terminal)
    assert code == 1
    assert "role admin" in screen
    assert vault(home).is_set
    newest = vault(home).records(0)[-1]
    assert (newest.what, newest.ok) == ("reset", False)


def test_an_admin_of_roles_yaml_resets_it(home: Path) -> None:
    vault(home).set_first(Secret(RIGHT), "ann")
    roles = home / "config" / "roles.yaml"
    roles.write_text(f"users:\n  {user_name(os.geteuid())}: [admin]\n")
    roles.chmod(0o600)
    with pin(home, "reset", "--reason", "ann left us", "--confirm", "RESET") as terminal:
        code, screen = answer(terminal)
    assert code == 0, screen
    assert not vault(home).is_set
