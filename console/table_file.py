"""Writes a table to a file: whole or not at all, and never over another one without being told to."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from console.config.files import reason


class ExportError(Exception):
    """The file was not written; the message names it and says why and what to do."""


def write_table(path: Path, text: str, *, overwrite: bool = False) -> Path:
    """Write it, mode 0600; the path in full. Raises ExportError."""
    path = path.expanduser().absolute()
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with open(fd, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if overwrite:
                os.replace(draft, path)
            else:
                os.link(draft, path)  # fails where something has this name already
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
    except FileExistsError:
        raise ExportError(f"{path} is there already; expected another name, or `overwrite` behind it") from None
    except OSError as error:
        raise ExportError(f"{path} can't be written ({reason(error)})") from None
    return path
