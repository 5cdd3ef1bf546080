"""The environment, a file of the desk's own, and what systemd hands to a service."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from console.config.errors import ConfigError
from console.config.files import decode, reason
from console.config.yaml_tree import Table, Text, parse_yaml
from console.secrets.look import LONGEST, Look, look_of

MAX_BYTES: Final = 64 * LONGEST
ACCOUNTS: Final = "accounts"
DIRECTORY: Final = "CREDENTIALS_DIRECTORY"


class _UnusableError(Exception):
    """A file of secrets can't be used; the words say why."""


def in_environment(names: Sequence[str], environ: Mapping[str, str]) -> Look:
    """Variables of the same names. An empty one counts as not set: that is how a shell's script takes one away."""
    return look_of("environment", names, {name: environ[name] for name in names if environ.get(name, "").strip()})


def in_file(names: Sequence[str], account: str, path: Path) -> Look:
    """`secrets.yaml`, which nobody but its owner may read: what is under the account's name, else the lines on top."""
    place = str(path)
    try:
        data = _read(path, stat.S_IRWXG | stat.S_IRWXO, f"chmod 600 {path}")
        if data is None:
            return Look(place, words="not there")
        return look_of(place, names, _texts(names, account, parse_yaml(path, decode(path, data))))
    except _UnusableError as error:
        return Look(place, words=str(error), wrong=True)
    except ConfigError as error:
        # What the parser says of a line may show a part of it.
        words = f"line {error.problems[0].line or 1} can't be read; expected NAME: 'value', each on a line of its own"
        return Look(place, words=words, wrong=True)


def in_credentials(names: Sequence[str], environ: Mapping[str, str]) -> Look:
    """Files of the same names in the folder that systemd makes for a service (LoadCredential=, ImportCredential=)."""
    place = "systemd credentials"
    folder = environ.get(DIRECTORY, "")
    if not folder:
        return Look(place, words=f"{DIRECTORY} not set (the desk is no service, or its unit has no LoadCredential=)")
    if not Path(folder).is_absolute():
        return Look(place, words=f"{DIRECTORY} is not an absolute path", wrong=True)
    texts: dict[str, str] = {}
    try:
        for name in names:
            # The group's bits say nothing here: systemd lets the service's user read by an ACL, whose mask they show.
            path = Path(folder) / name
            data = _read(path, stat.S_IRWXO, "only systemd should write there")
            if data is not None:
                texts[name] = decode(path, data)
    except _UnusableError as error:
        return Look(place, words=f"{path}: {error}", wrong=True)
    except ConfigError:
        return Look(place, words=f"{path}: not a text", wrong=True)
    return look_of(place, names, texts)


def _texts(names: Sequence[str], account: str, tree: Table) -> dict[str, str]:
    """Raises _UnusableError where something else stands in a secret's place."""
    accounts = tree.entries.get(ACCOUNTS)
    if accounts is not None and not isinstance(accounts, Table):
        raise _UnusableError(f"line {accounts.line}: expected names of accounts, and under each its secrets")
    own = accounts.entries.get(account) if isinstance(accounts, Table) else None
    if own is not None and not isinstance(own, Table):
        raise _UnusableError(f"line {own.line}: expected the secrets of account {account}")
    table = own if isinstance(own, Table) and any(name in own.entries for name in names) else tree
    texts: dict[str, str] = {}
    for name in names:
        node = table.entries.get(name)
        if node is None:
            continue
        if not isinstance(node, Text):
            raise _UnusableError(f"line {node.line}: {name} is no text")
        texts[name] = node.value or ""
    return texts


def _read(path: Path, closed_to: int, remedy: str) -> bytes | None:
    """A file that is the user's own or root's and has none of these bits; None where there is none. What is looked at
    is what is read, also when somebody changes the name meanwhile. Raises _UnusableError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _UnusableError(f"can't be read ({reason(error)})") from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise _UnusableError("is not a file")
        if status.st_uid not in (os.geteuid(), 0):
            raise _UnusableError(f"belongs to user {status.st_uid}; expected a file of your own")
        if status.st_mode & closed_to:
            mode = stat.S_IMODE(status.st_mode)
            raise _UnusableError(f"others may read or write it (mode {mode:04o}); expected 0600: {remedy}")
        with open(fd, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _UnusableError(f"can't be read ({reason(error)})") from None
    finally:
        os.close(fd)
    if len(data) > MAX_BYTES:
        raise _UnusableError(f"is larger than {MAX_BYTES:,} bytes")
    return data
