"""The shell's side of the control socket: one question, one answer, a time limit. No event loop, light to import."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import msgspec

from console.wire import Answer, Ask, read_ask

#: A blotter of a busy day has a few megabytes; more is not from a desk.
_MAX_ANSWER = 64_000_000


class NoDeskError(Exception):
    """No desk listens on the socket."""


class SilentDeskError(Exception):
    """A desk is there and gave no answer: whether it did what was asked is not known."""


def ask(path: Path, request: Ask, timeout_s: float) -> Answer:
    """Ask the desk behind the socket. Raises NoDeskError or SilentDeskError, each with one line."""
    deadline = time.monotonic() + timeout_s
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            raise NoDeskError(f"no desk is running (nothing listens on {path})") from None
        except TimeoutError:
            raise SilentDeskError(f"the desk behind {path} takes no connection") from None
        except OSError as error:
            raise NoDeskError(f"the desk behind {path} can't be reached: {error.strerror or error}") from None
        try:
            connection.sendall(msgspec.json.encode(request) + b"\n")
            line = _read_line(connection, deadline)
        except TimeoutError:
            raise SilentDeskError(f"the desk behind {path} gave no answer within {timeout_s:g} s") from None
        except OSError as error:
            raise SilentDeskError(f"the desk behind {path} broke off: {error.strerror or error}") from None
    try:
        return msgspec.json.decode(line, type=Answer)
    except msgspec.MsgspecError:
        raise SilentDeskError(f"the desk behind {path} broke off in the middle of its answer") from None


class DeskClient:
    """The same, holding the path."""

    def __init__(self, path: Path, timeout_s: float = 75.0) -> None:
        self._path = path
        self._timeout_s = timeout_s

    def request(self, verb: str, **fields: object) -> Answer:
        """Ask. Raises AskError for what is no request, else what `ask` raises."""
        return ask(self._path, read_ask({"verb": verb, **fields}), self._timeout_s)


def _read_line(connection: socket.socket, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size <= _MAX_ANSWER:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        data = connection.recv(262_144)
        parts.append(data)
        size += len(data)
        if not data or data.endswith(b"\n"):
            break
    return b"".join(parts)
