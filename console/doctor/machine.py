"""This machine, its settings and the state folder of a profile: what can be looked at without asking anybody."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

from console.config.errors import ConfigError
from console.config.paths import Paths, StatePaths
from console.doctor.finding import Finding

_HOW = "; `tradedesk risk complete` writes them"
#: What a Unix socket's path may have, less `desk.sock` and its slash.
_FOLDER_BYTES = 97


def examine(paths: Paths, profile: str | None) -> Iterator[Finding]:
    """What is found, line by line; a first call writes the commented defaults."""
    from console.config.defaults import write_missing
    from console.config.load import load_config
    from console.config.profiles import load_profile

    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", "ok" if sys.version_info[:2] in ((3, 11), (3, 12), (3, 13)) else "warn", version)
    try:
        written = write_missing(paths)
        yield Finding("settings", "ok", f"{paths.config}" + (f" ({len(written)} defaults written)" if written else ""))
        config = load_config(paths, profile)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding("settings", "FAIL", str(problem))
    else:
        yield from (Finding("settings", "warn", warning) for warning in config.warnings)
        missing = config.limits.limits.missing
        if missing:
            yield Finding("limits", "warn", f"missing, so every order is refused: {', '.join(missing)}{_HOW}")
    try:
        _, chosen = load_profile(paths, profile)
    except ConfigError:
        return
    yield from _examine_hotkeys(paths, chosen.mode)
    yield from _examine_state(paths.state_of(chosen.mode, chosen.account, chosen.journal.url, chosen.broker))


def _examine_hotkeys(paths: Paths, mode: str) -> Iterator[Finding]:
    from console.config.keymap_file import load_keymap
    from console.hotkeys.file import hotkey_file
    from console.keymap import settle

    try:
        read = hotkey_file(paths, mode).load()
    except ConfigError as error:
        yield from (Finding("hotkeys", "FAIL", str(problem)) for problem in error.problems)
    else:
        yield Finding("hotkeys", "ok", f"{len(read.macros)} in {paths.hotkeys_of(mode).name}")
        yield from (Finding("hotkeys", "warn", warning) for warning in read.warnings)
        path = paths.keymap_of(mode)
        bindings = load_keymap(path).bindings if path.exists() else {}
        yield from (Finding("keys", "warn", f"{path.name}: {warning}") for warning in settle(bindings).warnings)


def _examine_state(state: StatePaths) -> Iterator[Finding]:
    from engine.journal.latch import KillLatch
    from engine.model.scope import said
    from engine.runtime.lock import is_held, read_owner

    folder = state.folder
    if len(os.fsencode(folder)) > _FOLDER_BYTES:
        yield Finding("state", "FAIL", f"{folder}: too long for a socket's path; expected a shorter TRADEDESK_HOME")
    if not folder.is_dir():
        yield Finding("state", "ok", f"{folder}: not there yet; the first start makes it")
        if state.has_journal:
            yield _guarded("journal", lambda: _examine_journal(state))
        return
    mode = folder.stat().st_mode & 0o777
    yield Finding("state", "ok" if mode == 0o700 else "warn", f"{folder}: mode {mode:04o}, expected 0700")
    held = is_held(state.lock)
    yield Finding("desk", "ok", f"running (pid {read_owner(state.lock)[0]})" if held else "not running")
    for scope, latch in KillLatch(state.latch).standing():
        words = f"set by {latch.by or 'unknown'}: {latch.reason}; {said(scope)} stays HALTED"
        yield Finding("kill latch", "warn", words)
    if state.has_journal:
        yield _guarded("journal", lambda: _examine_journal(state))


def _examine_journal(state: StatePaths) -> Finding:
    from engine.journal.errors import NoJournalError
    from engine.journal.reader import JournalReader

    try:
        with JournalReader(state.place) as reader:
            return Finding(
                "journal", "ok", f"{state.place}: head {reader.head()}; `tradedesk audit verify` checks it all"
            )
    except NoJournalError:
        return Finding("journal", "ok", f"{state.place}: reachable; no journal yet, the first start makes it")


def _guarded(check: str, examine: Callable[[], Finding]) -> Finding:
    from engine.journal.errors import JournalError

    try:
        return examine()
    except (JournalError, OSError) as error:
        return Finding(check, "FAIL", str(error))
