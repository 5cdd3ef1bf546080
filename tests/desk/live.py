"""A home with a live profile, and a served paper broker that reports itself as live: a live desk to rehearse on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from console.config.defaults import write_missing
from console.pin.vault import PinVault
from engine.model.secret import Secret
from tests.desk.product import TRADEDESK, Console, Product
from tests.support.pty import REPOSITORY, PtyProcess, spawn

PIN = "correct-horse-7"
ACCOUNT = "LIVE-7"


class LiveProduct(Product):
    """The default profile is live, at the broker on `socket`; `allowed` is the consent of the environment."""

    def __init__(self, home: Path, socket: Path, *, mode: str = "live", idle_lock: str = "15") -> None:
        super().__init__(home)
        self.allowed = True
        write_missing(self.paths)
        for old, new in (
            ("mode: paper ", f"mode: {mode} "),
            ("broker: paper ", f"broker: paper@{socket} "),
            ("account: PAPER", f"account: {ACCOUNT}"),
            ("idle_lock: 15 ", f"idle_lock: {idle_lock} "),
        ):
            self.change(self.paths.desk_file, old, new)
        self.state = self.paths.state_of(mode, ACCOUNT)

    @property
    def vault(self) -> PinVault:
        return PinVault.of(self.paths)

    def set_pin(self) -> None:
        self.vault.set_first(Secret(PIN), "ann")

    def terminal(self, *arguments: str, size: tuple[int, int] = (120, 40)) -> PtyProcess:
        """The command in a terminal."""
        return spawn([*TRADEDESK, *arguments], env=self._environment(), size=size)

    def opened(self, size: tuple[int, int] = (120, 40)) -> Console:
        """A console, through its PIN screen."""
        console = self.console(size=size)
        console.see("PIN", "(nothing typed)")
        self.give(console, PIN)
        return console.opened()

    def give(self, console: Console, pin: str) -> None:
        """Type a PIN when the field hears keys: it hears nothing in its first moments."""
        self.wait(lambda: self._typed(console, pin), "the PIN field to hear keys")
        console.press("enter")

    @staticmethod
    def _typed(console: Console, pin: str) -> bool:
        console.terminal.wait_quiet(0.4)
        console.press(pin)
        console.terminal.wait_quiet(0.2)
        return any("(typed, not shown)" in row for row in console.terminal.screen())

    def _environment(self) -> dict[str, str]:
        allow = {"TRADEDESK_ALLOW_LIVE": "1"} if self.allowed else {}
        return {**super()._environment(), **allow}


class Broker:
    """`python -m brokers.paper.serve` for the account, live or not."""

    def __init__(self, folder: Path, *, live: bool = True, account: str = ACCOUNT) -> None:
        self.socket = folder / "s"
        options = ["--socket", str(self.socket), "--books", str(folder / f"books-{account}"), "--account", account]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "brokers.paper.serve", *options, *(["--live"] if live else [])],
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.said = self._process.stdout.readline()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
