"""Where the desk keeps its settings and its state: under TRADEDESK_HOME, or in the XDG folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from console.config.errors import ConfigError
from console.config.files import reason
from engine.journal.place import Place, PostgresUrl


class Paths(msgspec.Struct, frozen=True):
    """The folder of settings and the folder under which each mode and account has its state folder."""

    config: Path
    state: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Paths:
        """The folders that this environment asks for. Touches no disk."""
        home = environ.get("TRADEDESK_HOME")
        if home:
            root = Path(home).expanduser().absolute()
            return cls(root / "config", root / "state")
        user = Path(environ.get("HOME") or "~").expanduser()
        return cls(
            _xdg(environ, "XDG_CONFIG_HOME", user / ".config") / "tradedesk",
            _xdg(environ, "XDG_STATE_HOME", user / ".local" / "state") / "tradedesk",
        )

    @property
    def desk_file(self) -> Path:
        return self.config / "tradedesk.yaml"

    @property
    def secrets_file(self) -> Path:
        """Keys of brokers, for their owner's eyes alone; the desk never writes it."""
        return self.config / "secrets.yaml"

    @property
    def risk_file(self) -> Path:
        return self.config / "risk_params.yaml"

    @property
    def universe_file(self) -> Path:
        return self.config / "universe.yaml"

    @property
    def corporate_file(self) -> Path:
        return self.config / "corporate_actions.yaml"

    @property
    def restricted_file(self) -> Path:
        return self.config / "restricted.yaml"

    @property
    def locates_file(self) -> Path:
        return self.config / "locates.yaml"

    @property
    def volume_profiles_folder(self) -> Path:
        return self.config / "volume_profiles"

    @property
    def roles_file(self) -> Path:
        return self.config / "roles.yaml"

    @property
    def keymap_file(self) -> Path:
        return self.config / "keymap.toml"

    def keymap_of(self, mode: str) -> Path:
        """The keys of that mode: live has a file of its own."""
        return self.config / "keymap-live.toml" if mode == "live" else self.keymap_file

    def hotkeys_of(self, mode: str) -> Path:
        """The macros of that mode: live has a file of its own."""
        return self.config / ("hotkeys-live.toml" if mode == "live" else "hotkeys.toml")

    @property
    def themes_folder(self) -> Path:
        """The user's own themes, NAME.toml."""
        return self.config / "themes"

    @property
    def theme_memory(self) -> Path:
        """The name of the theme chosen last: one for all desks of this home."""
        return self.state / "theme"

    @property
    def pin_file(self) -> Path:
        return self.config / "pin"

    @property
    def tries_file(self) -> Path:
        """Wrong PINs in a row, and what was done with the PIN: one for all desks of this home."""
        return self.state / "pin_tries"

    def state_of(
        self, mode: str, account: str, journal_url: PostgresUrl | None = None, broker: str = "paper"
    ) -> StatePaths:
        """The state folder of one mode and account: `state/paper` for our own paper broker, `state/paper-ACCOUNT` for
        a paper account at another one, `state/live-ACCOUNT`."""
        ours = mode == "paper" and broker.partition("@")[0] == "paper"
        return StatePaths(self.state / ("paper" if ours else f"{mode}-{account}"), journal_url)


class StatePaths(msgspec.Struct, frozen=True):
    """The files of one state folder, and where its journal is if not there."""

    folder: Path
    journal_url: PostgresUrl | None = None

    @property
    def journal(self) -> Path:
        """The journal's file, in use unless there is a `journal_url`."""
        return self.folder / "journal.sqlite3"

    @property
    def place(self) -> Place:
        """Where the journal is."""
        return self.journal_url or self.journal

    @property
    def has_journal(self) -> bool:
        """Whether there may be one; what a server has it must be asked for."""
        return self.journal_url is not None or self.journal.exists()

    @property
    def paper_books(self) -> Path:
        return self.folder / "paper.sqlite3"

    def paper_books_of(self, account: str) -> Path:
        """The books of a further account's embedded paper broker."""
        return self.folder / f"paper-{account}.sqlite3"

    def all_paper_books(self) -> tuple[Path, ...]:
        """Those of the default account, and of every further one that ever had some."""
        return (self.paper_books, *sorted(self.folder.glob("paper-*.sqlite3")))

    @property
    def socket(self) -> Path:
        return self.folder / "desk.sock"

    @property
    def lock(self) -> Path:
        return self.folder / "desk.lock"

    @property
    def blotter(self) -> Path:
        """Tables made from the journal, thrown away at will."""
        return self.folder / "blotter.sqlite3"

    @property
    def latch(self) -> Path:
        return self.folder / "halt"

    @property
    def trades(self) -> Path:
        return self.folder / "trades.jsonl"

    @property
    def snapshots(self) -> Path:
        """States that shorten a start, thrown away at will."""
        return self.folder / "snapshots"

    @property
    def archives(self) -> Path:
        """Days that were taken out of the journal."""
        return self.folder / "journal_archive"

    @property
    def heads(self) -> Path:
        """Copies of the journal's head."""
        return self.folder / "heads.log"

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"


def make_private(folder: Path) -> None:
    """Make the folder (0700) with its parents, or check the one that is there. Raises ConfigError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        raise ConfigError.at(folder, f"can't be made ({reason(error)}); expected a folder of your own") from None
    if status.st_mode & stat.S_IWOTH:
        raise ConfigError.at(
            folder,
            f"anybody may write in it (mode {status.st_mode & 0o777:04o}); expected 0700: chmod 700 {folder}",
        )
    if status.st_mode & stat.S_IWGRP:
        raise ConfigError.at(
            folder,
            f"its group may write in it (mode {status.st_mode & 0o777:04o}); expected 0700: chmod 700 {folder}",
        )
    if status.st_uid not in (os.geteuid(), 0):
        raise ConfigError.at(folder, f"belongs to user {status.st_uid}; expected a folder of your own")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError.at(folder, "may not be written by this user; expected a folder of your own")


def open_to_group(folder: Path, gid: int) -> None:
    """Let a group pass through the folder (to the socket in it) and see nothing of it: 0710. Raises ConfigError."""
    try:
        os.chown(folder, -1, gid)
        folder.chmod(0o710)
    except OSError as error:
        raise ConfigError.at(
            folder, f"can't be opened to group {gid} ({reason(error)}); expected a group that this user is in"
        ) from None


def closed_to_others(folder: Path) -> list[str]:
    """Words for each folder on the way down to this one through which no other login can pass."""
    return [
        f"{place}: other logins can't pass through it to the desk's socket (mode {mode:04o}); chmod 711 {place}"
        for place in (folder, *folder.parents)
        if not (mode := place.stat().st_mode & 0o777) & 0o011
    ]


def _xdg(environ: Mapping[str, str], name: str, default: Path) -> Path:
    # The XDG specification: a relative path is invalid and must be ignored.
    value = Path(environ.get(name, ""))
    return value if value.is_absolute() else default
