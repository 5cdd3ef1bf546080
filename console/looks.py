"""Which theme is in force, and why: `--theme`, else what this user chose last, else the setting; `auto` looks at the
terminal. Knows no screen; themes/NAME.toml is looked at again while it is in force, at most once a second."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from console.config.errors import ConfigError
from console.config.files import reason
from console.config.paths import Paths
from console.config.theme_file import file_of, load_theme, names_in
from console.terminal import colours_of, wants_no_colour
from themes.look import Look
from themes.palettes import DEFAULT_THEME, THEMES

AUTO: Final = "auto"
PLAIN: Final = "plain"
_BY_COLOURS: Final = {0: PLAIN, 16: "sixteen", 256: "colours_256"}


class Places(msgspec.Struct, frozen=True):
    """`folder`: the user's theme files. `memory`: the file that holds the name chosen last."""

    folder: Path
    memory: Path

    @classmethod
    def of(cls, paths: Paths) -> Places:
        return cls(paths.themes_folder, paths.theme_memory)


class Looks:
    """The theme of one console. `look` is what to show now; `said` is what went wrong at the start, "" if nothing."""

    def __init__(
        self,
        option: str | None = None,
        *,
        setting: str = AUTO,
        places: Places | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`option`: the theme asked for on the command line. Without `places` there are the shipped ones only."""
        self._places = places
        self._setting = setting
        self._environ = {} if environ is None else environ
        self._seen: tuple[int, int] | None = None
        self.said = ""
        try:
            self.look = self._load(option or self._wished())
        except ConfigError as error:
            self.said = self.short(error)
            self.look = THEMES[self._by_terminal()]
        self._note()

    @property
    def names(self) -> tuple[str, ...]:
        """The themes that there are, the user's last."""
        return (*THEMES, *(names_in(self._places.folder) if self._places else ()))

    def choose(self, name: str) -> str:
        """Another theme from now on, remembered; `auto` forgets. Returns what to say. Raises ConfigError: it stays."""
        if name == AUTO:
            self.look = self._load(self._setting)
        else:
            self.look = self._load(name)
        self._note()
        problem = self._remember("" if name == AUTO else name)
        if problem:
            return f"theme {self.look.name}, not remembered: {problem}"
        return f"theme {self.look.name}"

    def next(self) -> str:
        """The theme after the present one; a file that is no good is passed over."""
        names = self.names
        at = names.index(self.look.name) if self.look.name in names else -1
        for step in range(1, len(names) + 1):
            try:
                return self.choose(names[(at + step) % len(names)])
            except ConfigError:
                continue
        return f"theme {self.look.name}"

    def look_again(self) -> str | None:
        """What to say when the file of the present theme has changed: "" where all is well; None: nothing is new.

        A file that became no good leaves the theme as it is."""
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        self._seen = stamp
        if stamp is None:
            return f"theme {self.look.name}: its file is gone; it stays until another is chosen"
        try:
            self.look = self._load(self.look.name)
        except ConfigError as error:
            return f"{self.short(error)}; the theme stays as it was"
        return ""

    def short(self, error: ConfigError) -> str:
        """The error with the file's name alone: a line of the screen has no room for its folder."""
        return str(error).replace(f"{self._places.folder}/", "") if self._places else str(error)

    def _load(self, name: str) -> Look:
        if name == AUTO:
            name = self._by_terminal()
        if colours_of(self._environ) == 0 and self._environ:
            return THEMES[PLAIN]  # a terminal without colours shows none, whatever is wished
        if self._places is None:
            return load_theme(Path(), name)
        return load_theme(self._places.folder, name)

    def _by_terminal(self) -> str:
        if not self._environ:
            return DEFAULT_THEME
        if wants_no_colour(self._environ):
            return PLAIN
        return _BY_COLOURS.get(colours_of(self._environ), DEFAULT_THEME)

    def _wished(self) -> str:
        """What was chosen last, else the setting. NO_COLOR stands before both: it is about this terminal, now."""
        if wants_no_colour(self._environ):
            return PLAIN
        if self._places is None:
            return self._setting
        try:
            with open(self._places.memory, encoding="utf-8") as file:
                return file.read(64).strip() or self._setting
        except (OSError, UnicodeDecodeError):
            return self._setting

    def _remember(self, name: str) -> str:
        if self._places is None:
            return ""
        draft = self._places.memory.with_name(f".{self._places.memory.name}.{os.getpid()}")
        try:
            draft.write_text(f"{name}\n", encoding="utf-8")
            draft.replace(self._places.memory)
        except OSError as error:
            return reason(error)
        return ""

    def _note(self) -> None:
        self._seen = self._stamp()

    def _stamp(self) -> tuple[int, int] | None:
        """(mtime, size) of the file of the present theme; (0, 0) of a shipped one, None of a file that is gone."""
        if self._places is None or self.look.name in THEMES:
            return 0, 0
        try:
            status = os.stat(file_of(self._places.folder, self.look.name))
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size


def check_option(name: str, paths: Paths) -> None:
    """Raises ConfigError where `--theme` names none that can be used."""
    if name != AUTO:
        load_theme(paths.themes_folder, name)
