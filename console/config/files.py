"""Reading a file of settings: text, or one clear line. Only a plain file of modest size is read."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

from console.config.errors import ConfigError

#: Far above any real file of settings; a log or a tape given by mistake is refused before it fills memory.
MAX_BYTES = 1_000_000


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises ConfigError when it can't be read or may be written by anybody."""
    try:
        # Not blocking, so that a named pipe can be refused instead of waited for.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigError.at(path, f"can't be read ({reason(error)}); expected a readable file") from None
    try:
        mode = os.fstat(fd).st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError.at(path, "is not a file; expected a text file")
        if mode & stat.S_IWOTH:
            what = f"anybody may write it (mode {mode & 0o777:04o}); expected 0600: chmod 600 {path}"
            raise ConfigError.at(path, what)
        with open(fd, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError.at(path, f"can't be read ({reason(error)}); expected a readable file") from None
    finally:
        os.close(fd)
    if len(data) > MAX_BYTES:
        raise ConfigError.at(path, f"is larger than {MAX_BYTES:,} bytes; expected a file of settings")
    return data


def check_own(path: Path) -> None:
    """A file that gives rights is root's or this user's own, and nobody else may write it (reading it may be needed).
    Raises ConfigError; a file that can't be looked at is left to whoever reads it."""
    try:
        status = path.stat()
    except OSError:
        return
    if status.st_uid not in (os.geteuid(), 0):
        raise ConfigError.at(path, f"belongs to user {status.st_uid}; expected root's file, or one of your own")
    if status.st_mode & stat.S_IWGRP:
        mode = status.st_mode & 0o777
        raise ConfigError.at(path, f"its group may write it (mode {mode:04o}); expected 0600: chmod 600 {path}")


def decode(path: Path, data: bytes) -> str:
    """The bytes as UTF-8 text. Raises ConfigError naming the line of the first byte that is none."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError.at(path, f"byte {error.start} is not UTF-8; expected UTF-8 text", line=line) from None


def digest(data: bytes) -> str:
    """SHA-256 of a file's bytes, in hex, as journaled at each start."""
    return hashlib.sha256(data).hexdigest()


def reason(error: OSError) -> str:
    """What the system says, in lower case, without the path."""
    if error.errno == errno.ELOOP:
        return "too many symbolic links"
    return (error.strerror or type(error).__name__).lower()
