"""What one user has made of the tables: filters, orders, columns, zoom, layouts. Kept in one file of the state folder,
which paper and each live account have of their own; each login of a desk has a file by its name.

The file is replaced as a whole, in a thread. One that can't be understood costs what it said, never a start: it is kept
beside the new one, and `problem` says so.
"""

from __future__ import annotations

import contextlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from console.config.files import reason

VERSION: Final = 1
_MOST_BYTES: Final = 1_000_000


class PaneLook(msgspec.Struct, frozen=True, omit_defaults=True):
    """How somebody looks at one pane. `columns`: size class -> the keys of the columns, in their order."""

    sort: str = ""
    descending: bool = False
    filter: str = ""
    columns: dict[str, tuple[str, ...]] = {}


class Arrangement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which panes are on the screen (size class -> names), which has the screen or the focus, how each looks."""

    panes: dict[str, tuple[str, ...]] = {}
    current: str = ""
    zoomed: bool = False
    looks: dict[str, PaneLook] = {}


class Remembered(msgspec.Struct, frozen=True, omit_defaults=True):
    """The file. `layout`: the name of the one that was chosen last; `layouts`: the user's own."""

    version: int = 0
    now: Arrangement = Arrangement()
    layout: str = ""
    layouts: dict[str, Arrangement] = {}


class TableMemory:
    """The file, or nothing to remember in (no path)."""

    def __init__(self, path: Path | None = None, exports: Path | None = None) -> None:
        """`exports`: the folder for tables that are exported without a name; beside the file without it."""
        self._path = path
        self.exports = exports or (path.parent / "exports" if path is not None else None)
        self._writer: ThreadPoolExecutor | None = None
        self._waiting: Remembered | None = None
        self.problem = ""
        """What went wrong with the file, for the user; "" when nothing did."""
        self.kept = Remembered(VERSION)
        if path is not None and path.exists():
            self._read(path)

    def keep(self, remembered: Remembered) -> None:
        """Remember this from now on. Returns at once; of several that wait the newest is written."""
        if remembered == self.kept:
            return
        self.kept = remembered
        if self._path is None:
            return
        if self._writer is None:
            self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tables")
        waits, self._waiting = self._waiting is not None, remembered
        if not waits:
            self._writer.submit(self._write, self._path)

    def close(self) -> None:
        """Wait until everything is in the file."""
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def _read(self, path: Path) -> None:
        try:
            data = path.read_bytes()
            if len(data) > _MOST_BYTES:
                raise ValueError(f"is larger than {_MOST_BYTES:,} bytes")
            remembered = msgspec.json.decode(data, type=Remembered)
            if remembered.version != VERSION:
                raise ValueError(f"is of version {remembered.version}, not {VERSION}")
        except OSError as error:
            self.problem = f"{path} can't be read ({reason(error)}): tables look as they do by default"
        except (ValueError, msgspec.MsgspecError) as error:
            aside = f"{path}.broken"
            with contextlib.suppress(OSError):
                os.replace(path, aside)
            self.problem = f"{path} {error}: tables look as they do by default; the file is kept as {aside}"
        else:
            self.kept = remembered

    def _write(self, path: Path) -> None:
        remembered, self._waiting = self._waiting, None
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with open(fd, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(remembered), indent=1))
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except OSError as error:
            self.problem = f"{path} can't be written ({reason(error)}): how tables look is not remembered"


def memory_file(folder: Path, user: str) -> Path:
    """The file of a user in a state folder."""
    return folder / f"tables-{re.sub(r'[^A-Za-z0-9_-]', '_', user)}.json"
