"""Small files that only their owner may see: read with their owner and mode checked, written as a whole and durably."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from console.config.errors import ConfigError
from console.config.files import reason

_MOST_BYTES: Final = 2_000_000


def read_own(path: Path) -> bytes | None:
    """The file's bytes; None when there is none. Raises ConfigError when it is somebody else's, or others may read or
    write it, or it is no plain file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError.at(path, f"can't be read ({reason(error)}); expected a file of your own, 0600") from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise ConfigError.at(path, "is not a file; expected a file of your own, 0600")
        if status.st_uid != os.geteuid():
            raise ConfigError.at(path, f"belongs to user {status.st_uid}; expected a file of your own, 0600")
        if status.st_mode & 0o077:
            mode = status.st_mode & 0o777
            raise ConfigError.at(path, f"others may read it (mode {mode:04o}); expected 0600: chmod 600 {path}")
        with open(fd, "rb", closefd=False) as file:
            data = file.read(_MOST_BYTES + 1)
    finally:
        os.close(fd)
    if len(data) > _MOST_BYTES:
        raise ConfigError.at(path, f"is larger than {_MOST_BYTES:,} bytes")
    return data


def write_own(path: Path, data: bytes) -> None:
    """Put `data` into the file (0600), all of it or nothing, and on the disk when this returns. Raises ConfigError."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(fd)
        os.replace(new, path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise ConfigError.at(path, f"can't be written ({reason(error)}); nothing was changed") from None
