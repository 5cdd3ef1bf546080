"""The PIN file: one argon2id hash, readable by its owner alone. Checked at every start."""

from __future__ import annotations

import os
from pathlib import Path

from console.config.errors import ConfigError
from console.config.files import decode, read_bytes


def read_pin_hash(path: Path) -> str | None:
    """The stored hash, or None when no PIN is set. Raises ConfigError when it is not safe or no hash."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    except OSError:
        status = None
    data = read_bytes(path)
    if status is not None and status.st_mode & 0o077:
        raise ConfigError.at(
            path, f"others may read it (mode {status.st_mode & 0o777:04o}); expected 0600: chmod 600 {path}"
        )
    if status is not None and status.st_uid not in (os.geteuid(), 0):
        raise ConfigError.at(path, f"belongs to user {status.st_uid}; expected a file of your own")
    text = decode(path, data).strip()
    from argon2 import extract_parameters  # 20 ms that only a desk with a PIN pays
    from argon2.exceptions import InvalidHashError
    from argon2.low_level import Type

    try:
        parameters = extract_parameters(text)
    except (InvalidHashError, ValueError):
        raise ConfigError.at(path, "is no argon2id hash; expected what `tradedesk pin set` writes", line=1) from None
    if parameters.type is not Type.ID:
        raise ConfigError.at(path, "is a hash of another kind; expected argon2id", line=1)
    return text
