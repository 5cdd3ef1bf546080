"""What an older risk_params.yaml lacks, written into it: the shipped defaults, each with its comment.

What stands there stays as it is, byte for byte: the missing keys are appended, dotted. The whole is read and checked
before anything is written, and written in one step as a file of its owner alone.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import msgspec

from console.config.defaults import comment_of
from console.config.errors import ConfigError
from console.config.files import decode, read_bytes, reason
from console.config.limits_file import limits_in
from engine.risk.limits import LIMIT_SPECS


class Completion(msgspec.Struct, frozen=True):
    """What would be written: the missing keys with their shipped values, the lines that say so, and the bytes of the
    file before and after."""

    path: Path
    added: dict[str, str]
    lines: tuple[str, ...]
    before: bytes
    after: bytes


def completion_of(path: Path, today: date) -> Completion:
    """What the file lacks. Raises ConfigError where it is not good, or written so that nothing can be appended."""
    before = read_bytes(path)
    text = decode(path, before)
    found = limits_in(path, text)
    missing = [spec for spec in LIMIT_SPECS if spec.key in found.missing]
    if not missing:
        return Completion(path, {}, (), before, before)
    end = "\r\n" if "\r\n" in text else "\n"
    indent = _indent_of(text)
    lines = ["", f"# Written by `tradedesk risk complete` on {today.isoformat()}: limits that were absent, as shipped."]
    for spec in missing:
        lines += [comment_of(spec), f"{spec.key}: {spec.default}"]
    start = "" if not text or text.endswith(("\n", "\r")) else end
    after = before + (start + "".join(f"{indent}{line}".rstrip() + end for line in lines)).encode()
    added = {spec.key: spec.default for spec in missing}
    try:
        done = limits_in(path, decode(path, after))
    except ConfigError:
        done = None
    if done is None or done.as_texts() != {**found.as_texts(), **added}:
        what = "is not written as lines of `key: value`, so that nothing can be appended; add these by hand: "
        raise ConfigError.at(path, what + ", ".join(f"{key}: {value}" for key, value in added.items()))
    return Completion(path, added, tuple(line for line in lines if line), before, after)


def write(done: Completion) -> None:
    """Put the new text in the file's place, all of it or none, readable by its owner alone. Raises ConfigError, also
    where the file was changed meanwhile."""
    path = Path(os.path.realpath(done.path))
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(fd, "wb") as file:
                owner = path.stat()
                if owner.st_uid != os.geteuid():
                    os.fchown(fd, owner.st_uid, owner.st_gid)  # root, for somebody: it stays theirs
                file.write(done.after)
                file.flush()
                os.fsync(file.fileno())
            if read_bytes(path) != done.before:
                raise ConfigError.at(done.path, "was changed meanwhile; nothing was written")
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise ConfigError.at(done.path, f"can't be written ({reason(error)}); expected a writable folder") from None


def _indent_of(text: str) -> str:
    """How far the file's own keys are indented."""
    for line in text.splitlines():
        stripped = line.lstrip(" ")
        if stripped and not stripped.startswith(("#", "---", "%")):
            return line[: len(line) - len(stripped)]
    return ""
